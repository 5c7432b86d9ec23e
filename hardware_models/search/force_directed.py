"""Force-directed placement: parts on neighbouring cores exchange their cores if that lowers the cost.

Jin et al. 2023, "Mapping Very Large Scale Spiking Neuron Network to Neuromorphic Hardware", ASPLOS 2023. Parts start in
order along Hilbert's curve. The tension of a pair on neighbouring cores is the fall of the cost if the two exchange
their cores. The pairs with the largest tensions exchange, and tensions are computed again, until no tension is left.
"""

import numpy as np
from scipy import sparse

from neurogrow.arrays import FloatArray, IntArray

SHARE = 0.3
"""Share of the pairs under tension that may exchange before all tensions are computed again."""


def force_directed(flow_CC: sparse.csr_array, distance_CC: FloatArray, core_C: IntArray) -> IntArray:
    """Exchange parts on neighbouring cores while that lowers packets times distance.

    Parameters
    ----------
    flow_CC
        Packets between parts, symmetric with an empty diagonal, shape (C, C).
    distance_CC
        Cost of the route between cores. Two cores are neighbours if they are less than twice the least distance apart.
    core_C
        Core of every part at the start, shape (C,); parts without flow are free cores.
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
    """Return how much the cost falls if parts p and q exchange their cores."""
    gain, (a, b) = 0.0, core_C[[p, q]]
    for part, here, there, other in ((p, a, b, q), (q, b, a, p)):
        row = slice(flow_CC.indptr[part], flow_CC.indptr[part + 1])
        partner, flow = flow_CC.indices[row], flow_CC.data[row]
        nearer = distance_CC[here, core_C[partner]] - distance_CC[there, core_C[partner]]
        gain += float(flow[partner != other] @ nearer[partner != other])
    return gain
