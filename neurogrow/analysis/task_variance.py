"""Task variance: how much a neuron's activity varies between the trials of each task (Yang et al. 2019)."""

import numpy as np

from ..arrays import BoolArray, FloatArray, IntArray
from ..errors import InputError


def task_variance(activity_TBN: FloatArray, mask_TB: BoolArray, task_B: IntArray, n_tasks: int) -> FloatArray:
    r"""Return the variance of each neuron's activity over the trials of each task, averaged over task steps.

    .. math:: TV_{n,k} = \langle \mathrm{Var}_{b \in B_k(t)} [ h_n(t, b) ] \rangle_t

    Trials of one task differ in length. B_k(t) are the trials that still run at task step t. A task step with fewer
    than two running trials has no variance and is left out of the mean. The variance is divided by the number of
    trials, not by that number minus one, as in Yang et al.

    Parameters
    ----------
    activity_TBN
        Activity of N neurons at T task steps of B trials, shape (T, B, N).
    mask_TB
        True at the task steps of the trial, shape (T, B). Activity elsewhere is ignored.
    task_B
        Task of each trial, 0 to ``n_tasks`` - 1, shape (B,).
    n_tasks
        Number of tasks, K.

    Returns
    -------
    FloatArray
        Task variance, shape (N, K).

    Raises
    ------
    InputError
        If shapes disagree, or a task has no task step at which two trials run.
    """
    _check_shapes(activity_TBN, mask_TB, task_B, n_tasks)
    return np.stack([_one_task(activity_TBN, mask_TB, task_B, k) for k in range(n_tasks)], axis=1)


def mean_activity(activity_TBN: FloatArray, mask_TB: BoolArray) -> FloatArray:
    """Return the mean activity of each neuron over all task steps of all trials, shape (N,)."""
    return np.asarray(activity_TBN[mask_TB].mean(axis=0, dtype=np.float64))


def normalised_task_variance(task_variance_NK: FloatArray) -> FloatArray:
    """Divide each neuron's task variances by their maximum over tasks. A row of zeros stays zero. Shape (N, K)."""
    peak_N1 = task_variance_NK.max(axis=1, keepdims=True)
    return np.asarray(task_variance_NK / np.where(peak_N1 > 0, peak_N1, 1.0))


def important_neurons(task_variance_NK: FloatArray, threshold: float = 1e-3) -> BoolArray:
    """Return a mask (N,) of the neurons whose task variance, summed over tasks, is above ``threshold``.

    The default threshold is the paper's.
    """
    return np.asarray(task_variance_NK.sum(axis=1) > threshold)


def sorted_by_module(task_variance_NK: FloatArray, module_N: IntArray) -> IntArray:
    """Return the indices of all neurons in a module, sorted for display.

    They are sorted by module, then by the task in which they vary most, then by that variance, largest first. Neurons
    with module -1 are left out.
    """
    members = np.flatnonzero(module_N >= 0)
    variance = task_variance_NK[members]
    return np.asarray(members[np.lexsort((-variance.max(axis=1), variance.argmax(axis=1), module_N[members]))])


def _one_task(activity_TBN: FloatArray, mask_TB: BoolArray, task_B: IntArray, task: int) -> FloatArray:
    lanes = task_B == task
    mask_TB1 = mask_TB[:, lanes, None]
    running_T = mask_TB1.sum(axis=(1, 2))
    steps = running_T >= 2
    if not steps.any():
        raise InputError(
            f"Task {task} has no task step at which two trials run; record at least two trials of every task."
        )
    mask_TB1, n_T1 = mask_TB1[steps], running_T[steps, None]
    activity = np.where(mask_TB1, activity_TBN[steps][:, lanes], 0.0).astype(np.float64, copy=False)
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
