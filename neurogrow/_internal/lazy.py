"""Packages that import their public names on first use, so that help and listings do not import torch."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, *modules: str, homes: Mapping[str, str] | None = None) -> Callable[[str], object]:
    """Return a ``__getattr__`` for a package that imports its public names on first use (PEP 562).

    The public names are those in the package's ``__all__``. Its ``__init__`` repeats the imports under
    ``TYPE_CHECKING`` for type checkers. After its first use, a name is an ordinary attribute of the package. ``dir()``
    lists all public names from the beginning.

    Parameters
    ----------
    package
        Name of the package.
    modules
        Modules of the package to search for a name, in this order. Modules after the first match are not imported.
    homes
        Module of the package for each public name. If given, only this module is imported for a name.

    Raises
    ------
    AttributeError
        By the returned function, if the package has no such public name.
    """

    def attribute(name: str) -> object:
        owner = sys.modules[package]
        if name in owner.__all__:
            for module in modules if homes is None else (homes[name],):
                home = import_module(f".{module}", package)
                if hasattr(home, name):
                    setattr(owner, name, getattr(home, name))
                    return getattr(home, name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    namespace: dict[str, Any] = vars(sys.modules[package])
    namespace["__dir__"] = lambda: sorted({*namespace, *namespace["__all__"]})
    return attribute
