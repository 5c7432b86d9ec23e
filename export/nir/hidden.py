"""The hidden neurons of a NIR graph that neurogrow wrote, in the order of their ``neuron_id``."""

from collections.abc import Mapping
from typing import Any

import nir
import numpy as np

from neurogrow.arrays import AnyArray
from neurogrow.errors import InputError


def hidden_nodes(graph: nir.NIRGraph) -> dict[str, Any]:
    """Return the nodes of hidden neurons by name; those of a subgraph by the name of the subgraph.

    Raises ``InputError`` if a graph in the canonical form has none.
    """
    nodes: dict[str, Any] = {}
    for name, node in graph.nodes.items():
        if isinstance(node, nir.NIRGraph):
            nodes |= dict.fromkeys([name], *hidden_nodes(node).values())
        elif "neuron_id" in node.metadata:
            nodes[name] = node
    if not nodes and "input" in graph.nodes and "hidden" in graph.nodes:
        raise InputError("the metadata of 'hidden' has no 'neuron_id'.")
    return nodes


def in_order(graph: nir.NIRGraph, spikes: Mapping[str, AnyArray]) -> AnyArray:
    """Return the spikes (T, B, n) of all hidden populations as one array (T, B, N), ordered by neuron_id."""
    nodes = hidden_nodes(graph)
    ids = np.concatenate([node.metadata["neuron_id"] for node in nodes.values()])
    return np.concatenate([spikes[name] for name in nodes], axis=2)[:, :, np.argsort(ids)]
