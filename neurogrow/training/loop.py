"""The one training loop: rate and spiking networks, one or an ensemble, on any device."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch

from ..errors import InputError
from ..growth import Penalty
from ..io.files import remove_leftovers
from ..models import GridRNN
from ..progress import TRAINING_STEPS, tell
from ..tasks import TrialSource
from .captured import CapturedStep
from .config import TrainConfig
from .hooks import Hook, StopTraining
from .memory import keep_freed_memory
from .providers import NOTHING_GIVEN, GivenObjects
from .recorder import DivergedError, Recorder
from .run import Run, training_lock
from .state import TrainingState

T = TypeVar("T")

__all__ = ["SHARED_PRODUCT", "DivergedError", "processor_threads", "tick_product", "train", "train_together"]

SHARED_PRODUCT = 4_000_000
"""Multiplications in a tick's product with W that keep a processor's core busy, about 0.1 ms. Threads share products of
this size or more; networks with smaller ones train together."""


def train(
    config: TrainConfig,
    out: Path,
    *,
    resume: bool = False,
    initial: GridRNN | None = None,
    source: TrialSource | None = None,
    model: type[GridRNN] | None = None,
    penalties: Iterable[Penalty] = (),
    hooks: Iterable[Hook] = (),
) -> Run:
    """Train a network and leave a run folder.

    The run folder stores the registered name and the settings of every object that is passed. An object whose class is
    not registered is stored by the name of its class. To open such a run later, register the class under this name.

    Parameters
    ----------
    config
        The settings of the network, its growth, its tasks and its training.
    out
        The run's folder.
    resume
        Continue the run in ``out`` from its last checkpoint. Configuration and objects must be the same. On a CPU the
        weights end up bit for bit as without the interruption.
    initial
        A network to start from, of the configured shape; by default weights are drawn.
    source
        Where trials come from, in place of ``tasks.source``.
    model
        The class of the network, in place of ``model.kind``. It is called as ``model(layout, n_inputs, n_outputs,
        replicas, seeds, **settings)`` with the settings in ``model.settings``.
    penalties
        Penalties beside those of the configuration.
    hooks
        Called with the state of training after each step. A hook that raises
        :class:`~neurogrow.training.StopTraining` ends training; the network is saved and logged first.

    Returns
    -------
    Run
        The folder, with the trained weights.

    Raises
    ------
    InputError
        If the folder is taken or cannot be written, another process is training in it, or the configuration names
        something that does not exist.
    DivergedError
        If the loss is no longer finite.
    """
    given = GivenObjects(source, model, _as_tuple("penalties", penalties))
    checkpoint = Run(out).state_path
    return train_together([config], [out], checkpoint, resume=resume, initial=initial, given=given, hooks=hooks)[0]


def train_together(
    configs: Sequence[TrainConfig],
    folders: Sequence[Path],
    checkpoint: Path,
    *,
    resume: bool = False,
    initial: GridRNN | None = None,
    given: GivenObjects = NOTHING_GIVEN,
    hooks: Iterable[Hook] = (),
) -> list[Run]:
    """Train networks as one ensemble on the same trials, and leave a run folder of each.

    A network ends up as it would alone, except for the rounding of batched products. Outputs and gradients agree to
    about 1e-6 of their size; differences grow along training, as between any two machines.
    A network whose loss is no longer finite is not logged or saved any more; the others train on.

    Parameters
    ----------
    configs
        The configuration of each network. They may differ in ``growth`` and ``model.seed`` only.
    folders
        A run folder for each.
    checkpoint
        The file that holds all of them at the last checkpoint, from which ``resume`` continues.
    resume, hooks
        As for :func:`train`.
    initial
        An ensemble to start from, with a replica for each network.
    given
        Objects in place of names in the configurations, for all networks.

    Raises
    ------
    InputError
        As for :func:`train`, and if the networks cannot train together.
    DivergedError
        If no network has a finite loss any more.
    """
    keep_freed_memory()
    stored = [given.stored_in(config) for config in configs]
    with training_lock(checkpoint, folders[0]), processor_threads(configs[0]):
        providers = Run(folders[0]).providers if resume else {}
        state = TrainingState.start(configs, initial, given, providers)
        if resume:
            runs = [_reopened(folder, config, checkpoint) for folder, config in zip(folders, stored, strict=True)]
            state.restore(checkpoint)
        else:
            for folder in folders:
                Run(folder).check_free()  # all of them, before the first is made
            runs = [Run.create(folder, config) for folder, config in zip(folders, stored, strict=True)]
        _train_on(state, Recorder(state, runs, checkpoint), _as_tuple("hooks", hooks))
    return runs


def _as_tuple(name: str, values: Iterable[T]) -> tuple[T, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InputError(f"{name} takes a list, such as {name}=[...], not a {type(values).__name__}.")
    return tuple(values)


def _train_on(state: TrainingState, recorder: Recorder, hooks: Sequence[Hook]) -> None:
    """Train from the state's step to the last one, or until a hook ends training."""
    take_step, steps = CapturedStep(state), state.ensemble.shared.training.steps
    while state.step < steps:
        measured = take_step()
        recorder.record_due(measured)
        tell(TRAINING_STEPS, state.step, steps, state.metrics)
        try:
            for hook in hooks:
                hook(state)
        except StopTraining:
            state.stopped = True
            recorder.record(measured, save=True)
            tell(TRAINING_STEPS, steps, steps, state.metrics)
            return


def tick_product(config: TrainConfig) -> int:
    """Return the number of multiplications in one tick's product with one network's W: B N^2."""
    return config.training.batch_size * (config.model.rows * config.model.cols) ** 2


@contextmanager
def processor_threads(config: TrainConfig) -> Iterator[None]:
    """Give torch ``training.threads`` threads inside this context.

    Threads that share a product wait for each other at its end. Below ``SHARED_PRODUCT`` this costs more time than it
    saves, and many times more on a machine with other work.
    """
    before = torch.get_num_threads()
    small = tick_product(config) < SHARED_PRODUCT
    torch.set_num_threads(config.training.threads or (1 if small else before))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _reopened(out: Path, config: TrainConfig, checkpoint: Path) -> Run:
    """Return the run to resume. Raises ``InputError`` if there is none with this configuration."""
    run = Run.open(out)
    if not checkpoint.exists():
        raise InputError(f"{out} stopped before its first checkpoint: remove the folder and train again.")
    if run.config != config:
        raise InputError(f"{run.config_path} differs from the configuration given; resume with the run's own.")
    remove_leftovers(out)
    return run
