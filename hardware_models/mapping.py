"""A network on a chip: which core every neuron sits on, what its spikes travel, and what that costs."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from neurogrow.arrays import IntArray
from neurogrow.errors import InputError
from neurogrow.io.files import write_json

from .checking.checker import violations
from .chips.limits import limit_uses, refuse_overuse, use_of_cores
from .chips.spec import ChipSpec
from .cost.cost import COST_ASSUMPTIONS, counts, energy, hop_cost
from .cost.latency import LATENCY_ASSUMPTIONS, latency
from .search.bounds import gilmore_lawler, optimal_placement, partition_bound, routing_bound
from .search.objective import objective_of
from .search.partition import Partition, partition_neurons
from .search.placement import Placement, place_parts, placement_cost
from .search.refinement import Refined, refined, schedule_of
from .topology.routing import ROUTERS, Traffic
from .workload.destinations import Destinations, destinations, flow_between
from .workload.workload import Workload

FORMAT = "neurogrow-mapping-1"


@dataclass(frozen=True, eq=False)
class Mapping:
    """A workload with a core for each of its neurons, and how that came about."""

    workload: Workload
    chip: ChipSpec
    partition: Partition
    placement: Placement
    seed: int
    neurons_per_core: int | None
    cost_set: str | None
    """Name of the chip's cost set that placed it and prices it, None where the chip has none."""
    refined: Refined | None = None
    """The search that ended here, None where there was none or where it found nothing better."""

    @property
    def core_M(self) -> IntArray:
        """Core of every neuron, shape (M,)."""
        return self.placement.core_P[self.partition.part_M]


@dataclass(frozen=True)
class MappingReport:
    """Everything said about a mapping, as plain values; :meth:`to_json` is the file ``mapping-<chip>.json``."""

    chip: dict[str, Any]
    workload: dict[str, Any]
    methods: dict[str, Any]
    cores_used: int
    core_of_neuron: list[int]
    cores: list[dict[str, Any]]
    packets: dict[str, int]
    spike_hops: int
    unicast_hops: int
    multicast: dict[str, Any]
    unicast: dict[str, Any]
    core_multicast: dict[str, Any] | None
    energy: dict[str, Any] | None
    latency: dict[str, Any] | None
    limits: list[dict[str, Any]]
    binding_limit: str | None
    bounds: dict[str, Any]
    assumptions: list[str]
    valid: bool
    violations: list[str]
    refinement: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        return {"format": FORMAT} | asdict(self)

    def save(self, folder: Path) -> Path:
        """Write ``mapping-<chip>.json`` into a folder, whole or not at all, and return its path."""
        return write_json(folder / f"mapping-{self.chip['name']}.json", self.to_json())


def map_workload(
    workload: Workload,
    chip: ChipSpec,
    partition: str = "layout",
    placement: str = "layout",
    seed: int = 0,
    neurons_per_core: int | None = None,
    cost_set: str | None = None,
    chips_used: int = 1,
    within_limits: bool = True,
    effort: str | None = None,
) -> Mapping:
    """Put a network on a chip: divide its neurons into parts, put every part on a core, and improve both together.

    Parameters
    ----------
    workload, chip
        What to map, and where to.
    partition, placement
        Methods: see :func:`~hardware_models.search.partition.partition_neurons` and
        :func:`~hardware_models.search.placement.place_parts`.
    seed
        Of the methods that draw random numbers.
    neurons_per_core
        At most this many neurons on a core; the chip's limit by default.
    cost_set
        Which of the chip's sets of figures to use; its default one without a name.
    chips_used
        Spread the network over this many chips, joined as the chip's file says they can be.
    within_limits
        Refuse a mapping that exceeds a limit which only the finished mapping shows (routing tables, destinations).
        Without it such a mapping is returned, and its report lists what is exceeded.
    effort
        ``fast``, ``balanced`` or ``best``: then neurons, clusters and cores move to lower what the chip spends
        (:mod:`~hardware_models.search.refinement`), and the result is never worse than what the two methods gave.
        With the partition ``joint`` there is no such start: the same search makes the mapping, ``fast`` by default.

    Raises
    ------
    InputError
        If a method or cost set is unknown, the seed is negative, chips cannot be joined, or the network does not fit
        on the chip: then it says which limit binds, where, and by how much.
    """
    if seed < 0:
        raise InputError(f"A seed is not negative, as {seed} is.")
    chosen, chip = chip.cost_set(cost_set), chip.side_by_side(chips_used)
    name = None if chosen is None else chosen[0]
    if effort is not None:
        schedule_of(effort)
    if partition == "joint":
        return _joint(workload, chip, effort or "fast", seed, neurons_per_core, name, within_limits)
    parts = partition_neurons(workload, chip, partition, seed, neurons_per_core)
    price = hop_cost(None if chosen is None else chosen[1], chip.fabric.hop_kinds)
    placed = place_parts(workload, parts, chip.fabric, placement, seed, price)
    mapped = Mapping(workload, chip, parts, placed, seed, neurons_per_core, name)
    if effort is not None:
        found = refined(workload, chip, effort, seed, mapped.core_M, neurons_per_core, cost_set)
        better = None if found is None else _with(mapped, found)
        if better is not None and _hops(better) <= _hops(mapped) and not _overuse(better):
            return better
    if within_limits:
        _refuse(mapped)
    return mapped


def _joint(
    workload: Workload,
    chip: ChipSpec,
    effort: str,
    seed: int,
    neurons_per_core: int | None,
    cost_set: str | None,
    within_limits: bool,
) -> Mapping:
    """Map from nothing; where the search keeps no core's limits, the neurons' own order is improved instead."""
    parts = partition_neurons(workload, chip, "sequential", seed, neurons_per_core)
    placed = place_parts(workload, parts, chip.fabric, "sequential", seed)
    start = Mapping(workload, chip, parts, placed, seed, neurons_per_core, cost_set)
    found = refined(workload, chip, effort, seed, None, neurons_per_core, cost_set)
    if found is None:
        found = refined(workload, chip, effort, seed, start.core_M, neurons_per_core, cost_set)
    mapped = start if found is None else _with(start, found, "joint")
    if within_limits:
        _refuse(mapped)
    return mapped


def _with(mapped: Mapping, found: Refined, method: str | None = None) -> Mapping:
    """The mapping that a search found, as parts and their cores."""
    core_P, part_M = np.unique(found.core_M, return_inverse=True)
    methods = (method or mapped.partition.method, method or mapped.placement.method)
    chosen, fabric = mapped.chip.cost_set(mapped.cost_set), mapped.chip.fabric
    price = hop_cost(None if chosen is None else chosen[1], fabric.hop_kinds)
    free = np.setdiff1d(np.arange(fabric.n_cores), core_P)
    flow_CC = flow_between(mapped.workload, part_M, fabric.n_cores)
    cost = placement_cost(flow_CC, fabric.distance_CC(price), np.concatenate([core_P, free]))
    parts = Partition(part_M, len(core_P), methods[0])
    return replace(mapped, partition=parts, placement=Placement(core_P, methods[1], cost, cost), refined=found)


def _hops(mapped: Mapping) -> float:
    """What the chip itself would carry, where a search lowers something else; 0 where it lowers just that."""
    if mapped.chip.routing.kind == "unicast" or (
        mapped.chip.routing.kind == "multicast" and objective_of(mapped.chip, mapped.cost_set).hop is not None
    ):
        return 0.0
    pairs = destinations(mapped.workload, mapped.core_M, mapped.chip.fabric.n_cores)
    return float(ROUTERS[mapped.chip.routing.kind](mapped.chip.fabric, pairs).hops)


def _overuse(mapped: Mapping) -> bool:
    pairs = destinations(mapped.workload, mapped.core_M, mapped.chip.fabric.n_cores)
    uses = limit_uses(mapped.workload, mapped.chip, mapped.core_M, pairs)
    return any(use.fraction is not None and use.fraction > 1 for use in uses)


def _refuse(mapped: Mapping) -> None:
    pairs = destinations(mapped.workload, mapped.core_M, mapped.chip.fabric.n_cores)
    refuse_overuse(mapped.workload, mapped.chip, limit_uses(mapped.workload, mapped.chip, mapped.core_M, pairs))


def mapping_report(mapping: Mapping) -> MappingReport:
    """Count, price, bound and check a mapping."""
    workload, chip, core_M = mapping.workload, mapping.chip, mapping.core_M
    pairs = destinations(workload, core_M, chip.fabric.n_cores)
    kinds = dict.fromkeys(("multicast", "unicast", chip.routing.kind))
    by_kind = {kind: ROUTERS[kind](chip.fabric, pairs) for kind in kinds}
    own = by_kind[chip.routing.kind]
    use = use_of_cores(workload, core_M, chip.fabric.n_cores, chip, pairs)
    tightest = limit_uses(workload, chip, core_M, pairs)
    counted = counts(workload, pairs, own, chip)
    energy_said, latency_said = _costs(mapping, counted, core_M, pairs)
    said: dict[str, Any] = {
        "chip": _chip(chip),
        "workload": _workload(workload),
        "methods": {
            "partition": mapping.partition.method,
            "placement": mapping.placement.method,
            "seed": mapping.seed,
            "neurons_per_core": mapping.neurons_per_core,
            "cost_set": mapping.cost_set,
            "effort": None if mapping.refined is None else mapping.refined.effort,
        },
        "cores_used": mapping.partition.n_parts,
        "core_of_neuron": core_M.tolist(),
        "cores": _cores(chip, use),
        "packets": {
            "all": int(pairs.spikes_P.sum()),
            "remote": int(pairs.remote().spikes_P.sum()),
            "sent": counted["packet"],
        },
        "spike_hops": by_kind["multicast"].hops,
        "unicast_hops": by_kind["unicast"].hops,
        "core_multicast": None,
        **{kind: _traffic(traffic, chip.fabric.n_links) for kind, traffic in by_kind.items()},
        "energy": energy_said,
        "latency": latency_said,
        "limits": [asdict(limit) | {"fraction": limit.fraction} for limit in tightest],
        "binding_limit": tightest[0].name if tightest[0].fraction is not None else None,
        "bounds": _bounds(mapping, pairs, by_kind["multicast"].hops),
        "assumptions": _assumptions(mapping, energy_said, latency_said),
        "refinement": _refinement(mapping.refined),
    }
    found = violations(workload, chip, said)
    return MappingReport(**said, valid=not found, violations=found)


def _refinement(found: Refined | None) -> dict[str, Any] | None:
    """What the search lowered, in units of the chip's first kind of hop, and by how much."""
    if found is None:
        return None
    return {"effort": found.effort, "start_cost": found.start_cost, "cost": found.cost}


def _chip(chip: ChipSpec) -> dict[str, Any]:
    return {"name": chip.name, "title": chip.title, "routing": chip.routing.kind} | {
        "topology": chip.topology.kind,
        "order": chip.routing.order,
        "chips": list(chip.chips),
        "columns": chip.fabric.columns,
        "rows": chip.fabric.rows,
        "cores_per_tile": chip.fabric.cores_per_tile,
        "cores": chip.fabric.n_cores,
    }


def _workload(workload: Workload) -> dict[str, Any]:
    return {
        "source": workload.source,
        "neurons": workload.n_neurons,
        "synapses": workload.n_synapses,
        "input_synapses": workload.input_synapses,
        "spikes": int(workload.spikes_M.sum()),
        "ticks": workload.ticks,
        "trials": workload.trials,
        "populations": [asdict(population) for population in workload.populations],
    }


def _cores(chip: ChipSpec, use: dict[str, IntArray]) -> list[dict[str, Any]]:
    """Where each used core is, and what it holds."""
    router_C2, tile_C = chip.fabric.router_C2.tolist(), chip.fabric.tile_C.tolist()
    return [
        {"core": core, "tile": tile_C[core], "x": router_C2[core][0], "y": router_C2[core][1]}
        | {name: int(used_C[core]) for name, used_C in use.items()}
        for core in np.flatnonzero(use["neurons_per_core"]).tolist()
    ]


def _traffic(traffic: Traffic, n_links: int) -> dict[str, Any]:
    return {
        "hops": traffic.hops,
        **{
            kind.replace("hop", "hops").replace(" ", "_").replace("-", "_"): n
            for kind, n in traffic.hops_by_kind.items()
        },
        "chip_crossings": traffic.crossings,
        "largest_link": traffic.largest,
        "mean_link": traffic.hops / n_links if n_links else 0.0,
        "links": [{"from": list(start), "to": list(end), "load": load} for start, end, load in traffic.links()],
    }


def _costs(
    mapping: Mapping, counted: dict[Any, int], core_M: IntArray, pairs: Destinations
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Energy and latency with their sources; None is unknown."""
    chosen = mapping.chip.cost_set(mapping.cost_set)
    if chosen is None:
        return None, None
    spent = energy(counted, *chosen)
    time = latency(mapping.workload, core_M, pairs, mapping.chip, *chosen)
    energy_said = None
    if spent is not None:
        energy_said = asdict(spent) | {
            "total": spent.total,
            "known": spent.known,
            "per_trial": None if spent.total is None else spent.total / mapping.workload.trials,
            "movable_share": spent.movable_share,
        }
        energy_said |= {name: list(energy_said[name]) for name in ("terms", "unknown")}
    return energy_said, None if time is None else asdict(time)


def _bounds(mapping: Mapping, pairs: Destinations, hops: int) -> dict[str, Any]:
    """Lower bounds, and how far above them the mapping is: gap = value / bound - 1, None where the bound is 0."""
    fabric, n_parts = mapping.chip.fabric, mapping.partition.n_parts
    flow_CC = flow_between(mapping.workload, mapping.partition.part_M, fabric.n_cores)
    chosen = mapping.chip.cost_set(mapping.cost_set)
    distance_CC = fabric.distance_CC(hop_cost(None if chosen is None else chosen[1], fabric.hop_kinds))
    exact = optimal_placement(flow_CC, distance_CC, n_parts)
    of_partition, of_routing = partition_bound(pairs, fabric.cores_per_router), routing_bound(fabric, pairs)
    of_placement = gilmore_lawler(flow_CC, distance_CC)
    return {
        "spike_hops_of_partition": of_partition,
        "spike_hops_of_partition_gap": _gap(hops, of_partition),
        "spike_hops_of_placement": of_routing,
        "spike_hops_of_placement_gap": _gap(hops, of_routing),
        "placement_cost": mapping.placement.cost,
        "placement_start_cost": mapping.placement.start_cost,
        "placement_cost_gilmore_lawler": of_placement,
        "placement_cost_gap": _gap(mapping.placement.cost, of_placement),
        "placement_cost_optimum": None if exact is None else exact[1],
    }


def _gap(value: float, bound: float) -> float | None:
    return value / bound - 1 if bound > 0 else None


def _assumptions(mapping: Mapping, energy_said: dict[str, Any] | None, latency_said: object) -> list[str]:
    said, chip = list(mapping.workload.assumptions), mapping.chip
    if energy_said is None:
        said.append(f"{chip.title} has no published energies in this cost set: energy is unknown.")
    else:
        said += COST_ASSUMPTIONS
        if energy_said["unknown"]:
            causes = ", ".join(energy_said["unknown"])
            said.append(f"No energy is published in this cost set for: {causes}. The total energy is unknown.")
    if latency_said is None:
        said.append(f"{chip.title} lacks times in this cost set: latency is unknown.")
    else:
        chosen = chip.cost_set(mapping.cost_set)
        said.append(LATENCY_ASSUMPTIONS[chosen is not None and chosen[1].side_by_side])
    if chip.routing.kind == "core_multicast":
        said.append("Routing tables tell cores apart, not neurons: a spike travels to all cores its own core sends to.")
    return said
