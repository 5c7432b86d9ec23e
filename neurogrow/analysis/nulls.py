"""Is it more than chance? A measure beside its values where what it measures has been shuffled away.

Two nulls ask two questions. Shuffled *labels* (modules among the places of their members, or neurons among the rows of
a matrix) ask whether function has anything to do with places or wiring. The *spatial null* shuffles weights among
pairs of neurons at equal distance: it has the same neurons at the same places, the same weights, and the same decay
with distance, so it asks whether modules are more than what short wires alone bring about [1]_, [2]_. For communities
each neuron also keeps its summed weight.

References
----------
.. [1] R. F. Betzel, D. S. Bassett, "Specificity and robustness of long-distance connections in weighted, interareal
   connectomes", PNAS 115, E4880-E4889 (2018), doi:10.1073/pnas.1720186115.
.. [2] J. A. Roberts et al., "The contribution of geometry to the human connectome", NeuroImage 124, 379-393 (2016),
   doi:10.1016/j.neuroimage.2015.09.009.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from ..arrays import FloatArray, IntArray
from ..errors import InputError

MOST_BINS = 100
"""Bins of distance in the spatial null at most. A grid of up to 51 x 51 neurons has fewer distinct distances."""

_ROUNDING = 1e-9
"""Values closer than this are the same value summed in another order."""


@dataclass(frozen=True)
class NullComparison:
    """A measure beside its null distribution."""

    value: float
    """The measure on the network as it is."""
    null_mean: float
    """Mean over shuffles."""
    null_sd: float
    """Standard deviation over shuffles."""
    z: float | None
    """(value - null_mean) / null_sd; None where every shuffle gives the same value, which leaves it undefined."""
    p: float
    """Permutation p-value: (1 + number of shuffles that are as modular as the network, or more) / (1 + number of
    shuffles). Of isolated fraction, cluster size and the correlation with distance, smaller is more modular; of all
    other measures, larger."""

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> "NullComparison":
        """Return what :func:`neurogrow.io.files.plain` made of one. Raises what Python raises for anything else."""
        z = part["z"]
        return cls(
            **{name: float(part[name]) for name in ("value", "null_mean", "null_sd", "p")},
            z=None if z is None else float(z),
        )


def null_comparison(value: float, null_S: FloatArray, *, larger: bool = False) -> NullComparison:
    """Compare a value with its null distribution.

    Parameters
    ----------
    value
        The measure on the network as it is.
    null_S
        The measure on S shuffles.
    larger
        Whether larger is more modular, so that p counts the shuffles with at least this value; else with at most.

    Raises
    ------
    InputError
        If there are fewer than 2 shuffles.

    References
    ----------
    .. [1] B. Phipson, G. K. Smyth, "Permutation p-values should never be zero", Stat. Appl. Genet. Mol. Biol. 9 (2010),
       doi:10.2202/1544-6115.1585.
    """
    check_shuffles(len(null_S))
    mean, sd = float(null_S.mean()), float(null_S.std(ddof=1))
    varies = sd > _ROUNDING
    sign = -1.0 if larger else 1.0
    as_modular = int(np.count_nonzero(sign * null_S <= sign * value + _ROUNDING))
    return NullComparison(
        value=float(value),
        null_mean=mean,
        null_sd=sd if varies else 0.0,
        z=(float(value) - mean) / sd if varies else None,
        p=(1 + as_modular) / (1 + len(null_S)),
    )


def check_shuffles(n_shuffles: int) -> None:
    """Raise ``InputError`` for a number of shuffles that makes no distribution."""
    if n_shuffles < 2:
        raise InputError(f"A null distribution needs at least 2 shuffles, not {n_shuffles}.")


def shuffled_modules(module_N: IntArray, n_shuffles: int, seed: int) -> IntArray:
    """Shuffle the labels of module members among their places, shape (S, N); neurons with -1 keep it.

    The same seed moves places in the same way whatever the labels, so that numbers of modules compare like with like.
    """
    members = np.flatnonzero(module_N >= 0)
    order = np.random.default_rng(seed).permuted(np.tile(members, (n_shuffles, 1)), axis=1)
    module_SN = np.tile(module_N, (n_shuffles, 1))
    module_SN[:, members] = module_N[order]
    return module_SN


def compare_with_null(
    measure: Callable[[IntArray], FloatArray],
    module_N: IntArray,
    n_shuffles: int = 1000,
    seed: int = 0,
    *,
    larger: bool = False,
) -> NullComparison:
    """Compare a measure of modules with its values on shuffled labels.

    Parameters
    ----------
    measure
        Maps modules of shape (..., N) to values of shape (...).
    module_N
        Module of each neuron, -1 where it belongs to none.
    n_shuffles
        Number of shuffles, at least 2.
    seed
        Seed of the shuffles.
    larger
        Whether larger is more modular.

    Raises
    ------
    InputError
        If ``n_shuffles`` is below 2.
    """
    check_shuffles(n_shuffles)
    return null_comparison(
        float(measure(module_N)), measure(shuffled_modules(module_N, n_shuffles, seed)), larger=larger
    )


def distance_bins(distance_P: FloatArray, most: int = MOST_BINS) -> IntArray:
    """Number of the bin that each pair's distance falls in, from 0.

    A bin holds the pairs of one distance. Where there are more than ``most`` distinct distances (a distance matrix of
    one's own), bins are the intervals between quantiles, which hold about equally many pairs.
    """
    rounded_P = distance_P.round(9)
    distinct, bin_P = np.unique(rounded_P, return_inverse=True)
    if len(distinct) <= most:
        return bin_P
    return np.searchsorted(np.quantile(rounded_P, np.arange(1, most) / most), rounded_P, side="right")


def shuffled_within(bin_P: IntArray, n_shuffles: int, seed: int) -> Iterator[IntArray]:
    """Yield orders of the P pairs that keep every pair in its bin, each order drawn at random.

    ``value_P[order_P]`` gives each pair the value of a pair of its bin. The array is reused: what is yielded is to be
    consumed before the next.
    """
    rng = np.random.default_rng(seed)
    sorted_P = np.argsort(bin_P, kind="stable")
    drawn_P, order_P = sorted_P.copy(), np.empty_like(sorted_P)
    start_P = np.searchsorted(bin_P[sorted_P], bin_P[sorted_P])
    for _ in range(n_shuffles):
        _shuffle(drawn_P, start_P, rng.random(len(bin_P)))
        order_P[sorted_P] = drawn_P
        yield order_P


def scaled_to_degrees(strength_MM: FloatArray, degree_M: FloatArray, sweeps: int = 30) -> FloatArray:
    r"""Scale rows and columns of a symmetric matrix until they sum to the given degrees.

    Shuffled weights make all neurons alike, and a graph without hubs has communities of larger modularity than one
    with hubs, for no other reason. Factors :math:`a_i a_j` on the strengths give every neuron its degree back, as
    Roberts et al. do; :math:`a_i \leftarrow a_i \sqrt{k_i / \sum_j a_i S_{ij} a_j}` finds them (Sinkhorn and Knopp).

    Parameters
    ----------
    strength_MM
        Strengths, symmetric, not negative.
    degree_M
        Wanted sums of the rows.
    sweeps
        How often the factors are improved; a network whose zeros allow no such factors comes as near as it can.
    """
    scale_M = np.ones(len(degree_M))
    for _ in range(sweeps):
        sum_M = scale_M * (strength_MM @ scale_M)
        scale_M *= np.sqrt(np.divide(degree_M, sum_M, out=np.ones_like(sum_M), where=sum_M > 0))
    return np.asarray(strength_MM * np.outer(scale_M, scale_M))


@numba.njit(cache=True)
def _shuffle(value_P: IntArray, start_P: IntArray, random_P: FloatArray) -> None:
    """Shuffle values in place, those of each bin among themselves (Fisher-Yates); a bin begins at its ``start_P``."""
    for place in range(len(value_P)):
        start = start_P[place]
        other = start + int(random_P[place] * (place - start + 1))
        value_P[place], value_P[other] = value_P[other], value_P[place]
