"""A grid whose distances are a chip's: networks grown on it pay for what their spikes would spend between cores.

The neurons' grid is cut into tiles, one to a core, and each tile goes to the core nearest to its place. Two neurons are
as far apart as their cores are on the chip,

    d_ij = packet + sum_kinds hop_kind links_kind(core_i, core_j)   on different cores,   d_ij = 0   on one,

in units of the chip's first kind of hop. Growth (:mod:`neurogrow.growth`) then shortens and swaps for the chip's own
traffic. The matrix is scaled to the mean distance of the plain grid, so that the weight of wiring length (the paper's
A) keeps its meaning.
"""

import numpy as np

from neurogrow.arrays import FloatArray, IntArray
from neurogrow.errors import InputError
from neurogrow.layout import GridLayout

from .chips.spec import ChipSpec
from .cost.cost import hop_cost, packet_cost
from .search.partition import bisected
from .search.placement import nearest_cores


def cores_of_places(chip: ChipSpec, rows: int, cols: int, neurons_per_core: int | None = None) -> IntArray:
    """Core of every place of a grid, shape (N,): tiles of the grid on the cores nearest to them.

    Parameters
    ----------
    chip
        Where the network is to run.
    rows, cols
        Size of the neurons' grid.
    neurons_per_core
        Neurons of a tile; by default the least that all cores can take, so that the network is spread over the chip.

    Raises
    ------
    InputError
        If the grid does not fit.
    """
    n, most = rows * cols, int(chip.limits.neurons_per_core.value)
    size = -(-n // chip.fabric.n_cores) if neurons_per_core is None else neurons_per_core
    if not 1 <= size <= most or -(-n // size) > chip.fabric.n_cores:
        raise InputError(
            f"{n} neurons with {size} on a core do not fit on {chip.name}: it has {chip.fabric.n_cores} cores of at "
            f"most {most} neurons."
        )
    positions_N2 = GridLayout(rows, cols).positions_N2
    order_N = bisected(positions_N2, size)
    tile_N = np.empty(n, np.int64)
    tile_N[order_N] = np.arange(n) // size
    held = np.bincount(tile_N)
    centroid_P2 = np.stack([np.bincount(tile_N, weights=axis_N) / held for axis_N in positions_N2.T], axis=1)
    return np.asarray(nearest_cores(centroid_P2, chip.fabric)[tile_N])


def chip_layout(
    chip: ChipSpec, rows: int, cols: int, neurons_per_core: int | None = None, cost_set: str | None = None
) -> GridLayout:
    """Return the grid with the chip's distances between its places.

    Parameters
    ----------
    chip, rows, cols, neurons_per_core
        As for :func:`cores_of_places`.
    cost_set
        Which of the chip's figures weigh packets and hops; where none is published, a packet and a hop cost the same.

    Raises
    ------
    InputError
        If the grid does not fit, or all of it sits on one core: then nothing would have a length.
    """
    core_N = cores_of_places(chip, rows, cols, neurons_per_core)
    if core_N.min() == core_N.max():
        raise InputError(f"All {rows * cols} neurons sit on one core of {chip.name}; give fewer neurons per core.")
    chosen = chip.cost_set(cost_set)
    costs = None if chosen is None else chosen[1]
    hops, packet = hop_cost(costs, chip.fabric.hop_kinds), packet_cost(costs, chip.fabric.hop_kinds)
    apart_CC: FloatArray = chip.fabric.distance_CC(hops) + packet * (1 - np.eye(chip.fabric.n_cores))
    apart_NN = apart_CC[np.ix_(core_N, core_N)]
    plain = GridLayout(rows, cols)
    return GridLayout(rows, cols, apart_NN * (plain.distance_NN.mean() / apart_NN.mean()))
