"""Statistics over seeds: the mean of a condition with its bootstrap interval, and tests between two conditions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ..arrays import FloatArray
from ..errors import InputError

CONFIDENCE = 0.95
"""Nominal coverage of intervals."""
RESAMPLES = 9_999
"""Number of bootstrap resamples, and of permutations if there are too many to enumerate."""


@dataclass(frozen=True)
class Interval:
    """Mean of a measure over networks, with its bootstrap interval."""

    mean: float
    """Mean over networks."""
    low: float | None
    """Lower end of the interval; None with a single network."""
    high: float | None
    """Upper end of the interval."""
    values: tuple[float, ...]
    """The measure of each network."""

    @property
    def n(self) -> int:
        """Number of networks."""
        return len(self.values)


@dataclass(frozen=True)
class Difference:
    """Difference between the means of two conditions."""

    value: float
    """Mean of the first condition minus mean of the second."""
    low: float | None
    """Lower end of the bootstrap interval; None if a condition has a single network."""
    high: float | None
    """Upper end of the interval."""
    p: float | None
    """Two-sided permutation p-value: how often networks assigned to conditions at random differ at least as much. With
    n networks per condition it is at least 2 / C(2n, n): 0.1 for three seeds, 0.029 for four, 0.008 for five. None if a
    condition has a single network."""


def bootstrap_interval(values: Sequence[float], seed: int = 0) -> Interval:
    """Return the mean and its percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13).

    With few networks the interval is too narrow. For normally distributed values, its coverage is 0.76 with three
    networks, 0.84 with five and 0.91 with ten, instead of 0.95 (measured on 1,500 simulated samples each).

    Parameters
    ----------
    values
        The measure of each network, at least one.
    seed
        Seed of the resamples.

    Raises
    ------
    InputError
        If there is no value, or a value is not finite.

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall (1993),
       doi:10.1007/978-1-4899-4541-9.
    """
    value_S = _checked(values)
    low, high = _ends((value_S,), seed) if len(value_S) > 1 else (None, None)
    return Interval(float(value_S.mean()), low, high, tuple(value_S.tolist()))


def mean_difference(first: Sequence[float], second: Sequence[float], seed: int = 0) -> Difference:
    """Compare the means of two conditions: bootstrap interval of the difference, and a permutation test.

    The test assigns all networks to two groups of the given sizes in every possible way. If there are more than
    :data:`RESAMPLES` assignments, it draws that many at random, and p has the + 1 of Phipson and Smyth.

    Parameters
    ----------
    first, second
        The measure of each network in the two conditions, at least one each.
    seed
        Seed of resamples and permutations.

    Raises
    ------
    InputError
        If a condition has no value, or a value is not finite.
    """
    first_S, second_S = _checked(first), _checked(second)
    value = float(_difference(first_S, second_S))
    if min(len(first_S), len(second_S)) < 2:
        return Difference(value, None, None, None)
    largest = float(np.abs(np.concatenate([first_S, second_S])).max()) or 1.0

    def rounded(one: FloatArray, other: FloatArray, axis: int = -1) -> FloatArray:
        """Round differences, so that permutations with the observed difference count as ties despite rounding."""
        return np.round(_difference(one, other, axis) / largest, 9)

    tested = stats.permutation_test(
        (first_S, second_S),
        rounded,
        permutation_type="independent",
        vectorized=True,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(seed),
    )
    return Difference(value, *_ends((first_S, second_S), seed), float(tested.pvalue))


def _checked(values: Sequence[float]) -> FloatArray:
    value_S = np.asarray(values, dtype=np.float64)
    if value_S.ndim != 1 or not len(value_S) or not np.isfinite(value_S).all():
        raise InputError("Statistics need one or more finite numbers for each condition.")
    return value_S


def _difference(first: FloatArray, second: FloatArray, axis: int = -1) -> FloatArray:
    return np.asarray(first.mean(axis=axis) - second.mean(axis=axis))


def _ends(samples: tuple[FloatArray, ...], seed: int) -> tuple[float, float]:
    """Return the bootstrap percentiles of the mean of one sample, or of the difference of means of two samples."""
    rng = np.random.default_rng(seed)
    means = [rng.choice(sample_S, size=(RESAMPLES, len(sample_S))).mean(axis=1) for sample_S in samples]
    drawn = means[0] if len(means) == 1 else means[0] - means[1]
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(drawn, [tail, 100 - tail])
    return float(low), float(high)
