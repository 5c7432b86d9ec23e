"""A mesh whose edges are joined: opposite borders are neighbours."""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from neurogrow.arrays import IntArray

from .base import HopKind, Topology


@final
@dataclass(frozen=True)
class Torus(Topology):
    """Tiles with links to four neighbours, around the borders too.

    The route is the shorter way along x, then the shorter way along y; of two equal ways the one east, or north.

    Examples
    --------
    >>> Torus(8, 8).steps(np.array([0]), np.array([63])).tolist()
    [[1, 1]]
    """

    hop_kinds: ClassVar[tuple[HopKind, ...]] = ("hop east-west", "hop north-south")
    order: ClassVar[str] = "xy"

    @property
    def n_links(self) -> int:
        """Number of directed links between different tiles; between two tiles there is one in each direction."""
        return self.columns * self.rows * sum(min(size - 1, 2) for size in (self.columns, self.rows))

    def steps(self, source_P: IntArray, target_P: IntArray) -> IntArray:
        """Links along x and along y: the shorter way around."""
        return np.asarray(np.abs(self._way(source_P, target_P)))

    def previous(self, source_P: IntArray, router_P: IntArray) -> IntArray:
        """One step back along y where the route has turned, along x before."""
        step_P2 = np.sign(self._way(source_P, router_P))
        back_y = step_P2[..., 1]
        back_x = np.where(back_y == 0, step_P2[..., 0], 0)
        x, y = np.divmod(router_P, self.rows)
        return np.asarray((x - back_x) % self.columns * self.rows + (y - back_y) % self.rows)

    def kind_of(self, start_L: IntArray, end_L: IntArray) -> IntArray:
        """0 along x, 1 along y."""
        return np.asarray(start_L % self.rows != end_L % self.rows, dtype=np.int64)

    def _way(self, source_P: IntArray, target_P: IntArray) -> IntArray:
        """Signed steps along x and y, in (-size / 2, size / 2]."""
        apart_P2 = np.stack(np.divmod(target_P, self.rows), axis=-1) - np.stack(np.divmod(source_P, self.rows), axis=-1)
        size_2 = np.array([self.columns, self.rows])
        return np.asarray((apart_P2 + (size_2 - 1) // 2) % size_2 - (size_2 - 1) // 2)
