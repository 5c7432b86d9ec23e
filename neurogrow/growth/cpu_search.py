"""The search for improving swaps on a processor: the search of :class:`.swaps.Search` in numpy, one replica at a time.

Notation as in :mod:`.swaps`: f = |W| + |W|^T, D at the neurons' present places, M = f D; both f and D are symmetric.
``distance_NN`` follows the neurons.
"""

import numpy as np
import torch

from ..arrays import FloatArray, IntArray


def improve_in_turn(flow_NN: FloatArray, distance_NN: FloatArray, movers_K: IntArray, tolerance: float) -> IntArray:
    """Let each of the movers swap once with its best partner, if that improves; return each neuron's place, (N,).

    Of M only the diagonal is stored. The row and the column that a mover needs are two products with vectors.
    """
    place_N = np.arange(len(flow_NN))
    own_N = np.einsum("ij,ij->i", flow_NN, distance_NN)
    for a in movers_K:
        flow_N, distance_N = flow_NN[a], distance_NN[a]
        change_N = flow_N @ distance_NN + distance_N @ flow_NN + 2 * flow_N * distance_N - own_N
        b = int(change_N.argmin())
        if change_N[b] - own_N[a] < -tolerance:
            own_N += (flow_N - flow_NN[b]) * (distance_NN[b] - distance_N)
            _move(distance_NN, place_N, a, b)
            own_N[a], own_N[b] = flow_NN[a] @ distance_NN[a], flow_NN[b] @ distance_NN[b]
    return place_N


def improve_best_first(flow_NN: FloatArray, distance_NN: FloatArray, most: int, tolerance: float) -> IntArray:
    """Make the best swap of all pairs, again and again until none improves; return each neuron's place, (N,).

    A swap of a and b turns M into M + c d^T with columns a and b exchanged, where c = f_a - f_b and d = D_b - D_a. The
    cost changes of all pairs then change by a matrix of rank four; those of pairs with a or b are computed anew.
    """
    n = len(flow_NN)
    place_N, sums_NN, ones_N = np.arange(n), flow_NN @ distance_NN, np.ones(n)
    own_N = sums_NN.diagonal().copy()
    change_NN = sums_NN + sums_NN.T + 2 * flow_NN * distance_NN - own_N[:, None] - own_N
    for _ in range(most):
        a, b = divmod(int(change_NN.argmin()), n)
        if change_NN[a, b] >= -tolerance:
            break
        flow_N, distance_N = flow_NN[a] - flow_NN[b], distance_NN[b] - distance_NN[a]
        _add_product(sums_NN, [flow_N], [distance_N])
        _exchange(sums_NN.T, a, b)
        _move(distance_NN, place_N, a, b)
        before_N, own_N = own_N, sums_NN.diagonal().copy()
        less_N = before_N - own_N
        _add_product(change_NN, [flow_N, distance_N, less_N, ones_N], [distance_N, flow_N, ones_N, less_N])
        for i in (a, b):
            change_N = sums_NN[i] + sums_NN[:, i] + 2 * flow_NN[i] * distance_NN[i] - own_N[i] - own_N
            change_NN[i] = change_NN[:, i] = change_N
    return place_N


def _add_product(matrix_NN: FloatArray, columns: list[FloatArray], rows: list[FloatArray]) -> None:
    """Add the sum of columns times rows in place and in one pass; numpy would compute the product first."""
    left, right = torch.from_numpy(np.stack(columns, 1)), torch.from_numpy(np.stack(rows))
    torch.from_numpy(matrix_NN).addmm_(left, right)


def _move(distance_NN: FloatArray, place_N: IntArray, a: int, b: int) -> None:
    for rows in (distance_NN, distance_NN.T):
        _exchange(rows, a, b)
    place_N[a], place_N[b] = place_N[b], place_N[a]


def _exchange(rows: FloatArray, a: int, b: int) -> None:
    first = rows[a].copy()
    rows[a] = rows[b]
    rows[b] = first
