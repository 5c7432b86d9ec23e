"""Import NIR files of other tools as a :class:`~neurogrow.network.GrownNetwork`.

A graph is read if it is one recurrent network of LIF or CubaLIF neurons: an input, optionally LIF neurons that turn it
into spikes, hidden neurons that reach each other one tick later, and a leaky or plain readout. Names of nodes do not
matter, nor how weights are divided among nodes. Any other graph is refused with the reason.

Parameters are converted to the form of :mod:`neurogrow.network` by the gauge v -> (v - v_reset) / g of the membrane,
which changes no spike: weights are kept, and thresholds are scaled.
"""

import json
import math
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nir
import numpy as np
from scipy import sparse

from neurogrow.arrays import FloatArray, IntArray
from neurogrow.errors import InputError
from neurogrow.io.nir import flatten, size_of
from neurogrow.models import SpikingRNN
from neurogrow.network import CubaLIFNeurons, GrownNetwork, LIFNeurons, SpikeEncoder
from neurogrow.pruning import restore, with_unit_thresholds

from .dialects import BUILT_IN, DIALECTS
from .graph import SEMANTICS, check_form, read_graph, read_nir
from .imported_neurons import Membranes, membranes, readout_decay
from .imported_parts import Parts, joined
from .leaky_loops import as_leaky_integrators
from .reference import tick_duration
from .wiring import Wiring


@dataclass(frozen=True, eq=False)
class Imported:
    """A network from a file, and the assumptions that were made."""

    network: GrownNetwork
    assumptions: tuple[str, ...]
    """One sentence for each; empty for a file that neurogrow wrote."""


def import_nir(path: str | Path, *, dt: float | None = None, approximate: bool = False) -> Imported:
    """Read a NIR file of any tool as a recurrent network.

    Parameters
    ----------
    path
        The file.
    dt
        Duration of a tick in the unit of the file's time constants, for files whose metadata do not give it.
    approximate
        Read two more forms, each with a shift of one tick that ``assumptions`` names: spiking neurons as the readout of
        a recurrent population, and a bias within a loop.

    Raises
    ------
    InputError
        If the file is not NIR, dt is not known, or the graph is not such a network. The message names the file and the
        reason.
    """
    path = Path(path)
    graph = read_graph(path)
    with suppress(InputError):
        check_form(graph)
        return Imported(read_nir(path), ())
    try:
        return _other(graph, dt, approximate)
    except InputError as error:
        raise InputError(f"{path} cannot be imported: {error}") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} cannot be imported: {error}") from None


def trainable(network: GrownNetwork) -> SpikingRNN:
    """Return the network as a model on its grid, in float64, ready for training.

    All neurons are first scaled to a threshold of 1, which changes no spike.

    Raises
    ------
    InputError
        If the network is a rate network.
    """
    model = restore(with_unit_thresholds(network))
    if not isinstance(model, SpikingRNN):
        raise InputError("This is a rate network; a spiking network is needed here.")
    return model


def _other(graph: nir.NIRGraph, dt: float | None, approximate: bool) -> Imported:
    """Read a graph that is not in the canonical form."""
    assumptions, dt = _semantics(graph), tick_duration(graph, dt)
    graph = as_leaky_integrators(_without_dialect(flatten(graph)), dt)
    parts = Parts(graph, Wiring(graph), approximate)
    assumptions += parts.approximations
    places = _Places.from_nodes(parts.hidden, assumptions)
    substeps = _substeps(graph, assumptions)
    if any(np.any(node.v_reset) for node in (parts.hidden | parts.encoder).values()):
        assumptions.append("Its v_reset is not 0: membranes start there, and not at 0.")
    order = np.argsort(places.neuron_id_N, kind="stable")
    hidden, readout = membranes(parts.hidden, dt), _readout(parts, dt, assumptions)
    common = (hidden.beta_N[order], hidden.threshold_N[order], readout.beta_O, substeps, dt)
    network = GrownNetwork(
        neurons=_neurons(common, hidden, order),
        input_weights_NI=parts.input_weights()[order],
        recurrent_weights_NN=sparse.csr_array(parts.between(parts.hidden, parts.hidden, 1)[np.ix_(order, order)]),
        output_weights_ON=readout.weights_ON[:, order],
        hidden_bias_N=(parts.bias(parts.hidden) + hidden.bias_N)[order],
        output_bias_O=readout.bias_O,
        grid=places.grid,
        neuron_id_N=places.neuron_id_N[order],
        module_N=None if places.module_N is None else places.module_N[order],
        metadata=_network_metadata(graph),
        encoder=_encoder(parts, dt),
    )
    return Imported(network, tuple(assumptions))


def _semantics(graph: nir.NIRGraph) -> list[str]:
    """Return the assumption on how a graph is stepped. Raises ``InputError`` if its semantics are not ours."""
    if "semantics" not in graph.metadata:
        return ["The file does not say how it is stepped: taken as Euler steps, a reset in its own tick."]
    if (semantics := graph.metadata["semantics"]) != SEMANTICS:
        raise InputError(f"its semantics are {semantics!r}, and a network here follows {SEMANTICS!r}.")
    return []


def _without_dialect(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Return a graph of one of our dialects without the changes that NIR itself would read as another network."""
    name = graph.metadata.get("dialect")
    for change in DIALECTS[name].undo if name in BUILT_IN else ():
        graph = change(graph)
    return graph


def _substeps(graph: nir.NIRGraph, assumptions: list[str]) -> int:
    if "substeps" not in graph.metadata:
        assumptions.append("The file does not say how many ticks a task step has: taken as 1.")
    return int(graph.metadata.get("substeps", 1))


def _neurons(
    common: tuple[FloatArray, FloatArray, FloatArray, int, float], hidden: Membranes, order: IntArray
) -> LIFNeurons | CubaLIFNeurons:
    return LIFNeurons(*common) if hidden.alpha_N is None else CubaLIFNeurons(*common, hidden.alpha_N[order])


def _network_metadata(graph: nir.NIRGraph) -> dict[str, str]:
    written = graph.metadata.get("network_metadata", "{}")
    return {str(key): str(value) for key, value in json.loads(written).items()}


@dataclass(frozen=True, eq=False)
class _Readout:
    weights_ON: FloatArray
    bias_O: FloatArray
    beta_O: FloatArray


def _readout(parts: Parts, dt: float, assumptions: list[str]) -> _Readout:
    """Return the readout. One without a leak gets the smallest decay above 0: it keeps nothing from tick to tick."""
    final = parts.arriving[parts.output]
    leaky = [name for name in parts.graph.nodes if isinstance(parts.graph.nodes[name], nir.LI)]
    if not leaky:
        if set(final.weights) - {(name, 0) for name in parts.hidden}:
            raise InputError("its output takes something else than the hidden neurons' spikes of the same tick.")
        weights_ON = parts.between({parts.output: None}, parts.hidden, 0)
        assumptions.append("The readout does not leak: its decay is set to the smallest number above 0.")
        beta_O: FloatArray = np.full(len(weights_ON), np.finfo(np.float64).tiny)
        return _Readout(weights_ON, np.asarray(final.bias.get(0, np.zeros(len(weights_ON)))), beta_O)
    name = leaky[0]
    if len(leaky) > 1 or set(final.weights) != {(name, 0)} or not joined(final):
        raise InputError("its output is not what one leaky readout gives.")
    decay_O, gain_O, leak_O = readout_decay(name, parts.graph.nodes[name], dt)
    weights_ON = gain_O[:, None] * parts.between({name: None}, parts.hidden, 0)
    bias_O = gain_O * parts.arriving[name].bias.get(0, np.zeros(len(decay_O))) + leak_O
    return _Readout(weights_ON, bias_O, decay_O)


def _encoder(parts: Parts, dt: float) -> SpikeEncoder | None:
    if not parts.encoder:
        return None
    neurons = membranes(parts.encoder, dt)
    if neurons.alpha_N is not None:
        raise InputError("the neurons that turn its input into spikes are CubaLIF; here they are LIF.")
    weights_EI = parts.between(parts.encoder, {parts.input: parts.graph.nodes[parts.input]}, 0)
    return SpikeEncoder(weights_EI, parts.bias(parts.encoder) + neurons.bias_N, neurons.beta_N, neurons.threshold_N)


@dataclass(frozen=True, eq=False)
class _Places:
    """The places of the hidden neurons, in the order of their nodes."""

    neuron_id_N: IntArray
    grid: tuple[int, int]
    module_N: IntArray | None

    @classmethod
    def from_nodes(cls, hidden: dict[str, Any], assumptions: list[str]) -> "_Places":
        """Return the places in the nodes' metadata, or a square grid that is filled in the order of the file."""
        notes = [node.metadata for node in hidden.values()]
        if all({"neuron_id", "grid"} <= set(metadata) for metadata in notes):
            rows, cols = (int(size) for size in notes[0]["grid"])
            ids = np.concatenate([np.asarray(metadata["neuron_id"]) for metadata in notes])
        else:
            n = sum(size_of(node) for node in hidden.values())
            rows = cols = math.isqrt(n - 1) + 1
            ids = np.arange(n)
            assumptions.append(
                f"The file does not say where its neurons sit: a grid of {rows} x {cols} is filled in the file's order."
            )
        known = all("module" in metadata for metadata in notes)
        return cls(ids, (rows, cols), np.concatenate([metadata["module"] for metadata in notes]) if known else None)
