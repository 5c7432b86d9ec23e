"""A NIR graph without subgraphs, in which every node has a name of its own."""

from collections import Counter
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeAlias

import nir

from ...errors import InputError, nearest

Path: TypeAlias = tuple[str, ...]
Edge: TypeAlias = tuple[str, str]

MOST_EDGES = 1_000_000
"""Edges that a graph may have once its subgraphs are taken apart."""


@dataclass(frozen=True, eq=False)
class Links:
    """The nodes of a graph and of its subgraphs by name, and the edges between them.

    A node of the graph itself keeps its name. A node of a subgraph is called ``subgraph.node``; if another node has
    that name, a number is added: ``subgraph.node_2``.
    """

    nodes: dict[str, Any]
    edges: list[Edge]
    ends: frozenset[str]
    """The inputs and outputs of subgraphs, which hand on what they get."""


def links(graph: nir.NIRGraph) -> Links:
    """Return the nodes and edges of a graph and its subgraphs, inputs and outputs of subgraphs included.

    Raises
    ------
    InputError
        If an edge leads to a node that is not there or is listed twice, or an edge leads to a subgraph with several
        inputs or from one with several outputs.
    """
    nodes, edges = _collected(graph, ())
    names = _names(list(nodes))
    ends = [path for path, node in nodes.items() if len(path) > 1 and isinstance(node, nir.Input | nir.Output)]
    return Links(
        {names[path]: node for path, node in nodes.items()},
        [(names[pre], names[post]) for pre, post in edges],
        frozenset(names[path] for path in ends),
    )


def flatten(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Return the graph without subgraphs. An edge to a subgraph leads to what its input leads to, and so on.

    Nodes are the same objects as in the graph; names are those of :class:`Links`. An edge that two ways lead along is
    listed twice, because what it carries arrives twice.

    Raises
    ------
    InputError
        As :func:`links`, or if there are too many edges.
    """
    linked = links(graph)
    targets = _targets(linked)
    edges = [
        (pre, target)
        for pre, post in linked.edges
        if pre not in linked.ends
        for target in (targets[post] if post in linked.ends else [post])
    ]
    nodes = {name: node for name, node in linked.nodes.items() if name not in linked.ends}
    return nir.NIRGraph(nodes, edges, metadata=dict(graph.metadata), type_check=False)


def _collected(graph: nir.NIRGraph, above: Path) -> tuple[dict[Path, Any], list[tuple[Path, Path]]]:
    nodes: dict[Path, Any] = {}
    edges: list[tuple[Path, Path]] = []
    for name, node in graph.nodes.items():
        if isinstance(node, nir.NIRGraph):
            inner_nodes, inner_edges = _collected(node, (*above, name))
            nodes |= inner_nodes
            edges += inner_edges
        else:
            nodes[(*above, name)] = node
    _check_edges(graph, above)
    for pre, post in graph.edges:
        edges.append(((*above, *_end(graph, pre, nir.Output)), (*above, *_end(graph, post, nir.Input))))
    return nodes, edges


def _check_edges(graph: nir.NIRGraph, above: Path) -> None:
    where = f" of the subgraph '{'.'.join(above)}'" if above else ""
    for edge, count in Counter(graph.edges).items():
        for name in edge:
            if name not in graph.nodes:
                near = nearest(name, list(graph.nodes))
                raise InputError(f"the edge {edge[0]} -> {edge[1]}{where} names '{name}', which is no node.{near}")
        if count > 1:
            raise InputError(f"the edge {edge[0]} -> {edge[1]}{where} is listed {count} times.")


def _end(graph: nir.NIRGraph, name: str, kind: type[Any]) -> Path:
    """Return the path of a node; of a subgraph that of its only Input (``kind``) or Output."""
    node = graph.nodes[name]
    if not isinstance(node, nir.NIRGraph):
        return (name,)
    ends = [inner for inner, each in node.nodes.items() if isinstance(each, kind)]
    if not ends:  # what nothing in the subgraph leads to, or what leads to nothing
        linked = {edge[kind is nir.Input] for edge in node.edges}
        ends = [inner for inner in node.nodes if inner not in linked]
    if len(ends) != 1:
        raise InputError(f"subgraph '{name}' has {len(ends)} {kind.__name__} nodes; exactly one can be followed.")
    return (name, *_end(node, ends[0], kind))


def _names(paths: list[Path]) -> dict[Path, str]:
    """Return a name for every path, none of them twice; the shortest paths choose first."""
    names: dict[Path, str] = {}
    taken: set[str] = set()
    for path in sorted(paths, key=len):
        name, number = ".".join(path), 2
        while name in taken:
            name, number = f"{'.'.join(path)}_{number}", number + 1
        names[path] = name
        taken.add(name)
    return {path: names[path] for path in paths}


def _targets(linked: Links) -> dict[str, list[str]]:
    """Return the nodes that the inputs and outputs of subgraphs hand on to."""
    following: dict[str, list[str]] = {name: [] for name in linked.ends}
    for pre, post in linked.edges:
        if pre in following:
            following[pre].append(post)
    sorter = TopologicalSorter(
        {name: [post for post in posts if post in linked.ends] for name, posts in following.items()}
    )
    targets: dict[str, list[str]] = {}
    total = 0
    try:
        order = list(sorter.static_order())
    except CycleError:
        raise InputError("a subgraph that only hands on drives itself, without a neuron in between.") from None
    for name in order:
        total += sum(len(targets.get(post, post)) if post in targets else 1 for post in following[name])
        if total > MOST_EDGES:
            raise InputError(f"its subgraphs, taken apart, have more than {MOST_EDGES:,} edges.")
        targets[name] = [target for post in following[name] for target in targets.get(post, [post])]
    return targets
