"""A network on a chip: which core every neuron sits on, what its spikes travel, and what that costs."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurogrow.arrays import IntArray
from neurogrow.errors import InputError
from neurogrow.files import write_json

from .bounds import gilmore_lawler, optimal_placement, partition_bound, routing_bound
from .checker import violations
from .chips import ChipSpec
from .cost import COST_ASSUMPTIONS, LATENCY_ASSUMPTIONS, counts, energy, hop_cost, latency
from .destinations import Destinations, destinations, flow_between
from .limits import fullest, use_of_cores
from .partition import Partition, partition_neurons
from .placement import Placement, place_parts
from .routing import Traffic, multicast, unicast
from .workload import Workload

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
    energy: dict[str, Any] | None
    latency: dict[str, Any] | None
    limits: list[dict[str, Any]]
    binding_limit: str | None
    bounds: dict[str, Any]
    assumptions: list[str]
    valid: bool
    violations: list[str]

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
) -> Mapping:
    """Put a network on a chip: divide its neurons into parts, then put every part on a core.

    Parameters
    ----------
    workload, chip
        What to map, and where to.
    partition, placement
        Methods: see :func:`~hardware_models.partition.partition_neurons` and
        :func:`~hardware_models.placement.place_parts`.
    seed
        Of the methods that draw random numbers.
    neurons_per_core
        At most this many neurons on a core; the chip's limit by default.
    cost_set
        Which of the chip's sets of figures to use; its default one without a name.

    Raises
    ------
    InputError
        If a method or cost set is unknown, the seed is negative, or the network does not fit on the chip.
    """
    if seed < 0:
        raise InputError(f"A seed is not negative, as {seed} is.")
    chosen = chip.cost_set(cost_set)
    parts = partition_neurons(workload, chip, partition, seed, neurons_per_core)
    price = hop_cost(None if chosen is None else chosen[1])
    placed = place_parts(workload, parts, chip.mesh, placement, seed, price)
    return Mapping(workload, chip, parts, placed, seed, neurons_per_core, None if chosen is None else chosen[0])


def mapping_report(mapping: Mapping) -> MappingReport:
    """Count, price, bound and check a mapping."""
    workload, chip, core_M = mapping.workload, mapping.chip, mapping.core_M
    pairs = destinations(workload, core_M, chip.mesh.n_cores)
    by_kind = {"multicast": multicast(chip.mesh, pairs), "unicast": unicast(chip.mesh, pairs)}
    own = by_kind[chip.routing.kind]
    use = use_of_cores(workload, core_M, chip.mesh.n_cores, chip, pairs)
    tightest = fullest(use, chip)
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
        **{kind: _traffic(traffic, chip.mesh.n_links) for kind, traffic in by_kind.items()},
        "energy": energy_said,
        "latency": latency_said,
        "limits": [asdict(limit) | {"fraction": limit.fraction} for limit in tightest],
        "binding_limit": tightest[0].name if tightest[0].fraction is not None else None,
        "bounds": _bounds(mapping, pairs, by_kind["multicast"].hops),
        "assumptions": _assumptions(mapping, energy_said, latency_said),
    }
    found = violations(workload, chip, said)
    return MappingReport(**said, valid=not found, violations=found)


def _chip(chip: ChipSpec) -> dict[str, Any]:
    return {"name": chip.name, "title": chip.title, "routing": chip.routing.kind} | {
        "columns": chip.mesh.columns,
        "rows": chip.mesh.rows,
        "cores_per_tile": chip.mesh.cores_per_tile,
        "cores": chip.mesh.n_cores,
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
    router_C2, tile_C = chip.mesh.router_C2.tolist(), chip.mesh.tile_C.tolist()
    return [
        {"core": core, "tile": tile_C[core], "x": router_C2[core][0], "y": router_C2[core][1]}
        | {name: int(used_C[core]) for name, used_C in use.items()}
        for core in np.flatnonzero(use["neurons_per_core"]).tolist()
    ]


def _traffic(traffic: Traffic, n_links: int) -> dict[str, Any]:
    return {
        "hops": traffic.hops,
        "hops_east_west": traffic.hops_east_west,
        "hops_north_south": traffic.hops_north_south,
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
            "per_trial": spent.total / mapping.workload.trials,
            "movable_share": spent.movable_share,
        }
        energy_said["terms"] = list(energy_said["terms"])
    return energy_said, None if time is None else asdict(time)


def _bounds(mapping: Mapping, pairs: Destinations, hops: int) -> dict[str, Any]:
    """Lower bounds, and how far above them the mapping is: gap = value / bound - 1, None where the bound is 0."""
    mesh, n_parts = mapping.chip.mesh, mapping.partition.n_parts
    flow_CC = flow_between(mapping.workload, mapping.partition.part_M, mesh.n_cores)
    chosen = mapping.chip.cost_set(mapping.cost_set)
    distance_CC = mesh.distance_CC(hop_cost(None if chosen is None else chosen[1]))
    exact = optimal_placement(flow_CC, distance_CC, n_parts)
    of_partition, of_routing = partition_bound(pairs, mesh.cores_per_tile), routing_bound(mesh, pairs)
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


def _assumptions(mapping: Mapping, energy_said: object, latency_said: object) -> list[str]:
    said = list(mapping.workload.assumptions)
    if energy_said is None:
        said.append(f"{mapping.chip.title} has no published energies in this cost set: energy is unknown.")
    else:
        said += COST_ASSUMPTIONS
    if latency_said is None:
        said.append(f"{mapping.chip.title} lacks times in this cost set: latency is unknown.")
    else:
        said += LATENCY_ASSUMPTIONS
    return said
