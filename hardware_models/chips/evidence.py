"""Numbers about a chip, each with a unit, an evidence letter and a source.

Evidence letters: **M** measured on silicon, **S** simulated before silicon, **A** architecture paper or datasheet,
**C** read in the code of a vendor or a toolchain, **E** estimate.
"""

from dataclasses import field
from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

CHECKED = ConfigDict(extra="forbid", str_min_length=1, allow_inf_nan=False)
"""How chip files are read: nothing unknown, no empty text, no infinity."""

Cause: TypeAlias = Literal[
    "neuron tick", "neuron update", "idle neuron tick", "spike", "synaptic event", "packet", "packet received",
    "hop", "hop east-west", "hop north-south", "hop diagonal", "hop in chip", "chip crossing", "router pass", "tick",
]  # fmt: skip
"""What a chip's energy or time is spent on: one of these per unit of the count of the same name.

``neuron tick``: a neuron, each tick. ``neuron update``: a neuron whose state changed in a tick. ``idle neuron tick``:
one whose state did not. ``packet``: a spike sent to one core, or with multicast routing to all of them. ``packet
received``: one arriving at a core, the sender's own included where the chip sends it there. ``hop``: a
packet crossing any link; the others of the name, a link of one kind. ``chip crossing``: a packet crossing a link
between chips. ``router pass``: a packet handled by one router, the first one included.
"""

TRAVEL: tuple[Cause, ...] = (
    "packet", "packet received", "hop", "hop east-west", "hop north-south", "hop diagonal", "hop in chip",
    "chip crossing", "router pass",
)  # fmt: skip
"""Causes that a mapping can change; the others are the same on every core."""

Storage: TypeAlias = Literal["sparse", "dense", "conv"]
"""How a core stores its synapses, where the figure depends on it."""

SI = {"fJ": 1e-15, "pJ": 1e-12, "nJ": 1e-9, "uJ": 1e-6, "J": 1.0, "ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
"""Size of each unit of energy and time in joules or seconds."""


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Figure:
    """One number about a chip, and why to believe it."""

    value: Annotated[float, Field(ge=0)]
    unit: str
    evidence: Literal["M", "S", "A", "C", "E"]
    source: str
    conditions: str | None = None


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Cost(Figure):
    """A figure in joules or seconds, spent once per cause; ``storage`` restricts it to one synapse format."""

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
    """Figures of one origin that belong together; sets are never mixed.

    ``scope`` says what a figure contains: in a ``per term`` set the terms add up; the one figure of an ``all in`` set
    already contains everything, so nothing may be added to it.
    """

    title: str
    scope: Literal["per term", "all in"]
    energy: dict[str, Cost] = field(default_factory=dict)
    time: dict[str, Cost] = field(default_factory=dict)
    unpublished: tuple[Cause, ...] = ()
    """Causes that take energy on this chip without a published figure: where one occurs, the total is unknown."""
    side_by_side: bool = False
    """Whether a core sends and receives at once, and flights overlap with both, in this set's account of time."""
    energy_error: Figure | None = None
    """Largest published deviation of this set from silicon, in percent."""
    time_error: Figure | None = None

    def __post_init__(self) -> None:
        if self.scope == "all in" and len(self.energy) > 1:
            raise ValueError("an 'all in' cost set has one energy figure: it contains the others already")
        for kind, unit, costs in (("energy", "J", self.energy), ("time", "s", self.time)):
            wrong = [name for name, cost in costs.items() if not cost.unit.endswith(unit)]
            if wrong:
                raise ValueError(f"{kind}.{wrong[0]} is in {costs[wrong[0]].unit}")
        known = {cost.per for cost in self.energy.values()} & set(self.unpublished)
        if known:
            raise ValueError(f"'{min(known)}' is listed as unpublished, and has a figure")
