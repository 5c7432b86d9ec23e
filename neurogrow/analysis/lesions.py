"""Lesions: which tasks fall when a functional module falls silent, beside as many important neurons at random.

A lesion takes neurons out of the network: all weights from them and to them, and their biases, are zero, so that
nothing they do reaches anybody. Many lesions run as one ensemble, a replica each, on the same trials.

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
"""Numbers of activity (ticks x lanes x neurons x replicas) computed at once, which bounds the memory: some 64 MB each
for activity and, of a spiking network, membranes."""


def lesion_modules(
    model: GridRNN,
    task_set: TrialSource,
    module_N: IntArray,
    trials_per_task: int = 100,
    draws: int = 20,
    seed: int = 0,
) -> LesionReport:
    """Silence each functional module in turn, and as many important neurons at random, and measure every task.

    The control are the modules' own labels shuffled among the important neurons: so in each draw every module has a
    set of its size, and the sets of a draw divide the important neurons as the modules do.

    Parameters
    ----------
    model
        A single network, on the device where it is to run.
    task_set
        The trials it was trained on: a task set, or any other source.
    module_N
        Module of each neuron, 0 to M - 1, or -1 where it is not important.
    trials_per_task
        Trials of each task, the same for every lesion.
    draws
        Draws of the control, S, at least 2.
    seed
        Seed of the trials and of the draws.

    Raises
    ------
    InputError
        If there is no module, there are too few draws or trials, or the network has other neurons, inputs or outputs.
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
    """Fraction of correct trials of each task with each set of neurons silent, shape (L, K).

    Parameters
    ----------
    model
        A single network.
    task_set
        The source of the trials.
    trials
        Single trials of every task, on the model's device.
    silent_LN
        The neurons of each lesion.
    activities
        Numbers of activity that may be held at once. Lesions run together as far as this allows.

    Raises
    ------
    InputError
        If the model is an ensemble, or has other neurons, inputs or outputs than the lesions and trials.
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
    """Take neurons out of each replica: zero every weight from them and to them, and their biases.

    They are then at rest, h = phi(0), and nothing reads them, whatever phi(0) is.
    """
    kept_RN = (~silent_RN).to(model.hidden_bias_RN.dtype)
    model.hidden_bias_RN.mul_(kept_RN)
    model.input_weights_RNI.mul_(kept_RN[:, :, None])
    model.recurrent_weights_RNN.mul_(kept_RN[:, :, None]).mul_(kept_RN[:, None])
    model.output_weights_RON.mul_(kept_RN[:, None])


def _by_task(trials: TaskBatch) -> Sequence[TaskBatch]:
    """Cut single trials into one batch for each task, as long as its longest trial."""
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
        raise InputError(f"Lesions are made in a single network, not in an ensemble of {model.replicas}.")
    if silent_LN.ndim != 2 or silent_LN.shape[1] != n or trials.inputs_TBI.shape[-1] != n_inputs:
        raise InputError(
            f"The network has {n} neurons and {n_inputs} inputs, but the lesions are {silent_LN.shape} "
            f"and the trials have {trials.inputs_TBI.shape[-1]} inputs."
        )
