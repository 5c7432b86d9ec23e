"""From a configuration to the objects it describes."""

from collections.abc import Sequence

import numpy as np
import torch

from ..arrays import FloatArray
from ..errors import InputError
from ..io.untrusted import plainly
from ..layout import GridLayout
from ..models import GridRNN, RateRNN, SpikingRNN
from ..tasks import TaskSet, TaskStream
from .config import TrainConfig


def build_tasks(config: TrainConfig) -> TaskSet:
    """Return the task set. Raises ``InputError`` for a task that does not exist."""
    return TaskSet(config.tasks.names, config.tasks.ring)


def build_model(config: TrainConfig, seeds: Sequence[int] | None = None) -> GridRNN:
    """Return the untrained network, on the CPU; given seeds, an ensemble with a replica from each."""
    tasks, model = build_tasks(config), config.model
    seeds = seeds or (model.seed,)
    apart, size = config.growth.distances, (model.rows, model.cols)
    layout = GridLayout(*size, _distances(apart)) if apart else GridLayout(*size)
    sizes = (layout, tasks.n_inputs, tasks.n_outputs, len(seeds), seeds)
    if model.kind == "rate":
        return RateRNN(*sizes, activation=model.activation)
    return SpikingRNN(
        *sizes,
        substeps=model.substeps,
        beta=model.beta,
        readout_beta=model.readout_beta,
        surrogate=model.surrogate,
        slope=model.slope,
        alpha=model.alpha,
        learn_decays=model.learn_decays,
        encoders=model.encoders,
        products=torch.bfloat16 if config.training.precision == "bfloat16" else None,
    )


def _distances(file: str) -> FloatArray:
    try:
        return np.asarray(np.load(file, allow_pickle=False), dtype=np.float64)
    except (OSError, ValueError) as error:
        raise InputError(f"growth.distances: {file} cannot be read as an array (.npy): {plainly(error)}") from None


def build_stream(config: TrainConfig, device: torch.device) -> TaskStream:
    """Return the stream of trials to train on."""
    training = config.training
    return TaskStream(build_tasks(config), training.batch_size, training.ticks, device, training.seed)


def choose_device(name: str) -> torch.device:
    """Return the device; ``auto`` is a GPU where there is one. Raises ``InputError`` if it cannot be used."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
        torch.Generator(device)  # some devices hold tensors but draw no numbers, such as "meta"
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"The device '{name}' cannot be used here: {str(error).splitlines()[0]}") from None
    return device
