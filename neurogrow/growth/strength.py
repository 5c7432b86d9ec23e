"""How strongly connections are penalised along training."""

import math
from dataclasses import dataclass
from typing import Protocol


class Strength(Protocol):
    """A strength lambda that may start higher or lower."""

    @property
    def strength(self) -> float:
        """Lambda at the end of the change."""

    @property
    def early_factor(self) -> float:
        """Lambda in the beginning, divided by ``strength``."""

    @property
    def early_fraction(self) -> float:
        """Fraction of all steps for which the early lambda holds; the change takes as many steps again."""


@dataclass(frozen=True)
class ScheduledStrength:
    """A strength that changes along training; see :class:`Strength`."""

    strength: float
    early_factor: float = 1.0
    early_fraction: float = 0.0


def strength_at(step: int, strength: Strength, steps: int) -> float:
    """Return lambda at a step: ``strength`` times ``early_factor`` at first, ``strength`` at last.

    The early value holds for ``early_fraction`` of all steps. Over as many steps again lambda changes by equal ratios.

    Examples
    --------
    >>> [round(strength_at(step, ScheduledStrength(1.0, 100.0, 0.2), 100)) for step in (0, 20, 30, 40, 99)]
    [100, 100, 10, 1, 1]
    """
    early = strength.early_fraction * steps
    progress = min(1.0, max(0.0, step / early - 1)) if early else 1.0
    return strength.strength * math.pow(strength.early_factor, 1 - progress)
