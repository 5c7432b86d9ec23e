"""The places of the neurons: a 2-D grid on the unit square (paper, section 2).

The index of a neuron is its place. The grid is fixed; two neurons swap places by exchanging everything that is indexed
by neuron (see :mod:`neurogrow.growth`). So all replicas of an ensemble share one layout.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .arrays import FloatArray, IntArray
from .errors import InputError

_EIGHT_NEIGHBOURS = [(di, dj) for di in (-1, 0, 1) for dj in (-1, 0, 1) if (di, dj) != (0, 0)]


@dataclass(frozen=True, eq=False)
class GridLayout:
    """A grid of ``rows`` x ``cols`` neurons; neuron ``i * cols + j`` sits at ``(i / rows, j / cols)``.

    Parameters
    ----------
    rows, cols
        Size of the grid, at least 1 each.
    distance_NN
        Distance between neurons, shape (N, N), symmetric, zero on the diagonal, not negative. By default the paper's
        Manhattan distance ``|i - m| / rows + |j - n| / cols`` (equation 2). Another matrix can hold the distances of a
        chip, of a brain, or of any other arrangement of neurons.

    Raises
    ------
    InputError
        If the size or the distance matrix is not as above.

    Examples
    --------
    >>> GridLayout(2, 2).distance_NN[0].tolist()
    [0.0, 0.5, 0.5, 1.0]
    """

    rows: int
    cols: int
    distance_NN: FloatArray = None  # type: ignore[assignment]  # computed below if it is not given

    def __post_init__(self) -> None:
        if self.rows < 1 or self.cols < 1:
            raise InputError(f"A grid needs at least one row and one column, not {self.rows} x {self.cols}.")
        given = self.manhattan_NN if self.distance_NN is None else np.asarray(self.distance_NN, dtype=np.float64)
        object.__setattr__(self, "distance_NN", _checked_distance(given, self.n_neurons))

    @classmethod
    def square(cls, n_neurons: int) -> "GridLayout":
        """Return the n x n grid of ``n_neurons`` = n * n neurons, as in the paper."""
        side = math.isqrt(n_neurons)
        if side * side != n_neurons:
            raise InputError(f"{n_neurons} neurons do not fill a square grid; the nearest square is {side * side}.")
        return cls(side, side)

    @property
    def n_neurons(self) -> int:
        """Number of neurons, N."""
        return self.rows * self.cols

    @cached_property
    def places_N2(self) -> IntArray:
        """Row and column of every neuron, shape (N, 2)."""
        return np.stack(np.divmod(np.arange(self.n_neurons), self.cols), axis=1)

    @cached_property
    def positions_N2(self) -> FloatArray:
        """Position of every neuron on the unit square, ``(i / rows, j / cols)``, shape (N, 2)."""
        return np.asarray(self.places_N2 / np.array([self.rows, self.cols]))

    @property
    def manhattan_NN(self) -> FloatArray:
        """The paper's distance between every pair of neurons, shape (N, N)."""
        return np.asarray(np.abs(self.positions_N2[:, None] - self.positions_N2[None]).sum(-1))

    @cached_property
    def neighbours_N8(self) -> IntArray:
        """Index of each of a neuron's eight neighbours on the grid, -1 outside the grid, shape (N, 8)."""
        around_N82 = self.places_N2[:, None] + np.array(_EIGHT_NEIGHBOURS)
        inside_N8 = ((around_N82 >= 0) & (around_N82 < [self.rows, self.cols])).all(-1)
        return np.where(inside_N8, around_N82[..., 0] * self.cols + around_N82[..., 1], -1)


def _checked_distance(distance_NN: FloatArray, n_neurons: int) -> FloatArray:
    if distance_NN.shape != (n_neurons, n_neurons):
        raise InputError(f"The distance matrix is {distance_NN.shape}, but the grid has {n_neurons} neurons.")
    if not np.isfinite(distance_NN).all() or (distance_NN < 0).any():
        raise InputError("Every distance must be a finite number that is not negative.")
    if np.diagonal(distance_NN).any() or not np.allclose(distance_NN, distance_NN.T):
        raise InputError("The distance matrix must be symmetric, with zeros on its diagonal.")
    return distance_NN
