"""What no mapping can beat: lower bounds on hops, and the exact optimum of small placements."""

import math
from itertools import islice, permutations

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from neurogrow.arrays import FloatArray, IntArray

from .destinations import Destinations
from .mesh import Mesh

MOST_ARRANGEMENTS = math.factorial(9)
"""Placements that :func:`optimal_placement` is willing to try: all of nine parts on nine cores."""


def partition_bound(pairs: Destinations, cores_per_tile: int) -> int:
    """Hops that no placement and no routing of a partition can go below.

    A spike enters every remote tile it is needed on over one link at least. Of a neuron's remote cores,
    ``cores_per_tile - 1`` may sit on its own tile and the others fill whole tiles:
    sum_u s_u ceil(max(0, |D_u| - (c - 1)) / c).
    """
    far = pairs.remote()
    if not len(far.neuron_P):
        return 0
    _, first, cores = np.unique(far.neuron_P, return_index=True, return_counts=True)
    tiles = -(-np.maximum(0, cores - (cores_per_tile - 1)) // cores_per_tile)
    return int(tiles @ far.spikes_P[first])


def routing_bound(mesh: Mesh, pairs: Destinations) -> int:
    """Hops that no routing of a placement can go below: sum_u s_u max(remote tiles, half-perimeter).

    A tree that joins a neuron's tile with its remote tiles has at least as many links as there are remote tiles, and
    as many as half the perimeter of the smallest box around them all.
    """
    home_P2, target_P2 = mesh.router_C2[pairs.home_P], mesh.router_C2[pairs.core_P]
    away = (home_P2 != target_P2).any(1)
    if not away.any():
        return 0
    neuron_P, home_P2, target_P2 = pairs.neuron_P[away], home_P2[away], target_P2[away]
    tile_P = mesh.tile_C[pairs.core_P[away]]
    neuron_U, first = np.unique(neuron_P, return_index=True)  # pairs are in the order of their neurons
    high_U2 = np.maximum(np.maximum.reduceat(target_P2, first), home_P2[first])
    low_U2 = np.minimum(np.minimum.reduceat(target_P2, first), home_P2[first])
    of_tile = np.unique(np.stack([neuron_P, tile_P]), axis=1)[0]
    tiles_U = np.bincount(np.searchsorted(neuron_U, of_tile), minlength=len(neuron_U))
    return int(np.maximum(tiles_U, (high_U2 - low_U2).sum(1)) @ pairs.spikes_P[away][first])


def gilmore_lawler(flow_CC: sparse.csr_array, distance_CC: FloatArray) -> float:
    """Cost that no placement of the parts can go below (Gilmore 1962, J. SIAM 10; Lawler 1963, Management Sci. 9).

    Part p on core c pays at least its flows, largest first, times the distances from c, smallest first; half the best
    linear assignment of these is the bound, because every pair is counted from both ends.
    """
    flows = -np.sort(-_without_diagonal(flow_CC.toarray()), axis=1)
    distances = np.sort(_without_diagonal(distance_CC), axis=1)
    least_CC = flows @ distances.T
    return float(least_CC[linear_sum_assignment(least_CC)].sum()) / 2


def _without_diagonal(square: FloatArray) -> FloatArray:
    n = len(square)
    return np.asarray(square[~np.eye(n, dtype=bool)].reshape(n, n - 1))


def optimal_placement(
    flow_CC: sparse.csr_array, distance_CC: FloatArray, n_parts: int
) -> tuple[IntArray, float] | None:
    """Try every placement; return the best cores of the parts and their cost, None beyond 9! arrangements."""
    n_cores = len(distance_CC)
    if math.perm(n_cores, n_parts) > MOST_ARRANGEMENTS:
        return None
    pairs = sparse.triu(flow_CC, k=1).tocoo()
    best, best_cost = np.arange(n_parts), math.inf
    arrangements = permutations(range(n_cores), n_parts)
    while block := list(islice(arrangements, 40_320)):
        core_AP = np.array(block, dtype=np.int64).reshape(len(block), n_parts)
        cost_A = np.zeros(len(core_AP))
        for p, q, flow in zip(*pairs.coords, pairs.data, strict=True):
            cost_A += flow * distance_CC[core_AP[:, p], core_AP[:, q]]
        if cost_A.min() < best_cost:
            best, best_cost = core_AP[cost_A.argmin()], float(cost_A.min())
    return best, best_cost
