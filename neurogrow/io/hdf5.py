"""HDF5 files from anywhere: the checks that are made before data are read. No torch here.

HDF5 can name other files and code: links and data elsewhere, loops of groups, filters that are loaded as plugins. A
network needs none of it, so a file that has any is refused. So is a file that declares more bytes than gzip could have
packed into it. How many numbers a reader holds in memory is bounded in :mod:`neurogrow.io.nir.weights`.
"""

import math
import mmap
from pathlib import Path
from typing import Any

import h5py

from ..errors import InputError
from .untrusted import FREE, check_plain, plainly

DEPTH, OBJECTS = 32, 100_000
"""Groups within groups, and objects in all, that an HDF5 file may have."""
PACKED, LARGEST = 1100, 2**35
"""Bytes that a byte of a file may declare, and the most that any file may.

Deflate packs at most 1,032 bytes into one, and a sparse network comes close: most of its matrix is zero. Reading takes
time in proportion to what is declared, so this bounds the time by the size of the file.
"""

_FILTERS = {
    h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32, h5py.h5z.FILTER_LZF,
    h5py.h5z.FILTER_SZIP, h5py.h5z.FILTER_NBIT, h5py.h5z.FILTER_SCALEOFFSET,
}  # fmt: skip
"""The filters of HDF5 and h5py themselves; any other would be searched for on the machine and run."""


def check_hdf5(path: Path) -> None:
    """Raise ``InputError``, with the file and the cause, if an HDF5 file breaks a rule of this module."""
    allowed = declarable(check_plain(path))
    try:
        _check_heaps(path)
        with h5py.File(path, "r") as file:
            declared = _walk(file)
    except InputError as error:
        raise InputError(f"{path} is refused: {error}") from None
    except Exception as error:  # h5py raises a dozen types on broken files
        raise InputError(f"{path} cannot be read as a NIR file: {plainly(error)}") from None
    if declared > allowed:
        raise InputError(
            f"{path} is refused: it declares {declared:,} bytes, where a file of its size may {allowed:,}."
        )


def declarable(size: int) -> int:
    """Return how many bytes of data an HDF5 file of ``size`` bytes may declare: what gzip can pack, and 64 MiB."""
    return min(LARGEST, max(FREE, PACKED * size))


def _check_heaps(path: Path) -> None:
    """Raise ``InputError`` if a heap of texts does not end: HDF5 1.14 loops for ever over a gap of length zero.

    A global heap collection is ``GCOL``, version 1, three zeros and its size (8 bytes), then objects of a number (2), a
    count (2), four zeros and a size (8) before the data, padded to 8; number 0 is the gap, whose size counts all of it.
    """
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = -1
        while (start := data.find(b"GCOL\1\0\0\0", start + 1)) >= 0:
            at, end = start + 16, start + int.from_bytes(data[start + 8 : start + 16], "little")
            while at + 16 <= min(end, len(data)):
                number, size = (int.from_bytes(data[at + a : at + b], "little") for a, b in ((0, 2), (8, 16)))
                taken = 16 + (size + 7) // 8 * 8 if number else size
                if taken < 16:
                    raise InputError("a heap of texts in it has a gap without a length.")
                at += taken


def _walk(file: h5py.File) -> int:
    """Return the bytes that all data and attributes declare. Raises ``InputError`` for the first forbidden object."""
    declared = 0
    seen: set[int] = set()
    pending: list[tuple[h5py.Group, int]] = [(file, 0)]
    while pending:
        group, depth = pending.pop()
        for name in group:
            where = f"{group.name.rstrip('/')}/{name}"
            if not isinstance(link := group.get(name, getlink=True), h5py.HardLink):
                raise InputError(f"'{where}' is a {type(link).__name__}: only what is in the file itself is read.")
            item = group[name]
            address = h5py.h5o.get_info(item.id).addr
            if address in seen or len(seen) > OBJECTS:
                raise InputError(f"'{where}' is there a second time, or there are more than {OBJECTS:,} objects.")
            seen.add(address)
            declared += _attributes(item, where)
            if isinstance(item, h5py.Dataset):
                declared += _data(item, where)
            elif isinstance(item, h5py.Group) and depth < DEPTH:
                pending.append((item, depth + 1))
            else:
                raise InputError(f"'{where}' is too deep, or is neither a group nor data.")
    return declared


def _data(data: h5py.Dataset, where: str) -> int:
    if data.is_virtual or data.external:
        raise InputError(f"the data of '{where}' are in another file.")
    properties = data.id.get_create_plist()
    for index in range(properties.get_nfilters()):
        if properties.get_filter(index)[0] not in _FILTERS:
            raise InputError(f"the data of '{where}' need a filter that would be loaded as a plugin.")
    chunk = data.dtype.itemsize * math.prod(map(int, data.chunks or (0,)))
    return max(_bytes(data, where), int(chunk))


def _attributes(owner: Any, where: str) -> int:  # noqa: ANN401  (group or dataset)
    """Return the bytes that attributes declare, without reading them."""
    ids = [h5py.h5a.open(owner.id, index=index) for index in range(h5py.h5a.get_num_attrs(owner.id))]
    return sum(_bytes(each, f"{where}, an attribute") for each in ids)


def _bytes(data: Any, where: str) -> int:  # noqa: ANN401  (dataset or attribute)
    if data.dtype.kind not in "biufSUOV":
        raise InputError(f"'{where}' has the type {data.dtype}.")
    return int(data.dtype.itemsize * math.prod(map(int, data.shape or ())))
