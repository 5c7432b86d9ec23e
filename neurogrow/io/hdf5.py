"""HDF5 from anywhere: what is looked at before its data are read. No torch here.

HDF5 can name other files, and code: links and data elsewhere, loops of groups, filters that are loaded as plugins. None
of it is needed to hold a network, so a file that has any is refused, as is one that declares more than goes with its
size.
"""

import math
import mmap
from pathlib import Path
from typing import Any

import h5py

from ..errors import InputError
from .untrusted import check_plain, largest_declared, plainly

DEPTH, OBJECTS = 32, 100_000
"""Groups within groups, and objects in all, that an HDF5 file may have."""

_FILTERS = {
    h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32, h5py.h5z.FILTER_LZF,
    h5py.h5z.FILTER_SZIP, h5py.h5z.FILTER_NBIT, h5py.h5z.FILTER_SCALEOFFSET,
}  # fmt: skip
"""What HDF5 and h5py have themselves; any other would be searched for on the machine and run."""


def check_hdf5(path: Path) -> None:
    """Raise ``InputError``, with the file and the cause, if an HDF5 file is not to be trusted (see the module)."""
    allowed = largest_declared(check_plain(path))
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


def _check_heaps(path: Path) -> None:
    """Raise ``InputError`` if a heap of texts does not end: HDF5 1.14 goes round for ever in a gap of length zero.

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
    """Return the bytes that all data and attributes declare. Raises ``InputError`` at the first thing that is wrong."""
    declared = 0
    seen: set[int] = set()
    pending: list[tuple[h5py.Group, int]] = [(file, 0)]
    while pending:
        group, depth = pending.pop()
        for name in group:
            where = f"{group.name.rstrip('/')}/{name}"
            if not isinstance(link := group.get(name, getlink=True), h5py.HardLink):
                raise InputError(f"'{where}' is a {type(link).__name__}: only what is in the file itself is read.")
            each = group[name]
            address = h5py.h5o.get_info(each.id).addr
            if address in seen or len(seen) > OBJECTS:
                raise InputError(f"'{where}' is there a second time, or there are more than {OBJECTS:,} objects.")
            seen.add(address)
            declared += _attributes(each, where)
            if isinstance(each, h5py.Dataset):
                declared += _data(each, where)
            elif isinstance(each, h5py.Group) and depth < DEPTH:
                pending.append((each, depth + 1))
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
