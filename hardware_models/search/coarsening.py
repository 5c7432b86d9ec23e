"""Smaller networks that look like a given one: nodes that talk much are joined in pairs, level by level.

Heavy-edge matching (Karypis & Kumar 1998, SIAM J. Sci. Comput. 20(1): 359-392): in every round each free node asks for
the free neighbour it is bound to most strongly, and pairs that ask for each other are joined. The strength of a bond is
the spikes over it, each net's shared among its pins, divided by the sizes of both nodes, so that clusters stay equal.
"""

import numpy as np
from scipy import sparse

from neurogrow.arrays import FloatArray, IntArray

from ..workload.nets import Nets

ROUNDS = 6


def matched(nets: Nets, most: int, rng: np.random.Generator, home_V: IntArray | None = None) -> tuple[IntArray, int]:
    """Join nodes in pairs of at most ``most`` neurons; return the cluster of every node, shape (V,), and their number.

    Parameters
    ----------
    nets
        The network.
    most
        Neurons that a cluster may hold.
    rng
        Decides between equal bonds.
    home_V
        Where given, only nodes of equal home are joined.
    """
    low, high, strength = _bonds(nets, rng)
    size_V = nets.need_VR[:, 0]
    allowed = size_V[low] + size_V[high] <= most
    if home_V is not None:
        allowed &= home_V[low] == home_V[high]
    order = np.argsort(strength[allowed], kind="stable")
    low, high = low[allowed][order], high[allowed][order]
    partner_V = np.arange(nets.n_nodes)
    for _ in range(ROUNDS):
        wish_V = np.full(nets.n_nodes, -1)
        rank_V = np.full(nets.n_nodes, -1)
        rank_V[low] = np.arange(len(low))  # of several assignments the last one stays: the strongest bond
        np.maximum.at(rank_V, high, np.arange(len(high)))
        asks = rank_V >= 0
        wish_V[asks] = low[rank_V[asks]] + high[rank_V[asks]] - np.flatnonzero(asks)
        mutual = np.flatnonzero(asks & (wish_V[wish_V] == np.arange(nets.n_nodes)))
        if not len(mutual):
            break
        partner_V[mutual] = wish_V[mutual]
        free = (partner_V[low] == low) & (partner_V[high] == high)
        low, high = low[free], high[free]
    first_V = np.minimum(partner_V, np.arange(nets.n_nodes))
    clusters, cluster_V = np.unique(first_V, return_inverse=True)
    return cluster_V, len(clusters)


def _bonds(nets: Nets, rng: np.random.Generator) -> tuple[IntArray, IntArray, FloatArray]:
    """Pairs of nodes that share a net as source and pin, the lower one first, and the strength of their bonds."""
    share_P = (nets.spikes_E / np.maximum(1, np.diff(nets.start_E1)))[nets.net_P]
    source_P = nets.source_E[nets.net_P]
    low, high = np.minimum(source_P, nets.pin_P), np.maximum(source_P, nets.pin_P)
    apart = low != high
    joined = sparse.coo_array((share_P[apart], (low[apart], high[apart])), (nets.n_nodes, nets.n_nodes)).tocsr().tocoo()
    low, high = (ends.astype(np.int64) for ends in joined.coords)
    size_V = nets.need_VR[:, 0].astype(float)
    jitter_V = 1 + 0.01 * rng.random(nets.n_nodes)
    return low, high, joined.data * jitter_V[low] * jitter_V[high] / (size_V[low] * size_V[high])
