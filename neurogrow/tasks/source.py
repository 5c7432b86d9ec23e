"""What training and analysis need of a source of trials: two protocols that objects of your own can follow.

A :class:`TrialSource` describes the trials and how answers to them are scored. :class:`~neurogrow.tasks.TaskSet` is the
built-in one. A configuration file names a source by its name in :data:`SOURCES`.

Letters: R replica, T task step, B lane, I input, O output, K task.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ..registry import Registry

if TYPE_CHECKING:  # listings of tasks do not need torch
    import torch
    from torch import Tensor

    from ..arrays import FloatArray
    from .batch import TaskBatch


@runtime_checkable
class TrialStream(Protocol):
    """An endless sequence of batches to train on, which can be saved and continued."""

    @property
    def generator(self) -> "torch.Generator | None":
        """The generator that all random numbers of the stream come from, on the batches' device.

        A GPU replays a recorded training step only if it knows this generator. None: the stream draws nothing on the
        device, or draws in another way; training then records no step.
        """

    def next_batch(self) -> "TaskBatch":
        """Return the next batch, T task steps of B lanes."""

    def state(self) -> "dict[str, Tensor]":
        """Return what :meth:`restore` needs to continue from here, bit for bit, as tensors on the CPU."""

    def restore(self, state: "dict[str, Tensor]") -> None:
        """Continue from where :meth:`state` was called. Raises ``InputError`` for a state of another stream."""


@runtime_checkable
class TrialSource(Protocol):
    """A source of trials of K tasks: for training in streams, for analysis one trial per lane."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the K tasks. ``TaskBatch.task_TB`` holds indices into them."""

    @property
    def n_inputs(self) -> int:
        """Number of inputs of a network, I."""

    @property
    def n_outputs(self) -> int:
        """Number of outputs of a network, O."""

    def stream(self, batch_size: int, task_steps: int, device: "torch.device | str", seed: int) -> TrialStream:
        """Return a stream of batches of ``batch_size`` lanes and ``task_steps`` task steps, made on ``device``.

        The same arguments give the same batches.
        """

    def single_trials(
        self, trials_per_task: int, device: "torch.device | str" = "cpu", seed: int = 0, noise: bool = True
    ) -> "TaskBatch":
        """Return one trial per lane, ``trials_per_task`` of each task, tasks in the order of ``names``.

        A lane has one task throughout (``task_TB``), also after its trial has ended. ``noise=False`` gives the same
        trials without noise.
        """

    def loss(self, logits_RTBO: "Tensor", batch: "TaskBatch") -> "Tensor":
        """Return the loss of each replica, shape (R,), differentiable in the logits."""

    def performance(self, logits_TBO: "Tensor", batch: "TaskBatch") -> "Tensor":
        """Return the fraction of trials performed of each task.

        Parameters
        ----------
        logits_TBO
            Logits, shape (..., T, B, O). Leading axes, such as replicas, are kept.
        batch
            Single trials, one per lane.

        Returns
        -------
        Tensor
            Shape (..., K); NaN for a task without a trial.
        """

    def ceiling(self) -> "FloatArray | None":
        """Return the performance of an ideal observer on each task, shape (K,); None if it is not known."""


class ClassificationSource:
    """Loss and performance for sources whose outputs are classes; inherit it in a source of your own.

    Class 0 is to fixate. The loss is the cross entropy, averaged over the task steps of trials. A trial is performed if
    the response is the target at the last task step of the decision, and is to fixate at every one before the decision.
    """

    names: tuple[str, ...]

    def loss(self, logits_RTBO: "Tensor", batch: "TaskBatch") -> "Tensor":
        """Return the cross entropy of each replica, shape (R,); see :func:`~neurogrow.tasks.cross_entropy`."""
        from .performance import cross_entropy

        return cross_entropy(logits_RTBO, batch)

    def performance(self, logits_TBO: "Tensor", batch: "TaskBatch") -> "Tensor":
        """Return the fraction of trials performed, (..., K); see :func:`~neurogrow.tasks.trial_performance`."""
        from .performance import trial_performance

        return trial_performance(logits_TBO, batch, len(self.names))

    def ceiling(self) -> "FloatArray | None":
        """Return None: the performance of an ideal observer is not known."""
        return None


SOURCES: Registry[Callable[..., TrialSource]] = Registry(
    "trial source", "neurogrow.trial_sources", {"cognitive": "neurogrow.tasks.task_set:TaskSet"}
)
"""Factories of trial sources by name. ``"cognitive"`` is :class:`~neurogrow.tasks.TaskSet`, called with names and ring;
others are called with the settings of the configuration file as keywords."""
