"""Coarsening: nodes with much traffic between them are joined in pairs, level by level.

Heavy-edge matching (Karypis & Kumar 1998, SIAM J. Sci. Comput. 20(1): 359-392). In every round, each free node chooses
the free neighbour with the strongest bond. Two nodes that choose each other are joined. The strength of a bond is the
spikes between both nodes, divided by the sizes of both, so that clusters have similar sizes. The spikes of a net are
divided among its pins.
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
        Largest number of neurons in a cluster.
    rng
        Generator that breaks ties between equal bonds.
    home_V
        If given, only nodes of equal home are joined.
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
        rank_V[low] = np.arange(len(low))  # the last of several assignments holds: the strongest bond
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
    """Return the pairs of a net's source and one of its pins, the lower node first, and the strength of their bonds."""
    share_P = (nets.spikes_E / np.maximum(1, np.diff(nets.start_E1)))[nets.net_P]
    source_P = nets.source_E[nets.net_P]
    low, high = np.minimum(source_P, nets.pin_P), np.maximum(source_P, nets.pin_P)
    apart = low != high
    joined = sparse.coo_array((share_P[apart], (low[apart], high[apart])), (nets.n_nodes, nets.n_nodes)).tocsr().tocoo()
    low, high = (ends.astype(np.int64) for ends in joined.coords)
    size_V = nets.need_VR[:, 0].astype(float)
    jitter_V = 1 + 0.01 * rng.random(nets.n_nodes)
    return low, high, joined.data * jitter_V[low] * jitter_V[high] / (size_V[low] * size_V[high])
