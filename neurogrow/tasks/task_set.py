"""The cognitive tasks as a source of trials."""

from typing import TYPE_CHECKING

from .encoding import TaskEncoding
from .source import ClassificationSource

if TYPE_CHECKING:  # listings of tasks do not need torch, so methods import what makes trials
    import torch

    from ..arrays import FloatArray
    from .batch import TaskBatch
    from .stream import TaskStream


class TaskSet(TaskEncoding, ClassificationSource):
    """The tasks a network is trained on: a :class:`~neurogrow.tasks.TrialSource` of cognitive tasks.

    Parameters, inputs and outputs are those of :class:`~neurogrow.tasks.TaskEncoding`.

    Parameters
    ----------
    names
        Names of tasks, at least one, without repeats. :func:`~neurogrow.tasks.task_names` expands collections.
    ring
        Number of directions, even and at least 2.
    records
        Records of tasks of your own by name; without it, a task of your own is registered in
        :data:`~neurogrow.tasks.TASK_RECORDS` first.

    Raises
    ------
    InputError
        If a name is unknown or repeated, there is none, the ring is not as above, or a record has the name of another
        task.

    Examples
    --------
    >>> TaskSet().n_inputs, TaskSet(("go", "anti"), ring=8).n_inputs
    (53, 19)
    """

    def stream(
        self, batch_size: int, task_steps: int, device: "torch.device | str" = "cpu", seed: int = 0
    ) -> "TaskStream":
        """Return a stream of random trials to train on; see :class:`~neurogrow.tasks.TaskStream`."""
        from .stream import TaskStream

        return TaskStream(self, batch_size, task_steps, device, seed)

    def single_trials(
        self, trials_per_task: int, device: "torch.device | str" = "cpu", seed: int = 0, noise: bool = True
    ) -> "TaskBatch":
        """Return one trial per lane; see :func:`~neurogrow.tasks.single_trials`."""
        from .stream import single_trials

        return single_trials(self, trials_per_task, device, seed, noise)

    def ceiling(self) -> "FloatArray | None":
        """Return the ideal observer's performance on each task, shape (K,): see :mod:`neurogrow.tasks.ceilings`.

        None if the ideal observer does not cover one of the tasks: see :func:`~neurogrow.tasks.uncovered`.
        """
        from .ceilings import ideal_ceiling
        from .coverage import uncovered

        if any(uncovered(task) for task in self.tasks):
            return None
        return ideal_ceiling(self)
