"""What the way back needs of every membrane: the surrogate sigma'(u), and beta dv/du through the reset.

    dv/du = (1 - s) - u sigma'(u)

On a processor both come from one compiled pass: as operations on tensors they would be nine, and take longer than the
products with W of a network of 200 neurons. A surrogate with an exponential stays with tensors, whose exponential is
the faster one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numba
import torch
from torch import Tensor

from ..arrays import FloatArray
from .surrogates import SLOPES


@dataclass(frozen=True)
class Surrogate:
    """A surrogate gradient: its name in :data:`~neurogrow.models.surrogates.SLOPES` and its steepness k."""

    name: str
    k: float


def tangents(
    u_RPBN: Tensor, spikes_RPBN: Tensor, threshold: float, beta_RN: Tensor, surrogate: Surrogate
) -> tuple[Tensor, Tensor]:
    """Return sigma'(u) and beta dv/du of all membranes of a block, (R, P, B, N) each."""
    if u_RPBN.device.type == "cpu" and surrogate.name in _SCALAR:
        slope_RPBN, kept_RPBN = torch.empty_like(u_RPBN), torch.empty_like(u_RPBN)
        one_pass = _compiled(surrogate.name)
        for u, beta, slope, kept in zip(u_RPBN, beta_RN, slope_RPBN, kept_RPBN, strict=True):
            u_MN, slope_MN, kept_MN = (each.flatten(0, 1).numpy() for each in (u, slope, kept))
            number = u_MN.dtype.type  # a threshold of more digits would be another one
            one_pass(u_MN, slope_MN, kept_MN, beta.numpy(), number(threshold), number(surrogate.k))
        return slope_RPBN, kept_RPBN
    slope_RPBN = SLOPES[surrogate.name](u_RPBN - threshold, surrogate.k)
    kept_RPBN = (1 - spikes_RPBN).addcmul_(u_RPBN, slope_RPBN, value=-1).mul_(beta_RN[:, None, None])
    return slope_RPBN, kept_RPBN


def _fast_sigmoid(x: float, k: float) -> float:
    return 1 / (1 + k * abs(x)) ** 2


def _atan(x: float, k: float) -> float:
    return k / 2 / (1 + (math.pi / 2 * k * x) ** 2)


def _triangular(x: float, k: float) -> float:
    return k if x < 0 else -k


_SCALAR = {"fast_sigmoid": _fast_sigmoid, "atan": _atan, "triangular": _triangular}


@lru_cache
def _compiled(name: str) -> Callable[..., None]:
    slope_of: Any = numba.njit(_SCALAR[name])

    @numba.njit(error_model="numpy")
    def one_pass(
        u_MN: FloatArray, slope_MN: FloatArray, kept_MN: FloatArray, beta_N: FloatArray, threshold: float, k: float
    ) -> None:
        for row in range(u_MN.shape[0]):
            for n in range(u_MN.shape[1]):
                x = u_MN[row, n] - threshold
                slope = slope_of(x, k)
                slope_MN[row, n] = slope
                kept_MN[row, n] = beta_N[n] * ((0.0 if x > 0 else 1.0) - u_MN[row, n] * slope)

    compiled: Callable[..., None] = one_pass
    return compiled
