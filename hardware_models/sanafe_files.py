"""A mapping as input files of SANA-FE (Boyle et al. 2025), which simulates it tick by tick.

There are two files. The architecture has the chip's published energies and times. The network has the mapped neurons on
their cores; they replay their spikes, spread evenly over the ticks. All weights are 0, because the recording already
contains the effect of every spike. SANA-FE updates its "input" neurons only in ticks in which they spike, but we count
an update of every neuron in every tick. So the cost of an update is added to the cost of an access. Both files are
written as JSON, which is valid YAML.
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
        A network on a mesh chip that sends one packet for each destination core.
    folder
        Folder for the files.
    ticks
        Length of the replay, to which spike counts are scaled; by default the whole recording.

    Raises
    ------
    InputError
        If SANA-FE cannot describe the chip, or if ``ticks`` is below 1.
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
    if not isinstance(chip.fabric, Mesh) or chip.routing.name != "unicast" or not chip.routing.own_core_packets:
        raise InputError(
            f"SANA-FE sends one packet to each destination core over a mesh, the sender's own included; {chip.name} "
            "does not."
        )
    if chosen is None or chosen[1].scope == "all in":
        raise InputError(f"{chip.name} has no costs per term, which SANA-FE needs.")
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
    for direction, cause in _DIRECTIONS.items():
        yield f"energy_{direction}_hop", "energy", cause
        yield f"latency_{direction}_hop", "time", cause


def _pair(costs: CostSet, name: str, causes: tuple[Cause, ...]) -> dict[str, float]:
    return {f"energy_{name}": _sum(costs, "energy", causes), f"latency_{name}": _sum(costs, "time", causes)}


def _sum(costs: CostSet, kind: str, causes: tuple[Cause, ...]) -> float:
    """Return joules or seconds of some causes together, unpublished ones as 0; synapses are sparse."""
    published = costs.energy if kind == "energy" else costs.time
    return sum(cost.si for cost in published.values() if cost.per in causes and cost.storage in (None, "sparse"))


def _network(mapping: Mapping, ticks: int) -> Iterator[str]:
    """Yield the network line by line: a group of neurons, an edge for every synapse, a core for every neuron."""
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
