"""The order in which nodes compute within a tick, and the edges that carry the output of the tick before."""

from collections.abc import Iterable
from graphlib import TopologicalSorter
from typing import TypeAlias

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

Edge: TypeAlias = tuple[str, str]


def schedule(edges: Iterable[Edge], roots: Iterable[str]) -> tuple[list[str], set[Edge]]:
    """Return the order of the nodes within a tick, and the edges that close a cycle.

    A loop is a set of nodes that all reach each other. Its entries are the nodes that an edge from outside reaches, or
    a root, or otherwise its first node. Edges of the loop into an entry close a cycle. Without these edges smaller
    loops may be left; the rule is repeated until no loop is left. The result does not depend on the order of the edges.

    A loop with one entry gives the usual back edge. If several populations drive each other and all have inputs, every
    connection between them closes a cycle.

    Examples
    --------
    >>> schedule([("in", "a"), ("a", "w"), ("w", "a"), ("a", "out")], ["in", "a", "out", "w"])
    (['in', 'a', 'w', 'out'], {('w', 'a')})
    >>> sorted(schedule([("in", "a"), ("in", "b"), ("a", "b"), ("b", "a")], ["in"])[1])
    [('a', 'b'), ('b', 'a')]
    """
    edges, roots = list(dict.fromkeys(edges)), list(dict.fromkeys(roots))
    nodes = list(dict.fromkeys([*roots, *(node for edge in edges for node in edge)]))
    closing: set[Edge] = set()
    while cut := _into_entries([edge for edge in edges if edge not in closing], nodes, roots[:1]):
        closing |= cut
    sorter = TopologicalSorter({node: [] for node in nodes})
    for pre, post in edges:
        if (pre, post) not in closing:
            sorter.add(post, pre)
    return list(sorter.static_order()), closing


def _into_entries(edges: list[Edge], nodes: list[str], roots: list[str]) -> set[Edge]:
    """Return the edges of loops that lead to the entries of these loops; none if there are no loops."""
    loop_of = dict(zip(nodes, _loops(edges, nodes), strict=True))
    inside = [(pre, post) for pre, post in edges if loop_of[pre] == loop_of[post]]
    entered = {post for pre, post in edges if loop_of[pre] != loop_of[post]} | set(roots)
    with_entry = {loop_of[node] for node in entered}
    for node in nodes:
        if loop_of[node] not in with_entry:
            entered.add(node)
            with_entry.add(loop_of[node])
    return {(pre, post) for pre, post in inside if post in entered}


def _loops(edges: list[Edge], nodes: list[str]) -> list[int]:
    """Return the strongly connected component of every node."""
    index = {node: i for i, node in enumerate(nodes)}
    pairs = np.array([(index[pre], index[post]) for pre, post in edges], dtype=np.int64).reshape(-1, 2)
    adjacency = sparse.coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(nodes), len(nodes)))
    return [int(label) for label in csgraph.connected_components(adjacency, connection="strong")[1]]
