"""The spiking counterpart of a run: its initial weights, and the origin of each of its neurons."""

from collections.abc import Mapping

import torch

from ..analysis.comparison import Descent
from ..errors import InputError
from ..io.files import read_json, write_json
from ..models import GridRNN, SpikingRNN
from ..models.conversion import balance_weights, peak_activity
from .build import build_model, build_source, model_class
from .config import TrainConfig
from .run import Run, fit_state

BALANCE_TRIALS, BALANCE_SEED = 20, 20_000
"""Trials of each task on which peak rates are measured, and their seed; training draws from small seeds."""


def check_counterpart(start: Run, config: TrainConfig) -> None:
    """Raise ``InputError`` if the configuration does not describe a spiking network on the run's grid and tasks."""
    theirs, ours = start.config.model, config.model
    if not model_class(config).is_spiking:
        raise InputError("A spiking counterpart needs spiking neurons; set model.kind to spiking.")
    if (theirs.rows, theirs.cols, start.config.tasks) != (ours.rows, ours.cols, config.tasks):
        raise InputError("A spiking counterpart has the grid and the tasks of its rate network; change other settings.")


def write_origin(run: Run, start: Run, step: int | None = None) -> None:
    """Write ``origin.json``: the rate network that a run started from, by which its neurons can be followed.

    Parameters
    ----------
    run
        The run that was started.
    start
        The run that it started from. If that has an origin itself, its origin is written, with the runs between.
    step
        The training step of ``start`` whose weights were used; None: the last.
    """
    earlier = start.path / "origin.json"
    origin = read_json(earlier) if earlier.exists() else None
    if isinstance(origin, dict):
        origin |= {"via": [*origin.get("via", []), start.path.name]}
    else:
        origin = {"run": start.path.name, "model": start.fingerprint(step)} | ({} if step is None else {"step": step})
    write_json(run.path / "origin.json", origin)


def initial_network(start: Run, config: TrainConfig, step: int | None = None) -> GridRNN:
    """Return the network that a spiking run starts from.

    From a rate network these are its balanced weights, from a spiking network its learned parameters. Decays that are
    not learned are the configuration's.

    Parameters
    ----------
    start
        The run of the rate or spiking network.
    config
        The configuration of the spiking network.
    step
        Use the snapshot after this many steps; None: the trained weights.

    Raises
    ------
    InputError
        If there is no such snapshot, or the weights do not fit.
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
    """Return an untrained spiking network with the rate network's weights, balanced by its activity on the tasks.

    Raises ``InputError`` if the configuration is not that of a built-in spiking network.
    """
    spiking = build_model(config)
    if not isinstance(spiking, SpikingRNN):
        raise InputError("Weights are balanced for a spiking network; set model.kind to spiking.")
    batch = build_source(config).single_trials(BALANCE_TRIALS, seed=BALANCE_SEED)
    balance_weights(rate, spiking, peak_activity(rate(batch.inputs_TBI).activity_RTBN, batch.mask_TB))
    return spiking


def descents(runs: Mapping[str, Run]) -> dict[str, Descent]:
    """Return by name the runs that started from the weights of another of these runs.

    Each comes with the name of that run and the place of each neuron in it.
    """
    names = {run.fingerprint(): name for name, run in runs.items()}
    started = {}
    for name, run in runs.items():
        path = run.path / "origin.json"
        origin = read_json(path) if path.exists() else None
        parent = names.get(origin.get("model", "")) if isinstance(origin, dict) else None
        if parent and isinstance(model := run.load_model(), SpikingRNN):
            started[name] = Descent(parent, model.origin_RN[0].numpy())
    return started
