"""A chip is a data file: each of its numbers has a unit, an evidence letter and a source, or is absent."""

import math
import os
from collections.abc import Callable
from dataclasses import field, replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import Field, PlainValidator, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from neurogrow.errors import InputError, nearest
from neurogrow.io.untrusted import TEXT, check_plain, parse_settings, plainly
from neurogrow.registry import Registry

from ..topology.base import Topology
from .evidence import CHECKED, CostSet, Quantity
from .sections import Limits, Routing, Tiling, Wiring

_Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


def _arithmetic(value: object) -> Any:  # noqa: ANN401  (a name or any callable)
    """Return a name of an arithmetic, a callable, or None; anything else is a ``ValueError``."""
    if value is None or callable(value) or (isinstance(value, str) and value.strip()):
        return value
    raise ValueError(f"an arithmetic is a name or a callable, not {value!r}")


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class ChipSpec:
    """A neuromorphic chip, as far as its numbers are published."""

    name: _Name
    """Part of the names of files: letters, digits, dots, hyphens and underscores only."""
    title: str
    topology: Wiring
    routing: Routing
    limits: Limits
    tiling: Tiling | None = None
    """Absent if chips cannot be joined, or if nothing is published about it."""
    chips: tuple[int, int] = (1, 1)
    """Chips side by side, (columns, rows)."""
    cost_sets: dict[str, CostSet] = field(default_factory=dict)
    default_cost_set: str | None = None
    arithmetic: Annotated[str | Callable[..., Any] | None, PlainValidator(_arithmetic)] = None
    """The integer arithmetic of the chip's neurons: a name in ``ARITHMETIC``, or the arithmetic itself."""
    citations: tuple[str, ...] = ()
    """BibTeX keys of the papers from which the chip's numbers come."""
    other: dict[str, Quantity] = field(default_factory=dict)
    """Further published quantities. A mapping does not use them."""

    def __post_init__(self) -> None:
        if (self.default_cost_set is None) == bool(self.cost_sets):
            raise ValueError("default_cost_set must name a cost set where there are any, and be absent otherwise")
        if self.default_cost_set is not None and self.default_cost_set not in self.cost_sets:
            raise ValueError(f"default_cost_set '{self.default_cost_set}' is not one of the cost sets")
        wiring, topology = self.topology.name, self.topology.topology
        if self.routing.order != topology.order:
            raise ValueError(f"routes of a {wiring} have the order '{topology.order}', not '{self.routing.order}'")
        if not topology.one_router_per_tile and self.limits.table_entries_per_tile is not None:
            raise ValueError(
                f"table_entries_per_tile is counted if each tile has one router, which is not so in a {wiring}"
            )

    @cached_property
    def fabric(self) -> Topology:
        """The cores, routers and links of all chips together."""
        wiring, (wide, high) = self.topology, self.chips
        columns, rows = int(wiring.columns.value) * wide, int(wiring.rows.value) * high
        return wiring.topology(columns, rows, int(wiring.cores_per_tile.value), self.chips)

    def side_by_side(self, n_chips: int) -> "ChipSpec":
        """Return ``n_chips`` of this chip as one: the most nearly square arrangement that uses all of them.

        Raises
        ------
        InputError
            If ``n_chips`` is below 1, or the file does not say that the chips can be joined.
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
        """Return a cost set with its name; None if the chip has no cost sets.

        Parameters
        ----------
        name
            Name of the cost set; by default the chip's default one.

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
            available = f"It has {', '.join(known)}." if known else "It has none."
            raise InputError(f"{self.name} has no cost set '{chosen}'.{nearest(chosen, known)} {available}")
        return chosen, self.cost_sets[chosen]

    def network_limits(self) -> dict[str, int]:
        """Return the published limits by the names of :func:`~hardware_models.chips.network_limits.check_limits`.

        Limits of a core count as limits of the chip only if the chip has a single core.
        """
        limits, one_core = self.limits, self.fabric.n_cores == 1
        quantities = {
            "fan-in": limits.fan_in_per_neuron,
            "fan-out": limits.fan_out_per_neuron,
            "inputs": self.other.get("inputs"),
            "hidden neurons": limits.spiking_neurons_per_core if one_core else None,
            "outputs": limits.silent_neurons_per_core if one_core else None,
            "neurons that inputs reach": self.other.get("input_fan_out"),
            "neurons that outputs read": self.other.get("readout_fan_in"),
        }
        return {name: int(quantity.value) for name, quantity in quantities.items() if quantity is not None}


ChipSource: TypeAlias = ChipSpec | str | os.PathLike[str] | Callable[[], ChipSpec | str | os.PathLike[str]]
"""A chip, the path of its TOML file, or a function that returns either."""

_DATA = Path(str(resources.files(__package__) / "data"))

CHIPS: Registry[ChipSource] = Registry(
    "chip", "neurogrow.chips", {path.stem: path for path in sorted(_DATA.glob("*.toml"))}
)
"""Chips by name."""


def chip_names() -> list[str]:
    """Return the names of all known chips, sorted: built in, registered, or from installed packages."""
    return sorted(CHIPS)


def load_chip(name_or_path: str | Path | ChipSpec) -> ChipSpec:
    """Read a chip.

    Parameters
    ----------
    name_or_path
        One of :func:`chip_names`, or the path of a chip file (.toml). A ``ChipSpec`` is returned as it is.

    Raises
    ------
    InputError
        If there is no such chip, or a file is not a chip file; the message names the file and the field.
    """
    if isinstance(name_or_path, ChipSpec):
        return name_or_path
    if isinstance(name_or_path, str) and not name_or_path.endswith(".toml"):
        return _known_chip(name_or_path)
    return _read(Path(name_or_path))


def _known_chip(name: str) -> ChipSpec:
    if name not in CHIPS:
        known = chip_names()
        raise InputError(
            f"There is no chip '{name}'.{nearest(name, known)} Known chips: {', '.join(known)}; or give the path of a "
            ".toml file. An installed package can declare chips in the group 'neurogrow.chips'."
        )
    source: Any = CHIPS.find(name)
    if callable(source):
        source = source()
    if isinstance(source, ChipSpec):
        return source
    if isinstance(source, (str, os.PathLike)):
        return _read(Path(source))
    raise InputError(
        f"The chip '{name}' is given as a {type(source).__name__}. Register a ChipSpec, the path of a TOML file, or a "
        "function that returns either."
    )


def _read(path: Path) -> ChipSpec:
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
    """Return the first of pydantic's errors as ``field: message``, and the number of further errors."""
    where = ".".join(str(part) for part in errors[0]["loc"]) or "the file"
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{where}: {errors[0]['msg']}{more}"


def _check_whole_numbers(chip: ChipSpec, file: str) -> None:
    """Refuse a chip whose numbers of things are not whole or below 1."""
    if min(chip.chips) < 1:
        raise InputError(f"{file} is not a chip file: chips must be at least 1 in both directions.")
    for section, owner in (("topology", chip.topology), ("limits", chip.limits)):
        for name, quantity in vars(owner).items():
            if isinstance(quantity, Quantity) and (quantity.value < 1 or quantity.value % 1):
                raise InputError(
                    f"{file} is not a chip file: {section}.{name} must be a whole number of at least 1, "
                    f"not {quantity.value:g}."
                )
