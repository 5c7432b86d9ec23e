"""Time per tick: the slowest core, then the longest flight of a spike, then the barrier.

With a cost set that is ``side_by_side``, flights overlap with the work of cores.

Counts do not say when a neuron spiked. We spread each neuron's spikes evenly over the recording. Each neuron has a
fixed offset of its own, a multiple of the golden ratio. Every tick waits for the core that is slowest in that tick. The
slowest core differs between ticks. The mean of these waits is therefore at least the mean time of the core with the
most work on average.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from neurogrow.arrays import FloatArray, IntArray

from ..chips.evidence import Cause, CostSet, Storage
from ..chips.spec import ChipSpec
from ..topology.routing import core_pairs
from ..workload.destinations import Destinations
from ..workload.workload import Workload
from .cost import hop_prices, prices

_GOLDEN = (5**0.5 - 1) / 2
_MOST_PRODUCTS = 200_000_000
"""Largest number of products to compute; longer recordings are sampled at evenly spaced ticks."""
_BLOCK = 4_000_000
"""Neurons times ticks in one block."""

LATENCY_ASSUMPTIONS = {
    False: "Latency: a core updates its neurons and then serves its synaptic events one after another, cores work side "
    "by side, a neuron's spikes are spread evenly over ticks from a moment of its own, every tick waits for its "
    "slowest core, and links never wait; the barrier is that of the whole chip.",
    True: "Latency: every core updates its neurons and sends while it receives and serves synaptic events, a neuron's "
    "spikes are spread evenly over ticks from a moment of its own, every tick waits for the slowest of all, flights "
    "overlap with that, and links never wait; the barrier is that of the whole chip.",
}
"""The assumption for cost sets by their ``side_by_side``."""


@dataclass(frozen=True)
class Latency:
    """Mean time of a tick: its slowest core, then the longest flight of a spike, then the barrier."""

    cost_set: str
    seconds_per_tick: float
    slowest_core: int
    """The core with the most work on average; the slowest core varies from tick to tick."""
    slowest_core_seconds: float
    """Mean over ticks of the busiest core's time."""
    flight_seconds: float
    barrier_seconds: float
    error_percent: float | None


def spread_evenly(spikes_M: IntArray, ticks: int, tick: int | IntArray) -> IntArray:
    """Return the spikes of every neuron in a tick, 0 or 1, if its spikes are spread evenly over ``ticks`` ticks.

    Each neuron starts at a moment of its own: a multiple of the golden ratio, so that moments of consecutive neurons
    differ. ``tick`` may be an array that broadcasts with ``spikes_M``.
    """
    moment_M = np.floor(ticks * (np.arange(len(spikes_M)) * _GOLDEN % 1)).astype(np.int64)
    moment_M = moment_M.reshape(spikes_M.shape)
    return np.asarray(((tick + 1) * spikes_M + moment_M) // ticks - (tick * spikes_M + moment_M) // ticks)


def latency(
    workload: Workload,
    core_M: IntArray,
    pairs: Destinations,
    chip: ChipSpec,
    name: str,
    cost_set: CostSet,
    storage: Storage = "sparse",
) -> Latency | None:
    """Return the mean time of a tick.

    t = mean_ticks max_core (neurons t_update + events t_synapse) + t_packet + max route (sum hops t_hop) + t_tick,

    or, if the cost set is ``side_by_side`` (the "simple" model of SANA-FE 2.2.9, as observed),

    t = mean_ticks max(max_core (neurons t_update + spikes t_spike + packets sent t_packet),
                       max_core (packets received t_received + events t_synapse)) + t_tick.

    The result is None unless the cost set has times of updates, synaptic events, packets, hops and the barrier. It is
    None for several chips too, because the barrier of a single chip does not hold for them.
    """
    per, fabric = prices(cost_set.time, storage), chip.fabric
    hop_K = hop_prices(per, fabric.hop_kinds)
    needed: tuple[Cause, ...] = ("neuron update", "synaptic event", "tick", "packet")
    if any(cause not in per for cause in needed) or hop_K is None or fabric.chips != (1, 1):
        return None
    longest, mean_C = _busy(workload, core_M, pairs, fabric.n_cores, per, cost_set.side_by_side)
    flight = 0.0 if cost_set.side_by_side else _longest_flight(pairs, chip, per, np.array(hop_K))
    error = None if cost_set.time_error is None else cost_set.time_error.value
    slowest = int(mean_C.argmax())
    return Latency(name, longest + flight + per["tick"], slowest, longest, flight, per["tick"], error)


def _busy(
    workload: Workload,
    core_M: IntArray,
    pairs: Destinations,
    n_cores: int,
    per: dict[Cause, float],
    side_by_side: bool,
) -> tuple[float, FloatArray]:
    """Return the mean over ticks of the busiest core's time, and every core's mean time, in seconds."""
    always_C = np.bincount(core_M, minlength=n_cores) * (per["neuron update"] + per.get("neuron tick", 0.0))
    home_CM = sparse.csr_array((np.ones(len(core_M)), (core_M, np.arange(len(core_M)))), (n_cores, len(core_M)))
    serving_CM = sparse.csr_array(home_CM @ workload.connectivity.astype(float)) * per["synaptic event"]
    sending_CM = None
    if side_by_side:
        packets_M = np.bincount(pairs.neuron_P, minlength=len(core_M))
        sending_CM = home_CM * (per.get("spike", 0.0) + packets_M * per["packet"])[None]
        arriving = np.full(len(pairs.core_P), per.get("packet received", 0.0))
        serving_CM = serving_CM + sparse.csr_array((arriving, (pairs.core_P, pairs.neuron_P)), serving_CM.shape)
    longest, mean_C, ticks = 0.0, np.zeros(n_cores), 0
    for fired_MT in _trains(workload, serving_CM.nnz):
        serving_CT = serving_CM @ fired_MT
        if sending_CM is None:
            busy_CT = always_C[:, None] + serving_CT
        else:
            busy_CT = np.maximum(always_C[:, None] + sending_CM @ fired_MT, serving_CT)
        longest, mean_C, ticks = longest + busy_CT.max(0).sum(), mean_C + busy_CT.sum(1), ticks + busy_CT.shape[1]
    return float(longest / ticks), mean_C / ticks


def _trains(workload: Workload, products: int) -> Iterator[FloatArray]:
    """Yield the spikes in blocks of ticks, shape (M, ticks): all ticks, or an evenly spaced sample of them."""
    n_sampled = int(np.clip(_MOST_PRODUCTS // max(1, products), 1, workload.ticks))
    tick_T = np.linspace(0, workload.ticks - 1, n_sampled).round().astype(np.int64)
    block = max(1, _BLOCK // workload.n_neurons)
    for first in range(0, n_sampled, block):
        yield spread_evenly(workload.spikes_M[:, None], workload.ticks, tick_T[first : first + block]).astype(float)


def _longest_flight(pairs: Destinations, chip: ChipSpec, per: dict[Cause, float], hop_K: FloatArray) -> float:
    """Return the time of a packet on the longest route of any spike."""
    fabric = chip.fabric
    flown = core_pairs(pairs, fabric.n_cores) if chip.routing.name == "core_multicast" else pairs
    hops_PK = fabric.steps(fabric.router_C[flown.home_P], fabric.router_C[flown.core_P])[flown.spikes_P > 0]
    return float((hops_PK @ hop_K).max() + per["packet"] + per.get("router pass", 0.0)) if len(hops_PK) else 0.0
