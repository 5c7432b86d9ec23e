"""The table of a sweep, shortened for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from ..report.format import significant
from .output import table

_MEASURES = ("performance", "active_connections", "wiring_cost")


def sweep_table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of the networks of a sweep, with the settings that differ between them and their last metrics.

    Settings that are determined by the condition are left out. sweep.csv has all columns.
    """

    def text(value: Any) -> str:  # noqa: ANN401  (of any setting's type)
        if isinstance(value, bool):
            return "yes" if value else "no"
        return value if isinstance(value, str) else significant(value)

    names = list(rows[0])
    settings = names[1 : names.index("finished")]
    differing = [name for name in settings if name == "condition" or _differs(name, rows)]
    shown = [names[0], *differing, "finished", *(name for name in _MEASURES if name in names)]
    return table(title, shown, [[text(row[name]) for name in shown] for row in rows])


def _differs(name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a setting differs between networks of the same condition."""
    pairs = {(row.get("condition"), row[name]) for row in rows}
    return len(pairs) > len({row.get("condition") for row in rows})
