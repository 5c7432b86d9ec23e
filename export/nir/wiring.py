"""The linear paths of a NIR graph: for each node its sources, the weights from them, and their delays in ticks."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import nir
import numpy as np

from neurogrow.arrays import FloatArray
from neurogrow.errors import InputError
from neurogrow.io.nir import size_of

from .schedule import schedule

LINEAR = (nir.Affine, nir.Linear, nir.Scale, nir.Flatten)
"""The types of nodes that paths go through. (A Flatten changes the shape of an array, and no element.)"""
NEURONS = (nir.LIF, nir.CubaLIF, nir.LI)
"""The types of nodes with a state, at which paths end."""

Source: TypeAlias = tuple[str, int]
"""The name of a node, and the delay of its output in ticks."""


@dataclass(eq=False)
class Arriving:
    """The input of a node: W x from every source x, and a constant."""

    weights: dict[Source, FloatArray] = field(default_factory=dict)
    """[post, pre] by source; parallel paths are added up."""
    bias: dict[int, FloatArray] = field(default_factory=dict)
    """Constants by their delay in ticks: a delayed constant is absent at the first tick."""


class Wiring:
    """Follows the edges of a flat graph back to inputs and neurons."""

    def __init__(self, graph: nir.NIRGraph) -> None:
        self.graph = graph
        known = (nir.Input, nir.Output, *LINEAR, *NEURONS)
        for name, node in graph.nodes.items():
            if not isinstance(node, known):
                raise InputError(f"the node '{name}' is of type {type(node).__name__}, which no network here has.")
        sources = [name for name, node in graph.nodes.items() if isinstance(node, nir.Input)]
        self.delayed = schedule(graph.edges, [*sources, *sorted(graph.nodes)])[1]

    def into(self, name: str, above: tuple[str, ...] = ()) -> Arriving:
        """Return the input of a node. Raises ``InputError`` for linear nodes that drive each other in a loop."""
        if name in above:
            raise InputError(f"'{name}' drives itself over linear nodes alone, without a neuron.")
        total = Arriving()
        for pre, post in self.graph.edges:
            if post == name:
                late = int((pre, post) in self.delayed)
                part = self._out_of(pre, (*above, name))
                for (source, ticks), weights in part.weights.items():
                    key = (source, ticks + late)
                    total.weights[key] = total.weights[key] + weights if key in total.weights else weights
                for ticks, bias in part.bias.items():
                    total.bias[ticks + late] = total.bias.get(ticks + late, 0) + bias
        return total

    def _out_of(self, name: str, above: tuple[str, ...]) -> Arriving:
        node = self.graph.nodes[name]
        if not isinstance(node, LINEAR):
            return Arriving({(name, 0): np.eye(size_of(node))})
        arriving = self.into(name, above)
        if isinstance(node, nir.Flatten):
            return arriving
        weights = _matrix(name, node)
        bias: dict[int, FloatArray] = {ticks: weights @ value for ticks, value in arriving.bias.items()}
        if isinstance(node, nir.Affine) and np.any(node.bias):
            bias[0] = bias.get(0, 0) + np.asarray(node.bias, dtype=np.float64)
        return Arriving({source: _product(weights, value) for source, value in arriving.weights.items()}, bias)


def _matrix(name: str, node: Any) -> FloatArray:  # noqa: ANN401  (nir has no types)
    weights = np.asarray(node.scale if isinstance(node, nir.Scale) else node.weight, dtype=np.float64)
    weights = np.diag(weights) if isinstance(node, nir.Scale) and weights.ndim == 1 else weights
    if weights.ndim != 2:
        raise InputError(f"the node '{name}' is not a map between vectors: its weights have shape {weights.shape}.")
    return weights


def _product(weights: FloatArray, arriving: FloatArray) -> FloatArray:
    """Return W x; W itself if x is the identity, which saves N^3 operations."""
    is_identity = arriving.shape[0] == arriving.shape[1] and np.array_equal(arriving, np.eye(len(arriving)))
    return weights if is_identity else weights @ arriving
