"""Which links every spike crosses.

A unicast packet travels to one core. A multicast packet travels to all of a neuron's cores at once: along the union of
the same routes, the shared beginning once. Where a chip's tables tell cores and not neurons apart (``core_multicast``),
every spike of a core travels to all the cores that any neuron of that core sends to. The routes themselves are the
topology's (:mod:`~hardware_models.topology.base`).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from neurogrow.arrays import IntArray

from ..workload.destinations import Destinations
from .base import HopKind, Topology

Link: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], int]
"""Place that it leaves, place that it enters, spikes it carries; a place is the (x, y) of a router."""


@dataclass(frozen=True, eq=False)
class Traffic:
    """Spikes over the directed links of a chip, over the whole recording; links without spikes are left out."""

    topology: Topology
    start_L: IntArray
    """Router that each link leaves, shape (L,)."""
    end_L: IntArray
    """Router that each link enters, shape (L,)."""
    load_L: IntArray
    """Spikes that each link carries, shape (L,)."""

    @property
    def hops(self) -> int:
        """Spikes summed over all links."""
        return int(self.load_L.sum())

    @cached_property
    def hops_by_kind(self) -> dict[HopKind, int]:
        """Spikes summed over the links of each kind that the topology has."""
        kinds = self.topology.hop_kinds
        kind_L = self.topology.kind_of(self.start_L, self.end_L)
        return {kind: int(self.load_L[kind_L == place].sum()) for place, kind in enumerate(kinds)}

    @property
    def hops_east_west(self) -> int:
        """Spikes summed over the links between columns."""
        return self.hops_by_kind["hop east-west"]

    @property
    def hops_north_south(self) -> int:
        """Spikes summed over the links between rows."""
        return self.hops_by_kind["hop north-south"]

    @property
    def crossings(self) -> int:
        """Spikes summed over the links from chip to chip."""
        return int(self.load_L[self.topology.crosses(self.start_L, self.end_L)].sum())

    @property
    def largest(self) -> int:
        """Spikes over the busiest link."""
        return int(self.load_L.max(initial=0))

    def links(self) -> list[Link]:
        """Every link that carries a spike."""
        place = self.topology.place
        ends = zip(self.start_L.tolist(), self.end_L.tolist(), self.load_L.tolist(), strict=True)
        return [(place(start), place(end), load) for start, end, load in ends]


def multicast(topology: Topology, pairs: Destinations) -> Traffic:
    """Traffic when each neuron sends one packet along the union of the routes to its cores."""
    return tree_traffic(topology, pairs.neuron_P, pairs)


def unicast(topology: Topology, pairs: Destinations) -> Traffic:
    """Traffic when each neuron sends one packet to each of its cores."""
    return tree_traffic(topology, np.arange(len(pairs.neuron_P)), pairs)


def core_multicast(topology: Topology, pairs: Destinations) -> Traffic:
    """Traffic when each spike travels to all the cores that any neuron of its core sends to."""
    shared = of_cores(pairs, topology.n_cores)
    return tree_traffic(topology, shared.home_P, shared)


ROUTERS = {"multicast": multicast, "unicast": unicast, "core_multicast": core_multicast}
"""The ways to route, by the name that chip files give them."""


def tree_traffic(topology: Topology, tree_P: IntArray, pairs: Destinations) -> Traffic:
    """Traffic when the pairs of one tree, which share a source and its spikes, are served by one branching packet.

    Parameters
    ----------
    topology
        The chip's wiring.
    tree_P
        Tree of every pair, any whole numbers that are not negative.
    pairs
        Neurons and their destination cores; a core at the neuron's own router adds no link.
    """
    router_C = topology.router_C
    return Traffic(topology, *topology.loads(tree_P, router_C[pairs.home_P], router_C[pairs.core_P], pairs.spikes_P))


def of_cores(pairs: Destinations, n_cores: int) -> Destinations:
    """The distinct pairs of a core and a core that any of its neurons sends to, with the spikes of all its senders.

    ``neuron_P`` is the first neuron of the source core that sends anywhere.
    """
    neurons, first = np.unique(pairs.neuron_P, return_index=True)
    spikes_C = np.bincount(pairs.home_P[first], weights=pairs.spikes_P[first], minlength=n_cores)
    first_C = np.full(n_cores, -1)
    first_C[pairs.home_P[first][::-1]] = neurons[::-1]
    home_P, core_P = np.divmod(np.unique(pairs.home_P * n_cores + pairs.core_P), n_cores)
    return Destinations(first_C[home_P], core_P, home_P, np.rint(spikes_C[home_P]).astype(np.int64))
