r"""Are neurons that do the same connected to each other, and near each other?

Correlations over pairs of important neurons (:mod:`.pairs`) of functional similarity with strength of connection and
with distance. They are rank correlations (Spearman's), so that a few strong weights do not decide. Short wires alone
correlate all three quantities: near neurons are connected, and connected ones do alike. Two measures take distance
out: the partial correlation

.. math:: r_{sw \cdot d} = \frac{r_{sw} - r_{sd}\, r_{wd}}{\sqrt{(1 - r_{sd}^2)(1 - r_{wd}^2)}}

and the correlation against weights shuffled at equal distance, which assumes nothing of how weights fall with it.
The other null shuffles neurons among the rows and columns of the similarities (the Mantel test [1]_, with a distance
given the partial one [2]_), because pairs that share a neuron are not independent. Where similarity and weights both
vary smoothly over the grid, that null is too narrow [3]_; the spatial one then has the last word.

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
from .nulls import NullComparison, check_shuffles, distance_bins, null_comparison, shuffled_within
from .pairs import NeuronPairs


@dataclass(frozen=True)
class SimilarityCorrelations:
    """Spearman correlations of functional similarity over pairs of important neurons."""

    with_weight: NullComparison
    """With strength of connection, against shuffled neurons; larger is more modular."""
    with_weight_spatial: NullComparison
    """The same against weights shuffled at equal distance."""
    with_distance: NullComparison
    """With distance, against shuffled neurons; smaller (more negative) is more modular."""
    with_weight_given_distance: NullComparison
    """With strength of connection, distance partialled out, against shuffled neurons; larger is more modular."""

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> "SimilarityCorrelations":
        """Return what :func:`neurogrow.io.files.plain` made of one. Raises what Python raises for anything else."""
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
        None where a correlation is undefined: similarities, strengths or distances that are all the same, or a
        distance that says all of another.

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
    orders = shuffled_within(distance_bins(pairs.distance_P), n_shuffles, seed)
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
    """Correlation of the first and second quantity given the third, from their three correlations."""
    explained = (1 - np.square(first_third)) * (1 - np.square(second_third))
    return np.asarray((first_second - np.multiply(first_third, second_third)) / np.sqrt(explained))


def _standard_ranks(value_P: FloatArray) -> FloatArray:
    """Ranks, ties sharing their mean, with mean 0 and length 1, so that a product is Spearman's correlation.

    Zeros where all values are the same. Values are rounded first: what differs by rounding alone is a tie.
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
    """Correlations of similarity with strength and with distance, its neurons shuffled, each (S,)."""
    similar_MM = squareform(similar_P)
    others_Q2 = np.stack([squareform(strong_P).ravel(), squareform(far_P).ravel()], axis=1) / 2  # each pair twice
    rng = np.random.default_rng(seed)
    orders = (rng.permutation(n_neurons) for _ in range(n_shuffles))
    found_S2 = np.array([similar_MM[order_M][:, order_M].ravel() @ others_Q2 for order_M in orders])
    return found_S2[:, 0], found_S2[:, 1]
