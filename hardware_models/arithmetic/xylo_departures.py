"""What each thing costs that a network does otherwise on Xylo: its own equations, changed in one way at a time."""

from functools import partial

import numpy as np

from neurogrow.arrays import FloatArray
from neurogrow.equations import Respond, encoded, spiking_neurons
from neurogrow.network import CubaLIFNeurons, GrownNetwork

from .xylo import CHANNEL, EVENTS, SPIKES, nearest_dash

DEPARTURES = {
    "reset": "reset by subtraction, up to 31 spikes in a tick",
    "synapse": "current through a synapse that keeps half of it, or the nearest dash",
    "decay": "membranes and readout decay by the nearest dash",
    "inputs": "inputs as at most 15 events a tick, none below zero",
}
"""What is otherwise, by name; in real numbers, so that rounding is left out."""


def departed(network: GrownNetwork, *names: str) -> Respond:
    """Return how a spiking network answers with some of :data:`DEPARTURES`."""
    return partial(_respond, network, frozenset(names))


def _respond(network: GrownNetwork, names: frozenset[str], inputs_TBI: FloatArray) -> FloatArray:
    neurons = spiking_neurons(network)
    alpha_N = neurons.alpha_N if isinstance(neurons, CubaLIFNeurons) else np.zeros(network.n_neurons)
    beta_N, beta_O = (
        1 - 0.5 ** nearest_dash(beta) if "decay" in names else beta for beta in (neurons.beta_N, neurons.readout_beta_O)
    )
    spike = _several if "reset" in names else _one
    kept_N, gain_N = _synapse(alpha_N, chip="synapse" in names)
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
        i = kept_N * i + gain_N * (drive + s @ weights_NN)
        v = beta_N * v + i + network.hidden_bias_N / (1 - alpha_N)
        s, v = spike(v, neurons.threshold_N)
        o = beta_O * o + (1 - beta_O) * (s @ network.output_weights_ON.T + network.output_bias_O)
        if tick % neurons.substeps == 0:
            logits.append(o)
    return np.stack(logits)


def _synapse(alpha_N: FloatArray, chip: bool) -> tuple[FloatArray, FloatArray]:
    """Return what a current keeps in a tick, and what of an arriving one is added: in all as much as in the network."""
    if not chip:
        return alpha_N, np.ones_like(alpha_N)
    kept_N: FloatArray = 1 - 0.5 ** nearest_dash(alpha_N, least=1)
    return kept_N, (1 - kept_N) / (1 - alpha_N)


def _one(v: FloatArray, threshold: FloatArray) -> tuple[FloatArray, FloatArray]:
    s = v > threshold
    return s.astype(np.float64), np.where(s, 0.0, v)


def _several(v: FloatArray, threshold: FloatArray) -> tuple[FloatArray, FloatArray]:
    s = np.clip(np.floor(v / threshold), 0, SPIKES)
    return s, v - s * threshold
