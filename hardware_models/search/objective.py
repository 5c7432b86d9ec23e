"""What a mapper lowers: packets, hops and link loads, weighed as the chip's own costs say."""

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
    """Weights of the terms that :mod:`~hardware_models.search.increments` adds up, for the cores of one chip."""

    fabric: Topology
    pair_CC: FloatArray | None = None
    """Cost of a spike from one core to another, whatever else it reaches; None for none."""
    hop: tuple[float, float] | None = None
    """Cost of a link along x and along y in the tree of a spike; None where there are no trees."""
    once: float = 0.0
    """Cost of a spike that leaves its core."""
    largest: float = 0.0
    """Cost of a spike over the busiest link."""
    variance: float = 0.0
    """Cost of the variance of the loads of all directed links."""

    def ways(self) -> IntArray:
        """Signed steps between columns, and between rows, on the way that packets take, shape (2, N, N)."""
        size = max(self.fabric.columns, self.fabric.rows)
        ways = np.zeros((2, size, size), np.int64)
        for axis, n in enumerate((self.fabric.columns, self.fabric.rows)):
            ways[axis, :n, :n] = self._way(n)
        return ways

    def _way(self, size: int) -> IntArray:
        apart = np.arange(size)[None, :] - np.arange(size)[:, None]
        if isinstance(self.fabric, Torus):
            apart = (apart + (size - 1) // 2) % size - (size - 1) // 2
        return apart


def multicast_hops(fabric: Topology) -> Objective:
    """Spikes times links of the tree that serves each neuron."""
    return Objective(fabric, hop=(1.0, 1.0))


def packets(fabric: Topology) -> Objective:
    """Spikes times remote cores, wherever those are: the spike-weighted connectivity (km1) of a partition."""
    return Objective(fabric, pair_CC=1.0 - np.eye(fabric.n_cores))


def objective_of(chip: ChipSpec, cost_set: str | None = None) -> Objective:
    """Return what the chip spends on packets and hops, in units of its first kind of hop.

    - Multicast on a mesh, torus or hierarchy: one packet for a spike that leaves its core, and the links of its tree.
    - Unicast: a packet and its way for every destination core; one for the own core too where the chip sends it.
    - Otherwise (a hexagonal torus, or tables that tell only cores apart): the way to every destination core, which is
      more than its share of the tree.

    Where the chip has no published energies, all hops count 1, and a packet as much as a hop.
    """
    fabric, chosen = chip.fabric, chip.cost_set(cost_set)
    costs = None if chosen is None else chosen[1]
    hops, packet = hop_cost(costs, fabric.hop_kinds), packet_cost(costs, fabric.hop_kinds)
    remote_CC = 1.0 - np.eye(fabric.n_cores)
    if chip.routing.kind == "multicast" and isinstance(fabric, (Mesh, Torus)):
        return Objective(fabric, hop=(hops[0], hops[1]), once=packet)
    if chip.routing.kind == "multicast" and isinstance(fabric, Hierarchy):
        return Objective(fabric, pair_CC=hops[2] * remote_CC, hop=(hops[0], hops[1]), once=packet + hops[2])
    sent_CC = np.ones_like(remote_CC) if chip.routing.own_core_packets else remote_CC
    return Objective(fabric, pair_CC=packet * sent_CC + fabric.distance_CC(hops))
