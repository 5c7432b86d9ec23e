"""What a network is trained and tested on: ticks of trials, side by side in lanes."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class TaskBatch:
    """T ticks of B lanes, all tensors on one device. Ticks last 100 ms."""

    inputs_TBI: Tensor
    """float32. Fixation, ring of modality 1, ring of modality 2, one rule input per task; zero outside a trial."""
    targets_TB: Tensor
    """int64. 0: fixate; 1 + direction: respond there. Zero outside a trial."""
    task_TB: Tensor
    """int64. Index of the task in the set's names; after a single trial has ended, still that trial's."""
    mask_TB: Tensor
    """bool. Ticks that belong to a trial."""
    decision_TB: Tensor
    """bool. Ticks of a decision period; the target may still be to fixate, in the matching family."""
