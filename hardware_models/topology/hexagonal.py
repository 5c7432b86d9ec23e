"""SpiNNaker's network: a torus whose tiles also have diagonal links, six neighbours in all."""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from neurogrow.arrays import IntArray

from .base import HopKind, Topology


@final
@dataclass(frozen=True)
class HexagonalTorus(Topology):
    """Tiles with links to east, north-east, north, west, south-west and south, across the borders too.

    Let (dx, dy) be the offset from source to target. If dx and dy have the same sign, a diagonal link covers one step
    of each, and a route has max(|dx|, |dy|) links. Otherwise it has |dx| + |dy|. Across the borders there are four such
    offsets. The shortest is taken, and of equal ones the first of (east, north), (east, south), (west, north),
    (west, south). Diagonal links come first, then links along x, then links along y.

    References
    ----------
    Furber et al. 2013, IEEE Trans. Computers 62(12): the triangular mesh of SpiNNaker, folded into a torus.

    Examples
    --------
    >>> HexagonalTorus(12, 12).steps(np.array([0, 0]), np.array([2 * 12 + 3, 2 * 12 + 11])).tolist()
    [[0, 1, 2], [2, 1, 0]]
    """

    hop_kinds: ClassVar[tuple[HopKind, ...]] = ("hop east-west", "hop north-south", "hop diagonal")
    order: ClassVar[str] = "diagonal, x, y"

    @property
    def n_links(self) -> int:
        """Number of directed links between different tiles; between two tiles there is one in each direction."""
        steps = ((1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1))
        neighbours = {(dx % self.columns, dy % self.rows) for dx, dy in steps} - {(0, 0)}
        return self.columns * self.rows * len(neighbours)

    def steps(self, source_P: IntArray, target_P: IntArray) -> IntArray:
        """Return the links along x, along y, and diagonally."""
        offset_P2 = self._offset(source_P, target_P)
        diagonal_P = _diagonal(offset_P2)
        return np.concatenate([np.abs(offset_P2 - diagonal_P[..., None]), np.abs(diagonal_P)[..., None]], axis=-1)

    def previous(self, source_P: IntArray, router_P: IntArray) -> IntArray:
        """Return the router one step back: along y if possible, otherwise along x, otherwise diagonally."""
        offset_P2 = self._offset(source_P, router_P)
        diagonal_P = _diagonal(offset_P2)
        straight_x, straight_y = np.moveaxis(np.sign(offset_P2 - diagonal_P[..., None]), -1, 0)
        last = np.where((straight_x == 0) & (straight_y == 0), np.sign(diagonal_P), 0)
        back_x, back_y = np.where(straight_y == 0, straight_x, 0) + last, straight_y + last
        x, y = np.divmod(router_P, self.rows)
        return np.asarray((x - back_x) % self.columns * self.rows + (y - back_y) % self.rows)

    def kind_of(self, start_L: IntArray, end_L: IntArray) -> IntArray:
        """Return 0 for links along x, 1 for links along y, 2 for diagonal links."""
        along_x = start_L % self.rows == end_L % self.rows
        along_y = start_L // self.rows == end_L // self.rows
        return np.asarray(np.select([along_x, along_y], [0, 1], 2))

    def _offset(self, source_P: IntArray, target_P: IntArray) -> IntArray:
        """Return the signed steps along x and y on the shortest of the four offsets."""
        (x0, y0), (x, y) = np.divmod(source_P, self.rows), np.divmod(target_P, self.rows)
        east, north = (x - x0) % self.columns, (y - y0) % self.rows
        offsets_WP2 = np.stack(
            [np.stack([dx, dy], axis=-1) for dx in (east, east - self.columns) for dy in (north, north - self.rows)]
        )
        links_WP = np.abs(offsets_WP2).sum(-1) - np.abs(_diagonal(offsets_WP2))
        return np.asarray(np.take_along_axis(offsets_WP2, links_WP.argmin(0)[None, ..., None], axis=0)[0])


def _diagonal(offset_P2: IntArray) -> IntArray:
    """Return the signed diagonal steps: as many as x and y share if they have the same sign, otherwise 0."""
    dx, dy = offset_P2[..., 0], offset_P2[..., 1]
    return np.where(dx * dy > 0, np.sign(dx) * np.minimum(np.abs(dx), np.abs(dy)), 0)
