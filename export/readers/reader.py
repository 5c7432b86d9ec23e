"""Readers of NIR files by name: the interface, the tools that have one, and what each needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol, runtime_checkable

from neurogrow.arrays import FloatArray
from neurogrow.registry import Registry
from neurogrow.response import Response

from ..nir.dialects import Dialect, find_dialect


@runtime_checkable
class Reader(Protocol):
    """Anything that runs a NIR file.

    Four more attributes are used if an object has them: ``name`` (by default its class's name), ``dialect`` (a name or
    a :class:`~export.Dialect`; None for the canonical form), ``missing`` (distributions that are not installed) and
    ``version`` (of the tool).
    """

    def run(self, path: Path, currents_TBI: FloatArray, /) -> Response:
        """Run the file on input currents (T, B, I), one row per tick, from a state of zeros."""
        ...


@dataclass(frozen=True)
class ToolReader:
    """A tool that runs NIR files. Its adapter is imported when it runs, because the tool may not be installed."""

    name: str
    adapter: str
    """The function that runs a file, ``package.module:function``."""
    dialect: str | None = None
    """The dialect that it reads; None for the canonical form."""
    distributions: tuple[str, ...] = ()
    """The distributions that it needs, by their names on PyPI."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The distributions that are not installed."""
        return tuple(name for name in self.distributions if _version(name) is None)

    @property
    def version(self) -> str | None:
        """The version of the tool; None for our own equations, or if it is not installed."""
        return _version(self.distributions[0]) if self.distributions else None

    def run(self, path: Path, currents_TBI: FloatArray) -> Response:
        """Run the file on input currents (T, B, I), one row per tick, from a state of zeros."""
        module, _, function = self.adapter.partition(":")
        response: Response = getattr(import_module(module), function)(path, currents_TBI)
        return response


READERS: Registry[Reader] = Registry(
    "reader",
    "neurogrow.readers",
    {
        reader.name: reader
        for reader in (
            ToolReader("numpy", "export.readers.numpy_equations:run"),
            ToolReader("snntorch", "export.readers.snntorch_by_map:run", "snntorch", ("snntorch", "nirtorch")),
            ToolReader("norse", "export.readers.norse_import:run", "norse", ("norse", "nirtorch")),
            ToolReader(
                "spikingjelly", "export.readers.spikingjelly_import:run", "spikingjelly", ("spikingjelly", "nirtorch")
            ),
            ToolReader("rockpool", "export.readers.rockpool_import:run", "rockpool", ("rockpool", "nirtorch")),
            ToolReader("spyx", "export.readers.spyx_import:run", "spyx", ("spyx", "jax")),
        )
    },
)
"""Every reader of NIR files by its name. Register your own with ``READERS.register(name, reader)``."""

ROUNDING: dict[str, Reader] = {
    "snntorch, float32": ToolReader(
        "snntorch, float32", "export.readers.snntorch_single:run", "snntorch", ("snntorch", "nirtorch")
    )
}
"""Readers that compute in less precision than the file holds: a bin in which they differ is rounding, not a mistake."""


def find_readers(readers: Mapping[str, Reader] | Iterable[str | Reader] | None = None) -> dict[str, Reader]:
    """Return readers by name.

    Parameters
    ----------
    readers
        Readers by name, or a sequence of names and readers; None for all known ones, those of less precision included.

    Raises
    ------
    InputError
        If there is no reader of a name.
    """
    readers = (readers,) if isinstance(readers, str) else readers
    if readers is None:
        return {name: READERS[name] for name in READERS} | ROUNDING
    if isinstance(readers, Mapping):
        return dict(readers)
    found: dict[str, Reader] = {}
    for reader in readers:
        if isinstance(reader, str):
            found[reader] = ROUNDING[reader] if reader in ROUNDING else READERS.find(reader)
        else:
            found[str(getattr(reader, "name", type(reader).__name__))] = reader
    return found


def dialect_of(reader: Reader) -> Dialect | None:
    """Return the dialect that a reader takes; None for the canonical form. Raises ``InputError`` for an unknown one."""
    dialect = getattr(reader, "dialect", None)
    return None if dialect is None else find_dialect(dialect)


def missing_of(reader: Reader) -> tuple[str, ...]:
    """Return the distributions that a reader needs and that are not installed."""
    return tuple(getattr(reader, "missing", ()))


def version_of(reader: Reader) -> str | None:
    """Return the version of a reader's tool; None if the reader does not say."""
    version_of_tool = getattr(reader, "version", None)
    return None if version_of_tool is None else str(version_of_tool)


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
