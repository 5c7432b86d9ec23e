"""Joules and seconds of a mapping, from counts and the chip's published figures, split by cause.

Every count times the figure of its cause, added up: E = sum_cause count x figure. With the figures of SANA-FE 2.2.9 for
Loihi this is its energy in closed form,

    E = M T e_access + updates e_update + spikes e_spike + synaptic events e_synapse + packets e_packet
        + east-west hops e_ew + north-south hops e_ns.
"""

from dataclasses import dataclass

import numpy as np

from neurogrow.arrays import FloatArray, IntArray

from .chips import Cause, ChipSpec, Cost, CostSet, Storage
from .destinations import Destinations
from .routing import Traffic
from .workload import Workload

TRAVEL: tuple[Cause, ...] = ("packet", "hop east-west", "hop north-south")
"""Causes that a mapping can change; the others are the same on every core."""


@dataclass(frozen=True)
class EnergyTerm:
    """What one cause takes over the whole recording."""

    name: str
    per: Cause
    count: int
    joules: float
    figure: Cost


@dataclass(frozen=True)
class Energy:
    """Energy over the whole recording by cause; static power is in none of the terms."""

    cost_set: str
    title: str
    scope: str
    terms: tuple[EnergyTerm, ...]
    error_percent: float | None
    """Largest published deviation of the cost set from silicon."""

    @property
    def total(self) -> float:
        """Joules over the whole recording."""
        return sum(term.joules for term in self.terms)

    @property
    def movable_share(self) -> float | None:
        """Share of the total that depends on the mapping; None for an all-in figure, which cannot be divided."""
        if self.scope == "all in" or not self.total:
            return None
        return sum(term.joules for term in self.terms if term.per in TRAVEL) / self.total


@dataclass(frozen=True)
class Latency:
    """Mean time of a tick: the slowest core, then the longest flight of a spike, then the barrier."""

    cost_set: str
    seconds_per_tick: float
    slowest_core: int
    slowest_core_seconds: float
    flight_seconds: float
    barrier_seconds: float
    error_percent: float | None


COST_ASSUMPTIONS = (
    "Every neuron is updated at every tick: spike counts do not tell which were idle, so the energy and time of neuron "
    "updates are upper limits.",
    "Synapses are stored in the sparse format.",
    "Static power is not included in any energy.",
)
LATENCY_ASSUMPTIONS = (
    "Latency: a core updates its neurons and then serves its synaptic events one after another, cores work side by "
    "side, spikes are spread evenly over ticks, and links never wait; the barrier is that of the whole chip.",
)


def counts(workload: Workload, pairs: Destinations, traffic: Traffic, chip: ChipSpec) -> dict[Cause, int]:
    """Count every cause over the recording; packets to the own core only where the chip sends them.

    On a multicast chip a spike is one packet, however many cores it reaches.
    """
    sent = pairs if chip.routing.own_core_packets else pairs.remote()
    if chip.routing.kind == "unicast":
        packets = int(sent.spikes_P.sum())
    else:
        packets = int(workload.spikes_M[np.unique(sent.neuron_P)].sum())
    neuron_ticks = workload.n_neurons * workload.ticks
    return {
        "neuron tick": neuron_ticks,
        "neuron update": neuron_ticks,
        "idle neuron tick": 0,
        "spike": int(workload.spikes_M.sum()),
        "synaptic event": int(workload.events_M.sum()),
        "packet": packets,
        "hop east-west": traffic.hops_east_west,
        "hop north-south": traffic.hops_north_south,
        "tick": workload.ticks,
    }


def energy(counted: dict[Cause, int], name: str, cost_set: CostSet, storage: Storage = "sparse") -> Energy | None:
    """Energy by cause with the figures of a cost set; None where it has none."""
    if not cost_set.energy:
        return None
    terms = tuple(
        EnergyTerm(cause, cost.per, counted[cost.per], counted[cost.per] * cost.si, cost)
        for cause, cost in cost_set.energy.items()
        if cost.storage in (None, storage)
    )
    error = None if cost_set.energy_error is None else cost_set.energy_error.value
    return Energy(name, cost_set.title, cost_set.scope, terms, error)


def latency(
    workload: Workload,
    core_M: IntArray,
    pairs: Destinations,
    chip: ChipSpec,
    name: str,
    cost_set: CostSet,
    storage: Storage = "sparse",
) -> Latency | None:
    """Mean time of a tick, None unless the cost set times updates, synaptic events, packets, hops and the barrier.

    t = max_core (neurons t_update + events per tick t_synapse) + t_packet + max route (|dx| t_ew + |dy| t_ns) + t_tick
    """
    per = _per_cause(cost_set.time, storage)
    needed: tuple[Cause, ...] = ("neuron update", "synaptic event", "tick", *TRAVEL)
    if any(cause not in per for cause in needed):
        return None
    n_cores = chip.mesh.n_cores
    neurons_C = np.bincount(core_M, minlength=n_cores)
    events_C = np.bincount(core_M, weights=workload.events_M, minlength=n_cores) / workload.ticks
    busy_C = neurons_C * per["neuron update"] + events_C * per["synaptic event"]
    slowest = int(busy_C.argmax())
    flight = _longest_flight(pairs, chip, np.array([per["hop east-west"], per["hop north-south"]]), per["packet"])
    total = float(busy_C[slowest]) + flight + per["tick"]
    error = None if cost_set.time_error is None else cost_set.time_error.value
    return Latency(name, total, slowest, float(busy_C[slowest]), flight, per["tick"], error)


def _per_cause(costs: dict[str, Cost], storage: Storage) -> dict[Cause, float]:
    """Joules or seconds of each cause: the sum of all figures that it spends."""
    spent: dict[Cause, float] = {}
    for cost in costs.values():
        if cost.storage in (None, storage):
            spent[cost.per] = spent.get(cost.per, 0.0) + cost.si
    return spent


def _longest_flight(pairs: Destinations, chip: ChipSpec, hop_2: FloatArray, packet: float) -> float:
    flown = pairs.spikes_P > 0
    router_C2 = chip.mesh.router_C2
    apart_P2 = np.abs(router_C2[pairs.core_P[flown]] - router_C2[pairs.home_P[flown]])
    return float((apart_P2 @ hop_2).max() + packet) if len(apart_P2) else 0.0


def hop_cost(cost_set: CostSet | None) -> tuple[float, float]:
    """Relative cost of an east-west and of a north-south hop: the chip's own energies, or equal where unpublished."""
    per = {} if cost_set is None else _per_cause(cost_set.energy, "sparse")
    east_west, north_south = per.get("hop east-west"), per.get("hop north-south")
    if not east_west or not north_south:
        return 1.0, 1.0
    return 1.0, north_south / east_west
