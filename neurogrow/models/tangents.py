"""Derivatives of the membranes for the backward pass: the surrogate sigma'(u), and beta dv/du through the reset.

    dv/du = (1 - s) - u sigma'(u)

On a CPU one compiled pass computes both. As operations on tensors they would take nine passes, and more time than the
products with W of a network of 200 neurons. Surrogates with an exponential use tensors, because torch computes the
exponential faster.

Letters: R replica, P ticks of a block, B lane, N neuron, M ticks x lanes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numba
import numpy as np
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
    if u_RPBN.device.type == "cpu" and surrogate.name in COMPILED:
        slope_RPBN, carry_RPBN = torch.empty_like(u_RPBN), torch.empty_like(u_RPBN)
        one_pass = _compiled(surrogate, threshold, u_RPBN.numpy().dtype.type)
        for u, beta, slope, carry in zip(u_RPBN, beta_RN, slope_RPBN, carry_RPBN, strict=True):
            u_MN, slope_MN, carry_MN = (tensor.flatten(0, 1).numpy() for tensor in (u, slope, carry))
            one_pass(u_MN, slope_MN, carry_MN, beta.numpy())
        return slope_RPBN, carry_RPBN
    slope_RPBN = SLOPES[surrogate.name](u_RPBN - threshold, surrogate.k)
    carry_RPBN = (1 - spikes_RPBN).addcmul_(u_RPBN, slope_RPBN, value=-1).mul_(beta_RN[:, None, None])
    return slope_RPBN, carry_RPBN


COMPILED = ("fast_sigmoid", "atan", "triangular")
"""Surrogates that have a compiled pass."""


@lru_cache
def _compiled(surrogate: Surrogate, threshold: float, number: type[np.floating[Any]]) -> Callable[..., None]:
    # All constants have the type of the membranes. A Python float would make the arithmetic float64, which takes twice
    # the time, and a threshold with more digits would be a different threshold.
    zero, one, k, minus_k, level = map(number, (0, 1, surrogate.k, -surrogate.k, threshold))
    half_k, turn = number(surrogate.k / 2), number(math.pi / 2 * surrogate.k)
    slopes = {
        "fast_sigmoid": lambda x: one / (one + k * abs(x)) ** 2,
        "atan": lambda x: half_k / (one + (turn * x) ** 2),
        "triangular": lambda x: k if x < zero else minus_k,
    }
    slope_of: Any = numba.njit(slopes[surrogate.name])

    @numba.njit(error_model="numpy")
    def one_pass(u_MN: FloatArray, slope_MN: FloatArray, carry_MN: FloatArray, beta_N: FloatArray) -> None:
        for row in range(u_MN.shape[0]):
            for n in range(u_MN.shape[1]):
                x = u_MN[row, n] - level
                slope = slope_of(x)
                slope_MN[row, n] = slope
                carry_MN[row, n] = beta_N[n] * ((zero if x > zero else one) - u_MN[row, n] * slope)

    compiled: Callable[..., None] = one_pass
    return compiled
