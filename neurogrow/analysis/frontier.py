"""What a network's sparsity costs in performance: the trade-off over lambda (the paper's figure 1 g and h).

A network is a point (sparsity measure x, error y), both better when smaller. The *Pareto frontier* of a condition are
its points that no other is better than in both. Its *hypervolume* is the area that it dominates below a reference point
(Zitzler and Thiele 1999, doi:10.1109/4235.797969); larger is better, and no lambda needs to be matched. Active
neurons and wiring length span orders of magnitude, so x is taken as log10.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import FloatArray, IntArray
from ..errors import InputError


@dataclass(frozen=True)
class Hypervolume:
    """Area dominated by a condition's frontier, with its spread over seeds."""

    value: float
    """Of all seeds' points together, as a fraction of the box between the ideal and the reference point."""
    low: float
    high: float
    """Percentiles 2.5 and 97.5 over seeds drawn with replacement."""
    seeds: int
    """How many seeds there were to draw from."""


def pareto_frontier(sparsity_P: FloatArray, error_P: FloatArray) -> IntArray:
    """Return the indices of the points that no other point is better than in both, by ascending sparsity measure.

    Of equal points the first is kept.

    Examples
    --------
    >>> pareto_frontier(np.array([1.0, 2.0, 3.0, 2.0]), np.array([0.5, 0.2, 0.3, 0.6])).tolist()
    [0, 1]
    """
    order_P = np.lexsort((error_P, sparsity_P))
    lowest_P = np.minimum.accumulate(error_P[order_P])
    before_P = np.concatenate([[np.inf], lowest_P[:-1]])
    kept: IntArray = order_P[error_P[order_P] < before_P]
    return kept


def hypervolume(sparsity_P: FloatArray, error_P: FloatArray, box: "Box") -> float:
    """Return the area that the points dominate within the box, as a fraction of it (0 to 1); x on a log10 axis.

    Raises
    ------
    InputError
        If a sparsity measure is not positive.
    """
    if not (np.asarray(sparsity_P) > 0).all():
        raise InputError("A sparsity measure on a logarithmic axis must be positive; is there a network of no neurons?")
    x_P = (np.log10(sparsity_P) - np.log10(box.least)) / (np.log10(box.most) - np.log10(box.least))
    y_P = np.asarray(error_P) / box.worst
    kept = pareto_frontier(x_P, y_P)
    x_F, y_F = np.clip(x_P[kept], 0, 1), np.clip(y_P[kept], 0, 1)
    return float((np.diff(np.append(x_F, 1.0)) * (1 - y_F)).sum())


@dataclass(frozen=True)
class Box:
    """Where hypervolumes are measured: from ``least`` and no error, to ``most`` and the ``worst`` error."""

    least: float
    most: float
    worst: float

    @classmethod
    def around(cls, sparsity_P: FloatArray, error_P: FloatArray, worst: float | None = None) -> "Box":
        """Return the box that holds all points of all conditions, so that their hypervolumes compare.

        One network that hardly performs makes the box high, and what the others differ in small: ``worst`` is the
        error from which on nobody would use a network. Points above it have no part in the box.

        Raises
        ------
        InputError
            If the points in the box have not two different values of the sparsity measure, or no error.
        """
        worst = float(np.max(error_P)) if worst is None else worst
        inside_Q = np.asarray(sparsity_P)[np.asarray(error_P) <= worst]
        least, most = (float(inside_Q.min()), float(inside_Q.max())) if inside_Q.size else (0.0, 0.0)
        if not (0 < least < most and worst > 0):
            raise InputError(
                "A trade-off needs networks of different sparsity, of which at least one makes errors (and with a "
                "worst error, networks that err less)."
            )
        return cls(least, most, worst)


def hypervolume_over_seeds(
    sparsity_P: FloatArray, error_P: FloatArray, seed_P: Sequence[int], box: Box, n_draws: int = 1000, seed: int = 0
) -> Hypervolume:
    """Return a condition's hypervolume and its spread when seeds are drawn with replacement (a bootstrap).

    A seed brings all its networks along, one for each lambda, because a frontier is made of several.
    """
    seeds = np.unique(seed_P)
    members = [np.flatnonzero(np.asarray(seed_P) == each) for each in seeds]
    drawn_DS = np.random.default_rng(seed).integers(len(seeds), size=(n_draws, len(seeds)))

    def of(points: IntArray) -> float:
        return hypervolume(np.asarray(sparsity_P)[points], np.asarray(error_P)[points], box)

    each_D = np.array([of(np.concatenate([members[s] for s in drawn_S])) for drawn_S in drawn_DS])
    low, high = np.percentile(each_D, [2.5, 97.5])
    return Hypervolume(of(np.arange(len(seed_P))), float(low), float(high), len(seeds))


@dataclass(frozen=True)
class TradeOff:
    """The networks of one condition: a point each."""

    sparsity_P: FloatArray
    """Active neurons, or wiring length."""
    error_P: FloatArray
    """1 - performance."""
    seed_P: tuple[int, ...]
    """Seed of each network."""


def compare_trade_offs(
    conditions: Mapping[str, TradeOff], n_draws: int = 1000, worst: float | None = None
) -> dict[str, Hypervolume]:
    """Return the hypervolume of each condition within the box around them all (:meth:`Box.around`)."""
    box = Box.around(
        np.concatenate([c.sparsity_P for c in conditions.values()]),
        np.concatenate([c.error_P for c in conditions.values()]),
        worst,
    )
    return {
        name: hypervolume_over_seeds(c.sparsity_P, c.error_P, c.seed_P, box, n_draws) for name, c in conditions.items()
    }
