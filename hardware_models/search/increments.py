"""The exact change of a mapping's cost when one node moves to another core, in compiled code.

The cost of net e with spikes s_e, served from core h to the set D_e of distinct cores that hold its pins, is

    s_e ( sum_{d in D_e} pair_hd  +  once [D_e reaches beyond h]  +  hop_x |x-leg|  +  hop_y sum_columns |y-leg| ),

where the legs are those of the union of the X-then-Y routes (multicast). The x-leg reaches from h to the farthest
column on either side. In every column, a y-leg reaches to the farthest row on either side. On a torus, the sides are
those of the shorter way. Unicast chips have all of their cost in ``pair``, and no legs. Optional terms are ``largest``
times the largest link load, and ``variance`` times the variance of the loads of all directed links.

When node v moves from core a to core b, only the nets of v change. A net with a pin on v loses a from D_e if v was its
last pin there, and gains b if v is its first pin there. A net whose source is v is served from b. Each net has a short
list of its cores with the number of its pins on each, so a change takes about as many steps as these lists are long.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np

from neurogrow.arrays import AnyArray, FloatArray, IntArray

PAIRED, TREE, LOADS, AXONS, OWN, MOST_IN, MOST_OUT, ROOM, OVER, CLOCK, WEST, EAST = range(12)
"""Indices of ``State.whole``. Whether there are pair costs, legs, link loads, limits of axons, and output axons to the
own core; the limits of input and output axons; the length of each core's list; the sum of all excesses over limits;
the number of trees so far; the two ends of the last tree's x-leg."""
HOP_X, HOP_Y, ONCE, LARGEST, VARIANCE, LINKS, SQUARES, SUM = range(8)
"""Indices of ``State.real``: weights, the number of directed links, the sum of squared loads, and the sum of loads."""
SOURCE, FIRST, SLOTS, INNER = range(4)
"""Columns of ``State.net_E4``: source; index of its first core in ``slot_P2``; number of its cores; whether its source
is one of its pins."""
CORE, RANK, ENTERING, LEAVING = range(4)
"""Columns of ``State.node_V4``: core; index in the core's list; index in ``nets_K`` of the first net that enters the
node, and of the first net that leaves it. The entering nets end where the leaving nets begin."""
X, Y, MEMBERS, AXONS_IN, AXONS_OUT, USED = range(6)
"""Columns of ``State.core_C``; from ``USED`` on, the use of each resource."""
SEEN, LOW, HIGH = range(3)
"""Columns of ``State.column_X3``: the y-leg of a column, valid if ``SEEN`` equals the present ``CLOCK``."""

NONE = -1

F = TypeVar("F", bound=Callable[..., Any])


class State(NamedTuple):
    """A mapping during a search: E nets, V nodes, C cores, P pins, R resources, X columns. Integers are int64."""

    whole: IntArray
    real: FloatArray
    net_E4: IntArray
    cost_E2: FloatArray
    """Spikes of each net, and the cost of one of them."""
    node_V4: IntArray
    """One row more than there are nodes; the last row marks the end of the last node's nets."""
    nets_K: IntArray
    slot_P2: IntArray
    """Distinct cores of each net, and the number of its pins on each."""
    core_C: IntArray
    need_VR: IntArray
    limit_R2: IntArray
    """Least and most of each resource on a core."""
    member_K: IntArray
    away_2NN: IntArray
    """Signed steps of a packet from one column to another, and from one row to another."""
    pair_CC: FloatArray
    load_L: FloatArray
    """Spikes over the links of each router to the east, west, north and south."""
    column_X3: IntArray
    random: AnyArray
    """State of the random numbers, one uint64."""


def compiled(function: F) -> F:
    """Compile a function without reference counts of arrays. The function must not allocate or keep arrays."""
    options: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False}
    return cast(F, numba.njit(**options)(function))


def inner(function: F) -> F:
    """Compile a function that only compiled functions call: as :func:`compiled`, without slow wrappers."""
    options: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False}
    options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast(F, numba.njit(**options)(function))


@inner
def uniform(s: State) -> float:
    """Draw the next random number in [0, 1): splitmix64 (Steele, Lea & Flood 2014, OOPSLA)."""
    s.random[0] += np.uint64(0x9E3779B97F4A7C15)
    z = s.random[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return float((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


@inner
def below(s: State, n: int) -> int:
    """Draw a whole number in ``range(n)``."""
    return int(uniform(s) * n)


@inner
def tree(s: State, e: int, home: int, lost: int, gained: int) -> float:
    """Return the cost of one spike of net e from core ``home``, without ``lost`` and with ``gained`` (or ``NONE``)."""
    first, slots, cost, beyond = s.net_E4[e, FIRST], s.net_E4[e, SLOTS], 0.0, False
    x0, y0 = s.core_C[home, X], s.core_C[home, Y]
    west, east = 0, 0
    s.whole[CLOCK] += 1
    now = s.whole[CLOCK]
    for k in range(slots + 1):
        core = gained if k == slots else s.slot_P2[first + k, 0]
        if core in (lost, NONE):
            continue
        if s.whole[PAIRED]:
            cost += s.pair_CC[home, core]
        if core == home:
            continue
        beyond = True
        if s.whole[TREE]:
            x = s.core_C[core, X]
            dx, dy = s.away_2NN[0, x0, x], s.away_2NN[1, y0, s.core_C[core, Y]]
            west, east = min(west, dx), max(east, dx)
            cost += s.real[HOP_Y] * _lengthened(s, x, dy, now)
    s.whole[WEST], s.whole[EAST] = west, east
    return float(cost + s.real[HOP_X] * (east - west) + (s.real[ONCE] if beyond else 0.0))


@inner
def _lengthened(s: State, x: int, dy: int, now: int) -> int:
    """Extend the y-leg of a column to row ``dy``; return the number of added links."""
    if s.column_X3[x, SEEN] != now:
        s.column_X3[x, SEEN], s.column_X3[x, LOW], s.column_X3[x, HIGH] = now, 0, 0
    more = 0
    if dy > s.column_X3[x, HIGH]:
        more = dy - s.column_X3[x, HIGH]
        s.column_X3[x, HIGH] = dy
    elif dy < s.column_X3[x, LOW]:
        more = s.column_X3[x, LOW] - dy
        s.column_X3[x, LOW] = dy
    return more


@inner
def _swapped(s: State, e: int, a: int, b: int) -> tuple[int, int]:
    """Return the core that a net loses and the core that it gains if one of its pins moves from core a to b."""
    lost, gained, first = NONE, b, s.net_E4[e, FIRST]
    for k in range(first, first + s.net_E4[e, SLOTS]):
        core = s.slot_P2[k, 0]
        if core == a and s.slot_P2[k, 1] == 1:
            lost = a
        elif core == b:
            gained = NONE
    return lost, gained


@inner
def change_of_move(s: State, v: int, b: int) -> float:
    """Return the change of the cost, without link loads, if node v moved to core b. Nothing is moved."""
    a, change = s.node_V4[v, CORE], 0.0
    leaving = s.node_V4[v, LEAVING]
    for k in range(s.node_V4[v, ENTERING], s.node_V4[v + 1, ENTERING]):
        e, home, lost, gained = s.nets_K[k], b, NONE, NONE
        if k < leaving or s.net_E4[e, INNER]:
            lost, gained = _swapped(s, e, a, b)
        if k < leaving:
            if lost == NONE and gained == NONE:
                continue
            home = s.node_V4[s.net_E4[e, SOURCE], CORE]
        change += s.cost_E2[e, 0] * (tree(s, e, home, lost, gained) - s.cost_E2[e, 1])
    return change


@inner
def move(s: State, v: int, b: int) -> float:
    """Move node v to core b; return the change of the cost without link loads."""
    a, change = s.node_V4[v, CORE], 0.0
    leaving, end = s.node_V4[v, LEAVING], s.node_V4[v + 1, ENTERING]
    for k in range(s.node_V4[v, ENTERING], end):
        e, home, lost, gained = s.nets_K[k], b, NONE, NONE
        if k < leaving or s.net_E4[e, INNER]:
            lost, gained = _swapped(s, e, a, b)
        before = a
        if k < leaving:
            before = home = s.node_V4[s.net_E4[e, SOURCE], CORE]
        changes = k >= leaving or lost != NONE or gained != NONE
        if changes:
            _account(s, e, before, -1)
        if k < leaving or s.net_E4[e, INNER]:
            _repin(s, e, a, b)
        if changes:
            new = tree(s, e, home, NONE, NONE)
            change += s.cost_E2[e, 0] * (new - s.cost_E2[e, 1])
            s.cost_E2[e, 1] = new
            _account(s, e, home, 1)
    _change_core(s, v, a, b)
    return change


@inner
def _account(s: State, e: int, home: int, sign: int) -> None:
    """Add a net's axons and link loads to the counts, or subtract them."""
    if s.whole[AXONS]:
        _count_axons(s, e, home, sign)
    if s.whole[LOADS]:
        _add_load(s, e, home, sign)


@inner
def _count_axons(s: State, e: int, home: int, sign: int) -> None:
    """Count one input axon on every core of the net, and one output axon for each of them on the net's own core."""
    first = s.net_E4[e, FIRST]
    for k in range(first, first + s.net_E4[e, SLOTS]):
        core = s.slot_P2[k, 0]
        s.whole[OVER] -= max(0, s.core_C[core, AXONS_IN] - s.whole[MOST_IN])
        s.core_C[core, AXONS_IN] += sign
        s.whole[OVER] += max(0, s.core_C[core, AXONS_IN] - s.whole[MOST_IN])
        if core != home or s.whole[OWN]:
            s.whole[OVER] -= max(0, s.core_C[home, AXONS_OUT] - s.whole[MOST_OUT])
            s.core_C[home, AXONS_OUT] += sign
            s.whole[OVER] += max(0, s.core_C[home, AXONS_OUT] - s.whole[MOST_OUT])


@inner
def _repin(s: State, e: int, a: int, b: int) -> None:
    """Move one pin of a net from core a to core b in the counts."""
    first = s.net_E4[e, FIRST]
    k = first
    while s.slot_P2[k, 0] != a:
        k += 1
    s.slot_P2[k, 1] -= 1
    if s.slot_P2[k, 1] == 0:
        s.net_E4[e, SLOTS] -= 1
        last = first + s.net_E4[e, SLOTS]
        s.slot_P2[k, 0], s.slot_P2[k, 1] = s.slot_P2[last, 0], s.slot_P2[last, 1]
    _pin(s, e, b)


@inner
def _pin(s: State, e: int, core: int) -> None:
    """Count one more pin of a net on a core."""
    first = s.net_E4[e, FIRST]
    end = first + s.net_E4[e, SLOTS]
    k = first
    while k < end and s.slot_P2[k, 0] != core:
        k += 1
    if k == end:
        s.slot_P2[k, 0], s.slot_P2[k, 1] = core, 0
        s.net_E4[e, SLOTS] += 1
    s.slot_P2[k, 1] += 1


@inner
def _change_core(s: State, v: int, a: int, b: int) -> None:
    """Move node v, and its needs, from core a to b in the counts."""
    s.core_C[a, MEMBERS] -= 1
    last = s.member_K[a * s.whole[ROOM] + s.core_C[a, MEMBERS]]
    s.member_K[a * s.whole[ROOM] + s.node_V4[v, RANK]] = last
    s.node_V4[last, RANK] = s.node_V4[v, RANK]
    _enter(s, v, b)
    for r in range(s.need_VR.shape[1]):
        s.whole[OVER] -= _excess(s, a, r) + _excess(s, b, r)
        s.core_C[a, USED + r] -= s.need_VR[v, r]
        s.core_C[b, USED + r] += s.need_VR[v, r]
        s.whole[OVER] += _excess(s, a, r) + _excess(s, b, r)


@inner
def _enter(s: State, v: int, core: int) -> None:
    """Append node v to a core's list."""
    s.member_K[core * s.whole[ROOM] + s.core_C[core, MEMBERS]] = v
    s.node_V4[v, RANK] = s.core_C[core, MEMBERS]
    s.core_C[core, MEMBERS] += 1
    s.node_V4[v, CORE] = core


@inner
def _excess(s: State, core: int, r: int) -> int:
    """Return how far a core is outside its limits of a resource."""
    used = s.core_C[core, USED + r]
    return int(max(0, used - s.limit_R2[r, 1]) + max(0, s.limit_R2[r, 0] - used))


@inner
def _add_load(s: State, e: int, home: int, sign: int) -> None:
    """Add a net's spikes to the links of its tree, or subtract them."""
    tree(s, e, home, NONE, NONE)
    now, spikes = s.whole[CLOCK], sign * s.cost_E2[e, 0]
    columns, rows = s.column_X3.shape[0], s.load_L.shape[0] // 4 // s.column_X3.shape[0]
    x0, y0 = s.core_C[home, X], s.core_C[home, Y]
    for step in range(s.whole[EAST]):
        _add(s, ((x0 + step) % columns * rows + y0) * 4, spikes)
    for step in range(-s.whole[WEST]):
        _add(s, ((x0 - step) % columns * rows + y0) * 4 + 1, spikes)
    for x in range(columns):
        if s.column_X3[x, SEEN] == now:
            for step in range(s.column_X3[x, HIGH]):
                _add(s, (x * rows + (y0 + step) % rows) * 4 + 2, spikes)
            for step in range(-s.column_X3[x, LOW]):
                _add(s, (x * rows + (y0 - step) % rows) * 4 + 3, spikes)


@inner
def _add(s: State, link: int, spikes: float) -> None:
    s.real[SQUARES] += spikes * (2 * s.load_L[link] + spikes)
    s.real[SUM] += spikes
    s.load_L[link] += spikes


@inner
def load_cost(s: State) -> float:
    """Return the cost of link loads: the largest load and the variance over all directed links, times their weights."""
    largest = 0.0
    for load in s.load_L:
        largest = max(largest, load)
    mean = s.real[SUM] / s.real[LINKS]
    return float(s.real[LARGEST] * largest + s.real[VARIANCE] * (s.real[SQUARES] / s.real[LINKS] - mean * mean))


@compiled
def fill(s: State, pin_P: IntArray) -> float:
    """Count everything in a state that has only the cores of its nodes; return its cost."""
    total = 0.0
    for v in range(len(s.need_VR)):
        core = s.node_V4[v, CORE]
        _enter(s, v, core)
        for r in range(s.need_VR.shape[1]):
            s.core_C[core, USED + r] += s.need_VR[v, r]
    for core in range(len(s.core_C)):
        for r in range(s.need_VR.shape[1]):
            s.whole[OVER] += _excess(s, core, r)
    for e in range(len(s.net_E4) - 1):
        home = s.node_V4[s.net_E4[e, SOURCE], CORE]
        for k in range(s.net_E4[e, FIRST], s.net_E4[e + 1, FIRST]):
            _pin(s, e, s.node_V4[pin_P[k], CORE])
        s.cost_E2[e, 1] = tree(s, e, home, NONE, NONE)
        total += s.cost_E2[e, 0] * s.cost_E2[e, 1]
        _account(s, e, home, 1)
    return total + (load_cost(s) if s.whole[LOADS] else 0.0)
