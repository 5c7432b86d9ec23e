"""Readers of exported files: each runs a written file in one tool, behind one interface."""

from .reader import READERS, ROUNDING, Reader, ToolReader, dialect_of, find_readers, missing_of, version_of

__all__ = [
    "READERS",
    "ROUNDING",
    "Reader",
    "ToolReader",
    "dialect_of",
    "find_readers",
    "missing_of",
    "version_of",
]
