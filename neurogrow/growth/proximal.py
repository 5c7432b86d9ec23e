"""Payment by a proximal step: soft-thresholding after the optimiser's step, which leaves exact zeros.

The optimiser steps on the loss alone. Then every weight is shortened by the amount that this step charges, and stops at
zero:

    w <- sign(w') max(|w'| - lr lambda price / s, 0),   w' = w - lr m / s,   s = sqrt(v) + eps (Adam's scale).

Threshold and step have the same scale s. So a weight rests exactly where the penalised loss is stationary: at w != 0 if
m = -lambda price sign(w), at w = 0 if |m| <= lambda price. (The proximal operator in the metric of the optimiser:
Becker and Fadili 2012, arXiv:1206.1156; with Adam's scale, Yun, Lozano and Yang 2020, arXiv:2007.07484.)
"""

from typing import final

import torch
from torch import optim

from ..models import GridRNN
from .cost import ConnectionPenalty, priced_parameters


@final
class ProximalPenalty(ConnectionPenalty):
    """Soft-thresholds the weights after the optimiser's step, in the optimiser's own scale."""

    makes_exact_zeros = True

    @torch.no_grad()
    def after_step(self, model: GridRNN, optimiser: optim.Adam) -> None:
        """Shorten every weight by its price in Adam's scale, at most to zero."""
        groups = {id(parameter): group for group in optimiser.param_groups for parameter in group["params"]}
        for name, weights in priced_parameters(model).items():
            group, state = groups[id(weights)], optimiser.state[weights]
            unbiased = 1 - group["betas"][1] ** state["step"]
            scale = (state["exp_avg_sq"] / unbiased).sqrt_().add_(group["eps"])
            threshold = group["lr"] * self.prices[name] / scale
            weights.sub_(torch.clamp(weights, -threshold, threshold))
