"""Which neurons share a core: an order of the neurons, cut wherever a limit of the chip is reached.

A method is only an order; the cut sees to it that every part keeps every limit. Beside ``sequential`` and ``random``
there is ``layout``, recursive bisection of the neurons' positions (Berger & Bokhari 1987, IEEE Trans. Computers 36(5)):
neurons that were grown close together stay together. Methods that partition the graph (``multilevel``, ``metis``,
:mod:`~hardware_models.search.graph_partition`) give parts; these are cut further where they exceed a limit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from neurogrow.arrays import AnyArray, FloatArray, IntArray
from neurogrow.errors import InputError, nearest

from ..chips.limits import NAMES, bits_per_synapse, limit_of, refuse_neurons, usable_cores, use_of_cores
from ..chips.spec import ChipSpec
from ..workload.workload import Workload
from .graph_partition import GRAPHS

Order: TypeAlias = Callable[[Workload, int, np.random.Generator], IntArray]
"""(workload, neurons per part, generator) -> every neuron once, in the order in which parts are filled."""


@dataclass(frozen=True, eq=False)
class Partition:
    """Neurons in parts, one part to a core."""

    part_M: IntArray
    """Part of every neuron, shape (M,)."""
    n_parts: int
    method: str


def partition_neurons(
    workload: Workload, chip: ChipSpec, method: str = "layout", seed: int = 0, neurons_per_core: int | None = None
) -> Partition:
    """Divide the neurons into parts that each fit on a core, as few and as equal as the order allows.

    1. Order the neurons by ``method``.
    2. Fill part after part until the next neuron would exceed a core's neurons, input axons, synapses or memory.
    3. Halve every part with too many output axons, until there is none: they depend on all the other parts.

    Parameters
    ----------
    neurons_per_core
        At most this many neurons on a core, to spread a network wider than the chip asks for.

    Raises
    ------
    InputError
        If the network does not fit; it says which limit binds, where, and by how much.
    """
    if method not in ORDERS and method not in GRAPHS:
        known = [*ORDERS, *GRAPHS, "joint"]
        raise InputError(
            f"There is no partition method '{method}'.{nearest(method, known)} Known methods: {', '.join(known)}."
        )
    refuse_neurons(workload, chip)
    most = _most_neurons(chip, neurons_per_core)
    n = workload.n_neurons
    equal = -(-n // -(-n // most))
    for size in dict.fromkeys((equal, most)):  # equal parts, unless only full ones fit
        if method in GRAPHS:
            part_M = GRAPHS[method](workload, -(-n // size), most, seed)
            order_M: IntArray = np.argsort(part_M, kind="stable")
            ends = np.cumsum(np.bincount(part_M))
        else:
            order_M, ends = ORDERS[method](workload, size, np.random.default_rng(seed)), np.array([n])
        starts, reason = _cut(workload, chip, order_M, most if method in GRAPHS else size, ends)
        part_M, n_parts, halved = _halve(workload, chip, order_M, starts)
        if n_parts <= usable_cores(chip):
            return Partition(part_M, n_parts, method)
    binding = "output_axons_per_core" if halved else reason
    limit = limit_of(chip, binding)
    said = f"{most} neurons per core" if binding == "neurons_per_core" else f"{limit} {NAMES[binding]} per core"
    raise InputError(
        f"{workload.source} does not fit on {chip.name}: {n} neurons need {n_parts} cores and there are "
        f"{usable_cores(chip)}. What binds is {said} (method '{method}')."
    )


def _sequential(workload: Workload, size: int, rng: np.random.Generator) -> IntArray:  # noqa: ARG001
    return np.arange(workload.n_neurons)


def _random(workload: Workload, size: int, rng: np.random.Generator) -> IntArray:  # noqa: ARG001
    return rng.permutation(workload.n_neurons)


def _layout(workload: Workload, size: int, rng: np.random.Generator) -> IntArray:  # noqa: ARG001
    if workload.positions_M2 is None:
        raise InputError(
            f"{workload.source} says nothing about where its neurons sit, so the 'layout' partition cannot be made. "
            "Choose 'sequential' or 'random'."
        )
    return bisected(workload.positions_M2, size)


ORDERS: dict[str, Order] = {"layout": _layout, "sequential": _sequential, "random": _random}


def bisected(positions_M2: FloatArray, size: int) -> IntArray:
    """Order points so that each run of ``size`` is a compact tile: cut the longer side in two, again and again.

    Cuts fall at multiples of ``size``, so all tiles but the last are full. Ties are broken by the other coordinate,
    then by index.
    """
    tiles: list[AnyArray] = []
    waiting = [np.arange(len(positions_M2))]
    while waiting:
        group = waiting.pop()
        extent = np.ptp(positions_M2[group], axis=0)
        axis = int(extent[1] > extent[0])
        group = group[np.lexsort((positions_M2[group, 1 - axis], positions_M2[group, axis]))]
        n_tiles = -(-len(group) // size)
        if n_tiles <= 1:
            tiles.append(group)
            continue
        middle = n_tiles // 2 * size
        waiting += [group[middle:], group[:middle]]
    return np.concatenate(tiles)


def _most_neurons(chip: ChipSpec, asked: int | None) -> int:
    allowed = int(chip.limits.neurons_per_core.value)
    if asked is None:
        return allowed
    if not 1 <= asked <= allowed:
        raise InputError(f"{asked} neurons per core were asked for; on {chip.name} it must be 1 to {allowed}.")
    return asked


def _cut(workload: Workload, chip: ChipSpec, order_M: IntArray, size: int, ends: IntArray) -> tuple[list[int], str]:
    """Where each part starts in the order, and the limit that ended most parts; none goes beyond one of ``ends``."""
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
    """First row whose presynaptic neurons, with those of the rows since ``start``, number more than ``limit``."""
    _, first_seen = np.unique(indices[indptr[start] : indptr[stop]], return_index=True)
    if len(first_seen) <= limit:
        return len(indptr)  # not before the rows run out
    too_many = int(np.partition(first_seen, limit)[limit]) + int(indptr[start])
    return int(np.searchsorted(indptr, too_many, side="right")) - 1


def _halve(workload: Workload, chip: ChipSpec, order_M: IntArray, starts: list[int]) -> tuple[IntArray, int, bool]:
    """Halve parts with too many output axons; return the parts, their number, and whether any was halved."""
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
