"""Packages whose public names are imported when they are first asked for: help and listings need not wait for torch."""

import sys
from collections.abc import Callable
from importlib import import_module


def lazily(package: str, *modules: str) -> Callable[[str], object]:
    """Return a ``__getattr__`` for a package, which looks for its public names in ``modules`` (PEP 562).

    The package's ``__init__`` shows the same imports to type checkers, under ``TYPE_CHECKING``. A module is imported
    when a name in ``__all__`` is asked for that none of the modules before it has; from then on the package has the
    name itself.
    """

    def attribute(name: str) -> object:
        owner = sys.modules[package]
        if name in owner.__all__:
            for module in modules:
                home = import_module(f".{module}", package)
                if hasattr(home, name):
                    setattr(owner, name, getattr(home, name))
                    return getattr(home, name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return attribute
