"""The table of a sweep, as far as a terminal has room for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from ..report.format import significant
from .output import table

_MEASURES = ("performance", "active_connections", "wiring_cost")


def sweep_table(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    """The networks of a sweep, the settings that differ among them and how they ended; the files have everything.

    A setting that a condition settles is not shown: the condition is.
    """

    def word(value: Any) -> str:  # noqa: ANN401  (of any setting's type)
        if isinstance(value, bool):
            return "yes" if value else "no"
        return value if isinstance(value, str) else significant(value)

    names = list(rows[0])
    settings = names[1 : names.index("finished")]
    differing = [name for name in settings if name == "condition" or _differs(name, rows)]
    shown = [names[0], *differing, "finished", *(name for name in _MEASURES if name in names)]
    return table(title, shown, [[word(row[name]) for name in shown] for row in rows])


def _differs(name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a setting differs among networks of the same condition."""
    pairs = {(row.get("condition"), row[name]) for row in rows}
    return len(pairs) > len({row.get("condition") for row in rows})
