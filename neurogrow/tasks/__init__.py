"""The tasks a network learns: records of what each task is, and trials made in batches on the device."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .._internal.lazy import lazily
from ..registry import Registry
from .catalog import NOISE, TASKS, TICK, YANG19, Period, Task
from .modcog import MODCOG, VARIANTS
from .source import ClassificationSource, TrialSource, TrialStream
from .task_set import COLLECTIONS, TaskSet, find_task, task_names

if TYPE_CHECKING:
    from .batch import TaskBatch
    from .ideal_observer import IdealPerformance, ideal_performance
    from .performance import trial_performance
    from .rendering import render
    from .stream import TaskStream, single_trials
    from .trials import TrialParameters, correct_response, draw_parameters
else:
    __getattr__ = lazily(__name__, "batch", "trials", "rendering", "stream", "performance", "ideal_observer")

TASK_STEP = TICK
SOURCES = Registry[Callable[..., TrialSource]]("trial source", "neurogrow.trial_sources", {"cognitive": TaskSet})

__all__ = [
    "COLLECTIONS",
    "MODCOG",
    "NOISE",
    "SOURCES",
    "TASKS",
    "TASK_STEP",
    "TICK",
    "VARIANTS",
    "YANG19",
    "ClassificationSource",
    "IdealPerformance",
    "Period",
    "Task",
    "TaskBatch",
    "TaskSet",
    "TaskStream",
    "TrialParameters",
    "TrialSource",
    "TrialStream",
    "correct_response",
    "draw_parameters",
    "find_task",
    "ideal_performance",
    "render",
    "single_trials",
    "task_names",
    "trial_performance",
]
