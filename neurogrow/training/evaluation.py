"""How well networks do, without gradients and without more memory than a few of them need."""

import torch
from torch import Tensor
from torch.func import functional_call

from ..models import GridRNN
from ..tasks import TaskBatch, TrialSource

_TOGETHER = 8
"""Replicas that run at once: activity on single trials of every task takes some ten megabytes each."""


@torch.no_grad()
def performance(model: GridRNN, trials: TaskBatch, source: TrialSource) -> Tensor:
    """Return the fraction of single trials of a source that each replica performs, by task, shape (R, K)."""
    parts = []
    for first in range(0, model.replicas, _TOGETHER):
        output = functional_call(model, model.some_replicas(slice(first, first + _TOGETHER)), (trials.inputs_TBI,))
        parts.append(source.performance(output.logits_RTBO, trials))
    return torch.cat(parts)
