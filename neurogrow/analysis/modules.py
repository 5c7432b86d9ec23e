"""Functional modules: clusters of neurons that vary in the same tasks (Yang et al. 2019, figure 2)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances, silhouette_score

from ..arrays import BoolArray, FloatArray, IntArray
from ..errors import InputError
from ..progress import counted
from .task_variance import normalised_task_variance

K_RANGE = range(2, 21)
"""Numbers of modules over which every measure is reported."""

CHOICE_RANGE = range(8, 21)
"""Numbers of modules from which the best silhouette is chosen. Small numbers are excluded for two reasons: the
silhouette is nearly flat over k, and anatomical measures of two to four modules carry little information."""


@dataclass(frozen=True, eq=False)
class FunctionalModules:
    """A division of the important neurons into ``k`` modules, none of them empty."""

    module_N: IntArray
    """Module of each neuron, 0 to k - 1 from the largest to the smallest; -1 where a neuron is not important."""
    k: int
    """Number of modules."""
    silhouette: float | None
    """Mean silhouette over important neurons, in [-1, 1]; None where k < 2, which leaves it undefined."""


def modules_over_k(
    task_variance_NK: FloatArray,
    important_N: BoolArray,
    ks: Sequence[int] = K_RANGE,
    seed: int = 0,
    n_init: int = 10,
) -> tuple[FunctionalModules, ...]:
    """Divide the important neurons by k-means on normalised task variance, once for every possible k in ``ks``.

    A k is possible if it is at least 2, at most the number of distinct points, and below the number of important
    neurons. The last condition holds because a silhouette needs a module of at least two neurons. No k is possible with
    fewer than three important neurons, or if all of them are equal. The result is then a single module with all
    important neurons (k = 1), or no module if there is no important neuron (k = 0).

    Parameters
    ----------
    task_variance_NK, important_N
        Task variance (N, K), and the mask of important neurons (N,).
    ks
        Numbers of modules to try, all at least 2.
    seed, n_init
        Seed of k-means, and its number of random starts, of which the best is used.

    Returns
    -------
    tuple of FunctionalModules
        In ascending order of k, never empty. Modules are numbered from the largest to the smallest, and modules of
        equal size by their centroid. So the numbers do not depend on the labels of k-means.

    Raises
    ------
    InputError
        If ``ks`` is empty or holds a number below 2.
    """
    if not ks or min(ks) < 2:
        raise InputError("The numbers of modules to try must be one or more, each at least 2.")
    points = normalised_task_variance(task_variance_NK)[important_N]
    possible = [k for k in sorted(ks) if k <= min(_n_distinct(points), len(points) - 1)]
    if not possible:
        return (FunctionalModules(np.where(important_N, 0, -1), min(len(points), 1), None),)
    distances = pairwise_distances(points)
    counted_ks = counted(possible, "numbers of modules")
    return tuple(_k_means(points, distances, important_N, k, seed, n_init) for k in counted_ks)


def choose_modules(candidates: Sequence[FunctionalModules], choice: Sequence[int] = CHOICE_RANGE) -> FunctionalModules:
    """Return the candidate with the best silhouette among those with k in ``choice``; on a tie, the smallest k.

    If no candidate has k in ``choice``, because few neurons are important, choose among all candidates.
    """
    eligible = [modules for modules in candidates if modules.k in choice] or candidates
    return max(
        eligible, key=lambda modules: (modules.silhouette if modules.silhouette is not None else -1.0, -modules.k)
    )


def _n_distinct(points: FloatArray) -> int:
    """Return the number of distinct points after rounding to 6 decimals; k-means cannot separate closer points."""
    return len(np.unique(points.round(6), axis=0))


def _k_means(
    points: FloatArray, distances: FloatArray, important_N: BoolArray, k: int, seed: int, n_init: int
) -> FunctionalModules:
    labels = KMeans(n_clusters=k, n_init=n_init, random_state=seed).fit_predict(points)
    module_N = np.full(len(important_N), -1)
    module_N[important_N] = _relabel_by_size(labels, points, k)
    return FunctionalModules(module_N, k, float(silhouette_score(distances, labels, metric="precomputed")))


def _relabel_by_size(labels: IntArray, points: FloatArray, k: int) -> IntArray:
    """Number modules from the largest to the smallest; equal sizes in lexicographic order of their centroids."""
    size = np.bincount(labels, minlength=k)
    centroid = [tuple(points[labels == label].mean(axis=0).round(9)) for label in range(k)]
    order = sorted(range(k), key=lambda label: (-size[label], centroid[label]))
    return np.argsort(order)[labels]
