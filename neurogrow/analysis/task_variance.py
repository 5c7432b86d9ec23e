"""Task variance: how much a neuron takes part in each task (Yang et al. 2019)."""

import numpy as np

from ..arrays import BoolArray, FloatArray, IntArray
from ..errors import InputError


def task_variance(activity_TBN: FloatArray, mask_TB: BoolArray, task_B: IntArray, n_tasks: int) -> FloatArray:
    r"""Variance of each neuron's activity over the trials of a task, tick by tick, mean over ticks.

    .. math:: TV_{n,k} = \langle \mathrm{Var}_{b \in B_k(t)} [ h_n(t, b) ] \rangle_t

    Trials of one task differ in length. B_k(t) are those still running at tick t; a tick at which fewer than two of
    them run has no variance over trials and is left out of the mean. The variance is that of the trials themselves
    (divided by their number, not by one less), as in Yang et al.

    Parameters
    ----------
    activity_TBN
        Activity of N neurons in B lanes, one trial in each, shape (T, B, N).
    mask_TB
        Ticks at which the trial runs, shape (T, B); what the activity holds elsewhere does not matter.
    task_B
        Task of each trial, 0 to ``n_tasks`` - 1.
    n_tasks
        Number of tasks, K.

    Returns
    -------
    FloatArray
        Task variance, shape (N, K).

    Raises
    ------
    InputError
        If shapes disagree, or a task never has two trials running at once.
    """
    _check_shapes(activity_TBN, mask_TB, task_B, n_tasks)
    return np.stack([_one_task(activity_TBN, mask_TB, task_B, k) for k in range(n_tasks)], axis=1)


def mean_activity(activity_TBN: FloatArray, mask_TB: BoolArray) -> FloatArray:
    """Mean activity of each neuron over all ticks at which a trial runs, shape (N,)."""
    return np.asarray(activity_TBN[mask_TB].mean(axis=0, dtype=np.float64))


def normalised_task_variance(task_variance_NK: FloatArray) -> FloatArray:
    """Divide by each neuron's maximum over tasks, so that 1 marks the task it varies most in; silent neurons stay 0."""
    peak_N1 = task_variance_NK.max(axis=1, keepdims=True)
    return np.asarray(task_variance_NK / np.where(peak_N1 > 0, peak_N1, 1.0))


def important_neurons(task_variance_NK: FloatArray, threshold: float = 1e-3) -> BoolArray:
    """Return which neurons have a task variance, summed over tasks, above ``threshold`` (the paper's)."""
    return np.asarray(task_variance_NK.sum(axis=1) > threshold)


def _one_task(activity_TBN: FloatArray, mask_TB: BoolArray, task_B: IntArray, task: int) -> FloatArray:
    lanes = task_B == task
    mask_TB1 = mask_TB[:, lanes, None]
    running_T = mask_TB1.sum(axis=(1, 2))
    ticks = running_T >= 2
    if not ticks.any():
        raise InputError(f"Task {task} has no tick at which two trials run; record at least two trials of every task.")
    mask_TB1, n_T1 = mask_TB1[ticks], running_T[ticks, None]
    activity = np.where(mask_TB1, activity_TBN[ticks][:, lanes], 0.0).astype(np.float64, copy=False)
    deviation = np.where(mask_TB1, activity - (activity.sum(axis=1) / n_T1)[:, None], 0.0)
    return np.asarray((np.einsum("tbn,tbn->tn", deviation, deviation) / n_T1).mean(axis=0))


def _check_shapes(activity_TBN: FloatArray, mask_TB: BoolArray, task_B: IntArray, n_tasks: int) -> None:
    lanes = activity_TBN.shape[:2]
    if activity_TBN.ndim != 3 or mask_TB.shape != lanes or task_B.shape != lanes[1:]:
        raise InputError(
            f"Activity (T, B, N) has shape {activity_TBN.shape}, the mask (T, B) {mask_TB.shape} "
            f"and the tasks (B,) {task_B.shape}; T and B must agree."
        )
    if task_B.size and (task_B.min() < 0 or task_B.max() >= n_tasks):
        raise InputError(f"Task indices must lie between 0 and {n_tasks - 1}.")
