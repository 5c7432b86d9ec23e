"""Starts of a placement: orders of all cores. Part p starts on the p-th core of the order."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from neurogrow.arrays import FloatArray, IntArray
from neurogrow.errors import InputError

from ..topology.base import Topology
from ..topology.hilbert import hilbert_order
from ..workload.nets import nets_of
from ..workload.workload import Workload
from .partition import Partition
from .spectral import spectral_places


def raster_start(workload: Workload, parts: Partition, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:  # noqa: ARG001
    """Return the cores in the order of their numbers."""
    return [np.arange(fabric.n_cores)]


def random_start(workload: Workload, parts: Partition, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:  # noqa: ARG001
    """Return the cores in random order."""
    return [rng.permutation(fabric.n_cores)]


def layout_starts(workload: Workload, parts: Partition, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:  # noqa: ARG001
    """Return the cores nearest to the parts' centroids, with the neurons' plane upright and turned by 90 degrees.

    Raises
    ------
    InputError
        If the workload has no positions.
    """
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
    """Assign centroids in the unit square to cores of a compact corner of the chip: least sum of squared distances."""
    wanted_P2 = centroid_P2 * _block(len(centroid_P2), fabric)
    apart_PC = ((wanted_P2[:, None] - fabric.centre_C2[None]) ** 2).sum(-1)
    _, core_P = linear_sum_assignment(apart_PC)
    return np.concatenate([core_P, np.setdiff1d(np.arange(fabric.n_cores), core_P)])


def _block(n_parts: int, fabric: Topology) -> IntArray:
    """Return columns and rows of a block of tiles with room for all parts: least half-perimeter, then least area."""
    tiles = -(-n_parts // fabric.cores_per_tile)
    blocks = [(w, -(-tiles // w)) for w in range(1, fabric.columns + 1) if -(-tiles // w) <= fabric.rows]
    return np.array(min(blocks, key=lambda block: (sum(block), block[0] * block[1])))


def hilbert_start(workload: Workload, parts: Partition, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:  # noqa: ARG001
    """Return the cores in the order of Hilbert's curve."""
    return [hilbert_order(fabric)]


def spectral_parts(workload: Workload, parts: Partition, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:
    """Return the cores nearest to the parts' places in the plane of their two slowest modes, in two orientations."""
    between = nets_of(workload).contracted(parts.part_M, parts.n_parts)
    place_P2 = spectral_places(between, rng)
    ranks_P2 = np.argsort(np.argsort(place_P2, axis=0, kind="stable"), axis=0) / max(1, parts.n_parts - 1)
    return [nearest_cores(ranks_P2, fabric), nearest_cores(ranks_P2[:, ::-1], fabric)]


def several_starts(workload: Workload, parts: Partition, fabric: Topology, rng: np.random.Generator) -> list[IntArray]:
    """Return the spectral starts, Hilbert's curve, and the order of the cores' numbers."""
    return [*spectral_parts(workload, parts, fabric, rng), hilbert_order(fabric), np.arange(fabric.n_cores)]
