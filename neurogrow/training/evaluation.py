"""The performance of networks, without gradients and a few replicas at a time."""

import torch
from torch import Tensor
from torch.func import functional_call

from ..models import GridRNN
from ..tasks import TaskBatch, TrialSource

_TOGETHER = 8
"""Replicas that run at once: the activity on single trials of every task takes some ten megabytes for each."""


@torch.no_grad()
def performance(model: GridRNN, trials: TaskBatch, source: TrialSource) -> Tensor:
    """Return the fraction of correct trials of each task for every replica, shape (R, K).

    Parameters
    ----------
    model
        R networks.
    trials
        Single trials, one per lane.
    source
        The source of these trials, which scores the responses.
    """
    parts = []
    for first in range(0, model.replicas, _TOGETHER):
        output = functional_call(model, model.some_replicas(slice(first, first + _TOGETHER)), (trials.inputs_TBI,))
        parts.append(source.performance(output.logits_RTBO, trials))
    return torch.cat(parts)
