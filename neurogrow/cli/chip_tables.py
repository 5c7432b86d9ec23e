"""Tables of a chip's quantities with their evidence and source."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from rich.table import Table

from hardware_models.chips.evidence import Quantity
from hardware_models.chips.spec import ChipSpec

from ..report.format import DASH
from .output import Rows, table

_COLUMNS = ("quantity", "value", "evidence", "source, conditions")

CHIP_COLUMNS = ("name", "title", "cores", "neurons per core", "cost sets with energies")
"""Columns of :func:`chip_rows`."""


def chip_rows(chips: Sequence[ChipSpec]) -> Rows:
    """Return a row per chip: name, title, cores, neurons per core, and number of cost sets with energies."""
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
    """Return tables with every quantity of a chip, its evidence and its source."""
    tables = [
        table(f"{chip.title} ({chip.name})", _COLUMNS, [*_wiring(chip), *_section_rows("topology", chip.topology)]),
        table("Published limits", _COLUMNS, _section_rows("", chip.limits)),
    ]
    for name, costs in chip.cost_sets.items():
        rows = [
            *_rows("energy", costs.energy),
            *_rows("time", costs.time),
            *_rows("", {k: v for k in ("energy_error", "time_error") if (v := getattr(costs, k)) is not None}),
        ]
        if costs.unpublished:
            rows.append(("not published", "", "", ", ".join(costs.unpublished)))
        default = ", the default" if name == chip.default_cost_set and len(chip.cost_sets) > 1 else ""
        tables.append(table(f"Costs '{name}': {costs.title} ({costs.scope}{default})", _COLUMNS, rows))
    if not chip.cost_sets:
        tables.append(table("Costs", _COLUMNS, [("energy, time", "", "", "not published")]))
    if chip.other:
        tables.append(table("Further quantities, not used by the models", _COLUMNS, _rows("", chip.other)))
    return tables


def _wiring(chip: ChipSpec) -> list[tuple[str, str, str, str]]:
    routing, tiling = chip.routing, chip.tiling
    joined = "cannot be joined, or not published" if tiling is None else _cite(tiling.source, tiling.conditions)
    return [
        ("wiring", chip.topology.name, "", f"routes: {routing.order}"),
        ("packets", routing.name.replace("_", " "), "", routing.source),
        ("several chips", "" if tiling is None else "side by side", "", joined),
    ]


def _section_rows(section: str, owner: Any) -> Rows:  # noqa: ANN401  (any section of a chip)
    values = {field.name: getattr(owner, field.name) for field in fields(owner)}
    return _rows(section, {name: value for name, value in values.items() if isinstance(value, Quantity)})


def _rows(section: str, quantities: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [
        (
            (f"{section}: {name}" if section else name).replace("_", " "),
            f"{_number(value.value)} {value.unit}",
            value.evidence,
            _cite(value.source, value.conditions),
        )
        for name, value in quantities.items()
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"


def _cite(source: str, conditions: str | None) -> str:
    return source if conditions is None else f"{source} ({conditions.rstrip('.')})"
