"""snnTorch, by a map of nirtorch: neurons that take their input as it is."""

from .changes import readout_gain_in_weights
from .dialect import Dialect

SNNTORCH = Dialect("snntorch", "snnTorch", changes=(readout_gain_in_weights,))
