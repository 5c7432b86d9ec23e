"""The one training loop: rate and spiking networks, one or an ensemble, on any device."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..growth import active_neurons, connection_cost, wiring_cost
from ..io.files import remove_leftovers
from ..models import GridRNN
from ..network import ACTIVE_WEIGHT
from ..tasks import TaskBatch, single_trials
from .build import build_tasks
from .captured import CapturedStep
from .config import TrainConfig
from .evaluation import performance
from .memory import keep_freed_memory
from .run import MetricsLog, Run, training_lock
from .state import TrainingState

SHARED_PRODUCT = 4_000_000
"""Multiplications in a tick's product with W that keep a processor's core busy, about 0.1 ms: from there on threads
share it, and up to there networks train together."""

Progress = Callable[[int, int, Mapping[str, float]], None]
"""Called after each step with the steps done, the steps in all and the last row of metrics (an ensemble's mean)."""

TRIALS_PER_TASK = 20
"""Single trials of each task behind the performance column of the metrics: enough to watch, not to report."""


class DivergedError(InputError):
    """No network that was trained has a finite loss any more; the message names what is not finite."""


def train(
    config: TrainConfig,
    out: Path,
    *,
    resume: bool = False,
    initial: GridRNN | None = None,
    progress: Progress | None = None,
) -> Run:
    """Train a network and leave a run folder.

    Parameters
    ----------
    config
        What to train, on what, how.
    out
        The run's folder.
    resume
        Continue the run in ``out`` from its last checkpoint; it must have the same configuration. On a CPU the weights
        end up bit for bit as without the interruption.
    initial
        A network to start from, with the configured shape; by default weights are drawn.
    progress
        Called after each step.

    Returns
    -------
    Run
        The folder, with the trained weights.

    Raises
    ------
    InputError
        If the folder is taken or cannot be written, another process is training in it, or the configuration asks for
        what there is not.
    DivergedError
        If the loss stops being finite.
    """
    return train_together([config], [out], Run(out).state_path, resume=resume, initial=initial, progress=progress)[0]


def train_together(
    configs: Sequence[TrainConfig],
    folders: Sequence[Path],
    checkpoint: Path,
    *,
    resume: bool = False,
    initial: GridRNN | None = None,
    progress: Progress | None = None,
) -> list[Run]:
    """Train networks as one ensemble on the same trials, and leave a run folder of each.

    A network ends up as it would alone, but for the rounding of batched products: outputs and gradients agree to about
    1e-6 of their size, and differences grow as training goes on, as between any two machines.
    A network whose loss stops being finite is no longer logged or saved; the others train on.

    Parameters
    ----------
    configs
        What to train; they may differ in ``growth`` and ``model.seed`` alone.
    folders
        A run folder for each.
    checkpoint
        The file that holds all of them at the last checkpoint, from which ``resume`` continues.
    resume, initial, progress
        As for :func:`train`; ``initial`` has a replica for each network.

    Raises
    ------
    InputError
        As for :func:`train`; and if the networks cannot train together.
    DivergedError
        If none has a finite loss any more.
    """
    keep_freed_memory()
    with training_lock(checkpoint, folders[0]), processor_threads(configs[0]):
        state = TrainingState.start(configs, initial)
        if resume:
            runs = [_reopened(folder, config, checkpoint) for folder, config in zip(folders, configs, strict=True)]
            state.restore(checkpoint)
        else:
            for folder in folders:
                Run(folder).check_free()  # all of them, before the first is made
            runs = [Run.create(folder, config) for folder, config in zip(folders, configs, strict=True)]
        _train_on(state, runs, checkpoint, progress)
    return runs


def _train_on(state: TrainingState, runs: Sequence[Run], checkpoint: Path, progress: Progress | None) -> None:
    """Train from the state's step to the last one, logging and saving on the way."""
    training, take_step = state.ensemble.shared.training, CapturedStep(state)
    logs = [MetricsLog(run.metrics_path, state.step) for run in runs]
    held_out = single_trials(build_tasks(state.ensemble.shared), TRIALS_PER_TASK, state.device, seed=training.seed + 1)
    shown: dict[str, float] = {}
    started = time.monotonic() - _seconds_spent(runs)
    if training.snapshot_every and state.step == 0:
        _keep_snapshots(state, runs)
    while state.step < training.steps:
        measured = take_step()
        saving = state.step == training.steps or state.step % training.checkpoint_every == 0
        if saving or state.step % training.log_every == 0:
            rows = _metrics_rows(state, measured, held_out, time.monotonic() - started)
            finite = _finite(rows, runs, checkpoint)
            for replica in finite:
                logs[replica].append(rows[replica])
            shown = {name: float(np.mean([rows[replica][name] for replica in finite])) for name in rows[finite[0]]}
        if training.snapshot_every and state.step % training.snapshot_every == 0:
            _keep_snapshots(state, runs)
        if saving:
            for replica in finite:
                runs[replica].save_model(state.model, replica, state.step)
            state.save(checkpoint, [run.path.name for run in runs])
        if progress:
            progress(state.step, training.steps, shown)


def _keep_snapshots(state: TrainingState, runs: Sequence[Run]) -> None:
    for replica, run in enumerate(runs):
        run.save_model(state.model, replica, state.step, run.snapshot_path(state.step))


def tick_product(config: TrainConfig) -> int:
    """Return the number of multiplications in one tick's product with one network's W: B N^2."""
    return config.training.batch_size * (config.model.rows * config.model.cols) ** 2


@contextmanager
def processor_threads(config: TrainConfig) -> Iterator[None]:
    """Give torch ``training.threads`` threads for as long as the context lasts.

    Threads that share a product wait for each other at its end. For a product of a tick below ``SHARED_PRODUCT`` that
    costs more than it brings, and on a machine that others use many times more.
    """
    before = torch.get_num_threads()
    small = tick_product(config) < SHARED_PRODUCT
    torch.set_num_threads(config.training.threads or (1 if small else before))
    try:
        yield
    finally:
        torch.set_num_threads(before)


@torch.no_grad()
def _metrics_rows(
    state: TrainingState, measured: Mapping[str, Tensor], held_out: TaskBatch, seconds: float
) -> list[dict[str, float]]:
    """Return a row of metrics for each replica; the one place in the loop that waits for the device."""
    model, weights_RNN = state.model, state.model.recurrent_weights_RNN
    columns = {
        "cross_entropy": measured["cross_entropy"],
        "connection_cost": connection_cost(model, state.ensemble.localities(model)),
        "gradient_norm": measured["gradient_norm"],
        "wiring_cost": wiring_cost(weights_RNN, model.distance_NN),
        "wiring_before_swaps": state.wiring_R2[:, 0],
        "wiring_after_swaps": state.wiring_R2[:, 1],
        "active_connections": (weights_RNN.abs() > ACTIVE_WEIGHT).sum((1, 2)),
        "neurons_with_influence": active_neurons(model).sum(1),
        "performance": performance(model, held_out, build_tasks(state.ensemble.shared)).mean(-1),
    }
    table = torch.stack([column.double() for column in columns.values()], 1).tolist()
    others = {"learning_rate": float(state.optimiser.param_groups[0]["lr"]), "seconds": round(seconds, 3)}
    return [{"step": state.step} | dict(zip(columns, values, strict=True)) | others for values in table]


def _finite(rows: Sequence[Mapping[str, float]], runs: Sequence[Run], checkpoint: Path) -> list[int]:
    """Return the replicas of which every measure is a number; raise ``DivergedError`` if there is none."""
    wrong = [[name for name, value in row.items() if not math.isfinite(value)] for row in rows]
    finite = [replica for replica, names in enumerate(wrong) if not names]
    if not finite:
        kept = f"The last checkpoint is kept in {checkpoint}." if checkpoint.exists() else ""
        raise DivergedError(
            f"Training diverged by step {rows[0]['step']:.0f}: {', '.join(wrong[0])} of {runs[0].path} is not finite. "
            f"Lower training.learning_rate or training.clip_norm, or raise training.warmup_steps. {kept}"
        )
    return finite


def _seconds_spent(runs: Sequence[Run]) -> float:
    """Return the time that was spent before an interruption, as the logs have it."""
    return max(float(run.metrics().get("seconds", np.zeros(1))[-1]) for run in runs)


def _reopened(out: Path, config: TrainConfig, checkpoint: Path) -> Run:
    run = Run.open(out)
    if not checkpoint.exists():
        raise InputError(f"{out} stopped before its first checkpoint: remove the folder and train again.")
    if run.config != config:
        raise InputError(f"{run.config_path} differs from the configuration given; resume with the run's own.")
    remove_leftovers(out)
    return run
