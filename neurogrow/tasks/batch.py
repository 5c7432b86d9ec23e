"""A batch: what a network is trained and tested on."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class TaskBatch:
    """T task steps (of 100 ms) of B lanes, with all tensors on one device."""

    inputs_TBI: Tensor
    """float32. For cognitive tasks: fixation, ring of modality 1, ring of modality 2, one rule input per task. Zero
    outside a trial."""
    targets_TB: Tensor
    """int64. The correct class. 0: fixate; 1 + direction: respond in that direction. Zero outside a trial."""
    task_TB: Tensor
    """int64. Index of the task in the source's names. After a single trial has ended, still the index of its task."""
    mask_TB: Tensor
    """bool. Whether a task step belongs to a trial."""
    decision_TB: Tensor
    """bool. Whether a task step belongs to a decision period. In the matching family the target may be to fixate."""
