"""Which nodes of a NIR graph of ours are the hidden neurons, and in which order: by their ``neuron_id``."""

from collections.abc import Mapping
from typing import Any

import nir
import numpy as np

from neurogrow.arrays import AnyArray
from neurogrow.errors import InputError


def hidden_nodes(graph: nir.NIRGraph) -> dict[str, Any]:
    """Return the hidden neurons' nodes by name, subgraphs included. Raises ``InputError`` if there are none."""
    found: dict[str, Any] = {}
    for name, node in graph.nodes.items():
        if isinstance(node, nir.NIRGraph):
            found |= dict.fromkeys([name], *hidden_nodes(node).values())
        elif "neuron_id" in node.metadata:
            found[name] = node
    if not found and "input" in graph.nodes and "hidden" in graph.nodes:
        raise InputError("the metadata of 'hidden' has no 'neuron_id'.")
    return found


def in_order(graph: nir.NIRGraph, spikes: Mapping[str, AnyArray]) -> AnyArray:
    """Return the spikes (T, B, n) of all hidden populations as one array (T, B, N), ordered by neuron_id."""
    nodes = hidden_nodes(graph)
    ids = np.concatenate([node.metadata["neuron_id"] for node in nodes.values()])
    return np.concatenate([spikes[name] for name in nodes], axis=2)[:, :, np.argsort(ids)]


def flat(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Return the graph with its subgraphs taken apart: an edge to one leads where its input does, from it likewise."""
    nodes: dict[str, Any] = {}
    edges = list(graph.edges)
    for name, node in graph.nodes.items():
        if not isinstance(node, nir.NIRGraph):
            nodes[name] = node
            continue
        inner = flat(node)
        (first,) = (each for each, kind in inner.nodes.items() if isinstance(kind, nir.Input))
        (last,) = (each for each, kind in inner.nodes.items() if isinstance(kind, nir.Output))
        inside = {each: f"{name}/{each}" for each in inner.nodes if each not in (first, last)}
        nodes |= {inside[each]: inner.nodes[each] for each in inside}
        into = [inside[post] for pre, post in inner.edges if pre == first]
        out_of = [inside[pre] for pre, post in inner.edges if post == last]
        edges = [
            (source, target)
            for pre, post in edges
            for source in (out_of if pre == name else [pre])
            for target in (into if post == name else [post])
        ]
        edges += [(inside[pre], inside[post]) for pre, post in inner.edges if pre in inside and post in inside]
    return nir.NIRGraph(nodes, edges, metadata=dict(graph.metadata))
