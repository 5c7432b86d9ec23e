"""A chip is a data file: every figure in it has a unit, an evidence letter and a source; an unpublished one is absent.

Evidence letters: **M** measured on silicon, **S** simulated before silicon, **A** architecture paper or datasheet,
**C** read in the code of a vendor or a toolchain, **E** estimate.
"""

import tomllib
from dataclasses import field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from neurogrow.errors import InputError, nearest

from .mesh import Mesh

_CHECKED = ConfigDict(extra="forbid", str_min_length=1, allow_inf_nan=False)

Cause: TypeAlias = Literal[
    "neuron tick", "neuron update", "idle neuron tick", "spike", "synaptic event", "packet", "hop east-west",
    "hop north-south", "tick",
]  # fmt: skip
"""What a chip's energy or time is spent on: one of these per unit of the count of the same name.

``neuron tick``: a neuron, each tick. ``neuron update``: a neuron whose state changed in a tick. ``idle neuron tick``:
one whose state did not. ``packet``: a spike sent to one core. ``hop``: a packet crossing one link between tiles.
"""

Storage: TypeAlias = Literal["sparse", "dense", "conv"]
"""How a core stores its synapses, where the figure depends on it."""


@dataclass(frozen=True, kw_only=True, config=_CHECKED)
class Figure:
    """One number about a chip, and why to believe it."""

    value: Annotated[float, Field(ge=0)]
    unit: str
    evidence: Literal["M", "S", "A", "C", "E"]
    source: str
    conditions: str | None = None


@dataclass(frozen=True, kw_only=True, config=_CHECKED)
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


SI = {"fJ": 1e-15, "pJ": 1e-12, "nJ": 1e-9, "uJ": 1e-6, "J": 1.0, "ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
"""Size of each unit of energy and time in joules or seconds."""


@dataclass(frozen=True, kw_only=True, config=_CHECKED)
class CostSet:
    """Figures of one origin that belong together; sets are never mixed.

    ``scope`` says what a figure contains: in a ``per term`` set the terms add up; the one figure of an ``all in`` set
    already contains everything, so nothing may be added to it.
    """

    title: str
    scope: Literal["per term", "all in"]
    energy: dict[str, Cost] = field(default_factory=dict)
    time: dict[str, Cost] = field(default_factory=dict)
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


@dataclass(frozen=True, kw_only=True, config=_CHECKED)
class Topology:
    """Where the cores are: a mesh of tiles."""

    kind: Literal["mesh"]
    columns: Figure
    rows: Figure
    cores_per_tile: Figure


@dataclass(frozen=True, kw_only=True, config=_CHECKED)
class Routing:
    """How spikes travel. Dimension order: first east-west, then north-south."""

    order: Literal["xy"]
    kind: Literal["unicast", "multicast"]
    """``unicast``: one packet for each destination core; ``multicast``: one packet that branches on its way."""
    own_core_packets: bool
    """Whether a spike for its own core is a packet, and takes an output axon, as one for another core does."""
    source: str


@dataclass(frozen=True, kw_only=True, config=_CHECKED)
class Limits:
    """What fits on a core; absent where not published."""

    neurons_per_core: Figure
    input_axons_per_core: Figure | None = None
    """Distinct presynaptic neurons with a synapse on the core."""
    output_axons_per_core: Figure | None = None
    """Pairs of a neuron on the core and a destination core."""
    synapse_bits_per_core: Figure | None = None
    bits_per_synapse: Figure | None = None
    fan_in_per_neuron: Figure | None = None
    """Presynaptic neurons of one neuron."""


@dataclass(frozen=True, kw_only=True, config=_CHECKED)
class ChipSpec:
    """A neuromorphic chip as far as it is published."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    """Part of the names of files, so letters, digits, dots, hyphens and underscores only."""
    title: str
    topology: Topology
    routing: Routing
    limits: Limits
    cost_sets: dict[str, CostSet] = field(default_factory=dict)
    default_cost_set: str | None = None
    other: dict[str, Figure] = field(default_factory=dict)
    """Further published figures that no model here uses yet."""

    def __post_init__(self) -> None:
        if (self.default_cost_set is None) == bool(self.cost_sets):
            raise ValueError("default_cost_set must name a cost set where there are any, and be absent otherwise")
        if self.default_cost_set is not None and self.default_cost_set not in self.cost_sets:
            raise ValueError(f"default_cost_set '{self.default_cost_set}' is not one of the cost sets")

    @cached_property
    def mesh(self) -> Mesh:
        """The chip's geometry."""
        at = self.topology
        return Mesh(int(at.columns.value), int(at.rows.value), int(at.cores_per_tile.value))

    def cost_set(self, name: str | None = None) -> tuple[str, CostSet] | None:
        """Return the named set of figures (the chip's default one without a name) with its name; None if it has none.

        Raises
        ------
        InputError
            If the chip has no set of that name.
        """
        chosen = self.default_cost_set if name is None else name
        if chosen is None:
            return None
        if chosen not in self.cost_sets:
            known = list(self.cost_sets)
            had = f"It has {', '.join(known)}." if known else "It has none."
            raise InputError(f"{self.name} has no cost set '{chosen}'.{nearest(chosen, known)} {had}")
        return chosen, self.cost_sets[chosen]


def chip_names() -> list[str]:
    """Names of the chips that come with the package, sorted."""
    data = resources.files(__package__) / "data"
    return sorted(entry.name.removesuffix(".toml") for entry in data.iterdir() if entry.name.endswith(".toml"))


def load_chip(name_or_path: str | Path) -> ChipSpec:
    """Read a chip: one of :func:`chip_names`, or the path of a TOML file of the same form.

    Raises
    ------
    InputError
        If there is no such chip, or the file does not say what a chip file must; it names the file and the field.
    """
    if isinstance(name_or_path, str) and not name_or_path.endswith(".toml"):
        if name_or_path not in chip_names():
            known = chip_names()
            raise InputError(
                f"There is no chip '{name_or_path}'.{nearest(name_or_path, known)} Known chips: {', '.join(known)}; "
                "or give the path of a .toml file."
            )
        entry = resources.files(__package__) / "data" / f"{name_or_path}.toml"
        return _parsed(entry.read_text(encoding="utf-8"), f"{name_or_path}.toml")
    path = Path(name_or_path)
    try:
        return _parsed(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None


def _parsed(text: str, file: str) -> ChipSpec:
    try:
        chip: ChipSpec = TypeAdapter(ChipSpec).validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file} is not TOML: {error}") from None
    except ValidationError as error:
        raise InputError(f"{file} is not a chip file: {_first(error.errors(include_url=False))}") from None
    _check_whole_numbers(chip, file)
    return chip


def _first(errors: list[Any]) -> str:
    """The first of pydantic's errors as `field: what is wrong`, and how many more there are."""
    where = ".".join(str(part) for part in errors[0]["loc"]) or "the file"
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{where}: {errors[0]['msg']}{more}"


def _check_whole_numbers(chip: ChipSpec, file: str) -> None:
    """Counts of things on the chip are whole and at least one."""
    for section, owner in (("topology", chip.topology), ("limits", chip.limits)):
        for name, figure in vars(owner).items():
            if isinstance(figure, Figure) and (figure.value < 1 or figure.value % 1):
                raise InputError(
                    f"{file} is not a chip file: {section}.{name} must be a whole number of at least 1, "
                    f"not {figure.value:g}."
                )
