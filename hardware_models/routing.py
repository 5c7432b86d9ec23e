"""Which links every spike crosses, when it travels first east-west, then north-south (dimension-order routing).

A unicast packet travels to one core. A multicast packet travels to all of a neuron's cores at once: along the union of
the same routes, the shared beginning once. Both are trees here, so both are counted by :func:`tree_traffic`: the
x-leg of a tree reaches from the source to its westmost and eastmost target column, and in every target column a y-leg
reaches to the southmost and northmost target. No route is walked: legs are intervals, summed as differences.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from neurogrow.arrays import IntArray

from .destinations import Destinations
from .mesh import Mesh

Link: TypeAlias = tuple[tuple[int, int], tuple[int, int], int]
"""(x, y) it leaves, (x, y) it enters, spikes it carries."""


@dataclass(frozen=True, eq=False)
class Traffic:
    """Spikes over every directed link of a mesh; X columns and Y rows of tiles."""

    east: IntArray
    """From (x, y) to (x + 1, y), shape (X - 1, Y)."""
    west: IntArray
    """From (x + 1, y) to (x, y), shape (X - 1, Y)."""
    north: IntArray
    """From (x, y) to (x, y + 1), shape (X, Y - 1)."""
    south: IntArray
    """From (x, y + 1) to (x, y), shape (X, Y - 1)."""

    @property
    def hops_east_west(self) -> int:
        """Spikes summed over the links between columns."""
        return int(self.east.sum() + self.west.sum())

    @property
    def hops_north_south(self) -> int:
        """Spikes summed over the links between rows."""
        return int(self.north.sum() + self.south.sum())

    @property
    def hops(self) -> int:
        """Spikes summed over all links."""
        return self.hops_east_west + self.hops_north_south

    @property
    def largest(self) -> int:
        """Spikes over the busiest link."""
        return max((int(d.max(initial=0)) for d in (self.east, self.west, self.north, self.south)), default=0)

    def links(self) -> list[Link]:
        """Every link that carries a spike."""
        found: list[Link] = []
        for loads, (dx, dy), forward in (
            (self.east, (1, 0), True),
            (self.west, (1, 0), False),
            (self.north, (0, 1), True),
            (self.south, (0, 1), False),
        ):
            for x, y in np.argwhere(loads).tolist():
                ends = ((x, y), (x + dx, y + dy))
                found.append((*(ends if forward else ends[::-1]), int(loads[x, y])))
        return found


def multicast(mesh: Mesh, pairs: Destinations) -> Traffic:
    """Traffic when each neuron sends one packet along the union of the routes to its cores."""
    return tree_traffic(mesh, pairs.neuron_P, pairs)


def unicast(mesh: Mesh, pairs: Destinations) -> Traffic:
    """Traffic when each neuron sends one packet to each of its cores."""
    return tree_traffic(mesh, np.arange(len(pairs.neuron_P)), pairs)


def tree_traffic(mesh: Mesh, tree_P: IntArray, pairs: Destinations) -> Traffic:
    """Traffic when the pairs of one tree, which share a neuron, are served by one branching packet.

    Parameters
    ----------
    mesh
        The chip's geometry.
    tree_P
        Tree of every pair, any whole numbers that are not negative.
    pairs
        Neurons and their destination cores; a core on the neuron's own tile adds no link.
    """
    if not len(tree_P):
        across, along = (mesh.columns - 1, mesh.rows), (mesh.columns, mesh.rows - 1)
        return Traffic(np.zeros(across, int), np.zeros(across, int), np.zeros(along, int), np.zeros(along, int))
    (x0_P, y0_P), (x_P, y_P) = mesh.router_C2[pairs.home_P].T, mesh.router_C2[pairs.core_P].T
    branch_P = tree_P * mesh.columns + x_P
    order_P = np.argsort(branch_P, kind="stable")
    x0_P, y0_P, x_P, y_P, spikes_P = (a[order_P] for a in (x0_P, y0_P, x_P, y_P, pairs.spikes_P))
    branches, trees = _starts(branch_P[order_P]), _starts(tree_P[order_P])

    x0, y0, spikes = x0_P[trees], y0_P[trees], spikes_P[trees]
    east = _covered(x0, np.maximum.reduceat(x_P, trees), y0, spikes, (mesh.columns, mesh.rows))
    west = _covered(np.minimum.reduceat(x_P, trees), x0, y0, spikes, (mesh.columns, mesh.rows))
    x, y0, spikes = x_P[branches], y0_P[branches], spikes_P[branches]
    north = _covered(y0, np.maximum.reduceat(y_P, branches), x, spikes, (mesh.rows, mesh.columns))
    south = _covered(np.minimum.reduceat(y_P, branches), y0, x, spikes, (mesh.rows, mesh.columns))
    return Traffic(east, west, north.T, south.T)


def _starts(sorted_P: IntArray) -> IntArray:
    """Where each run of equal values begins."""
    return np.flatnonzero(np.r_[True, sorted_P[1:] != sorted_P[:-1]])


def _covered(low: IntArray, high: IntArray, line: IntArray, weight: IntArray, shape: tuple[int, int]) -> IntArray:
    """Total weight of the intervals from ``low`` to ``high`` over each step of each line, shape (steps - 1, lines).

    An interval that ends before it begins is empty.
    """
    steps, lines = shape
    real = high > low
    change = np.bincount(low[real] * lines + line[real], weights=weight[real], minlength=steps * lines)
    change -= np.bincount(high[real] * lines + line[real], weights=weight[real], minlength=steps * lines)
    return np.asarray(np.rint(change.reshape(shape).cumsum(axis=0)[:-1]).astype(np.int64))
