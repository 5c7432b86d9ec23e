r"""Adjusted mutual information (AMI) of one partition with many others.

.. math:: \mathrm{AMI} = \frac{I(u, v) - E[I]}{(H(u) + H(v)) / 2 - E[I]}

I is the mutual information of the partitions u and v, H the entropy, and E the expectation over all partitions with the
same group sizes. AMI is 0 on average for random partitions, and 1 for equal partitions [1]_. The values are equal to
those of :func:`sklearn.metrics.adjusted_mutual_info_score`, which takes milliseconds per pair and is too slow for
thousands of shuffles.

References
----------
.. [1] N. X. Vinh, J. Epps, J. Bailey, "Information theoretic measures for clusterings comparison: variants, properties,
   normalization and correction for chance", JMLR 11, 2837-2854 (2010), https://jmlr.org/papers/v11/vinh10a.html.
"""

import numpy as np
from scipy.special import gammaln, xlogy

from ..arrays import FloatArray, IntArray

_ROUNDING = 1e-12


def adjusted_mutual_information(first_M: IntArray, second_SM: IntArray) -> FloatArray:
    """Return the adjusted mutual information of a partition of M neurons with each of S other partitions.

    Parameters
    ----------
    first_M
        Group of each neuron, from 0, shape (M,).
    second_SM
        Groups in the other partitions, from 0, shape (..., M).

    Returns
    -------
    FloatArray
        Shape (...); 1 if both partitions consist of a single group, or both of groups with one neuron.
    """
    flat_SM = second_SM.reshape(-1, len(first_M))
    counts = int(first_M.max()) + 1, int(flat_SM.max()) + 1
    cell_SM = (np.arange(len(flat_SM))[:, None] * counts[0] + first_M) * counts[1] + flat_SM
    table_SUV = np.bincount(cell_SM.ravel(), minlength=len(flat_SM) * counts[0] * counts[1]).reshape(-1, *counts)
    sizes_SV = np.sort(table_SUV.sum(axis=1), axis=1)  # the expectation depends only on the sizes
    distinct, which_S = np.unique(sizes_SV, axis=0, return_inverse=True)
    expected_S = np.array([_expected(np.bincount(first_M), sizes_V) for sizes_V in distinct])[which_S.ravel()]
    entropy_U, entropy_SV = _entropy(np.bincount(first_M)), _entropy(sizes_SV)
    information_S = entropy_U + entropy_SV - _entropy(table_SUV.reshape(len(flat_SM), -1))
    room_S = (entropy_U + entropy_SV) / 2 - expected_S
    same_S = np.abs(room_S) < _ROUNDING
    ami_S = np.where(same_S, 1.0, (information_S - expected_S) / np.where(same_S, 1.0, room_S))
    return np.asarray(ami_S.reshape(second_SM.shape[:-1]))


def _entropy(size_SV: IntArray) -> FloatArray:
    """Return the entropy in nats of partitions with the given group sizes; the last axis counts groups."""
    share_SV = size_SV / size_SV.sum(axis=-1, keepdims=True)
    return np.asarray(-xlogy(share_SV, share_SV).sum(axis=-1))


def _expected(size_U: IntArray, size_V: IntArray) -> float:
    """Return the expected mutual information of random partitions with these group sizes (equation 24a of [1]_).

    The overlap of two groups has a hypergeometric distribution. The sum runs over all possible overlaps.
    """
    n = int(size_U.sum())
    (u, of_u), (v, of_v) = (np.unique(size[size > 0], return_counts=True) for size in (size_U, size_V))
    a, b, o = u[:, None, None], v[None, :, None], np.arange(1, min(u.max(), v.max()) + 1)
    possible = (o <= np.minimum(a, b)) & (o >= a + b - n)
    log_factorial = gammaln(np.arange(n + 1) + 1.0)
    parts = (log_factorial[np.where(possible, part, 0)] for part in (o, a - o, b - o, n - a - b + o))
    whole = log_factorial[a] + log_factorial[b] + log_factorial[n - a] + log_factorial[n - b] - log_factorial[n]
    chance = np.exp(np.where(possible, whole - sum(parts), -np.inf))
    information = o / n * np.log(n * o / (a * b))
    return float(np.einsum("uvo,u,v->", chance * information, of_u, of_v))
