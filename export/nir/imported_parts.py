"""Which nodes of a foreign NIR graph are input, encoder, hidden neurons and readout, and what is between them."""

from typing import Any

import nir
import numpy as np

from neurogrow.arrays import FloatArray
from neurogrow.errors import InputError

from .wiring import Wiring, size_of


class Parts:
    """Which nodes of the graph are inputs, encoder, hidden neurons and readout, and what is between them."""

    def __init__(self, graph: nir.NIRGraph, wiring: Wiring) -> None:
        self.graph = graph
        self.input = _only(graph, nir.Input)
        self.output = _only(graph, nir.Output)
        spiking = {name: node for name, node in graph.nodes.items() if isinstance(node, nir.LIF | nir.CubaLIF)}
        if not spiking:
            raise InputError("it holds no LIF or CubaLIF neurons.")
        readouts = [name for name, node in graph.nodes.items() if isinstance(node, nir.LI)]
        self.arriving = {name: wiring.into(name) for name in [*spiking, *readouts, self.output]}
        given = {name: set(self.arriving[name].weights) for name in spiking}
        in_the_same_tick = {source for pres in given.values() for source, ticks in pres if not ticks}
        self.encoder = {name: node for name, node in spiking.items() if name in in_the_same_tick}
        self.hidden = {name: spiking[name] for name in spiking if name not in self.encoder}
        self._check(readouts)

    def between(self, posts: dict[str, Any], pres: dict[str, Any], ticks: int) -> FloatArray:
        """Return the weights [post, pre] of all that the ``pres`` give the ``posts`` this many ticks late."""
        blocks = []
        for post in posts:
            given = self.arriving[post].weights
            rows = size_of(self.graph.nodes[post])
            blocks.append(np.hstack([given.get((pre, ticks), np.zeros((rows, size_of(pres[pre])))) for pre in pres]))
        return np.vstack(blocks)

    def bias(self, posts: dict[str, Any]) -> FloatArray:
        """Return the constant that reaches these nodes at every tick."""
        return np.concatenate([self.arriving[post].bias.get(0, np.zeros(size_of(posts[post]))) for post in posts])

    def input_weights(self) -> FloatArray:
        """Return the weights into the hidden neurons, from the encoder's where there are any, else from the input."""
        return self.between(self.hidden, self.encoder or {self.input: self.graph.nodes[self.input]}, 0)

    def _check(self, readouts: list[str]) -> None:
        """Raise ``InputError`` where something goes a way that networks here do not have."""
        allowed = {(source, 0) for source in (self.encoder or {self.input: None})} | {(h, 1) for h in self.hidden}
        for names, may in (
            (self.encoder, {(self.input, 0)}),
            (self.hidden, allowed),
            (readouts, {(h, 0) for h in self.hidden}),
        ):
            for name in names:
                for source, ticks in set(self.arriving[name].weights) - may:
                    late = f"{ticks} ticks late" if ticks else "in the same tick"
                    raise InputError(f"'{source}' reaches '{name}' {late}, which networks here do not have.")
        for name, arriving in self.arriving.items():
            if any(np.any(value) for ticks, value in arriving.bias.items() if ticks):
                raise InputError(f"a bias reaches '{name}' through a loop, where it is silent at the first tick.")


def _only(graph: nir.NIRGraph, kind: type[Any]) -> str:
    names = [name for name, node in graph.nodes.items() if isinstance(node, kind)]
    if len(names) != 1:
        raise InputError(f"it has {len(names)} nodes of type {kind.__name__}; one is needed.")
    return str(names[0])
