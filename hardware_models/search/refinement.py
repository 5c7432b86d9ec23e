"""Mapping with a budget: joint search for what the chip itself spends, within every limit of its cores.

Three budgets, counted in trees looked at (:class:`~hardware_models.search.joint.Schedule`), so that a seed gives one
mapping on every machine. Networks of some hundred neurons take about 1, 5 and 20 seconds of one processor core, larger
ones more: 20,000 neurons with 320,000 synapses about 3, 10 and 45 seconds.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from neurogrow.arrays import IntArray
from neurogrow.errors import InputError, nearest

from ..chips.limits import bits_per_synapse, limit_of, usable_cores
from ..chips.spec import ChipSpec
from ..workload.nets import Nets, nets_of
from ..workload.workload import Workload
from .joint import Capacity, Found, Schedule, annealed, improved, multilevel
from .objective import Objective, objective_of

Effort: TypeAlias = Literal["fast", "balanced", "best"]

EFFORTS: dict[str, Schedule] = {
    "fast": Schedule(trees=3e6, trees_per_pin=28, hot=0.15),
    "balanced": Schedule(trees=2e7, trees_per_pin=120, hot=0.2),
    "best": Schedule(trees=1e8, trees_per_pin=400, hot=0.2),
}
"""Budgets by name."""


@dataclass(frozen=True, eq=False)
class Refined:
    """A mapping that was searched for, and what that brought."""

    core_M: IntArray
    """Core of every neuron, shape (M,)."""
    effort: str
    start_cost: float | None
    """Objective of the mapping that was improved, in hops; None for one that was made from nothing."""
    cost: float
    """Objective in the end."""


def refined(
    workload: Workload,
    chip: ChipSpec,
    effort: str = "fast",
    seed: int = 0,
    start_M: IntArray | None = None,
    neurons_per_core: int | None = None,
    cost_set: str | None = None,
) -> Refined | None:
    """Search for a mapping; return None where the search found none that keeps all limits of the cores.

    Parameters
    ----------
    workload, chip
        What to map, and where to.
    effort
        ``fast``, ``balanced`` or ``best``.
    seed
        Of the random numbers.
    start_M
        Core of every neuron in a mapping to improve: the result is never worse. Without it one is made from nothing.
    neurons_per_core
        At most this many neurons on a core; the chip's limit by default.
    cost_set
        Which of the chip's figures weigh packets and hops.

    Raises
    ------
    InputError
        If there is no such effort.
    """
    schedule = schedule_of(effort)
    objective = objective_of(chip, cost_set)
    need_MR, capacity = capacity_of(workload, chip, neurons_per_core)
    nets = nets_of(workload, capacity.axons != (None, None), need_MR)
    if start_M is None:
        found, start_cost = multilevel(nets, objective, capacity, schedule, seed), None
    else:
        start_cost = cost_of(nets, objective, capacity, start_M).cost
        found = improved(nets, objective, capacity, schedule, start_M, seed)
    if found.over or len(np.unique(found.core_V)) > usable_cores(chip):
        return None
    return Refined(found.core_V, effort, start_cost, found.cost)


def schedule_of(effort: str) -> Schedule:
    """Return the budget of an effort.

    Raises
    ------
    InputError
        If there is no such effort.
    """
    if effort not in EFFORTS:
        known = list(EFFORTS)
        raise InputError(f"There is no effort '{effort}'.{nearest(effort, known)} Known: {', '.join(known)}.")
    return EFFORTS[effort]


def cost_of(nets: Nets, objective: Objective, capacity: Capacity, core_V: IntArray) -> Found:
    """Count the cost of a mapping, and what exceeds a limit."""
    return annealed(nets, objective, capacity, core_V, 0, 0.0, 0.0, np.random.default_rng(0))


def capacity_of(workload: Workload, chip: ChipSpec, neurons_per_core: int | None = None) -> tuple[IntArray, Capacity]:
    """Return what every neuron takes of each resource of a core, shape (M, R), and how much of each there is."""
    most_neurons = limit_of(chip, "neurons_per_core") if neurons_per_core is None else neurons_per_core
    synapses_M = np.asarray(workload.connectivity.sum(axis=1)).astype(np.int64)
    spiking_M = np.zeros(workload.n_neurons, np.int64)
    for each in workload.populations:
        spiking_M[each.start : each.stop] = each.spiking
    needs = {
        "synapse_bits_per_core": synapses_M * (bits_per_synapse(chip) or 0),
        "synapses_per_core": synapses_M,
        "spiking_neurons_per_core": spiking_M,
        "silent_neurons_per_core": 1 - spiking_M,
    }
    limited = {name: need_M for name, need_M in needs.items() if limit_of(chip, name) is not None}
    need_MR = np.stack([np.ones(workload.n_neurons, np.int64), *limited.values()], axis=1)
    most = (most_neurons or 1, *(limit_of(chip, name) or 0 for name in limited))
    axons = (limit_of(chip, "input_axons_per_core"), limit_of(chip, "output_axons_per_core"))
    return need_MR, Capacity(most, (0,) * len(most), axons, chip.routing.own_core_packets)
