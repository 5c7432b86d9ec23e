"""Conversion between a mapping and the state that compiled functions work on."""

import numpy as np

from neurogrow.arrays import IntArray

from ..workload.nets import Nets
from .capacity import Capacity
from .increments import (
    AXONS,
    CORE,
    ENTERING,
    FIRST,
    INNER,
    LARGEST,
    LEAVING,
    LINKS,
    LOADS,
    MOST_IN,
    MOST_OUT,
    OWN,
    PAIRED,
    ROOM,
    SOURCE,
    TREE,
    USED,
    VARIANCE,
    State,
    X,
    Y,
    fill,
)
from .objective import Objective


def state_of(
    nets: Nets, objective: Objective, core_V: IntArray, capacity: Capacity, seed: int = 0
) -> tuple[State, float]:
    """Build the state of a mapping; return it and its cost."""
    fabric = objective.fabric
    n_cores = fabric.n_cores
    n_nodes, n_resources = nets.n_nodes, len(capacity.most)
    entering_V1, entering = nets.entering()
    leaving_V1, leaving = nets.leaving()
    node_V4 = np.zeros((n_nodes + 1, 4), np.int64)
    node_V4[:-1, CORE] = core_V
    node_V4[:, ENTERING] = entering_V1 + leaving_V1
    node_V4[:-1, LEAVING] = leaving_V1[:-1] + entering_V1[1:]
    node_V4[-1, LEAVING] = node_V4[-1, ENTERING]
    nets_K = np.empty(len(entering) + len(leaving), np.int64)
    nets_K[np.arange(len(entering)) + np.repeat(leaving_V1[:-1], np.diff(entering_V1))] = entering
    nets_K[np.arange(len(leaving)) + np.repeat(entering_V1[1:], np.diff(leaving_V1))] = leaving
    net_E4 = np.zeros((nets.n_nets + 1, 4), np.int64)
    net_E4[:-1, SOURCE], net_E4[:, FIRST], net_E4[:-1, INNER] = nets.source_E, nets.start_E1, nets.inner_E
    held = np.bincount(core_V, minlength=n_cores)
    room = max(int(capacity.most[0]) // max(1, int(nets.need_VR[:, 0].min())), int(held.max())) + 2
    whole = np.zeros(12, np.int64)
    whole[PAIRED], whole[TREE] = objective.pair_CC is not None, objective.hop is not None
    whole[LOADS] = bool(objective.largest or objective.variance)
    whole[AXONS], whole[OWN], whole[ROOM] = capacity.axons != (None, None), capacity.own_axons, room
    whole[MOST_IN], whole[MOST_OUT] = (2**62 if most is None else most for most in capacity.axons)
    real = np.zeros(8)
    real[:6] = [*(objective.hop or (0, 0)), objective.once, objective.largest, objective.variance, fabric.n_links or 1]
    core_C = np.zeros((n_cores, USED + n_resources), np.int64)
    core_C[:, [X, Y]] = fabric.router_C2
    state = State(
        whole=whole,
        real=real,
        net_E4=net_E4,
        cost_E2=np.stack([nets.spikes_E, np.zeros(nets.n_nets)], axis=1),
        node_V4=node_V4,
        nets_K=nets_K,
        slot_P2=np.zeros((len(nets.pin_P), 2), np.int64),
        core_C=core_C,
        need_VR=np.ascontiguousarray(nets.need_VR),
        limit_R2=np.stack([capacity.least, capacity.most], axis=1).astype(np.int64),
        member_K=np.zeros(room * n_cores, np.int64),
        away_2NN=objective.offsets(),
        pair_CC=np.zeros((1, 1)) if objective.pair_CC is None else np.ascontiguousarray(objective.pair_CC, np.float64),
        load_L=np.zeros(4 * fabric.columns * fabric.rows),
        column_X3=np.zeros((fabric.columns, 3), np.int64),
        random=np.array([seed], np.uint64),
    )
    return state, fill(state, nets.pin_P)


def cost_of_state(state: State) -> float:
    """Return the cost of a state, summed again, so that it has no accumulated rounding errors."""
    cost = float(state.cost_E2[:, 0] @ state.cost_E2[:, 1])
    if state.whole[LOADS]:
        mean = state.load_L.sum() / state.real[LINKS]
        variance = (state.load_L @ state.load_L) / state.real[LINKS] - mean**2
        cost += float(state.real[LARGEST] * state.load_L.max() + state.real[VARIANCE] * variance)
    return cost


def cores_of(state: State) -> IntArray:
    """Return the core of every node, shape (V,)."""
    return state.node_V4[:-1, CORE].copy()
