r"""Correlations of functional similarity with strength of connection and with distance.

They ask whether neurons with similar task variance are connected, and whether they are near each other. They are
Spearman's rank correlations over pairs of important neurons (:mod:`.pairs`), so that a few strong weights do not
dominate. Short wiring alone correlates all three quantities: near neurons are connected, and connected neurons have
similar functions. Two measures remove the effect of distance. The first is the partial correlation

.. math:: r_{sw \cdot d} = \frac{r_{sw} - r_{sd}\, r_{wd}}{\sqrt{(1 - r_{sd}^2)(1 - r_{wd}^2)}}

where s is similarity, w strength and d distance. The second is the correlation compared with weights shuffled at equal
distance; it makes no assumption on how weights decay with distance.

The other null permutes the neurons of the similarity matrix, because pairs that share a neuron are not independent.
This is the Mantel test [1]_, or the partial Mantel test [2]_ for the partial correlation. If similarity and weights
both vary smoothly over the grid, that null is too narrow [3]_. Then rely on the spatial null.

References
----------
.. [1] N. Mantel, "The detection of disease clustering and a generalized regression approach", Cancer Research 27,
   209-220 (1967).
.. [2] P. E. Smouse, J. C. Long, R. R. Sokal, "Multiple regression and correlation extensions of the Mantel test of
   matrix correspondence", Systematic Zoology 35, 627-632 (1986), doi:10.2307/2413122.
.. [3] G. Guillot, F. Rousset, "Dismantling the Mantel tests", Methods in Ecology and Evolution 4, 336-344 (2013),
   doi:10.1111/2041-210x.12018.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from ..arrays import FloatArray
from .nulls import NullComparison, check_shuffles, distance_bins, null_comparison, shuffle_within_bins
from .pairs import NeuronPairs


@dataclass(frozen=True)
class SimilarityCorrelations:
    """Spearman correlations of functional similarity over pairs of important neurons."""

    with_weight: NullComparison
    """With strength of connection, compared with shuffled neurons; larger is more modular."""
    with_weight_spatial: NullComparison
    """With strength of connection, compared with weights shuffled at equal distance; larger is more modular."""
    with_distance: NullComparison
    """With distance, compared with shuffled neurons; smaller (more negative) is more modular."""
    with_weight_given_distance: NullComparison
    """Partial correlation with strength given distance, compared with shuffled neurons; larger is more modular."""

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> "SimilarityCorrelations":
        """Rebuild the correlations from the output of :func:`neurogrow.io.files.plain`.

        Raises ``KeyError``, ``TypeError`` or ``ValueError`` for other input.
        """
        return cls(**{field.name: NullComparison.from_json(part[field.name]) for field in fields(cls)})


def similarity_correlations(pairs: NeuronPairs, n_shuffles: int = 1000, seed: int = 0) -> SimilarityCorrelations | None:
    """Correlate functional similarity with connections and with distance.

    Parameters
    ----------
    pairs
        Pairs of important neurons.
    n_shuffles, seed
        Number and seed of the shuffles of both nulls.

    Returns
    -------
    SimilarityCorrelations or None
        None if a correlation is undefined: all similarities, strengths or distances are equal, or distance is
        perfectly correlated with similarity or strength.

    Raises
    ------
    InputError
        If ``n_shuffles`` is below 2.
    """
    check_shuffles(n_shuffles)
    ranks = [_standard_ranks(value_P) for value_P in (pairs.similarity_P, pairs.strength_P, pairs.distance_P)]
    if not all(rank_P.any() for rank_P in ranks):
        return None
    similar_P, strong_P, far_P = ranks
    weight, distance, between = float(similar_P @ strong_P), float(similar_P @ far_P), float(strong_P @ far_P)
    if max(abs(distance), abs(between)) > 1 - 1e-9:
        return None
    weight_S, distance_S = _with_shuffled_neurons(pairs.n_neurons, similar_P, strong_P, far_P, n_shuffles, seed)
    orders = shuffle_within_bins(distance_bins(pairs.distance_P), n_shuffles, seed)
    spatial_S = np.array([similar_P @ strong_P[order_P] for order_P in orders])
    partial = float(partial_correlation(weight, distance, between))
    partial_S = partial_correlation(weight_S, distance_S, between)
    return SimilarityCorrelations(
        with_weight=null_comparison(weight, weight_S, larger=True),
        with_weight_spatial=null_comparison(weight, spatial_S, larger=True),
        with_distance=null_comparison(distance, distance_S),
        with_weight_given_distance=null_comparison(partial, partial_S, larger=True),
    )


def partial_correlation(
    first_second: FloatArray | float, first_third: FloatArray | float, second_third: FloatArray | float
) -> FloatArray:
    """Return the partial correlation of the first and second quantity given the third, from the pairwise correlations.

    Parameters
    ----------
    first_second, first_third, second_third
        Correlations of the pairs of quantities, scalars or arrays of one shape.
    """
    explained = (1 - np.square(first_third)) * (1 - np.square(second_third))
    return np.asarray((first_second - np.multiply(first_third, second_third)) / np.sqrt(explained))


def _standard_ranks(value_P: FloatArray) -> FloatArray:
    """Return ranks with mean 0 and norm 1, so that the inner product of two results is Spearman's correlation.

    Ties share their mean rank. If all values are equal, the result is zero. Values are rounded first, so that
    differences by floating-point rounding count as ties.
    """
    if not len(value_P):
        return value_P
    scale = float(np.abs(value_P).max()) or 1.0
    rank_P = rankdata((value_P / scale).round(12))
    rank_P -= rank_P.mean()
    return np.asarray(rank_P / (np.linalg.norm(rank_P) or 1.0))


def _with_shuffled_neurons(
    n_neurons: int, similar_P: FloatArray, strong_P: FloatArray, far_P: FloatArray, n_shuffles: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return correlations of similarity with strength and with distance for S permutations of neurons, both (S,)."""
    similar_MM = squareform(similar_P)
    others_Q2 = np.stack([squareform(strong_P).ravel(), squareform(far_P).ravel()], axis=1) / 2  # pairs occur twice
    rng = np.random.default_rng(seed)
    orders = (rng.permutation(n_neurons) for _ in range(n_shuffles))
    correlation_S2 = np.array([similar_MM[order_M][:, order_M].ravel() @ others_Q2 for order_M in orders])
    return correlation_S2[:, 0], correlation_S2[:, 1]
