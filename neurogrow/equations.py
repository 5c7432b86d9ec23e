"""The equations of :mod:`neurogrow.network` in numpy and float64: the reference for exported files."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from .arrays import FloatArray
from .errors import InputError, nearest
from .network import CubaLIFNeurons, GrownNetwork, RateNeurons, SpikingNeurons
from .response import Response

Respond: TypeAlias = Callable[[FloatArray], FloatArray]
"""A function from inputs (T, B, I), one row per task step, to logits (T, B, O), from rest."""

ACTIVATIONS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "relu": lambda x: np.maximum(x, 0.0),
    "tanh": np.tanh,
    "softplus": lambda x: np.logaddexp(0.0, x),  # log(1 + exp(x)), without overflow
}
"""phi of equation 1, by the names of ``RateNeurons.activation``."""


def rate_reference(network: GrownNetwork, inputs_TBI: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the logits (T, B, O) and the activity (T, B, N) of a rate network from h = 0.

    h <- phi(W h + W_in u + b); o = W_out h + b_out (equation 1 of the paper).
    """
    phi = ACTIVATIONS[rate_neurons(network).activation]
    drive_TBN = _drive(network, encoded(network, inputs_TBI))
    activity_TBN = np.empty_like(drive_TBN)
    weights_NN = _double(network.recurrent_weights_NN.toarray())
    h_BN: FloatArray = np.zeros(drive_TBN.shape[1:])
    for tick, drive_BN in enumerate(drive_TBN):
        h_BN = activity_TBN[tick] = phi(drive_BN + h_BN @ weights_NN.T)
    return activity_TBN @ _double(network.output_weights_ON).T + network.output_bias_O, activity_TBN


def spiking_reference(network: GrownNetwork, currents_TBI: FloatArray) -> Response:
    """Return the spikes and the readout of a spiking network from a state of zeros; T counts ticks.

    i <- alpha i + (W_in u + b + W s); v <- beta v + i; s = [v > threshold]; v <- 0 where s;
    o <- beta_out o + (1 - beta_out)(W_out s + b_out).

    LIF neurons have alpha = 0: their current lasts for one tick. If there is an encoder, u are its spikes.
    """
    neurons = spiking_neurons(network)
    beta_N, beta_O = _double(neurons.beta_N), _double(neurons.readout_beta_O)
    alpha_N = _double(neurons.alpha_N) if isinstance(neurons, CubaLIFNeurons) else np.zeros_like(beta_N)
    drive_TBN = _drive(network, encoded(network, currents_TBI))
    weights_NN = _double(network.recurrent_weights_NN.toarray())
    output_weights_ON = _double(network.output_weights_ON)
    n_ticks, n_lanes, n_neurons = drive_TBN.shape
    spikes_TBN = np.empty(drive_TBN.shape, dtype=bool)
    readout_TBO = np.empty((n_ticks, n_lanes, network.n_outputs))
    v_BN: FloatArray = np.zeros((n_lanes, n_neurons))
    i_BN, s_BN, o_BO = np.zeros_like(v_BN), np.zeros_like(v_BN), np.zeros(readout_TBO.shape[1:])
    for tick, drive_BN in enumerate(drive_TBN):
        i_BN = alpha_N * i_BN + (drive_BN + s_BN @ weights_NN.T)
        v_BN = beta_N * v_BN + i_BN
        spikes_TBN[tick] = v_BN > neurons.threshold_N
        v_BN = np.where(spikes_TBN[tick], 0.0, v_BN)
        s_BN = spikes_TBN[tick].astype(np.float64)
        o_BO = beta_O * o_BO + (1 - beta_O) * (s_BN @ output_weights_ON.T + network.output_bias_O)
        readout_TBO[tick] = o_BO
    return Response(spikes_TBN, readout_TBO)


def encoded(network: GrownNetwork, currents_TBI: FloatArray) -> FloatArray:
    """Return the inputs of the hidden neurons at every tick: the currents or, with an encoder, its spikes.

    v <- beta v + (W u + b); e = [v > threshold]; v <- 0 where e.
    """
    currents_TBI = np.asarray(currents_TBI, dtype=np.float64)
    if currents_TBI.ndim != 3 or currents_TBI.shape[2] != network.n_inputs:
        raise InputError(f"The inputs have shape {currents_TBI.shape}; the network needs (T, B, {network.n_inputs}).")
    if network.encoder is None:
        return currents_TBI
    encoder = network.encoder
    drive_TBE = currents_TBI @ _double(encoder.weights_EI).T + encoder.bias_E
    spikes_TBE, v_BE = np.empty_like(drive_TBE), np.zeros(drive_TBE.shape[1:])
    for tick, drive_BE in enumerate(drive_TBE):
        v_BE = encoder.beta_E * v_BE + drive_BE
        spikes_TBE[tick] = v_BE > encoder.threshold_E
        v_BE = np.where(spikes_TBE[tick], 0.0, v_BE)
    return spikes_TBE


def rate_neurons(network: GrownNetwork) -> RateNeurons:
    """Return the neurons of a rate network. Raises ``InputError`` for other neurons, or for an unknown activation."""
    if not isinstance(network.neurons, RateNeurons):
        raise _not_the_neurons(network, "spiking", needed="rate")
    if (name := network.neurons.activation) not in ACTIVATIONS:
        known = list(ACTIVATIONS)
        raise InputError(f"There is no activation '{name}'; there are {', '.join(known)}.{nearest(name, known)}")
    return network.neurons


def spiking_neurons(network: GrownNetwork) -> SpikingNeurons:
    """Return the neurons of a network of LIF or current-based LIF neurons. Raises ``InputError`` for other neurons."""
    if not isinstance(network.neurons, SpikingNeurons):
        raise _not_the_neurons(network, "rate", needed="spiking")
    return network.neurons


def _not_the_neurons(network: GrownNetwork, other: str, needed: str) -> InputError:
    if isinstance(network.neurons, RateNeurons | SpikingNeurons):
        return InputError(f"This is a {other} network; a {needed} network is needed here.")
    return InputError(
        f"{type(network.neurons).__name__} cannot be exported, quantised or stepped in numpy; "
        "return RateNeurons, LIFNeurons or CubaLIFNeurons from pruned_neurons for that."
    )


def _double(array: FloatArray) -> FloatArray:
    return np.asarray(array, dtype=np.float64)


def _drive(network: GrownNetwork, arriving_TBM: FloatArray) -> FloatArray:
    """Return W_in u + b at every tick, shape (T, B, N)."""
    return arriving_TBM @ _double(network.input_weights_NI).T + network.hidden_bias_N
