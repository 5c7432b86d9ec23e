"""Topologies: where a chip's cores are, how far apart they are, and which links a packet crosses.

A topology is a rectangle of tiles. Each tile has a router and some cores, and directed links join the routers. Each
topology has a file of its own: :mod:`~hardware_models.topology.mesh`, :mod:`~hardware_models.topology.torus`,
:mod:`~hardware_models.topology.hexagonal`, :mod:`~hardware_models.topology.hierarchy`.

A subclass gives four things:

- ``n_links``: the number of directed links;
- ``steps``: how many links of each kind the route between two routers has;
- ``previous``: the router just before another one on the route from a source;
- ``kind_of``: the kind of each link.

Distances, unicast routes, multicast trees and routing tables are computed from these.
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
"""Kinds of links. A chip file may give each kind a cost of its own."""

Links: TypeAlias = tuple[IntArray, IntArray, IntArray]
"""Router at the start of each link, router at its end, and spikes over it; all of shape (L,)."""


@dataclass(frozen=True)
class Topology(ABC):
    """``columns`` x ``rows`` tiles of ``cores_per_tile`` cores, counted column by column.

    Core c belongs to tile ``c // cores_per_tile``; tile t has its router at ``x = t // rows`` (west to east) and
    ``y = t % rows`` (south to north). A route depends only on its source and target. Every beginning of a route must
    itself be a route: the routes from one source to several targets then form a tree.

    Raises
    ------
    InputError
        If a size is below 1, or the tiles cannot be divided equally among the chips.
    """

    columns: int
    rows: int
    cores_per_tile: int = 1
    chips: tuple[int, int] = (1, 1)
    """Chips side by side, (columns, rows); all have the same number of tiles."""

    hop_kinds: ClassVar[tuple[HopKind, ...]]
    """Kinds of links. Costs of a hop are given in this order."""
    order: ClassVar[str]
    """The order in which a packet takes its links: ``routing.order`` in chip files."""
    one_router_per_tile: ClassVar[bool] = True
    """Whether each tile has exactly one router; only then are routing table entries counted."""

    def __post_init__(self) -> None:
        if min(self.columns, self.rows, self.cores_per_tile, *self.chips) < 1:
            raise InputError(f"A chip needs at least one column, row and core per tile, not {self}.")
        if self.columns % self.chips[0] or self.rows % self.chips[1]:
            raise InputError(f"{self.columns} x {self.rows} tiles are not {self.chips[0]} x {self.chips[1]} chips.")

    @abstractmethod
    def steps(self, source_P: IntArray, target_P: IntArray) -> IntArray:
        """Return the number of links of each kind on the routes between routers, shape (P, kinds).

        Sources and targets may have any shapes that broadcast; the kinds are then the last axis.
        """

    @abstractmethod
    def previous(self, source_P: IntArray, router_P: IntArray) -> IntArray:
        """Return the router just before ``router`` on the route from ``source``; the two differ."""

    @abstractmethod
    def kind_of(self, start_L: IntArray, end_L: IntArray) -> IntArray:
        """Return the kind of each link, as an index into :attr:`hop_kinds`."""

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
        """Centre of every core in tile widths, shape (C, 2); the cores of a tile form a nearly square block."""
        across = math.ceil(math.sqrt(self.cores_per_tile))
        down = math.ceil(self.cores_per_tile / across)
        inside_C2 = np.stack(np.divmod(np.arange(self.n_cores) % self.cores_per_tile, down), axis=1)
        return np.asarray(self.router_C2 + (inside_C2 + 0.5) / [across, down])

    def tile_of(self, router_P: IntArray) -> IntArray:
        """Return the tile of each router."""
        return router_P

    def place(self, router: int) -> tuple[int, ...]:
        """Return the coordinates (x, y) by which reports name a router."""
        return divmod(router, self.rows)

    def crosses(self, start_L: IntArray, end_L: IntArray) -> BoolArray:
        """Return whether each link leads from one chip to another."""
        wide, high = self.columns // self.chips[0], self.rows // self.chips[1]
        (x0, y0), (x1, y1) = (np.divmod(self.tile_of(router_L), self.rows) for router_L in (start_L, end_L))
        return np.asarray((x0 // wide != x1 // wide) | (y0 // high != y1 // high))

    def distance_CC(self, hop_cost: Sequence[float] | None = None) -> FloatArray:
        """Return the cost of the route between every pair of cores, shape (C, C).

        Parameters
        ----------
        hop_cost
            Cost of a hop of each of :attr:`hop_kinds`; 1 for all by default.
        """
        cost_K = np.ones(len(self.hop_kinds)) if hop_cost is None else np.asarray(hop_cost, dtype=np.float64)
        routers, at_C = np.unique(self.router_C, return_inverse=True)
        blocks = np.array_split(routers, -(-len(routers) // 64))  # intermediate arrays are several times as large
        apart = np.concatenate([self.steps(block[:, None], routers[None]) @ cost_K for block in blocks])
        return np.asarray(apart if len(routers) == self.n_cores else apart[np.ix_(at_C, at_C)])

    def walk(
        self, tree_P: IntArray, source_P: IntArray, target_P: IntArray
    ) -> Iterator[tuple[IntArray, IntArray, IntArray]]:
        """Walk every tree from its leaves to its source, and yield each link once.

        Routers at the same number of links from their source step back together, the farthest first. Routes of one
        tree that meet continue as one.

        Parameters
        ----------
        tree_P, source_P, target_P
            Of each pair of routers: the number of its tree (at least 0), the tree's source, and a target.

        Yields
        ------
        pair_L, start_L, end_L
            For each link: a pair of its tree, the router at its start, and the router at its end.
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
        """Return the load of every link if one branching packet serves each tree.

        Parameters
        ----------
        tree_P, source_P, target_P
            As in :meth:`walk`.
        spikes_P
            Spikes of each pair's tree; all pairs of a tree have the same number.
        """
        walked = self.walk(tree_P, source_P, target_P)
        carried = [(start * self.n_routers + end, spikes_P[pair]) for pair, start, end in walked]
        if not carried:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
        link_L, inverse = np.unique(np.concatenate([link for link, _ in carried]), return_inverse=True)
        load_L = np.rint(np.bincount(inverse, weights=np.concatenate([load for _, load in carried]))).astype(np.int64)
        start_L, end_L = np.divmod(link_L[load_L > 0], self.n_routers)
        return start_L, end_L, load_L[load_L > 0]
