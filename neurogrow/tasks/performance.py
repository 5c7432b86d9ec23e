"""How well a network does each task: its error and the fraction of trials it performs.

Letters: R replica, T task step, B lane, O output, K task.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from .batch import TaskBatch


def cross_entropy(logits_RTBO: Tensor, batch: TaskBatch) -> Tensor:
    """Return the cross entropy between responses and targets, averaged over the task steps of trials, shape (R,).

    Logits in bfloat16 are first converted to float32.
    """
    R = len(logits_RTBO)
    targets_RTB = batch.targets_TB.expand(R, -1, -1)
    logits_MO = logits_RTBO.flatten(0, 2)
    logits_MO = logits_MO.float() if logits_MO.dtype == torch.bfloat16 else logits_MO
    error_RTB = F.cross_entropy(logits_MO, targets_RTB.flatten(), reduction="none").view_as(targets_RTB)
    return (error_RTB * batch.mask_TB).sum((1, 2)) / batch.mask_TB.sum()


def trial_performance(logits_TBO: Tensor, batch: TaskBatch, n_tasks: int) -> Tensor:
    """Return the fraction of correct trials of each task, float32, shape (..., K); NaN for a task without a trial.

    The response is the class of the largest logit. A trial is correct if the response is the target at the last task
    step of the decision, and is to fixate at every task step before the decision (Yang et al. 2019, Methods). Other
    task steps of the decision are not judged: neither the path of a response that moves, nor when a response begins.

    Parameters
    ----------
    logits_TBO
        Logits, shape (..., T, B, O). Leading axes, such as replicas, are kept.
    batch
        The trials, one per lane, as :func:`~neurogrow.tasks.single_trials` makes them.
    n_tasks
        Number of tasks, K; the batch may lack trials of some.
    """
    response_TB = logits_TBO.argmax(-1)
    decision_TB = batch.decision_TB
    later_TB = torch.cat([decision_TB[1:], torch.zeros_like(decision_TB[:1])])
    last_TB = decision_TB & ~later_TB
    must_fixate_TB = batch.mask_TB & ~decision_TB
    right_TB = torch.where(last_TB, response_TB == batch.targets_TB, (response_TB == 0) | ~must_fixate_TB)
    correct_B = right_TB.all(-2).float()
    lane_of_task_BK = (batch.task_TB[0, :, None] == torch.arange(n_tasks, device=logits_TBO.device)).float()
    return correct_B @ lane_of_task_BK / lane_of_task_BK.sum(0)
