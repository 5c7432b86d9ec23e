"""Placement by forces: parts on neighbouring cores trade places where they are pulled past each other.

Jin et al. 2023, "Mapping Very Large Scale Spiking Neuron Network to Neuromorphic Hardware", ASPLOS 2023. Parts begin in
order along Hilbert's curve. A pair on neighbouring cores has a tension: by how much the cost falls if they trade. The
pairs of the largest tensions trade, tensions are taken anew, until none is left.
"""

import numpy as np
from scipy import sparse

from neurogrow.arrays import FloatArray, IntArray

SHARE = 0.3
"""Of the pairs under tension, those that may trade before all tensions are taken anew."""


def force_directed(flow_CC: sparse.csr_array, distance_CC: FloatArray, core_C: IntArray) -> IntArray:
    """Trade parts on neighbouring cores while that lowers packets times distance.

    Parameters
    ----------
    flow_CC
        Packets between parts, symmetric with an empty diagonal, shape (C, C).
    distance_CC
        Cost of the way between cores; neighbours are those at the least distance, or less than twice that.
    core_C
        Core of every part to begin with, shape (C,); parts without flow are free cores.
    """
    core_C = core_C.copy()
    apart = distance_CC[distance_CC > 0]
    near = np.argwhere(np.triu(distance_CC < 2 * apart.min(), 1)) if len(apart) else np.empty((0, 2), np.int64)
    part_C = np.argsort(core_C)
    least = 1e-9 * max(1.0, float(flow_CC.sum()))
    while True:
        tension = np.array([_tension(flow_CC, distance_CC, core_C, *part_C[pair]) for pair in near])
        pulled = np.flatnonzero(tension > least)
        if not len(pulled):
            return core_C
        first = pulled[np.argsort(-tension[pulled], kind="stable")][: max(1, int(SHARE * len(pulled)))]
        for a, b in near[first]:
            p, q = part_C[a], part_C[b]
            if _tension(flow_CC, distance_CC, core_C, p, q) > least:
                core_C[p], core_C[q] = b, a
                part_C[a], part_C[b] = q, p


def _tension(flow_CC: sparse.csr_array, distance_CC: FloatArray, core_C: IntArray, p: int, q: int) -> float:
    """How much the cost falls if parts p and q trade places."""
    gain, (a, b) = 0.0, core_C[[p, q]]
    for part, here, there, other in ((p, a, b, q), (q, b, a, p)):
        row = slice(flow_CC.indptr[part], flow_CC.indptr[part + 1])
        partner, flow = flow_CC.indices[row], flow_CC.data[row]
        nearer = distance_CC[here, core_C[partner]] - distance_CC[there, core_C[partner]]
        gain += float(flow[partner != other] @ nearer[partner != other])
    return gain
