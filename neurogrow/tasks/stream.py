"""Endless streams of trials for training, and single trials for analysis."""

import torch
from torch import Tensor

from ..errors import InputError
from .batch import TaskBatch
from .encoding import TaskEncoding
from .rendering import render
from .trials import draw_parameters


class TaskStream:
    """Batches of random trials, one after another in every lane, made on the device.

    The task of each trial is drawn uniformly from the set, and the rule input changes with the trial. Every batch
    starts with a new trial in every lane, because the network's state starts at zero with every batch. The last trial
    of a lane is cut at the end of the batch.

    NeuroGym's ``Dataset`` over a random schedule of the tasks does the same, with two differences. If lanes x task
    steps is at most about 1,850, it cuts a longer recording into batches, so that some batches start within a trial.
    And it never draws the same task, or the same modality of a task, twice in a row. Here every trial is independent.
    The frequencies of tasks and modalities are the same.

    Parameters
    ----------
    task_set
        The tasks.
    batch_size
        Number of lanes, B.
    task_steps
        Task steps of a batch, T.
    device
        Where the batches are made. The same seed gives the same batches on one kind of device, not across kinds.
    seed
        Seed of the stream's own generator. No global state is read or changed.

    Raises
    ------
    InputError
        If ``batch_size`` or ``task_steps`` is less than 1.
    """

    def __init__(
        self,
        task_set: TaskEncoding,
        batch_size: int,
        task_steps: int,
        device: torch.device | str = "cpu",
        seed: int = 0,
    ) -> None:
        if batch_size < 1 or task_steps < 1:
            raise InputError(f"A batch needs at least one lane and one task step, not {batch_size} and {task_steps}.")
        self.task_set, self.batch_size, self.task_steps = task_set, batch_size, task_steps
        self.generator = _generator(device, seed)
        self.noise_everywhere = self.generator.device.type != "cpu"
        """See :func:`render`. On a processor nothing waits, and drawing normal numbers takes a fifth of the time."""

    def next_batch(self) -> TaskBatch:
        """Return the next batch. Its mask is True everywhere."""
        trials_per_lane = -(-self.task_steps // self.task_set.shortest)
        shape = (self.batch_size * trials_per_lane,)
        generator = self.generator
        task_M = torch.randint(len(self.task_set.names), shape, generator=generator, device=generator.device)
        parameters = draw_parameters(self.task_set, task_M, generator)
        return render(self.task_set, parameters, self.batch_size, self.task_steps, generator, self.noise_everywhere)

    def state(self) -> dict[str, Tensor]:
        """Return the generator's state, on the CPU; :meth:`restore` continues from it, bit for bit."""
        return {"generator": self.generator.get_state()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Continue from where :meth:`state` was called. All arguments of the two streams but the seed must be equal.

        Raises
        ------
        InputError
            If ``state`` is not the state of a stream on this kind of device.
        """
        try:
            self.generator.set_state(state["generator"])
        except (KeyError, RuntimeError, TypeError) as error:
            raise InputError(f"This is not the state of a task stream on {self.generator.device}: {error}") from None


def single_trials(
    task_set: TaskEncoding, trials_per_task: int, device: torch.device | str = "cpu", seed: int = 0, noise: bool = True
) -> TaskBatch:
    """Return one trial per lane, ``trials_per_task`` lanes of each task, in the order of the set's names.

    Every lane has as many task steps as the longest possible trial. After the end of its trial the mask is False,
    inputs and targets are 0, and ``task_TB`` keeps its value. With ``noise=False`` the same seed gives the same trials
    without noise.

    Raises
    ------
    InputError
        If ``trials_per_task`` is less than 1.
    """
    if trials_per_task < 1:
        raise InputError(f"Each task needs at least one trial, not {trials_per_task}.")
    generator = _generator(device, seed)
    task_M = torch.arange(len(task_set.names), device=generator.device).repeat_interleave(trials_per_task)
    parameters = draw_parameters(task_set, task_M, generator)
    return render(task_set, parameters, len(task_M), task_set.longest, generator if noise else None)


def _generator(device: torch.device | str, seed: int) -> torch.Generator:
    return torch.Generator(device).manual_seed(seed)
