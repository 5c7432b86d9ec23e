"""Routing: which links every spike crosses.

- ``unicast``: one packet for each destination core.
- ``multicast``: one packet for all destination cores of a neuron. It travels the union of the unicast routes, so a
  shared beginning is travelled once.
- ``core_multicast``: the chip's routing tables distinguish cores, not neurons. Every spike of a core travels to all
  cores that any neuron of that core sends to.

The topology defines the routes (:mod:`~hardware_models.topology.base`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from neurogrow.arrays import IntArray
from neurogrow.errors import InputError
from neurogrow.registry import Registry

from ..workload.destinations import Destinations
from .base import HopKind, Topology

Link: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], int]
"""Place where the link starts, place where it ends, spikes over it; a place is a router's (x, y)."""

Place: TypeAlias = tuple[int, ...]
Route: TypeAlias = Callable[[int, int], Sequence[tuple[Place, Place]]]
"""(source core, target core) -> the links of the route, in order."""
Survey: TypeAlias = Callable[[Route, int, list[int]], Iterable[tuple[Place, Place]]]
"""(route, core of a neuron, its destination cores) -> the links that one spike crosses; listed once per crossing."""


@dataclass(frozen=True, eq=False)
class Traffic:
    """Spikes over the directed links of a chip in the whole recording; links without spikes are left out."""

    topology: Topology
    start_L: IntArray
    """Router at the start of each link, shape (L,)."""
    end_L: IntArray
    """Router at the end of each link, shape (L,)."""
    load_L: IntArray
    """Spikes over each link, shape (L,)."""

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
        """Return every link that carries a spike."""
        place = self.topology.place
        ends = zip(self.start_L.tolist(), self.end_L.tolist(), self.load_L.tolist(), strict=True)
        return [(place(start), place(end), load) for start, end, load in ends]


def multicast(topology: Topology, pairs: Destinations) -> Traffic:
    """Return the traffic if each neuron sends one packet along the union of the routes to its cores."""
    return tree_traffic(topology, pairs.neuron_P, pairs)


def unicast(topology: Topology, pairs: Destinations) -> Traffic:
    """Return the traffic if each neuron sends one packet to each of its cores."""
    return tree_traffic(topology, np.arange(len(pairs.neuron_P)), pairs)


def core_multicast(topology: Topology, pairs: Destinations) -> Traffic:
    """Return the traffic if each spike travels to all cores that any neuron of its core sends to."""
    shared = core_pairs(pairs, topology.n_cores)
    return tree_traffic(topology, shared.home_P, shared)


@dataclass(frozen=True)
class Router:
    """A way of routing."""

    traffic: Callable[[Topology, Destinations], Traffic]
    """(topology, destination cores of every neuron) -> spikes over every link."""
    packet_per_core: bool = False
    """Whether a spike is one packet for each destination core; otherwise it is one packet in all."""
    survey: Survey | None = None
    """Counts the links of one spike again, for the independent checker; without it, mappings are not checked."""

    def __call__(self, topology: Topology, pairs: Destinations) -> Traffic:
        """Return the traffic on a topology.

        Raises
        ------
        InputError
            If the router returns something other than loads of links of the topology.
        """
        traffic = self.traffic(topology, pairs)
        if not _is_traffic(traffic, topology.n_routers):
            raise InputError(
                f"The router '{self.__name__}' must return a Traffic: arrays of routers from 0 to "
                f"{topology.n_routers - 1} at the start and at the end of each link, and of loads of at least 0."
            )
        return traffic

    @property
    def __name__(self) -> str:
        """Name of the function that computes the traffic."""
        return str(getattr(self.traffic, "__name__", type(self.traffic).__name__))


def _is_traffic(traffic: Any, n_routers: int) -> bool:  # noqa: ANN401  (whatever a user's router returns)
    """Return whether a value holds loads of links between routers."""
    if not isinstance(traffic, Traffic):
        return False
    arrays = [np.asarray(array) for array in (traffic.start_L, traffic.end_L, traffic.load_L)]
    if any(array.shape != arrays[0].shape or array.ndim != 1 or array.dtype.kind not in "iu" for array in arrays):
        return False
    start_L, end_L, load_L = arrays
    routers = np.concatenate([start_L, end_L])
    return bool((routers >= 0).all() and (routers < n_routers).all() and (load_L >= 0).all())


ROUTERS: Registry[Router] = Registry(
    "router",
    "neurogrow.routers",
    {
        "multicast": Router(multicast),
        "unicast": Router(unicast, packet_per_core=True),
        "core_multicast": Router(core_multicast),
    },
)
"""Ways of routing by the name that ``routing.kind`` in a chip file gives them."""


def find_router(method: object) -> Router:
    """Return a router for a name in ``ROUTERS``, a :class:`Router`, or a function of a topology and destinations.

    Raises
    ------
    InputError
        If there is no such name, or if the method is none of these.
    """
    if isinstance(method, str):
        method = ROUTERS.find(method)
    if isinstance(method, Router):
        return method
    if callable(method):
        return Router(method)
    raise InputError(f"A router is a name, a Router, or a function that returns a Traffic, not {method!r}.")


def tree_traffic(topology: Topology, tree_P: IntArray, pairs: Destinations) -> Traffic:
    """Return the traffic if one branching packet serves all pairs of a tree, which share a source and its spikes.

    Parameters
    ----------
    topology
        The chip's wiring.
    tree_P
        Number of every pair's tree, at least 0.
    pairs
        Neurons and their destination cores. A core at the neuron's own router adds no link.
    """
    router_C = topology.router_C
    return Traffic(topology, *topology.loads(tree_P, router_C[pairs.home_P], router_C[pairs.core_P], pairs.spikes_P))


def core_pairs(pairs: Destinations, n_cores: int) -> Destinations:
    """Return the distinct pairs of a core and a core that any of its neurons sends to.

    The spikes of a pair are those of all neurons of the source core that send anywhere. ``neuron_P`` is the first of
    these neurons.
    """
    neurons, first = np.unique(pairs.neuron_P, return_index=True)
    spikes_C = np.bincount(pairs.home_P[first], weights=pairs.spikes_P[first], minlength=n_cores)
    first_C = np.full(n_cores, -1)
    first_C[pairs.home_P[first][::-1]] = neurons[::-1]
    home_P, core_P = np.divmod(np.unique(pairs.home_P * n_cores + pairs.core_P), n_cores)
    return Destinations(first_C[home_P], core_P, home_P, np.rint(spikes_C[home_P]).astype(np.int64))
