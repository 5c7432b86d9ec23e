"""Chips as data files: quantities with unit, evidence and source; and how much of their limits a network uses."""

from typing import TYPE_CHECKING

from neurogrow._internal.lazy import lazily

if TYPE_CHECKING:
    from .evidence import Cost, CostSet, Quantity
    from .limits import LimitUse
    from .network_limits import LimitCheck, check_limits
    from .sections import Limits, Routing, Tiling, Wiring
    from .spec import CHIPS, ChipSpec, chip_names, load_chip
else:
    __getattr__ = lazily(__name__, "evidence", "sections", "spec", "limits", "network_limits")

__all__ = [
    "CHIPS",
    "ChipSpec",
    "Cost",
    "CostSet",
    "LimitCheck",
    "LimitUse",
    "Limits",
    "Quantity",
    "Routing",
    "Tiling",
    "Wiring",
    "check_limits",
    "chip_names",
    "load_chip",
]
