"""The form of the NIR file that a nirtorch map to snnTorch reads: neurons add their input without a gain."""

from .changes import readout_gain_in_weights
from .dialect import Dialect

SNNTORCH = Dialect("snntorch", "snnTorch", changes=(readout_gain_in_weights,))
