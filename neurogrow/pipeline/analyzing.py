"""A trained network measured, along its training, and beside others."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..analysis import Comparison, ModularityReport, compare, modularity_report
from ..analysis.comparison import matched_modules
from ..analysis.conditions import ConditionComparison, compare_conditions
from ..analysis.emergence import Emergence, emergence, measure_snapshot
from ..analysis.firing import Firing, firing
from ..analysis.recording import record
from ..io.files import replacing, write_json
from ..models import SpikingRNN
from ..progress import counted
from ..tasks import TaskBatch, ideal_performance, single_trials
from ..training import Run
from ..training.build import build_tasks
from ..training.counterpart import descents
from .stage_records import kept
from .run_figures import draw_emergence, draw_emergences, draw_run

ANALYSIS_SEED = 20_000
"""Trials that networks are measured on; training draws from small seeds."""
FIRING_TRIALS = 20
"""Trials of each task on which firing is measured."""
CEILING_TRIALS, CEILING_SEED = 5_000, 30_000
"""Simulated trials of each task behind the ideal observer's performance, and their seed: the same for every network."""


def analyze(run: Run, trials_per_task: int = 100, seed: int = ANALYSIS_SEED) -> ModularityReport:
    """Measure the trained network and write ``analysis.json``; of a spiking one also example spikes, ``raster.npz``."""
    model, tasks = run.load_model(), build_tasks(run.config)
    recording = record(model, tasks, trials_per_task, seed)
    weights_NN = model.recurrent_weights_RNN[0].detach().double().numpy()
    ceiling_K = ideal_performance(tasks, CEILING_TRIALS, CEILING_SEED).mean_K
    report = modularity_report(weights_NN, model.layout, recording, tasks.names, seed, ceiling_K=ceiling_K)
    if isinstance(model, SpikingRNN):
        save_arrays(run.path / "raster.npz", example_spikes(model, tasks.names, single_trials(tasks, 2, seed=seed)))
    draw_run(run, report)
    write_json(run.path / "analysis.json", report.to_json() | {"model": run.fingerprint()})  # last of all
    return report


def analysis_of(run: Run) -> ModularityReport:
    """Return the run's report; it is measured now if it has not been, or was of weights that have changed since."""
    return kept(run.path / "analysis.json", {"model": run.fingerprint()}, ModularityReport.from_json) or analyze(run)


def emergence_run(run: Run, k: int = 10, trials_per_task: int = 50) -> Emergence:
    """Measure the network at every snapshot of its training; write ``emergence.json`` and its figure.

    What was measured before of the same network in the same way is read, not measured again.

    Raises ``InputError`` if the run kept no snapshots (``training.snapshot_every``).
    """
    path = run.path / "emergence.json"
    way = {"model": run.fingerprint(), "trials_per_task": trials_per_task, "k": k}
    growth = kept(path, way, Emergence.from_json)
    if growth is None:
        tasks, measured = build_tasks(run.config), {}
        for step, snapshot in counted(run.snapshots().items(), "snapshots"):
            model = run.load_model(snapshot)
            recording = record(model, tasks, trials_per_task, ANALYSIS_SEED)
            weights_NN = model.recurrent_weights_RNN[0].detach().double().numpy()
            measured[step] = measure_snapshot(weights_NN, model.layout, recording, k, ANALYSIS_SEED)
        growth = emergence(measured, k)
        write_json(path, growth.to_json() | way)
    draw_emergence(run, growth)
    return growth


def emergence_of_conditions(
    conditions: Mapping[str, Sequence[Run]], out: Path, k: int = 10, trials_per_task: int = 50
) -> dict[str, list[Emergence]]:
    """Measure conditions of several networks each along their training; write ``emergence.json`` and ``.png``."""
    networks = counted([(name, run) for name, runs in conditions.items() for run in runs], "networks")
    grown: dict[str, list[Emergence]] = {}
    for name, run in networks:
        grown.setdefault(name, []).append(emergence_run(run, k, trials_per_task))
    draw_emergences(grown, out / "emergence.png")
    value = {
        name: {str(run.path): each.to_json() for run, each in zip(runs, grown[name], strict=True)}
        for name, runs in conditions.items()
    }
    write_json(out / "emergence.json", {"conditions": value})
    return grown


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
    """Return the runs' reports with modules numbered as those of the first run that they match: for figures."""
    named = {str(run.path): run for run in runs}
    reports = {name: analysis_of(run) for name, run in named.items()}
    numbered = matched_modules(reports, descents(named))
    return [replace(report, module_N=number_N) for report, number_N in zip(reports.values(), numbered, strict=True)]


def firing_of(run: Run) -> Firing:
    """Measure how much happens in the trained network during a trial."""
    model = run.load_model()
    return firing(model, record(model, build_tasks(run.config), FIRING_TRIALS, ANALYSIS_SEED))


def compare_conditions_of_runs(conditions: Mapping[str, Sequence[Run]], out: Path) -> ConditionComparison:
    """Compare conditions of several networks each, with intervals over them, and write ``comparison.json``."""
    compared = compare_conditions(
        {name: {str(run.path): analysis_of(run) for run in runs} for name, runs in conditions.items()}
    )
    write_json(out / "comparison.json", compared.to_json())
    return compared


@torch.no_grad()
def example_spikes(model: SpikingRNN, names: Sequence[str], batch: TaskBatch) -> dict[str, Any]:
    """Spikes of one trial of each task, one after the other: what a raster shows."""
    spikes_TBN = model.spikes(batch.inputs_TBI)[0].to(torch.uint8).numpy()
    _, first_lanes = np.unique(batch.task_TB[0].numpy(), return_index=True)
    lengths = batch.mask_TB.sum(0).numpy() * model.substeps
    trials = [spikes_TBN[: lengths[lane], lane] for lane in first_lanes]
    return {
        "spikes_TN": np.concatenate(trials),
        "trial_start": np.cumsum([0, *(len(trial) for trial in trials[:-1])]),
        "task": np.array(names),
        "substeps": model.substeps,
    }


def save_arrays(path: Path, arrays: dict[str, Any]) -> Path:
    """Write numpy arrays as a compressed .npz, whole or not at all."""
    with replacing(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, **arrays)
    return path
