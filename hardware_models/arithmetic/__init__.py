"""The integer arithmetic of chips: quantised networks, computed as the chip computes them."""

from typing import TYPE_CHECKING

from neurogrow._internal.lazy import lazily

if TYPE_CHECKING:
    from .registry import ARITHMETIC, Arithmetic, ChipArithmetic, arithmetic_of
else:
    __getattr__ = lazily(__name__, "registry")

__all__ = ["ARITHMETIC", "Arithmetic", "ChipArithmetic", "arithmetic_of"]
