"""Inputs and outputs that no author wrote: the `nir` package adds one to every node without.

When `nir` (from 1.0.5) makes a graph with its type check, every node that nothing leads to gets an Input, and every
node that leads to nothing an Output. They are called ``input_<node>`` and ``output_<node>``, if need be with a number,
and are written to the file. A population without inputs, for example a source of noise, would then have some.
"""

import re
from typing import Any

import nir

from .nodes import SILENT, SPIKING


def invented_inputs(graph: nir.NIRGraph) -> frozenset[str]:
    """Return the inputs that `nir` has added before neurons: the name fits, and nothing else leads to the neurons.

    An input that was added before a linear map is not among them: weights that nothing reaches would mean nothing, so
    the author has left it out and meant it.
    """
    return frozenset(
        name for name, other in _added(graph, nir.Input).items() if isinstance(graph.nodes[other], (*SPIKING, *SILENT))
    )


def remove_invented(graph: nir.NIRGraph) -> None:
    """Remove invented inputs and outputs from a graph and its subgraphs if others remain."""
    for node in graph.nodes.values():
        if isinstance(node, nir.NIRGraph):
            remove_invented(node)
    for kind in (nir.Input, nir.Output):
        ends = {name for name, node in graph.nodes.items() if isinstance(node, kind)}
        names = invented_inputs(graph) if kind is nir.Input else frozenset(_added(graph, kind))
        if names and ends - names:
            for name in names:
                del graph.nodes[name]
            graph.edges = [edge for edge in graph.edges if not names & set(edge)]


def _added(graph: nir.NIRGraph, kind: type[Any]) -> dict[str, str]:
    """Return the nodes of a kind that look as if `nir` had added them, each with the node that it was added to."""
    into: dict[str, list[str]] = {name: [] for name in graph.nodes}
    out_of: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for pre, post in graph.edges:
        into[post].append(pre)
        out_of[pre].append(post)
    here, back = (out_of, into) if kind is nir.Input else (into, out_of)
    added: dict[str, str] = {}
    for name, node in graph.nodes.items():
        if isinstance(node, kind) and not node.metadata and len(here[name]) == 1:
            (other,) = here[name]
            pattern = rf"{kind.__name__.lower()}_{re.escape(other)}(_\d+)?"
            if back[other] == [name] and re.fullmatch(pattern, name):
                added[name] = other
    return added
