"""Joint partition and placement: neurons, clusters of neurons and whole cores move on the chip at exact costs.

:func:`improved` anneals a mapping that is there already; :func:`multilevel` makes one from nothing. Both search levels
of the same network (:mod:`~hardware_models.search.coarsening`): clusters find their region of the chip before neurons
find their core. The work is counted in trees looked at, not in seconds, so that a seed gives the same mapping on any
machine.
"""

from dataclasses import dataclass, replace

import numpy as np

from neurogrow.arrays import IntArray
from neurogrow.progress import counted

from ..workload.nets import Nets
from .coarsening import matched
from .objective import Objective
from .spectral import spectral_starts


@dataclass(frozen=True)
class Capacity:
    """What a core may hold, by resource, neurons first."""

    most: tuple[int, ...]
    least: tuple[int, ...] = (0,)
    axons: tuple[int | None, int | None] = (None, None)
    """Largest numbers of input and of output axons; None for no limit."""
    own_axons: bool = False
    """Whether a net that reaches its own core takes an output axon for that."""

    def wider(self, more: IntArray) -> "Capacity":
        """Return a capacity for clusters: with room for one more of the largest, and no limits of axons."""
        most = tuple(int(most + extra) for most, extra in zip(self.most, more, strict=True))
        return replace(self, most=most, least=(0,) * len(most), axons=(None, None))


@dataclass(frozen=True)
class Schedule:
    """How long to search, and how hot: temperatures are in units of the typical change of a step."""

    trees: float
    """Trees to look at, whatever the size of the network."""
    trees_per_pin: float
    """Trees to look at for every pin of the network besides."""
    hot: float = 0.15
    """Where the smallest clusters and single neurons begin."""
    hottest: float = 0.3
    """Where the largest clusters begin."""
    cold: float = 0.01
    """Where all end."""
    rounds: int = 1
    """Times that :func:`improved` starts over from clusters of the mapping so far."""


@dataclass(frozen=True, eq=False)
class Found:
    """A mapping and its cost."""

    core_V: IntArray
    cost: float
    over: int
    """Sum of what exceeds a limit; 0 for a valid mapping."""


def multilevel(nets: Nets, objective: Objective, capacity: Capacity, schedule: Schedule, seed: int = 0) -> Found:
    """Map a network onto cores from nothing.

    1. Join nodes in pairs, level by level, until there are some four clusters to a core.
    2. Lay the clusters out by their slowest modes (:mod:`~hardware_models.search.spectral`), and anneal.
    3. Level by level take clusters apart, and anneal again, less hot.

    Clusters may exceed a core's capacity by the size of one; at the last level what is over is moved where there is
    room. Whether all limits are kept in the end is said by ``over``.
    """
    rng = np.random.default_rng(seed)
    n_cores = objective.fabric.n_cores
    most = max(2, capacity.most[0] // 4)
    levels, clusters = _levels(nets, most, 4 * n_cores, rng)
    starts = spectral_starts(levels[-1], objective.fabric, rng)
    wider = capacity.wider(levels[-1].need_VR.max(0) - 1)
    core_V = min(starts, key=lambda start_V: annealed(levels[-1], objective, wider, start_V, 0, 0.0, 0.0, rng).cost)
    return _descend(levels, clusters, objective, capacity, schedule, core_V, rng, schedule.hottest)


def improved(
    nets: Nets, objective: Objective, capacity: Capacity, schedule: Schedule, core_V: IntArray, seed: int = 0
) -> Found:
    """Anneal a mapping; the result is never worse than the start, nor further over the limits.

    1. Whole cores trade places.
    2. Clusters of neurons that share a core move, and then single neurons.
    3. The second step again, ``rounds`` times in all, less and less hot.
    """
    rng = np.random.default_rng(seed)
    moved_V = place_cores(nets, objective, core_V, replace(schedule, trees=schedule.trees / 8, trees_per_pin=0), seed)
    starts = [annealed(nets, objective, capacity, each_V, 0, 0.0, 0.0, rng) for each_V in (core_V, moved_V)]
    best = min(starts, key=lambda found: (found.over, found.cost))
    for turn in range(schedule.rounds):
        share = replace(schedule, trees=schedule.trees / schedule.rounds,
                        trees_per_pin=schedule.trees_per_pin / schedule.rounds)  # fmt: skip
        most = max(2, capacity.most[0] // 4)
        enough = nets.n_nodes if any(capacity.least) else 4 * objective.fabric.n_cores  # clusters would empty cores
        levels, clusters = _levels(nets, most, enough, rng, best.core_V)
        start_V = best.core_V
        for cluster_V in clusters:
            start_V = _of_clusters(start_V, cluster_V)
        hot = schedule.hot * 0.5**turn
        found = _descend(levels, clusters, objective, capacity, replace(share, hot=hot), start_V, rng, hot)
        if (found.over, found.cost) < (best.over, best.cost):
            best = found
    return best


def place_cores(nets: Nets, objective: Objective, core_V: IntArray, schedule: Schedule, seed: int = 0) -> IntArray:
    """Let whole cores trade places, each with all that is on it; return the new core of every node."""
    used, part_V = np.unique(core_V, return_inverse=True)
    whole = nets.contracted(part_V, len(used))
    whole = replace(whole, need_VR=np.ones((len(used), 1), np.int64))
    rng = np.random.default_rng(seed)
    one = Capacity((1,))
    start = annealed(whole, objective, one, used, 0, 0.0, 0.0, rng)
    found = annealed(whole, objective, one, used, _steps(whole, schedule, 1), schedule.hot, schedule.cold, rng)
    return np.asarray((found if found.cost < start.cost else start).core_V[part_V])


def annealed(
    nets: Nets,
    objective: Objective,
    capacity: Capacity,
    core_V: IntArray,
    steps: int,
    hot: float,
    cold: float,
    rng: np.random.Generator,
) -> Found:
    """Anneal one level, after moving what is over a limit to where there is room."""
    from .annealing import anneal, relieve, typical_change
    from .state import OVER, cores_of, cost_of_state, state_of

    state, cost = state_of(nets, objective, core_V, capacity, int(rng.integers(2**62)))
    if state.whole[OVER] and steps:
        relieve(state, 64)
    if steps and nets.n_nets:
        typical = typical_change(state, 500)
        beside = 0.75 if capacity.most[0] == 1 else 0.0
        anneal(state, steps, hot * typical, cold * typical, beside)
        anneal(state, steps // 8, 0.0, 0.0, beside)
        cost = cost_of_state(state)
    return Found(cores_of(state), cost, int(state.whole[OVER]))


def _levels(
    nets: Nets, most: int, enough: int, rng: np.random.Generator, home_V: IntArray | None = None
) -> tuple[list[Nets], list[IntArray]]:
    """Coarser and coarser networks, and the cluster of every node of each but the last."""
    levels, clusters = [nets], []
    while levels[-1].n_nodes > enough:
        cluster_V, n = matched(levels[-1], most, rng, home_V)
        if n > 0.95 * levels[-1].n_nodes:
            break
        levels.append(levels[-1].contracted(cluster_V, n))
        clusters.append(cluster_V)
        home_V = None if home_V is None else _of_clusters(home_V, cluster_V)
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
) -> Found:
    """Anneal from the coarsest level down to the network itself, which gets half of the schedule."""
    above = len(levels) - 1
    for depth in counted(range(above, -1, -1), "levels of clusters"):
        room = capacity.wider(levels[depth].need_VR.max(0) - 1) if depth else capacity
        shares = 2 * above if depth else 2 if above else 1
        steps = _steps(levels[depth], schedule, shares)
        found = annealed(levels[depth], objective, room, core_V, steps, hot, schedule.cold, rng)
        core_V, hot = found.core_V[clusters[depth - 1]] if depth else found.core_V, schedule.hot
    return found


def _steps(nets: Nets, schedule: Schedule, shares: int) -> int:
    """Steps that a share of the schedule buys: each looks at the trees of one node's nets."""
    per_step = 1 + (len(nets.pin_P) + nets.n_nets) / nets.n_nodes
    return int((schedule.trees + schedule.trees_per_pin * len(nets.pin_P)) / shares / per_step)


def _of_clusters(value_V: IntArray, cluster_V: IntArray) -> IntArray:
    """Value of every cluster whose nodes have one in common."""
    value = np.empty(cluster_V.max() + 1, value_V.dtype)
    value[cluster_V] = value_V
    return value
