"""The geometry of a chip: a rectangular mesh of tiles, each with one router and one or more cores."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurogrow.arrays import FloatArray, IntArray
from neurogrow.errors import InputError


@dataclass(frozen=True)
class Mesh:
    """``columns`` x ``rows`` tiles of ``cores_per_tile`` cores, counted column by column.

    Core c belongs to tile ``c // cores_per_tile``; tile t has its router at ``x = t // rows`` (west to east) and
    ``y = t % rows`` (south to north). Cores of one tile share its router: between them there is no hop.

    Examples
    --------
    >>> Mesh(8, 4, 4).router_C2[[0, 3, 4, 16]].tolist()
    [[0, 0], [0, 0], [0, 1], [1, 0]]
    """

    columns: int
    rows: int
    cores_per_tile: int = 1

    def __post_init__(self) -> None:
        if min(self.columns, self.rows, self.cores_per_tile) < 1:
            raise InputError(f"A mesh needs at least one column, row and core per tile, not {self}.")

    @property
    def n_cores(self) -> int:
        """Number of cores, C."""
        return self.columns * self.rows * self.cores_per_tile

    @property
    def n_links(self) -> int:
        """Number of directed links between neighbouring tiles."""
        return 2 * ((self.columns - 1) * self.rows + self.columns * (self.rows - 1))

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

    def distance_CC(self, hop_cost: tuple[float, float] = (1.0, 1.0)) -> FloatArray:
        """Cost of the way between every pair of cores, shape (C, C): ``east_west |dx| + north_south |dy|``."""
        apart_CC2 = np.abs(self.router_C2[:, None] - self.router_C2[None])
        return np.asarray(apart_CC2 @ np.asarray(hop_cost, dtype=np.float64))
