"""The effects by which Xylo differs from a network's own equations, one at a time.

Each effect changes the network's equations in real numbers, without rounding. So its cost can be measured alone.
"""

from functools import partial

import numpy as np

from neurogrow.arrays import FloatArray
from neurogrow.equations import Respond, encoded, spiking_neurons
from neurogrow.network import CubaLIFNeurons, GrownNetwork

from .registry import ChipArithmetic
from .xylo import CHANNEL, EVENTS, SPIKES, nearest_dash, xylo_responds

DEPARTURES = {
    "reset": "reset by subtraction, up to 31 spikes in a tick",
    "synapse": "current through a synapse that keeps half of it, or the nearest dash",
    "decay": "membranes and readout decay by the nearest dash",
    "inputs": "inputs as at most 15 events a tick, none below zero",
}
"""Descriptions of the effects, by name."""


def departed(network: GrownNetwork, *names: str) -> Respond:
    """Return the response of a spiking network with some of :data:`DEPARTURES`."""
    return partial(_respond, network, frozenset(names))


def departures(network: GrownNetwork) -> dict[str, Respond]:
    """Return the response of a spiking network with each of :data:`DEPARTURES` alone, by its description."""
    return {description: departed(network, name) for name, description in DEPARTURES.items()}


XYLO = ChipArithmetic(xylo_responds, departures)
"""Xylo's arithmetic and its effects."""


def _respond(network: GrownNetwork, names: frozenset[str], inputs_TBI: FloatArray) -> FloatArray:
    neurons = spiking_neurons(network)
    alpha_N = neurons.alpha_N if isinstance(neurons, CubaLIFNeurons) else np.zeros(network.n_neurons)
    beta_N, beta_O = (
        1 - 0.5 ** nearest_dash(beta) if "decay" in names else beta for beta in (neurons.beta_N, neurons.readout_beta_O)
    )
    spike = _several if "reset" in names else _one
    decay_N, gain_N = _synapse(alpha_N, chip="synapse" in names)
    seen_TBM = encoded(network, np.repeat(inputs_TBI, neurons.substeps, axis=0))
    if "inputs" in names and network.encoder is None:
        seen_TBM = np.clip(np.rint(EVENTS * seen_TBM), 0, CHANNEL) / EVENTS
    drive_TBN = seen_TBM @ network.input_weights_NI.T
    weights_NN = network.recurrent_weights_NN.toarray().T
    i: FloatArray = np.zeros(drive_TBN.shape[1:])
    o: FloatArray = np.zeros((len(i), network.n_outputs))
    v, s = i, i
    logits = []
    for tick, drive in enumerate(drive_TBN, 1):
        i = decay_N * i + gain_N * (drive + s @ weights_NN)
        v = beta_N * v + i + network.hidden_bias_N / (1 - alpha_N)
        s, v = spike(v, neurons.threshold_N)
        o = beta_O * o + (1 - beta_O) * (s @ network.output_weights_ON.T + network.output_bias_O)
        if tick % neurons.substeps == 0:
            logits.append(o)
    return np.stack(logits)


def _synapse(alpha_N: FloatArray, chip: bool) -> tuple[FloatArray, FloatArray]:
    """Return the decay and the gain of currents; the sum of a current over all ticks is that in the network."""
    if not chip:
        return alpha_N, np.ones_like(alpha_N)
    decay_N: FloatArray = 1 - 0.5 ** nearest_dash(alpha_N, least=1)
    return decay_N, (1 - decay_N) / (1 - alpha_N)


def _one(v: FloatArray, threshold: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return spikes and membranes with at most one spike in a tick, and a reset to 0."""
    s = v > threshold
    return s.astype(np.float64), np.where(s, 0.0, v)


def _several(v: FloatArray, threshold: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return spikes and membranes with several spikes in a tick, and a reset by subtraction."""
    s = np.clip(np.floor(v / threshold), 0, SPIKES)
    return s, v - s * threshold
