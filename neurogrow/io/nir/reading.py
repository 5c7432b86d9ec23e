"""Reading a NIR file as a graph in which every node has its size."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import nir

from ...errors import InputError
from ..hdf5 import check_hdf5
from ..untrusted import plainly
from .flat import links
from .invented import remove_invented
from .nodes import make_node
from .sizes import set_sizes
from .weights import Budget, read_array, read_weight


def read_graph(path: str | Path, *, sparse: bool = False) -> nir.NIRGraph:
    """Read any NIR file. Subgraphs stay as they are; :func:`~neurogrow.io.nir.flatten` takes them apart.

    Sizes that the file leaves open are filled in (:func:`~neurogrow.io.nir.set_sizes`). Inputs and outputs that the
    `nir` package has added to nodes without one are left out, if the file has others.

    Parameters
    ----------
    path
        The file.
    sparse
        Return large matrices that are mostly zero as ``scipy.sparse.csr_array``. Then memory grows with the number of
        weights that are not zero, and networks of any size can be read.

    Raises
    ------
    InputError
        If the file is not NIR, is not to be trusted (:mod:`neurogrow.io.hdf5`), or does not determine the size of a
        node. The message names the file and the cause.
    """
    path = Path(path)
    check_hdf5(path)
    try:
        graph = _read(path, sparse)
    except InputError as error:
        raise InputError(f"{path} cannot be read as a NIR file: {error}") from None
    except Exception as error:  # h5py and nir raise a dozen types on broken files, AssertionError and RuntimeError too
        raise InputError(f"{path} cannot be read as a NIR file: {plainly(error)}") from None
    try:
        links(graph)  # checks the edges
        remove_invented(graph)
        set_sizes(links(graph))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (MemoryError, RecursionError, ValueError, TypeError, OverflowError) as error:
        raise InputError(f"{path}: the sizes of its nodes cannot be determined: {plainly(error)}") from None
    _update_ends(graph)
    return graph


def _read(path: Path, sparse: bool) -> nir.NIRGraph:
    budget = Budget(path.stat().st_size, dense=not sparse)
    with h5py.File(path, "r") as file:
        if "node" not in file or not isinstance(file["node"], h5py.Group):
            raise InputError("it has no group 'node'.")
        kind = _kind(file["node"])
        if kind != "NIRGraph":
            raise InputError(f"{kind} is a single node, not a graph.")
        return _graph(file["node"], budget, sparse)


def _graph(group: h5py.Group, budget: Budget, sparse: bool) -> nir.NIRGraph:
    if not isinstance(group.get("nodes"), h5py.Group):
        raise InputError("a graph in it has no group 'nodes'.")
    nodes: dict[str, Any] = {}
    for name, inner in _named(group["nodes"]):
        try:
            is_graph = _kind(inner) == "NIRGraph"
            nodes[name] = _graph(inner, budget, sparse) if is_graph else _node(inner, budget, sparse)
        except InputError as error:
            known = str(error).startswith("the node")  # of a node within a subgraph
            raise InputError(str(error) if known else f"the node '{name}' {error}") from None
    edges = [(_text(pre), _text(post)) for pre, post in group["edges"][()]] if "edges" in group else []
    return nir.NIRGraph(nodes, edges, metadata=_metadata(group, budget), type_check=False)


def _named(group: h5py.Group, prefix: str = "") -> Iterator[tuple[str, h5py.Group]]:
    """Give the nodes of a graph. HDF5 reads a ``/`` in a name as a group: ``a/b`` is the group b in the group a."""
    for key, item in group.items():
        if not isinstance(item, h5py.Group):
            raise InputError(f"the node '{prefix}{key}' has no parameters: it is a single array.")
        inner = [name for name, each in item.items() if isinstance(each, h5py.Group)]
        if "type" in item:
            yield f"{prefix}{key}", item
            inner = [name for name in inner if name not in ("metadata", "nodes")]
        elif not inner:
            raise InputError(f"the node '{prefix}{key}' has no type.")
        if inner:
            yield from _named(_Part(item, inner), f"{prefix}{key}/")


class _Part(dict[str, Any]):
    """Some of the members of a group."""

    def __init__(self, group: h5py.Group, names: list[str]) -> None:
        super().__init__({name: group[name] for name in names})


def _node(group: h5py.Group, budget: Budget, sparse: bool) -> Any:  # noqa: ANN401
    data = {key: item for key, item in group.items() if isinstance(item, h5py.Dataset) and key != "type"}
    values = {
        key: read_weight(item, budget) if sparse and key == "weight" else read_array(item, budget)
        for key, item in data.items()
    }
    return make_node(_kind(group), values, _metadata(group, budget))


def _metadata(group: h5py.Group, budget: Budget) -> dict[str, Any]:
    return _values(group["metadata"], budget) if isinstance(group.get("metadata"), h5py.Group) else {}


def _values(group: h5py.Group, budget: Budget) -> dict[str, Any]:
    return {
        key: _values(item, budget) if isinstance(item, h5py.Group) else read_array(item, budget)
        for key, item in group.items()
    }


def _kind(group: h5py.Group) -> str:
    if not isinstance(group.get("type"), h5py.Dataset):
        raise InputError("has no type.")
    return _text(group["type"][()])


def _text(value: Any) -> str:  # noqa: ANN401  (bytes; in files of NIR 0.0 a number)
    return value.decode("utf8") if isinstance(value, bytes) else str(value)


def _update_ends(graph: nir.NIRGraph) -> None:
    """Set the types of a graph, and of the graphs in it, to those of its inputs and outputs."""
    for node in graph.nodes.values():
        if isinstance(node, nir.NIRGraph):
            _update_ends(node)
    graph.__post_init__()
