"""The command line: ``neurogrow COMMAND --help`` says what each command does.

Exit status: 0 on success, 2 on a user's mistake with one message that says what to change, 130 when interrupted.
"""

import sys
from collections.abc import Sequence

from cyclopts import CycloptsError
from pydantic import ValidationError

from .._internal.import_conflicts import shadowing_message
from ..errors import InputError
from . import citing, exporting, growing, listing, measuring, quantizing, substrate  # noqa: F401  (they add their commands)
from .app import app
from .output import complain, note, progress_bars

__all__ = ["app", "main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status."""
    try:
        with progress_bars():
            app(arguments, exit_on_error=False, print_error=False)
    except (InputError, CycloptsError) as mistake:
        complain(_plainly(mistake))
        sys.exit(2)
    except OSError as failure:  # a folder that may not be read, a disk that is full
        complain(str(failure))
        sys.exit(2)
    except MemoryError as failure:
        complain(f"Not enough memory; choose a smaller network, or fewer trials. {failure}".rstrip())
        sys.exit(2)
    except ImportError as failure:
        if (why := shadowing_message(failure)) is None:
            raise
        complain(why)
        sys.exit(2)
    except KeyboardInterrupt:
        note("Interrupted. A training run continues from its last checkpoint with --resume.")
        sys.exit(130)


def _plainly(mistake: Exception) -> str:
    """Return a mistake's message; of a value out of range, what is allowed rather than pydantic's report."""
    cause = mistake.__cause__
    if isinstance(mistake, CycloptsError) and mistake.argument and isinstance(cause, ValidationError):
        problem = cause.errors()[0]
        return f"{mistake.argument.name}: {problem['msg']} (given: {problem['input']!r})"
    return str(mistake)
