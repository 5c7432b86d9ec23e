"""Trials without end, for training, and single trials, for analysis."""

import torch
from torch import Tensor

from ..errors import InputError
from .batch import TaskBatch
from .rendering import render
from .task_set import TaskSet
from .trials import draw_parameters


class TaskStream:
    """Batches of random trials, back to back in every lane, made on the device.

    Each trial's task is drawn uniformly from the set and the rule input switches with the trial. Every batch starts
    with a fresh trial in every lane, because the network's state starts at zero with every batch; the last trial of a
    lane is cut at ``ticks``.

    NeuroGym's ``Dataset`` over a random schedule of the tasks does the same, but for two things. Where lanes x ticks is
    at most about 1,850 it cuts a longer recording into batches, so that some start within a trial. And it never draws
    the same task, nor shows the same modality of a task, twice in a row, where here every trial is independent; how
    often each comes is the same.

    Parameters
    ----------
    task_set
        The tasks.
    batch_size
        Number of lanes, B.
    ticks
        Length of a batch, T.
    device
        Where the batches are made. The same seed gives the same batches on one kind of device, not across kinds.
    seed
        Seed of the stream's own generator; no global state is read or changed.

    Raises
    ------
    InputError
        If ``batch_size`` or ``ticks`` is less than 1.
    """

    def __init__(
        self, task_set: TaskSet, batch_size: int, ticks: int, device: torch.device | str = "cpu", seed: int = 0
    ) -> None:
        if batch_size < 1 or ticks < 1:
            raise InputError(f"A batch needs at least one lane and one tick, not {batch_size} and {ticks}.")
        self.task_set, self.batch_size, self.ticks = task_set, batch_size, ticks
        self.generator: torch.Generator = _generator(device, seed)
        self.noise_everywhere = self.generator.device.type != "cpu"
        """See :func:`render`: on a processor nothing has to wait, and normal numbers are a fifth of a batch's time."""

    def next_batch(self) -> TaskBatch:
        """Return the next batch; its mask is True everywhere."""
        trials_per_lane = -(-self.ticks // self.task_set.shortest)
        shape = (self.batch_size * trials_per_lane,)
        generator = self.generator
        task_M = torch.randint(len(self.task_set.names), shape, generator=generator, device=generator.device)
        parameters = draw_parameters(self.task_set, task_M, generator)
        return render(self.task_set, parameters, self.batch_size, self.ticks, generator, self.noise_everywhere)

    def state(self) -> dict[str, Tensor]:
        """Return what :meth:`restore` needs to go on from here, bit for bit: the generator's state, on the CPU."""
        return {"generator": self.generator.get_state()}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from where :meth:`state` was called, on a stream made with the same arguments (the seed aside).

        Raises
        ------
        InputError
            If ``state`` is not one of a stream on this kind of device.
        """
        try:
            self.generator.set_state(state["generator"])
        except (KeyError, RuntimeError, TypeError) as error:
            raise InputError(f"This is not the state of a task stream on {self.generator.device}: {error}") from None


def single_trials(
    task_set: TaskSet, trials_per_task: int, device: torch.device | str = "cpu", seed: int = 0, noise: bool = True
) -> TaskBatch:
    """Return one trial per lane, from tick 0, ``trials_per_task`` lanes of each task, in the order of the set's names.

    All lanes are as long as the longest possible trial; after a trial's end the mask is False, inputs and targets are
    0, and ``task_TB`` goes on. With ``noise=False`` the same seed gives the same trials, without noise.

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
