"""The objective of a search: packets, hops and link loads, weighted by the chip's own costs.

It stands beside the search and not in :mod:`hardware_models.cost`, because its terms are those that
:mod:`~hardware_models.search.increments` can change step by step.
"""

from dataclasses import dataclass

import numpy as np

from neurogrow.arrays import FloatArray, IntArray

from ..chips.spec import ChipSpec
from ..cost.cost import hop_cost, packet_cost
from ..topology.base import Topology
from ..topology.hierarchy import Hierarchy
from ..topology.mesh import Mesh
from ..topology.torus import Torus


@dataclass(frozen=True, eq=False)
class Objective:
    """Weights of the terms of :mod:`~hardware_models.search.increments`, for the cores of one chip."""

    fabric: Topology
    pair_CC: FloatArray | None = None
    """Cost of a spike from one core to another, independent of its other destinations; None for no such term."""
    hop: tuple[float, float] | None = None
    """Cost of a link along x and along y in the tree of a spike; None for no such term."""
    once: float = 0.0
    """Cost of a spike that leaves its core."""
    largest: float = 0.0
    """Cost of a spike over the busiest link."""
    variance: float = 0.0
    """Cost of the variance of the loads of all directed links."""

    def offsets(self) -> IntArray:
        """Return the signed steps of a packet between columns, and between rows, shape (2, N, N)."""
        size = max(self.fabric.columns, self.fabric.rows)
        offsets = np.zeros((2, size, size), np.int64)
        for axis, n in enumerate((self.fabric.columns, self.fabric.rows)):
            offsets[axis, :n, :n] = self._axis_offsets(n)
        return offsets

    def _axis_offsets(self, size: int) -> IntArray:
        apart = np.arange(size)[None, :] - np.arange(size)[:, None]
        if isinstance(self.fabric, Torus):
            apart = (apart + (size - 1) // 2) % size - (size - 1) // 2
        return apart


def multicast_hops(fabric: Topology) -> Objective:
    """Return the objective of spikes times links of each neuron's tree."""
    return Objective(fabric, hop=(1.0, 1.0))


def packets(fabric: Topology) -> Objective:
    """Return the objective of spikes times remote cores: the spike-weighted connectivity (km1) of a partition."""
    return Objective(fabric, pair_CC=1.0 - np.eye(fabric.n_cores))


def objective_of(chip: ChipSpec, cost_set: str | None = None) -> Objective:
    """Return the chip's cost of packets and hops, in units of its first kind of hop.

    - Multicast on a mesh, torus or hierarchy: one packet for each spike that leaves its core, and the links of its
      tree.
    - Unicast: one packet and its route for each destination core. The neuron's own core counts if the chip sends
      packets to it.
    - Any other routing or topology: as for unicast. This overestimates the links of a tree.

    If the chip has no published energies, every hop costs 1, and so does a packet.
    """
    fabric, chosen = chip.fabric, chip.cost_set(cost_set)
    costs = None if chosen is None else chosen[1]
    hops, packet = hop_cost(costs, fabric.hop_kinds), packet_cost(costs, fabric.hop_kinds)
    remote_CC = 1.0 - np.eye(fabric.n_cores)
    if chip.routing.name == "multicast" and isinstance(fabric, (Mesh, Torus)):
        return Objective(fabric, hop=(hops[0], hops[1]), once=packet)
    if chip.routing.name == "multicast" and isinstance(fabric, Hierarchy):
        return Objective(fabric, pair_CC=hops[2] * remote_CC, hop=(hops[0], hops[1]), once=packet + hops[2])
    sent_CC = np.ones_like(remote_CC) if chip.routing.own_core_packets else remote_CC
    return Objective(fabric, pair_CC=packet * sent_CC + fabric.distance_CC(hops))
