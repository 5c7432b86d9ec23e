"""Routing: which links every spike crosses.

- ``unicast``: one packet for each destination core.
- ``multicast``: one packet for all destination cores of a neuron. It travels the union of the unicast routes, so a
  shared beginning is travelled once.
- ``core_multicast``: the chip's routing tables distinguish cores, not neurons. Every spike of a core travels to all
  cores that any neuron of that core sends to.

The topology defines the routes (:mod:`~hardware_models.topology.base`).
"""

import numpy as np

from neurogrow.arrays import IntArray

from ..workload.destinations import Destinations
from .base import Topology
from .routers import Router
from .traffic import Traffic


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


MULTICAST, UNICAST, CORE_MULTICAST = Router(multicast), Router(unicast, packet_per_core=True), Router(core_multicast)
"""The built-in routers."""


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
