"""Firing rate and synaptic operations of a network.

A synaptic operation is one event carried by one active connection (|w| > 0.01) to a neuron or to the readout. An event
of a spiking neuron is a spike. An event of a rate neuron is a task step in which its rate is not zero. Neuromorphic
chips state their energy per synaptic operation (Merolla et al. 2014, doi:10.1126/science.1254642). Inputs are currents
and do not count.
"""

from dataclasses import dataclass

import numpy as np
import torch

from ..arrays import IntArray
from ..models import GridRNN
from ..network import ACTIVE_WEIGHT
from ..tasks import TASK_STEP
from .recording import Recording


@dataclass(frozen=True)
class Firing:
    """Firing rate of a network, and its synaptic operations per trial, averaged over the trials of all tasks."""

    rate: float | None
    """Spikes per second, averaged over the neurons with an outgoing active connection; None for a rate network."""
    synaptic_operations: float
    """Synaptic operations per trial."""


def firing(model: GridRNN, recording: Recording, replica: int = 0) -> Firing:
    """Return the firing rate and synaptic operations of a recorded network.

    Parameters
    ----------
    model
        The model that was recorded.
    recording
        Its activity on single trials.
    replica
        Index of the recorded network in the ensemble.
    """
    activity_TBN = recording.activity_TBN * recording.mask_TB[:, :, None]
    events_TBN = activity_TBN * model.ticks_per_task_step if model.is_spiking else activity_TBN != 0
    events_N = events_TBN.sum((0, 1), dtype=np.float64)
    leaving_N = outgoing_connections(model, replica)
    seconds = float(recording.mask_TB.sum()) * TASK_STEP
    sending = leaving_N > 0
    return Firing(
        rate=float(events_N[sending].mean() / seconds) if model.is_spiking and sending.any() else None,
        synaptic_operations=float(events_N @ leaving_N) / recording.mask_TB.shape[1],
    )


def outgoing_connections(model: GridRNN, replica: int = 0) -> IntArray:
    """Return each neuron's number of active connections to neurons, itself included, and to the readout, shape (N,)."""
    weights_MN = torch.cat([model.recurrent_weights_RNN[replica], model.output_weights_RON[replica]])
    counts_N: IntArray = (weights_MN.detach().abs() > ACTIVE_WEIGHT).sum(0).cpu().numpy()
    return counts_N
