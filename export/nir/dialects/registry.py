"""The dialects by name, their table, and writing a file in one of them."""

from pathlib import Path

import h5py
import nir

from neurogrow.errors import InputError, nearest
from neurogrow.io.files import replacing

from .dialect import Dialect, as_row
from .norse import NORSE
from .rockpool import ROCKPOOL_DIALECT
from .sinabs import SINABS_DIALECT
from .snntorch import SNNTORCH
from .spikingjelly import SPIKINGJELLY
from .spyx import SPYX_DIALECT

DIALECTS: dict[str, Dialect] = {
    each.name: each for each in (NORSE, SPIKINGJELLY, SNNTORCH, ROCKPOOL_DIALECT, SPYX_DIALECT, SINABS_DIALECT)
}
"""Every dialect by its name."""
_PARTS = ("needs", "changes", "steps")


def find_dialect(name: str) -> Dialect:
    """Return the dialect of that name. Raises ``InputError`` for a name that is none."""
    if name not in DIALECTS:
        known = list(DIALECTS)
        raise InputError(f"There is no dialect '{name}'; there are {', '.join(known)}.{nearest(name, known)}")
    return DIALECTS[name]


def write_dialect(graph: nir.NIRGraph, dialect: Dialect, path: Path) -> Path:
    """Write a canonical graph in a dialect, whole or not at all, and return ``path``.

    Raises ``InputError``, with the reason, where the dialect's reader cannot represent the network.
    """
    graph = dialect.of(graph)
    with replacing(path) as beside:
        nir.write(str(beside), graph)
        if dialect.nir_version:
            _as_version(beside, dialect.nir_version)
    return path


def dialect_table() -> list[tuple[str, str, str]]:
    """Return a row for each thing that a dialect needs or changes: its name, which of the two, and what in words.

    The words are the first lines of the docstrings of what is done, so the table says what the code does.
    """
    rows: list[tuple[str, str, str]] = []
    for name, dialect in DIALECTS.items():
        rows += [(name, "needs", as_row(need)) for need in dialect.needs]
        rows += [(name, "changes", as_row(change)) for change in dialect.changes]
        if dialect.nir_version:
            rows.append((name, "changes", f"The file is one of NIR {dialect.nir_version}, which has no v_reset"))
        rows.append((name, "steps", dialect.semantics.words))
    return rows


def dialect_rows() -> dict[str, dict[str, object]]:
    """Return the same by dialect: what it ``needs`` and ``changes``, how it ``steps``, and whether it is ``exact``."""
    rows = dialect_table()
    return {
        name: {"reader": dialect.reader, "exact": dialect.exact}
        | {part: [words for each, what, words in rows if (each, what) == (name, part)] for part in _PARTS}
        for name, dialect in DIALECTS.items()
    }


def _as_version(path: Path, version: str) -> None:
    """Make a written file one of an older version of NIR, which knows no ``v_reset`` (it is zero)."""
    with h5py.File(path, "r+") as file:
        del file["version"]
        file["version"] = version
        for node in file["node/nodes"].values():
            if "v_reset" in node:
                del node["v_reset"]
