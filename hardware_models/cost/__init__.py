"""Energy and time of a mapping."""

from typing import TYPE_CHECKING

from neurogrow._internal.lazy import lazily

if TYPE_CHECKING:
    from .cost import COST_ASSUMPTIONS, Energy, EnergyTerm, hop_cost, packet_cost
    from .latency import LATENCY_ASSUMPTIONS, Latency
else:
    __getattr__ = lazily(__name__, "cost", "latency")

__all__ = ["COST_ASSUMPTIONS", "LATENCY_ASSUMPTIONS", "Energy", "EnergyTerm", "Latency", "hop_cost", "packet_cost"]
