"""Numbers about a chip, each with a unit, an evidence letter and a source.

Evidence letters: **M** measured on silicon, **S** simulated before silicon, **A** architecture paper or datasheet,
**C** read in the code of a vendor or a toolchain, **E** estimate.
"""

from dataclasses import field
from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

CHECKED = ConfigDict(extra="forbid", str_min_length=1, allow_inf_nan=False)
"""Rules for chip files: no unknown entry, no empty text, no infinity."""

Cause: TypeAlias = Literal[
    "neuron tick", "neuron update", "idle neuron tick", "spike", "synaptic event", "packet", "packet received",
    "hop", "hop east-west", "hop north-south", "hop diagonal", "hop in chip", "chip crossing", "router pass", "tick",
]  # fmt: skip
"""Causes of a chip's energy or time. A cost is paid once for each of these events:

- ``neuron tick``: one neuron in one tick.
- ``neuron update``: one neuron in a tick in which its state changed.
- ``idle neuron tick``: one neuron in a tick in which its state did not change.
- ``packet``: a spike sent to one core or, with multicast routing, to all of its destination cores.
- ``packet received``: a packet that arrives at a core. The sender's own core counts if the chip sends packets to it.
- ``hop``: a packet that crosses a link; ``hop east-west`` and the like count links of one kind.
- ``chip crossing``: a packet that crosses a link between chips.
- ``router pass``: a packet handled by one router, the first one included.
"""

TRAVEL: tuple[Cause, ...] = (
    "packet", "packet received", "hop", "hop east-west", "hop north-south", "hop diagonal", "hop in chip",
    "chip crossing", "router pass",
)  # fmt: skip
"""Causes that depend on the mapping; the others do not."""

Storage: TypeAlias = Literal["sparse", "dense", "conv"]
"""How a core stores its synapses, if a cost depends on it."""

SI = {"fJ": 1e-15, "pJ": 1e-12, "nJ": 1e-9, "uJ": 1e-6, "J": 1.0, "ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
"""Each unit of energy and time in joules or seconds."""


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Quantity:
    """A published number about a chip, with its unit, evidence and source."""

    value: Annotated[float, Field(ge=0)]
    unit: str
    evidence: Literal["M", "S", "A", "C", "E"]
    source: str
    conditions: str | None = None


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Cost(Quantity):
    """Joules or seconds spent once per cause; ``storage`` restricts the cost to one synapse format."""

    per: Cause
    storage: Storage | None = None

    def __post_init__(self) -> None:
        if self.unit not in SI:
            raise ValueError(f"unit '{self.unit}' is not one of {', '.join(SI)}")

    @property
    def si(self) -> float:
        """The value in joules or seconds."""
        return self.value * SI[self.unit]


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class CostSet:
    """Costs of one origin. Costs of different sets are never mixed.

    ``scope`` says what a cost contains. In a ``per term`` set the terms add up. An ``all in`` set has a single energy
    that already contains all others.
    """

    title: str
    scope: Literal["per term", "all in"]
    energy: dict[str, Cost] = field(default_factory=dict)
    time: dict[str, Cost] = field(default_factory=dict)
    unpublished: tuple[Cause, ...] = ()
    """Causes that take energy but have no published cost; if one occurs, the total energy is unknown."""
    side_by_side: bool = False
    """Whether the times assume that a core sends and receives at the same time, while packets are in flight."""
    energy_error: Quantity | None = None
    """Largest published deviation of this set from silicon, in percent."""
    time_error: Quantity | None = None

    def __post_init__(self) -> None:
        if self.scope == "all in" and len(self.energy) > 1:
            raise ValueError("an 'all in' cost set has one energy: it contains the others already")
        for kind, unit, costs in (("energy", "J", self.energy), ("time", "s", self.time)):
            wrong = [name for name, cost in costs.items() if not cost.unit.endswith(unit)]
            if wrong:
                raise ValueError(f"{kind}.{wrong[0]} is in {costs[wrong[0]].unit}")
        known = {cost.per for cost in self.energy.values()} & set(self.unpublished)
        if known:
            raise ValueError(f"'{min(known)}' is listed as unpublished but has a cost")
