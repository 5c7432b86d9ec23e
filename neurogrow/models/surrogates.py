"""Surrogate gradients of the spike in closed form, equal to those of :mod:`snntorch.surrogate`.

A spike is a step function of x = v - threshold, whose derivative is zero wherever it exists. Training replaces that
derivative by a surrogate (Neftci, Mostafa and Zenke 2019, doi:10.1109/MSP.2019.2931595), with slope k:

    fast_sigmoid  1 / (1 + k |x|)^2                  (Zenke and Ganguli 2018, doi:10.1162/neco_a_01086)
    atan          k / 2 / (1 + (pi k x / 2)^2)       (Fang et al. 2021, arXiv:2007.05785)
    sigmoid       k e^(-kx) / (1 + e^(-kx))^2
    triangular    k below the threshold, -k above it (as snnTorch has it)
"""

import math
from collections.abc import Callable

import torch
from snntorch import surrogate as snntorch_surrogate
from torch import Tensor

SpikeGradient = Callable[[Tensor], Tensor]
"""A step function whose derivative is the surrogate, as snnTorch has it."""


def fast_sigmoid_(x: Tensor, k: float) -> Tensor:
    """1 / (1 + k |x|)^2, in place of x."""
    return x.abs_().mul_(k).add_(1).square_().reciprocal_()


def atan_(x: Tensor, k: float) -> Tensor:
    """K / 2 / (1 + (pi k x / 2)^2), in place of x."""
    return x.mul_(math.pi / 2 * k).square_().add_(1).reciprocal_().mul_(k / 2)


def sigmoid_(x: Tensor, k: float) -> Tensor:
    """K s (1 - s), s = 1 / (1 + e^(-kx)), in place of x."""
    x.mul_(k).sigmoid_()
    return x.addcmul_(x, x, value=-1).mul_(k)


def triangular_(x: Tensor, k: float) -> Tensor:
    """K below zero and -k from zero up, in place of x."""
    return x.copy_(torch.where(x < 0, k, -k))


SLOPES: dict[str, Callable[[Tensor, float], Tensor]] = {
    "atan": atan_,
    "fast_sigmoid": fast_sigmoid_,
    "sigmoid": sigmoid_,
    "triangular": triangular_,
}
"""Surrogates by name. Each takes x and k, and overwrites x with the derivative at x."""


def spike_gradient(name: str, k: float) -> SpikeGradient:
    """Return snnTorch's function of that name, with slope k."""
    function: SpikeGradient = getattr(snntorch_surrogate, name)(k)
    return function
