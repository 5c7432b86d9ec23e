"""The readers by name, what they read and need, and how they are run."""

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from neurogrow.arrays import FloatArray
from neurogrow.response import Recording


@dataclass(frozen=True)
class Reader:
    """A tool that runs NIR files. Its adapter is imported only when it runs, for the tool may not be installed."""

    name: str
    module: str
    """The adapter, in this package: ``run(path, currents_TBI) -> Recording``, one row per tick, from rest."""
    dialect: str | None = None
    """The dialect that it reads; None for the canonical form."""
    distributions: tuple[str, ...] = ()
    """What has to be installed, by the names pip knows."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The distributions that are not installed."""
        return tuple(each for each in self.distributions if _version(each) is None)

    @property
    def version(self) -> str | None:
        """The version of the tool; None for our own simulator, or where it is not installed."""
        return _version(self.distributions[0]) if self.distributions else None

    def run(self, path: Path, currents_TBI: FloatArray) -> Recording:
        """Run the file on input currents (T, B, I), one row per tick, from a state of zeros."""
        recording: Recording = import_module(f".{self.module}", __package__).run(path, currents_TBI)
        return recording


READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        Reader("numpy", "numpy_equations"),
        Reader("snntorch", "snntorch_by_map", "snntorch", ("snntorch", "nirtorch")),
        Reader("norse", "norse_import", "norse", ("norse", "nirtorch")),
        Reader("spikingjelly", "spikingjelly_import", "spikingjelly", ("spikingjelly", "nirtorch")),
        Reader("rockpool", "rockpool_import", "rockpool", ("rockpool", "nirtorch")),
        Reader("spyx", "spyx_import", "spyx", ("spyx", "jax")),
    )
}
"""Every reader of NIR files by its name."""

ROUNDING: dict[str, Reader] = {
    "snntorch, float32": Reader("snntorch, float32", "snntorch_single", "snntorch", ("snntorch", "nirtorch"))
}
"""Readers that compute in less precision than the file holds: a bin in which they differ is rounding, not a mistake."""


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
