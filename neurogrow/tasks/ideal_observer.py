"""The ceiling of each task: the performance of an ideal observer, by simulation.

The observer knows the task, its bumps, strengths and noise, and sees the inputs of a trial. At task step t, ring c has
the inputs

    u_t = sum_s a_sc bump(d_s) + NOISE xi_t,    xi_t ~ N(0, 1),    s over the stimuli shown at t.

Let n_ss' be the number of task steps that show both s and s'. Up to a constant, directions d and strengths a have the
log likelihood

    log p(u | d, a) = sum_c ( sum_s a_sc z_sc[d_s] - sum_ss' n_ss' a_sc a_s'c bump(d_s) . bump(d_s') / (2 NOISE^2) ),
    z_sc[d] = sum over the task steps of s of u_t . bump(d) / NOISE^2 .

The z are sufficient statistics. All hypotheses that a task allows (:func:`~neurogrow.tasks.trials.draw_parameters`) are
equally likely. The posterior of a *response* is the sum over the hypotheses in which it is correct; strengths and the
other direction are summed out, and a tie gives half to each direction. The response with the largest posterior is
correct most often. The ceiling is the mean of that largest posterior over trials. Its variance is lower than that of
the fraction of correct responses.

In the decision family all responses are equally likely a priori, so this response is the one of maximum likelihood. In
the matching family fixating is correct in half of the trials (and in ``dmc`` and ``dnmc`` some directions are more
frequent than others, see the catalog). There the response is the maximum *a posteriori*, and maximum likelihood would
perform no better.

Performance also requires fixating until the decision, and so knowing when the decision begins. The observer sees this
without error, for all drawn durations:

- reach: the fixation input, which is never noisy, goes off. Nothing else is noisy either, so the ceiling is 1.
- decision, matching: both rings are exactly zero, without noise, unless a stimulus is shown. The decision begins when
  they return to zero after the last stimulus. So the observer also knows the task steps of each stimulus. In the
  matching family only the ring that shows the stimuli is noisy, so it knows the modality.

Where the delay turns the response, or the response moves (Mod-Cog), the observer sees by how much. Such a variant has
the ceiling of its base task. :func:`~neurogrow.tasks.uncovered` checks these assumptions for a record of your own.

Letters: K task, T task step, B trial, C modality, S stimulus (2), Q pair of strengths, H direction (HH: of stimulus 0,
of stimulus 1), O response. All in float64.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from ..arrays import FloatArray
from ..errors import InputError
from ..progress import counted
from .batch import TaskBatch
from .catalog import NOISE, TASKS, Task
from .coverage import uncovered
from .encoding import TaskEncoding
from .rendering import render
from .tables import bump
from .trials import draw_parameters

_RENDERED = 1000
"""Trials rendered at once."""
_CELLS = 2**17
"""Hypotheses times trials computed at once: 1 MiB in float64, which fits in the cache."""


@dataclass(frozen=True, eq=False)
class IdealPerformance:
    """The ideal observer's performance on K tasks. No network has a higher expected performance."""

    names: tuple[str, ...]
    """Names of the tasks."""
    mean_K: FloatArray
    """Probability that a trial is performed."""
    standard_error_K: FloatArray
    """Standard error of ``mean_K``, which is simulated; 0 for tasks without noise."""

    @property
    def mean(self) -> float:
        """Mean over tasks."""
        return float(self.mean_K.mean())

    @property
    def standard_error(self) -> float:
        """Standard error of the mean over tasks, whose simulations are independent."""
        return float(np.sqrt((self.standard_error_K**2).sum()) / len(self.names))


def ideal_performance(task_set: TaskEncoding, trials_per_task: int = 10_000, seed: int = 0) -> IdealPerformance:
    """Return the ideal observer's performance on each task of a set, from simulated trials.

    The value for a task depends only on that task, the ring, the number of trials and the seed, not on the other tasks
    of the set. Values of recent calls are kept.

    Parameters
    ----------
    task_set
        The tasks.
    trials_per_task
        Simulated trials of each task.
    seed
        Seed of the trials, not negative.

    Raises
    ------
    InputError
        If there are fewer than 2 trials (a standard error needs 2), the seed is negative, or the ideal observer does
        not cover one of the tasks (:func:`~neurogrow.tasks.uncovered`).

    Examples
    --------
    >>> ideal_performance(TaskEncoding(("go", "dms")), 100).mean_K.round(6).tolist()
    [1.0, 1.0]
    """
    if trials_per_task < 2 or seed < 0:
        raise InputError(f"Give at least 2 trials and a seed from 0 up, not {trials_per_task} and {seed}.")
    records = list(zip(task_set.names, task_set.tasks, strict=True))
    for name, task in records:
        if reason := uncovered(task):
            raise InputError(f"The ideal observer's performance of the task '{name}' is not known: {reason}.")
    bases = (_base(name, task) for name, task in counted(records, "tasks of the ideal observer"))
    pairs = [_simulated(name, task, task_set.ring, trials_per_task, seed) for name, task in bases]
    mean_K, standard_error_K = np.array(pairs).T
    return IdealPerformance(task_set.names, mean_K, standard_error_K)


def _base(name: str, task: Task) -> tuple[str, Task]:
    """Return the first of Yang's tasks with the same stimuli and the same question, or the task itself.

    Periods that show nothing, shift and drift do not matter.
    """
    same = ((base, known) for base, known in TASKS.items() if _question(known) == _question(task))
    return next(same, (name, task))


def _question(task: Task) -> Task:
    showing = tuple(period for period in task.periods if period.shows)
    return replace(task, summary="", periods=showing, shift=0, drift=0)


@lru_cache(maxsize=256)
def _simulated(name: str, task: Task, ring: int, trials: int, seed: int) -> tuple[float, float]:
    """Return the mean of the largest posterior over trials of a task, and its standard error."""
    alone = TaskEncoding((name,), ring, {name: task})
    if task.noisy == "none":
        return 1.0, 0.0
    state = np.random.SeedSequence([seed, *name.encode()]).generate_state(1)
    generator = torch.Generator().manual_seed(int(state[0]))
    best = []
    for start in range(0, trials, _RENDERED):
        task_M = torch.zeros(min(_RENDERED, trials - start), dtype=torch.int64)
        parameters = draw_parameters(alone, task_M, generator)
        batch = render(alone, parameters, len(task_M), alone.longest, generator)
        best.append(response_posterior(task, rings_of(batch, ring)).amax(1))
    best_B = torch.cat(best)
    return float(best_B.mean()), float(best_B.std() / trials**0.5)


def rings_of(batch: TaskBatch, ring: int) -> Tensor:
    """Return the inputs of the two rings, a view of shape (T, B, 2, H)."""
    return batch.inputs_TBI[..., 1 : 1 + 2 * ring].view(*batch.mask_TB.shape, 2, ring)


def response_posterior(task: Task, rings_TBCH: Tensor, noise: float = NOISE) -> Tensor:
    """Return the probability of each response given the inputs of single trials, float64, shape (B, O = 1 + H).

    Responses are those before shift and drift, which the observer sees and adds.

    Parameters
    ----------
    task
        The task of all B trials.
    rings_TBCH
        Inputs of the two rings at every task step, shape (T, B, 2, H); zero where nothing is shown.
    noise
        Standard deviation of their noise.

    Raises
    ------
    InputError
        If the task is not noisy, or ``noise`` is not positive: then the inputs determine the response.
    """
    if task.noisy == "none" or noise <= 0:
        raise InputError("Without noise the response is known for sure, and has no posterior to compute.")
    ring = rings_TBCH.shape[-1]
    bump_HH = bump(ring).double() / noise
    filtered_SCBH, ticks_SSB = _seen(task, rings_TBCH.double() / noise, bump_HH)
    gram_HH = bump_HH @ bump_HH.T
    lanes = max(1, _CELLS // (len(task.strengths) * ring**2))
    parts = zip(torch.split(filtered_SCBH, lanes, 2), torch.split(ticks_SSB, lanes, 2), strict=True)
    return torch.cat([_posterior(task, filtered, ticks, gram_HH) for filtered, ticks in parts])


def _seen(task: Task, rings_TBCH: Tensor, bump_HH: Tensor) -> tuple[Tensor, Tensor]:
    """Return the statistics z_sc of the rings that show stimuli, shape (S, C, B, H), and n_ss', shape (S, S, B)."""
    showing = [period for period in task.periods if period.shows]
    ends_P = torch.tensor([max(period.durations) for period in showing]).cumsum(0)  # only the last has a choice
    active_TB = (rings_TBCH != 0).any(-1).any(-1)
    nth_TB = active_TB.cumsum(0) * active_TB  # counts the task steps that show a stimulus; 0 at others
    period_TB = torch.bucketize(nth_TB - 1, ends_P, right=True)
    within_PTB = ((period_TB == torch.arange(len(showing))[:, None, None]) & active_TB).double()
    shows_PS = torch.tensor([[s in period.shows for s in (0, 1)] for period in showing], dtype=torch.float64)
    shown_TBCH = {  # "either": one of the rings shows the stimuli, and the other is zero
        "first": rings_TBCH[:, :, :1],
        "second": rings_TBCH[:, :, 1:],
        "both": rings_TBCH,
        "either": rings_TBCH.sum(2, keepdim=True),
    }[task.shown]
    filtered_SCBH = torch.einsum("ps,ptb,tbci,hi->scbh", shows_PS, within_PTB, shown_TBCH, bump_HH)
    return filtered_SCBH, torch.einsum("ps,pr,ptb->srb", shows_PS, shows_PS, within_PTB)


def _posterior(task: Task, filtered_SCBH: Tensor, ticks_SSB: Tensor, gram_HH: Tensor) -> Tensor:
    """Return the posterior of each response: likelihoods of hypotheses, summed by correct response, shape (B, O)."""
    pairs_QS = torch.tensor(task.strengths, dtype=torch.float64)
    logs = [_log_likelihood(pairs_QS, z_SBH, ticks_SSB, gram_HH) for z_SBH in filtered_SCBH.unbind(1)]
    peaks = [log_QBHH.amax(0) for log_QBHH in logs]
    possible_HH, responds_HH = _directions(task, len(gram_HH))
    peak_BHH = sum(peaks, torch.zeros(())).masked_fill(~possible_HH, -torch.inf)
    peak_BHH.sub_(peak_BHH.amax((1, 2), keepdim=True)).clamp_(min=-500).exp_().mul_(
        possible_HH
    )  # subnormal numbers are slow
    one_QBHH, *rest = [log_QBHH.sub_(peak).exp_() for log_QBHH, peak in zip(logs, peaks, strict=True)]
    other_QBHH = rest[0] if rest else torch.ones(1, 1, 1, 1, dtype=torch.float64)
    total_BHH = peak_BHH * one_QBHH.sum(0) * other_QBHH.sum(0)
    if task.family == "matching":
        silent_B1 = (total_BHH * ~responds_HH).sum((1, 2))[:, None]
        response_BO = torch.cat([silent_B1, (total_BHH * responds_HH).sum(1)], dim=1)
    else:
        first_BHH = peak_BHH * (one_QBHH * torch.tensordot(_first_wins(task, pairs_QS), other_QBHH, 1)).sum(0)
        chosen_BH = first_BHH.sum(2) + (total_BHH - first_BHH).clamp_(min=0).sum(1)
        response_BO = torch.nn.functional.pad(chosen_BH, (1, 0))  # fixating is never correct
    return response_BO / response_BO.sum(1, keepdim=True)


def _log_likelihood(pairs_QS: Tensor, z_SBH: Tensor, ticks_SSB: Tensor, gram_HH: Tensor) -> Tensor:
    """Return the log likelihood of all pairs of strengths and of directions given one ring, shape (Q, B, H, H)."""
    strength_SQ11 = pairs_QS.T[..., None, None]
    own_SB1 = torch.stack([ticks_SSB[0, 0], ticks_SSB[1, 1]])[..., None]
    single_SQBH = strength_SQ11 * z_SBH[:, None] - strength_SQ11**2 * (own_SB1 * gram_HH.diagonal() / 2)[:, None]
    log_QBHH = single_SQBH[0, ..., :, None] + single_SQBH[1, ..., None, :]
    shared_QHH = pairs_QS.prod(1)[:, None, None] * gram_HH
    return log_QBHH.addcmul_(shared_QHH[:, None], ticks_SSB[0, 1, :, None, None], value=-1)


def _directions(task: Task, ring: int) -> tuple[Tensor, Tensor]:
    """Return the possible pairs of directions, all equally likely, and those that a matching task responds to."""
    first_H1, second_H = torch.arange(ring)[:, None], torch.arange(ring)
    same_HH = first_H1 == second_H
    if task.family == "decision":
        return ~same_HH, torch.ones_like(same_HH)
    if task.category:  # the boundary is in the first half as a sample, in the second as a test: see the catalog
        same_HH = (first_H1 > ring // 2) == (second_H >= ring // 2)
        return torch.ones_like(same_HH), same_HH == task.respond_on_match
    return same_HH | (first_H1 == (second_H + ring // 2) % ring), same_HH == task.respond_on_match


def _first_wins(task: Task, pairs_QS: Tensor) -> Tensor:
    """Return the probability that stimulus 0 is correct, by the strengths in each ring that shows it; 1/2 at a tie."""
    margin_Q = pairs_QS[:, 0] - pairs_QS[:, 1]
    if task.shown != "both":
        evidence_QQ = margin_Q[:, None]
    else:
        counts = [task.attended in ("both", modality) for modality in ("first", "second")]
        evidence_QQ = counts[0] * margin_Q[:, None] + counts[1] * margin_Q
    return (1 + evidence_QQ.round(decimals=6).sign()) / 2  # a difference from rounding alone is a tie
