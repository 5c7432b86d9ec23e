"""A quantised spiking network in Loihi's integer arithmetic, tick by tick.

Rule (Davies et al. 2018, IEEE Micro 38(1), 82-99; as in Intel's bit-accurate model in Lava)::

    u <- sgn(u)(|u|(4096 - du - 1) >> 12) + (a << 6)          a: the sum of the weights of arriving spikes
    v <- sgn(v)(|v|(4096 - dv) >> 12) + u + bias
    s = [v > vth << 6];  v <- 0 where s

u and v have 24 bits: u wraps around, v saturates. Weights of mixed sign are even numbers of 9 bits; their common
exponent is a choice of unit and stays 0. du and dv have 12 bits, vth has 17. A bias is a mantissa of 13 bits, shifted
left by 0 to 7.

Conversion of a network:

- One quantisation step is 2 in Loihi's weights. Weights of up to 8 bits are therefore exact. A threshold is rounded to
  half a quantisation step; it must fit in 17 bits.
- beta is 1 - dv / 4096, and alpha is 1 - (du + 1) / 4096. For LIF neurons du = 4095: the current decays completely.
- The host computes the spikes of an encoder; they arrive like other spikes. Without an encoder the host computes the
  input current W_in u + b, lets it decay like a synaptic current, and writes it as biases in every tick.
- The readout is a neuron that never spikes, and the host reads its v. On the chip its input spikes arrive one tick
  later, so it is read one tick later.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from neurogrow.arrays import BoolArray, FloatArray, IntArray
from neurogrow.equations import Respond, encoded
from neurogrow.errors import InputError
from neurogrow.network import CubaLIFNeurons, GrownNetwork, SpikingNeurons
from neurogrow.quantization.grid import FRACTION, QuantizedNetwork

WEIGHT_BITS = 8
"""Bits of a weight of mixed sign, which is an even number."""
STATE = 2**23
"""One more than the largest membrane."""
THRESHOLD = 2**17 - 1
"""The largest threshold."""
BIAS = 2**12 - 1
"""The largest mantissa of a bias."""
EXPONENTS = range(8)
"""Exponents of a bias."""
_COVERED = 4
"""Largest bias in units of the threshold; larger biases are clipped."""


@dataclass(frozen=True, eq=False)
class LoihiNetwork:
    """The parameters that are written to the chip, and the units of its membranes."""

    weights_NN: sparse.csr_array
    """Recurrent weights: even numbers of -254 to 254."""
    readout_weights_ON: IntArray
    threshold_N: IntArray
    """Mantissas; a neuron spikes if its membrane exceeds 64 times the mantissa."""
    du_N: IntArray
    dv_N: IntArray
    readout_dv_O: IntArray
    bias_exponent: int
    """Exponent of the neurons' biases, which carry the inputs."""
    readout_bias_O: IntArray
    """Mantissas, shifted by their exponent."""
    unit_N: FloatArray
    """One unit of a membrane in the network's own numbers."""
    unit_O: FloatArray
    input_weights_NI: IntArray | None
    """Weights from the encoder's neurons; None if the host computes the input current."""
    host: GrownNetwork
    """The quantised network; the host computes its encoder, or else W_in u + b."""
    host_alpha_N: FloatArray
    """Decay of the input current on the host, that of the neurons' synapses; 0 for LIF neurons."""
    substeps: int


def loihi_step(
    u: IntArray, v: IntArray, a: IntArray, bias: IntArray, du: IntArray, dv: IntArray, vth: IntArray
) -> tuple[IntArray, IntArray, BoolArray]:
    """Return u, v and the spikes after one tick of Loihi's neurons (int64). Shapes broadcast.

    Examples
    --------
    >>> one = lambda *values: [np.array([value]) for value in values]
    >>> u, v, s = loihi_step(*one(-1000, 640, 3, 5, 2047, 205, 100))
    >>> u.tolist(), v.tolist(), s.tolist()  # -(1000 * 2048 >> 12) + 192; (640 * 3891 >> 12) - 308 + 5
    ([-308], [304], [False])
    """
    u = _decayed(u, 4096 - du - 1) + (a << 6)
    u = np.where(u > STATE, u - 2 * STATE, u)
    u = np.where(u <= -STATE, u + 2 * STATE, u)
    v = np.clip(_decayed(v, 4096 - dv) + u + bias, 1 - STATE, STATE - 1)
    spikes = v > (vth << 6)
    return u, np.where(spikes, 0, v), spikes


def to_loihi(quantized: QuantizedNetwork) -> LoihiNetwork:
    """Convert a quantised spiking network to Loihi's numbers.

    Raises
    ------
    InputError
        If it is a rate network, if its weights have more than 8 bits, or if a threshold is too large.
    """
    origin, grid = quantized.origin, quantized.grid
    neurons = origin.neurons
    if not isinstance(neurons, SpikingNeurons) or quantized.threshold_N is None:
        raise InputError("Loihi runs spiking networks; this is a rate network.")
    if grid.bits > WEIGHT_BITS:
        raise InputError(f"Loihi's weights have {WEIGHT_BITS} bits, not {grid.bits}; quantise to fewer.")
    threshold_N = np.rint(2 * quantized.threshold_N / FRACTION).astype(np.int64)
    if threshold_N.max(initial=0) > THRESHOLD:
        raise InputError(
            f"The threshold of a neuron is {threshold_N.max()} in units of Loihi's weights, but the chip allows at "
            f"most {THRESHOLD}: its weights are too small beside it. Quantise with a step for each neuron, or prune "
            "the neuron."
        )
    alpha_N = neurons.alpha_N if isinstance(neurons, CubaLIFNeurons) else np.zeros(origin.n_neurons)
    unit_N = grid.step_N / (2 * FRACTION)
    bias_O = 2 * quantized.output_bias_O
    return LoihiNetwork(
        weights_NN=sparse.csr_array(2 * quantized.recurrent_weights_NN),
        readout_weights_ON=2 * quantized.output_weights_ON,
        threshold_N=threshold_N,
        du_N=np.clip(4095 - np.rint(4096 * alpha_N), 0, 4095).astype(np.int64),
        dv_N=_decay(neurons.beta_N),
        readout_dv_O=_decay(neurons.readout_beta_O),
        bias_exponent=_exponent(_COVERED * int(threshold_N.max(initial=1)) << 6),
        readout_bias_O=_mantissas(bias_O, exponent := _exponent(int(np.abs(bias_O).max(initial=0)))) << exponent,
        unit_N=unit_N,
        unit_O=(1 - neurons.readout_beta_O) * grid.step_O / (2 * FRACTION),
        input_weights_NI=None if origin.encoder is None else 2 * quantized.input_weights_NI,
        host=quantized.network(),
        host_alpha_N=alpha_N,
        substeps=neurons.substeps,
    )


def run_loihi(chip: LoihiNetwork, inputs_TBI: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Run from rest; return logits (T, B, O) in the network's own numbers, and spikes (ticks, B, N)."""
    n_steps, n_lanes = inputs_TBI.shape[:2]
    n, substeps = len(chip.threshold_N), chip.substeps
    logits_TBO = np.empty((n_steps, n_lanes, len(chip.unit_O)))
    spikes_TBN = np.empty((n_steps * substeps, n_lanes, n), dtype=bool)
    u: IntArray = np.zeros((n_lanes, n), dtype=np.int64)
    readout_u: IntArray = np.zeros(logits_TBO.shape[1:], dtype=np.int64)
    spikes: BoolArray = np.zeros((n_lanes, n), dtype=bool)
    v, readout_v, current = u, readout_u, np.zeros((n_lanes, n))
    weights = chip.weights_NN.T.toarray().astype(np.float64)  # products of whole numbers in float64 are exact
    readout_weights = chip.readout_weights_ON.T.astype(np.float64)
    never_O = np.full(len(chip.unit_O), THRESHOLD)
    for tick, (drive, events) in enumerate(zip(*_arriving(chip, inputs_TBI), strict=True)):
        current = chip.host_alpha_N * current + drive
        bias = _mantissas(current / chip.unit_N, chip.bias_exponent) << chip.bias_exponent
        arriving = (spikes @ weights).astype(np.int64) + events
        u, v, spikes = loihi_step(u, v, arriving, bias, chip.du_N, chip.dv_N, chip.threshold_N)
        read = (spikes @ readout_weights).astype(np.int64)
        readout_u, readout_v, _ = loihi_step(
            readout_u, readout_v, read, chip.readout_bias_O, np.array(4095), chip.readout_dv_O, never_O
        )
        spikes_TBN[tick] = spikes
        if (tick + 1) % substeps == 0:
            logits_TBO[tick // substeps] = readout_v * chip.unit_O
    return logits_TBO, spikes_TBN


def _arriving(chip: LoihiNetwork, inputs_TBI: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the host's input current, and the summed weights of the encoder's spikes, both (ticks, B, N)."""
    host, input_weights_NI = chip.host, chip.input_weights_NI
    seen_TBM = encoded(host, np.repeat(inputs_TBI, chip.substeps, axis=0))
    if input_weights_NI is None:
        drive_TBN = seen_TBM @ host.input_weights_NI.T + host.hidden_bias_N
        return drive_TBN, np.zeros(drive_TBN.shape, dtype=np.int64)
    events_TBN = np.rint(seen_TBM @ input_weights_NI.T).astype(np.int64)
    return np.broadcast_to(host.hidden_bias_N, events_TBN.shape), events_TBN


def loihi_responds(quantized: QuantizedNetwork) -> Respond:
    """Return the network's response in Loihi's arithmetic. Raises ``InputError`` like :func:`to_loihi`."""
    chip = to_loihi(quantized)
    return lambda inputs_TBI: run_loihi(chip, inputs_TBI)[0]


def _decayed(state: IntArray, factor: IntArray) -> IntArray:
    """Return a state times ``factor`` / 4096, rounded towards zero."""
    return np.asarray(np.sign(state) * ((np.abs(state) * factor) >> 12))


def _decay(beta: FloatArray) -> IntArray:
    return np.clip(np.rint(4096 * (1 - np.asarray(beta))), 0, 4095).astype(np.int64)


def _exponent(value: int) -> int:
    """Return the smallest exponent with which a bias can be ``value``, or the largest there is."""
    return next((exponent for exponent in EXPONENTS if BIAS << exponent >= value), EXPONENTS[-1])


def _mantissas(value: FloatArray | IntArray, exponent: int) -> IntArray:
    return np.asarray(np.clip(np.rint(value / 2**exponent), -BIAS - 1, BIAS), dtype=np.int64)
