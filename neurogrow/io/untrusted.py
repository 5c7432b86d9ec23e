"""Checks of files from anywhere before they are read. No torch here.

A file declares sizes before its data. It is refused if it is no plain file, or declares more than a file of its size
may (:func:`largest_declared`). Further checks are made for HDF5 (:mod:`neurogrow.io.hdf5`) and ONNX
(:mod:`export.onnx.check`).
"""

import stat
import tomllib
from pathlib import Path
from typing import Any

from ..errors import InputError

FREE, RATIO, LARGEST = 64 * 2**20, 200, 2**32
"""Bytes that any file may declare, multiple of its size that a larger file may, and bytes that no file may exceed."""
TEXT = 2**20
"""Most bytes of a file of settings."""
DOTS = 10**7
"""Largest sum, over lines, of the squared number of dots: a parser takes that long for dotted keys."""


def check_plain(path: Path, largest: int | None = None) -> int:
    """Return the size of a file in bytes.

    Raises ``InputError`` if it does not exist, is no plain file (reading a pipe may never end) or is too large.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.") from None
    except (OSError, ValueError) as error:  # a name that holds a zero byte, say
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{path} is not a file.")
    if largest is not None and status.st_size > largest:
        raise InputError(f"{path} has {status.st_size:,} bytes; at most {largest:,} are read.")
    return status.st_size


def read_settings(path: Path) -> dict[str, Any]:
    """Parse a TOML file. Raises ``InputError`` that names the file and what is wrong with it."""
    check_plain(path, TEXT)
    try:
        return parse_settings(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # of ValueError: UTF-8's, TOML's, and numbers too long
        raise InputError(f"{path} is not a TOML file: {plainly(error)}") from None


def parse_settings(text: str) -> dict[str, Any]:
    """Parse TOML. Raises ``ValueError`` or ``RecursionError``."""
    if sum(line.count(".") ** 2 for line in text.splitlines()) > DOTS:
        raise ValueError("it has keys of thousands of parts")
    return tomllib.loads(text)


def largest_declared(size: int) -> int:
    """Return how many bytes of numbers a file of ``size`` bytes may declare: 64 MiB, or 200 times its size to 4 GiB.

    Weights compress well if many are zero. A file that declares far more than its size is not a network of ours.
    """
    return min(LARGEST, max(FREE, RATIO * size))


def plainly(error: BaseException | str, most: int = 300) -> str:
    """Return an error's message as one line of at most ``most`` characters, or its type if it has no message."""
    message = " ".join(str(error).split()) or type(error).__name__
    return message if len(message) <= most else f"{message[:most]} ..."
