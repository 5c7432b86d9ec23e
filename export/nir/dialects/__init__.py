"""Dialects: a form of the canonical NIR graph for each reader that needs one, made by a few small changes."""

from .dialect import Change, Dialect, Need
from .registry import BUILT_IN, DIALECTS, dialect_rows, dialect_table, find_dialect, write_dialect

__all__ = [
    "BUILT_IN",
    "DIALECTS",
    "Change",
    "Dialect",
    "Need",
    "dialect_rows",
    "dialect_table",
    "find_dialect",
    "write_dialect",
]
