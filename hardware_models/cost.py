"""Joules and seconds of a mapping, from counts and the chip's published figures, split by cause.

Every count times the figure of its cause, added up: E = sum_cause count x figure. With the figures of SANA-FE 2.2.9 for
Loihi this is its energy in closed form,

    E = M T e_access + updates e_update + spikes e_spike + synaptic events e_synapse + packets e_packet
        + east-west hops e_ew + north-south hops e_ns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from neurogrow.arrays import FloatArray, IntArray

from .chips import ChipSpec
from .destinations import Destinations
from .figures import TRAVEL, Cause, Cost, CostSet, Storage
from .mesh import Mesh
from .routing import Traffic, of_cores
from .topology import HopKind
from .workload import Workload


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
    unknown: tuple[Cause, ...] = ()
    """Causes that occurred and take energy, without a published figure."""

    @property
    def known(self) -> float:
        """Joules over the whole recording of the causes that have a figure."""
        return sum(term.joules for term in self.terms)

    @property
    def total(self) -> float | None:
        """Joules over the whole recording; None where a cause occurred that has no figure."""
        return None if self.unknown else self.known

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
LATENCY_ASSUMPTIONS = {
    False: "Latency: a core updates its neurons and then serves its synaptic events one after another, cores work side "
    "by side, spikes are spread evenly over ticks, and links never wait; the barrier is that of the whole chip.",
    True: "Latency: every core updates its neurons and sends while it receives and serves synaptic events, the slowest "
    "of all decides, flights overlap with that, spikes are spread evenly over ticks, and links never wait; the barrier "
    "is that of the whole chip.",
}
"""By whether the cost set's cores work side by side with the network."""


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
    no_hops: dict[Cause, int] = dict.fromkeys(get_args(HopKind), 0)
    return {
        "neuron tick": neuron_ticks,
        "neuron update": neuron_ticks,
        "idle neuron tick": 0,
        "spike": int(workload.spikes_M.sum()),
        "synaptic event": int(workload.events_M.sum()),
        "packet": packets,
        "packet received": int(sent.spikes_P.sum()),
        "hop": traffic.hops,
        **(no_hops | traffic.hops_by_kind),
        "chip crossing": traffic.crossings,
        "router pass": packets + traffic.hops,
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
    unknown = tuple(cause for cause in cost_set.unpublished if counted[cause])
    return Energy(name, cost_set.title, cost_set.scope, terms, error, unknown)


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

    t = max_core (neurons t_update + events per tick t_synapse) + t_packet + max route (sum hops t_hop) + t_tick,

    or, for a set whose cores work side by side with the network (the "simple" model of SANA-FE 2.2.9, as observed),

    t = max(max_core (neurons t_update + spikes t_spike + packets sent t_packet),
            max_core (packets received t_received + events t_synapse)) + t_tick.

    On several chips it is None: the barrier of a single one says nothing about theirs.
    """
    per, fabric = _per_cause(cost_set.time, storage), chip.fabric
    hop_K = [_per_hop(per, kind) for kind in fabric.hop_kinds]
    needed: tuple[Cause, ...] = ("neuron update", "synaptic event", "tick", "packet")
    if any(cause not in per for cause in needed) or None in hop_K or fabric.chips != (1, 1):
        return None
    neurons_C = np.bincount(core_M, minlength=fabric.n_cores)
    sending_C = neurons_C * (per["neuron update"] + per.get("neuron tick", 0.0))
    receiving_C = np.bincount(core_M, weights=workload.events_M, minlength=fabric.n_cores) * per["synaptic event"]
    receiving_C /= workload.ticks
    flight = 0.0
    if cost_set.side_by_side:
        sending_C, receiving_C = _with_packets(workload, core_M, pairs, per, sending_C, receiving_C)
        busy_C = np.maximum(sending_C, receiving_C)
    else:
        busy_C = sending_C + receiving_C
        flight = _longest_flight(pairs, chip, per, np.array(hop_K, dtype=float))
    slowest = int(busy_C.argmax())
    total = float(busy_C[slowest]) + flight + per["tick"]
    error = None if cost_set.time_error is None else cost_set.time_error.value
    return Latency(name, total, slowest, float(busy_C[slowest]), flight, per["tick"], error)


def _with_packets(
    workload: Workload,
    core_M: IntArray,
    pairs: Destinations,
    per: dict[Cause, float],
    sending_C: FloatArray,
    receiving_C: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Add the spikes and packets of a mean tick to what cores do when they send and when they receive."""
    n_cores, share = len(sending_C), 1 / workload.ticks
    fired_C = np.bincount(core_M, weights=workload.spikes_M, minlength=n_cores)
    sent_C = np.bincount(pairs.home_P, weights=pairs.spikes_P, minlength=n_cores)
    got_C = np.bincount(pairs.core_P, weights=pairs.spikes_P, minlength=n_cores)
    sending_C = sending_C + share * (fired_C * per.get("spike", 0.0) + sent_C * per["packet"])
    return sending_C, receiving_C + share * got_C * per.get("packet received", 0.0)


def _longest_flight(pairs: Destinations, chip: ChipSpec, per: dict[Cause, float], hop_K: FloatArray) -> float:
    """Time of a packet on the longest route that any takes."""
    fabric = chip.fabric
    flown = of_cores(pairs, fabric.n_cores) if chip.routing.kind == "core_multicast" else pairs
    way_PK = fabric.steps(fabric.router_C[flown.home_P], fabric.router_C[flown.core_P])[flown.spikes_P > 0]
    return float((way_PK @ hop_K).max() + per["packet"] + per.get("router pass", 0.0)) if len(way_PK) else 0.0


def _per_cause(costs: dict[str, Cost], storage: Storage) -> dict[Cause, float]:
    """Joules or seconds of each cause: the sum of all figures that it spends."""
    spent: dict[Cause, float] = {}
    for cost in costs.values():
        if cost.storage in (None, storage):
            spent[cost.per] = spent.get(cost.per, 0.0) + cost.si
    return spent


def _per_hop(per: dict[Cause, float], kind: HopKind) -> float | None:
    """What crossing one link of a kind takes, the next router included; None where nothing is published."""
    found = [per[cause] for cause in (kind, "hop", "router pass") if cause in per]
    return sum(found) if found else None


def hop_cost(cost_set: CostSet | None, kinds: Sequence[HopKind] = Mesh.hop_kinds) -> tuple[float, ...]:
    """Relative cost of a hop of each kind: the chip's own energies, the first as 1, or all equal where unpublished."""
    per = {} if cost_set is None else _per_cause(cost_set.energy, "sparse")
    found = [_per_hop(per, kind) for kind in kinds]
    known = [cost for cost in found if cost]
    if len(known) < len(found):
        return (1.0,) * len(kinds)
    return tuple(cost / known[0] for cost in known)


def packet_cost(cost_set: CostSet | None, kinds: Sequence[HopKind] = Mesh.hop_kinds) -> float:
    """Cost of sending a packet in units of :func:`hop_cost`: the chip's own energies, 1 where none is published."""
    per = {} if cost_set is None else _per_cause(cost_set.energy, "sparse")
    found = [_per_hop(per, kind) for kind in kinds]
    sent = per.get("packet", 0.0) + per.get("router pass", 0.0)  # the first router handles it before any hop
    first = next((cost for cost in found if cost), None)
    return 1.0 if first is None or None in found or not sent else sent / first
