"""Mapping a network onto a chip: which core every neuron sits on."""

from dataclasses import dataclass, replace

import numpy as np

from neurogrow.arrays import IntArray
from neurogrow.errors import InputError

from ._methods import resolve
from .chips.limits import limit_uses, refuse_overuse
from .chips.spec import ChipSpec
from .cost.cost import hop_cost
from .search.objective import objective_of
from .search.orders import NeuronOrder
from .search.partition import PARTITIONS, Partition, Partitioner, WholeMapping, partition_neurons
from .search.placement import Placement, PlacementMethod, place_parts, placement_cost
from .search.refinement import REFINEMENTS, Refined, Refinement, RefinementSettings, run_refinement, schedule_of
from .topology.routers import Router, find_router
from .workload.destinations import destinations, flow_between
from .workload.workload import Workload


@dataclass(frozen=True, eq=False)
class Mapping:
    """A workload with a core for each of its neurons, and the methods that chose the cores."""

    workload: Workload
    chip: ChipSpec
    partition: Partition
    placement: Placement
    seed: int
    neurons_per_core: int | None
    cost_set: str | None
    """Name of the chip's cost set that weights and prices the mapping; None if the chip has none."""
    refined: Refined | None = None
    """The refinement that gave this mapping; None if there was none, or if it gave nothing better."""

    @property
    def core_M(self) -> IntArray:
        """Core of every neuron, shape (M,)."""
        return self.placement.core_P[self.partition.part_M]


def map_workload(
    workload: Workload,
    chip: ChipSpec,
    partition: str | Partitioner | NeuronOrder | WholeMapping = "layout",
    placement: str | PlacementMethod = "layout",
    seed: int = 0,
    neurons_per_core: int | None = None,
    cost_set: str | None = None,
    chips_used: int = 1,
    within_limits: bool = True,
    effort: str | None = None,
    refinement: str | Refinement | None = None,
    router: str | Router | None = None,
) -> Mapping:
    """Put a network on a chip: divide its neurons into parts, put every part on a core, and improve both together.

    Every method is given by its name or as an object. :func:`mapping_report` then records the name.

    Parameters
    ----------
    workload, chip
        The network and the chip.
    partition, placement
        Methods: see :func:`~hardware_models.search.partition.partition_neurons` and
        :func:`~hardware_models.search.placement.place_parts`. The partition ``joint`` also chooses the cores.
    seed
        Seed of the methods' random numbers.
    neurons_per_core
        Largest number of neurons on a core; the chip's limit by default.
    cost_set
        Which of the chip's cost sets to use; its default one by default.
    chips_used
        Spread the network over this many chips, if the chip's file says that chips can be joined.
    within_limits
        Refuse a mapping that exceeds a limit which only a finished mapping shows (routing tables, destinations). If
        False, such a mapping is returned, and its report lists the limits that it exceeds.
    effort
        Budget of the refinement: ``fast``, ``balanced`` or ``best``. None means no refinement, unless ``refinement`` is
        given. The result of the built-in refinement costs no more than its start.
    refinement
        A name in ``REFINEMENTS`` or a function (:data:`~hardware_models.search.refinement.Refinement`); by default
        ``joint``. The partition ``joint`` is a search of its own, with ``effort`` (by default ``fast``) as its budget.
    router
        A name in ``ROUTERS``, a :class:`~hardware_models.topology.routers.Router`, or a function that returns a
        ``Traffic``; by default the chip's own router.

    Raises
    ------
    InputError
        If a method or cost set is unknown, if a method returns something unusable, if the seed is negative, if chips
        cannot be joined, or if the network does not fit; then the message says which limit binds, where, and by how
        much.
    """
    if seed < 0:
        raise InputError(f"A seed is not negative, as {seed} is.")
    if router is not None:
        find_router(router)  # an unknown router is one error
        chip = replace(chip, routing=replace(chip.routing, kind=router))
    chosen, chip = chip.cost_set(cost_set), chip.side_by_side(chips_used)
    name = None if chosen is None else chosen[0]
    method_name, method = resolve(PARTITIONS, partition)
    settings = RefinementSettings(effort or "fast", seed, neurons_per_core, cost_set)
    schedule_of(settings.effort)
    if isinstance(method, WholeMapping):
        mapped = _map_at_once(workload, chip, (method_name, method.search), replace(settings, cost_set=name))
    else:
        parts = partition_neurons(workload, chip, partition, seed, neurons_per_core)
        price = hop_cost(None if chosen is None else chosen[1], chip.fabric.hop_kinds)
        placed = place_parts(workload, parts, chip.fabric, placement, seed, price)
        mapped = Mapping(workload, chip, parts, placed, seed, neurons_per_core, name)
        refinement = "joint" if refinement is None and effort is not None else refinement
    if refinement is not None and (better := _refined(mapped, resolve(REFINEMENTS, refinement), settings)):
        return better
    if within_limits:
        _refuse_overuse(mapped)
    return mapped


def _refined(mapped: Mapping, method: tuple[str, Refinement], settings: RefinementSettings) -> Mapping | None:
    """Return the refined mapping; None if it crosses more links, exceeds a limit, or if there is none."""
    result = run_refinement(method, mapped.workload, mapped.chip, mapped.core_M, settings)
    if result is None:
        return None
    better = _with(mapped, result)
    return better if _hops(better) <= _hops(mapped) and not _overuse(better) else None


def _map_at_once(
    workload: Workload, chip: ChipSpec, method: tuple[str, Refinement], settings: RefinementSettings
) -> Mapping:
    """Map without a start; if the search finds no valid mapping, let it improve the neurons' own order."""
    parts = partition_neurons(workload, chip, "sequential", settings.seed, settings.neurons_per_core)
    placed = place_parts(workload, parts, chip.fabric, "sequential", settings.seed)
    start = Mapping(workload, chip, parts, placed, settings.seed, settings.neurons_per_core, settings.cost_set)
    result = run_refinement(method, workload, chip, None, settings)
    if result is None:
        result = run_refinement(method, workload, chip, start.core_M, settings)
    return start if result is None else _with(start, result, method[0])


def _with(mapped: Mapping, result: Refined, method: str | None = None) -> Mapping:
    """Return the mapping of a refinement, as parts and their cores."""
    core_P, part_M = np.unique(result.core_M, return_inverse=True)
    methods = (method or mapped.partition.method, method or mapped.placement.method)
    chosen, fabric = mapped.chip.cost_set(mapped.cost_set), mapped.chip.fabric
    price = hop_cost(None if chosen is None else chosen[1], fabric.hop_kinds)
    free = np.setdiff1d(np.arange(fabric.n_cores), core_P)
    flow_CC = flow_between(mapped.workload, part_M, fabric.n_cores)
    cost = placement_cost(flow_CC, fabric.distance_CC(price), np.concatenate([core_P, free]))
    parts = Partition(part_M, len(core_P), methods[0])
    return replace(mapped, partition=parts, placement=Placement(core_P, methods[1], cost, cost), refined=result)


def _hops(mapped: Mapping) -> float:
    """Return the hops on the chip if the built-in search lowers something else than hops, otherwise 0."""
    routing = mapped.chip.routing
    if routing.name == "unicast" or (
        routing.name == "multicast" and objective_of(mapped.chip, mapped.cost_set).hop is not None
    ):
        return 0.0
    pairs = destinations(mapped.workload, mapped.core_M, mapped.chip.fabric.n_cores)
    return float(routing.router(mapped.chip.fabric, pairs).hops)


def _overuse(mapped: Mapping) -> bool:
    pairs = destinations(mapped.workload, mapped.core_M, mapped.chip.fabric.n_cores)
    uses = limit_uses(mapped.workload, mapped.chip, mapped.core_M, pairs)
    return any(use.fraction is not None and use.fraction > 1 for use in uses)


def _refuse_overuse(mapped: Mapping) -> None:
    pairs = destinations(mapped.workload, mapped.core_M, mapped.chip.fabric.n_cores)
    refuse_overuse(mapped.workload, mapped.chip, limit_uses(mapped.workload, mapped.chip, mapped.core_M, pairs))
