"""Active neurons: those that can still influence an output, and networks of these neurons only.

A neuron from which no chain of nonzero weights leads to an output does not influence the outputs. Without it, the
outputs are the same, and so are the gradients of all weights among the other neurons. The gradients of the weights from
such a neuron to the others are *not* the same. These weights are zero, and the loss might have moved them away from
zero again. In a network of active neurons they stay zero (their moments are cleared), so the neuron never comes back.
The proximal rule makes exact zeros. Under the subgradient rule hardly a weight is ever zero, and no neuron leaves.
"""

import torch
from torch import Tensor, optim

from ..models import GridRNN
from .indexing import along, take

_MULTIPLE = 16
"""Numbers of neurons are rounded up to a multiple of this, because processors multiply whole tiles."""
_WORTHWHILE = 0.9
"""Fraction of active neurons above which all neurons are computed: gathering would cost more than it saves."""


@torch.no_grad()
def active_neurons(model: GridRNN) -> Tensor:
    """Return which neurons of each replica have a path of nonzero weights to an output, shape (R, N), bool."""
    leads_RNN = (model.recurrent_weights_RNN != 0).float()
    reached_RN = (model.output_weights_RON != 0).any(1)
    while True:
        wider_RN = reached_RN | (torch.bmm(reached_RN[:, None].float(), leads_RNN)[:, 0] > 0)
        if torch.equal(wider_RN, reached_RN):
            return reached_RN
        reached_RN = wider_RN


def widest_active(model: GridRNN) -> Tensor | None:
    """Return the indices of each replica's active neurons, ascending, shape (R, M), or None if M is nearly N.

    M is the largest number of active neurons of any replica, rounded up. Replicas with fewer get inactive neurons as
    well, which do not change their outputs.
    """
    active_RN = active_neurons(model)
    most = int(active_RN.sum(1).max())
    most = max(_MULTIPLE, -(-most // _MULTIPLE) * _MULTIPLE)
    if most > _WORTHWHILE * active_RN.shape[1]:
        return None
    return active_RN.int().argsort(dim=1, descending=True, stable=True)[:, :most].sort(1).values


def compacted(model: GridRNN, neurons_RM: Tensor) -> dict[str, Tensor]:
    """Return the model's tensors for the given neurons (R, M) only, for ``torch.func.functional_call``.

    Gradients flow to the model's own parameters. They are zero for weights from or to any other neuron.
    """
    tensors = dict(model.named_parameters()) | dict(model.named_buffers())
    compact = {}
    for name, axes in model.neuron_axes.items():
        compact[name] = tensors[name]
        for axis in axes:
            compact[name] = take(compact[name], neurons_RM, axis)
    return compact


@torch.no_grad()
def forget_moments(model: GridRNN, optimiser: optim.Optimizer, neurons_RM: Tensor) -> None:
    """Clear the optimiser's moments of all weights from or to neurons that are not among ``neurons_RM``."""
    remaining_RN = torch.zeros_like(model.hidden_bias_RN).scatter_(1, neurons_RM, 1)
    for name, parameter in model.named_parameters():
        for moment in optimiser.state.get(parameter, {}).values():
            if isinstance(moment, Tensor) and moment.shape == parameter.shape:
                for axis in model.neuron_axes.get(name, ()):
                    moment.mul_(along(remaining_RN, moment, axis))
