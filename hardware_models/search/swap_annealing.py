"""Placement by annealed swaps: two cores exchange their parts, at exact changes of the cost.

This is a sparse quadratic assignment problem, sum_pq flow_pq d(core_p, core_q). In most steps a part exchanges cores
with a part near one of its partners, in some steps with any part. A change of c is accepted with probability
min(1, exp(-c / T)), and T falls geometrically (Kirkpatrick, Gelatt & Vecchi 1983, Science 220). A step takes time in
proportion to the degrees of both parts.
"""

import numba
import numpy as np
from scipy import sparse

from neurogrow.arrays import FloatArray, IntArray

FAR = 0.03
"""Share of the steps that propose any core."""
NEAREST = 12
"""Number of cores around a partner's core that a step may propose."""
HOT = (0.1, 0.7, 2.0)
"""First temperatures, one run each, in units of a step's mean change. Low temperatures preserve a good start."""
COLD = 0.01
LEAST_STEPS = 20_000
"""Least number of steps of a run; they take some milliseconds."""
FEW, REPEATS = 32, 8
"""On at most ``FEW`` cores each run is repeated ``REPEATS`` times, because a single run can miss the optimum."""


def anneal_swaps(
    flow_CC: sparse.csr_array, distance_CC: FloatArray, core_C: IntArray, steps_per_part: int = 3000, seed: int = 0
) -> IntArray:
    """Anneal from one start at several first temperatures; return the best result, or the start.

    Parameters
    ----------
    flow_CC
        Packets between parts, symmetric with an empty diagonal, shape (C, C).
    distance_CC
        Cost of the route between cores, symmetric.
    core_C
        Core of every part at the start, shape (C,), all different.
    steps_per_part
        Steps of each run for every part that has any flow.
    seed
        Seed of the random numbers.
    """
    busy = np.flatnonzero(np.diff(flow_CC.indptr))
    if len(core_C) < 2 or not len(busy):
        return core_C.copy()
    near_CK = np.argsort(distance_CC, axis=1, kind="stable")[:, : min(len(core_C), NEAREST + 1)].astype(np.int64)
    apart_CC, rng = np.ascontiguousarray(distance_CC, dtype=np.float64), np.random.default_rng(seed)
    graph = (flow_CC.indptr.astype(np.int64), flow_CC.indices.astype(np.int64), flow_CC.data.astype(np.float64))
    best_C, best, steps = core_C.copy(), 0.0, max(LEAST_STEPS, steps_per_part * len(busy))
    scale = _anneal(*graph, apart_CC, near_CK, busy, core_C.astype(np.int64), 1000, np.inf, np.inf, rng)[1]
    for hot in HOT * (REPEATS if len(core_C) <= FEW else 1):
        tried_C = core_C.astype(np.int64)
        change, _ = _anneal(*graph, apart_CC, near_CK, busy, tried_C, steps, hot * scale, COLD * scale, rng)
        if change < best - 1e-9 * scale:  # a smaller gain may be rounding
            best_C, best = tried_C, change
    return best_C


@numba.njit(cache=True, error_model="numpy")
def _pull(
    indptr: IntArray,
    indices: IntArray,
    flow: FloatArray,
    apart_CC: FloatArray,
    core_C: IntArray,
    part: int,
    other: int,
    b: int,
) -> float:
    """Return the additional cost of a part on core b instead of its present core, without its flow to ``other``."""
    more, a = 0.0, core_C[part]
    for k in range(indptr[part], indptr[part + 1]):
        if indices[k] != other:
            more += flow[k] * (apart_CC[b, core_C[indices[k]]] - apart_CC[a, core_C[indices[k]]])
    return more


@numba.njit(cache=True, error_model="numpy")
def _anneal(
    indptr: IntArray,
    indices: IntArray,
    flow: FloatArray,
    apart_CC: FloatArray,
    near_CK: IntArray,
    busy: IntArray,
    core_C: IntArray,
    steps: int,
    hot: float,
    cold: float,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Change ``core_C``; return the change of the cost, and the mean absolute change of all proposed steps.

    At an infinite temperature nothing is changed.
    """
    n, total, sizes, temperature = len(core_C), 0.0, 0.0, hot
    part_C = np.argsort(core_C)
    for step in range(steps):
        if step % 256 == 0 and hot < np.inf:
            temperature = hot * (cold / hot) ** (step / steps)
        p = busy[int(rng.random() * len(busy))]
        b = int(rng.random() * n)
        if rng.random() >= FAR:
            partner = indices[indptr[p] + int(rng.random() * (indptr[p + 1] - indptr[p]))]
            b = near_CK[core_C[partner], int(rng.random() * near_CK.shape[1])]
        q, a = part_C[b], core_C[p]
        if p == q:
            continue
        change = _pull(indptr, indices, flow, apart_CC, core_C, p, q, b)
        change += _pull(indptr, indices, flow, apart_CC, core_C, q, p, a)
        sizes += abs(change)
        if hot < np.inf and change <= -temperature * np.log(1.0 - rng.random()):
            core_C[p], core_C[q] = b, a
            part_C[a], part_C[b] = q, p
            total += change
    return total, sizes / max(steps, 1)
