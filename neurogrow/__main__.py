"""``python -m neurogrow`` is the ``neurogrow`` command."""

import sys


def run() -> None:
    """Run the command line. Ctrl-C ends it without a traceback, also while it is being imported."""
    try:
        from .cli import main
    except KeyboardInterrupt:
        sys.exit(130)
    main()


if __name__ == "__main__":
    run()
