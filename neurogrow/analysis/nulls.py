"""Is it more than chance? A measure of place against module labels shuffled among the places of module members."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..arrays import FloatArray, IntArray
from ..errors import InputError

_ROUNDING = 1e-9
"""Values closer than this are the same value summed in another order."""


@dataclass(frozen=True)
class NullComparison:
    """A measure of which smaller is better, beside its distribution over shuffled labels."""

    value: float
    """The measure on the labels as they are."""
    null_mean: float
    """Mean over shuffles."""
    null_sd: float
    """Standard deviation over shuffles."""
    z: float | None
    """(value - null_mean) / null_sd; None where every shuffle gives the same value, which leaves it undefined."""
    p: float
    """Permutation p-value, (1 + number of shuffles with a measure <= value) / (1 + number of shuffles)."""


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
    measure: Callable[[IntArray], FloatArray], module_N: IntArray, n_shuffles: int = 1000, seed: int = 0
) -> NullComparison:
    """Compare a measure of place with its values on shuffled labels.

    Parameters
    ----------
    measure
        Maps modules of shape (..., N) to values of shape (...), smaller being better.
    module_N
        Module of each neuron, -1 where it belongs to none.
    n_shuffles
        Number of shuffles, at least 2.
    seed
        Seed of the shuffles.

    Raises
    ------
    InputError
        If ``n_shuffles`` is below 2.

    References
    ----------
    .. [1] B. Phipson, G. K. Smyth, "Permutation p-values should never be zero", Stat. Appl. Genet. Mol. Biol. 9 (2010),
       doi:10.2202/1544-6115.1585.
    """
    if n_shuffles < 2:
        raise InputError(f"A null distribution needs at least 2 shuffles, not {n_shuffles}.")
    value = float(measure(module_N))
    null_S = measure(shuffled_modules(module_N, n_shuffles, seed))
    mean, sd = float(null_S.mean()), float(null_S.std(ddof=1))
    varies = sd > _ROUNDING
    return NullComparison(
        value=value,
        null_mean=mean,
        null_sd=sd if varies else 0.0,
        z=(value - mean) / sd if varies else None,
        p=(1 + int(np.count_nonzero(null_S <= value + _ROUNDING))) / (1 + n_shuffles),
    )
