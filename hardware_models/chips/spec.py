"""A chip is a data file: every figure in it has a unit, an evidence letter and a source, or is absent."""

import math
from dataclasses import field, replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from neurogrow.errors import InputError, nearest
from neurogrow.io.untrusted import TEXT, check_plain, parse_settings, plainly

from ..topology.base import Topology
from ..topology.hexagonal import HexagonalTorus
from ..topology.hierarchy import Hierarchy
from ..topology.mesh import Mesh
from ..topology.torus import Torus
from .evidence import CHECKED, CostSet, Figure

TOPOLOGIES: dict[str, type[Topology]] = {
    "mesh": Mesh,
    "torus": Torus,
    "hexagonal torus": HexagonalTorus,
    "hierarchy": Hierarchy,
    "single core": Mesh,
}
"""Kinds of wiring, by the name that chip files give them."""


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Wiring:
    """The section ``[topology]`` of a chip file: where the cores of one chip are."""

    kind: Literal["mesh", "torus", "hexagonal torus", "hierarchy", "single core"]
    columns: Figure
    rows: Figure
    cores_per_tile: Figure

    def __post_init__(self) -> None:
        sizes = (self.columns.value, self.rows.value, self.cores_per_tile.value)
        if self.kind == "single core" and sizes != (1, 1, 1):
            raise ValueError("a single core has one column, one row and one core per tile")


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Tiling:
    """That several chips make a larger one of the same kind, side by side in both directions."""

    source: str
    conditions: str | None = None


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Routing:
    """How spikes travel."""

    order: Literal["xy", "diagonal, x, y", "up, xy, down"]
    """Which links come first on a route; see the chip's kind of topology."""
    kind: Literal["unicast", "multicast", "core_multicast"]
    """``unicast``: one packet for each destination core; ``multicast``: one packet that branches on its way;
    ``core_multicast``: the same, to every core that any neuron of the sender's core sends to."""
    own_core_packets: bool
    """Whether a spike for its own core is a packet, and takes an output axon, as one for another core does."""
    source: str


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class Limits:
    """What fits; absent where not published."""

    neurons_per_core: Figure
    spiking_neurons_per_core: Figure | None = None
    """Of the neurons of a core, those that spike."""
    silent_neurons_per_core: Figure | None = None
    """Of the neurons of a core, those that never spike (read-outs)."""
    input_axons_per_core: Figure | None = None
    """Distinct presynaptic neurons with a synapse on the core."""
    output_axons_per_core: Figure | None = None
    """Pairs of a neuron on the core and a destination core."""
    synapses_per_core: Figure | None = None
    synapse_bits_per_core: Figure | None = None
    bits_per_synapse: Figure | None = None
    """What one synapse takes of the memory, at the chip's precision; a size, not a limit."""
    fan_in_per_neuron: Figure | None = None
    """Presynaptic neurons of one neuron."""
    fan_out_per_neuron: Figure | None = None
    """Postsynaptic neurons of one neuron."""
    destination_tiles_per_neuron: Figure | None = None
    """Distinct tiles that one neuron sends to, its own included."""
    table_entries_per_tile: Figure | None = None
    """Entries of a router's table, one for all neurons of a core."""
    delay_ticks: Figure | None = None
    """Longest delay of a synapse."""
    cores_per_chip: Figure | None = None
    """Cores that can hold neurons, where they are fewer than the topology has."""


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class ChipSpec:
    """A neuromorphic chip as far as it is published."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    """Part of the names of files, so letters, digits, dots, hyphens and underscores only."""
    title: str
    topology: Wiring
    routing: Routing
    limits: Limits
    tiling: Tiling | None = None
    """Absent where chips cannot be joined, or nothing is published about it."""
    chips: tuple[int, int] = (1, 1)
    """Chips side by side: columns, rows."""
    cost_sets: dict[str, CostSet] = field(default_factory=dict)
    default_cost_set: str | None = None
    other: dict[str, Figure] = field(default_factory=dict)
    """Further published figures that no model here uses yet."""

    def __post_init__(self) -> None:
        if (self.default_cost_set is None) == bool(self.cost_sets):
            raise ValueError("default_cost_set must name a cost set where there are any, and be absent otherwise")
        if self.default_cost_set is not None and self.default_cost_set not in self.cost_sets:
            raise ValueError(f"default_cost_set '{self.default_cost_set}' is not one of the cost sets")
        order = TOPOLOGIES[self.topology.kind].order
        if self.routing.order != order:
            raise ValueError(f"routes of a {self.topology.kind} have the order '{order}', not '{self.routing.order}'")
        if self.topology.kind == "hierarchy" and self.limits.table_entries_per_tile is not None:
            raise ValueError("table entries are counted where a tile has one router, which is not so in a hierarchy")

    @cached_property
    def fabric(self) -> Topology:
        """The cores, routers and links of the chip, or of all its chips together."""
        at, (wide, high) = self.topology, self.chips
        return TOPOLOGIES[at.kind](
            int(at.columns.value) * wide, int(at.rows.value) * high, int(at.cores_per_tile.value), self.chips
        )

    def side_by_side(self, n_chips: int) -> "ChipSpec":
        """Return ``n_chips`` of this chip as one: the most nearly square arrangement that uses all of them.

        Raises
        ------
        InputError
            If there is not at least one, or the file does not say that the chips can be joined.
        """
        if n_chips < 1:
            raise InputError(f"At least one chip is used, not {n_chips}.")
        if n_chips > 1 and self.tiling is None:
            raise InputError(
                f"{self.name} cannot be spread over {n_chips} chips: its file does not say that they can be joined "
                "(a section [tiling])."
            )
        high = next(rows for rows in range(math.isqrt(n_chips), 0, -1) if n_chips % rows == 0)
        return replace(self, chips=(self.chips[0] * (n_chips // high), self.chips[1] * high))

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
    check_plain(path, TEXT)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    return _parsed(text, str(path))


def _parsed(text: str, file: str) -> ChipSpec:
    try:
        chip: ChipSpec = TypeAdapter(ChipSpec).validate_python(parse_settings(text))
    except ValidationError as error:
        problem = plainly(_first(error.errors(include_url=False)), 2000)
        raise InputError(f"{file} is not a chip file: {problem}") from None
    except (ValueError, RecursionError) as error:  # TOML's own, numbers too long, deep nesting
        raise InputError(f"{file} is not TOML: {plainly(error)}") from None
    _check_whole_numbers(chip, file)
    return chip


def _first(errors: list[Any]) -> str:
    """The first of pydantic's errors as `field: what is wrong`, and how many more there are."""
    where = ".".join(str(part) for part in errors[0]["loc"]) or "the file"
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{where}: {errors[0]['msg']}{more}"


def _check_whole_numbers(chip: ChipSpec, file: str) -> None:
    """Counts of things on the chip are whole and at least one."""
    if min(chip.chips) < 1:
        raise InputError(f"{file} is not a chip file: chips must be at least 1 in both directions.")
    for section, owner in (("topology", chip.topology), ("limits", chip.limits)):
        for name, figure in vars(owner).items():
            if isinstance(figure, Figure) and (figure.value < 1 or figure.value % 1):
                raise InputError(
                    f"{file} is not a chip file: {section}.{name} must be a whole number of at least 1, "
                    f"not {figure.value:g}."
                )
