"""The trade-off between sparsity and error over the networks of sweeps, by condition: one table, one figure."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .analysis.frontier import Hypervolume, TradeOff, compare_trade_offs, pareto_frontier
from .drawing import save_figure
from .errors import InputError
from .figures import trade_off
from .files import plain, write_json
from .pipeline import analysis_of
from .progress import counted
from .training import Run

FORMAT = "neurogrow-trade-off-1"
MEASURES = {"important_neurons": "active neurons", "wiring_length": "wiring length"}
"""The paper's two measures of sparsity, and what they are called in figures."""


@dataclass(frozen=True)
class SweptPoint:
    """What counts of one network of a sweep."""

    run: str
    condition: str
    strength: float
    """lambda."""
    seed: int
    error: float
    """1 - mean performance."""
    important_neurons: int
    wiring_length: float


def swept_points(sweeps: Sequence[Path]) -> list[SweptPoint]:
    """Measure the finished networks of sweeps, or read what was measured before; others are left out.

    Raises
    ------
    InputError
        If a folder is no sweep, or no network in it is finished.
    """
    finished = [row for sweep in sweeps for row in _finished(sweep)]
    points = [_point(*row) for row in counted(finished, "networks")]
    if not points:
        raise InputError("None of the sweeps' networks is finished; go on with `neurogrow sweep`.")
    return points


def write_trade_offs(sweeps: Sequence[Path], out: Path) -> dict[str, Any]:
    """Write ``trade-off.json`` and ``trade-off.png``: every network, each condition's frontier and its hypervolume.

    Returns what the JSON file holds. Raises ``InputError`` as :func:`swept_points`.
    """
    points = swept_points(sweeps)
    measured = {name: by_condition(points, name) for name in MEASURES}
    areas = {name: compare_trade_offs(conditions) for name, conditions in measured.items()}
    figure = Figure(figsize=(10, 4), layout="constrained")
    for ax, (name, conditions) in zip(figure.subplots(1, 2), measured.items(), strict=True):
        trade_off(conditions, ax, measure=MEASURES[name])
    value = {
        "format": FORMAT,
        "networks": [plain(point) for point in points],
        "hypervolume": {name: _plain_areas(area) for name, area in areas.items()},
        "frontier": {
            name: {condition: _on_frontier(points, condition, name, of) for condition, of in conditions.items()}
            for name, conditions in measured.items()
        },
        "figure": str(save_figure(figure, out / "trade-off.png")),
    }
    write_json(out / "trade-off.json", value)
    return value


def _finished(sweep: Path) -> list[tuple[Run, str]]:
    """Return the finished networks of a sweep, each with its condition."""
    table = sweep / "sweep.csv"
    if not table.exists():
        raise InputError(f"{sweep} is not a sweep: it has no sweep.csv. `neurogrow sweep` makes one.")
    with table.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row.get("finished") == "True"]
    return [(Run.open(sweep / row["run"]), row.get("condition") or "all") for row in rows]


def _point(run: Run, condition: str) -> SweptPoint:
    report, config = analysis_of(run), run.config
    return SweptPoint(
        run=str(run.path),
        condition=condition,
        strength=config.growth.strength,
        seed=config.model.seed,
        error=1 - report.performance,
        important_neurons=report.n_important,
        wiring_length=report.wiring_length,
    )


def by_condition(points: Sequence[SweptPoint], measure: str) -> dict[str, TradeOff]:
    """Return what each condition trades: a measure of sparsity (a key of :data:`MEASURES`) against error."""
    conditions = dict.fromkeys(point.condition for point in points)
    members = {name: _of(points, name, measure) for name in conditions}
    return {
        name: TradeOff(
            sparsity_P=np.array([getattr(point, measure) for point in own], dtype=np.float64),
            error_P=np.array([point.error for point in own]),
            seed_P=tuple(point.seed for point in own),
        )
        for name, own in members.items()
    }


def _of(points: Sequence[SweptPoint], condition: str, measure: str) -> list[SweptPoint]:
    """Return a condition's networks but those with nothing left, which have no place on a logarithmic axis."""
    return [point for point in points if point.condition == condition and getattr(point, measure) > 0]


def _on_frontier(points: Sequence[SweptPoint], condition: str, measure: str, of: TradeOff) -> list[str]:
    own = _of(points, condition, measure)
    return [own[index].run for index in pareto_frontier(of.sparsity_P, of.error_P)]


def _plain_areas(areas: dict[str, Hypervolume]) -> dict[str, Any]:
    return {condition: plain(area) for condition, area in areas.items()}
