"""The trade-off between sparsity and error over lambda: Pareto frontiers and hypervolumes (the paper's figure 1 g, h).

A network is a point with a sparsity measure x and an error y; smaller is better for both. A point dominates another
point if it is at least as good in both and better in one. The *Pareto frontier* of a condition is the set of its
non-dominated points. Its *hypervolume* is the area that the frontier dominates within a box (Zitzler and Thiele 1999,
doi:10.1109/4235.797969). A larger hypervolume is better. It compares conditions without matching their lambdas. Active
neurons and wiring length span orders of magnitude, so x is log10 of the measure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import FloatArray, IntArray
from ..errors import InputError


@dataclass(frozen=True)
class Hypervolume:
    """Hypervolume of a condition's frontier, with its bootstrap interval over seeds."""

    value: float
    """Hypervolume of the points of all seeds, as a fraction of the box."""
    low: float
    """Percentile 2.5 over seeds drawn with replacement."""
    high: float
    """Percentile 97.5 over seeds drawn with replacement."""
    seeds: int
    """Number of seeds."""


def pareto_frontier(sparsity_P: FloatArray, error_P: FloatArray) -> IntArray:
    """Return the indices of the non-dominated points, by ascending sparsity measure.

    Among equal points, the first one is returned.

    Parameters
    ----------
    sparsity_P, error_P
        Sparsity measure and error of P points; smaller is better for both.

    Examples
    --------
    >>> pareto_frontier(np.array([1.0, 2.0, 3.0, 2.0]), np.array([0.5, 0.2, 0.3, 0.6])).tolist()
    [0, 1]
    """
    order_P = np.lexsort((error_P, sparsity_P))
    lowest_P = np.minimum.accumulate(error_P[order_P])
    before_P = np.concatenate([[np.inf], lowest_P[:-1]])
    frontier_F: IntArray = order_P[error_P[order_P] < before_P]
    return frontier_F


def hypervolume(sparsity_P: FloatArray, error_P: FloatArray, box: "Box") -> float:
    """Return the area that the points dominate within the box, as a fraction of the box, 0 to 1.

    Parameters
    ----------
    sparsity_P, error_P
        Sparsity measure and error of P points; areas use log10 of the sparsity measure.
    box
        The box.

    Raises
    ------
    InputError
        If a sparsity measure is not positive.
    """
    if not (np.asarray(sparsity_P) > 0).all():
        raise InputError("Sparsity measures must be positive; leave out networks without active neurons or wiring.")
    x_P = (np.log10(sparsity_P) - np.log10(box.least)) / (np.log10(box.most) - np.log10(box.least))
    y_P = np.asarray(error_P) / box.worst
    frontier_F = pareto_frontier(x_P, y_P)
    x_F, y_F = np.clip(x_P[frontier_F], 0, 1), np.clip(y_P[frontier_F], 0, 1)
    return float((np.diff(np.append(x_F, 1.0)) * (1 - y_F)).sum())


@dataclass(frozen=True)
class Box:
    """The box in which hypervolumes are measured. Its corner (``most``, ``worst``) is the reference point."""

    least: float
    """Smallest sparsity measure."""
    most: float
    """Largest sparsity measure."""
    worst: float
    """Largest error; the smallest is 0."""

    @classmethod
    def from_points(cls, sparsity_P: FloatArray, error_P: FloatArray, worst: float | None = None) -> "Box":
        """Return the smallest box around the points of all conditions, so that hypervolumes are comparable.

        One network with a large error makes the box high and the differences between the others small. To avoid this,
        give ``worst``.

        Parameters
        ----------
        sparsity_P, error_P
            Sparsity measure and error of the points of all conditions.
        worst
            Reference error: points with a larger error do not widen the box. By default the largest error.

        Raises
        ------
        InputError
            If the points in the box have fewer than two different sparsity measures, or all errors are 0.
        """
        worst = float(np.max(error_P)) if worst is None else worst
        inside_Q = np.asarray(sparsity_P)[np.asarray(error_P) <= worst]
        least, most = (float(inside_Q.min()), float(inside_Q.max())) if inside_Q.size else (0.0, 0.0)
        if not (0 < least < most and worst > 0):
            raise InputError(
                "A trade-off needs networks of different sparsity, at least one of them with an error above 0. If you "
                "gave a worst error, raise it above the errors of some networks."
            )
        return cls(least, most, worst)


def hypervolume_over_seeds(
    sparsity_P: FloatArray, error_P: FloatArray, seed_P: Sequence[int], box: Box, n_draws: int = 1000, seed: int = 0
) -> Hypervolume:
    """Return a condition's hypervolume with its bootstrap interval over seeds.

    A resample draws seeds with replacement, and takes all networks of a drawn seed, one for each lambda, because a
    frontier consists of several networks.

    Parameters
    ----------
    sparsity_P, error_P, seed_P
        Sparsity measure, error and seed of the condition's P networks.
    box
        The box around the networks of all conditions.
    n_draws, seed
        Number of resamples, and their seed.
    """
    seeds = np.unique(seed_P)
    members = [np.flatnonzero(np.asarray(seed_P) == value) for value in seeds]
    drawn_DS = np.random.default_rng(seed).integers(len(seeds), size=(n_draws, len(seeds)))

    def hypervolume_of(points: IntArray) -> float:
        return hypervolume(np.asarray(sparsity_P)[points], np.asarray(error_P)[points], box)

    resampled_D = np.array([hypervolume_of(np.concatenate([members[s] for s in drawn_S])) for drawn_S in drawn_DS])
    low, high = np.percentile(resampled_D, [2.5, 97.5])
    return Hypervolume(hypervolume_of(np.arange(len(seed_P))), float(low), float(high), len(seeds))


@dataclass(frozen=True)
class TradeOff:
    """Sparsity and error of the P networks of one condition."""

    sparsity_P: FloatArray
    """Number of active neurons, or wiring length."""
    error_P: FloatArray
    """1 - performance."""
    seed_P: tuple[int, ...]
    """Seed of each network."""


def compare_trade_offs(
    conditions: Mapping[str, TradeOff], n_draws: int = 1000, worst: float | None = None
) -> dict[str, Hypervolume]:
    """Return the hypervolume of each condition within the box around all conditions.

    Parameters
    ----------
    conditions
        Networks by name of the condition.
    n_draws
        Number of bootstrap resamples.
    worst
        Reference error, as in :meth:`Box.from_points`.
    """
    box = Box.from_points(
        np.concatenate([c.sparsity_P for c in conditions.values()]),
        np.concatenate([c.error_P for c in conditions.values()]),
        worst,
    )
    return {
        name: hypervolume_over_seeds(c.sparsity_P, c.error_P, c.seed_P, box, n_draws) for name, c in conditions.items()
    }
