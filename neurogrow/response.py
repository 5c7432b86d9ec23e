"""The response of a spiking network that was exported and read again."""

from dataclasses import dataclass

from .arrays import AnyArray, FloatArray


@dataclass(frozen=True, eq=False)
class Recording:
    """One run of a spiking network. T counts ticks."""

    spikes_TBN: AnyArray
    """Whether each hidden neuron spiked in each tick; a count for readers that allow several spikes per tick."""
    readout_TBO: FloatArray
    """The readout after each tick."""
