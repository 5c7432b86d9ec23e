"""Simulated annealing of a mapping: single nodes move to other cores, or exchange cores, at exact costs.

Metropolis' rule: a step that changes the cost by d is taken with probability min(1, exp(-d / T)), and T falls
geometrically (Kirkpatrick, Gelatt & Vecchi 1983, Science 220). Most steps move a node to a core that holds another node
of one of its nets; some move it to any core. If the core is full, two nodes exchange cores. A step that increases the
excess over limits is undone.
"""

import math

from .increments import (
    CORE,
    ENTERING,
    FIRST,
    LEAVING,
    LOADS,
    MEMBERS,
    OVER,
    ROOM,
    SLOTS,
    SOURCE,
    USED,
    State,
    X,
    Y,
    below,
    change_of_move,
    compiled,
    inner,
    load_cost,
    move,
    uniform,
)

NEAR = 0.95
"""Share of the steps that propose a core of the node's own nets."""


@compiled
def anneal(s: State, steps: int, hot: float, cold: float, beside: float) -> float:
    """Take ``steps`` steps while the temperature falls from ``hot`` to ``cold``; return the change of the cost.

    ``beside`` is the share of steps that propose a tile beside the chosen one. This helps if a core holds a single
    node. At ``hot = 0`` only steps that do not raise the cost are taken.
    """
    total, n_nodes, n_cores, temperature = 0.0, len(s.need_VR), len(s.core_C), hot
    for step in range(steps):
        if step % 64 == 0 and hot > 0:
            temperature = hot * (cold / hot) ** (step / steps)
        v = below(s, n_nodes)
        b = _wanted(s, v) if uniform(s) < NEAR else below(s, n_cores)
        if beside > 0 and uniform(s) < beside:
            b = _beside(s, b)
        if b == s.node_V4[v, CORE]:
            continue
        total += _try(s, v, b, temperature)
    return total


@inner
def _wanted(s: State, v: int) -> int:
    """Return the source core or a destination core of a random net of the node."""
    enter, leave, end = s.node_V4[v, ENTERING], s.node_V4[v, LEAVING], s.node_V4[v + 1, ENTERING]
    if enter == end:
        return below(s, len(s.core_C))
    pull = min(leave - enter, 8 * (end - leave)) if leave > enter else end - leave  # weight of leaving nets
    pick = below(s, leave - enter + pull)
    if pick < leave - enter:
        e = s.nets_K[enter + pick]
        if uniform(s) < 0.5:
            return int(s.node_V4[s.net_E4[e, SOURCE], CORE])
    else:
        e = s.nets_K[leave + below(s, end - leave)]
    return int(s.slot_P2[s.net_E4[e, FIRST] + below(s, s.net_E4[e, SLOTS]), 0])


@inner
def _beside(s: State, core: int) -> int:
    """Return a core on one of the four tiles beside a core's tile, or the core itself at the border of the chip."""
    columns = s.column_X3.shape[0]
    rows = s.load_L.shape[0] // 4 // columns
    tile_cores = s.core_C.shape[0] // (columns * rows)
    x, y, side = s.core_C[core, X], s.core_C[core, Y], below(s, 4)
    if side < 2:
        x += 2 * side - 1
    else:
        y += 2 * side - 5
    if x < 0 or x >= columns or y < 0 or y >= rows:
        return core
    return int((x * rows + y) * tile_cores + core % tile_cores)


@inner
def _fits(s: State, v: int, b: int, leaver: int) -> bool:
    """Return whether node v can move to core b, which node ``leaver`` leaves (-1 for none).

    Core b must have room. Without a leaver, v's core must still hold its least of each resource after v has left.
    """
    a = s.node_V4[v, CORE]
    for r in range(s.need_VR.shape[1]):
        freed = s.need_VR[leaver, r] if leaver >= 0 else 0
        if s.core_C[b, USED + r] + s.need_VR[v, r] - freed > s.limit_R2[r, 1]:
            return False
        if leaver < 0 and s.core_C[a, USED + r] - s.need_VR[v, r] < s.limit_R2[r, 0]:
            return False
    return True


@inner
def _largest_accepted(s: State, temperature: float) -> float:
    """Draw the largest change that Metropolis' rule accepts."""
    return float(-temperature * math.log(1 - uniform(s)))


@inner
def _try(s: State, v: int, b: int, temperature: float) -> float:
    """Move node v to core b, or exchange it with a node there, if the rule accepts the change of the cost.

    The change of link loads is known only after a step has been made. So the rule is applied twice: first to the rest
    of the cost, which rejects most steps before they are made, then to the loads (Christen & Fox 2005, J. Comput.
    Graph. Stat. 14(4): 795-810).
    """
    a, over, w = s.node_V4[v, CORE], s.whole[OVER], -1
    bar = _largest_accepted(s, temperature)
    loads = load_cost(s) if s.whole[LOADS] else 0.0
    if temperature == 0.0:
        bar += loads  # loads can fall by at most this much, so no step that lowers the sum is rejected here
    predicted = change_of_move(s, v, b)
    if _fits(s, v, b, -1):
        if predicted > bar:
            return 0.0
    else:
        w = _partner(s, v, b)
        if w < 0 or predicted + change_of_move(s, w, a) > 2 * bar:
            return 0.0
    change = move(s, v, b)
    if w >= 0 and change + change_of_move(s, w, a) > bar:
        return change + move(s, v, a)
    if w >= 0:
        change += move(s, w, a)
    passes = s.whole[OVER] <= over
    if s.whole[LOADS] and passes:
        more = load_cost(s) - loads
        passes = more <= _largest_accepted(s, temperature) if temperature > 0 else change + more <= 0
        change += more
    if passes:
        return change
    if w >= 0:
        move(s, w, b)
    move(s, v, a)
    return 0.0


@inner
def _partner(s: State, v: int, b: int) -> int:
    """Return a random node of core b if it can exchange cores with node v, otherwise -1."""
    if s.core_C[b, MEMBERS] == 0:
        return -1
    w = s.member_K[b * s.whole[ROOM] + below(s, s.core_C[b, MEMBERS])]
    if _fits(s, v, b, w) and _fits(s, w, s.node_V4[v, CORE], v):
        return int(w)
    return -1


@compiled
def typical_change(s: State, samples: int) -> float:
    """Return the mean absolute change of the cost, without link loads, over random steps to other cores."""
    total, count = 0.0, 0
    for _ in range(samples):
        v = below(s, len(s.need_VR))
        b = _wanted(s, v)
        if b != s.node_V4[v, CORE]:
            total += abs(change_of_move(s, v, b))
            count += 1
    return total / max(count, 1)


@compiled
def relieve(s: State, tries: int) -> None:
    """Move nodes from overfull cores to cores with room, each time by the cheapest of ``tries`` random moves."""
    n_cores = len(s.core_C)
    for core in range(n_cores):
        while _too_full(s, core) and s.core_C[core, MEMBERS]:
            least, node, target = math.inf, -1, -1
            for _ in range(tries):
                v = s.member_K[core * s.whole[ROOM] + below(s, s.core_C[core, MEMBERS])]
                b = below(s, n_cores)
                if b != core and _fits(s, v, b, -1):
                    change = change_of_move(s, v, b)
                    if change < least:
                        least, node, target = change, v, b
            if node < 0:
                break
            move(s, node, target)


@inner
def _too_full(s: State, core: int) -> bool:
    """Return whether a core exceeds its limit of any resource."""
    over = False
    for r in range(s.need_VR.shape[1]):
        over = over or s.core_C[core, USED + r] > s.limit_R2[r, 1]
    return over
