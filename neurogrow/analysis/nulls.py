"""Null distributions: a measure of modularity is compared with its values on shuffled networks.

There are two kinds of null. Shuffled *labels* test whether function is related to places or wiring at all. They
permute the modules among their members, or the neurons among the rows of a matrix. The *spatial null* shuffles weights
among pairs of neurons at equal distance. It keeps places, the weights and their decay with distance. So it tests
whether modularity exceeds that of short wiring alone [1]_, [2]_. For communities, each neuron also keeps its summed
weight.

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
"""Largest number of distance bins in the spatial null. Each distinct distance has its own bin if there are no more."""

_ROUNDING = 1e-9
"""Values closer than this count as equal; they differ only by rounding."""


@dataclass(frozen=True)
class NullComparison:
    """A measure compared with its null distribution."""

    value: float
    """The measure of the network."""
    null_mean: float
    """Mean over shuffles."""
    null_sd: float
    """Standard deviation over shuffles."""
    z: float | None
    """(value - null_mean) / null_sd; None if all shuffles give the same value, because z is then undefined."""
    p: float
    """Permutation p-value: (1 + number of shuffles at least as modular as the network) / (1 + number of shuffles).
    Smaller is more modular for isolated fraction, cluster size and the correlation with distance. Larger is more
    modular for all other measures."""

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> "NullComparison":
        """Rebuild the comparison from the output of :func:`neurogrow.io.files.plain`.

        Raises ``KeyError``, ``TypeError`` or ``ValueError`` for other input.
        """
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
        The measure of the network.
    null_S
        The measure of S shuffles.
    larger
        Whether a larger value is more modular. If so, p counts shuffles with at least this value, otherwise shuffles
        with at most this value.

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
    """Raise ``InputError`` if the number of shuffles is below 2."""
    if n_shuffles < 2:
        raise InputError(f"A null distribution needs at least 2 shuffles, not {n_shuffles}.")


def shuffled_modules(module_N: IntArray, n_shuffles: int, seed: int) -> IntArray:
    """Permute the module labels among the neurons that belong to a module.

    The permutations depend only on the seed and on which neurons belong to a module. So results for different numbers
    of modules use the same permutations.

    Parameters
    ----------
    module_N
        Module of each neuron, shape (N,). Neurons with -1 keep it.
    n_shuffles, seed
        Number of shuffles S, and their seed.

    Returns
    -------
    IntArray
        Shuffled modules, shape (S, N).
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
    """Compare a measure of modules with its values for shuffled labels.

    Parameters
    ----------
    measure
        Function from modules of shape (..., N) to values of shape (...).
    module_N
        Module of each neuron, or -1, shape (N,).
    n_shuffles
        Number of shuffles, at least 2.
    seed
        Seed of the shuffles.
    larger
        Whether a larger value is more modular.

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
    """Return the distance bin of each pair, from 0, shape (P,).

    Each distinct distance has its own bin, up to ``most`` of them. A grid of up to 51 x 51 neurons has no more. With
    more distinct distances, as in a custom distance matrix, bins are intervals between quantiles, which hold about
    equally many pairs.
    """
    rounded_P = distance_P.round(9)
    distinct, bin_P = np.unique(rounded_P, return_inverse=True)
    if len(distinct) <= most:
        return bin_P
    return np.searchsorted(np.quantile(rounded_P, np.arange(1, most) / most), rounded_P, side="right")


def shuffle_within_bins(bin_P: IntArray, n_shuffles: int, seed: int) -> Iterator[IntArray]:
    """Yield random permutations of P pairs that move pairs only within their bin.

    ``value_P[order_P]`` then gives each pair the value of a random pair of its bin. All iterations yield the same
    array; use or copy it before the next one.

    Parameters
    ----------
    bin_P
        Bin of each pair, shape (P,).
    n_shuffles, seed
        Number of permutations, and their seed.
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

    Shuffling weights makes the degrees of neurons similar and so removes hubs. A graph without hubs has communities of
    higher modularity than a graph with hubs. To remove this bias, strengths are multiplied by factors :math:`a_i a_j`
    that restore the degree of every neuron, as in Roberts et al. The factors are the limit of
    :math:`a_i \leftarrow a_i \sqrt{k_i / \sum_j a_i S_{ij} a_j}` (Sinkhorn and Knopp).

    Parameters
    ----------
    strength_MM
        Strengths, symmetric, not negative, shape (M, M).
    degree_M
        Required sum of each row, shape (M,).
    sweeps
        Number of iterations. If the zeros of the matrix allow no exact solution, the result is approximate.
    """
    scale_M = np.ones(len(degree_M))
    for _ in range(sweeps):
        sum_M = scale_M * (strength_MM @ scale_M)
        scale_M *= np.sqrt(np.divide(degree_M, sum_M, out=np.ones_like(sum_M), where=sum_M > 0))
    return np.asarray(strength_MM * np.outer(scale_M, scale_M))


@numba.njit(cache=True)
def _shuffle(value_P: IntArray, start_P: IntArray, random_P: FloatArray) -> None:
    """Shuffle sorted values in place within each bin (Fisher-Yates); ``start_P`` is the first index of each bin."""
    for place in range(len(value_P)):
        start = start_P[place]
        other = start + int(random_P[place] * (place - start + 1))
        value_P[place], value_P[other] = value_P[other], value_P[place]
