"""Refinement: improve a whole mapping, within every limit of the cores.

The built-in refinement ``joint`` is a search for the least cost of packets and hops on the chip
(:mod:`~hardware_models.search.joint`). It has three budgets. Each is a number of evaluated trees
(:class:`~hardware_models.search.joint.Schedule`), so a seed gives the same mapping on every machine. Networks of some
hundred neurons take about 1, 5 and 20 seconds of one processor core; 20,000 neurons with 320,000 synapses take about 3,
10 and 45 seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from neurogrow.arrays import IntArray
from neurogrow.errors import InputError, nearest
from neurogrow.registry import Registry

from .._methods import checked_numbers
from ..chips.limits import NAMES, bits_per_synapse, limit_of, usable_cores, use_of_cores
from ..chips.spec import ChipSpec
from ..workload.nets import Nets, nets_of
from ..workload.workload import Workload
from .capacity import Capacity
from .joint import Schedule, SearchResult, annealed, improved, multilevel
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
    """A refined mapping, and its cost before and after."""

    core_M: IntArray
    """Core of every neuron, shape (M,)."""
    effort: str
    start_cost: float | None
    """Objective of the start, in hops; None for a mapping that was made from scratch."""
    cost: float
    """Objective at the end."""
    method: str = "joint"
    """Name of the refinement."""


@dataclass(frozen=True)
class RefinementSettings:
    """Settings of a refinement."""

    effort: str = "fast"
    """The budget: ``fast``, ``balanced`` or ``best``."""
    seed: int = 0
    """Seed of the random numbers."""
    neurons_per_core: int | None = None
    """Largest number of neurons on a core; the chip's limit by default."""
    cost_set: str | None = None
    """The chip's cost set that weights packets and hops; the default one by default."""


Refinement: TypeAlias = Callable[[Workload, ChipSpec, IntArray | None, RefinementSettings], "Refined | IntArray | None"]
"""(workload, chip, core of every neuron or None for no start, settings) -> core of every neuron, a :class:`Refined`, or
None if nothing better was found."""


def joint_refinement(
    workload: Workload, chip: ChipSpec, start_M: IntArray | None, settings: RefinementSettings
) -> Refined | None:
    """Search with :func:`refined`."""
    return refined(
        workload, chip, settings.effort, settings.seed, start_M, settings.neurons_per_core, settings.cost_set
    )


REFINEMENTS: Registry[Refinement] = Registry("refinement", "neurogrow.refinements", {"joint": joint_refinement})
"""Refinements by name."""


def refined(
    workload: Workload,
    chip: ChipSpec,
    effort: str = "fast",
    seed: int = 0,
    start_M: IntArray | None = None,
    neurons_per_core: int | None = None,
    cost_set: str | None = None,
) -> Refined | None:
    """Search for a mapping; return None if the search ended with a mapping that exceeds a limit of a core.

    Parameters
    ----------
    workload, chip
        The network and the chip.
    effort
        ``fast``, ``balanced`` or ``best``.
    seed
        Seed of the random numbers.
    start_M
        Core of every neuron in a mapping to improve. The result costs no more. Without it, a mapping is made from
        scratch.
    neurons_per_core
        Largest number of neurons on a core; the chip's limit by default.
    cost_set
        The chip's cost set that weights packets and hops.

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
        result, start_cost = multilevel(nets, objective, capacity, schedule, seed), None
    else:
        start_cost = cost_of(nets, objective, capacity, start_M).cost
        result = improved(nets, objective, capacity, schedule, start_M, seed)
    if result.over or len(np.unique(result.core_V)) > usable_cores(chip):
        return None
    return Refined(result.core_V, effort, start_cost, result.cost)


def run_refinement(
    method: tuple[str, Refinement],
    workload: Workload,
    chip: ChipSpec,
    start_M: IntArray | None,
    settings: RefinementSettings,
) -> Refined | None:
    """Run a refinement and check its result.

    Parameters
    ----------
    method
        Name of the refinement, and the refinement.
    workload, chip, start_M, settings
        Arguments of the refinement.

    Returns
    -------
    Refined | None
        The refined mapping, with costs by the chip's own objective if the method states none.

    Raises
    ------
    InputError
        If the method returns something else than cores of all neurons, or exceeds a limit of a core.
    """
    name, refine = method
    result = refine(workload, chip, None if start_M is None else start_M.copy(), settings)
    if result is None:
        return None
    cores = result.core_M if isinstance(result, Refined) else result
    core_M = checked_numbers(
        cores, workload.n_neurons, chip.fabric.n_cores, f"refinement '{name}'", "a core for every neuron"
    )
    _check_capacity(workload, chip, core_M, settings.neurons_per_core, name)
    if isinstance(result, Refined):
        return Refined(core_M, result.effort, result.start_cost, result.cost, name)
    need_MR, capacity = capacity_of(workload, chip, settings.neurons_per_core)
    nets, objective = nets_of(workload, capacity.axons != (None, None), need_MR), objective_of(chip, settings.cost_set)
    start_cost = None if start_M is None else cost_of(nets, objective, capacity, start_M).cost
    return Refined(core_M, settings.effort, start_cost, cost_of(nets, objective, capacity, core_M).cost, name)


def _check_capacity(
    workload: Workload, chip: ChipSpec, core_M: IntArray, neurons_per_core: int | None, name: str
) -> None:
    """Refuse cores that a refinement has filled beyond a limit."""
    for limit_name, used_C in use_of_cores(workload, core_M, chip.fabric.n_cores, chip).items():
        limit = limit_of(chip, limit_name)
        if limit_name == "neurons_per_core" and neurons_per_core is not None:
            limit = neurons_per_core
        fullest = int(used_C.argmax())
        if limit is not None and used_C[fullest] > limit:
            raise InputError(
                f"The refinement '{name}' puts {used_C[fullest]} {NAMES[limit_name]} on core {fullest}; "
                f"at most {limit} are allowed ({limit_name})."
            )


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


def cost_of(nets: Nets, objective: Objective, capacity: Capacity, core_V: IntArray) -> SearchResult:
    """Return a mapping with its cost and its excess over limits."""
    return annealed(nets, objective, capacity, core_V, 0, 0.0, 0.0, np.random.default_rng(0))


def capacity_of(workload: Workload, chip: ChipSpec, neurons_per_core: int | None = None) -> tuple[IntArray, Capacity]:
    """Return each neuron's need of each resource of a core, shape (M, R), and the core's capacity."""
    most_neurons = limit_of(chip, "neurons_per_core") if neurons_per_core is None else neurons_per_core
    synapses_M = np.asarray(workload.connectivity.sum(axis=1)).astype(np.int64)
    spiking_M = np.zeros(workload.n_neurons, np.int64)
    for population in workload.populations:
        spiking_M[population.start : population.stop] = population.spiking
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
