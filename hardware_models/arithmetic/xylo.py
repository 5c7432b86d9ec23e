"""A quantised spiking network in Xylo's integer arithmetic, event by event, as XyloSim computes it.

Rule (SynSense's XyloSim 0.1.3; equal to the bit, saturation included)::

    I <- I + w_in e + (w_rec s << shift), channel after channel, each sum saturates at 16 bits;  I <- decay(I, dash_syn)
    V <- decay(V, dash_mem) + I + bias, saturates at 16 bits
    s = min(31, V // threshold) where V >= threshold;  V <- V - s threshold
    decay(x, d) = x - max(x >> d, 1) where x > 0, else x - (x >> d)

``>>`` rounds down, for negative numbers too. Outputs are the same kind of neurons, driven by the spikes of the previous
tick; they spike at most once in a tick. Weights and biases have 8 bits, thresholds and states 16, and a dash has 4. A
channel takes at most 15 events in a tick.

Differences from the network's own equations:

- A neuron may send several spikes in one tick, and is reset by subtraction: the membrane keeps its excess over the
  threshold.
- A decay is 1 - 2^-dash.
- Current arrives through a synapse that keeps at least half of it (dash 1). The input of a LIF neuron is therefore
  spread over ticks; its sum does not change.
- An input is a number of events, :data:`EVENTS` for an input of 1. Inputs below zero are lost.

:mod:`.xylo_departures` measures the cost of each difference.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import sparse

from neurogrow.arrays import AnyArray, FloatArray, IntArray
from neurogrow.equations import Respond, encoded
from neurogrow.errors import InputError
from neurogrow.network import CubaLIFNeurons, GrownNetwork, SpikingNeurons
from neurogrow.quantization.grid import FRACTION, QuantizedNetwork

WEIGHT_BITS = 8
BIAS = (-128, 127)
"""The least and the largest bias."""
STATE = (-(2**15), 2**15 - 1)
"""The least and the largest current and membrane; the largest is also that of a threshold."""
SPIKES = 31
"""Spikes of a hidden neuron in one tick."""
CHANNEL = 15
"""Events of an input channel in one tick."""
SHIFT = 3
"""Left shift of recurrent weights if the network has no encoder; smaller if thresholds require it."""
EVENTS = 2**SHIFT
"""Largest number of events for an input of 1; one event is then an input of 1/8."""
DASHES = range(16)


@dataclass(frozen=True, eq=False)
class XyloNetwork:
    """The parameters that are written to the chip."""

    input_weights_NI: IntArray
    recurrent_weights_NN: sparse.csr_array
    output_weights_ON: IntArray
    recurrent_shift: int
    dash_syn_N: IntArray
    dash_mem_N: IntArray
    threshold_N: IntArray
    bias_N: IntArray
    dash_syn_O: IntArray
    dash_mem_O: IntArray
    threshold_O: IntArray
    bias_O: IntArray
    unit_O: FloatArray
    """One unit of an output's membrane in the network's own numbers."""
    events: int
    """Events for an input of 1."""
    host: GrownNetwork
    """The quantised network; the host computes the spikes of its encoder, if it has one."""
    substeps: int


@dataclass(frozen=True, eq=False)
class XyloRun:
    """States and spikes of the chip at every tick T (lanes B, hidden neurons N, outputs O)."""

    current_TBN: IntArray
    membrane_TBN: IntArray
    spikes_TBN: IntArray
    output_membrane_TBO: IntArray
    output_spikes_TBO: IntArray


def decay(state: IntArray, dash: IntArray) -> IntArray:
    """Return a current or a membrane after one tick of decay; a positive state falls by at least 1.

    Examples
    --------
    >>> decay(np.array([100, 3, 1, 0, -1, -100]), np.array(4)).tolist()
    [94, 2, 0, 0, 0, -93]
    """
    fallen = state >> dash
    return np.asarray(state - np.where(state > 0, np.maximum(fallen, 1), fallen))


def nearest_dash(beta: FloatArray, least: int = 0) -> IntArray:
    """Return the dash with the decay 1 - 2^-dash nearest to beta; of two equally near ones the smaller.

    Examples
    --------
    >>> nearest_dash(np.array([0.5, 0.8, 0.95])).tolist()
    [1, 2, 4]
    """
    dashes = np.arange(least, DASHES[-1] + 1)
    return np.asarray(dashes[np.abs((1 - 0.5**dashes) - np.asarray(beta)[..., None]).argmin(-1)])


def to_xylo(quantized: QuantizedNetwork) -> XyloNetwork:
    """Convert a quantised spiking network to Xylo's numbers, without a check of its size.

    Thresholds are scaled so that a spike adds, over all ticks, the same fraction of a threshold as in the network.

    Raises
    ------
    InputError
        If it is a rate network, if its weights have more than 8 bits, or if a threshold does not fit in 16 bits.
    """
    origin, bits = quantized.origin, quantized.grid.bits
    neurons = origin.neurons
    if not isinstance(neurons, SpikingNeurons) or quantized.threshold_N is None:
        raise InputError("Xylo runs spiking networks; this is a rate network.")
    if bits > WEIGHT_BITS:
        raise InputError(f"Xylo's weights have {WEIGHT_BITS} bits, not {bits}; quantise to fewer.")
    alpha_N = neurons.alpha_N if isinstance(neurons, CubaLIFNeurons) else np.zeros(origin.n_neurons)
    dash_syn_N, dash_mem_O = nearest_dash(alpha_N, least=1), nearest_dash(neurons.readout_beta_O)
    decay_N = 1 - 0.5**dash_syn_N
    gain_N = decay_N / (1 - decay_N) * (1 - alpha_N)
    one_N = quantized.threshold_N * gain_N / FRACTION
    shift = _shift(one_N) if origin.encoder is None else 0
    threshold_N = np.maximum(1, np.rint(one_N * 2**shift)).astype(np.int64)
    if threshold_N.max(initial=0) > STATE[1]:
        raise InputError(
            f"A threshold is {threshold_N.max()} in units of Xylo's weights, but 16 bits hold at most {STATE[1]}: the "
            "neuron's weights are too small beside it. Quantise to fewer bits, or prune the neuron."
        )
    outputs = np.ones(origin.n_outputs, dtype=np.int64)
    return XyloNetwork(
        input_weights_NI=quantized.input_weights_NI,
        recurrent_weights_NN=quantized.recurrent_weights_NN,
        output_weights_ON=quantized.output_weights_ON,
        recurrent_shift=shift,
        dash_syn_N=dash_syn_N,
        dash_mem_N=nearest_dash(neurons.beta_N),
        threshold_N=threshold_N,
        bias_N=_bias(quantized.hidden_bias_N * gain_N / (1 - alpha_N) * 2**shift / FRACTION),
        dash_syn_O=outputs,
        dash_mem_O=dash_mem_O,
        threshold_O=outputs * STATE[1],
        bias_O=_bias(quantized.output_bias_O / FRACTION),
        unit_O=quantized.grid.step_O * 0.5**dash_mem_O,
        events=2**shift,
        host=quantized.network(),
        substeps=neurons.substeps,
    )


def input_events(chip: XyloNetwork, inputs_TBI: FloatArray) -> IntArray:
    """Return the events of every channel at every tick, shape (ticks, B, channels).

    They are the spikes of the encoder or, without one, counts of the inputs. The rest of an input below one event is
    carried to the next tick.
    """
    seen_TBM = encoded(chip.host, np.repeat(inputs_TBI, chip.substeps, axis=0))
    events_TBM, left = np.empty(seen_TBM.shape, dtype=np.int64), np.zeros(seen_TBM.shape[1:])
    for tick, seen in enumerate(seen_TBM):
        left = left + chip.events * np.maximum(seen, 0.0)
        events_TBM[tick] = np.minimum(np.floor(left), CHANNEL)
        left = np.minimum(left - events_TBM[tick], 1.0)
    return events_TBM


def run_xylo(chip: XyloNetwork, events_TBI: IntArray) -> XyloRun:
    """Run the chip's network from rest on events (T, B, channels); T counts ticks."""
    n_ticks, n_lanes = events_TBI.shape[:2]
    recurrent_NN = chip.recurrent_weights_NN.toarray() << chip.recurrent_shift
    stopped = partial(np.clip, a_min=STATE[0], a_max=STATE[1])
    shapes = [(n_ticks, n_lanes, len(threshold)) for threshold in (chip.threshold_N, chip.threshold_O)]
    current_TBN, membrane_TBN, spikes_TBN = (np.zeros(shapes[0], dtype=np.int64) for _ in range(3))
    output_membrane_TBO, output_spikes_TBO = (np.zeros(shapes[1], dtype=np.int64) for _ in range(2))
    I, V, s = (np.zeros(shapes[0][1:], dtype=np.int64) for _ in range(3))  # noqa: E741  (the rule's letters)
    I_out, V_out = (np.zeros(shapes[1][1:], dtype=np.int64) for _ in range(2))
    for tick, events in enumerate(events_TBI):
        I_out = decay(gathered(I_out, chip.output_weights_ON, s), chip.dash_syn_O)
        V_out = stopped(decay(V_out, chip.dash_mem_O) + I_out + chip.bias_O)
        s_out = (chip.threshold_O <= V_out).astype(np.int64)
        V_out = V_out - s_out * chip.threshold_O
        I = gathered(gathered(I, chip.input_weights_NI, events), recurrent_NN, s)  # noqa: E741
        I = decay(I, chip.dash_syn_N)  # noqa: E741
        V = stopped(decay(V, chip.dash_mem_N) + I + chip.bias_N)
        s = np.where(chip.threshold_N <= V, np.minimum(SPIKES, V // chip.threshold_N), 0)
        V = V - s * chip.threshold_N
        current_TBN[tick], membrane_TBN[tick], spikes_TBN[tick] = I, V, s
        output_membrane_TBO[tick], output_spikes_TBO[tick] = V_out, s_out
    return XyloRun(current_TBN, membrane_TBN, spikes_TBN, output_membrane_TBO, output_spikes_TBO)


def gathered(state_BM: IntArray, weights_MC: IntArray, counts_BC: IntArray) -> IntArray:
    """Return a current plus the contributions of all channels, one after the other; each sum saturates at 16 bits."""
    counts, weights = counts_BC.astype(np.float64), weights_MC.T.astype(np.float64)  # exact: whole numbers below 2^53
    highest = state_BM + counts @ np.maximum(weights, 0)
    lowest = state_BM + counts @ np.minimum(weights, 0)
    if highest.max(initial=0) <= STATE[1] and lowest.min(initial=0) >= STATE[0]:
        return np.asarray(state_BM + (counts @ weights).astype(np.int64))
    for channel in np.flatnonzero(counts_BC.any(axis=0)):
        added_BM = counts_BC[:, channel, None] * weights_MC[:, channel]
        state_BM = np.clip(state_BM + added_BM, STATE[0], STATE[1])
    return state_BM


def xylo_responds(quantized: QuantizedNetwork) -> Respond:
    """Return the network's response in Xylo's arithmetic. Raises ``InputError`` like :func:`to_xylo`.

    The response to a task step is the outputs' membranes one tick after the step's last tick, because spikes reach the
    outputs one tick later.
    """
    chip = to_xylo(quantized)

    def respond(inputs_TBI: FloatArray) -> FloatArray:
        events_TBI = input_events(chip, np.concatenate([inputs_TBI, inputs_TBI[-1:]]))
        membrane_TBO = run_xylo(chip, events_TBI).output_membrane_TBO
        return np.asarray(membrane_TBO[chip.substeps :: chip.substeps][: len(inputs_TBI)] * chip.unit_O)

    return respond


def _shift(threshold_N: FloatArray) -> int:
    """Return the largest shift with which all thresholds fit in 16 bits."""
    return next((shift for shift in range(SHIFT, 0, -1) if np.rint(threshold_N.max() * 2**shift) <= STATE[1]), 0)


def _bias(value: AnyArray) -> IntArray:
    return np.asarray(np.clip(np.rint(value), *BIAS), dtype=np.int64)
