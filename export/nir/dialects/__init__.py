"""Dialects: one small transformation of the canonical NIR graph for each reader that wants a form of its own."""

from .dialect import Dialect
from .registry import DIALECTS, dialect_rows, dialect_table, find_dialect, write_dialect

__all__ = ["DIALECTS", "Dialect", "dialect_rows", "dialect_table", "find_dialect", "write_dialect"]
