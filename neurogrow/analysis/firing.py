"""What a network's activity costs: how often its neurons fire, and how many connections that sets to work.

A synaptic operation is one active connection (|w| > 0.01) carrying one event to its end: a spike to another neuron or
to the readout, or from a rate neuron a rate that is not zero, once a task step. It is the count by which neuromorphic
chips state their energy (Merolla et al. 2014, doi:10.1126/science.1254642); inputs, which are currents, do not count.
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
    """How much happens in a network during a trial, mean over trials of all tasks."""

    rate: float | None
    """Spikes per second of a neuron that has an active connection to another or to the readout; None for rates."""
    synaptic_operations: float
    """Synaptic operations per trial."""


def firing(model: GridRNN, recording: Recording, replica: int = 0) -> Firing:
    """Count the events of a recorded network."""
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
    """Return how many active connections leave each neuron, to other neurons, itself and the readout, shape (N,)."""
    weights_MN = torch.cat([model.recurrent_weights_RNN[replica], model.output_weights_RON[replica]])
    counts_N: IntArray = (weights_MN.detach().abs() > ACTIVE_WEIGHT).sum(0).cpu().numpy()
    return counts_N
