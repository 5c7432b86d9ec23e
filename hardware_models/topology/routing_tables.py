"""Entries of a chip's routing tables, where one entry serves all neurons of a core."""

import numpy as np

from neurogrow.arrays import IntArray

from ..workload.destinations import Destinations
from .base import Topology
from .routing import core_pairs


def table_entries(topology: Topology, pairs: Destinations) -> IntArray:
    """Return the number of entries in the routing table of every tile, shape (tiles,).

    A packet that leaves a router by the link opposite to its entry needs no entry (SpiNNaker's default routing). Each
    router at which a core's tree starts, turns, branches or ends needs one.

    Parameters
    ----------
    topology
        A chip with one router for each tile.
    pairs
        Neurons and those of their destination cores to which packets are sent.
    """
    n, router_C = topology.n_routers, topology.router_C
    shared = core_pairs(pairs, topology.n_cores)
    source_P, target_P = router_C[shared.home_P], router_C[shared.core_P]
    needed = [shared.home_P * n + source_P, shared.home_P * n + target_P]  # where trees start and end
    walked = list(topology.walk(shared.home_P, source_P, target_P))
    if walked:
        pair_L, start_L, end_L = (np.concatenate(column) for column in zip(*walked, strict=True))
        left_L, entered_L = shared.home_P[pair_L] * n + start_L, shared.home_P[pair_L] * n + end_L
        way_L = _direction(topology, start_L, end_L)
        order_L = np.argsort(entered_L)  # a tree enters each of its routers except the first over exactly one link
        link_L = order_L[np.searchsorted(entered_L[order_L], left_L).clip(max=len(order_L) - 1)]
        straight_L = (entered_L[link_L] == left_L) & (way_L[link_L] == way_L)
        needed.append(left_L[~straight_L])
    return np.bincount(np.unique(np.concatenate(needed)) % n, minlength=n)


def _direction(topology: Topology, start_L: IntArray, end_L: IntArray) -> IntArray:
    """Return a number for the direction of each link; links across the borders have the same number."""
    (x0, y0), (x1, y1) = np.divmod(start_L, topology.rows), np.divmod(end_L, topology.rows)
    return np.asarray((x1 - x0) % topology.columns * topology.rows + (y1 - y0) % topology.rows)
