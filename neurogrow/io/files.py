"""Writing files whole or not at all (write to another name, then rename), with one writer at a time."""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError

from ..errors import InputError

if sys.platform == "win32":
    import msvcrt

    def _lock_exclusively(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock_exclusively(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder. On success it becomes ``path``; on an exception it is removed.

    Data are flushed to the disk before the rename, so a crash leaves the old file or the new one.

    Raises
    ------
    InputError
        If the file cannot be written: a folder of that name, no permission, a full disk.
    """
    whole = path.absolute()
    beside = whole.with_name(f".{whole.name}.{os.getpid()}.part")
    try:
        whole.parent.mkdir(parents=True, exist_ok=True)
        beside.touch()
        mode = beside.stat().st_mode
        yield beside
        with beside.open("rb+") as written:
            os.fsync(written.fileno())
        beside.chmod(mode)  # safetensors makes files that only their owner may read
        beside.replace(whole)
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}.") from error
    finally:
        with suppress(OSError):
            beside.unlink()


def remove_leftovers(folder: Path, name: str = "*") -> None:
    """Remove the temporary files of killed processes in a folder and below it (see :func:`replacing`).

    ``name`` is a pattern of file names. No other process may be writing these files, as in a run that is resumed.
    """
    for beside in folder.rglob(f".{name}.*.part"):
        if beside.name.split(".")[-2].isdigit():
            with suppress(OSError):
                beside.unlink()


@contextmanager
def locked(path: Path, taken: str, patience: float = 0.0) -> Iterator[None]:
    """Lock ``path`` against other processes and threads while the context lasts.

    The lock is on a file in the same folder. The system releases it when its holder ends, so a killed process leaves
    nothing locked. It is ``flock`` on Unix and ``msvcrt.locking`` on Windows. Across machines it works if their shared
    file system supports ``flock`` (NFS from version 4, Lustre, CephFS). Afterwards the lock file is removed, and so are
    folders that were made for it and are still empty.

    Parameters
    ----------
    path
        The file or folder to lock; it need not exist.
    taken
        Message to the user if another process holds the lock.
    patience
        Seconds to wait for the lock.

    Raises
    ------
    InputError
        With ``taken`` if another process holds the lock, or if no file can be made there.
    """
    place = path.absolute().with_name(f".{path.name}.lock")
    made = _missing(place.parents)
    until = time.monotonic() + patience
    try:
        while (descriptor := _lock(place)) is None:
            if time.monotonic() >= until:
                raise InputError(taken)
            time.sleep(0.1)
        try:
            yield
        finally:
            _unlock(place, descriptor)
    finally:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()  # only if it is empty


def _missing(folders: Iterable[Path]) -> list[Path]:
    with suppress(OSError):  # a name that is too long, say; making the lock file will say so
        return [folder for folder in folders if not folder.exists()]
    return []


def _lock(place: Path) -> int | None:
    """Return the descriptor of the lock file, locked, or None if another holds it."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT, 0o666)
    except FileNotFoundError:  # its last holder has just removed the folder
        return None
    except OSError as error:
        raise InputError(f"{place.parent} cannot be written: {error.strerror}.") from error
    held = False
    with suppress(BlockingIOError, PermissionError, FileNotFoundError):
        _lock_exclusively(descriptor)
        held = os.path.samestat(os.fstat(descriptor), place.stat())  # or else its last holder has just removed it
    if not held:
        os.close(descriptor)
    return descriptor if held else None


def _unlock(place: Path, descriptor: int) -> None:
    with suppress(OSError):  # Windows removes no open file
        place.unlink()
    os.close(descriptor)


def plain(value: Any) -> Any:  # noqa: ANN401  (any nesting of dataclasses, dicts, sequences and arrays)
    """Return dataclasses as dicts, arrays and tuples as lists, numpy numbers as Python's, for JSON and TOML."""
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def write_text(path: Path, text: str) -> Path:
    """Write ``text`` to ``path`` whole or not at all, and return ``path``."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")
    return path


def write_json(path: Path, value: Any) -> Path:  # noqa: ANN401  (JSON is any nesting of plain values)
    """Write ``value`` as indented JSON. NaN and infinity are refused, because JSON does not have them."""
    try:
        text = json.dumps(value, indent=2, allow_nan=False)
    except ValueError as error:
        raise InputError(
            f"{path} would hold a number that is not finite; does the network diverge? ({error})"
        ) from None
    return write_text(path, text + "\n")


def read_json(path: Path) -> Any:  # noqa: ANN401
    """Read a JSON file. Raises ``InputError`` with the file's name if it is missing or is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refused)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as JSON: {error}") from None


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
