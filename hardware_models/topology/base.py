"""What a mapper needs to know of a chip's wiring: where cores are, how far apart, and which links a packet crosses.

A topology is a rectangle of tiles with one router each, cores on the tiles, and directed links between routers. One
strategy to a file: :mod:`~hardware_models.topology.mesh`, :mod:`~hardware_models.topology.torus`,
:mod:`~hardware_models.topology.hexagonal`, :mod:`~hardware_models.topology.hierarchy`. A new one says three things: how
many links of each kind the route between two routers has (``steps``), which router comes before another on the route
from a source (``previous``), and of which kind a link is (``kind_of``). Distances, unicast routes, multicast trees and
routing tables follow from these.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from neurogrow.arrays import BoolArray, FloatArray, IntArray
from neurogrow.errors import InputError

HopKind: TypeAlias = Literal["hop east-west", "hop north-south", "hop diagonal", "hop in chip"]
"""Kinds of links, which may differ in what they cost."""

Links: TypeAlias = tuple[IntArray, IntArray, IntArray]
"""Router that each link leaves, router that it enters, spikes that it carries; all of shape (L,)."""


@dataclass(frozen=True)
class Topology(ABC):
    """``columns`` x ``rows`` tiles of ``cores_per_tile`` cores, counted column by column.

    Core c belongs to tile ``c // cores_per_tile``; tile t has its router at ``x = t // rows`` (west to east) and
    ``y = t % rows`` (south to north). Routes are fixed: they depend on source and target alone, and every beginning of
    a route is itself a route, so that the routes from one source to several targets make a tree.

    Raises
    ------
    InputError
        If there is less than one of anything, or the chips do not divide the tiles.
    """

    columns: int
    rows: int
    cores_per_tile: int = 1
    chips: tuple[int, int] = (1, 1)
    """Equal chips that the tiles belong to, side by side: columns, rows."""

    hop_kinds: ClassVar[tuple[HopKind, ...]]
    """Kinds of links, in the order in which costs of a hop are given."""
    order: ClassVar[str]
    """The order in which a packet takes its links, as chip files call it."""

    def __post_init__(self) -> None:
        if min(self.columns, self.rows, self.cores_per_tile, *self.chips) < 1:
            raise InputError(f"A chip needs at least one column, row and core per tile, not {self}.")
        if self.columns % self.chips[0] or self.rows % self.chips[1]:
            raise InputError(f"{self.columns} x {self.rows} tiles are not {self.chips[0]} x {self.chips[1]} chips.")

    @abstractmethod
    def steps(self, source_P: IntArray, target_P: IntArray) -> IntArray:
        """Links of each kind on the routes between routers, shape (P, number of kinds).

        Sources and targets may also be of any shapes that broadcast; the kinds are then the last axis.
        """

    @abstractmethod
    def previous(self, source_P: IntArray, router_P: IntArray) -> IntArray:
        """Router just before ``router`` on the route from ``source``; the two differ."""

    @abstractmethod
    def kind_of(self, start_L: IntArray, end_L: IntArray) -> IntArray:
        """Kind of each link, an index into :attr:`hop_kinds`."""

    @property
    @abstractmethod
    def n_links(self) -> int:
        """Number of directed links."""

    @property
    def n_cores(self) -> int:
        """Number of cores, C."""
        return self.columns * self.rows * self.cores_per_tile

    @property
    def n_routers(self) -> int:
        """Number of routers; routers are numbered from 0."""
        return self.columns * self.rows

    @property
    def router_C(self) -> IntArray:
        """Router of every core, shape (C,): cores at one router have no hop between them."""
        return self.tile_C

    @property
    def cores_per_router(self) -> int:
        """Cores that share a router."""
        return self.cores_per_tile

    @cached_property
    def tile_C(self) -> IntArray:
        """Tile of every core, shape (C,)."""
        return np.arange(self.n_cores) // self.cores_per_tile

    @cached_property
    def router_C2(self) -> IntArray:
        """Coordinates (x, y) of every core's router, shape (C, 2)."""
        return np.stack(np.divmod(self.tile_C, self.rows), axis=1)

    @cached_property
    def centre_C2(self) -> FloatArray:
        """Centre of every core in tile widths, shape (C, 2); a tile's cores are drawn as a near-square block."""
        across = math.ceil(math.sqrt(self.cores_per_tile))
        down = math.ceil(self.cores_per_tile / across)
        inside_C2 = np.stack(np.divmod(np.arange(self.n_cores) % self.cores_per_tile, down), axis=1)
        return np.asarray(self.router_C2 + (inside_C2 + 0.5) / [across, down])

    def tile_of(self, router_P: IntArray) -> IntArray:
        """Tile that each router is on."""
        return router_P

    def place(self, router: int) -> tuple[int, ...]:
        """Name a router as reports do: by its coordinates (x, y)."""
        return divmod(router, self.rows)

    def crosses(self, start_L: IntArray, end_L: IntArray) -> BoolArray:
        """Whether each link leads from one chip to another."""
        wide, high = self.columns // self.chips[0], self.rows // self.chips[1]
        (x0, y0), (x1, y1) = (np.divmod(self.tile_of(router_L), self.rows) for router_L in (start_L, end_L))
        return np.asarray((x0 // wide != x1 // wide) | (y0 // high != y1 // high))

    def distance_CC(self, hop_cost: Sequence[float] | None = None) -> FloatArray:
        """Cost of the way between every pair of cores, shape (C, C).

        Parameters
        ----------
        hop_cost
            Cost of a hop of each of :attr:`hop_kinds`; 1 for all by default.
        """
        cost_K = np.ones(len(self.hop_kinds)) if hop_cost is None else np.asarray(hop_cost, dtype=np.float64)
        routers, at_C = np.unique(self.router_C, return_inverse=True)
        blocks = np.array_split(routers, -(-len(routers) // 64))  # what is between costs several times the memory
        apart = np.concatenate([self.steps(block[:, None], routers[None]) @ cost_K for block in blocks])
        return np.asarray(apart if len(routers) == self.n_cores else apart[np.ix_(at_C, at_C)])

    def walk(
        self, tree_P: IntArray, source_P: IntArray, target_P: IntArray
    ) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
        """Walk every tree from its leaves to its source, each link once.

        All routers that are d links away from their source step back together, the farthest first; routes of one
        tree that have met go on as one.

        Parameters
        ----------
        tree_P, source_P, target_P
            Tree of each pair of routers (a number that is not negative), its source, and a router that it reaches.

        Yields
        ------
        pair_L, start_L, end_L
            A pair of the tree that the link belongs to, and the link's ends.
        """
        depth_P = self.steps(source_P, target_P).sum(1)
        pair: IntArray = np.empty(0, np.int64)
        router: IntArray = np.empty(0, np.int64)
        for depth in range(int(depth_P.max(initial=0)), 0, -1):
            joining = np.flatnonzero(depth_P == depth)
            pair, router = np.concatenate([pair, joining]), np.concatenate([router, target_P[joining]])
            _, first = np.unique(tree_P[pair] * self.n_routers + router, return_index=True)
            pair, router = pair[first], router[first]
            before = self.previous(source_P[pair], router)
            yield pair, before, router
            router = before

    def loads(self, tree_P: IntArray, source_P: IntArray, target_P: IntArray, spikes_P: IntArray) -> Links:
        """Links that carry a spike when each tree is served by one packet that branches on its way.

        Parameters
        ----------
        tree_P, source_P, target_P
            As in :meth:`walk`.
        spikes_P
            Spikes of the pair's tree, the same for all of its pairs.
        """
        walked = self.walk(tree_P, source_P, target_P)
        found = [(start * self.n_routers + end, spikes_P[pair]) for pair, start, end in walked]
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
        link_L, inverse = np.unique(np.concatenate([link for link, _ in found]), return_inverse=True)
        load_L = np.rint(np.bincount(inverse, weights=np.concatenate([load for _, load in found]))).astype(np.int64)
        start_L, end_L = np.divmod(link_L[load_L > 0], self.n_routers)
        return start_L, end_L, load_L[load_L > 0]
