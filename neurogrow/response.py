"""The response of a spiking network to inputs, as every reader of an exported file returns it."""

from dataclasses import dataclass

from .arrays import AnyArray, FloatArray


@dataclass(frozen=True, eq=False)
class Response:
    """Spikes and readout of one run. T counts ticks."""

    spikes_TBN: AnyArray
    """Spikes of each hidden neuron: 0 or 1, or a number where the reader allows several spikes in a tick."""
    readout_TBO: FloatArray
    """The readout after each tick."""
