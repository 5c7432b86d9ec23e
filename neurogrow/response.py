"""What a reader of an exported spiking network hands back."""

from dataclasses import dataclass

from .arrays import AnyArray, FloatArray


@dataclass(frozen=True, eq=False)
class Recording:
    """One run of a spiking network. T counts ticks."""

    spikes_TBN: AnyArray
    """Whether each hidden neuron spiked, or how often, where the reader has several spikes in a tick."""
    readout_TBO: FloatArray
    """The readout after each tick."""
