"""NIR files of other tools as a :class:`~neurogrow.network.GrownNetwork`.

Whatever its nodes are called and however its weights are spread over them, a graph is read if it is one recurrent
network of LIF or CubaLIF neurons: input, optionally LIF neurons that turn it into spikes, hidden neurons that reach
each other one tick later, and a readout that is leaky or plain. What cannot be such a network is refused with the
reason. Parameters are brought to the form of :mod:`neurogrow.network` by a gauge of the membrane,
v -> (v - v_reset) / g, which changes no spike: weights stay as they are, thresholds are scaled.
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
from neurogrow.models import SpikingRNN
from neurogrow.network import CubaLIFNeurons, GrownNetwork, LIFNeurons, SpikeEncoder
from neurogrow.pruning import restore, with_unit_thresholds

from .graph import SEMANTICS, check_form, read_graph, read_nir
from .hidden import flat
from .imported_neurons import Membranes, membranes, readout_decay
from .imported_parts import Parts
from .reference import tick_duration
from .wiring import Arriving, Wiring, size_of


@dataclass(frozen=True, eq=False)
class Imported:
    """A network that was read from a file, and what the file did not say."""

    network: GrownNetwork
    assumptions: tuple[str, ...]
    """One sentence each; none for a file of ours."""


def import_nir(path: Path, *, dt: float | None = None) -> Imported:
    """Read a NIR file of any tool as a network.

    Parameters
    ----------
    path
        The file.
    dt
        Duration of a tick in the unit of the file's time constants, for files whose metadata do not say.

    Raises
    ------
    InputError
        If the file is not NIR, dt is not known, or the graph is no recurrent network as above. The message has the
        file and the reason.
    """
    graph = read_graph(path)
    with suppress(InputError):
        check_form(graph)
        return Imported(read_nir(path), ())
    try:
        return _other(graph, dt)
    except InputError as error:
        raise InputError(f"{path} cannot be imported: {error}") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} cannot be imported: {error}") from None


def trainable(network: GrownNetwork) -> SpikingRNN:
    """Return the network as a model on its grid, in float64, to be trained on.

    Neurons with thresholds of their own are first scaled to a threshold of 1, which changes no spike.

    Raises
    ------
    InputError
        If the network is a rate network.
    """
    model = restore(with_unit_thresholds(network))
    if not isinstance(model, SpikingRNN):
        raise InputError("This is a rate network; a spiking network is needed here.")
    return model


def _other(graph: nir.NIRGraph, dt: float | None) -> Imported:
    """Read a graph that is not of the canonical form."""
    assumptions: list[str] = []
    if (semantics := graph.metadata.get("semantics", SEMANTICS)) != SEMANTICS:
        raise InputError(f"its semantics are {semantics!r}, and a network here follows {SEMANTICS!r}.")
    if "semantics" not in graph.metadata:
        assumptions.append("The file does not say how it is stepped: taken as Euler steps, a reset in its own tick.")
    graph, dt = flat(graph), tick_duration(graph, dt)
    parts = Parts(graph, Wiring(graph))
    places = _Places.of(parts.hidden, assumptions)
    substeps = int(graph.metadata.get("substeps", 1))
    if "substeps" not in graph.metadata:
        assumptions.append("The file does not say how many ticks a task step has: taken as 1.")
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
    """Return the readout; one without a leak is one that has forgotten everything after a tick."""
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
    if len(leaky) > 1 or set(final.weights) != {(name, 0)} or not _is_identity(final):
        raise InputError("its output is not what one leaky readout gives.")
    decay_O, gain_O, leak_O = readout_decay(name, parts.graph.nodes[name], dt)
    weights_ON = gain_O[:, None] * parts.between({name: None}, parts.hidden, 0)
    bias_O = gain_O * parts.arriving[name].bias.get(0, np.zeros(len(decay_O))) + leak_O
    return _Readout(weights_ON, bias_O, decay_O)


def _is_identity(arriving: Arriving) -> bool:
    (weights,) = arriving.weights.values()
    return np.array_equal(weights, np.eye(len(weights))) and not any(np.any(bias) for bias in arriving.bias.values())


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
    """Where the hidden neurons sit, in the order of their nodes."""

    neuron_id_N: IntArray
    grid: tuple[int, int]
    module_N: IntArray | None

    @classmethod
    def of(cls, hidden: dict[str, Any], assumptions: list[str]) -> "_Places":
        """Return what the nodes' metadata say, or else a square grid that is filled in the order of the file."""
        noted = [node.metadata for node in hidden.values()]
        if all({"neuron_id", "grid"} <= set(metadata) for metadata in noted):
            rows, cols = (int(size) for size in noted[0]["grid"])
            ids = np.concatenate([np.asarray(metadata["neuron_id"]) for metadata in noted])
        else:
            n = sum(size_of(node) for node in hidden.values())
            rows = cols = math.isqrt(n - 1) + 1
            ids = np.arange(n)
            assumptions.append(
                f"The file does not say where its neurons sit: a grid of {rows} x {cols} is filled in the file's order."
            )
        known = all("module" in metadata for metadata in noted)
        return cls(ids, (rows, cols), np.concatenate([metadata["module"] for metadata in noted]) if known else None)
