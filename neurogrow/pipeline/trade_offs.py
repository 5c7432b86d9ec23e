"""The trade-off between sparsity and error over the networks of sweeps, by condition, as a table and a figure."""

import csv
from collections.abc import Sequence
from pathlib import Path

from ..analysis.trade_off_report import MEASURES, SweptPoint, TradeOffReport, by_condition
from ..errors import InputError
from ..io.files import read_json, write_json
from ..progress import counted
from ..training import Run
from ..training.sweep import SWEEP_TABLE
from .analyzing import analysis_of

TRADE_OFF_FILE = "trade-off.json"


def swept_networks(sweeps: Sequence[Path]) -> list[SweptPoint]:
    """Measure the finished networks of sweeps, or read earlier measurements. Unfinished networks are left out.

    Raises
    ------
    InputError
        If a folder is no sweep, or no network in it is finished.
    """
    finished = [row for sweep in sweeps for row in _finished(sweep)]
    networks = [_measured(*row) for row in counted(finished, "networks")]
    if not networks:
        raise InputError("None of the sweeps' networks is finished; go on with `neurogrow sweep`.")
    return networks


def write_trade_offs(
    sweeps: Sequence[Path], out: Path, worst_error: float | None = None
) -> tuple[TradeOffReport, Path]:
    """Write ``trade-off.json`` and ``trade-off.png``: every network, each condition's frontier and its hypervolume.

    Hypervolumes are measured up to ``worst_error``, by default the largest error of all. Returns the report and the
    figure's path. Raises ``InputError`` as :func:`swept_networks` and :meth:`.TradeOffReport.from_networks`.
    """
    from matplotlib.figure import Figure

    from ..figures import trade_off
    from .run_figures import save_figure

    report = TradeOffReport.from_networks(swept_networks(sweeps), worst_error)
    figure = Figure(figsize=(10, 4), layout="constrained")
    for ax, (measure, title) in zip(figure.subplots(1, 2), MEASURES.items(), strict=True):
        trade_off(by_condition(report.networks, measure), ax, measure=title)
    path = save_figure(figure, out / "trade-off.png")
    write_json(out / TRADE_OFF_FILE, report.to_json())
    return report, path


def read_trade_off(folder: Path) -> TradeOffReport | None:
    """Return the trade-off that :func:`write_trade_offs` wrote into a folder; None if the folder holds none.

    Raises
    ------
    InputError
        If the file is damaged, or the folder is a sweep whose trade-off has not been measured.
    """
    if (folder / TRADE_OFF_FILE).exists():
        return TradeOffReport.from_json(read_json(folder / TRADE_OFF_FILE))
    if (folder / SWEEP_TABLE).exists():
        raise InputError(
            f"{folder} is a sweep: measure its networks with `neurogrow tradeoff {folder} --out trade-off`, and name "
            "the folder that it writes."
        )
    return None


def _finished(sweep: Path) -> list[tuple[Run, str]]:
    """Return the finished networks of a sweep, each with its condition."""
    table = sweep / SWEEP_TABLE
    if not table.exists():
        raise InputError(f"{sweep} is not a sweep: it has no {SWEEP_TABLE}. `neurogrow sweep` makes one.")
    with table.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row.get("finished") == "True"]
    return [(Run.open(sweep / row["run"]), row.get("condition") or "all") for row in rows]


def _measured(run: Run, condition: str) -> SweptPoint:
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
