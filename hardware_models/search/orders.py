"""Orders of the neurons. A partition fills one core after another in such an order.

``sequential`` and ``random`` do not look at the network. ``layout`` is recursive bisection of the neurons' positions
(Berger & Bokhari 1987, IEEE Trans. Computers 36(5)): neurons that are close together stay together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from neurogrow.arrays import AnyArray, FloatArray, IntArray
from neurogrow.errors import InputError

from ..workload.workload import Workload

Order: TypeAlias = Callable[[Workload, int, np.random.Generator], IntArray]
"""(workload, neurons per part, generator) -> every neuron once, in the order in which parts are filled."""


@dataclass(frozen=True)
class NeuronOrder:
    """A partition method that orders the neurons; parts are cut from the order at the limits of a core."""

    order: Order

    @property
    def __name__(self) -> str:
        """Name of the function that orders the neurons."""
        return str(getattr(self.order, "__name__", type(self.order).__name__))


def sequential_order(workload: Workload, size: int, rng: np.random.Generator) -> IntArray:  # noqa: ARG001
    """Return the neurons in the order of the workload."""
    return np.arange(workload.n_neurons)


def random_order(workload: Workload, size: int, rng: np.random.Generator) -> IntArray:  # noqa: ARG001
    """Return the neurons in random order."""
    return rng.permutation(workload.n_neurons)


def layout_order(workload: Workload, size: int, rng: np.random.Generator) -> IntArray:  # noqa: ARG001
    """Return the neurons in tiles of ``size`` neurons that are close together (:func:`bisected`).

    Raises
    ------
    InputError
        If the workload has no positions.
    """
    if workload.positions_M2 is None:
        raise InputError(
            f"{workload.source} says nothing about where its neurons sit, so the 'layout' partition cannot be made. "
            "Choose 'sequential' or 'random'."
        )
    return bisected(workload.positions_M2, size)


def bisected(positions_M2: FloatArray, size: int) -> IntArray:
    """Order points so that each run of ``size`` points is a compact tile: cut the longer side in two, recursively.

    Cuts fall at multiples of ``size``, so all tiles except the last are full. Ties are broken by the other coordinate,
    then by index.
    """
    tiles: list[AnyArray] = []
    waiting = [np.arange(len(positions_M2))]
    while waiting:
        group = waiting.pop()
        extent = np.ptp(positions_M2[group], axis=0)
        axis = int(extent[1] > extent[0])
        group = group[np.lexsort((positions_M2[group, 1 - axis], positions_M2[group, axis]))]
        n_tiles = -(-len(group) // size)
        if n_tiles <= 1:
            tiles.append(group)
            continue
        middle = n_tiles // 2 * size
        waiting += [group[middle:], group[:middle]]
    return np.concatenate(tiles)
