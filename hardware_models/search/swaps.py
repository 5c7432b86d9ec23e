"""Placement by swaps: exchange the cores of two parts while an exchange lowers the cost."""

import numpy as np
from scipy import sparse

from neurogrow.arrays import FloatArray, IntArray


def swap_gains(
    flow_CC: sparse.csr_array, distance_CC: FloatArray, core_C: IntArray, own_C: FloatArray, part: int
) -> FloatArray:
    """Return the change of the cost if ``part`` and each other part exchange their cores, shape (C,).

    With F the flow, D the distances between the parts' present cores and M = F D:
    change_pq = M_pq + M_qp - M_pp - M_qq + 2 F_pq D_pq, exact for symmetric F and D with empty diagonals.
    ``own_C`` is the diagonal of M (:func:`own_costs`).
    """
    at_C = distance_CC[core_C[part]][core_C]
    begin, end = flow_CC.indptr[part], flow_CC.indptr[part + 1]
    partners, flow = flow_CC.indices[begin:end], flow_CC.data[begin:end]
    moved_C = flow @ distance_CC[core_C[partners]][:, core_C]  # M_pq: the cost of this part on the others' cores
    gains_C = moved_C + flow_CC @ at_C - own_C[part] - own_C
    gains_C[partners] += 2 * flow * at_C[partners]
    return np.asarray(gains_C)


def own_costs(flow_CC: sparse.csr_array, distance_CC: FloatArray, core_C: IntArray) -> FloatArray:
    """Return the present cost of each part, the diagonal of F D, shape (C,)."""
    pairs = flow_CC.tocoo()
    p, q = pairs.coords
    return np.asarray(np.bincount(p, weights=pairs.data * distance_CC[core_C[p], core_C[q]], minlength=len(core_C)))


def swap_search(flow_CC: sparse.csr_array, distance_CC: FloatArray, core_C: IntArray) -> IntArray:
    """Exchange the cores of two parts, each part in turn with its best partner, until no exchange lowers the cost.

    The result is a local optimum: no single swap improves it.
    """
    core_C = core_C.copy()
    busy = np.flatnonzero(np.diff(flow_CC.indptr))
    own_C = own_costs(flow_CC, distance_CC, core_C)
    least = -1e-9 * max(1.0, float(own_C.sum()))  # smaller gains are rounding
    improved = True
    while improved:
        improved = False
        for part in busy:
            gains_C = swap_gains(flow_CC, distance_CC, core_C, own_C, part)
            gains_C[part] = 0
            other = int(gains_C.argmin())
            if gains_C[other] < least:
                core_C[[part, other]] = core_C[[other, part]]
                own_C = own_costs(flow_CC, distance_CC, core_C)
                improved = True
    return core_C
