"""Tables and JSON of `lesion` and `transfer`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from rich.table import Table

from ..analysis.lesion_report import ControlComparison, LesionReport
from ..analysis.transfer import TransferCurve, TransferReport
from ..arrays import FloatArray
from ..report.format import DASH, percent, score, significant
from .output import table


def lesion_value(report: LesionReport) -> dict[str, Any]:
    """Return the results of lesions as ``--json`` prints them; lesions.json holds more."""
    return {
        "performance": float(report.intact_K.mean()),
        "mean_drop": asdict(report.mean_drop),
        "selectivity": asdict(report.selectivity),
        "modules": [
            {
                "module": each.module,
                "neurons": each.neurons,
                "drop": dict(zip(report.task_names, each.drop_K.tolist(), strict=True)),
                "mean_drop": asdict(each.mean_drop),
                "selectivity": asdict(each.selectivity),
            }
            for each in report.modules
        ],
    }


def lesion_table(name: str, report: LesionReport) -> Table:
    """Return a table with a row per module, and its three tasks with the largest drop."""
    rows = [
        (
            str(each.module),
            str(each.neurons),
            _with_z(each.mean_drop),
            _with_z(each.selectivity),
            ", ".join(
                f"{report.task_names[k]} {percent(float(each.drop_K[k]), 2)}" for k in np.argsort(-each.drop_K)[:3]
            ),
        )
        for each in report.modules
    ]
    rows.append(("all", "", _with_z(report.mean_drop), _with_z(report.selectivity), ""))
    title = f"{name}: lesions of modules, z relative to {report.draws} random lesions of equal size"
    return table(title, ("module", "neurons", "mean drop", "selectivity", "largest drops"), rows)


def transfer_value(report: TransferReport) -> dict[str, Any]:
    """Return the results of a transfer as ``--json`` prints them; transfer.json holds the learning curves."""
    return {
        "tasks": list(report.task_names),
        "ceiling": float(report.ceiling_K.mean()),
        "criterion": report.criterion,
        "trials": int(report.trials_P[-1]),
        "grown": _curve_value(report, report.grown),
        "shuffled": _curve_value(report, report.shuffled),
    }


def transfer_table(reports: Mapping[str, TransferReport]) -> Table:
    """Return a table with two rows per network: with trained and with shuffled recurrent weights."""
    rows = [
        (
            label,
            percent(float(curve.mean_RP[:, 0].mean())),
            f"{percent(float(curve.final_R.mean()))} ({_range(curve.final_R)})",
            significant(curve.median_trials),
            f"{sum(trials is not None for trials in curve.trials_to_criterion_R)} of {len(curve.final_R)}",
        )
        for name, report in reports.items()
        for label, curve in ((name, report.grown), (f"{name}, shuffled", report.shuffled))
    ]
    first = next(iter(reports.values()))
    columns = ("network", "before", f"after {first.trials_P[-1]:,} trials", "trials to criterion", "learned")
    return table(f"Transfer to {', '.join(first.task_names)}, recurrent weights frozen", columns, rows)


def _curve_value(report: TransferReport, curve: TransferCurve) -> dict[str, Any]:
    final_K = curve.performance_RPK[:, -1].mean(0)
    return {
        "final": float(curve.final_R.mean()),
        "final_sd": float(curve.final_R.std(ddof=1)) if len(curve.final_R) > 1 else None,
        "final_per_task": dict(zip(report.task_names, final_K.tolist(), strict=True)),
        "median_trials": curve.median_trials,
        "trials_to_criterion": list(curve.trials_to_criterion_R),
    }


def _with_z(measure: ControlComparison) -> str:
    return f"{significant(measure.value)} (z {score(measure.z)})"


def _range(final_R: FloatArray) -> str:
    return f"{percent(float(final_R.min()))} {DASH} {percent(float(final_R.max()))}"
