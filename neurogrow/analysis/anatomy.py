"""The paper's anatomical measures: the places of modules, and the length of the wiring.

``module_SN`` holds the modules of N neurons in S labellings, with any leading axes, or none. A neuron in no module has
-1. One call measures all S labellings, for example a thousand shuffles.
"""

from dataclasses import dataclass

import numpy as np

from ..arrays import AnyArray, FloatArray, IntArray
from ..errors import InputError
from ..network import ACTIVE_WEIGHT


@dataclass(frozen=True, eq=False)
class Locality:
    """Mean weight magnitude in C distance bins. Bins without a pair of neurons are left out."""

    distance_C: FloatArray
    """Mean distance of the pairs in each bin, ascending."""
    mean_weight_C: FloatArray
    """Mean of |w| over all pairs in each bin, including pairs without a connection."""
    pairs_C: IntArray
    """Number of (post, pre) pairs in each bin."""


def isolated_fraction(module_SN: IntArray, neighbours_N8: IntArray) -> FloatArray:
    """Return the fraction of module members that have no member of their module among their eight grid neighbours.

    A smaller fraction means more compact modules.

    Parameters
    ----------
    module_SN
        Modules, shape (..., N).
    neighbours_N8
        Indices of each neuron's neighbours, -1 beyond the border (:attr:`neurogrow.layout.GridLayout.neighbours_N8`).

    Returns
    -------
    FloatArray
        Shape (...); 0 if no neuron belongs to a module.
    """
    no_module = np.full((*module_SN.shape[:-1], 1), -1, dtype=module_SN.dtype)
    padded = np.concatenate([module_SN, no_module], axis=-1)  # the neighbour index -1 reads this last column
    has_neighbour = np.zeros(module_SN.shape, dtype=bool)
    for direction in range(neighbours_N8.shape[1]):
        has_neighbour |= padded[..., neighbours_N8[:, direction]] == module_SN
    member = module_SN >= 0
    return np.asarray((member & ~has_neighbour).sum(-1) / np.maximum(member.sum(-1), 1))


def cluster_size(module_SN: IntArray, positions_N2: FloatArray) -> FloatArray:
    r"""Return the root-mean-square distance of a module's members to their centroid, averaged over modules.

    .. math:: \frac{1}{K} \sum_k \sqrt{\frac{1}{|M_k|} \sum_{n \in M_k} |x_n - \bar{x}_k|^2}

    A smaller size means more compact modules.

    Parameters
    ----------
    module_SN
        Modules, shape (..., N). Module numbers without members do not count.
    positions_N2
        Positions on the unit square, shape (N, 2).

    Returns
    -------
    FloatArray
        Shape (...); 0 if there is no module.
    """
    flat_SN = module_SN.reshape(-1, module_SN.shape[-1])
    n_bins = int(flat_SN.max(initial=-1)) + 2  # the first bin collects neurons without a module
    bins = (flat_SN + 1 + n_bins * np.arange(len(flat_SN))[:, None]).ravel()

    def total(weight_N: FloatArray) -> FloatArray:
        weights = np.broadcast_to(weight_N, flat_SN.shape).ravel()
        sums = np.bincount(bins, weights, minlength=len(flat_SN) * n_bins)
        return np.asarray(sums.reshape(-1, n_bins)[:, 1:], dtype=np.float64)

    x_N, y_N = (positions_N2 - positions_N2.mean(axis=0)).T
    size = total(np.ones(len(positions_N2)))
    filled = np.maximum(size, 1)
    spread = total(x_N**2 + y_N**2) / filled - (total(x_N) / filled) ** 2 - (total(y_N) / filled) ** 2
    radius = np.where(size > 1, np.sqrt(np.maximum(spread, 0.0)), 0.0)
    mean = radius.sum(axis=1) / np.maximum((size > 0).sum(axis=1), 1)
    return np.asarray(mean.reshape(module_SN.shape[:-1]))


def active_connections(weights_NN: FloatArray, threshold: float = ACTIVE_WEIGHT) -> int:
    """Return the number of recurrent connections with |w| > ``threshold``."""
    return int(np.count_nonzero(np.abs(weights_NN) > threshold))


def wiring_length(weights_NN: FloatArray, distance_NN: FloatArray, threshold: float = ACTIVE_WEIGHT) -> float:
    """Return the sum of distances over the recurrent connections with |w| > ``threshold``."""
    return float(distance_NN[np.abs(weights_NN) > threshold].sum())


def locality(weights_NN: FloatArray, distance_NN: FloatArray, n_bins: int = 20) -> Locality:
    """Return the mean |w| over all (post, pre) pairs in ``n_bins`` equal bins of distance, from 0 to the largest.

    A neuron forms a pair with itself at distance 0. Bins without a pair are left out.

    Raises
    ------
    InputError
        If ``n_bins`` is below 1.
    """
    if n_bins < 1:
        raise InputError(f"Locality needs at least one distance bin, not {n_bins}.")
    width = float(distance_NN.max()) / n_bins or 1.0
    # Grid distances fall exactly on bin edges. The small offset puts them into the upper bin despite rounding.
    bin_of_pair = np.minimum((distance_NN / width + 1e-9).astype(np.int64), n_bins - 1).ravel()
    pairs = np.bincount(bin_of_pair, minlength=n_bins)

    def mean(value_NN: AnyArray) -> FloatArray:
        return np.asarray(np.bincount(bin_of_pair, value_NN.ravel(), minlength=n_bins)[pairs > 0] / pairs[pairs > 0])

    return Locality(mean(distance_NN), mean(np.abs(weights_NN)), pairs[pairs > 0])
