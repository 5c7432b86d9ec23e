"""The paper's way to pay for connections: the cost's subgradient joins the gradient of the loss."""

from typing import final

import torch

from ..models import GridRNN
from .cost import ConnectionPenalty, priced_parameters


@final
class SubgradientPenalty(ConnectionPenalty):
    """Adds price times sign(w) to the gradient of every weight w, before the optimiser's step.

    Weights then jitter about zero and hardly ever reach it.
    """

    @torch.no_grad()
    def after_backward(self, model: GridRNN) -> None:
        """Add the subgradient to the gradients of the model's weights."""
        for name, weights in priced_parameters(model).items():
            if weights.grad is not None:
                weights.grad.addcmul_(weights.sign(), self.prices[name])
