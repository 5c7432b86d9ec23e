"""Placement: a core for each part, from a start that a search improves.

The objective is the quadratic assignment problem sum_pq flow_pq d(core_p, core_q). Flow is the packets between parts,
and distance is the chip's own cost of hops.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from neurogrow.arrays import FloatArray, IntArray
from neurogrow.errors import InputError
from neurogrow.registry import Registry

from .._methods import checked_order, resolve
from ..topology.base import Topology
from ..workload.destinations import flow_between
from ..workload.workload import Workload
from .force_directed import force_directed
from .partition import Partition
from .starts import hilbert_start, layout_starts, random_start, raster_start, several_starts, spectral_parts
from .swap_annealing import anneal_swaps
from .swaps import swap_search


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


Start: TypeAlias = Callable[[Workload, Partition, Topology, np.random.Generator], IntArray | list[IntArray]]
"""(workload, parts, topology, generator) -> one or more orders of all cores. Part p starts on the p-th core; cores
after the last part stay free."""

Improvement: TypeAlias = Callable[[sparse.csr_array, FloatArray, IntArray], IntArray]
"""(flow between parts, distance between cores, core of every part) -> core of every part."""

PlacementMethod: TypeAlias = Start | tuple[Start, Improvement | None]
"""A start, or a start and the search that improves the cheapest of its orders."""

PLACEMENTS: Registry[PlacementMethod] = Registry(
    "placement method",
    "neurogrow.placements",
    {
        "layout": (layout_starts, swap_search),
        "spectral": (spectral_parts, swap_search),
        "swap": (raster_start, swap_search),
        "annealing": (several_starts, anneal_swaps),
        "force_directed": (hilbert_start, force_directed),
        "hilbert": (hilbert_start, None),
        "sequential": (raster_start, None),
        "random": (random_start, None),
    },
)
"""Placement methods by name."""


def place_parts(
    workload: Workload,
    parts: Partition,
    fabric: Topology,
    method: str | PlacementMethod = "layout",
    seed: int = 0,
    hop_cost: Sequence[float] | None = None,
) -> Placement:
    """Put every part on a core of its own.

    1. Make the method's starts, and take the cheapest.
    2. Improve it with the method's search, if there is one. Keep the start if the search makes it worse.

    Parameters
    ----------
    workload, parts, fabric
        The network, its parts, and the chip's topology.
    method
        A name in ``PLACEMENTS``, a start, or a pair of a start and a search. Built-in names: ``layout`` (the neurons'
        positions, then swaps), ``spectral`` (the parts' slowest modes, then swaps), ``swap`` (the order of the parts,
        then swaps), ``annealing`` (the cheapest of spectral, Hilbert's and raster order, then annealed swaps),
        ``force_directed`` (Hilbert's curve, then swaps of neighbours), ``hilbert``, ``sequential`` (raster order) and
        ``random``.
    seed
        Seed of the method's random numbers.
    hop_cost
        Cost of a hop of each kind that the topology has, in any unit; 1 by default.

    Raises
    ------
    InputError
        If the method is unknown or does not return orders of all cores, if there are more parts than cores, or if
        ``layout`` is used without positions.
    """
    name, pair = resolve(PLACEMENTS, method)
    start, improve = pair if isinstance(pair, tuple) else (pair, None)
    if parts.n_parts > fabric.n_cores:
        raise InputError(f"{parts.n_parts} parts do not fit on {fabric.n_cores} cores.")
    flow_CC = flow_between(workload, parts.part_M, fabric.n_cores)
    distance_CC = fabric.distance_CC(hop_cost)
    starts = _checked_starts(start(workload, parts, fabric, np.random.default_rng(seed)), fabric.n_cores, name)
    core_C = min(starts, key=lambda cores: placement_cost(flow_CC, distance_CC, cores))
    cost = start_cost = placement_cost(flow_CC, distance_CC, core_C)
    if improve is not None:
        improved_C = _checked_cores(improve(flow_CC, distance_CC, core_C.copy()), fabric.n_cores, name)
        if (improved_cost := placement_cost(flow_CC, distance_CC, improved_C)) <= start_cost:
            core_C, cost = improved_C, improved_cost
    return Placement(core_C[: parts.n_parts], name, start_cost, cost)


def placement_cost(flow_CC: sparse.csr_array, distance_CC: FloatArray, core_C: IntArray) -> float:
    """Return half the sum of flow times distance; every pair of parts counts once, because ``flow_CC`` is symmetric."""
    pairs = flow_CC.tocoo()
    p, q = pairs.coords
    return float(pairs.data @ distance_CC[core_C[p], core_C[q]]) / 2


def _checked_starts(starts: Any, n_cores: int, name: str) -> list[IntArray]:  # noqa: ANN401  (a user's method)
    """Return the orders of cores that a method returned, or refuse them."""
    orders = [starts] if isinstance(starts, np.ndarray) and starts.ndim == 1 else starts
    if not isinstance(orders, (list, tuple, np.ndarray)) or not len(orders):
        raise InputError(
            f"The placement method '{name}' must return one or more orders of all {n_cores} cores, not {starts!r}."
        )
    return [_checked_cores(order, n_cores, name) for order in orders]


def _checked_cores(order: object, n_cores: int, name: str) -> IntArray:
    return checked_order(order, n_cores, f"placement method '{name}'", "every core in some order")
