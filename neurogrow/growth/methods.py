"""Methods of choosing swaps, by their names in a configuration."""

from typing import Literal, TypeAlias

SwapMethod: TypeAlias = Literal["full", "paper"]
"""``full``: the best swap of all pairs, again and again until none improves the cost.
``paper``: each of the strongest neurons swaps once with its best partner."""
