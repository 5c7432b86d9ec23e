"""The one training loop: rate and spiking networks, one or an ensemble, on any device."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import InputError
from ..growth import connection_cost, swap_neurons, wiring_cost
from ..models import GridRNN
from ..tasks import TaskBatch, single_trials, trial_performance
from .build import build_tasks
from .config import TrainConfig, TrainingConfig
from .run import MetricsLog, Run
from .state import TrainingState

SHARED_PRODUCT = 4_000_000
"""Multiplications in one tick's product with W from which on it is shared among threads: about 0.1 ms on one."""

Progress = Callable[[int, int, Mapping[str, float]], None]
"""Called after each step with the steps done, the steps in all and the last row of metrics."""

TRIALS_PER_TASK = 20
"""Single trials of each task behind the performance column of the metrics: enough to watch, not to report."""


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
        Continue the run in ``out`` from its last checkpoint; it must have the same configuration.
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
        If the folder is taken or cannot be written, the configuration asks for what there is not, or the loss stops
        being finite.
    """
    with processor_threads(config):
        state = TrainingState.start(config, initial)
        if resume:
            run = _reopened(out, config)
            state.restore(run)
        else:
            run = Run.create(out, config)
        _train_on(state, config, run, progress)
    return run


def _train_on(state: TrainingState, config: TrainConfig, run: Run, progress: Progress | None) -> None:
    """Train from the state's step to the last one, logging and saving on the way."""
    training = config.training
    log = MetricsLog(run.metrics_path, state.step)
    held_out = single_trials(build_tasks(config), TRIALS_PER_TASK, state.device, seed=training.seed + 1)
    row: dict[str, float] = {}
    spent = run.metrics().get("seconds", np.zeros(1))[-1]  # before an interruption
    started = time.monotonic() - float(spent)
    while state.step < training.steps:
        measured = train_step(state, config)
        last = state.step == training.steps
        saving = last or state.step % training.checkpoint_every == 0
        if saving or state.step % training.log_every == 0:
            row = _metrics_row(state, measured, held_out, time.monotonic() - started)
            _check_finite(row, run)
            log.append(row)
        if saving:
            state.save(run)
        if progress:
            progress(state.step, training.steps, row)


@contextmanager
def processor_threads(config: TrainConfig) -> Iterator[None]:
    """Give torch ``training.threads`` threads for as long as the context lasts.

    Threads that share a product wait for each other at its end. For a product of a tick below ``SHARED_PRODUCT`` that
    costs more than it brings, and on a machine that others use many times more.
    """
    before = torch.get_num_threads()
    small = config.training.batch_size * (config.model.rows * config.model.cols) ** 2 < SHARED_PRODUCT
    torch.set_num_threads(config.training.threads or (1 if small else before))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train_step(state: TrainingState, config: TrainConfig) -> dict[str, Tensor]:
    """Take one step: loss, gradients, clipping, Adam, swaps when due. Returns measures (R,), not waited for."""
    training, growth, model = config.training, config.growth, state.model
    learning_rate = learning_rate_at(state.step, training)
    for group in state.optimiser.param_groups:
        group["lr"] = learning_rate
    batch = state.stream.next_batch()
    state.optimiser.zero_grad(set_to_none=True)
    error_R = cross_entropy(model(batch.inputs_TBI).logits_RTBO, batch)
    cost_R = connection_cost(model, growth.locality)
    torch.autograd.backward((error_R + growth.strength * cost_R).sum())
    norm_R = clip_gradients(model.parameters(), training.clip_norm)
    state.optimiser.step()
    state.step += 1
    if growth.swap_every and state.step % growth.swap_every == 0:
        swap_neurons(model, state.optimiser, growth.swap_method)
    return {"cross_entropy": error_R.detach(), "connection_cost": cost_R.detach(), "gradient_norm": norm_R}


def cross_entropy(logits_RTBO: Tensor, batch: TaskBatch) -> Tensor:
    """Mean over all ticks of trials of the cross entropy between response and target, shape (R,)."""
    R = len(logits_RTBO)
    targets_RTB = batch.targets_TB.expand(R, -1, -1)
    each_RTB = F.cross_entropy(logits_RTBO.flatten(0, 2), targets_RTB.flatten(), reduction="none").view_as(targets_RTB)
    return (each_RTB * batch.mask_TB).sum((1, 2)) / batch.mask_TB.sum()


def clip_gradients(parameters: Iterable[nn.Parameter], largest: float) -> Tensor:
    """Scale each replica's gradient to norm ``largest`` where it is longer; return the norms before, shape (R,)."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm_R = torch.stack([g.flatten(1).square().sum(1) for g in gradients]).sum(0).sqrt()
    scale_R = largest / norm_R.clamp(min=largest)
    for gradient in gradients:
        gradient.mul_(scale_R.view(-1, *[1] * (gradient.ndim - 1)))
    return norm_R


def learning_rate_at(step: int, training: TrainingConfig) -> float:
    """Learning rate of a step: a linear rise, then constant, then half a cosine down to zero."""
    rise = min(1.0, (step + 1) / max(1, training.warmup_steps))
    falling = training.decay_fraction * training.steps
    into = max(0.0, step - (training.steps - falling)) / max(1.0, falling)
    return training.learning_rate * rise * (1 + math.cos(math.pi * into)) / 2


@torch.no_grad()
def _metrics_row(
    state: TrainingState, measured: Mapping[str, Tensor], held_out: TaskBatch, seconds: float
) -> dict[str, float]:
    model = state.model
    performance_RK = trial_performance(model(held_out.inputs_TBI).logits_RTBO, held_out)
    values = dict(measured) | {
        "wiring_cost": wiring_cost(model.recurrent_weights_RNN, model.distance_NN),
        "performance": performance_RK.mean(-1),
    }
    row: dict[str, float] = {"step": state.step}
    row |= {name: float(value.mean()) for name, value in values.items()}
    return row | {"learning_rate": state.optimiser.param_groups[0]["lr"], "seconds": round(seconds, 3)}


def _check_finite(row: Mapping[str, float], run: Run) -> None:
    wrong = [name for name, value in row.items() if not math.isfinite(value)]
    if wrong:
        kept = f"The last checkpoint is kept in {run.state_path}." if run.state_path.exists() else ""
        raise InputError(
            f"Training diverged by step {row['step']:.0f}: {', '.join(wrong)} is not finite. "
            f"Lower training.learning_rate or training.clip_norm, or raise training.warmup_steps. {kept}"
        )


def _reopened(out: Path, config: TrainConfig) -> Run:
    run = Run.open(out)
    if not run.state_path.exists():
        raise InputError(f"{out} stopped before its first checkpoint: remove the folder and train again.")
    if run.config != config:
        raise InputError(f"{run.config_path} differs from the configuration given; resume with the run's own.")
    return run
