"""What a chip is, and where each of its numbers comes from, as tables."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from rich.table import Table

from hardware_models.chips.evidence import Quantity
from hardware_models.chips.spec import ChipSpec

from ..report.format import DASH
from .output import Rows, table

_COLUMNS = ("figure", "value", "evidence", "source, conditions")


CHIP_COLUMNS = ("name", "title", "cores", "neurons each", "energies")
"""Of :func:`chip_rows`."""


def chip_rows(chips: Sequence[ChipSpec]) -> Rows:
    """One line for each chip: its name, title, cores, neurons on each of them, and sets of published energies."""
    return [
        (
            chip.name,
            chip.title,
            f"{chip.fabric.n_cores:,}",
            _number(chip.limits.neurons_per_core.value),
            str(sum(bool(costs.energy) for costs in chip.cost_sets.values()) or DASH),
        )
        for chip in chips
    ]


def chip_tables(chip: ChipSpec) -> list[Table]:
    """Every figure of a chip, with where it comes from."""
    tables = [
        table(f"{chip.title} ({chip.name})", _COLUMNS, [*_wiring(chip), *_named("topology", chip.topology)]),
        table("Limits; what is not listed is not published", _COLUMNS, _named("", chip.limits)),
    ]
    for name, costs in chip.cost_sets.items():
        rows = [
            *_of("energy", costs.energy),
            *_of("time", costs.time),
            *_of("", {k: v for k in ("energy_error", "time_error") if (v := getattr(costs, k)) is not None}),
        ]
        if costs.unpublished:
            rows.append(("not published", "", "", ", ".join(costs.unpublished)))
        default = ", the default" if name == chip.default_cost_set and len(chip.cost_sets) > 1 else ""
        tables.append(table(f"Costs '{name}': {costs.title} ({costs.scope}{default})", _COLUMNS, rows))
    if not chip.cost_sets:
        tables.append(table("Costs", _COLUMNS, [("energy, time", "", "", "not published")]))
    if chip.other:
        tables.append(table("Further figures, in no model here", _COLUMNS, _of("", chip.other)))
    return tables


def _wiring(chip: ChipSpec) -> list[tuple[str, str, str, str]]:
    routing, tiling = chip.routing, chip.tiling
    joined = "cannot be joined, or not published" if tiling is None else _with(tiling.source, tiling.conditions)
    return [
        ("wiring", chip.topology.name, "", f"routes: {routing.order}"),
        ("packets", routing.name.replace("_", " "), "", routing.source),
        ("several chips", "" if tiling is None else "side by side", "", joined),
    ]


def _named(section: str, owner: Any) -> Rows:  # noqa: ANN401  (any of a chip's sections)
    found = {field.name: getattr(owner, field.name) for field in fields(owner)}
    return _of(section, {name: figure for name, figure in found.items() if isinstance(figure, Quantity)})


def _of(section: str, figures: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [
        (
            (f"{section}: {name}" if section else name).replace("_", " "),
            f"{_number(figure.value)} {figure.unit}",
            figure.evidence,
            _with(figure.source, figure.conditions),
        )
        for name, figure in figures.items()
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"


def _with(source: str, conditions: str | None) -> str:
    return source if conditions is None else f"{source} ({conditions.rstrip('.')})"
