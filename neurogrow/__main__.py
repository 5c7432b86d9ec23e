"""``python -m neurogrow`` is the ``neurogrow`` command."""

from .cli import main

main()
