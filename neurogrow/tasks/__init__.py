"""The tasks a network learns: records of tasks, and sources that make batches of trials on the device."""

from typing import TYPE_CHECKING

from .._internal.lazy import lazily
from .catalog import NOISE, TASK_STEP, TASKS, YANG19, Period, Task
from .coverage import uncovered
from .encoding import TaskEncoding
from .modcog import MODCOG, VARIANTS
from .records import COLLECTIONS, TASK_RECORDS, find_task, task_names
from .source import SOURCES, ClassificationSource, TrialSource, TrialStream
from .task_set import TaskSet

if TYPE_CHECKING:
    from .batch import TaskBatch
    from .ideal_observer import IdealPerformance, ideal_performance
    from .performance import cross_entropy, trial_performance
    from .rendering import render
    from .stream import TaskStream, single_trials
    from .trials import TrialParameters, correct_response, draw_parameters
else:
    __getattr__ = lazily(__name__, "batch", "trials", "rendering", "stream", "performance", "ideal_observer")

__all__ = [
    "COLLECTIONS",
    "MODCOG",
    "NOISE",
    "SOURCES",
    "TASKS",
    "TASK_RECORDS",
    "TASK_STEP",
    "VARIANTS",
    "YANG19",
    "ClassificationSource",
    "IdealPerformance",
    "Period",
    "Task",
    "TaskBatch",
    "TaskEncoding",
    "TaskSet",
    "TaskStream",
    "TrialParameters",
    "TrialSource",
    "TrialStream",
    "correct_response",
    "cross_entropy",
    "draw_parameters",
    "find_task",
    "ideal_performance",
    "render",
    "single_trials",
    "task_names",
    "trial_performance",
    "uncovered",
]
