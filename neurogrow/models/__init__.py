"""Networks on a grid: rate and spiking, with the fused recurrences they run on."""

from .base import GridRNN, Output
from .rate import RateRNN
from .spiking import SpikingRNN

__all__ = ["GridRNN", "Output", "RateRNN", "SpikingRNN"]
