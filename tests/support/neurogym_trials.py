"""Trials made by NeuroGym 2.3.1, the oracle, and their parameters as ours."""

import logging
import warnings
from dataclasses import dataclass

import numpy as np
import torch

from neurogrow.tasks import YANG19, TaskSet, TrialParameters

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    from neurogym.core import TrialWrapper
    from neurogym.envs.collections import get_collection, yang19
    from neurogym.utils.data import Dataset
    from neurogym.utils.scheduler import RandomSchedule
    from neurogym.wrappers.block import ScheduleEnvs

    logging.disable(logging.NOTSET)

__all__ = ["Dataset", "all_tasks", "get_collection", "parameters_of", "trials_of"]

ALL = TaskSet()
STEP = 2 * np.pi / 16


@dataclass(frozen=True)
class Recorded:
    task: str
    drawn: dict
    modality: int
    ticks: dict  # of each period that lasts
    inputs: np.ndarray
    targets: np.ndarray


def environment(name, seed=0, noise=False):
    """One task; its two modalities get seeds of their own, so that trials are independent."""
    quiet = {} if noise or name in YANG19[:6] else {"sigma": 0}
    env = getattr(yang19, name)(**quiet)
    env.seed(seed)
    for i, part in enumerate(getattr(env, "envs", [])):
        part.seed(seed + 1000 + i)
    return env


def record(env, name):
    inner = env.unwrapped
    ticks = {p: inner.end_ind[p] - inner.start_ind[p] for p in inner.start_ind}
    return Recorded(
        task=name,
        drawn=dict(inner.trial),
        modality=getattr(env, "i_env", 0),
        ticks={period: n for period, n in ticks.items() if n},
        inputs=inner.ob.copy(),
        targets=inner.gt.copy(),
    )


def trials_of(name, n, seed=0, noise=False):
    env = environment(name, seed, noise)
    recorded = []
    for _ in range(n):
        env.new_trial()
        recorded.append(record(env, name))
    return recorded


class Recorder(TrialWrapper):
    """Notes every trial since the last seeding."""

    def __init__(self, env):
        super().__init__(env)
        self.recorded = []

    def seed(self, seed=None):
        self.recorded = []
        self.env.seed(seed)
        for i, part in enumerate(self.env.envs):
            part.seed(i)

    def new_trial(self, **kwargs):
        trial = self.env.new_trial(**kwargs)
        self.recorded.append(record(self.env.env, YANG19[self.env.i_env]))
        return trial


def all_tasks():
    """Return the 20 tasks on a random schedule with rule inputs, without noise."""
    envs = [environment(name) for name in YANG19]
    return Recorder(ScheduleEnvs(envs, RandomSchedule(len(envs)), env_input=True))


def parameters_of(recorded):
    """Return recorded trials as parameters for the set of all 20 tasks."""
    first, second, strengths = [], [], []
    for trial in recorded:
        stimuli = _stimuli(trial)
        first.append(stimuli[0])
        second.append(stimuli[1])
        strengths.append(stimuli[2])
    periods = [[trial.ticks.get(p.name, 0) for p in ALL.tasks[YANG19.index(trial.task)].periods] for trial in recorded]
    width = max(len(task.periods) for task in ALL.tasks)
    return TrialParameters(
        task_M=torch.tensor([YANG19.index(trial.task) for trial in recorded]),
        durations_MP=torch.tensor([row + [0] * (width - len(row)) for row in periods]),
        directions_MS=torch.tensor([first, second]).T,
        strengths_MSC=torch.tensor(np.array(strengths), dtype=torch.float32),
        modality_M=torch.tensor([trial.modality for trial in recorded]),
        match_M=torch.tensor([trial.drawn.get("ground_truth") == "match" for trial in recorded]),
        tie_M=torch.tensor([bool(trial.targets[-1] == 1 + d) for trial, d in zip(recorded, first, strict=True)]),
    )


def _stimuli(trial):
    """Return the two directions, and strengths as [stimulus, modality]."""
    drawn, strengths = trial.drawn, np.zeros((2, 2))
    if "theta1" in drawn:
        for stimulus in (0, 1):
            for modality in (0, 1):
                strengths[stimulus, modality] = drawn.get(f"coh{stimulus + 1}_mod{modality + 1}", 0)
        return _direction(drawn["theta1"]), _direction(drawn["theta2"]), strengths
    strengths[0, trial.modality] = 1
    if "sample_theta" in drawn:
        strengths[1, trial.modality] = 1
        return _direction(drawn["sample_theta"]), _direction(drawn["test_theta"]), strengths
    return (drawn["ground_truth"] + 8 * drawn["anti"]) % 16, 0, strengths


def _direction(theta):
    return round(theta / STEP) % 16
