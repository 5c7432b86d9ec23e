"""The records of several tasks as tensors, which are looked up by task index.

Letters: K task, P period of a trial, D duration to draw from, Q pair of strengths to draw from, S stimulus (2),
C modality (2), H direction on the ring.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from .catalog import Modalities, Period, Task
from .encoding import TaskEncoding

_ABSENT = Period("absent", (0,))
_TAKES_PART_CC: dict[Modalities, tuple[tuple[int, int], tuple[int, int]]] = {
    "none": ((0, 0), (0, 0)),
    "first": ((1, 0), (1, 0)),
    "second": ((0, 1), (0, 1)),
    "both": ((1, 1), (1, 1)),
    "either": ((1, 0), (0, 1)),
}
"""Whether a modality takes part: [drawn modality, modality]."""


@dataclass(frozen=True, eq=False)
class TaskTables:
    """The fields of :class:`~neurogrow.tasks.catalog.Task` of all tasks. A period that a task lacks lasts 0."""

    durations_KPD: Tensor
    """int64, task steps; trials draw from the first ``n_durations_KP``."""
    n_durations_KP: Tensor
    """int64."""
    strengths_KQS: Tensor
    """float32; trials draw from the first ``n_strengths_K`` pairs."""
    n_strengths_K: Tensor
    """int64."""
    fixation_KP: Tensor
    """float32, the fixation input."""
    shows_KP: Tensor
    """int64, the stimuli that the period shows: 0 none, 1 the first, 2 the second, 3 both."""
    decision_KP: Tensor
    """bool, True for the decision period."""
    shown_KCC: Tensor
    """float32, [task, drawn modality, modality], 1 if the modality shows the stimuli."""
    noisy_KCC: Tensor
    """float32, [task, drawn modality, modality], 1 if the modality is noisy while a stimulus is shown."""
    attended_KC: Tensor
    """float32, 1 if the modality counts in a decision."""
    decides_K: Tensor
    """bool, True for the decision family."""
    matches_K: Tensor
    """bool, True for the matching family."""
    anti_K: Tensor
    """bool."""
    category_K: Tensor
    """bool."""
    respond_on_match_K: Tensor
    """bool."""
    shift_KP: Tensor
    """int64, directions by which a task step of the period turns the response; 0 except in the delay."""
    drift_K: Tensor
    """int64, directions by which the response moves per task step."""
    rule_KK: Tensor
    """float32, the rule inputs of each task, and a last row of zeros for task steps outside a trial."""
    bump_HH: Tensor
    """float32, [direction of a stimulus, direction of the input], see :func:`bump`."""


def bump(ring: int) -> Tensor:
    """Return the inputs of a ring for a stimulus of strength 1 in each direction, float32, shape (ring, ring).

    0.8 exp(-(d / (pi / 8))^2 / 2), where d is the angle between the stimulus and the input's preferred direction.
    """
    index_H = torch.arange(ring, dtype=torch.float64)
    steps_HH = (index_H[:, None] - index_H).abs()
    angle_HH = torch.minimum(steps_HH, ring - steps_HH) * (2 * math.pi / ring)
    return (0.8 * torch.exp(-((angle_HH / (math.pi / 8)) ** 2) / 2)).float()


@lru_cache(maxsize=16)
def task_tables(task_set: TaskEncoding, device: torch.device) -> TaskTables:
    """Return the tables of several tasks on a device; the tables of recent calls are kept."""
    tasks = task_set.tasks
    n_periods = max(len(task.periods) for task in tasks)
    periods_KP = [(*task.periods, *[_ABSENT] * (n_periods - len(task.periods))) for task in tasks]
    n_durations = max(len(period.durations) for periods in periods_KP for period in periods)
    n_strengths = max(len(task.strengths) for task in tasks)

    def integers(values: list[Any]) -> Tensor:
        return torch.tensor(values, dtype=torch.int64, device=device)

    def numbers(values: list[Any]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=device)

    def flags(values: list[Any]) -> Tensor:
        return torch.tensor(values, dtype=torch.bool, device=device)

    return TaskTables(
        durations_KPD=integers([[_filled(p.durations, n_durations) for p in periods] for periods in periods_KP]),
        n_durations_KP=integers([[len(p.durations) for p in periods] for periods in periods_KP]),
        strengths_KQS=numbers([_filled(task.strengths, n_strengths) for task in tasks]),
        n_strengths_K=integers([len(task.strengths) for task in tasks]),
        fixation_KP=numbers([[p.fixation for p in periods] for periods in periods_KP]),
        shows_KP=integers([[sum(1 << s for s in p.shows) for p in periods] for periods in periods_KP]),
        decision_KP=flags([[i == len(task.periods) - 1 for i in range(n_periods)] for task in tasks]),
        shown_KCC=numbers([_TAKES_PART_CC[task.shown] for task in tasks]),
        noisy_KCC=numbers([_TAKES_PART_CC[task.noisy] for task in tasks]),
        attended_KC=numbers([_TAKES_PART_CC[task.attended][0] for task in tasks]),
        decides_K=flags([task.family == "decision" for task in tasks]),
        matches_K=flags([task.family == "matching" for task in tasks]),
        anti_K=flags([task.anti for task in tasks]),
        category_K=flags([task.category for task in tasks]),
        respond_on_match_K=flags([task.respond_on_match for task in tasks]),
        shift_KP=integers([_filled(_shifts(task), n_periods) for task in tasks]),
        drift_K=integers([task.drift for task in tasks]),
        rule_KK=torch.eye(len(tasks) + 1, len(tasks), device=device),
        bump_HH=bump(task_set.ring).to(device),
    )


def looked_up(table: Tensor, index: Tensor) -> Tensor:
    """Return ``table[index]``, in less than half of its time on a CPU."""
    return table.index_select(0, index.flatten()).view(*index.shape, *table.shape[1:])


def _shifts(task: Task) -> tuple[int, ...]:
    return tuple(task.shift if period.name == "delay" else 0 for period in task.periods)


def _filled(values: tuple[Any, ...], length: int) -> tuple[Any, ...]:
    """Repeat the last of ``values`` up to ``length``. Added durations and strengths are never drawn."""
    return values + values[-1:] * (length - len(values))
