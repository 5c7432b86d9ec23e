"""Pairs of important neurons: strength of connection, distance and functional similarity.

M counts important neurons, and P = M (M - 1) / 2 counts their unordered pairs. Pairs are in the order of
:func:`scipy.spatial.distance.squareform`, which converts values of pairs to a symmetric matrix and back. Connections of
a neuron to itself are left out, because they do not tell which neurons belong together.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import squareform

from ..arrays import BoolArray, FloatArray
from .task_variance import normalised_task_variance


@dataclass(frozen=True, eq=False)
class NeuronPairs:
    """Strength, distance and similarity of each pair of important neurons."""

    n_neurons: int
    """Number of important neurons, M."""
    strength_P: FloatArray
    """Strength of the connection, (|w_ij| + |w_ji|) / 2."""
    distance_P: FloatArray
    """Distance between the two places."""
    similarity_P: FloatArray
    """Functional similarity: cosine of the angle between the two vectors of normalised task variance, in [0, 1]."""


def neuron_pairs(
    weights_NN: FloatArray, distance_NN: FloatArray, task_variance_NK: FloatArray, important_N: BoolArray
) -> NeuronPairs:
    """Return the pairs of important neurons.

    Parameters
    ----------
    weights_NN
        Recurrent weights, [post, pre], shape (N, N).
    distance_NN
        Distances between neurons, symmetric, shape (N, N).
    task_variance_NK
        Task variance, shape (N, K).
    important_N
        Mask of the neurons to pair, shape (N,).
    """
    chosen = np.flatnonzero(important_N)
    magnitude_MM = np.abs(weights_NN[np.ix_(chosen, chosen)])
    return NeuronPairs(
        n_neurons=len(chosen),
        strength_P=_condensed((magnitude_MM + magnitude_MM.T) / 2),
        distance_P=_condensed(distance_NN[np.ix_(chosen, chosen)]),
        similarity_P=_condensed(cosine_similarity(normalised_task_variance(task_variance_NK[chosen]))),
    )


def cosine_similarity(vector_MK: FloatArray) -> FloatArray:
    """Return the cosine of the angle between every two rows, shape (M, M); 0 if a row is zero."""
    length_M1 = np.linalg.norm(vector_MK, axis=1, keepdims=True)
    unit_MK = vector_MK / np.where(length_M1 > 0, length_M1, 1.0)
    return np.asarray(unit_MK @ unit_MK.T)


def _condensed(value_MM: FloatArray) -> FloatArray:
    return np.asarray(squareform(value_MM, checks=False)) if len(value_MM) > 1 else np.zeros(0)
