"""What a reader of an exported spiking network hands back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from neurogrow.arrays import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class Recording:
    """One run of a spiking network. T counts ticks."""

    spikes_TBN: BoolArray
    """Whether each hidden neuron spiked."""
    readout_TBO: FloatArray
    """The readout after each tick."""


Reader: TypeAlias = Callable[[Path, FloatArray], Recording]
"""Runs the NIR file at a path on input currents (T, B, I), one row per tick, from a state of zeros."""
