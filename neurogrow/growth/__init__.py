"""Brain-inspired modular training: penalties such as a cost of wiring, and neurons that swap places or leave.

Equation 2 of the paper (Liu, Khona, Fiete, Tegmark 2023; BIMT: Liu, Gan, Tegmark, arXiv:2305.08746):

    l_cc = |W|_1 + |W_in|_1 + |W_out|_1 + |b_h|_1 + |b_o|_1 + A |D * W|_1.
"""

from typing import TYPE_CHECKING

from .._internal.lazy import lazily
from .methods import SwapMethod
from .penalty import PENALTIES, Penalty, PenaltyContext, PenaltyFactory

if TYPE_CHECKING:
    from .active import active_neurons, compacted, forget_moments, widest_active
    from .cost import ConnectionPenalty, connection_cost, wiring_cost
    from .firing import FiringCost
    from .proximal import ProximalPenalty
    from .subgradient import SubgradientPenalty
    from .swaps import improving_permutation, permute_neurons, swap_deltas, swap_neurons
else:
    __getattr__ = lazily(__name__, "active", "cost", "firing", "proximal", "subgradient", "swaps")

__all__ = [
    "PENALTIES",
    "ConnectionPenalty",
    "FiringCost",
    "Penalty",
    "PenaltyContext",
    "PenaltyFactory",
    "ProximalPenalty",
    "SubgradientPenalty",
    "SwapMethod",
    "active_neurons",
    "compacted",
    "connection_cost",
    "forget_moments",
    "improving_permutation",
    "permute_neurons",
    "swap_deltas",
    "swap_neurons",
    "widest_active",
    "wiring_cost",
]
