"""Functional modules: neurons that take part in the same tasks (Yang et al. 2019, figure 2)."""

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
"""Numbers of modules among which the best silhouette chooses. The silhouette is nearly flat, and with two to four
modules measures of place say little, so small numbers are not candidates."""


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
    """Divide the important neurons by k-means on normalised task variance, once for every possible k of ``ks``.

    Possible are k from 2 to the number of distinct points, and below the number of important neurons (a silhouette
    needs a module of two). Where none is possible (fewer than three important neurons, or all of them alike) the
    result is the one division there is: a single module with every important neuron (k = 1), or none (k = 0).

    Parameters
    ----------
    task_variance_NK, important_N
        Task variance (N, K) and which neurons are important (N,).
    ks
        Numbers of modules wanted, each at least 2.
    seed, n_init
        Seed of k-means, and how many starts the best is taken from.

    Returns
    -------
    tuple of FunctionalModules
        In ascending order of k, never empty. Modules are numbered by size, equal sizes by centroid, so that numbers
        do not depend on the order in which k-means happened to find them.

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
    each = counted(possible, "numbers of modules")
    return tuple(_divided(points, distances, important_N, k, seed, n_init) for k in each)


def choose_modules(candidates: Sequence[FunctionalModules], choice: Sequence[int] = CHOICE_RANGE) -> FunctionalModules:
    """Return the division with the best silhouette among those with k in ``choice``, the smallest k on a tie.

    Where no candidate has such a k (too few important neurons), the best of all candidates.
    """
    wanted = [modules for modules in candidates if modules.k in choice] or candidates
    return max(wanted, key=lambda modules: (modules.silhouette if modules.silhouette is not None else -1.0, -modules.k))


def _n_distinct(points: FloatArray) -> int:
    """Number of points that differ by more than k-means could tell apart."""
    return len(np.unique(points.round(6), axis=0))


def _divided(
    points: FloatArray, distances: FloatArray, important_N: BoolArray, k: int, seed: int, n_init: int
) -> FunctionalModules:
    found = KMeans(n_clusters=k, n_init=n_init, random_state=seed).fit_predict(points)
    module_N = np.full(len(important_N), -1)
    module_N[important_N] = _numbered(found, points, k)
    return FunctionalModules(module_N, k, float(silhouette_score(distances, found, metric="precomputed")))


def _numbered(labels: IntArray, points: FloatArray, k: int) -> IntArray:
    """Number modules by falling size, equal sizes by their centroids in lexicographic order."""
    size = np.bincount(labels, minlength=k)
    centroid = [tuple(points[labels == label].mean(axis=0).round(9)) for label in range(k)]
    order = sorted(range(k), key=lambda label: (-size[label], centroid[label]))
    return np.argsort(order)[labels]
