"""The report of a mapping: what its spikes travel, what that costs, and how far it is from the best."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from neurogrow.arrays import IntArray
from neurogrow.errors import InputError
from neurogrow.io.files import write_json

from .checking.checker import violations
from .checking.surveyors import unchecked
from .chips.limits import limit_uses, use_of_cores
from .chips.spec import ChipSpec
from .cost.cost import COST_ASSUMPTIONS, counts, energy, hop_cost
from .cost.latency import LATENCY_ASSUMPTIONS, latency
from .mapper import Mapping, map_workload
from .search.bounds import gilmore_lawler, optimal_placement, partition_bound, routing_bound
from .search.refinement import Refined
from .topology.routers import Router, find_router
from .topology.traffic import Traffic
from .workload.destinations import Destinations, destinations, flow_between
from .workload.workload import Workload

__all__ = ["FORMAT", "Mapping", "MappingReport", "map_workload", "mapping_report"]

FORMAT = "neurogrow-mapping-1"


@dataclass(frozen=True)
class MappingReport:
    """The report of a mapping, as plain values; :meth:`to_json` gives the file ``mapping-<chip>.json``."""

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
    checked: bool = True
    """Whether the independent checker recounted the mapping. If not, ``valid`` is False and ``violations`` says why."""
    other_routing: dict[str, Any] = field(default_factory=dict)
    """Traffic with a router that is not built in, by its name; a key of its own in the file."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        values: dict[str, Any] = asdict(self)
        other: dict[str, Any] = values.pop("other_routing")
        return {"format": FORMAT} | other | values

    def save(self, folder: Path) -> Path:
        """Write ``mapping-<chip>.json`` into a folder, whole or not at all, and return its path."""
        return write_json(folder / f"mapping-{self.chip['name']}.json", self.to_json())


def mapping_report(mapping: Mapping) -> MappingReport:
    """Count, price, bound and check a mapping.

    Raises
    ------
    InputError
        If a router of the user's own returns something unusable, or is called like an entry of the report.
    """
    workload, chip, core_M = mapping.workload, mapping.chip, mapping.core_M
    pairs = destinations(workload, core_M, chip.fabric.n_cores)
    by_router = {name: router(chip.fabric, pairs) for name, router in _routers(chip).items()}
    own = by_router[chip.routing.name]
    use = use_of_cores(workload, core_M, chip.fabric.n_cores, chip, pairs)
    tightest = limit_uses(workload, chip, core_M, pairs)
    counted = counts(workload, pairs, own, chip)
    energy_entry, latency_entry = _costs(mapping, counted, core_M, pairs)
    report: dict[str, Any] = {
        "chip": _chip(chip),
        "workload": _workload(workload),
        "methods": _methods(mapping),
        "cores_used": mapping.partition.n_parts,
        "core_of_neuron": core_M.tolist(),
        "cores": _cores(chip, use),
        "packets": {
            "all": int(pairs.spikes_P.sum()),
            "remote": int(pairs.remote().spikes_P.sum()),
            "sent": counted["packet"],
        },
        "spike_hops": by_router["multicast"].hops,
        "unicast_hops": by_router["unicast"].hops,
        "core_multicast": None,
        **{name: _traffic(traffic, chip.fabric.n_links) for name, traffic in by_router.items()},
        "energy": energy_entry,
        "latency": latency_entry,
        "limits": [asdict(limit) | {"fraction": limit.fraction} for limit in tightest],
        "binding_limit": tightest[0].name if tightest[0].fraction is not None else None,
        "bounds": _bounds(mapping, pairs, by_router["multicast"].hops),
        "assumptions": _assumptions(mapping, energy_entry, latency_entry),
        "refinement": _refinement(mapping.refined),
    }
    return _checked(workload, chip, report)


def _routers(chip: ChipSpec) -> dict[str, Router]:
    """Return the routers whose traffic a report states, by name: multicast, unicast, and the chip's own."""
    name = chip.routing.name
    if name in {entry.name for entry in fields(MappingReport)} - {"multicast", "unicast", "core_multicast"}:
        raise InputError(f"A router cannot be called '{name}', because a report has an entry of that name.")
    routers = {known: find_router(known) for known in ("multicast", "unicast")}
    return routers | {name: chip.routing.router}


def _checked(workload: Workload, chip: ChipSpec, report: dict[str, Any]) -> MappingReport:
    """Return a report with the checker's result, or with the reason why the mapping was not checked."""
    reason = unchecked(chip)
    wrong = violations(workload, chip, report) if reason is None else [f"Not checked. {reason}"]
    known = {entry.name for entry in fields(MappingReport)}
    other = {name: report.pop(name) for name in list(report) if name not in known}
    return MappingReport(**report, valid=not wrong, violations=wrong, checked=reason is None, other_routing=other)


def _methods(mapping: Mapping) -> dict[str, Any]:
    """Return the names of the methods, and their settings."""
    refined = mapping.refined
    return {
        "partition": mapping.partition.method,
        "placement": mapping.placement.method,
        "seed": mapping.seed,
        "neurons_per_core": mapping.neurons_per_core,
        "cost_set": mapping.cost_set,
        "effort": None if refined is None else refined.effort,
        "refinement": None if refined is None else refined.method,
    }


def _refinement(refined: Refined | None) -> dict[str, Any] | None:
    """Return the objective before and after the refinement, in units of the chip's first kind of hop."""
    if refined is None:
        return None
    return {"effort": refined.effort, "start_cost": refined.start_cost, "cost": refined.cost}


def _chip(chip: ChipSpec) -> dict[str, Any]:
    return {"name": chip.name, "title": chip.title, "routing": chip.routing.name} | {
        "topology": chip.topology.name,
        "order": chip.routing.order,
        "chips": list(chip.chips),
        "columns": chip.fabric.columns,
        "rows": chip.fabric.rows,
        "cores_per_tile": chip.fabric.cores_per_tile,
        "cores": chip.fabric.n_cores,
        "citations": list(chip.citations),
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
    """Return the place of each used core, and its use of every limit."""
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
    """Return the energy and the latency with their sources; None if unknown."""
    chosen = mapping.chip.cost_set(mapping.cost_set)
    if chosen is None:
        return None, None
    spent = energy(counted, *chosen)
    time = latency(mapping.workload, core_M, pairs, mapping.chip, *chosen)
    energy_entry = None
    if spent is not None:
        energy_entry = asdict(spent) | {
            "total": spent.total,
            "known": spent.known,
            "per_trial": None if spent.total is None else spent.total / mapping.workload.trials,
            "movable_share": spent.movable_share,
        }
        energy_entry |= {name: list(energy_entry[name]) for name in ("terms", "unknown")}
    return energy_entry, None if time is None else asdict(time)


def _bounds(mapping: Mapping, pairs: Destinations, hops: int) -> dict[str, Any]:
    """Return lower bounds, and the mapping's gap to each: value / bound - 1, None if the bound is 0."""
    fabric, n_parts = mapping.chip.fabric, mapping.partition.n_parts
    flow_CC = flow_between(mapping.workload, mapping.partition.part_M, fabric.n_cores)
    chosen = mapping.chip.cost_set(mapping.cost_set)
    distance_CC = fabric.distance_CC(hop_cost(None if chosen is None else chosen[1], fabric.hop_kinds))
    exact = optimal_placement(flow_CC, distance_CC, n_parts)
    for_partition, for_routing = partition_bound(pairs, fabric.cores_per_router), routing_bound(fabric, pairs)
    for_placement = gilmore_lawler(flow_CC, distance_CC)
    return {
        "spike_hops_of_partition": for_partition,
        "spike_hops_of_partition_gap": _gap(hops, for_partition),
        "spike_hops_of_placement": for_routing,
        "spike_hops_of_placement_gap": _gap(hops, for_routing),
        "placement_cost": mapping.placement.cost,
        "placement_start_cost": mapping.placement.start_cost,
        "placement_cost_gilmore_lawler": for_placement,
        "placement_cost_gap": _gap(mapping.placement.cost, for_placement),
        "placement_cost_optimum": None if exact is None else exact[1],
    }


def _gap(value: float, bound: float) -> float | None:
    return value / bound - 1 if bound > 0 else None


def _assumptions(mapping: Mapping, energy_entry: dict[str, Any] | None, latency_entry: object) -> list[str]:
    """Return the assumptions behind the numbers of a report, as sentences."""
    assumptions, chip = list(mapping.workload.assumptions), mapping.chip
    if energy_entry is None:
        assumptions.append(f"{chip.title} has no published energies in this cost set: energy is unknown.")
    else:
        assumptions += COST_ASSUMPTIONS
        if energy_entry["unknown"]:
            causes = ", ".join(energy_entry["unknown"])
            assumptions.append(f"No energy is published in this cost set for: {causes}. The total energy is unknown.")
    if latency_entry is None:
        assumptions.append(f"{chip.title} lacks times in this cost set: latency is unknown.")
    else:
        chosen = chip.cost_set(mapping.cost_set)
        assumptions.append(LATENCY_ASSUMPTIONS[chosen is not None and chosen[1].side_by_side])
    if chip.routing.name == "core_multicast":
        assumptions.append(
            "Routing tables distinguish cores, not neurons: a spike travels to all cores that its own core sends to."
        )
    return assumptions
