"""Runs and conditions compared by their measures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..analysis import Comparison, ModularityReport, compare
from ..analysis.comparison import matched_modules
from ..analysis.conditions import ConditionComparison, compare_conditions
from ..analysis.firing import Firing, firing
from ..analysis.recording import record
from ..io.files import write_json
from ..training import Run
from ..training.counterpart import descents
from .analyzing import ANALYSIS_SEED, analysis_of

FIRING_TRIALS = 20
"""Trials of each task on which firing is measured."""


def compare_runs(runs: Sequence[Run], out: Path) -> Comparison:
    """Compare networks by their measures and write ``comparison.json`` into ``out``."""
    names = [run.path.name for run in runs]
    if len(set(names)) < len(names):
        names = [str(run.path) for run in runs]
    named = dict(zip(names, runs, strict=True))
    comparison = compare(
        {name: analysis_of(run) for name, run in named.items()},
        {name: firing_of(run) for name, run in named.items()},
        descents(named),
    )
    write_json(out / "comparison.json", comparison.to_json())
    return comparison


def matched_reports(runs: Sequence[Run]) -> list[ModularityReport]:
    """Return the runs' reports for figures: matching modules have the numbers that they have in the first run."""
    named = {str(run.path): run for run in runs}
    reports = {name: analysis_of(run) for name, run in named.items()}
    numbered = matched_modules(reports, descents(named))
    return [replace(report, module_N=number_N) for report, number_N in zip(reports.values(), numbered, strict=True)]


def firing_of(run: Run) -> Firing:
    """Measure firing rates and synaptic operations of the trained network during a trial."""
    model = run.load_model()
    return firing(model, record(model, run.load_source(), FIRING_TRIALS, ANALYSIS_SEED))


def compare_conditions_of_runs(conditions: Mapping[str, Sequence[Run]], out: Path) -> ConditionComparison:
    """Compare conditions of several networks each, with intervals over networks, and write ``comparison.json``."""
    compared = compare_conditions(
        {name: {str(run.path): analysis_of(run) for run in runs} for name, runs in conditions.items()}
    )
    write_json(out / "comparison.json", compared.to_json())
    return compared
