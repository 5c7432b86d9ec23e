"""The tasks a network learns: records of what each task is, and trials made in batches on the device."""

from .batch import TaskBatch
from .catalog import NOISE, TASKS, TICK, YANG19, Period, Task, TaskSet
from .performance import trial_performance
from .rendering import render
from .stream import TaskStream, single_trials
from .trials import TrialParameters, correct_response, draw_parameters

__all__ = [
    "NOISE",
    "TASKS",
    "TICK",
    "YANG19",
    "Period",
    "Task",
    "TaskBatch",
    "TaskSet",
    "TaskStream",
    "TrialParameters",
    "correct_response",
    "draw_parameters",
    "render",
    "single_trials",
    "trial_performance",
]
