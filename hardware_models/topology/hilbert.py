"""Hilbert's curve through the tiles of a chip: tiles that are close on the curve are close on the chip.

Hilbert 1891, Mathematische Annalen 38: 459-460. The curve needs a square whose side is a power of two. Other chips use
the curve of the next larger square, without its tiles outside the chip.
"""

import numpy as np

from neurogrow.arrays import IntArray

from .base import Topology


def hilbert_order(fabric: Topology) -> IntArray:
    """Return all cores in the order of the curve, shape (C,); cores of one tile are consecutive.

    Examples
    --------
    >>> from hardware_models.topology.mesh import Mesh
    >>> hilbert_order(Mesh(2, 2)).tolist()
    [0, 1, 3, 2]
    """
    side = 1
    while side < max(fabric.columns, fabric.rows):
        side *= 2
    along_C = [_distance(side, int(x), int(y)) for x, y in fabric.router_C2]
    return np.argsort(along_C, kind="stable")


def _distance(side: int, x: int, y: int) -> int:
    """Return the steps along the curve of a square from its start to a tile."""
    steps, half = 0, side // 2
    while half:
        right, up = int(x & half > 0), int(y & half > 0)
        steps += half * half * ((3 * right) ^ up)
        if not up:
            if right:
                x, y = half - 1 - (x & (half - 1)), half - 1 - (y & (half - 1))
            x, y = y, x
        half //= 2
    return steps
