"""Spike counts: from counts, rasters or rates by node name, or from one assumed rate."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from neurogrow.arrays import AnyArray, IntArray
from neurogrow.errors import InputError, nearest

from .nir_file import NeuronGraph, Population

Spikes: TypeAlias = Mapping[str, Any]
"""Counts, a raster or rates for each spiking node, by its name; and the scalars ``ticks`` and ``trials``."""

RATE = 0.1
"""Assumed spikes per tick of every neuron if there is no recording."""
TICKS = 1000
"""Ticks of a recording that is computed from rates, by default."""


@dataclass(frozen=True, eq=False)
class SpikeCounts:
    """Spikes of all neurons over a recording."""

    spikes_M: IntArray
    ticks: int
    trials: int
    assumption: str | None = None
    """The assumption, if the spikes were not recorded."""
    most_per_tick: int = 1
    """Most spikes of a neuron in one tick; above 1 only in rasters of tools whose neurons allow it."""


def at_one_rate(graph: NeuronGraph, rate: float) -> SpikeCounts:
    """Return the spikes of a network whose spiking neurons all spike at ``rate`` per tick.

    Raises
    ------
    InputError
        If the rate is not from 0 to 1.
    """
    if not 0 <= rate <= 1:
        raise InputError(f"A rate is from 0 to 1 spike per tick, not {rate}.")
    spikes_M = np.zeros(graph.populations[-1].stop, np.int64)
    for population in graph.populations:
        if population.spiking:
            spikes_M[population.start : population.stop] = round(rate * TICKS)
    assumption = (
        f"No recorded spikes: we assume that every neuron spikes {rate:g} times per tick. Packets, hops and energy "
        "follow from this assumption. Give counts, a raster or rates (--spikes) to use the network's own."
    )
    return SpikeCounts(spikes_M, TICKS, 1, assumption)


def read_spikes(path: Path) -> dict[str, AnyArray]:
    """Read every array of an .npz file; pickled objects are refused.

    Raises
    ------
    InputError
        If the file is missing or is not an .npz of plain arrays.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist.")
    try:
        loaded = np.load(path, allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            raise InputError(f"{path} holds one array; spikes come as an .npz with one array per spiking node.")
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except InputError:
        raise
    except Exception as error:  # (the errors share no base class, and numpy's message advises to unpickle)
        raise InputError(
            f"{path} cannot be read as an .npz of plain arrays ({type(error).__name__}); write it with numpy.savez."
        ) from None


def counted(graph: NeuronGraph, spikes: Spikes, source: str) -> SpikeCounts:
    """Return the spikes of all neurons from one array for each spiking node.

    - Whole numbers, shape (size,): counts over the recording of ``ticks`` ticks.
    - Shape (ticks, size) or (ticks, trials, size): a raster. Values are numbers of spikes in each bin.
    - Other numbers, shape (size,): rates in spikes per tick, over ``ticks`` ticks, by default 1,000.

    ``trials`` defaults to the trials of a raster, or to 1.

    Raises
    ------
    InputError
        If an array has none of these forms, belongs to no node or is missing, or if lengths disagree.
    """
    names = [population.name for population in graph.populations]
    strange = sorted(set(spikes) - {*names, "ticks", "trials"})
    if strange:
        raise InputError(f"{source}: the network has no neurons named '{strange[0]}'.{nearest(strange[0], names)}")
    given = {node.name: _checked(node, spikes, source) for node in graph.populations if node.name in spikes}
    lengths = {array.shape[:-1] for array in given.values() if array.ndim > 1}
    if len(lengths) > 1:
        raise InputError(f"{source}: the rasters differ in length: {', '.join(map(str, sorted(lengths)))}.")
    length = next(iter(lengths), ())
    ticks, trials = _length(spikes, source, length, given)
    spikes_M = np.zeros(graph.populations[-1].stop, dtype=np.int64)
    for population in graph.populations:
        if population.name in given:
            spikes_M[population.start : population.stop] = _counts(given[population.name], ticks)
        elif population.spiking:
            raise InputError(f"{source}: the spikes of '{population.name}' are missing.")
    rasters = [array for array in given.values() if array.ndim > 1]
    return SpikeCounts(
        spikes_M, ticks, trials, most_per_tick=max([1, *(int(array.max(initial=0)) for array in rasters)])
    )


def _checked(population: Population, spikes: Spikes, source: str) -> AnyArray:
    """Return the array of a population if it holds counts, a raster or rates; otherwise raise ``InputError``."""
    given = np.asarray(spikes[population.name])
    numbers = given.dtype.kind in "biuf"
    fits = given.ndim in (1, 2, 3) and given.shape[-1] == population.size
    rates = given.dtype.kind == "f" and given.ndim == 1
    if not (numbers and fits) or (rates and not np.all((given >= 0) & (given <= 1))):
        raise InputError(
            f"{source}: '{population.name}' must be {population.size} whole numbers (counts), as many numbers from 0 "
            f"to 1 (rates per tick), or a raster (ticks, {population.size}), not {given.dtype} of shape {given.shape}."
        )
    if given.ndim > 1 and (wrong := _not_counts(given)).any():
        raise InputError(
            f"{source}: the raster of '{population.name}' must hold numbers of spikes, whole and not negative, not "
            f"{given[wrong][0]}."
        )
    if not population.spiking and given.any():
        raise InputError(f"{source}: '{population.name}' is {population.kind}, which never spikes.")
    return given


def _not_counts(raster: AnyArray) -> AnyArray:
    """Return where a raster holds no number of spikes (or more than 2^31 in one bin)."""
    return np.asarray(~np.isfinite(raster) | (raster < 0) | (raster > 2**31) | (raster != np.floor(raster)))


def _length(spikes: Spikes, source: str, length: tuple[int, ...], given: dict[str, AnyArray]) -> tuple[int, int]:
    """Return the ticks of the recording, summed over trials, and the number of trials."""
    bins = math.prod(length)
    if "ticks" in spikes:
        ticks = _whole(spikes, "ticks", source)
        if length and ticks != bins:
            raise InputError(f"{source}: 'ticks' is {ticks}, but the rasters have {bins}, all trials together.")
    elif length:
        ticks = bins
    elif given and all(array.dtype.kind == "f" for array in given.values()):
        ticks = TICKS
    else:
        raise InputError(f"{source}: 'ticks' must be one whole number.")
    trials = _whole(spikes, "trials", source) if "trials" in spikes else (length[1] if len(length) > 1 else 1)
    return ticks, trials


def _counts(given: AnyArray, ticks: int) -> IntArray:
    if given.ndim > 1:
        return np.asarray(given.sum(axis=tuple(range(given.ndim - 1)), dtype=np.float64), dtype=np.int64)
    return np.asarray(np.rint(given * ticks) if given.dtype.kind == "f" else given, dtype=np.int64)


def _whole(spikes: Spikes, name: str, source: str) -> int:
    value = np.asarray(spikes[name])
    if value.size != 1 or not np.issubdtype(value.dtype, np.integer):
        raise InputError(f"{source}: '{name}' must be one whole number.")
    return int(value.item())
