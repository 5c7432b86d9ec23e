"""Copies of one network as the replicas of an ensemble; each can then be changed, and all run together."""

import copy

import torch
from torch import nn

from ..errors import InputError
from .base import GridRNN


@torch.no_grad()
def replicated(model: GridRNN, copies: int, replica: int = 0) -> GridRNN:
    """Return an ensemble of ``copies`` of one network of ``model``, which is not changed.

    Parameters
    ----------
    model
        The network, or an ensemble.
    copies
        Number of replicas of the new ensemble, at least 1.
    replica
        Which network of ``model``.

    Raises
    ------
    InputError
        If ``copies`` is below 1, or ``model`` has no such replica.
    """
    if copies < 1 or not 0 <= replica < model.replicas:
        raise InputError(
            f"Copying needs at least 1 copy and a replica from 0 to {model.replicas - 1}, not {copies} copies of "
            f"replica {replica}."
        )
    ensemble = copy.deepcopy(model)
    ensemble.replicas = copies
    for name, tensor in model.some_replicas(slice(replica, replica + 1)).items():
        repeated = tensor.detach().repeat(copies, *[1] * (tensor.ndim - 1))
        is_parameter = isinstance(getattr(model, name), nn.Parameter)
        setattr(ensemble, name, nn.Parameter(repeated) if is_parameter else repeated)
    return ensemble
