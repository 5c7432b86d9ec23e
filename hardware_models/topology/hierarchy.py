"""DYNAP-SE's network: every core has a router of its own, every chip one above them, and chips are joined in a mesh."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, final

import numpy as np

from neurogrow.arrays import IntArray

from .base import HopKind, Topology
from .mesh import Mesh


@final
@dataclass(frozen=True)
class Hierarchy(Topology):
    """Core routers (R1) under a tile's router (R2), and tile routers joined in a mesh (R3).

    A route climbs from the core to its tile's router, travels the mesh first along x and then along y, and descends to
    the target core. Between two cores of one tile it has two links; within a core it has none. Routers are numbered:
    first the core routers, then the tile routers.

    References
    ----------
    Moradi et al. 2018, IEEE Trans. Biomed. Circuits Syst. 12(1): 106-122, three levels of routers.

    Examples
    --------
    >>> Hierarchy(2, 1, 4).steps(np.array([0, 0]), np.array([3, 4])).tolist()
    [[0, 0, 2], [1, 0, 2]]
    """

    hop_kinds: ClassVar[tuple[HopKind, ...]] = ("hop east-west", "hop north-south", "hop in chip")
    order: ClassVar[str] = "up, xy, down"
    one_router_per_tile: ClassVar[bool] = False

    @cached_property
    def _routers(self) -> Mesh:
        return Mesh(self.columns, self.rows)

    @property
    def n_links(self) -> int:
        """Number of directed links: between tiles' routers, and up and down at every core."""
        return self._routers.n_links + 2 * self.n_cores

    @property
    def n_routers(self) -> int:
        """Number of routers: one for each core, and one for each tile."""
        return self.n_cores + self.columns * self.rows

    @property
    def router_C(self) -> IntArray:
        """Router of every core, shape (C,): each core has its own."""
        return np.arange(self.n_cores)

    @property
    def cores_per_router(self) -> int:
        """Cores that share a router: always 1."""
        return 1

    def tile_of(self, router_P: IntArray) -> IntArray:
        """Return the tile of each core router or tile router."""
        return np.where(router_P < self.n_cores, router_P // self.cores_per_tile, router_P - self.n_cores)

    def place(self, router: int) -> tuple[int, ...]:
        """Return (x, y) for a tile router, and (x, y, number on the tile) for a core router."""
        if router >= self.n_cores:
            return divmod(router - self.n_cores, self.rows)
        return (*divmod(router // self.cores_per_tile, self.rows), router % self.cores_per_tile)

    def steps(self, source_P: IntArray, target_P: IntArray) -> IntArray:
        """Return the number of links along x, along y, and up or down, shape (P, 3).

        The source is a core router. The target is a core router (two links up and down, none within one core) or a
        tile router (one link up).
        """
        between_P2 = self._routers.steps(self.tile_of(source_P), self.tile_of(target_P))
        levels_P = np.where(source_P == target_P, 0, np.where(target_P < self.n_cores, 2, 1))
        return np.concatenate([between_P2, levels_P[..., None]], axis=-1)

    def previous(self, source_P: IntArray, router_P: IntArray) -> IntArray:
        """Return the router one step back: the tile router for a core, otherwise the previous one on the way up."""
        home_P, tile_P = self.tile_of(source_P), self.tile_of(router_P)
        climbed_P = np.where(tile_P == home_P, source_P, self.n_cores + self._routers.previous(home_P, tile_P))
        return np.asarray(np.where(router_P < self.n_cores, self.n_cores + tile_P, climbed_P))

    def kind_of(self, start_L: IntArray, end_L: IntArray) -> IntArray:
        """Return 0 for links along x, 1 for links along y, 2 for links up or down."""
        inside_L = (start_L < self.n_cores) | (end_L < self.n_cores)
        return np.asarray(np.where(inside_L, 2, self._routers.kind_of(self.tile_of(start_L), self.tile_of(end_L))))
