"""Ways to choose swaps, by the names that configurations give them."""

from typing import Literal, TypeAlias

SwapMethod: TypeAlias = Literal["full", "paper"]
"""``full``: the best swap of all pairs until none improves. ``paper``: the strongest neurons, each with its best."""
