"""Readers of exported files: each runs a written file in one tool, behind one interface."""

from .reader import READERS, ROUNDING, Reader

__all__ = ["READERS", "ROUNDING", "Reader"]
