"""The dialects by name, their table, and writing a file in one of them."""

from pathlib import Path

import h5py
import nir

from neurogrow.io.files import replacing
from neurogrow.registry import Registry

from .dialect import Dialect, as_row

BUILT_IN = ("norse", "spikingjelly", "snntorch", "rockpool", "spyx", "sinabs")
"""The dialects of this package."""
DIALECTS: Registry[Dialect] = Registry(
    "dialect",
    "neurogrow.dialects",
    {
        "norse": "export.nir.dialects.norse:NORSE",
        "spikingjelly": "export.nir.dialects.spikingjelly:SPIKINGJELLY",
        "snntorch": "export.nir.dialects.snntorch:SNNTORCH",
        "rockpool": "export.nir.dialects.rockpool:ROCKPOOL_DIALECT",
        "spyx": "export.nir.dialects.spyx:SPYX_DIALECT",
        "sinabs": "export.nir.dialects.sinabs:SINABS_DIALECT",
    },
)
"""Every dialect by its name. Register your own with ``DIALECTS.register(name, dialect)``."""
_PARTS = ("needs", "changes", "steps")


def find_dialect(dialect: str | Dialect) -> Dialect:
    """Return the dialect of a name; a dialect itself is returned. Raises ``InputError`` for an unknown name."""
    return DIALECTS.find(dialect) if isinstance(dialect, str) else dialect


def write_dialect(graph: nir.NIRGraph, dialect: str | Dialect, path: str | Path) -> Path:
    """Write a canonical graph in a dialect, whole or not at all, and return the path.

    Parameters
    ----------
    graph
        A graph of :func:`export.to_nir`, or one that :func:`export.read_graph` read from such a file.
    dialect
        A dialect, or the name of one.
    path
        The file to write.

    Raises
    ------
    InputError
        If there is no such dialect, or its reader cannot represent the network. The message has the reason.
    """
    dialect, path = find_dialect(dialect), Path(path)
    graph = dialect.translate(graph)
    with replacing(path) as beside:
        nir.write(str(beside), graph)
        if dialect.nir_version:
            _as_version(beside, dialect.nir_version)
    return path


def dialect_table() -> list[tuple[str, str, str]]:
    """Return one row for each need and change of a dialect and for its semantics: (name, kind of row, description).

    The descriptions are the first lines of the docstrings of needs and changes, so the table says what the code does.
    """
    rows: list[tuple[str, str, str]] = []
    for name in DIALECTS:
        dialect = DIALECTS[name]
        rows += [(name, "needs", as_row(need)) for need in dialect.needs]
        rows += [(name, "changes", as_row(change)) for change in dialect.changes]
        if dialect.nir_version:
            rows.append((name, "changes", f"The file is one of NIR {dialect.nir_version}, which has no v_reset"))
        rows.append((name, "steps", dialect.semantics.words))
    return rows


def dialect_rows() -> dict[str, dict[str, object]]:
    """Return the table by dialect: ``reader``, ``exact``, and the descriptions as ``needs``, ``changes``, ``steps``."""
    rows = dialect_table()
    return {
        name: {"reader": DIALECTS[name].reader, "exact": DIALECTS[name].exact}
        | {part: [text for dialect, kind, text in rows if (dialect, kind) == (name, part)] for part in _PARTS}
        for name in DIALECTS
    }


def _as_version(path: Path, version: str) -> None:
    """Turn a written file into one of an older version of NIR, which has no ``v_reset`` (it is zero)."""
    with h5py.File(path, "r+") as file:
        del file["version"]
        file["version"] = version
        for node in file["node/nodes"].values():
            if "v_reset" in node:
                del node["v_reset"]
