"""Recurrent networks whose neurons have a place: rate and spiking neurons, and the base class for your own."""

from typing import TYPE_CHECKING

from .._internal.lazy import lazily
from .neurons import NEURONS

if TYPE_CHECKING:
    from .base import GridRNN, Output
    from .rate import RateRNN
    from .spiking import SpikingRNN
else:
    __getattr__ = lazily(__name__, "base", "rate", "spiking")

__all__ = ["NEURONS", "GridRNN", "Output", "RateRNN", "SpikingRNN"]
