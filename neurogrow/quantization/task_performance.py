"""The performance of a network in a given arithmetic: its own equations, or a chip's integers."""

import numpy as np
import torch

from ..arrays import FloatArray
from ..equations import Respond, rate_reference, spiking_neurons, spiking_reference
from ..network import GrownNetwork, RateNeurons
from ..tasks import TrialSource


def task_performance(
    respond: Respond, source: TrialSource, trials_per_task: int = 100, seed: int = 0, lanes: int = 250
) -> FloatArray:
    """Return the fraction of single trials of each task that are performed, shape (K,).

    Parameters
    ----------
    respond
        Computes the responses: :func:`responds` of a network, or a chip's arithmetic.
    source
        The tasks.
    trials_per_task, seed
        Number and seed of the trials. They do not depend on ``respond``.
    lanes
        Trials that run at once; this bounds the memory.
    """
    batch = source.single_trials(trials_per_task, seed=seed)
    inputs_TBI = batch.inputs_TBI.double().numpy()
    parts = [respond(inputs_TBI[:, first : first + lanes]) for first in range(0, inputs_TBI.shape[1], lanes)]
    logits_TBO = torch.as_tensor(np.concatenate(parts, axis=1))
    return np.asarray(source.performance(logits_TBO, batch).double().numpy())


def responds(network: GrownNetwork) -> Respond:
    """Return a function that computes the network's responses by its own equations, in float64."""
    if isinstance(network.neurons, RateNeurons):
        return lambda inputs_TBI: rate_reference(network, inputs_TBI)[0]
    substeps = spiking_neurons(network).substeps

    def respond(inputs_TBI: FloatArray) -> FloatArray:
        readout_TBO = spiking_reference(network, np.repeat(inputs_TBI, substeps, axis=0)).readout_TBO
        return readout_TBO[substeps - 1 :: substeps]

    return respond
