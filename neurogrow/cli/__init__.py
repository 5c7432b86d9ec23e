"""The command line. ``neurogrow COMMAND --help`` explains each command.

Exit status: 0 on success, 2 on a mistake of the user with one message that says what to change, 130 if interrupted.
"""

import sys
from collections.abc import Sequence

from cyclopts import CycloptsError

from .._internal.import_conflicts import shadowing_message
from ..errors import InputError
from .app import app
from .output import note, print_error, progress_bars, stage_notes

__all__ = ["app", "main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, and exit with a status above 0 if it fails.

    ``arguments`` are the command and its options; by default those of the process.
    """
    try:
        with progress_bars(), stage_notes():
            app(arguments, exit_on_error=False, print_error=False)
    except (InputError, CycloptsError) as mistake:
        print_error(_message(mistake))
        sys.exit(2)
    except OSError as failure:  # for example a folder without read permission, or a full disk
        print_error(str(failure))
        sys.exit(2)
    except MemoryError as failure:
        print_error(f"Not enough memory; choose a smaller network or fewer trials. {failure}".rstrip())
        sys.exit(2)
    except ImportError as failure:
        if (why := shadowing_message(failure)) is None:
            raise
        print_error(why)
        sys.exit(2)
    except KeyboardInterrupt:
        note("Interrupted. A training run continues from its last checkpoint with --resume.")
        sys.exit(130)


def _message(mistake: Exception) -> str:
    """Return the message of a mistake. For a value out of range, return the allowed range, not pydantic's report."""
    from pydantic import ValidationError

    cause = mistake.__cause__
    if isinstance(mistake, CycloptsError) and mistake.argument and isinstance(cause, ValidationError):
        problem = cause.errors()[0]
        return f"{mistake.argument.name}: {problem['msg']} (given: {problem['input']!r})"
    return str(mistake)
