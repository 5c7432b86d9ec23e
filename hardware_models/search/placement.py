"""Which core each part sits on: a start, and then swaps for as long as one helps.

The objective is the quadratic assignment problem sum_pq flow_pq d(core_p, core_q), with the packets between parts as
flow and the chip's own cost of a hop as distance. The ``layout`` start gives each part the core nearest to where its
neurons sit (a linear assignment problem), because the network was grown on a grid and the chip is one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from neurogrow.arrays import FloatArray, IntArray
from neurogrow.errors import InputError, nearest

from ..topology.base import Topology
from ..topology.hilbert import hilbert_order
from ..workload.destinations import flow_between
from ..workload.nets import nets_of
from ..workload.workload import Workload
from .force_directed import force_directed
from .partition import Partition
from .spectral import spectral_places
from .swap_annealing import anneal_swaps


@dataclass(frozen=True, eq=False)
class Placement:
    """A core for every part."""

    core_P: IntArray
    """Core of every part, shape (P,), all different."""
    method: str
    start_cost: float
    """Objective at the start: packets times the cost of their hops."""
    cost: float
    """Objective at the end, never more than at the start."""


Start: TypeAlias = Callable[[Workload, Partition, Topology, np.random.Generator], list[IntArray]]
"""-> one or more orders of all cores; part p starts on the p-th core, the cores past the last part are free."""

Improvement: TypeAlias = Callable[[sparse.csr_array, FloatArray, IntArray], IntArray]
"""(flow between parts, distance between cores, core of every part) -> core of every part."""


def place_parts(
    workload: Workload,
    parts: Partition,
    fabric: Topology,
    method: str = "layout",
    seed: int = 0,
    hop_cost: Sequence[float] | None = None,
) -> Placement:
    """Put every part on a core of its own.

    1. Make the method's starts and keep the cheapest.
    2. Improve it: for ``layout``, ``swap`` and ``spectral`` exchange two cores (one may be free) while that lowers the
       cost; for ``force_directed`` only neighbouring ones.

    Parameters
    ----------
    method
        ``layout`` (where the neurons sit, then swaps), ``spectral`` (the parts' slowest modes, then swaps), ``swap``
        (in order of the parts, then swaps), ``annealing`` (the cheapest of spectral, Hilbert's and raster order, then
        annealed swaps), ``force_directed`` (along Hilbert's curve, then forces), ``hilbert``,
        ``sequential`` (raster order) or ``random``.
    hop_cost
        Cost of a hop of each kind that the topology has, in any unit; 1 by default.

    Raises
    ------
    InputError
        If the method is unknown, there are more parts than cores, or ``layout`` is asked for without positions.
    """
    if method not in STARTS:
        known = list(STARTS)
        raise InputError(
            f"There is no placement method '{method}'.{nearest(method, known)} Known methods: {', '.join(known)}."
        )
    if parts.n_parts > fabric.n_cores:
        raise InputError(f"{parts.n_parts} parts do not fit on {fabric.n_cores} cores.")
    start, improve = STARTS[method]
    flow_CC = flow_between(workload, parts.part_M, fabric.n_cores)
    distance_CC = fabric.distance_CC(hop_cost)
    starts = start(workload, parts, fabric, np.random.default_rng(seed))
    core_C = min(starts, key=lambda cores: placement_cost(flow_CC, distance_CC, cores))
    start_cost = placement_cost(flow_CC, distance_CC, core_C)
    if improve is not None:
        core_C = improve(flow_CC, distance_CC, core_C)
    cost = placement_cost(flow_CC, distance_CC, core_C)
    return Placement(core_C[: parts.n_parts], method, start_cost, cost)


def placement_cost(flow_CC: sparse.csr_array, distance_CC: FloatArray, core_C: IntArray) -> float:
    """Half the sum of flow times distance: every pair of parts once, because ``flow_CC`` is symmetric."""
    pairs = flow_CC.tocoo()
    p, q = pairs.coords
    return float(pairs.data @ distance_CC[core_C[p], core_C[q]]) / 2


def swap_gains(
    flow_CC: sparse.csr_array, distance_CC: FloatArray, core_C: IntArray, own_C: FloatArray, part: int
) -> FloatArray:
    """Change of the cost when ``part`` and each other part exchange their cores, shape (C,).

    With F the flow, D the distances between the parts' present cores and M = F D:
    change_pq = M_pq + M_qp - M_pp - M_qq + 2 F_pq D_pq, exact for symmetric F and D with empty diagonals.
    ``own_C`` is the diagonal of M (:func:`own_costs`).
    """
    at_C = distance_CC[core_C[part]][core_C]
    begin, end = flow_CC.indptr[part], flow_CC.indptr[part + 1]
    partners, flow = flow_CC.indices[begin:end], flow_CC.data[begin:end]
    moved_C = flow @ distance_CC[core_C[partners]][:, core_C]  # M_pq: what this part would pay on the others' cores
    gains_C = moved_C + flow_CC @ at_C - own_C[part] - own_C
    gains_C[partners] += 2 * flow * at_C[partners]
    return np.asarray(gains_C)


def own_costs(flow_CC: sparse.csr_array, distance_CC: FloatArray, core_C: IntArray) -> FloatArray:
    """What each part pays now, the diagonal of F D, shape (C,)."""
    pairs = flow_CC.tocoo()
    p, q = pairs.coords
    return np.asarray(np.bincount(p, weights=pairs.data * distance_CC[core_C[p], core_C[q]], minlength=len(core_C)))


def swap_search(flow_CC: sparse.csr_array, distance_CC: FloatArray, core_C: IntArray) -> IntArray:
    """Exchange the cores of two parts, each part in turn with its best partner, until no exchange lowers the cost.

    The result is a local optimum: no single swap improves it.
    """
    core_C = core_C.copy()
    busy = np.flatnonzero(np.diff(flow_CC.indptr))
    own_C = own_costs(flow_CC, distance_CC, core_C)
    least = -1e-9 * max(1.0, float(own_C.sum()))  # smaller gains are rounding
    improved = True
    while improved:
        improved = False
        for part in busy:
            gains_C = swap_gains(flow_CC, distance_CC, core_C, own_C, part)
            gains_C[part] = 0
            other = int(gains_C.argmin())
            if gains_C[other] < least:
                core_C[[part, other]] = core_C[[other, part]]
                own_C = own_costs(flow_CC, distance_CC, core_C)
                improved = True
    return core_C


def _sequential(workload: Workload, parts: Partition, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:  # noqa: ARG001
    return [np.arange(fabric.n_cores)]


def _random(workload: Workload, parts: Partition, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:  # noqa: ARG001
    return [rng.permutation(fabric.n_cores)]


def _layout(workload: Workload, parts: Partition, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:  # noqa: ARG001
    """The cores nearest to the parts' centroids, with the neurons' plane laid on the chip upright and on its side."""
    if workload.positions_M2 is None:
        raise InputError(
            f"{workload.source} says nothing about where its neurons sit, so the 'layout' placement cannot be made. "
            "Choose 'swap', 'sequential' or 'random'."
        )
    low_2, high_2 = workload.positions_M2.min(0), workload.positions_M2.max(0)
    unit_M2 = (workload.positions_M2 - low_2) / np.where(high_2 > low_2, high_2 - low_2, 1)
    neurons_P = np.bincount(parts.part_M, minlength=parts.n_parts)
    sums = [np.bincount(parts.part_M, weights=unit_M2[:, axis], minlength=parts.n_parts) for axis in (0, 1)]
    centroid_P2 = np.stack(sums, axis=1) / neurons_P[:, None]
    return [nearest_cores(centroid_P2, fabric), nearest_cores(centroid_P2[:, ::-1], fabric)]


def nearest_cores(centroid_P2: FloatArray, fabric: Topology) -> IntArray:
    """Assign centroids on the unit square to cores of a compact corner of the chip: least sum of squared distances."""
    wanted_P2 = centroid_P2 * _block(len(centroid_P2), fabric)
    apart_PC = ((wanted_P2[:, None] - fabric.centre_C2[None]) ** 2).sum(-1)
    _, core_P = linear_sum_assignment(apart_PC)
    return np.concatenate([core_P, np.setdiff1d(np.arange(fabric.n_cores), core_P)])


def _block(n_parts: int, fabric: Topology) -> IntArray:
    """Columns and rows of the block of tiles with room for all parts that has the least half-perimeter, then area."""
    tiles = -(-n_parts // fabric.cores_per_tile)
    blocks = [(w, -(-tiles // w)) for w in range(1, fabric.columns + 1) if -(-tiles // w) <= fabric.rows]
    return np.array(min(blocks, key=lambda block: (sum(block), block[0] * block[1])))


def _hilbert(workload: Workload, parts: Partition, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:  # noqa: ARG001
    return [hilbert_order(fabric)]


def _every_order(workload: Workload, parts: Partition, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:
    """The spectral starts, Hilbert's curve and the raster."""
    return [*_spectral(workload, parts, fabric, rng), hilbert_order(fabric), np.arange(fabric.n_cores)]


def _spectral(workload: Workload, parts: Partition, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:
    """The cores nearest to the parts' places in the plane of their two slowest modes."""
    between = nets_of(workload).contracted(parts.part_M, parts.n_parts)
    place_P2 = spectral_places(between, rng)
    ranks_P2 = np.argsort(np.argsort(place_P2, axis=0, kind="stable"), axis=0) / max(1, parts.n_parts - 1)
    return [nearest_cores(ranks_P2, fabric), nearest_cores(ranks_P2[:, ::-1], fabric)]


STARTS: dict[str, tuple[Start, Improvement | None]] = {
    "layout": (_layout, swap_search),
    "spectral": (_spectral, swap_search),
    "swap": (_sequential, swap_search),
    "annealing": (_every_order, anneal_swaps),
    "force_directed": (_hilbert, force_directed),
    "hilbert": (_hilbert, None),
    "sequential": (_sequential, None),
    "random": (_random, None),
}
"""For each method its starts, and what improves the best of them."""
