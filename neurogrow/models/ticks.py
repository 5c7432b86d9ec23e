"""The way forward through a block of ticks on a processor, compiled: what spikes send is gathered, not multiplied.

A few neurons in a hundred spike at a tick, and W s is the sum of their rows of W^T: to add those takes a third of the
time of a product with all of W. Current, leak, threshold and reset come in the same pass, and as lanes of a batch know
nothing of each other, each goes through all ticks of the block by itself, its membranes in the first cache. It runs on
one thread: threads of its own would fight for the processor with torch's, which wait for work awake. Letters as in
:mod:`neurogrow.models.spiking_recurrence`.
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
"""Fraction of neurons that spike at a tick from which on a product with all of W is faster, on one thread (measured
with 36, 136 and 400 neurons on a Xeon)."""


def is_dense(spikes: int, of: int) -> bool:
    """Say whether so many spikes, of all that there could have been, are better multiplied; torch shares that work."""
    return spikes > DENSE / torch.get_num_threads() ** 2 * of


@dataclass(frozen=True, eq=False)
class Neurons:
    """One replica's neurons, as the compiled pass takes them; empty arrays stand for what they do not have."""

    transposed_NN: FloatArray
    """W^T, a row for each neuron that sends; of shape (0, 0) without recurrent weights."""
    alpha_N: FloatArray
    """Synaptic decays; of shape (0,) for neurons without a synaptic current."""
    beta_N: FloatArray
    threshold: float

    @classmethod
    def of(cls, transposed_NN: Tensor | None, alpha_N: Tensor | None, beta_N: Tensor, threshold: float) -> "Neurons":
        """Return what tensors on the CPU hold, without a copy."""
        beta = beta_N.detach().numpy()
        nothing = np.empty(0, beta.dtype)
        return cls(
            nothing.reshape(0, 0) if transposed_NN is None else transposed_NN.detach().numpy(),
            nothing if alpha_N is None else alpha_N.detach().contiguous().numpy(),
            np.ascontiguousarray(beta),
            beta.dtype.type(threshold),  # one of more digits would be another one
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
        What does not change.
    currents_TBN
        Input currents, bias included, each of which holds for ``hold`` ticks.
    hold
        P / T.
    state
        Synaptic currents and rested membranes, which are brought up to date, and spikes of the tick before the first;
        (B, N) each.
    u_PBN, spikes_PBN
        Where membranes before their reset, and spikes, are written.

    Returns
    -------
    int
        How many spikes there were.
    """
    arrays = [each.numpy() for each in (currents_TBN, *state, u_PBN, spikes_PBN)]
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
    """Add the chosen rows, eight at a time: each time, the sum so far has to be read and written."""
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
    """Add the gradient of W^T to a sum: to the row of each sender, what came a tick later at each of its spikes.

    Parameters
    ----------
    later_MN
        What reached the currents at M ticks and lanes.
    spikes_MN
        Spikes of the ticks before.
    sum_NN
        Where ``spikes^T later`` is added.

    Returns
    -------
    bool
        False, and nothing was added, if so many spiked that a product is faster.
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
    zero, one = u_N.dtype.type(0), u_N.dtype.type(1)  # with integers, compiled arithmetic would be in float64
    for n in range(len(u_N)):
        above = u_N[n] > threshold
        spikes_N[n] = one if above else zero
        rested_N[n] = zero if above else u_N[n]


@_compiled
def _which(spikes_N: FloatArray, fired: IntArray) -> int:
    """Write which neurons spiked, in order, and return how many; without a branch, which nobody could predict."""
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
