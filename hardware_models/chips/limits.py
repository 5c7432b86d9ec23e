"""How much of a chip's limits a mapped network uses: per core, per neuron, per tile, and in total."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from neurogrow.arrays import IntArray
from neurogrow.errors import InputError

from ..topology.routing_tables import table_entries
from ..workload.destinations import Destinations, destinations
from ..workload.workload import Workload
from .spec import ChipSpec

NAMES = {
    "neurons_per_core": "neurons",
    "input_axons_per_core": "input axons",
    "output_axons_per_core": "output axons",
    "synapse_bits_per_core": "bits of synapse memory",
    "synapses_per_core": "synapses",
    "spiking_neurons_per_core": "spiking neurons",
    "silent_neurons_per_core": "silent neurons",
    "fan_in_per_neuron": "fan-in",
    "fan_out_per_neuron": "fan-out",
    "destination_tiles_per_neuron": "destination tiles",
    "table_entries_per_tile": "routing table entries",
    "cores_per_chip": "cores",
    "delay_ticks": "ticks of delay",
}
"""What each limit counts."""

ALWAYS = ("neurons_per_core", "input_axons_per_core", "output_axons_per_core", "synapse_bits_per_core")
"""Limits that are always reported, even if the chip's value is not published."""


@dataclass(frozen=True)
class LimitUse:
    """Use of one limit by the core, neuron or tile that uses most of it; None if a number is not published."""

    name: str
    used: int | None
    limit: int | None
    core: int | None
    """The core that uses most, for limits of a core."""
    where: str | None = None
    """The place that uses most, as text: ``core 5``, ``hidden[17]``, ``tile (2, 3)``."""

    @property
    def fraction(self) -> float | None:
        """Used share of the limit, in [0, 1] for a valid mapping."""
        return None if self.used is None or self.limit is None else self.used / self.limit


def limit_of(chip: ChipSpec, name: str) -> int | None:
    """Return the chip's value for a limit, None if it is not published."""
    quantity = getattr(chip.limits, name)
    return None if quantity is None else int(quantity.value)


def bits_per_synapse(chip: ChipSpec) -> int | None:
    """Return the memory of one synapse in bits, None if it is not published."""
    quantity = chip.limits.bits_per_synapse
    return None if quantity is None else int(quantity.value)


def usable_cores(chip: ChipSpec) -> int:
    """Return the number of cores that can hold neurons, on all chips together."""
    per_chip = limit_of(chip, "cores_per_chip")
    n_chips = chip.chips[0] * chip.chips[1]
    return chip.fabric.n_cores if per_chip is None else min(chip.fabric.n_cores, per_chip * n_chips)


def use_of_cores(
    workload: Workload, core_M: IntArray, n_cores: int, chip: ChipSpec, pairs: Destinations | None = None
) -> dict[str, IntArray]:
    """Return how much of each limit every core uses, shape (C,) each.

    Neurons and axons are always counted. Synapses, spiking and silent neurons are counted if the chip limits them, and
    memory if the size of a synapse is known.
    """
    pairs = destinations(workload, core_M, n_cores) if pairs is None else pairs
    sent = pairs if chip.routing.own_core_packets else pairs.remote()
    synapses_M = np.asarray(workload.connectivity.sum(axis=1)).astype(np.int64)
    spiking_M = np.zeros(workload.n_neurons, dtype=bool)
    for population in workload.populations:
        spiking_M[population.start : population.stop] = population.spiking
    bits = bits_per_synapse(chip)
    use: dict[str, IntArray] = {
        "neurons_per_core": np.bincount(core_M, minlength=n_cores),
        "input_axons_per_core": np.bincount(pairs.core_P, minlength=n_cores),
        "output_axons_per_core": np.bincount(sent.home_P, minlength=n_cores),
    }
    if bits is not None:
        use["synapse_bits_per_core"] = _summed(core_M, synapses_M * bits, n_cores)
    for name, count_M in (
        ("synapses_per_core", synapses_M),
        ("spiking_neurons_per_core", spiking_M),
        ("silent_neurons_per_core", ~spiking_M),
    ):
        if limit_of(chip, name) is not None:
            use[name] = _summed(core_M, count_M, n_cores)
    return use


def use_of_neurons(workload: Workload, chip: ChipSpec) -> dict[str, IntArray]:
    """Return how much of each limit of neurons every neuron uses, shape (M,) each, for the limits that the chip has."""
    counts: dict[str, Callable[[], IntArray]] = {
        "fan_in_per_neuron": lambda: np.diff(workload.connectivity.indptr),
        "fan_out_per_neuron": lambda: np.bincount(workload.connectivity.indices, minlength=workload.n_neurons),
    }
    return {name: count() for name, count in counts.items() if limit_of(chip, name) is not None}


def refuse_neurons(workload: Workload, chip: ChipSpec) -> None:
    """Refuse a network if one of its neurons does not even fit on a core alone.

    Raises
    ------
    InputError
        If a neuron exceeds a limit; the message names the neuron, its use, and the limit.
    """
    use = use_of_neurons(workload, chip)
    fan_in_M = np.diff(workload.connectivity.indptr)
    synapses_M = np.asarray(workload.connectivity.sum(axis=1)).astype(np.int64)
    use |= {"input_axons_per_core": fan_in_M, "synapses_per_core": synapses_M}
    use["synapse_bits_per_core"] = synapses_M * (bits_per_synapse(chip) or 0)
    for name, used_M in use.items():
        worst = int(used_M.argmax())
        _refuse(LimitUse(name, int(used_M[worst]), limit_of(chip, name), None, workload.label(worst)), workload, chip)


def refuse_overuse(workload: Workload, chip: ChipSpec, uses: list[LimitUse]) -> None:
    """Refuse a mapping that exceeds a limit.

    Raises
    ------
    InputError
        If a limit is exceeded; the message says which limit, where, and by how much.
    """
    for use in uses:
        _refuse(use, workload, chip)


def _refuse(use: LimitUse, workload: Workload, chip: ChipSpec) -> None:
    if use.used is not None and use.limit is not None and use.used > use.limit:
        raise InputError(
            f"{workload.source} does not fit on {chip.name}: {use.where} has {use.used} {NAMES[use.name]}, "
            f"the chip allows {use.limit} ({use.name})."
        )


def fullest(use: dict[str, IntArray], chip: ChipSpec) -> list[LimitUse]:
    """Return the largest use of every limit of a core, the tightest limit first and unpublished limits last."""
    return _tightest_first(_core_limits(use, chip))


def limit_uses(workload: Workload, chip: ChipSpec, core_M: IntArray, pairs: Destinations) -> list[LimitUse]:
    """Return the largest use of every limit, the tightest limit first and unpublished limits last.

    Parameters
    ----------
    workload, chip
        The network and the chip.
    core_M
        Core of every neuron, shape (M,).
    pairs
        The destination cores of every neuron.
    """
    use = use_of_cores(workload, core_M, chip.fabric.n_cores, chip, pairs)
    return _tightest_first(
        [*_core_limits(use, chip), *_neuron_limits(workload, chip, pairs), *_chip_limits(workload, chip, core_M, pairs)]
    )


def _tightest_first(uses: Iterable[LimitUse]) -> list[LimitUse]:
    return sorted(uses, key=_tightness, reverse=True)


def _tightness(use: LimitUse) -> float:
    """Return the used share of the limit; -2 if it is unknown, -1 for a delay within its limit, which never binds."""
    if use.fraction is None:
        return -2.0
    return -1.0 if use.name == "delay_ticks" and use.fraction <= 1 else use.fraction


def _core_limits(use: dict[str, IntArray], chip: ChipSpec) -> Iterator[LimitUse]:
    for name in dict.fromkeys((*ALWAYS, *use)):
        used_C = use.get(name)
        if used_C is None:
            yield LimitUse(name, None, limit_of(chip, name), None)
        else:
            core = int(used_C.argmax())
            yield LimitUse(name, int(used_C[core]), limit_of(chip, name), core, f"core {core}")


def _neuron_limits(workload: Workload, chip: ChipSpec, pairs: Destinations) -> Iterator[LimitUse]:
    use = use_of_neurons(workload, chip)
    if limit_of(chip, "destination_tiles_per_neuron") is not None:
        n_tiles = chip.fabric.columns * chip.fabric.rows
        to_tile = np.unique(pairs.neuron_P * n_tiles + chip.fabric.tile_C[pairs.core_P])
        use["destination_tiles_per_neuron"] = np.bincount(to_tile // n_tiles, minlength=workload.n_neurons)
    for name, used_M in use.items():
        worst = int(used_M.argmax())
        yield LimitUse(name, int(used_M[worst]), limit_of(chip, name), None, workload.label(worst))


def _chip_limits(workload: Workload, chip: ChipSpec, core_M: IntArray, pairs: Destinations) -> Iterator[LimitUse]:
    entries, cores, delay = (limit_of(chip, n) for n in ("table_entries_per_tile", "cores_per_chip", "delay_ticks"))
    if entries is not None:
        used = table_entries(chip.fabric, pairs if chip.routing.own_core_packets else pairs.remote())
        tile = int(used.argmax())
        where = f"tile {divmod(tile, chip.fabric.rows)}"
        yield LimitUse("table_entries_per_tile", int(used[tile]), entries, None, where)
    if cores is not None:
        yield LimitUse("cores_per_chip", len(np.unique(core_M)), usable_cores(chip), None, "the network")
    if delay is not None:
        yield LimitUse("delay_ticks", workload.delay_ticks, delay, None, "the network")


def _summed(core_M: IntArray, count_M: IntArray, n_cores: int) -> IntArray:
    return np.rint(np.bincount(core_M, weights=count_M, minlength=n_cores)).astype(np.int64)
