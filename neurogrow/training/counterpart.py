"""From a run to its spiking counterpart: what it starts from, and which neuron comes from where."""

from collections.abc import Mapping

import torch

from ..analysis.comparison import Descent
from ..errors import InputError
from ..io.files import read_json, write_json
from ..models import GridRNN, SpikingRNN
from ..models.conversion import balance_weights, peak_activity
from ..tasks import single_trials
from .build import build_model, build_tasks
from .config import TrainConfig
from .run import Run, fit_state

BALANCE_TRIALS, BALANCE_SEED = 20, 20_000
"""Trials of each task on which peak rates are measured, and their seed; training draws from small seeds."""


def check_counterpart(start: Run, config: TrainConfig) -> None:
    """Raise ``InputError`` if the configuration is not that of a spiking network on the run's grid and tasks."""
    theirs, ours = start.config.model, config.model
    if ours.kind != "spiking":
        raise InputError("A spiking counterpart needs spiking neurons; set model.kind to spiking.")
    if (theirs.rows, theirs.cols, start.config.tasks) != (ours.rows, ours.cols, config.tasks):
        raise InputError("A spiking counterpart has the grid and the tasks of its rate network; change other settings.")


def write_origin(run: Run, start: Run, step: int | None = None) -> None:
    """Say in the run's folder which rate network it comes from, so that its neurons can be followed."""
    earlier = start.path / "origin.json"
    origin = read_json(earlier) if earlier.exists() else None
    if isinstance(origin, dict):
        origin |= {"via": [*origin.get("via", []), start.path.name]}
    else:
        origin = {"run": start.path.name, "model": start.fingerprint(step)} | ({} if step is None else {"step": step})
    write_json(run.path / "origin.json", origin)


def initial_network(start: Run, config: TrainConfig, step: int | None = None) -> GridRNN:
    """Return what a spiking run starts from: a rate network's balanced weights, or what a spiking network has learned.

    Decays that are not learned are the configuration's. With a ``step``, it is what the run had come to by then.
    """
    model, initial = start.load_model(None if step is None else start.snapshot(step)), build_model(config)
    if not isinstance(model, SpikingRNN):
        return converted(model, config)
    learned = dict(model.named_parameters()) | {"origin_RN": model.origin_RN}
    set_anew = {name: tensor for name, tensor in initial.named_buffers() if name in initial.state_dict()}
    fit_state(initial, set_anew | learned, start.path)
    return initial


@torch.no_grad()
def converted(rate: GridRNN, config: TrainConfig) -> SpikingRNN:
    """Return an untrained spiking network with the rate network's weights, balanced by its activity on the tasks."""
    spiking = build_model(config)
    if not isinstance(spiking, SpikingRNN):
        raise InputError("Weights are balanced for a spiking network; set model.kind to spiking.")
    batch = single_trials(build_tasks(config), BALANCE_TRIALS, seed=BALANCE_SEED)
    balance_weights(rate, spiking, peak_activity(rate(batch.inputs_TBI).activity_RTBN, batch.mask_TB))
    return spiking


def descents(runs: Mapping[str, Run]) -> dict[str, Descent]:
    """Return which runs started from the weights that another of them has, and where their neurons were there."""
    names = {run.fingerprint(): name for name, run in runs.items()}
    found = {}
    for name, run in runs.items():
        path = run.path / "origin.json"
        origin = read_json(path) if path.exists() else None
        parent = names.get(origin.get("model", "")) if isinstance(origin, dict) else None
        if parent and isinstance(model := run.load_model(), SpikingRNN):
            found[name] = Descent(parent, model.origin_RN[0].numpy())
    return found
