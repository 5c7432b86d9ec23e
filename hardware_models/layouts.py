"""A grid with a chip's distances: networks that grow on it pay for the traffic between cores.

The neurons' grid is cut into tiles, one for each core. Each tile goes to the core nearest to its place. The distance of
two neurons is the cost of a packet between their cores,

    d_ij = packet + sum_kinds hop_kind links_kind(core_i, core_j)   on different cores,   d_ij = 0   on one core,

in units of the chip's first kind of hop. Growth (:mod:`neurogrow.growth`) then penalises and swaps by the chip's own
traffic. The matrix is scaled to the mean distance of the plain grid, so that the weight of wiring length (the paper's
A) keeps its meaning.
"""

import numpy as np

from neurogrow.arrays import FloatArray, IntArray
from neurogrow.errors import InputError
from neurogrow.layout import GridLayout

from .chips.spec import ChipSpec
from .cost.cost import hop_cost, packet_cost
from .search.orders import bisected
from .search.starts import nearest_cores


def cores_of_places(chip: ChipSpec, rows: int, cols: int, neurons_per_core: int | None = None) -> IntArray:
    """Return the core of every place of a grid, shape (N,): tiles of the grid on the cores nearest to them.

    Parameters
    ----------
    chip
        The chip on which the network will run.
    rows, cols
        Size of the neurons' grid.
    neurons_per_core
        Neurons of a tile; by default the fewest, so that the network is spread over the whole chip.

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
        The chip's cost set that weights packets and hops. Without published energies, a packet and a hop cost the same.

    Raises
    ------
    InputError
        If the grid does not fit, or if all of it sits on one core: then all distances would be 0.
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
