"""A rectangular mesh of tiles; packets travel first east-west, then north-south (dimension order)."""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from neurogrow.arrays import IntArray

from .base import HopKind, Links, Topology


@final
@dataclass(frozen=True)
class Mesh(Topology):
    """Tiles with links to their neighbours in four directions.

    Routes follow dimension order: first along x, then along y. A single core is a mesh of one tile with one core.

    Examples
    --------
    >>> Mesh(8, 4, 4).router_C2[[0, 3, 4, 16]].tolist()
    [[0, 0], [0, 0], [0, 1], [1, 0]]
    """

    hop_kinds: ClassVar[tuple[HopKind, ...]] = ("hop east-west", "hop north-south")
    order: ClassVar[str] = "xy"

    @property
    def n_links(self) -> int:
        """Number of directed links between neighbouring tiles."""
        return 2 * ((self.columns - 1) * self.rows + self.columns * (self.rows - 1))

    def steps(self, source_P: IntArray, target_P: IntArray) -> IntArray:
        """Return the links along x and along y: |dx|, |dy|."""
        (x0, y0), (x, y) = np.divmod(source_P, self.rows), np.divmod(target_P, self.rows)
        return np.asarray(np.stack([np.abs(x - x0), np.abs(y - y0)], axis=-1))

    def previous(self, source_P: IntArray, router_P: IntArray) -> IntArray:
        """Return the router one step back: along y if the route has turned, otherwise along x."""
        (x0, y0), (x, y) = np.divmod(source_P, self.rows), np.divmod(router_P, self.rows)
        back_y = np.sign(y - y0)
        back_x = np.where(back_y == 0, np.sign(x - x0), 0)
        return np.asarray((x - back_x) * self.rows + y - back_y)

    def kind_of(self, start_L: IntArray, end_L: IntArray) -> IntArray:
        """Return 0 for links along x, 1 for links along y."""
        return np.asarray(start_L % self.rows != end_L % self.rows, dtype=np.int64)

    def loads(self, tree_P: IntArray, source_P: IntArray, target_P: IntArray, spikes_P: IntArray) -> Links:
        """Return the load of every link, from intervals instead of a walk.

        The x-leg of a tree reaches from the source to its westmost and its eastmost target column. In every target
        column, a y-leg reaches to the southmost and to the northmost target. Each leg is an interval of links.
        Intervals are added up by their ends.
        """
        if not len(tree_P):
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
        branch_P = tree_P * self.columns + target_P // self.rows
        order_P = np.argsort(branch_P, kind="stable")
        branches, trees = _starts(branch_P[order_P]), _starts(tree_P[order_P])
        (x0_P, y0_P), (x_P, y_P) = (np.divmod(router_P[order_P], self.rows) for router_P in (source_P, target_P))
        spikes_P = spikes_P[order_P]

        x0, y0, spikes = x0_P[trees], y0_P[trees], spikes_P[trees]
        east = _covered(x0, np.maximum.reduceat(x_P, trees), y0, spikes, (self.columns, self.rows))
        west = _covered(np.minimum.reduceat(x_P, trees), x0, y0, spikes, (self.columns, self.rows))
        x, y0, spikes = x_P[branches], y0_P[branches], spikes_P[branches]
        north = _covered(y0, np.maximum.reduceat(y_P, branches), x, spikes, (self.rows, self.columns)).T
        south = _covered(np.minimum.reduceat(y_P, branches), y0, x, spikes, (self.rows, self.columns)).T
        return self._carried(((east, self.rows, 0), (west, 0, self.rows), (north, 1, 0), (south, 0, 1)))

    def _carried(self, directions: tuple[tuple[IntArray, int, int], ...]) -> Links:
        """Return the links with a load.

        Each direction is given by its loads, indexed by a link's lower tile, and by the offsets from that tile to the
        link's end and to its start.
        """
        parts = []
        for load_XY, to_end, to_start in directions:
            x, y = np.nonzero(load_XY)
            low = x * self.rows + y
            parts.append((low + to_start, low + to_end, load_XY[x, y]))
        start, end, load = (np.concatenate(column) for column in zip(*parts, strict=True))
        return start, end, load


def _starts(sorted_P: IntArray) -> IntArray:
    """Return the index at which each run of equal values begins."""
    return np.flatnonzero(np.r_[True, sorted_P[1:] != sorted_P[:-1]])


def _covered(low: IntArray, high: IntArray, line: IntArray, weight: IntArray, shape: tuple[int, int]) -> IntArray:
    """Return the total weight of the intervals that cover each step of each line, shape (steps - 1, lines).

    An interval reaches from ``low`` to ``high``; it is empty if ``high`` is not larger than ``low``.
    """
    steps, lines = shape
    real = high > low
    change = np.bincount(low[real] * lines + line[real], weights=weight[real], minlength=steps * lines)
    change -= np.bincount(high[real] * lines + line[real], weights=weight[real], minlength=steps * lines)
    return np.asarray(np.rint(change.reshape(shape).cumsum(axis=0)[:-1]).astype(np.int64))
