"""An independent check of a mapping: it recounts everything by walking every neuron, synapse and route.

It shares no code with the partition, placement, topologies, routing or cost that it checks, and it reads only the
report. A mistake stays unnoticed only if it is made twice, in two different ways. The check is plain loops and takes
some microseconds per synapse.
"""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

from scipy import sparse

from ..chips.spec import ChipSpec
from ..workload.workload import Workload
from .surveyors import COUNTED, Link, Place, surveyor_of

_JOULES = {"fJ": 1e-15, "pJ": 1e-12, "nJ": 1e-9, "uJ": 1e-6, "J": 1.0}


def violations(workload: Workload, chip: ChipSpec, report: dict[str, Any]) -> list[str]:
    """Compare a mapping report with a recount; return the list of errors, empty for a valid mapping.

    Parameters
    ----------
    workload, chip
        The network and the chip.
    report
        The report, as :meth:`~hardware_models.mapping.MappingReport.to_json` gives it.

    Raises
    ------
    InputError
        If the checker does not know the chip's topology or router; the message says what to give it.
    """
    wrong = _misplaced(workload, chip, report["core_of_neuron"])
    if wrong:
        return wrong  # nothing can be counted if a neuron has no core
    recount = _Recount(workload, chip, report["core_of_neuron"])
    wrong += recount.over_limits()
    wrong += _differences("", recount.totals(), report)
    wrong += _core_differences(recount, report["cores"])
    wrong += _limit_differences(recount, report["limits"])
    for kind in dict.fromkeys(("multicast", "unicast", chip.routing.name)):
        wrong += _link_differences(kind, recount, report[kind])
    return wrong + _energy_differences(recount, chip, report)


def _misplaced(workload: Workload, chip: ChipSpec, core_of_neuron: list[int]) -> list[str]:
    if len(core_of_neuron) != workload.n_neurons:
        return [f"{workload.n_neurons} neurons, but {len(core_of_neuron)} of them have a core."]
    n_cores = surveyor_of(chip).n_cores
    return [
        f"{workload.label(neuron)} is on core {core}, which does not exist."
        for neuron, core in enumerate(core_of_neuron)
        if not 0 <= core < n_cores
    ]


class _Recount:
    """Everything counted again, neuron by neuron."""

    def __init__(self, workload: Workload, chip: ChipSpec, core_of_neuron: list[int]) -> None:
        self.workload, self.chip, self.core_of_neuron = workload, chip, core_of_neuron
        self.surveyor, self.routing = surveyor_of(chip), chip.routing.name
        self.router = chip.routing.router
        self.neurons: Counter[int] = Counter(core_of_neuron)
        self.input_axons: Counter[int] = Counter()
        self.output_axons: Counter[int] = Counter()
        self.synapses: Counter[int] = Counter()
        self.fan_in: Counter[int] = Counter()
        self.fan_out: Counter[int] = Counter()
        self.tiles: Counter[int] = Counter()
        self.links: dict[str, Counter[Link]] = {kind: Counter() for kind in (*COUNTED, self.routing)}
        self.cores_from: dict[int, set[int]] = {}
        self.spikes_from: Counter[int] = Counter()
        self.packets_all = self.packets_remote = self.packets_sent = self.events = 0
        by_pre = sparse.csc_array(workload.connectivity)
        indptr, posts, counts = by_pre.indptr.tolist(), by_pre.indices.tolist(), by_pre.data.tolist()
        for pre, spikes in enumerate(workload.spikes_M.tolist()):
            here = slice(indptr[pre], indptr[pre + 1])
            self._count_neuron(pre, spikes, posts[here], counts[here])
        for home, cores in self.cores_from.items():
            self._count_links(home, cores, self.spikes_from[home], "core_multicast")

    def _count_neuron(self, pre: int, spikes: int, posts: list[int], counts: list[int]) -> None:
        home, cores = self.core_of_neuron[pre], set()
        for post, count in zip(posts, counts, strict=True):
            cores.add(self.core_of_neuron[post])
            self.synapses[self.core_of_neuron[post]] += count
            self.events += spikes * count
            self.fan_in[post] += 1
        self.fan_out[pre] = len(posts)
        self.tiles[pre] = len({self.surveyor.tile(core) for core in cores})
        self.input_axons.update(cores)
        sent = cores if self.chip.routing.own_core_packets else cores - {home}
        self.output_axons[home] += len(sent)
        self.packets_all += spikes * len(cores)
        self.packets_remote += spikes * len(cores - {home})
        self.packets_sent += spikes * (len(sent) if self.router.packet_per_core else bool(sent))
        for core in cores:
            self._count_links(home, {core}, spikes, "unicast")
        self._count_links(home, cores, spikes, "multicast")
        if self.routing not in COUNTED and self.router.survey is not None:
            for link in self.router.survey(self.surveyor.route, home, sorted(cores)):
                self.links[self.routing][link] += spikes
        if cores:
            self.cores_from.setdefault(home, set()).update(cores)
            self.spikes_from[home] += spikes

    def _count_links(self, home: int, cores: set[int], spikes: int, kind: str) -> None:
        for link in {link for core in cores for link in self.surveyor.route(home, core)}:
            self.links[kind][link] += spikes

    def over_limits(self) -> list[str]:
        """Return every core, neuron and tile that exceeds a limit, as sentences."""
        wrong = []
        for name, used, label in self.used():
            most = getattr(self.chip.limits, name)
            for key, count in sorted(used.items()):
                if most is not None and count > most.value:
                    wrong.append(f"{label(key)} has {_amount(name, count)}, the chip allows {most.value:.0f}.")
        limits, n_chips = self.chip.limits, self.chip.chips[0] * self.chip.chips[1]
        if limits.cores_per_chip is not None and len(self.neurons) > limits.cores_per_chip.value * n_chips:
            wrong.append(f"{len(self.neurons)} cores are used, {limits.cores_per_chip.value:.0f} of each chip can be.")
        if limits.delay_ticks is not None and self.workload.delay_ticks > limits.delay_ticks.value:
            wrong.append(
                f"A delay of {self.workload.delay_ticks} ticks, the chip allows {limits.delay_ticks.value:.0f}."
            )
        return wrong

    def used(self) -> list[tuple[str, Counter[Any], Callable[[Any], str]]]:
        """Return each limit's name, its use by place, and a function that names a place."""
        bits = self.chip.limits.bits_per_synapse
        spiking: Counter[int] = Counter()
        for population in self.workload.populations:
            if population.spiking:
                spiking.update(self.core_of_neuron[population.start : population.stop])
        memory = Counter({core: count * (int(bits.value) if bits else 0) for core, count in self.synapses.items()})
        of_cores = {
            "neurons_per_core": self.neurons,
            "input_axons_per_core": self.input_axons,
            "output_axons_per_core": self.output_axons,
            "synapse_bits_per_core": memory,
            "synapses_per_core": self.synapses,
            "spiking_neurons_per_core": spiking,
            "silent_neurons_per_core": self.neurons - spiking,
        }
        of_neurons = {
            "fan_in_per_neuron": self.fan_in,
            "fan_out_per_neuron": self.fan_out,
            "destination_tiles_per_neuron": self.tiles,
        }
        entries: Counter[Any] = Counter()
        if self.chip.limits.table_entries_per_tile is not None:
            entries = self._table_entries()
        return [
            *((name, used, lambda core: f"Core {core}") for name, used in of_cores.items()),
            *((name, used, self.workload.label) for name, used in of_neurons.items()),
            ("table_entries_per_tile", entries, lambda tile: f"Tile {tile}"),
        ]

    def _table_entries(self) -> Counter[Any]:
        """Return the table entries of every tile: a core's tree needs one unless it only passes straight through."""
        entries: Counter[Any] = Counter()
        for home, cores in self.cores_from.items():
            sent = cores if self.chip.routing.own_core_packets else cores - {home}
            routes = [self.surveyor.route(home, core) for core in sorted(sent)]
            ends = {self.surveyor.entry(core) for core in sent} | ({self.surveyor.entry(home)} if sent else set())
            entries_by: dict[Place, tuple[int, int]] = {}
            exits_by: dict[Place, set[tuple[int, int]]] = {}
            for link in (link for route in routes for link in route):
                entries_by[link[1]] = self.surveyor.direction(link)
                exits_by.setdefault(link[0], set()).add(self.surveyor.direction(link))
            straight = {place for place, direction in entries_by.items() if exits_by.get(place) == {direction}} - ends
            entries.update((set(entries_by) | ends) - straight)
        return entries

    def totals(self) -> dict[str, Any]:
        """Return the report's plain counts."""
        return {
            "cores_used": len(self.neurons),
            "packets": {"all": self.packets_all, "remote": self.packets_remote, "sent": self.packets_sent},
            "spike_hops": sum(self.links["multicast"].values()),
            "unicast_hops": sum(self.links["unicast"].values()),
        }

    def cause(self, per: str) -> int:
        """Return how often a cause of cost occurs."""
        links, hops = self.links[self.routing], self.hops(self.routing)
        neuron_ticks = self.workload.n_neurons * self.workload.ticks
        return {
            "neuron tick": neuron_ticks,
            "neuron update": neuron_ticks,
            "idle neuron tick": 0,
            "spike": int(self.workload.spikes_M.sum()),
            "synaptic event": self.events,
            "packet": self.packets_sent,
            "hop": sum(links.values()),
            "router pass": self.packets_sent + sum(links.values()),
            "chip crossing": hops["chip crossing"],
            "tick": self.workload.ticks,
        }.get(per, hops[per])

    def hops(self, kind: str) -> Counter[str]:
        """Return the spikes over the links of each kind, and over the links between chips, with one router."""
        hops: Counter[str] = Counter()
        for link, load in self.links[kind].items():
            hops[self.surveyor.kind(link)] += load
            hops["chip crossing"] += load * self.surveyor.crosses(link)
        return hops


def _amount(limit: str, count: int) -> str:
    """Return a count with the thing that a limit counts, as ``fan-in 7`` or ``7 input axons``."""
    what = limit.rpartition("_per_")[0].replace("_", " ").replace("synapse bits", "bits of synapse memory")
    return f"{what.replace(' ', '-')} {count}" if what in ("fan in", "fan out") else f"{count} {what}"


def _differences(where: str, counted: dict[str, Any], report: dict[str, Any]) -> list[str]:
    wrong = []
    for name, value in counted.items():
        if isinstance(value, dict):
            wrong += _differences(f"{name}.", value, report[name])
        elif report[name] != value:
            wrong.append(f"{where}{name} is reported as {report[name]}, the recount gives {value}.")
    return wrong


def _core_differences(recount: _Recount, report: list[dict[str, Any]]) -> list[str]:
    """Return errors in the reported place or use of cores."""
    wrong = []
    if sorted(entry["core"] for entry in report) != sorted(recount.neurons):
        wrong.append("The cores listed are not the cores that hold neurons.")
    for entry in report:
        core = entry["core"]
        x, y = recount.surveyor.tile(core)
        counted = {
            "x": x,
            "y": y,
            "neurons_per_core": recount.neurons[core],
            "input_axons_per_core": recount.input_axons[core],
            "output_axons_per_core": recount.output_axons[core],
        }
        wrong += _differences(f"Core {core}: ", counted, entry)
    return wrong


def _limit_differences(recount: _Recount, report: list[dict[str, Any]]) -> list[str]:
    """Return errors in the reported largest use of limits."""
    most = {name: max(used.values(), default=0) for name, used, _ in recount.used()}
    most |= {"cores_per_chip": len(recount.neurons), "delay_ticks": recount.workload.delay_ticks}
    return [
        f"{limit['name']} is reported as {limit['used']}, the recount gives {most[limit['name']]}."
        for limit in report
        if limit["used"] is not None and limit["used"] != most[limit["name"]]
    ]


def _link_differences(kind: str, recount: _Recount, report: dict[str, Any]) -> list[str]:
    """Return errors in the reported loads of links (idle links are not listed), and in their sums."""
    counted, hops = recount.links[kind], recount.hops(kind)
    reported = {(tuple(link["from"]), tuple(link["to"])): link["load"] for link in report["links"]}
    wrong = [
        f"{kind}: link {start} -> {end} carries {counted[start, end]}, reported is {reported.get((start, end), 0)}."
        for start, end in sorted(set(reported) | set(counted))
        if counted[start, end] != reported.get((start, end), 0)
    ]
    largest = max(counted.values(), default=0)
    if report["largest_link"] != largest:
        wrong.append(f"{kind}: largest_link is reported as {report['largest_link']}, the recount gives {largest}.")
    sums = {"hops": sum(counted.values()), "chip_crossings": hops["chip crossing"]}
    for hop in ("hop east-west", "hop north-south", "hop diagonal", "hop in chip"):
        name = "hops" + hop.removeprefix("hop").replace(" ", "_").replace("-", "_")
        if name in report or hops[hop]:
            sums[name] = hops[hop]
    return wrong + _differences(f"{kind}.", sums, report)


def _energy_differences(recount: _Recount, chip: ChipSpec, report: dict[str, Any]) -> list[str]:
    """Return energy terms that differ from count times cost, and an error if the total is not their sum."""
    if report["energy"] is None:
        return []
    wrong, total, costs = [], 0.0, chip.cost_sets[report["energy"]["cost_set"]].energy
    expected = {name for name, cost in costs.items() if cost.storage in (None, "sparse")}
    if {term["name"] for term in report["energy"]["terms"]} != expected:
        wrong.append("The energy's terms are not those of the cost set.")
    for term in report["energy"]["terms"]:
        cost = costs[term["name"]]
        joules = recount.cause(cost.per) * cost.value * _JOULES[cost.unit]
        total += joules
        if not math.isclose(joules, term["joules"], rel_tol=1e-9):
            wrong.append(f"Energy of {term['name']} is reported as {term['joules']} J, the recount gives {joules} J.")
    reported, unpublished = report["energy"]["total"], chip.cost_sets[report["energy"]["cost_set"]].unpublished
    if any(recount.cause(cause) for cause in unpublished):
        if reported is not None:
            wrong.append(f"The energy is reported as {reported} J, but no cost is published for some of its causes.")
        reported = report["energy"]["known"]
    if reported is None or not math.isclose(total, reported, rel_tol=1e-9):
        wrong.append(f"The energy is reported as {reported} J, the recount gives {total} J.")
    return wrong
