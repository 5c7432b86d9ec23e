"""An independent check of a mapping: recounts everything by walking every neuron, synapse and route.

It shares no code with the partition, placement, routing or cost that it checks, and reads only what the report says:
a mistake there has to be made twice, in two ways, to go unseen. Plain loops, about a microsecond per synapse.
"""

import math
from collections import Counter
from typing import Any

from scipy import sparse

from .chips import ChipSpec
from .workload import Workload

_Tile = tuple[int, int]
_JOULES = {"fJ": 1e-15, "pJ": 1e-12, "nJ": 1e-9, "uJ": 1e-6, "J": 1.0}


def violations(workload: Workload, chip: ChipSpec, said: dict[str, Any]) -> list[str]:
    """Compare a mapping report with a recount; return what is wrong with it, nothing for a valid mapping.

    Parameters
    ----------
    workload, chip
        What was mapped, and where to.
    said
        The report as :meth:`~hardware_models.mapping.MappingReport.to_json` gives it.
    """
    wrong = _misplaced(workload, chip, said["core_of_neuron"])
    if wrong:
        return wrong  # nothing can be counted when neurons are nowhere
    recount = _Recount(workload, chip, said["core_of_neuron"])
    wrong += recount.over_limits()
    wrong += _differences("", recount.totals(), said)
    wrong += _core_differences(recount, said["cores"])
    for kind, links in (("multicast", recount.multicast), ("unicast", recount.unicast)):
        wrong += _link_differences(kind, links, said[kind])
    return wrong + _energy_differences(recount, chip, said)


def _misplaced(workload: Workload, chip: ChipSpec, core_of_neuron: list[int]) -> list[str]:
    if len(core_of_neuron) != workload.n_neurons:
        return [f"{workload.n_neurons} neurons, but {len(core_of_neuron)} of them have a core."]
    topology = chip.topology
    n_cores = int(topology.columns.value * topology.rows.value * topology.cores_per_tile.value)
    return [
        f"{workload.label(neuron)} is on core {core}, which does not exist."
        for neuron, core in enumerate(core_of_neuron)
        if not 0 <= core < n_cores
    ]


class _Recount:
    """Everything counted again, neuron by neuron."""

    def __init__(self, workload: Workload, chip: ChipSpec, core_of_neuron: list[int]) -> None:
        self.workload, self.chip, self.core_of_neuron = workload, chip, core_of_neuron
        self.neurons: Counter[int] = Counter(core_of_neuron)
        self.input_axons: Counter[int] = Counter()
        self.output_axons: Counter[int] = Counter()
        self.synapses: Counter[int] = Counter()
        self.fan_in: Counter[int] = Counter()
        self.multicast: Counter[tuple[_Tile, _Tile]] = Counter()
        self.unicast: Counter[tuple[_Tile, _Tile]] = Counter()
        self.packets_all = self.packets_remote = self.packets_sent = self.events = 0
        by_pre = sparse.csc_array(workload.connectivity)
        indptr, posts, counts = by_pre.indptr.tolist(), by_pre.indices.tolist(), by_pre.data.tolist()
        for pre, spikes in enumerate(workload.spikes_M.tolist()):
            here = slice(indptr[pre], indptr[pre + 1])
            self._count_neuron(pre, spikes, posts[here], counts[here])

    def tile(self, core: int) -> _Tile:
        """Coordinates of a core's tile: tiles are numbered up each column, columns from west to east."""
        topology = self.chip.topology
        tile = core // int(topology.cores_per_tile.value)
        return tile // int(topology.rows.value), tile % int(topology.rows.value)

    def _count_neuron(self, pre: int, spikes: int, posts: list[int], counts: list[int]) -> None:
        home, cores = self.core_of_neuron[pre], set()
        for post, count in zip(posts, counts, strict=True):
            cores.add(self.core_of_neuron[post])
            self.synapses[self.core_of_neuron[post]] += count
            self.events += spikes * count
            self.fan_in[post] += 1
        self.input_axons.update(cores)
        sent = cores if self.chip.routing.own_core_packets else cores - {home}
        self.output_axons[home] += len(sent)
        self.packets_all += spikes * len(cores)
        self.packets_remote += spikes * len(cores - {home})
        self.packets_sent += spikes * (len(sent) if self.chip.routing.kind == "unicast" else bool(sent))
        tree = set()
        for core in cores:
            for link in _walk(self.tile(home), self.tile(core)):
                tree.add(link)
                self.unicast[link] += spikes
        for link in tree:
            self.multicast[link] += spikes

    def over_limits(self) -> list[str]:
        """Every core and neuron that exceeds a limit."""
        limits = self.chip.limits
        bits = 0 if limits.bits_per_synapse is None else int(limits.bits_per_synapse.value)
        memory = Counter({core: count * bits for core, count in self.synapses.items()})
        wrong = []
        for limit, used, what in (
            (limits.neurons_per_core, self.neurons, "neurons"),
            (limits.input_axons_per_core, self.input_axons, "input axons"),
            (limits.output_axons_per_core, self.output_axons, "output axons"),
            (limits.synapse_bits_per_core, memory, "bits of synapse memory"),
        ):
            for core, count in sorted(used.items()):
                if limit is not None and count > limit.value:
                    wrong.append(f"Core {core} has {count} {what}, the chip allows {limit.value:.0f}.")
        most = limits.fan_in_per_neuron
        for neuron, count in sorted(self.fan_in.items()):
            if most is not None and count > most.value:
                wrong.append(f"{self.workload.label(neuron)} has fan-in {count}, the chip allows {most.value:.0f}.")
        return wrong

    def totals(self) -> dict[str, Any]:
        """The report's plain counts."""
        return {
            "cores_used": len(self.neurons),
            "packets": {"all": self.packets_all, "remote": self.packets_remote, "sent": self.packets_sent},
            "spike_hops": sum(self.multicast.values()),
            "unicast_hops": sum(self.unicast.values()),
        }

    def cause(self, per: str) -> int:
        """How often a cause of cost occurs."""
        links = self.unicast if self.chip.routing.kind == "unicast" else self.multicast
        along_x = sum(load for (start, end), load in links.items() if start[1] == end[1])
        neuron_ticks = self.workload.n_neurons * self.workload.ticks
        return {
            "neuron tick": neuron_ticks,
            "neuron update": neuron_ticks,
            "idle neuron tick": 0,
            "spike": int(self.workload.spikes_M.sum()),
            "synaptic event": self.events,
            "packet": self.packets_sent,
            "hop east-west": along_x,
            "hop north-south": sum(links.values()) - along_x,
            "tick": self.workload.ticks,
        }[per]


def _walk(start: _Tile, end: _Tile) -> list[tuple[_Tile, _Tile]]:
    """Links of the way from tile to tile, along x first, one step at a time."""
    links, at = [], start
    while at != end:
        axis = 0 if at[0] != end[0] else 1
        step = 1 if end[axis] > at[axis] else -1
        there = (at[0] + step, at[1]) if axis == 0 else (at[0], at[1] + step)
        links.append((at, there))
        at = there
    return links


def _differences(where: str, counted: dict[str, Any], said: dict[str, Any]) -> list[str]:
    wrong = []
    for name, value in counted.items():
        if isinstance(value, dict):
            wrong += _differences(f"{name}.", value, said[name])
        elif said[name] != value:
            wrong.append(f"{where}{name} is reported as {said[name]}, the recount gives {value}.")
    return wrong


def _core_differences(recount: _Recount, said: list[dict[str, Any]]) -> list[str]:
    """Cores whose place or use is not as reported."""
    wrong = []
    if sorted(entry["core"] for entry in said) != sorted(recount.neurons):
        wrong.append("The cores listed are not the cores that hold neurons.")
    for entry in said:
        core = entry["core"]
        x, y = recount.tile(core)
        counted = {
            "x": x,
            "y": y,
            "neurons_per_core": recount.neurons[core],
            "input_axons_per_core": recount.input_axons[core],
            "output_axons_per_core": recount.output_axons[core],
        }
        wrong += _differences(f"Core {core}: ", counted, entry)
    return wrong


def _link_differences(kind: str, counted: Counter[tuple[_Tile, _Tile]], said: dict[str, Any]) -> list[str]:
    """Links whose load is not as reported; idle links are not listed."""
    reported = {(tuple(link["from"]), tuple(link["to"])): link["load"] for link in said["links"]}
    wrong = [
        f"{kind}: link {start} -> {end} carries {counted[start, end]}, reported is {reported.get((start, end), 0)}."
        for start, end in sorted(set(reported) | set(counted))
        if counted[start, end] != reported.get((start, end), 0)
    ]
    largest = max(counted.values(), default=0)
    if said["largest_link"] != largest:
        wrong.append(f"{kind}: largest_link is reported as {said['largest_link']}, the recount gives {largest}.")
    return wrong


def _energy_differences(recount: _Recount, chip: ChipSpec, said: dict[str, Any]) -> list[str]:
    """Terms of the energy that are not count times figure, and a total that is not their sum."""
    if said["energy"] is None:
        return []
    wrong, total, figures = [], 0.0, chip.cost_sets[said["energy"]["cost_set"]].energy
    expected = {name for name, cost in figures.items() if cost.storage in (None, "sparse")}
    if {term["name"] for term in said["energy"]["terms"]} != expected:
        wrong.append("The energy's terms are not those of the cost set.")
    for term in said["energy"]["terms"]:
        figure = figures[term["name"]]
        joules = recount.cause(figure.per) * figure.value * _JOULES[figure.unit]
        total += joules
        if not math.isclose(joules, term["joules"], rel_tol=1e-9):
            wrong.append(f"Energy of {term['name']} is reported as {term['joules']} J, the recount gives {joules} J.")
    if not math.isclose(total, said["energy"]["total"], rel_tol=1e-9):
        wrong.append(f"The energy is reported as {said['energy']['total']} J, the recount gives {total} J.")
    return wrong
