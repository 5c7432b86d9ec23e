"""Traffic: the spikes over every link of a chip."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from neurogrow.arrays import IntArray

from .base import HopKind, Topology

Link: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], int]
"""Place where the link starts, place where it ends, spikes over it; a place is a router's (x, y)."""


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
