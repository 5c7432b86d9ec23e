"""What firing costs: mean rates of spiking neurons outside a range, so that networks spike as little as they need to.

    l_f = strength sum_n max(0, r_n - high)^2 + max(0, low - r_n)^2,

with r_n the neuron's mean rate over a batch in spikes per second: a homeostatic penalty on rates, as Zenke and Vogels
2021 (doi:10.1162/neco_a_01367) use on both sides of a range. Rates are differentiated through the surrogates.
"""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class FiringCost:
    """l_f of every replica; strength and range of each have shape (R,)."""

    strength_R: Tensor
    low_R: Tensor
    high_R: Tensor
    ticks_per_second: float

    def of(self, activity_RTBN: Tensor, mask_TB: Tensor) -> Tensor:
        """Return the cost of the activity (spikes per tick) over ticks of trials, shape (R,)."""
        rate_RN = (activity_RTBN * mask_TB[:, :, None]).sum((1, 2)) * (self.ticks_per_second / mask_TB.sum())
        above_RN = (rate_RN - self.high_R[:, None]).relu()
        below_RN = (self.low_R[:, None] - rate_RN).relu()
        return self.strength_R * (above_RN.square() + below_RN.square()).sum(1)
