"""Run a model on single trials and record the activity of its neurons as numpy arrays."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..arrays import BoolArray, FloatArray, IntArray
from ..errors import InputError
from ..models import GridRNN
from ..progress import counted
from ..tasks import TaskBatch, TrialSource


@dataclass(frozen=True, eq=False)
class Recording:
    """Activity of N neurons in B single trials of at most T task steps, and the performance on K tasks."""

    activity_TBN: FloatArray
    """Activity per task step, float32: the rate of a rate neuron, or the mean spikes per tick of a spiking neuron."""
    mask_TB: BoolArray
    """True at the task steps of the trial, False at the padding after its end."""
    task_B: IntArray
    """Index of each trial's task, from 0."""
    performance_K: FloatArray
    """Fraction of trials performed correctly, per task."""


def record(
    model: GridRNN,
    task_set: TrialSource,
    trials_per_task: int = 100,
    seed: int = 0,
    *,
    replica: int = 0,
    noise: bool = True,
    lanes: int = 256,
) -> Recording:
    """Record one network of a model on single trials of every task.

    Parameters
    ----------
    model
        The model. The trials are drawn on its device.
    task_set
        The trials it was trained on: a task set, or any other source.
    trials_per_task
        Trials of each task, at least 2, because task variance is a variance over trials.
    seed
        Seed of the trials.
    replica
        Index of the network in the ensemble.
    noise
        Whether the inputs have the noise of the tasks. Without noise, only trial conditions cause variance.
    lanes
        Number of trials that run at once. All replicas run on each of them. Smaller numbers need less memory.

    Raises
    ------
    InputError
        If there are too few trials or lanes, there is no such replica, or the model has other inputs or outputs than
        the tasks.
    """
    _check(model, task_set, trials_per_task, replica, lanes)
    batch = task_set.single_trials(trials_per_task, model.recurrent_weights_RNN.device, seed, noise=noise)
    logits_TBO, activity_TBN = _run(model, batch, replica, lanes)
    return Recording(
        activity_TBN=activity_TBN,
        mask_TB=batch.mask_TB.cpu().numpy(),
        task_B=batch.task_TB[0].cpu().numpy(),
        performance_K=task_set.performance(logits_TBO, batch).cpu().numpy().astype(np.float64),
    )


@torch.no_grad()
def _run(model: GridRNN, batch: TaskBatch, replica: int, lanes: int) -> tuple[Tensor, FloatArray]:
    """Return logits (T, B, O) and activity (T, B, N) of one replica, computed in chunks of lanes."""
    ticks, trials, _ = batch.inputs_TBI.shape
    activity_TBN = np.empty((ticks, trials, model.layout.n_neurons), dtype=np.float32)
    logits = []
    for start in counted(range(0, trials, lanes), "recordings"):
        chunk = slice(start, start + lanes)
        output = model(batch.inputs_TBI[:, chunk])
        activity_TBN[:, chunk] = output.activity_RTBN[replica].float().cpu().numpy()
        logits.append(output.logits_RTBO[replica])
    return torch.cat(logits, dim=1), activity_TBN


def _check(model: GridRNN, task_set: TrialSource, trials_per_task: int, replica: int, lanes: int) -> None:
    if trials_per_task < 2 or lanes < 1:
        raise InputError(f"A recording needs at least 2 trials per task and 1 lane, not {trials_per_task} and {lanes}.")
    if not 0 <= replica < model.replicas:
        raise InputError(f"There is no replica {replica}; the model has {model.replicas}, counted from 0.")
    sizes = model.n_inputs, model.output_weights_RON.shape[-2]
    if sizes != (task_set.n_inputs, task_set.n_outputs):
        raise InputError(
            f"The model has {sizes[0]} inputs and {sizes[1]} outputs, but these tasks have "
            f"{task_set.n_inputs} and {task_set.n_outputs}; analyse it on the tasks it was trained on."
        )
