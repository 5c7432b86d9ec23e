"""The cost of connections (equation 2 of the paper), and its price per unit of each weight's magnitude.

Two penalties make networks pay it: :mod:`.subgradient`, as in the paper, and :mod:`.proximal`, with exact zeros.
"""

import torch
from torch import Tensor, nn

from ..models import GridRNN
from .penalty import Penalty, PenaltyContext
from .strength import ScheduledStrength, strength_at


def connection_cost(model: GridRNN, locality: float | Tensor) -> Tensor:
    """Return equation 2 for every replica, shape (R,); ``locality`` is A, one for all or one each, shape (R,)."""
    each_R = [weights.abs().flatten(1).sum(1) for weights in priced_parameters(model).values()]
    return torch.stack(each_R).sum(0) + locality * wiring_cost(model.recurrent_weights_RNN, model.distance_NN)


def wiring_cost(weights_RNN: Tensor, distance_NN: Tensor) -> Tensor:
    """Return |D * W|_1, the part of the cost that swaps change, shape (R,)."""
    return (weights_RNN.abs() * distance_NN).sum((1, 2))


def priced_parameters(model: GridRNN) -> dict[str, nn.Parameter]:
    """Return the parameters that equation 2 charges for."""
    return {
        "input_weights_RNI": model.input_weights_RNI,
        "recurrent_weights_RNN": model.recurrent_weights_RNN,
        "output_weights_RON": model.output_weights_RON,
        "hidden_bias_RN": model.hidden_bias_RN,
        "output_bias_RO": model.output_bias_RO,
    }


class ConnectionPenalty(Penalty):
    """lambda l_cc of every replica, as a price per unit of each weight's magnitude.

    A price depends on the place of a weight and not on the neuron, so swaps do not change it. Prices are computed again
    only when lambda changes. Subclasses say how a weight pays its price.

    Parameters
    ----------
    context
        The networks, and the settings ``strength`` (lambda), ``locality`` (A), ``early_factor`` and ``early_fraction``
        of each (:class:`~neurogrow.growth.strength.Strength`).

    Raises
    ------
    InputError
        If a setting is unknown, missing or not a number.
    """

    prices: dict[str, Tensor]
    """Price by name of a parameter, of a shape that broadcasts with it; zeros for replicas that do not pay."""
    lengths_RNN: Tensor
    """1 + A D: the factor by which a recurrent weight's length multiplies its price."""

    def __init__(self, context: PenaltyContext) -> None:
        context.check_names("strength", "locality", "early_factor", "early_fraction")
        strength_R, locality_R = context.values_R("strength"), context.values_R("locality", default=1.0)
        model = context.model
        early = context.values("early_factor", 1.0, without=1.0), context.values("early_fraction", 0.0)
        self._strengths = tuple(map(ScheduledStrength, context.values("strength"), *early))
        self._steps = context.steps
        self.lengths_RNN = 1 + locality_R[:, None, None] * model.distance_NN
        sizes = {name: [1] * (weights.ndim - 1) for name, weights in priced_parameters(model).items()}
        self.prices = {name: strength_R.new_zeros(len(strength_R), *size) for name, size in sizes.items()}
        self.prices["recurrent_weights_RNN"] = torch.zeros_like(self.lengths_RNN)
        self._present: tuple[float, ...] = ()
        self.reprice(0)

    @classmethod
    def from_strengths(cls, model: GridRNN, strength_R: Tensor, locality_R: Tensor) -> "ConnectionPenalty":
        """Return the penalty for constant strengths lambda and localities A, both of shape (R,)."""
        pairs = zip(strength_R.tolist(), locality_R.tolist(), strict=True)
        settings = tuple({"strength": strength, "locality": locality} for strength, locality in pairs)
        return cls(PenaltyContext(model, settings, steps=1))

    def reprice(self, step: int) -> None:
        """Set the prices of a step. They change in place, so that a captured step sees the new ones."""
        strengths = tuple(strength_at(step, strength, self._steps) for strength in self._strengths)
        if strengths == self._present:
            return
        self._present = strengths
        strength_R = torch.tensor(strengths).to(self.lengths_RNN.device, non_blocking=True)
        for name, price in self.prices.items():
            price.copy_(strength_R.view(-1, *[1] * (price.ndim - 1)).expand_as(price))
            if name == "recurrent_weights_RNN":
                price.mul_(self.lengths_RNN)
