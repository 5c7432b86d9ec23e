"""Files from anywhere: what is looked at before a reader trusts one. No torch here.

A file names sizes before it holds anything. So one is refused that is no plain file, or that declares more than goes
with its own size (:func:`largest_declared`). What HDF5 can do besides is looked for in :mod:`neurogrow.io.hdf5`, and
what ONNX can in :mod:`export.onnx.check`.
"""

import stat
import tomllib
from pathlib import Path
from typing import Any

from ..errors import InputError

FREE, RATIO, LARGEST = 64 * 2**20, 200, 2**32
"""Bytes that any file may declare; times its own size that a file may; and the most that any may."""
TEXT = 2**20
"""The most bytes of a file of settings."""
DOTS = 10**7
"""The most that the squares of the dots in each line may add up to: a parser looks at every part of a dotted key."""


def check_plain(path: Path, largest: int | None = None) -> int:
    """Return the size of a file in bytes.

    Raises ``InputError`` if it does not exist, is no plain file (a pipe would be waited for) or is larger than allowed.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.") from None
    except (OSError, ValueError) as error:  # a name that holds a zero byte, say
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path} is not a file.")
    if largest is not None and found.st_size > largest:
        raise InputError(f"{path} has {found.st_size:,} bytes; at most {largest:,} are read.")
    return found.st_size


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

    Matrices of networks compress well, as most of their elements are zero, but a file that is far larger inside than
    outside is either a trap or something else than a network.
    """
    return min(LARGEST, max(FREE, RATIO * size))


def plainly(error: BaseException | str, most: int = 300) -> str:
    """Return an error's message as one line of at most ``most`` characters, or its type where it has none."""
    message = " ".join(str(error).split()) or type(error).__name__
    return message if len(message) <= most else f"{message[:most]} ..."
