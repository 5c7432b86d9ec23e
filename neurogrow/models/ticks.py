"""The forward pass through a block of ticks on a CPU, compiled: it adds rows of W^T instead of computing products.

Few neurons spike in the same tick, and W s is the sum of their rows of W^T. Adding these rows takes a third of the time
of a product with all of W. The same pass computes current, leak, threshold and reset. Lanes of a batch are independent,
so each lane steps through all ticks of the block at once, with its membranes in the first-level cache. The pass runs on
one thread: more threads would compete for the CPU with torch's threads, which keep running while they wait.

Letters are those of :mod:`neurogrow.models.spiking_recurrence`, and M ticks x lanes.
"""

from dataclasses import dataclass
from typing import TypeVar, cast

import numba
import numpy as np
import torch
from torch import Tensor

from ..arrays import FloatArray, IntArray

F = TypeVar("F")

DENSE = 0.4
"""Fraction of neurons spiking in a tick above which a product with all of W is faster, on one thread (measured with 36,
136 and 400 neurons on a Xeon)."""


def is_dense(spikes: int, possible: int) -> bool:
    """Return whether a product is faster for so many spikes out of all possible ones; torch shares it among threads."""
    return spikes > DENSE / torch.get_num_threads() ** 2 * possible


@dataclass(frozen=True, eq=False)
class Neurons:
    """The neurons of one replica, as the compiled pass takes them. An array is empty for what the neurons lack."""

    transposed_NN: FloatArray
    """W^T, one row per presynaptic neuron; shape (0, 0) without recurrent weights."""
    alpha_N: FloatArray
    """Synaptic decays; shape (0,) for neurons without a synaptic current."""
    beta_N: FloatArray
    threshold: float

    @classmethod
    def from_tensors(
        cls, transposed_NN: Tensor | None, alpha_N: Tensor | None, beta_N: Tensor, threshold: float
    ) -> "Neurons":
        """Return the neurons that share the memory of tensors on the CPU."""
        beta = beta_N.detach().numpy()
        nothing = np.empty(0, beta.dtype)
        return cls(
            nothing.reshape(0, 0) if transposed_NN is None else transposed_NN.detach().numpy(),
            nothing if alpha_N is None else alpha_N.detach().contiguous().numpy(),
            np.ascontiguousarray(beta),
            beta.dtype.type(threshold),  # a threshold with more digits would be a different one
        )


def run_block(
    neurons: Neurons,
    currents_TBN: Tensor,
    hold: int,
    state: tuple[Tensor, Tensor, Tensor],
    u_PBN: Tensor,
    spikes_PBN: Tensor,
) -> int:
    """Step one replica through P ticks.

    Parameters
    ----------
    neurons
        The neurons and their recurrent weights.
    currents_TBN
        Input currents, including the bias. Each is constant for ``hold`` ticks.
    hold
        P / T.
    state
        Synaptic currents, membranes after the reset, and spikes of the tick before the first; (B, N) each. The currents
        and membranes are updated in place.
    u_PBN, spikes_PBN
        Outputs: membranes before the reset, and spikes.

    Returns
    -------
    int
        Number of spikes.
    """
    arrays = [tensor.numpy() for tensor in (currents_TBN, *state, u_PBN, spikes_PBN)]
    fixed = (neurons.transposed_NN, neurons.alpha_N, neurons.beta_N, neurons.threshold, hold)
    return int(_lanes(*fixed, *arrays))


def _compiled(function: F) -> F:
    return cast(F, numba.njit(error_model="numpy", nogil=True, cache=True)(function))


@_compiled
def _leak(drive_N: FloatArray, state_N: FloatArray, decay_N: FloatArray, out_N: FloatArray) -> None:
    for n in range(len(out_N)):
        out_N[n] = drive_N[n] + state_N[n] * decay_N[n]


@_compiled
def _gather(rows_NN: FloatArray, chosen: IntArray, out_N: FloatArray) -> None:
    """Add the chosen rows to ``out_N``, eight at a time, so that the sum is read and written less often."""
    start, N = 0, len(out_N)
    while start + 8 <= len(chosen):
        at = chosen[start : start + 8]
        a, b, c, d = rows_NN[at[0]], rows_NN[at[1]], rows_NN[at[2]], rows_NN[at[3]]
        e, f, g, h = rows_NN[at[4]], rows_NN[at[5]], rows_NN[at[6]], rows_NN[at[7]]
        for n in range(N):
            out_N[n] += ((a[n] + b[n]) + (c[n] + d[n])) + ((e[n] + f[n]) + (g[n] + h[n]))
        start += 8
    while start + 2 <= len(chosen):
        a, b = rows_NN[chosen[start]], rows_NN[chosen[start + 1]]
        for n in range(N):
            out_N[n] += a[n] + b[n]
        start += 2
    if start < len(chosen):
        a = rows_NN[chosen[start]]
        for n in range(N):
            out_N[n] += a[n]


def add_outer(later_MN: Tensor, spikes_MN: Tensor, sum_NN: Tensor) -> bool:
    """Add the gradient of W^T to a sum. The row of a neuron gets the current gradients one tick after its spikes.

    Parameters
    ----------
    later_MN
        Gradients with respect to the currents, at M ticks and lanes.
    spikes_MN
        Spikes of the previous ticks.
    sum_NN
        The sum to which ``spikes^T later`` is added.

    Returns
    -------
    bool
        Whether the gradient was added. False if so many neurons spiked that a product is faster.
    """
    spikes, later = spikes_MN.numpy(), later_MN.numpy()
    when_NM, count_N = np.empty((spikes.shape[1], len(spikes)), np.int32), np.zeros(spikes.shape[1], np.int64)
    _list_by_sender(spikes, when_NM, count_N)
    if is_dense(int(count_N.sum()), spikes.size):
        return False
    _add_by_sender(later, when_NM, count_N, sum_NN.numpy())
    return True


@_compiled
def _list_by_sender(spikes_MN: FloatArray, when_NM: IntArray, count_N: IntArray) -> None:
    fired = np.empty(spikes_MN.shape[1], np.int64)
    for m in range(len(spikes_MN)):
        for n in fired[: _which(spikes_MN[m], fired)]:
            when_NM[n, count_N[n]] = m
            count_N[n] += 1


@_compiled
def _add_by_sender(later_MN: FloatArray, when_NM: IntArray, count_N: IntArray, sum_NN: FloatArray) -> None:
    for n in range(len(count_N)):
        _gather(later_MN, when_NM[n, : count_N[n]], sum_NN[n])


@_compiled
def _reset(u_N: FloatArray, threshold: float, spikes_N: FloatArray, rested_N: FloatArray) -> None:
    zero, one = u_N.dtype.type(0), u_N.dtype.type(1)  # Python integers would make the arithmetic float64
    for n in range(len(u_N)):
        above = u_N[n] > threshold
        spikes_N[n] = one if above else zero
        rested_N[n] = zero if above else u_N[n]


@_compiled
def _which(spikes_N: FloatArray, fired: IntArray) -> int:
    """Write the indices of the neurons that spiked, in order, and return their number.

    The loop has no branch, because the CPU could not predict it.
    """
    count = 0
    for n in range(len(spikes_N)):
        fired[count] = n
        count += spikes_N[n] != 0
    return count


@_compiled
def _lanes(
    transposed_NN: FloatArray,
    alpha_N: FloatArray,
    beta_N: FloatArray,
    threshold: float,
    hold: int,
    currents_TBN: FloatArray,
    current_BN: FloatArray,
    rested_BN: FloatArray,
    spiked_BN: FloatArray,
    u_PBN: FloatArray,
    spikes_PBN: FloatArray,
) -> int:
    n, total = len(beta_N), 0
    recurrent, synaptic = len(transposed_NN) > 0, len(alpha_N) > 0
    fired = np.empty(n, np.int64)
    for b in range(u_PBN.shape[1]):
        rested = rested_BN[b]
        count = _which(spiked_BN[b], fired)
        for t in range(len(u_PBN)):
            drive, u = currents_TBN[t // hold, b], u_PBN[t, b]
            if synaptic:
                i = current_BN[b]
                _leak(drive, i, alpha_N, i)
            else:
                i = u
                _leak(drive, rested, beta_N, u)
            if recurrent:
                _gather(transposed_NN, fired[:count], i)
            if synaptic:
                _leak(i, rested, beta_N, u)
            _reset(u, threshold, spikes_PBN[t, b], rested)
            count = _which(spikes_PBN[t, b], fired)
            total += count
    return total
