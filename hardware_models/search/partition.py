"""Partition: which neurons share a core.

A partition method gives either an order of the neurons (:mod:`~hardware_models.search.orders`) or parts
(:mod:`~hardware_models.search.graph_partition`). An order is cut wherever a limit of a core is reached. Parts that
exceed a limit are cut further. So every part fits on a core, whatever the method.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from neurogrow.arrays import IntArray
from neurogrow.errors import InputError
from neurogrow.registry import Registry

from .._methods import checked_numbers, checked_order, resolve
from ..chips.limits import NAMES, bits_per_synapse, limit_of, refuse_neurons, usable_cores, use_of_cores
from ..chips.spec import ChipSpec
from ..workload.workload import Workload
from .graph_partition import kahypar_parts, metis_parts, multilevel_parts
from .orders import NeuronOrder, layout_order, random_order, sequential_order
from .refinement import Refinement, joint_refinement

Partitioner: TypeAlias = Callable[[Workload, int, int, int], IntArray]
"""(workload, number of parts, neurons per part, seed) -> part of every neuron, shape (M,)."""


@dataclass(frozen=True)
class WholeMapping:
    """A partition method that also chooses the cores, so that it needs no placement method."""

    search: Refinement
    """It gets no start. If it then returns None, it starts from the neurons' own order."""

    @property
    def __name__(self) -> str:
        """Name of the function that searches."""
        return str(getattr(self.search, "__name__", type(self.search).__name__))


PartitionMethod: TypeAlias = Partitioner | NeuronOrder | WholeMapping

PARTITIONS: Registry[PartitionMethod] = Registry(
    "partition method",
    "neurogrow.partitions",
    {
        "layout": NeuronOrder(layout_order),
        "sequential": NeuronOrder(sequential_order),
        "random": NeuronOrder(random_order),
        "multilevel": multilevel_parts,
        "metis": metis_parts,
        "mt-kahypar": kahypar_parts,
        "joint": WholeMapping(joint_refinement),
    },
)
"""Partition methods by name."""


@dataclass(frozen=True, eq=False)
class Partition:
    """Neurons in parts, one part to a core."""

    part_M: IntArray
    """Part of every neuron, shape (M,)."""
    n_parts: int
    method: str


def partition_neurons(
    workload: Workload,
    chip: ChipSpec,
    method: str | Partitioner | NeuronOrder | WholeMapping = "layout",
    seed: int = 0,
    neurons_per_core: int | None = None,
) -> Partition:
    """Divide the neurons into parts that each fit on a core, as few and as equal as the order allows.

    1. Order the neurons by the method, or take its parts one after the other.
    2. Fill part after part until the next neuron would exceed a core's neurons, input axons, synapses or memory. A new
       part also begins where one of the method's own parts ends.
    3. Halve every part with too many output axons, until there is none. (Output axons depend on all other parts.)

    Parameters
    ----------
    workload, chip
        The network and the chip.
    method
        A name in ``PARTITIONS``, a function that returns the part of every neuron, or a :class:`NeuronOrder`.
    seed
        Seed of the method's random numbers.
    neurons_per_core
        Largest number of neurons on a core, to spread the network over more cores; the chip's limit by default.

    Raises
    ------
    InputError
        If the method is unknown or does not return parts (an order) of all neurons, or if the network does not fit; the
        message says which limit binds, where, and by how much.
    """
    name, partition = resolve(PARTITIONS, method)
    if isinstance(partition, WholeMapping):
        raise InputError(f"The partition '{name}' also chooses the cores: use map_workload, which needs no placement.")
    refuse_neurons(workload, chip)
    most = _most_neurons(chip, neurons_per_core)
    n = workload.n_neurons
    equal = -(-n // -(-n // most))
    for size in dict.fromkeys((equal, most)):  # equal parts if possible, otherwise full ones
        order_M, ends = _ordered(workload, (name, partition), size, most, seed)
        filled = size if isinstance(partition, NeuronOrder) else most
        starts, reason = _cut(workload, chip, order_M, filled, ends)
        part_M, n_parts, halved = _halve(workload, chip, order_M, starts)
        if n_parts <= usable_cores(chip):
            return Partition(part_M, n_parts, name)
    binding = "output_axons_per_core" if halved else reason
    limit = limit_of(chip, binding)
    per_core = f"{most} neurons per core" if binding == "neurons_per_core" else f"{limit} {NAMES[binding]} per core"
    raise InputError(
        f"{workload.source} does not fit on {chip.name}: {n} neurons need {n_parts} cores and there are "
        f"{usable_cores(chip)}. What binds is {per_core} (method '{name}')."
    )


def _ordered(
    workload: Workload, method: tuple[str, Partitioner | NeuronOrder], size: int, most: int, seed: int
) -> tuple[IntArray, IntArray]:
    """Return the neurons in the order of a method, and the end of each of its parts in this order."""
    (name, partition), n = method, workload.n_neurons
    subject = f"partition method '{name}'"
    if isinstance(partition, NeuronOrder):
        order = partition.order(workload, size, np.random.default_rng(seed))
        return checked_order(order, n, subject, "every neuron in some order"), np.array([n])
    parts = partition(workload, -(-n // size), most, seed)
    part_M = checked_numbers(parts, n, n, subject, "a part for every neuron")
    return np.argsort(part_M, kind="stable"), np.cumsum(np.bincount(part_M))


def _most_neurons(chip: ChipSpec, asked: int | None) -> int:
    allowed = int(chip.limits.neurons_per_core.value)
    if asked is None:
        return allowed
    if not 1 <= asked <= allowed:
        raise InputError(f"{asked} neurons per core were asked for; on {chip.name} it must be 1 to {allowed}.")
    return asked


def _cut(workload: Workload, chip: ChipSpec, order_M: IntArray, size: int, ends: IntArray) -> tuple[list[int], str]:
    """Return the start of each part in the order, and the limit that ended most parts; parts do not cross ``ends``."""
    rows = workload.connectivity[order_M]
    held_M = np.cumsum(np.asarray(rows.sum(axis=1)))
    sizes = {"synapse_bits_per_core": bits_per_synapse(chip) or 0, "synapses_per_core": 1}
    memories = [(name, held_M * size, limit) for name, size in sizes.items() if (limit := limit_of(chip, name))]
    axons = limit_of(chip, "input_axons_per_core")
    starts, ended_by, start, n = [0], dict.fromkeys(NAMES, 0), 0, len(order_M)
    while True:
        border = int(ends[np.searchsorted(ends, start, side="right")])
        stops = {"neurons_per_core": min(start + size, border)}
        if axons is not None:
            stops["input_axons_per_core"] = _axon_stop(rows.indptr, rows.indices, start, min(start + size, n), axons)
        for name, filled_M, limit in memories:
            before = filled_M[start - 1] if start else 0
            stops[name] = int(np.searchsorted(filled_M, before + limit, side="right"))
        reason = min(stops, key=lambda name: stops[name])
        start = stops[reason]
        if start >= n:
            return starts, max(ended_by, key=lambda name: ended_by[name])
        ended_by[reason] += 1
        starts.append(start)


def _axon_stop(indptr: IntArray, indices: IntArray, start: int, stop: int, limit: int) -> int:
    """Return the first row at which the rows since ``start`` have more than ``limit`` distinct presynaptic neurons."""
    _, first_seen = np.unique(indices[indptr[start] : indptr[stop]], return_index=True)
    if len(first_seen) <= limit:
        return len(indptr)  # the limit is not reached
    too_many = int(np.partition(first_seen, limit)[limit]) + int(indptr[start])
    return int(np.searchsorted(indptr, too_many, side="right")) - 1


def _halve(workload: Workload, chip: ChipSpec, order_M: IntArray, starts: list[int]) -> tuple[IntArray, int, bool]:
    """Halve parts with too many output axons; return the parts, their number, and whether a part was halved."""
    limit, n, bounds = limit_of(chip, "output_axons_per_core"), len(order_M), np.array([*starts, len(order_M)])
    while True:
        n_parts = len(bounds) - 1
        part_M = np.empty(n, dtype=np.int64)
        part_M[order_M] = np.repeat(np.arange(n_parts), np.diff(bounds))
        if limit is None:
            return part_M, n_parts, False
        used_C = use_of_cores(workload, part_M, n_parts, chip)["output_axons_per_core"]
        over = np.flatnonzero(used_C > limit)
        if not len(over) or n_parts > usable_cores(chip):
            return part_M, n_parts, n_parts > len(starts)
        alone = over[np.diff(bounds)[over] == 1]
        if len(alone):
            neuron = int(order_M[bounds[alone[0]]])
            raise InputError(
                f"{workload.source} does not fit on {chip.name}: {workload.label(neuron)} alone sends to "
                f"{used_C[alone[0]]} cores in this order, the chip allows {limit} output axons per core."
            )
        bounds = np.sort(np.concatenate([bounds, (bounds[over] + bounds[over + 1]) // 2]))
