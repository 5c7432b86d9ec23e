"""Two recordings of one network, bin by bin."""

from dataclasses import dataclass

import numpy as np

from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.errors import InputError
from neurogrow.response import Recording


@dataclass(frozen=True)
class Comparison:
    """How the spikes and the readout of one recording differ from another's."""

    differing_bins: int
    """Number of (tick, lane, neuron) in which the numbers of spikes differ."""
    first_tick: int | None
    """The first tick with such a bin; None where there is none."""
    cosine: float
    """Cosine between the two spike trains as vectors over all bins; 1 where both are silent, 0 where one is."""
    max_output_difference: float | None
    """Largest difference of the readout at any tick; None where only spikes are known."""


def compare(name: str, recording: Recording, reference: Recording) -> Comparison:
    """Compare what the reader ``name`` gave with a reference. Raises ``InputError`` where shapes do not agree."""
    spikes = compare_spikes(name, recording.spikes_TBN, reference)
    check_shape(f"The readout of {name}", recording.readout_TBO, reference.readout_TBO.shape)
    difference = largest(recording.readout_TBO - reference.readout_TBO)
    return Comparison(spikes.differing_bins, spikes.first_tick, spikes.cosine, difference)


def compare_spikes(name: str, spikes_TBN: AnyArray, reference: Recording) -> Comparison:
    """Compare spikes alone."""
    check_shape(f"The spikes of the {name}", spikes_TBN, reference.spikes_TBN.shape)
    differing_TBN = spikes_TBN != reference.spikes_TBN
    ticks = np.flatnonzero(differing_TBN.any(axis=(1, 2)))
    first = int(ticks[0]) if len(ticks) else None
    return Comparison(int(differing_TBN.sum()), first, _cosine(spikes_TBN, reference.spikes_TBN), None)


def check_shape(what: str, array: AnyArray, shape: tuple[int, ...]) -> None:
    """Raise ``InputError`` unless the array has the shape."""
    if array.shape != shape:
        raise InputError(f"{what} have shape {array.shape}, but the file on these inputs gives {shape}.")


def largest(array: FloatArray) -> float:
    """Return the largest magnitude, 0 of nothing."""
    return float(np.abs(array).max(initial=0.0))


def _cosine(a: AnyArray, b: AnyArray) -> float:
    """Cosine of two vectors of whole numbers, from whole numbers, so that equal vectors give exactly 1."""
    if np.array_equal(a, b):
        return 1.0
    first, second = (np.asarray(each).astype(np.int64) for each in (a, b))
    shared, lengths = int((first * second).sum()), int((first**2).sum()) * int((second**2).sum())
    return shared / lengths**0.5 if lengths else 0.0
