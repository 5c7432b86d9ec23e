"""Networks on a grid: rate and spiking, with the fused recurrences they run on."""

from typing import TYPE_CHECKING

from .._internal.lazy import lazily
from ..registry import Registry

if TYPE_CHECKING:
    from .base import GridRNN, Output
    from .rate import RateRNN
    from .spiking import SpikingRNN
else:
    __getattr__ = lazily(__name__, "base", "rate", "spiking")

NEURONS: "Registry[type[GridRNN]]" = Registry(
    "neuron model",
    "neurogrow.neurons",
    {"rate": "neurogrow.models.rate:RateRNN", "spiking": "neurogrow.models.spiking:SpikingRNN"},
)

__all__ = ["NEURONS", "GridRNN", "Output", "RateRNN", "SpikingRNN"]
