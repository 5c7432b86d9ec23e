"""What a network is trained on: a source of trials, and how responses to them are scored."""

from typing import TYPE_CHECKING, Protocol

from ..arrays import FloatArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from .batch import TaskBatch


class TrialStream(Protocol):
    """Batches of trials without end."""

    @property
    def generator(self) -> "torch.Generator | None":
        """The generator that all random numbers of a batch come from; None if there are others."""

    def next_batch(self) -> "TaskBatch":
        """Return the next batch."""

    def state(self) -> "dict[str, Tensor]":
        """Return what :meth:`restore` needs to continue from here."""

    def restore(self, state: "dict[str, Tensor]") -> None:
        """Continue from a saved state."""


class TrialSource(Protocol):
    """A source of trials."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the K tasks."""

    @property
    def n_inputs(self) -> int:
        """Number of inputs, I."""

    @property
    def n_outputs(self) -> int:
        """Number of outputs, O."""

    def stream(self, batch_size: int, task_steps: int, device: "torch.device | str", seed: int) -> TrialStream:
        """Return a stream of batches."""

    def single_trials(
        self, trials_per_task: int, device: "torch.device | str" = "cpu", seed: int = 0, noise: bool = True
    ) -> "TaskBatch":
        """Return single trials, one per lane."""

    def loss(self, logits_RTBO: "Tensor", batch: "TaskBatch") -> "Tensor":
        """Return the loss of every replica, shape (R,)."""

    def performance(self, logits_TBO: "Tensor", batch: "TaskBatch") -> "Tensor":
        """Return the fraction of trials performed, shape (..., K)."""

    def ceiling(self) -> FloatArray | None:
        """Return the performance of an ideal observer, shape (K,), if it is known."""


class ClassificationSource:
    """Loss and performance of responses that are classes."""

    def loss(self, logits_RTBO: "Tensor", batch: "TaskBatch") -> "Tensor":
        """Return the mean cross entropy over task steps of trials, shape (R,); never computed in bfloat16."""
        import torch
        from torch.nn import functional as F

        R = len(logits_RTBO)
        targets_RTB = batch.targets_TB.expand(R, -1, -1)
        logits_MO = logits_RTBO.flatten(0, 2)
        logits_MO = logits_MO.float() if logits_MO.dtype == torch.bfloat16 else logits_MO
        each_RTB = F.cross_entropy(logits_MO, targets_RTB.flatten(), reduction="none").view_as(targets_RTB)
        return (each_RTB * batch.mask_TB).sum((1, 2)) / batch.mask_TB.sum()

    def performance(self, logits_TBO: "Tensor", batch: "TaskBatch") -> "Tensor":
        """Return the fraction of trials performed, shape (..., K)."""
        from .performance import trial_performance

        return trial_performance(logits_TBO, batch)
