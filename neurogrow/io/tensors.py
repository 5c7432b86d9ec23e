"""Tensors in files: safetensors with a checksum, written whole or not at all."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import save_file
from torch import Tensor

from ..errors import InputError
from .files import replacing
from .untrusted import check_plain, plainly

_HEADER = "neurogrow"
"""The one entry of a header, as JSON: safetensors writes several entries in an order that changes from file to file."""
_CHECKSUM = "sha256"


def write_tensors(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, str] | None = None) -> Path:
    """Write tensors and a header of texts as safetensors; the header also gets a checksum of the tensors.

    Raises
    ------
    InputError
        If the file cannot be written. An older file of that name is then unchanged.
    """
    stored = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(path) as beside:
        words = {**(header or {}), _CHECKSUM: _checksum(stored)}
        save_file(stored, beside, {_HEADER: json.dumps(words, sort_keys=True)})
    return path


def read_tensors(path: Path, sealed: bool = False) -> dict[str, Tensor]:
    """Read tensors and check their checksum, which ``sealed`` files must have.

    Raises ``InputError`` with the file's name if it is missing or damaged.
    """
    with _opened(path) as file:
        header = _words(file)
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a mapping)
    if (sealed or _CHECKSUM in header) and header.get(_CHECKSUM) != _checksum(tensors):
        raise InputError(f"{path} is damaged: its tensors are not those of its checksum.")
    return tensors


def read_header(path: Path) -> dict[str, str]:
    """Read the words in a safetensors file's header. Raises ``InputError`` as :func:`read_tensors` does."""
    with _opened(path) as file:
        return _words(file)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    check_plain(path)
    try:
        with safetensors.safe_open(path, "pt") as file:
            yield file
    except (safetensors.SafetensorError, OSError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"{path} is damaged or not a safetensors file: {plainly(error)}") from None


def _words(file: Any) -> dict[str, str]:  # noqa: ANN401  (safetensors has no types)
    words = json.loads((file.metadata() or {}).get(_HEADER, "{}"))
    if not isinstance(words, dict):
        raise ValueError("its header is not a table of words")
    return {str(name): str(word) for name, word in words.items()}


def _checksum(tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
