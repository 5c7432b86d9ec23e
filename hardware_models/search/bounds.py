"""Lower bounds on hops and on the cost of a placement, and the exact optimum of small placements."""

import math
from itertools import islice, permutations

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from neurogrow.arrays import FloatArray, IntArray

from ..topology.base import Topology
from ..topology.mesh import Mesh
from ..workload.destinations import Destinations

MOST_ARRANGEMENTS = math.factorial(9)
"""Largest number of placements that :func:`optimal_placement` tries: nine parts on nine cores."""


def partition_bound(pairs: Destinations, cores_per_router: int) -> int:
    """Return a lower bound on the hops of a partition, for any placement and any routing.

    A spike crosses at least one link to each remote router with a destination core. At most c - 1 of a neuron's remote
    cores share its own router, where c is ``cores_per_router``. The others fill whole routers at best:
    sum_u s_u ceil(max(0, |D_u| - (c - 1)) / c).
    """
    far = pairs.remote()
    if not len(far.neuron_P):
        return 0
    _, first, cores = np.unique(far.neuron_P, return_index=True, return_counts=True)
    routers = -(-np.maximum(0, cores - (cores_per_router - 1)) // cores_per_router)
    return int(routers @ far.spikes_P[first])


def routing_bound(fabric: Topology, pairs: Destinations) -> int:
    """Return a lower bound on the hops of a placement, for any routing.

    The bound is sum_u s_u max(remote routers, farthest, half-perimeter). A tree that joins a neuron's router with its
    remote routers has at least as many links as there are remote routers, and as many as the route to the farthest of
    them. On a mesh it also has at least as many as half the perimeter of the smallest box around all of them.
    """
    home_P, target_P = fabric.router_C[pairs.home_P], fabric.router_C[pairs.core_P]
    away = home_P != target_P
    if not away.any():
        return 0
    neuron_P, home_P, target_P = pairs.neuron_P[away], home_P[away], target_P[away]
    neuron_U, first = np.unique(neuron_P, return_index=True)  # pairs are in the order of their neurons
    far_U = np.maximum.reduceat(fabric.steps(home_P, target_P).sum(1), first)
    if isinstance(fabric, Mesh):
        home_P2, target_P2 = (np.stack(np.divmod(at_P, fabric.rows), axis=1) for at_P in (home_P, target_P))
        high_U2 = np.maximum(np.maximum.reduceat(target_P2, first), home_P2[first])
        low_U2 = np.minimum(np.minimum.reduceat(target_P2, first), home_P2[first])
        far_U = (high_U2 - low_U2).sum(1)
    of_router = np.unique(np.stack([neuron_P, target_P]), axis=1)[0]
    routers_U = np.bincount(np.searchsorted(neuron_U, of_router), minlength=len(neuron_U))
    return int(np.maximum(routers_U, far_U) @ pairs.spikes_P[away][first])


def gilmore_lawler(flow_CC: sparse.csr_array, distance_CC: FloatArray) -> float:
    """Return a lower bound on the cost of a placement (Gilmore 1962, J. SIAM 10; Lawler 1963, Management Sci. 9).

    Part p on core c costs at least its flows, largest first, times the distances from c, smallest first. The bound is
    half the cost of the best linear assignment of these costs, because every pair is counted from both ends. Parts
    without flow cost nothing and are left out.
    """
    busy = np.flatnonzero(np.diff(flow_CC.indptr))
    if not len(busy):
        return 0.0
    flows = -np.sort(-flow_CC[busy][:, busy].toarray(), axis=1)[:, :-1]  # the smallest is a part's flow to itself
    nearest = len(busy) - 1
    distances = np.sort(np.partition(_without_diagonal(distance_CC), max(nearest - 1, 0), axis=1)[:, :nearest], axis=1)
    least_PC = flows @ distances.T
    return float(least_PC[linear_sum_assignment(least_PC)].sum()) / 2


def _without_diagonal(square: FloatArray) -> FloatArray:
    n = len(square)
    return np.asarray(square[~np.eye(n, dtype=bool)].reshape(n, n - 1))


def optimal_placement(
    flow_CC: sparse.csr_array, distance_CC: FloatArray, n_parts: int
) -> tuple[IntArray, float] | None:
    """Try every placement; return the best cores of the parts and their cost, None for more than 9! placements."""
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
