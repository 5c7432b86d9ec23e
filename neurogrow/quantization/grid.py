"""Rounding of weights to integers: a network whose synapses have b bits.

A neuron has a step s. Its input and recurrent weights, which add up in one membrane, become integers q times s::

    q = clip(round(w / s), -m, m),  m = 2^(b - 1) - 1;   w becomes s q

The grid is symmetric, so zero stays zero, and a connection that was removed stays removed. Biases and thresholds are
integers times s / 64: a membrane has six more bits than a synapse, as on Loihi (Davies et al. 2018, IEEE Micro 38(1)).
The ratio of thresholds to weights then stays the same. Outputs have steps of their own. Decays are not rounded here,
because a chip has its own arithmetic for them (:mod:`hardware_models.arithmetic`).

There is one step for all hidden neurons and one for all outputs, or one for each neuron. It minimises the sum of
squared differences between weights and rounded weights (as in Choi et al. 2019, "Accurate and efficient 2-bit quantized
neural networks"). With few bits, this clips the largest weights.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
from scipy import sparse

from ..arrays import FloatArray, IntArray
from ..errors import InputError
from ..network import GrownNetwork, SpikingNeurons

Per: TypeAlias = Literal["network", "neuron"]
"""What shares a step: all hidden neurons one and all outputs another (network), or each neuron its own (neuron)."""

BITS = range(2, 17)
"""Bits that weights can have."""
FRACTION = 64
"""Biases and thresholds are integers times a step divided by this number."""
_CLIPPED = np.linspace(0.2, 1.0, 65)
"""Candidates for the largest weight on the grid, as a fraction of the network's largest weight."""


@dataclass(frozen=True, eq=False)
class Grid:
    """The grid that weights are rounded to."""

    bits: int
    """Bits of a weight, its sign included."""
    per: Per
    """Whether neurons share a step."""
    step_N: FloatArray
    """Step of the weights to each hidden neuron, shape (N,), in units of the weights."""
    step_O: FloatArray
    """Step of the weights to each output, shape (O,)."""

    @property
    def largest(self) -> int:
        """The largest integer of a weight, m."""
        return int(2 ** (self.bits - 1) - 1)


@dataclass(frozen=True, eq=False)
class QuantizedNetwork:
    """A network in integers, and the steps that they are multiples of."""

    origin: GrownNetwork
    """The network that was rounded. Decays, places and metadata are not repeated here."""
    grid: Grid
    """The steps."""
    input_weights_NI: IntArray
    """Input weights, in steps."""
    recurrent_weights_NN: sparse.csr_array
    """Recurrent weights, in steps; connections that were rounded to zero are removed."""
    output_weights_ON: IntArray
    """Output weights, in steps."""
    hidden_bias_N: IntArray
    """Biases of the neurons, in steps / 64."""
    output_bias_O: IntArray
    """Biases of the outputs, in steps / 64."""
    threshold_N: IntArray | None
    """Thresholds, in steps / 64; None for a rate network."""

    def network(self) -> GrownNetwork:
        """Return the network with the rounded values as real numbers, to run, measure and export it as any other."""
        grid, origin, neurons = self.grid, self.origin, self.origin.neurons
        part_N = grid.step_N / FRACTION
        if isinstance(neurons, SpikingNeurons) and self.threshold_N is not None:
            neurons = replace(neurons, threshold_N=self.threshold_N * part_N)
        return replace(
            origin,
            neurons=neurons,
            input_weights_NI=self.input_weights_NI * grid.step_N[:, None],
            recurrent_weights_NN=rows_times(self.recurrent_weights_NN, grid.step_N),
            output_weights_ON=self.output_weights_ON * grid.step_O[:, None],
            hidden_bias_N=self.hidden_bias_N * part_N,
            output_bias_O=self.output_bias_O * (grid.step_O / FRACTION),
            metadata=origin.metadata | {"weight_bits": str(grid.bits), "weight_steps_per": grid.per},
        )

    @property
    def connections(self) -> int:
        """Number of recurrent connections that are not zero."""
        return int(self.recurrent_weights_NN.nnz)


def quantize(network: GrownNetwork, bits: int, per: Per = "network") -> QuantizedNetwork:
    """Round a network's weights to ``bits`` bits on the grid of :func:`choose_grid`.

    Examples
    --------
    >>> two = GrownNetwork(
    ...     RateNeurons(), np.array([[0.7], [0.5]]), sparse.csr_array([[0, 0.2], [-0.1, 0]]),
    ...     np.ones((1, 2)), np.array([0.05, 0.0]), np.zeros(1), (1, 2), np.arange(2),
    ... )
    >>> quantized = quantize(two, 4)
    >>> [round(step, 3) for step in quantized.grid.step_N.tolist()], quantized.input_weights_NI.ravel().tolist()
    ([0.1, 0.1], [7, 5])
    >>> quantized.recurrent_weights_NN.toarray().tolist(), quantized.hidden_bias_N.tolist()
    ([[0, 2], [-1, 0]], [32, 0])
    """
    return round_to(network, choose_grid(network, bits, per))


def choose_grid(network: GrownNetwork, bits: int, per: Per = "network") -> Grid:
    """Return the steps that minimise the squared difference between weights and rounded weights.

    Raises
    ------
    InputError
        If weights cannot have that many bits, or ``per`` is neither ``"network"`` nor ``"neuron"``.
    """
    if bits not in BITS:
        raise InputError(f"Weights can have {BITS[0]} to {BITS[-1]} bits, not {bits}.")
    if per not in get_args(Per):
        raise InputError(f"Steps are per network or per neuron, not per {per}.")
    hidden_NM = np.concatenate([network.input_weights_NI, network.recurrent_weights_NN.toarray()], axis=1)
    steps = [_steps(weights, bits, per) for weights in (hidden_NM, network.output_weights_ON)]
    return Grid(bits, per, *steps)


def round_to(network: GrownNetwork, grid: Grid) -> QuantizedNetwork:
    """Round a network's weights, biases and thresholds to a grid.

    A threshold is at least one, because a neuron with a threshold of zero would spike at every tick.
    """
    part_N, largest = grid.step_N / FRACTION, grid.largest
    recurrent_NN = rows_times(network.recurrent_weights_NN, 1 / grid.step_N)
    recurrent_NN.data = _whole(recurrent_NN.data, np.ones(1), largest)
    recurrent_NN.eliminate_zeros()
    neurons = network.neurons
    return QuantizedNetwork(
        origin=network,
        grid=grid,
        input_weights_NI=_whole(network.input_weights_NI, grid.step_N[:, None], largest),
        recurrent_weights_NN=recurrent_NN,
        output_weights_ON=_whole(network.output_weights_ON, grid.step_O[:, None], largest),
        hidden_bias_N=_whole(network.hidden_bias_N, part_N),
        output_bias_O=_whole(network.output_bias_O, grid.step_O / FRACTION),
        threshold_N=np.maximum(1, _whole(neurons.threshold_N, part_N)) if isinstance(neurons, SpikingNeurons) else None,
    )


def rows_times(matrix_NN: sparse.csr_array, factor_N: FloatArray) -> sparse.csr_array:
    """Return a copy of a sparse matrix with each row times its factor; no stored entry is removed."""
    data = matrix_NN.data * np.repeat(factor_N, np.diff(matrix_NN.indptr))
    return sparse.csr_array((data, matrix_NN.indices.copy(), matrix_NN.indptr.copy()), shape=matrix_NN.shape)


def _whole(values: FloatArray, step: FloatArray, largest: int = 2**31 - 1) -> IntArray:
    return np.clip(np.rint(np.asarray(values, dtype=np.float64) / step), -largest, largest).astype(np.int64)


def _steps(weights: FloatArray, bits: int, per: Per) -> FloatArray:
    """Return the step of each row, (rows,). The step of a row of zeros follows from the largest weight of all rows."""
    searched = np.asarray(weights, dtype=np.float64).reshape(len(weights) if per == "neuron" else 1, -1)
    highest: FloatArray = np.abs(searched).max(axis=1, initial=0.0)
    highest = np.where(highest > 0, highest, highest.max(initial=0.0) or 1.0)
    largest = 2 ** (bits - 1) - 1
    least: FloatArray = np.full(len(searched), np.inf)
    best: FloatArray = highest / largest
    for clipped in _CLIPPED[::-1]:  # of equally good steps the widest is taken
        step = clipped * highest / largest
        rounded = np.clip(np.rint(searched / step[:, None]), -largest, largest) * step[:, None]
        error = np.square(rounded - searched).sum(axis=1)
        better = error < least * (1 - 1e-9)
        least, best = np.where(better, error, least), np.where(better, step, best)
    return np.broadcast_to(best, len(weights)).copy()
