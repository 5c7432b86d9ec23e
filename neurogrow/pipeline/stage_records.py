"""Measurements that took long are kept beside the run, with what they are of and how they were made."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..errors import InputError
from ..io.files import read_json

Measured = TypeVar("Measured")


def kept(path: Path, way: Mapping[str, Any], from_json: Callable[[Mapping[str, Any]], Measured]) -> Measured | None:
    """Return what a JSON file holds if it was measured in the same way; None where it is to be measured anew.

    That is so as well where the file is not there, or spoiled: nothing but time is lost.
    """
    try:
        before = read_json(path)
        return from_json(before) if way.items() <= before.items() else None
    except (InputError, KeyError, TypeError, ValueError, AttributeError):
        return None
