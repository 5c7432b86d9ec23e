"""Two responses of one network, compared bin by bin."""

from dataclasses import dataclass

import numpy as np

from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.errors import InputError
from neurogrow.response import Response


@dataclass(frozen=True)
class SpikeDifference:
    """How the spikes and the readout of one response differ from those of another."""

    differing_bins: int
    """Number of (tick, lane, neuron) in which the numbers of spikes differ."""
    first_tick: int | None
    """The first tick with such a bin; None where there is none."""
    cosine: float
    """Cosine between the two spike trains as vectors over all bins; 1 where both are silent, 0 where one is."""
    max_output_difference: float | None
    """Largest difference of the readout at any tick; None where only spikes are known."""


def compare_responses(name: str, response: Response, reference: Response) -> SpikeDifference:
    """Compare the response of the reader ``name`` with a reference. Raises ``InputError`` if shapes do not agree."""
    spikes = compare_spikes(name, response.spikes_TBN, reference)
    check_shape(f"The readout of {name}", response.readout_TBO, reference.readout_TBO.shape)
    difference = largest(response.readout_TBO - reference.readout_TBO)
    return SpikeDifference(spikes.differing_bins, spikes.first_tick, spikes.cosine, difference)


def compare_spikes(name: str, spikes_TBN: AnyArray, reference: Response) -> SpikeDifference:
    """Compare spikes (T, B, N) alone with those of a reference. Raises ``InputError`` if shapes do not agree."""
    check_shape(f"The spikes of the {name}", spikes_TBN, reference.spikes_TBN.shape)
    differing_TBN = spikes_TBN != reference.spikes_TBN
    ticks = np.flatnonzero(differing_TBN.any(axis=(1, 2)))
    first = int(ticks[0]) if len(ticks) else None
    return SpikeDifference(int(differing_TBN.sum()), first, _cosine(spikes_TBN, reference.spikes_TBN), None)


def check_shape(what: str, array: AnyArray, shape: tuple[int, ...]) -> None:
    """Raise ``InputError`` if the array, which ``what`` names, has another shape."""
    if array.shape != shape:
        raise InputError(f"{what} have shape {array.shape}, but the file on these inputs gives {shape}.")


def largest(array: FloatArray) -> float:
    """Return the largest magnitude in an array; 0 for an empty one."""
    return float(np.abs(array).max(initial=0.0))


def _cosine(a: AnyArray, b: AnyArray) -> float:
    """Return the cosine of two vectors of whole numbers; sums of whole numbers give exactly 1 for equal vectors."""
    if np.array_equal(a, b):
        return 1.0
    first, second = (np.asarray(spikes).astype(np.int64) for spikes in (a, b))
    shared, lengths = int((first * second).sum()), int((first**2).sum()) * int((second**2).sum())
    return shared / lengths**0.5 if lengths else 0.0
