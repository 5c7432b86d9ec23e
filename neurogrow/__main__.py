"""``python -m neurogrow`` is the ``neurogrow`` command."""

import sys


def run() -> None:
    """Run the command line; Ctrl-C while it is being imported ends it without a traceback, as at any later moment."""
    try:
        from .cli import main
    except KeyboardInterrupt:
        sys.exit(130)
    main()


if __name__ == "__main__":
    run()
