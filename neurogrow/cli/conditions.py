"""Conditions on the command line, such as ``bimt=runs/a,runs/b l1=runs/c,runs/d``, and their tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.table import Table

from ..analysis.conditions import ConditionComparison
from ..analysis.emergence import MEASURES, Emergence
from ..analysis.statistics import Interval
from ..arrays import FloatArray
from ..errors import InputError
from ..report.format import DASH, significant
from .output import table


def parse_conditions(arguments: Sequence[str]) -> dict[str, list[Path]]:
    """Return the run folders of each condition; empty if the arguments are run folders without conditions.

    Raises
    ------
    InputError
        If only some arguments name a condition, if a name of a condition or a run is empty or occurs twice, or if there
        is a single condition.
    """
    named = [argument for argument in arguments if "=" in argument and not Path(argument).exists()]
    if not named:
        return {}
    if len(named) < len(arguments):
        unnamed = next(argument for argument in arguments if argument not in named)
        raise InputError(f"{unnamed} belongs to no condition; write NAME=RUN,RUN,... for all arguments or for none.")
    conditions: dict[str, list[Path]] = {}
    for argument in named:
        name, _, folders = argument.partition("=")
        if not name or name in conditions:
            raise InputError(f"{argument}: every condition needs a different name before the '='.")
        conditions[name] = [Path(folder) for folder in folders.split(",") if folder]
    runs = [path.resolve() for paths in conditions.values() for path in paths]
    if not all(conditions.values()) or len(conditions) < 2:
        raise InputError("There is nothing to compare: give at least two conditions, each with at least one run.")
    if len(set(runs)) < len(runs):
        raise InputError("A run folder occurs twice; name each network once.")
    return conditions


def condition_tables(compared: ConditionComparison) -> list[Table]:
    """Return the measures of each condition with their intervals, and the p-value of each pair of conditions."""
    conditions = compared.conditions
    columns = [
        "measure",
        *(f"{condition.name} (n = {len(condition.runs)})" for condition in conditions),
        *(f"p, {pair.first} – {pair.second}" for pair in compared.differences),
    ]
    rows = []
    for measure in conditions[0].measures:
        tests = [pair.measures[measure] for pair in compared.differences]
        rows.append(
            [
                measure.replace("_", " "),
                *(_interval(condition.measures[measure], len(condition.runs)) for condition in conditions),
                *(DASH if test is None else significant(test.p) for test in tests),
            ]
        )
    return [table("Conditions: mean over networks [95 % bootstrap interval], permutation p", columns, rows)]


def emergence_table(conditions: Mapping[str, Sequence[Emergence]]) -> Table:
    """Return each measure of each condition, at the last snapshot and over all snapshots except the first."""
    rows = []
    for measure, label in MEASURES.items():
        for name, networks in conditions.items():
            values_RS = np.stack([getattr(network, measure) for network in networks])
            rows.append([label, name, _range(values_RS[:, -1:]), _range(values_RS[:, 1:])])
    columns = ("measure", "condition", "end of training", "during training")
    return table("Emergence: mean over networks (minimum to maximum)", columns, rows)


def _range(values_RS: FloatArray) -> str:
    if not np.isfinite(values_RS).any():
        return DASH
    mean, low, high = np.nanmean(values_RS), np.nanmin(values_RS), np.nanmax(values_RS)
    return f"{significant(float(mean))} ({significant(float(low))} to {significant(float(high))})"


def _interval(interval: Interval | None, n_runs: int) -> str:
    if interval is None:
        return DASH
    fewer = "" if interval.n == n_runs else f" (n = {interval.n})"
    if interval.low is None:
        return significant(interval.mean) + fewer
    return f"{significant(interval.mean)} [{significant(interval.low)}, {significant(interval.high)}]{fewer}"
