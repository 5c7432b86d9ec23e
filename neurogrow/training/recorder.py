"""What training writes along the way: rows of metrics, snapshots, weights and checkpoints."""

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..growth import active_neurons, connection_cost, wiring_cost
from ..network import ACTIVE_WEIGHT
from .evaluation import performance
from .run import MetricsLog, Run
from .state import TrainingState

TRIALS_PER_TASK = 20
"""Single trials of each task for the performance column of the metrics: enough to watch, too few to report."""


class DivergedError(InputError):
    """No network that was trained has a finite loss any more; the message names what is not finite."""


class Recorder:
    """Writes metrics, snapshots, weights and checkpoints of an ensemble to its run folders.

    Parameters
    ----------
    state
        The networks, before their next step.
    runs
        The run folder of each.
    checkpoint
        The file for the checkpoint of all.
    """

    def __init__(self, state: TrainingState, runs: Sequence[Run], checkpoint: Path) -> None:
        self._state, self._runs, self._checkpoint = state, runs, checkpoint
        self._training = state.ensemble.shared.training
        self._logs = [MetricsLog(run.metrics_path, state.step) for run in runs]
        self._held_out = state.source.single_trials(TRIALS_PER_TASK, state.device, seed=self._training.seed + 1)
        self._started = time.monotonic() - _seconds_spent(runs)
        if self._training.snapshot_every and state.step == 0:
            self._keep_snapshots()

    def record_due(self, measured: Mapping[str, Tensor]) -> None:
        """Write what is due after the step that was taken; ``measured`` is what the step has returned.

        Raises ``DivergedError`` if a row of metrics is due and no network has finite ones.
        """
        step, training = self._state.step, self._training
        save = step == training.steps or step % training.checkpoint_every == 0
        if save or step % training.log_every == 0:
            self.record(measured, save)
        if training.snapshot_every and step % training.snapshot_every == 0:
            self._keep_snapshots()

    def record(self, measured: Mapping[str, Tensor], save: bool) -> None:
        """Write a row of metrics, unless this step has one, and with ``save`` weights and a checkpoint.

        Raises ``DivergedError`` if no network has finite metrics.
        """
        state, runs = self._state, self._runs
        rows = self._metrics_rows(measured)
        finite = self._finite_replicas(rows)
        if state.metrics.get("step") != state.step:
            for replica in finite:
                self._logs[replica].append(rows[replica])
            names = rows[finite[0]]
            state.metrics = {name: float(np.mean([rows[replica][name] for replica in finite])) for name in names}
        if save:
            for replica in finite:
                runs[replica].save_model(state.model, replica, state.step, stopped=state.stopped)
            state.save(self._checkpoint, [run.path.name for run in runs])

    @torch.no_grad()
    def _metrics_rows(self, measured: Mapping[str, Tensor]) -> list[dict[str, float]]:
        """Return a row of metrics for each replica. Only this part of the loop waits for the device."""
        state, seconds = self._state, time.monotonic() - self._started
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
            "performance": performance(model, self._held_out, state.source).mean(-1),
        }
        table = torch.stack([column.double() for column in columns.values()], 1).tolist()
        others = {"learning_rate": float(state.optimiser.param_groups[0]["lr"]), "seconds": round(seconds, 3)}
        return [{"step": state.step} | dict(zip(columns, values, strict=True)) | others for values in table]

    def _finite_replicas(self, rows: Sequence[Mapping[str, float]]) -> list[int]:
        """Return the replicas with finite metrics only. Raises ``DivergedError`` if there is none."""
        wrong = [[name for name, value in row.items() if not math.isfinite(value)] for row in rows]
        finite = [replica for replica, names in enumerate(wrong) if not names]
        if not finite:
            last = f"The last checkpoint is kept in {self._checkpoint}." if self._checkpoint.exists() else ""
            raise DivergedError(
                f"Training diverged by step {rows[0]['step']:.0f}: {', '.join(wrong[0])} of {self._runs[0].path} is "
                "not finite. Lower training.learning_rate or training.clip_norm, or raise training.warmup_steps. "
                + last
            )
        return finite

    def _keep_snapshots(self) -> None:
        state = self._state
        for replica, run in enumerate(self._runs):
            run.save_model(state.model, replica, state.step, run.snapshot_path(state.step))


def _seconds_spent(runs: Sequence[Run]) -> float:
    """Return the seconds of training before an interruption, according to the logs."""
    return max(float(run.metrics().get("seconds", np.zeros(1))[-1]) for run in runs)
