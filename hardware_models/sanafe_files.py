"""A mapping as files of SANA-FE (Boyle et al. 2025), for those who want it simulated tick by tick.

Two files: an architecture with the chip's published energies and times, and a network whose neurons replay their
spikes, spread evenly over the ticks, on the cores that the mapping gives them. Weights are 0: what a spike would do is
in the recording already. SANA-FE's "input" neurons are updated in the ticks in which they spike and our counts update
every neuron at every tick, so that an update's cost is written with the access's. JSON is YAML: that is how both are
written.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from neurogrow.errors import InputError
from neurogrow.io.files import write_text

from .chips.evidence import Cause, CostSet
from .chips.spec import ChipSpec
from .cost.latency import spread_evenly
from .mapping import Mapping
from .topology.mesh import Mesh

_DIRECTIONS: dict[str, Cause] = {
    "north": "hop north-south",
    "south": "hop north-south",
    "east": "hop east-west",
    "west": "hop east-west",
}


def write_sanafe(mapping: Mapping, folder: Path, ticks: int | None = None) -> tuple[Path, Path]:
    """Write ``sanafe-architecture.yaml`` and ``sanafe-network.yaml``; return their paths.

    Parameters
    ----------
    mapping
        A network on a mesh that sends one packet per destination core.
    folder
        Where to write.
    ticks
        Length of the replay; spikes are scaled to it. The whole recording by default.

    Raises
    ------
    InputError
        If SANA-FE cannot say what the chip does, or ``ticks`` is less than 1.
    """
    chosen = _checked(mapping.chip, mapping.cost_set)
    ticks = mapping.workload.ticks if ticks is None else ticks
    if ticks < 1:
        raise InputError(f"A replay has at least one tick, not {ticks}.")
    most = int(np.bincount(mapping.core_M).max())
    architecture = json.dumps(_architecture(mapping.chip, chosen, most), indent=1)
    paths = folder / "sanafe-architecture.yaml", folder / "sanafe-network.yaml"
    write_text(paths[0], architecture + "\n")
    write_text(paths[1], "".join(_network(mapping, ticks)))
    return paths


def _checked(chip: ChipSpec, name: str | None) -> CostSet:
    chosen = chip.cost_set(name)
    if not isinstance(chip.fabric, Mesh) or chip.routing.kind != "unicast" or not chip.routing.own_core_packets:
        raise InputError(
            f"SANA-FE sends one packet to each destination core over a mesh, the sender's own included; {chip.name} "
            "does not."
        )
    if chosen is None or chosen[1].scope == "all in":
        raise InputError(f"{chip.name} has no figures per term that SANA-FE could add up.")
    return chosen[1]


def _architecture(chip: ChipSpec, costs: CostSet, most_neurons: int) -> dict[str, Any]:
    fabric = chip.fabric
    hops = {key: _sum(costs, kind, (cause, "hop")) for key, kind, cause in _hop_keys()}
    access: tuple[Cause, ...] = ("neuron tick", "neuron update")
    core = {
        "name": f"core[0..{fabric.cores_per_tile - 1}]",
        "attributes": {"buffer_position": "soma", "buffer_inside_unit": False, "max_neurons_supported": most_neurons},
        "axon_in": [{"name": "in", "attributes": _pair(costs, "message_in", ("packet received",))}],
        "synapse": [{"name": "synapse", "attributes": {"model": "current_based"}
                     | _pair(costs, "process_spike", ("synaptic event",))}],
        "dendrite": [{"name": "dendrite", "attributes": {"model": "accumulator"} | _pair(costs, "update", ())}],
        "soma": [{"name": f"neuron[0..{most_neurons - 1}]", "attributes": {"model": "input"}
                  | _pair(costs, "access_neuron", access) | _pair(costs, "update_neuron", ())
                  | _pair(costs, "spike_out", ("spike",))}],
        "axon_out": [{"name": "out", "attributes": _pair(costs, "message_out", ("packet",))}],
    }  # fmt: skip
    tile = {"name": f"tile[0..{fabric.columns * fabric.rows - 1}]", "attributes": hops, "core": [core]}
    attributes = {"topology": "mesh", "width": fabric.columns, "height": fabric.rows, "link_buffer_size": 16,
                  "sync_model": "fixed", "latency_sync": _sum(costs, "time", ("tick",))}  # fmt: skip
    return {"architecture": {"name": chip.name, "attributes": attributes, "tile": [tile]}}


def _hop_keys() -> Iterator[tuple[str, str, Cause]]:
    for way, cause in _DIRECTIONS.items():
        yield f"energy_{way}_hop", "energy", cause
        yield f"latency_{way}_hop", "time", cause


def _pair(costs: CostSet, name: str, causes: tuple[Cause, ...]) -> dict[str, float]:
    return {f"energy_{name}": _sum(costs, "energy", causes), f"latency_{name}": _sum(costs, "time", causes)}


def _sum(costs: CostSet, kind: str, causes: tuple[Cause, ...]) -> float:
    """Joules or seconds of some causes together, 0 for what is not published; synapses are sparse."""
    figures = costs.energy if kind == "energy" else costs.time
    return sum(each.si for each in figures.values() if each.per in causes and each.storage in (None, "sparse"))


def _network(mapping: Mapping, ticks: int) -> Iterator[str]:
    """The network a line at a time: a group of neurons, an edge for every synapse, a core for every neuron."""
    workload, core_M, per_tile = mapping.workload, mapping.core_M, mapping.chip.fabric.cores_per_tile
    spikes_M = np.rint(workload.spikes_M * (ticks / workload.ticks)).astype(np.int64)
    trains_MT = spread_evenly(spikes_M[:, None], ticks, np.arange(ticks))
    yield '{"network": {"name": "replay", "groups": [{"name": "n", "attributes": [], "neurons": [\n'
    last = workload.n_neurons - 1
    for neuron in range(last + 1):
        train = trains_MT[neuron].tolist()
        yield f'{{"{neuron}": [{{"spikes": {train}}}]}}{"," * (neuron < last)}\n'
    yield ']}], "edges": [\n'
    pairs = workload.connectivity.tocoo()
    for index, (post, pre, count) in enumerate(zip(*pairs.coords, pairs.data, strict=True)):
        edges = ",".join([f'{{"n.{pre} -> n.{post}": [{{"weight": 0.0}}]}}'] * int(count))
        yield f"{edges}{',' * (index < pairs.nnz - 1)}\n"
    yield ']}, "mappings": [\n'
    filled_C = np.zeros(mapping.chip.fabric.n_cores, np.int64)
    for neuron, core in enumerate(core_M):
        tile, place = divmod(int(core), per_tile)
        yield (f'{{"n.{neuron}": [{{"core": "{tile}.{place}"}}, {{"soma": "neuron[{filled_C[core]}]"}}]}}'
               f"{',' * (neuron < last)}\n")  # fmt: skip
        filled_C[core] += 1
    yield "]}\n"
