"""A mesh whose opposite borders are joined."""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from neurogrow.arrays import IntArray

from .base import HopKind, Topology


@final
@dataclass(frozen=True)
class Torus(Topology):
    """Tiles with links to four neighbours, across the borders too.

    A route takes the shorter way along x, then the shorter way along y. Of two equal ways it takes east, or north.

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
        """Return the links along x and along y, the shorter way around."""
        return np.asarray(np.abs(self._offset(source_P, target_P)))

    def previous(self, source_P: IntArray, router_P: IntArray) -> IntArray:
        """Return the router one step back: along y if the route has turned, otherwise along x."""
        step_P2 = np.sign(self._offset(source_P, router_P))
        back_y = step_P2[..., 1]
        back_x = np.where(back_y == 0, step_P2[..., 0], 0)
        x, y = np.divmod(router_P, self.rows)
        return np.asarray((x - back_x) % self.columns * self.rows + (y - back_y) % self.rows)

    def kind_of(self, start_L: IntArray, end_L: IntArray) -> IntArray:
        """Return 0 for links along x, 1 for links along y."""
        return np.asarray(start_L % self.rows != end_L % self.rows, dtype=np.int64)

    def _offset(self, source_P: IntArray, target_P: IntArray) -> IntArray:
        """Return the signed steps along x and y, in (-size / 2, size / 2]."""
        apart_P2 = np.stack(np.divmod(target_P, self.rows), axis=-1) - np.stack(np.divmod(source_P, self.rows), axis=-1)
        size_2 = np.array([self.columns, self.rows])
        return np.asarray((apart_P2 + (size_2 - 1) // 2) % size_2 - (size_2 - 1) // 2)
