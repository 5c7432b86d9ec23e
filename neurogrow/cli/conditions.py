"""Conditions on the command line: ``bimt=runs/a,runs/b l1=runs/c,runs/d``."""

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


def grouped(arguments: Sequence[str]) -> dict[str, list[Path]]:
    """Return the run folders of each condition; empty where the arguments are run folders themselves.

    Raises
    ------
    InputError
        If some arguments name conditions and some do not, or a condition's name or a run is named twice or is empty.
    """
    named = [argument for argument in arguments if "=" in argument and not Path(argument).exists()]
    if not named:
        return {}
    if len(named) < len(arguments):
        alone = next(argument for argument in arguments if argument not in named)
        raise InputError(f"{alone} belongs to no condition; write NAME=RUN,RUN,... for every one, or for none.")
    conditions: dict[str, list[Path]] = {}
    for argument in named:
        name, _, folders = argument.partition("=")
        if not name or name in conditions:
            raise InputError(f"{argument}: every condition needs a name of its own before the '='.")
        conditions[name] = [Path(folder) for folder in folders.split(",") if folder]
    runs = [path.resolve() for paths in conditions.values() for path in paths]
    if not all(conditions.values()) or len(conditions) < 2:
        raise InputError("There is nothing to compare: give at least two conditions, each with at least one run.")
    if len(set(runs)) < len(runs):
        raise InputError("A run folder is named twice: name each network to compare once.")
    return conditions


def condition_tables(compared: ConditionComparison) -> list[Table]:
    """Measures of each condition with their intervals, and the p-value of each pair's difference."""
    found = compared.conditions
    columns = [
        "measure",
        *(f"{each.name} (n = {len(each.runs)})" for each in found),
        *(f"p, {pair.first} – {pair.second}" for pair in compared.differences),
    ]
    rows = []
    for measure in found[0].measures:
        tests = [pair.measures[measure] for pair in compared.differences]
        rows.append(
            [
                measure.replace("_", " "),
                *(_words(each.measures[measure], len(each.runs)) for each in found),
                *(DASH if test is None else significant(test.p) for test in tests),
            ]
        )
    return [table("Conditions: mean over networks [95 % bootstrap interval], permutation p", columns, rows)]


def emergence_table(grown: Mapping[str, Sequence[Emergence]]) -> Table:
    """Of each condition and measure: at the end, and over all snapshots of training but the first."""
    rows = []
    for measure, words in MEASURES.items():
        for name, networks in grown.items():
            values_RS = np.stack([getattr(each, measure) for each in networks])
            rows.append([words, name, _range(values_RS[:, -1:]), _range(values_RS[:, 1:])])
    columns = ("measure", "condition", "at the end", "along training")
    return table("Along training: mean over networks (least to largest)", columns, rows)


def _range(values_RS: FloatArray) -> str:
    if not np.isfinite(values_RS).any():
        return DASH
    mean, least, largest = np.nanmean(values_RS), np.nanmin(values_RS), np.nanmax(values_RS)
    return f"{significant(float(mean))} ({significant(float(least))} to {significant(float(largest))})"


def _words(interval: Interval | None, n_runs: int) -> str:
    if interval is None:
        return DASH
    fewer = "" if interval.n == n_runs else f" (n = {interval.n})"
    if interval.low is None:
        return significant(interval.mean) + fewer
    return f"{significant(interval.mean)} [{significant(interval.low)}, {significant(interval.high)}]{fewer}"
