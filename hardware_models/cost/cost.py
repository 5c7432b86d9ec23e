"""Energy of a mapping by cause, from counts of events and the chip's published costs.

E = sum over causes of (count x cost). With the costs of SANA-FE 2.2.9 for Loihi, this is SANA-FE's energy in closed
form,

    E = M T e_access + updates e_update + spikes e_spike + synaptic events e_synapse + packets e_packet
        + east-west hops e_ew + north-south hops e_ns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from ..chips.evidence import TRAVEL, Cause, Cost, CostSet, Storage
from ..chips.spec import ChipSpec
from ..topology.base import HopKind
from ..topology.mesh import Mesh
from ..topology.traffic import Traffic
from ..workload.destinations import Destinations
from ..workload.workload import Workload


@dataclass(frozen=True)
class EnergyTerm:
    """Energy of one cause over the whole recording."""

    name: str
    per: Cause
    count: int
    joules: float
    figure: Cost
    """The published cost. (Its key in JSON files is ``figure``.)"""


@dataclass(frozen=True)
class Energy:
    """Energy over the whole recording by cause; no term includes static power."""

    cost_set: str
    title: str
    scope: str
    terms: tuple[EnergyTerm, ...]
    error_percent: float | None
    """Largest published deviation of the cost set from silicon."""
    unknown: tuple[Cause, ...] = ()
    """Causes that occurred and take energy, but have no published cost."""

    @property
    def known(self) -> float:
        """Joules over the whole recording of the causes with a published cost."""
        return sum(term.joules for term in self.terms)

    @property
    def total(self) -> float | None:
        """Joules over the whole recording; None if a cause occurred that has no published cost."""
        return None if self.unknown else self.known

    @property
    def movable_share(self) -> float | None:
        """Share of the total that depends on the mapping; None for an all-in cost, which cannot be split."""
        if self.scope == "all in" or not self.total:
            return None
        return sum(term.joules for term in self.terms if term.per in TRAVEL) / self.total


COST_ASSUMPTIONS = (
    "Every neuron is updated at every tick: spike counts do not tell which were idle, so the energy and time of neuron "
    "updates are upper limits.",
    "Synapses are stored in the sparse format.",
    "Static power is not included in any energy.",
)


def counts(workload: Workload, pairs: Destinations, traffic: Traffic, chip: ChipSpec) -> dict[Cause, int]:
    """Return how often every cause occurs over the recording.

    Packets to a neuron's own core are counted only if the chip sends them. With unicast routing a spike is one packet
    for each destination core; otherwise it is a single packet.
    """
    sent = pairs if chip.routing.own_core_packets else pairs.remote()
    if chip.routing.router.packet_per_core:
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
    """Return the energy by cause with the costs of a cost set; None if the set has no energies."""
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


def prices(costs: dict[str, Cost], storage: Storage) -> dict[Cause, float]:
    """Return joules or seconds of each cause: the sum of all its costs."""
    spent: dict[Cause, float] = {}
    for cost in costs.values():
        if cost.storage in (None, storage):
            spent[cost.per] = spent.get(cost.per, 0.0) + cost.si
    return spent


def hop_prices(per: dict[Cause, float], kinds: Sequence[HopKind]) -> list[float] | None:
    """Return the price of crossing one link of each kind and the next router; None if a kind has no published price."""
    parts = [[per[cause] for cause in (kind, "hop", "router pass") if cause in per] for kind in kinds]
    return [sum(part) for part in parts] if all(parts) else None


def hop_cost(cost_set: CostSet | None, kinds: Sequence[HopKind] = Mesh.hop_kinds) -> tuple[float, ...]:
    """Return the relative energy of a hop of each kind, in units of the first kind; all 1 if one is unpublished."""
    energies = hop_prices({} if cost_set is None else prices(cost_set.energy, "sparse"), kinds)
    if energies is None or not all(energies):
        return (1.0,) * len(kinds)
    return tuple(joules / energies[0] for joules in energies)


def packet_cost(cost_set: CostSet | None, kinds: Sequence[HopKind] = Mesh.hop_kinds) -> float:
    """Return the energy of sending a packet in units of :func:`hop_cost`; 1 if it is unpublished."""
    per = {} if cost_set is None else prices(cost_set.energy, "sparse")
    sent = per.get("packet", 0.0) + per.get("router pass", 0.0)  # the first router handles it before any hop
    first = next((cost for cost in hop_prices(per, kinds) or () if cost), None)
    return 1.0 if first is None or not sent else sent / first
