"""Joint partition and placement: neurons, clusters of neurons and whole cores move on the chip at exact costs.

:func:`improved` anneals an existing mapping; :func:`multilevel` makes one from scratch. Both work on several levels of
the same network (:mod:`~hardware_models.search.coarsening`): clusters move to a region of the chip first, then single
neurons move to a core. The budget is a number of evaluated trees, not of seconds, so a seed gives the same mapping on
any machine.
"""

from dataclasses import dataclass, replace

import numpy as np

from neurogrow.arrays import IntArray
from neurogrow.progress import counted

from ..workload.nets import Nets
from .annealing import anneal, relieve, typical_change
from .capacity import Capacity
from .coarsening import matched
from .increments import OVER
from .objective import Objective
from .spectral import spectral_starts
from .state import cores_of, cost_of_state, state_of


@dataclass(frozen=True)
class Schedule:
    """Budget and temperatures of a search. Temperatures are in units of the mean change of a step."""

    trees: float
    """Trees to evaluate, independent of the size of the network."""
    trees_per_pin: float
    """Additional trees to evaluate for every pin of the network."""
    hot: float = 0.15
    """First temperature of the smallest clusters and of single neurons."""
    hottest: float = 0.3
    """First temperature of the largest clusters."""
    cold: float = 0.01
    """Last temperature of all."""
    rounds: int = 1
    """How often :func:`improved` starts again from clusters of the present mapping."""


@dataclass(frozen=True, eq=False)
class SearchResult:
    """A mapping and its cost."""

    core_V: IntArray
    cost: float
    over: int
    """Sum of all excesses over limits; 0 for a valid mapping."""


def multilevel(nets: Nets, objective: Objective, capacity: Capacity, schedule: Schedule, seed: int = 0) -> SearchResult:
    """Map a network onto cores from scratch.

    1. Join nodes in pairs, level by level, until there are about four clusters per core.
    2. Place the clusters by their slowest modes (:mod:`~hardware_models.search.spectral`), and anneal.
    3. Split the clusters level by level, and anneal again at lower temperatures.

    Clusters may exceed a core's capacity by the size of one cluster. On the last level, nodes move from overfull cores
    to cores with room. ``over`` of the result is 0 if all limits hold.
    """
    rng = np.random.default_rng(seed)
    n_cores = objective.fabric.n_cores
    most = max(2, capacity.most[0] // 4)
    levels, clusters = _levels(nets, most, 4 * n_cores, rng)
    starts = spectral_starts(levels[-1], objective.fabric, rng)
    wider = capacity.for_clusters(levels[-1].need_VR.max(0) - 1)
    core_V = min(starts, key=lambda start_V: annealed(levels[-1], objective, wider, start_V, 0, 0.0, 0.0, rng).cost)
    return _descend(levels, clusters, objective, capacity, schedule, core_V, rng, schedule.hottest)


def improved(
    nets: Nets, objective: Objective, capacity: Capacity, schedule: Schedule, core_V: IntArray, seed: int = 0
) -> SearchResult:
    """Anneal a mapping; the result costs no more than the start, and exceeds limits by no more.

    1. Exchange whole cores.
    2. Move clusters of neurons that share a core, then single neurons.
    3. Repeat the second step, ``rounds`` times in total, at lower and lower temperatures.
    """
    rng = np.random.default_rng(seed)
    moved_V = place_cores(nets, objective, core_V, replace(schedule, trees=schedule.trees / 8, trees_per_pin=0), seed)
    starts = [annealed(nets, objective, capacity, start_V, 0, 0.0, 0.0, rng) for start_V in (core_V, moved_V)]
    best = min(starts, key=lambda result: (result.over, result.cost))
    for turn in range(schedule.rounds):
        share = replace(schedule, trees=schedule.trees / schedule.rounds,
                        trees_per_pin=schedule.trees_per_pin / schedule.rounds)  # fmt: skip
        most = max(2, capacity.most[0] // 4)
        enough = nets.n_nodes if any(capacity.least) else 4 * objective.fabric.n_cores  # clusters would empty cores
        levels, clusters = _levels(nets, most, enough, rng, best.core_V)
        start_V = best.core_V
        for cluster_V in clusters:
            start_V = _cluster_values(start_V, cluster_V)
        hot = schedule.hot * 0.5**turn
        result = _descend(levels, clusters, objective, capacity, replace(share, hot=hot), start_V, rng, hot)
        if (result.over, result.cost) < (best.over, best.cost):
            best = result
    return best


def place_cores(nets: Nets, objective: Objective, core_V: IntArray, schedule: Schedule, seed: int = 0) -> IntArray:
    """Exchange whole cores with all their nodes; return the new core of every node, shape (V,)."""
    used, part_V = np.unique(core_V, return_inverse=True)
    whole = nets.contracted(part_V, len(used))
    whole = replace(whole, need_VR=np.ones((len(used), 1), np.int64))
    rng = np.random.default_rng(seed)
    one = Capacity((1,))
    start = annealed(whole, objective, one, used, 0, 0.0, 0.0, rng)
    result = annealed(whole, objective, one, used, _steps(whole, schedule, 1), schedule.hot, schedule.cold, rng)
    return np.asarray((result if result.cost < start.cost else start).core_V[part_V])


def annealed(
    nets: Nets,
    objective: Objective,
    capacity: Capacity,
    core_V: IntArray,
    steps: int,
    hot: float,
    cold: float,
    rng: np.random.Generator,
) -> SearchResult:
    """Anneal one level; before that, move nodes from overfull cores to cores with room."""
    state, cost = state_of(nets, objective, core_V, capacity, int(rng.integers(2**62)))
    if state.whole[OVER] and steps:
        relieve(state, 64)
    if steps and nets.n_nets:
        typical = typical_change(state, 500)
        beside = 0.75 if capacity.most[0] == 1 else 0.0
        anneal(state, steps, hot * typical, cold * typical, beside)
        anneal(state, steps // 8, 0.0, 0.0, beside)
        cost = cost_of_state(state)
    return SearchResult(cores_of(state), cost, int(state.whole[OVER]))


def _levels(
    nets: Nets, most: int, enough: int, rng: np.random.Generator, home_V: IntArray | None = None
) -> tuple[list[Nets], list[IntArray]]:
    """Return coarser and coarser networks, and the cluster of every node of each network except the last."""
    levels, clusters = [nets], []
    while levels[-1].n_nodes > enough:
        cluster_V, n = matched(levels[-1], most, rng, home_V)
        if n > 0.95 * levels[-1].n_nodes:
            break
        levels.append(levels[-1].contracted(cluster_V, n))
        clusters.append(cluster_V)
        home_V = None if home_V is None else _cluster_values(home_V, cluster_V)
    return levels, clusters


def _descend(
    levels: list[Nets],
    clusters: list[IntArray],
    objective: Objective,
    capacity: Capacity,
    schedule: Schedule,
    core_V: IntArray,
    rng: np.random.Generator,
    hot: float,
) -> SearchResult:
    """Anneal from the coarsest level to the network itself; the network itself gets half of the budget."""
    above = len(levels) - 1
    for depth in counted(range(above, -1, -1), "levels of clusters"):
        room = capacity.for_clusters(levels[depth].need_VR.max(0) - 1) if depth else capacity
        shares = 2 * above if depth else 2 if above else 1
        steps = _steps(levels[depth], schedule, shares)
        result = annealed(levels[depth], objective, room, core_V, steps, hot, schedule.cold, rng)
        core_V, hot = result.core_V[clusters[depth - 1]] if depth else result.core_V, schedule.hot
    return result


def _steps(nets: Nets, schedule: Schedule, shares: int) -> int:
    """Return the steps in a share of the budget; each step evaluates the trees of one node's nets."""
    per_step = 1 + (len(nets.pin_P) + nets.n_nets) / nets.n_nodes
    return int((schedule.trees + schedule.trees_per_pin * len(nets.pin_P)) / shares / per_step)


def _cluster_values(value_V: IntArray, cluster_V: IntArray) -> IntArray:
    """Return the value of every cluster; all nodes of a cluster must have the same value."""
    value = np.empty(cluster_V.max() + 1, value_V.dtype)
    value[cluster_V] = value_V
    return value
