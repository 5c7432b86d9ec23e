"""The parts of a foreign NIR graph (input, encoder, hidden neurons, readout) and the weights between them."""

from typing import Any

import nir
import numpy as np

from neurogrow.arrays import FloatArray
from neurogrow.errors import InputError
from neurogrow.io.nir import size_of

from .wiring import Arriving, Wiring


class Parts:
    """The nodes that are input, encoder, hidden neurons and output of a graph, and the weights between them.

    Parameters
    ----------
    graph
        A flat graph.
    wiring
        Its paths.
    approximate
        Accept what a network here can represent only with a shift of one tick. ``approximations`` then has a sentence
        for each.

    Raises
    ------
    InputError
        If the graph is not one recurrent network. The message names the node and the reason.
    """

    def __init__(self, graph: nir.NIRGraph, wiring: Wiring, approximate: bool = False) -> None:
        self.graph, self.approximate = graph, approximate
        self.approximations: list[str] = []
        self.delayed_readouts: list[str] = []
        self.input = _only(graph, nir.Input)
        self.output = _only(graph, nir.Output)
        spiking = {name: node for name, node in graph.nodes.items() if isinstance(node, nir.LIF | nir.CubaLIF)}
        if not spiking:
            raise InputError("it holds no LIF or CubaLIF neurons.")
        readouts = [name for name, node in graph.nodes.items() if isinstance(node, nir.LI)]
        self.arriving = {name: wiring.into(name) for name in [*spiking, *readouts, self.output]}
        for name in spiking:
            self._check_spiking_readout(name, spiking)
        self._check_late_biases()
        sources = {name: set(self.arriving[name].weights) for name in spiking}
        in_the_same_tick = {source for pres in sources.values() for source, ticks in pres if not ticks}
        self.encoder = {name: node for name, node in spiking.items() if name in in_the_same_tick}
        last = [name for name in self.delayed_readouts if name not in self.encoder]
        names = [name for name in spiking if name not in self.encoder and name not in last]
        self.hidden = {name: spiking[name] for name in [*names, *last]}
        self._check(readouts)

    def between(self, posts: dict[str, Any], pres: dict[str, Any], ticks: int) -> FloatArray:
        """Return the weights [post, pre] from the ``pres`` to the ``posts`` with a delay of this many ticks."""
        blocks = []
        for post in posts:
            weights = self.arriving[post].weights
            rows = size_of(self.graph.nodes[post])
            blocks.append(np.hstack([weights.get((pre, ticks), np.zeros((rows, size_of(pres[pre])))) for pre in pres]))
        return np.vstack(blocks)

    def bias(self, posts: dict[str, Any]) -> FloatArray:
        """Return the constant that reaches these nodes at every tick."""
        return np.concatenate([self.arriving[post].bias.get(0, np.zeros(size_of(posts[post]))) for post in posts])

    def input_weights(self) -> FloatArray:
        """Return the weights into the hidden neurons: from the encoder, or from the input if there is no encoder."""
        return self.between(self.hidden, self.encoder or {self.input: self.graph.nodes[self.input]}, 0)

    def _check_spiking_readout(self, name: str, spiking: dict[str, Any]) -> None:
        """Refuse a population that spikes after a recurrent one, or make it part of the recurrent population."""
        weights = self.arriving[name].weights
        recurrent = [pre for pre, ticks in weights if not ticks and pre in spiking and self._is_recurrent(pre)]
        if not recurrent or self._is_recurrent(name):
            return
        if not self.approximate:
            raise InputError(
                f"'{recurrent[0]}' reaches '{name}' in the same tick, and '{name}' spikes: it is a readout of spiking "
                f"neurons ({type(spiking[name]).__name__}) beside recurrent ones, and a readout here does not spike. "
                "Import it with approximate=True, which delays the readout by a tick, or write an LI node in its place."
            )
        if others := [pre for pre, ticks in weights if pre not in recurrent or ticks]:
            raise InputError(f"'{others[0]}' reaches the spiking readout '{name}' beside '{recurrent[0]}'.")
        self.arriving[name].weights = {(pre, 1): block for (pre, _), block in weights.items()}
        self.delayed_readouts.append(name)
        self.approximations.append(
            f"The readout '{name}' spikes: it is read as part of the recurrent population, and its spikes come one "
            "tick later than in the file."
        )
        node = spiking[name]
        if np.any(self.arriving[name].bias.get(0, 0)) or np.any(node.v_leak != node.v_reset):
            self.approximations.append(f"The bias of '{name}' acts one tick before the first spikes reach it.")

    def _is_recurrent(self, name: str) -> bool:
        """Whether spikes of a population come back to it, directly or through others."""
        seen: set[str] = set()
        pending = [name]
        while pending:
            arriving = self.arriving.get(pending.pop())
            for pre, _ in arriving.weights if arriving else ():
                if pre == name:
                    return True
                if pre not in seen:
                    seen.add(pre)
                    pending.append(pre)
        return False

    def _check_late_biases(self) -> None:
        """Refuse a bias that arrives through a loop, or let it act from the first tick on."""
        for name, arriving in self.arriving.items():
            if not any(np.any(value) for ticks, value in arriving.bias.items() if ticks):
                continue
            if not self.approximate:
                raise InputError(
                    f"a bias reaches '{name}' through a loop, where it is silent at the first tick. Import it with "
                    "approximate=True, which lets the bias act from the first tick on."
                )
            arriving.bias = {0: np.sum([np.asarray(value) for value in arriving.bias.values()], axis=0)}
            self.approximations.append(f"The bias in the loop of '{name}' acts from the first tick on, not the second.")

    def _check(self, readouts: list[str]) -> None:
        """Raise ``InputError`` for a path that networks here do not have."""
        allowed = {(source, 0) for source in (self.encoder or {self.input: None})} | {(h, 1) for h in self.hidden}
        for names, may in (
            (self.encoder, {(self.input, 0)}),
            (self.hidden, allowed),
            (readouts, {(h, 0) for h in self.hidden}),
        ):
            for name in names:
                for source, ticks in set(self.arriving[name].weights) - may:
                    delay = {0: "in the same tick", 1: "a tick later"}.get(ticks, f"{ticks} ticks later")
                    raise InputError(f"'{source}' reaches '{name}' {delay}, which networks here do not have.")


def joined(arriving: Arriving) -> bool:
    """Return whether what arrives is the unchanged output of one node."""
    (weights,) = arriving.weights.values()
    return np.array_equal(weights, np.eye(len(weights))) and not any(np.any(bias) for bias in arriving.bias.values())


def _only(graph: nir.NIRGraph, kind: type[Any]) -> str:
    names = [name for name, node in graph.nodes.items() if isinstance(node, kind)]
    if len(names) != 1:
        raise InputError(f"it has {len(names)} nodes of type {kind.__name__}; one is needed.")
    return str(names[0])
