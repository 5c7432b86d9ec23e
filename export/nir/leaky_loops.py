"""Leaky readouts that a file writes as a loop of linear nodes, for readers without LI nodes.

The dialects ``norse`` and ``spikingjelly`` do so: ``readout`` is the identity, ``readout_decay`` holds the decays beta
on its diagonal, and o <- I + beta o runs through both.
"""

from typing import Any

import nir
import numpy as np

from neurogrow.arrays import FloatArray


def as_leaky_integrators(graph: nir.NIRGraph, dt: float) -> nir.NIRGraph:
    """Return a flat graph with an LI node in place of every such loop: tau = dt / (1 - beta), r = 1 / (1 - beta)."""
    nodes, edges = dict(graph.nodes), list(graph.edges)
    for name, node in graph.nodes.items():
        decay = _loop(graph, name, node)
        if decay is None:
            continue
        keep, beta_O = decay
        gain_O = 1 / (1 - beta_O)
        nodes[name] = nir.LI(dt * gain_O, gain_O, np.zeros(len(beta_O)), metadata={"beta": beta_O})
        del nodes[keep]
        edges = [edge for edge in edges if keep not in edge]
    return nir.NIRGraph(nodes, edges, metadata=dict(graph.metadata), type_check=False)


def _loop(graph: nir.NIRGraph, name: str, node: Any) -> tuple[str, FloatArray] | None:  # noqa: ANN401
    """Return the node that holds the decays of the loop at ``name``, and the decays; None if there is no such loop."""
    if not isinstance(node, nir.Linear) or not _is_diagonal(node.weight, 1.0):
        return None
    for keep, other in graph.nodes.items():
        loop = {(name, keep), (keep, name)}
        is_loop = loop <= set(graph.edges) and all(edge in loop for edge in graph.edges if keep in edge)
        if keep != name and isinstance(other, nir.Linear) and is_loop and _is_diagonal(other.weight):
            beta_O = np.asarray(np.diag(other.weight), dtype=np.float64)
            return (keep, beta_O) if ((beta_O > 0) & (beta_O < 1)).all() else None
    return None


def _is_diagonal(weight: FloatArray, value: float | None = None) -> bool:
    """Return whether a matrix is zero off its diagonal, and ``value`` on it if one is given."""
    diagonal = np.diag(weight) if weight.ndim == 2 and weight.shape[0] == weight.shape[1] else None
    return (
        diagonal is not None
        and np.array_equal(np.diag(diagonal), weight)
        and (value is None or bool((diagonal == value).all()))
    )
