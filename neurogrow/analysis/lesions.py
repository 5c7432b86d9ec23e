"""Lesions of functional modules, compared with lesions of equally many random important neurons.

A lesion sets all weights from and to its neurons, and their biases, to zero. The neurons then have no effect on the
rest of the network. Many lesions run as the replicas of one ensemble, on the same trials.

Letters: M modules, S draws of the control, L lesions.
"""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import torch
from torch import Tensor

from ..arrays import BoolArray, FloatArray, IntArray
from ..errors import InputError
from ..models import GridRNN
from ..models.replication import replicated
from ..progress import counted
from ..tasks import TaskBatch, TrialSource
from .lesion_report import LesionReport, lesion_report
from .nulls import shuffled_modules

ACTIVITIES = 2**24
"""Largest number of activity values (ticks x lanes x neurons x replicas) computed at once. It bounds the memory to
about 64 MB for activity, and as much again for the membranes of a spiking network."""


def lesion_modules(
    model: GridRNN,
    task_set: TrialSource,
    module_N: IntArray,
    trials_per_task: int = 100,
    draws: int = 20,
    seed: int = 0,
) -> LesionReport:
    """Silence each functional module in turn, and measure the performance on every task.

    The control silences random important neurons. Each draw of the control permutes the module labels among the
    important neurons. So every module has a random counterpart of equal size, and the counterparts do not overlap.

    Parameters
    ----------
    model
        A single network. It runs on its device.
    task_set
        The trials it was trained on: a task set, or any other source.
    module_N
        Module of each neuron, 0 to M - 1, or -1 if it is not important, shape (N,).
    trials_per_task
        Trials of each task. Every lesion runs on the same trials.
    draws
        Number of draws of the control, S, at least 2.
    seed
        Seed of the trials and of the draws.

    Raises
    ------
    InputError
        If there is no module, if there are too few draws or trials, or if the network does not fit the modules or
        tasks.
    """
    if len(module_N) != model.layout.n_neurons or module_N.max(initial=-1) < 0:
        raise InputError("Lesions need the module of every neuron, and at least one module; analyse the network first.")
    if draws < 2:
        raise InputError(f"A control needs at least 2 draws, not {draws}.")
    trials = task_set.single_trials(trials_per_task, model.recurrent_weights_RNN.device, seed)
    labels_SN = np.concatenate([module_N[None], shuffled_modules(module_N, draws, seed)])
    modules_M1 = np.arange(module_N.max() + 1)[:, None]
    silent_LN = (labels_SN[:, None] == modules_M1).reshape(-1, len(module_N))
    nothing_1N = np.zeros((1, len(module_N)), dtype=bool)
    performance_LK = lesion_performance(model, task_set, trials, np.concatenate([nothing_1N, silent_LN]))
    lesioned_SMK = performance_LK[1:].reshape(1 + draws, len(modules_M1), -1)
    return lesion_report(
        task_set.names,
        performance_LK[0],
        lesioned_SMK[0],
        lesioned_SMK[1:],
        np.bincount(module_N[module_N >= 0]),
        trials_per_task,
        seed,
    )


@torch.no_grad()
def lesion_performance(
    model: GridRNN, task_set: TrialSource, trials: TaskBatch, silent_LN: BoolArray, activities: int = ACTIVITIES
) -> FloatArray:
    """Return the fraction of correct trials of each task under each lesion, shape (L, K).

    Parameters
    ----------
    model
        A single network.
    task_set
        The source of the trials.
    trials
        Single trials of every task, on the model's device.
    silent_LN
        Mask of the neurons of each lesion, shape (L, N).
    activities
        Largest number of activity values to hold at once. It decides how many lesions run together.

    Raises
    ------
    InputError
        If the model is an ensemble, or does not fit the neurons of the lesions or the inputs of the trials.
    """
    _check(model, trials, silent_LN)
    each_task = _by_task(trials)
    ticks = max(batch.mask_TB.numel() for batch in each_task) * model.ticks_per_task_step
    together = max(1, activities // (ticks * model.layout.n_neurons))
    parts = []
    for first in counted(range(0, len(silent_LN), together), "sets of lesions"):
        silent_RN = torch.as_tensor(silent_LN[first : first + together], device=model.hidden_bias_RN.device)
        ensemble = replicated(model, len(silent_RN))
        silence(ensemble, silent_RN)
        columns = [
            task_set.performance(ensemble(b.inputs_TBI).logits_RTBO, b)[:, int(b.task_TB[0, 0])] for b in each_task
        ]
        parts.append(torch.stack(columns, 1))
    return np.asarray(torch.cat(parts).double().cpu().numpy())


@torch.no_grad()
def silence(model: GridRNN, silent_RN: Tensor) -> None:
    """Set all weights from and to the silent neurons of each replica, and their biases, to zero, in place.

    Silent neurons then stay at h = phi(0). No other neuron and no output receives this value.

    Parameters
    ----------
    model
        The model to change.
    silent_RN
        Mask of the neurons to silence in each replica, shape (R, N).
    """
    active_RN = (~silent_RN).to(model.hidden_bias_RN.dtype)
    model.hidden_bias_RN.mul_(active_RN)
    model.input_weights_RNI.mul_(active_RN[:, :, None])
    model.recurrent_weights_RNN.mul_(active_RN[:, :, None]).mul_(active_RN[:, None])
    model.output_weights_RON.mul_(active_RN[:, None])


def _by_task(trials: TaskBatch) -> Sequence[TaskBatch]:
    """Split single trials into one batch per task. Each batch is as long as its longest trial."""
    batches = []
    for task in torch.unique(trials.task_TB[0]).tolist():
        lanes = trials.task_TB[0] == task
        ticks = int(trials.mask_TB[:, lanes].any(1).sum())
        parts = (getattr(trials, field.name) for field in fields(trials))
        batches.append(TaskBatch(*(part[:ticks, lanes] for part in parts)))
    return batches


def _check(model: GridRNN, trials: TaskBatch, silent_LN: BoolArray) -> None:
    n_inputs, n = model.input_weights_RNI.shape[-1], model.layout.n_neurons
    if model.replicas != 1:
        raise InputError(f"Lesions need a single network, not an ensemble of {model.replicas}.")
    if silent_LN.ndim != 2 or silent_LN.shape[1] != n or trials.inputs_TBI.shape[-1] != n_inputs:
        raise InputError(
            f"The network has {n} neurons and {n_inputs} inputs, but the lesions are {silent_LN.shape} "
            f"and the trials have {trials.inputs_TBI.shape[-1]} inputs."
        )
