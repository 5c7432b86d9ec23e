"""A cost on mean firing rates outside a range, so that spiking networks spike no more than they need to.

    l_f = strength sum_n [max(0, r_n - high)^2 + max(0, low - r_n)^2],

where r_n is the neuron's mean rate over a batch in spikes per second. This is a homeostatic penalty on rates, as Zenke
and Vogels 2021 (doi:10.1162/neco_a_01367) use on both sides of a range. Surrogates make the rates differentiable.
"""

from dataclasses import dataclass
from typing import final

from torch import Tensor

from ..errors import InputError
from ..models import Output
from ..tasks import TASK_STEP, TaskBatch
from .penalty import Penalty, PenaltyContext


@final
@dataclass(frozen=True, eq=False)
class FiringCost(Penalty):
    """l_f of every replica; strength and range have shape (R,), the range in spikes per second."""

    strength_R: Tensor
    low_R: Tensor
    high_R: Tensor
    ticks_per_second: float

    def loss(self, output: Output, batch: TaskBatch) -> Tensor:
        """Return the cost of the activity over the task steps of trials, shape (R,)."""
        return self.rate_cost(output.activity_RTBN, batch.mask_TB)

    def rate_cost(self, activity_RTBN: Tensor, mask_TB: Tensor) -> Tensor:
        """Return the cost of activity in spikes per tick, over the task steps in the mask, shape (R,)."""
        rate_RN = (activity_RTBN * mask_TB[:, :, None]).sum((1, 2)) * (self.ticks_per_second / mask_TB.sum())
        above_RN = (rate_RN - self.high_R[:, None]).relu()
        below_RN = (self.low_R[:, None] - rate_RN).relu()
        return self.strength_R * (above_RN.square() + below_RN.square()).sum(1)


def firing_cost_from_settings(context: PenaltyContext) -> FiringCost:
    """Return the firing cost for the settings ``strength``, ``low`` and ``high`` of each replica.

    Raises
    ------
    InputError
        If the networks do not spike, a range ends before it begins, or a setting is unknown or not a number.
    """
    context.check_names("strength", "low", "high")
    if not context.model.is_spiking:
        raise InputError("growth.firing_strength is for spiking networks; set it to 0 for a rate network.")
    strength_R = context.values_R("strength")
    low_R, high_R = context.values_R("low", default=0.0), context.values_R("high", default=5.0)
    if bool((low_R > high_R).any()):
        raise InputError("growth.firing_low must not be above growth.firing_high.")
    return FiringCost(strength_R, low_R, high_R, context.model.ticks_per_task_step / TASK_STEP)
