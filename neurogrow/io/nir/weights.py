"""Arrays of a NIR file, with bounds on memory; large matrices that are mostly zero stay sparse."""

from typing import Any

import h5py
import numpy as np
from scipy import sparse

from ...errors import InputError

HELD = 2**28
"""Bytes of numbers that any file may fill: 256 MiB."""
HELD_RATIO, MOST_HELD = 200, 2**32
"""A larger file may fill this many times its own size, up to 4 GiB."""
MOST_DENSE = 2**30
"""Bytes of matrices that a caller may ask for in full: 1 GiB, whatever the size of the file."""
SMALL = 2**16
"""Elements of a matrix from which it is read as a sparse one."""
_BLOCK = 2**24
"""Bytes of a matrix that are looked at together."""


class Budget:
    """Bytes that the numbers of one file may still fill. ``size`` is the file's own size in bytes."""

    def __init__(self, size: int, dense: bool) -> None:
        self.allowed = min(MOST_HELD, max(MOST_DENSE if dense else HELD, HELD_RATIO * size))
        self.used = 0

    def spend(self, n_bytes: int) -> None:
        """Count bytes. Raises ``InputError`` if they are more than the file may fill."""
        self.used += n_bytes
        if self.used > self.allowed:
            raise InputError(f"its numbers fill more than {self.allowed:,} bytes, which a file of its size may.")


def read_array(data: h5py.Dataset, budget: Budget) -> Any:  # noqa: ANN401  (a number, a text or an array)
    """Return what a dataset holds, in full; a text as ``str``."""
    budget.spend(data.nbytes if data.shape is not None else 0)
    value = data[()]
    return value.decode("utf8") if isinstance(value, bytes) else value


def read_weight(data: h5py.Dataset, budget: Budget) -> Any:  # noqa: ANN401
    """Return a weight: a large matrix as ``scipy.sparse.csr_array`` if most of it is zero, anything else in full.

    The matrix is read in blocks of rows, so that memory grows with the weights that are not zero.
    """
    if len(data.shape or ()) != 2 or data.size < SMALL or data.dtype.kind not in "biuf":
        return read_array(data, budget)
    rows, columns = data.shape
    chunk = data.chunks[0] if data.chunks else 1
    step = chunk * max(1, _BLOCK // (chunk * columns * data.dtype.itemsize))
    values, indices, counts = [], [], []
    for first in range(0, rows, step):
        block = np.asarray(data[first : first + step])
        row, column = block.nonzero()
        budget.spend(len(row) * (block.dtype.itemsize + 4))
        values.append(block[row, column])
        indices.append(column.astype(np.int32))
        counts.append(np.bincount(row, minlength=len(block)))
    pointers = np.r_[0, np.cumsum(np.concatenate(counts))]
    weight_V = np.concatenate(values)
    del values
    if weight_V.dtype == np.float16:  # scipy has no sparse matrices of them
        weight_V = weight_V.astype(np.float32)
    matrix = sparse.csr_array((weight_V, np.concatenate(indices), pointers), shape=(rows, columns))
    return matrix if 3 * matrix.nnz < data.size else matrix.toarray()
