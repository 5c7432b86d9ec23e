"""How well anybody could do each task: the accuracy of the ideal observer, by simulation.

The observer knows the task, its bumps, strengths and noise, and sees a trial's inputs. Tick t of ring c is

    u_t = sum_s a_sc bump(d_s) + NOISE xi_t,    xi_t ~ N(0, 1),    s over the stimuli shown at t,

so, with n_ss' the number of ticks that show both s and s', and up to a constant, directions d and strengths a have

    log p(u | d, a) = sum_c ( sum_s a_sc z_sc[d_s] - sum_ss' n_ss' a_sc a_s'c bump(d_s) . bump(d_s') / (2 NOISE^2) ),
    z_sc[d] = sum over the ticks of s of u_t . bump(d) / NOISE^2 .

The z are sufficient. All hypotheses that a task allows (:func:`~neurogrow.tasks.trials.draw_parameters`) are equally
likely; the posterior of a *response* is the sum over those that ask for it, strengths and the other direction summed
out, and a tie gives half to either direction. The response of largest posterior is right most often. Its accuracy is
the mean of that largest posterior over trials, which has less spread than counting right responses.

In the decision family all responses are equally likely beforehand, and this is the response of maximum likelihood. In
the matching family to fixate is the answer in half of the trials (and in ``dmc`` and ``dnmc`` some directions come more
often than others, see the catalog), so it is the maximum *a posteriori*, which maximum likelihood can only fall behind.

Performance also asks to fixate until the decision, and to know when to respond. Nothing is lost there, as the first
tick of the decision shows itself, whatever durations were drawn:

- reach: the fixation input, which is never noisy, goes off. Nothing else is noisy either: the ceiling is 1.
- decision, matching: both rings are exactly zero, noise included, unless a stimulus is shown. The decision begins when
  they return to zero after the last stimulus. So the ticks of each stimulus are known too, and in the matching family,
  where only the ring that shows the stimuli is noisy, the modality.

Where a response is turned by the length of the delay, or moves while it is given (Mod-Cog), the observer sees by how
much: such a task has the ceiling of the task it was made from.

Letters: K task, T tick, B trial, C modality, S stimulus (2), Q pair of strengths, H direction (HH: of stimulus 0, of
stimulus 1), O response. All in float64.
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
from .rendering import render
from .tables import bump
from .task_set import TaskSet
from .trials import draw_parameters

_RENDERED = 1000
"""Trials rendered at once."""
_CELLS = 2**17
"""Hypotheses times trials weighed at once: 1 MiB in float64, which stays in the cache."""


@dataclass(frozen=True, eq=False)
class IdealPerformance:
    """The ideal observer's performance on K tasks: nobody's expected performance is higher."""

    names: tuple[str, ...]
    """Names of the tasks."""
    mean_K: FloatArray
    """Probability that a trial is performed."""
    standard_error_K: FloatArray
    """Standard error of ``mean_K``, which is a simulation's; 0 where nothing is noisy."""

    @property
    def mean(self) -> float:
        """Mean over tasks."""
        return float(self.mean_K.mean())

    @property
    def standard_error(self) -> float:
        """Standard error of the mean over tasks; their simulations are independent."""
        return float(np.sqrt((self.standard_error_K**2).sum()) / len(self.names))


def ideal_performance(task_set: TaskSet, trials_per_task: int = 10_000, seed: int = 0) -> IdealPerformance:
    """Return the ideal observer's performance on each task of a set, from simulated trials.

    The number for a task depends on that task, the ring, the number of trials and the seed alone, not on the other
    tasks of the set, and is kept for the next call.

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
        If there are fewer than 2 trials (a standard error needs 2) or the seed is negative.

    Examples
    --------
    >>> ideal_performance(TaskSet(("go", "dms")), 100).mean_K.round(6).tolist()
    [1.0, 1.0]
    """
    if trials_per_task < 2 or seed < 0:
        raise InputError(f"Give at least 2 trials and a seed from 0 up, not {trials_per_task} and {seed}.")
    tasks = counted(task_set.tasks, "tasks of the ideal observer")
    pairs = [_simulated(_base(task), task_set.ring, trials_per_task, seed) for task in tasks]
    mean_K, standard_error_K = np.array(pairs).T
    return IdealPerformance(task_set.names, mean_K, standard_error_K)


def _base(task: Task) -> str:
    """Name of the first task that shows the same and asks the same of it, but for delays, shift and drift."""
    return next(name for name, known in TASKS.items() if _question(known) == _question(task))


def _question(task: Task) -> Task:
    showing = tuple(period for period in task.periods if period.shows)
    return replace(task, summary="", periods=showing, shift=0, drift=0)


@lru_cache(maxsize=256)
def _simulated(name: str, ring: int, trials: int, seed: int) -> tuple[float, float]:
    """Mean of the largest posterior over trials of a task, and its standard error."""
    alone = TaskSet((name,), ring)
    (task,) = alone.tasks
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

    Responses are those before a shift or drift, which the observer sees and has only to add.

    Parameters
    ----------
    task
        The task that all B trials are of.
    rings_TBCH
        Inputs of the two rings at every tick, shape (T, B, 2, H); zero where nothing is shown.
    noise
        Standard deviation of the noise in them.

    Raises
    ------
    InputError
        If the task is of the reach family, where nothing is noisy and one look is enough, or ``noise`` is not positive.
    """
    if task.noisy == "none" or noise <= 0:
        raise InputError("Without noise there is nothing to weigh: the response is known for sure.")
    ring = rings_TBCH.shape[-1]
    bump_HH = bump(ring).double() / noise
    filtered_SCBH, ticks_SSB = _seen(task, rings_TBCH.double() / noise, bump_HH)
    gram_HH = bump_HH @ bump_HH.T
    lanes = max(1, _CELLS // (len(task.strengths) * ring**2))
    parts = zip(torch.split(filtered_SCBH, lanes, 2), torch.split(ticks_SSB, lanes, 2), strict=True)
    return torch.cat([_posterior(task, filtered, ticks, gram_HH) for filtered, ticks in parts])


def _seen(task: Task, rings_TBCH: Tensor, bump_HH: Tensor) -> tuple[Tensor, Tensor]:
    """The statistics z_sc, shape (S, C, B, H), of the rings that show something, and n_ss', shape (S, S, B)."""
    showing = [period for period in task.periods if period.shows]
    ends_P = torch.tensor([max(period.durations) for period in showing]).cumsum(0)  # only the last may have a choice
    active_TB = (rings_TBCH != 0).any(-1).any(-1)
    nth_TB = active_TB.cumsum(0) * active_TB  # counts the ticks that show something; 0 in between
    period_TB = torch.bucketize(nth_TB - 1, ends_P, right=True)
    within_PTB = ((period_TB == torch.arange(len(showing))[:, None, None]) & active_TB).double()
    shows_PS = torch.tensor([[s in period.shows for s in (0, 1)] for period in showing], dtype=torch.float64)
    shown_TBCH = {  # what is shown in either is shown in one of them, and the other is zero
        "first": rings_TBCH[:, :, :1],
        "second": rings_TBCH[:, :, 1:],
        "both": rings_TBCH,
        "either": rings_TBCH.sum(2, keepdim=True),
    }[task.shown]
    filtered_SCBH = torch.einsum("ps,ptb,tbci,hi->scbh", shows_PS, within_PTB, shown_TBCH, bump_HH)
    return filtered_SCBH, torch.einsum("ps,pr,ptb->srb", shows_PS, shows_PS, within_PTB)


def _posterior(task: Task, filtered_SCBH: Tensor, ticks_SSB: Tensor, gram_HH: Tensor) -> Tensor:
    """Sum the likelihoods of hypotheses by the response they ask for, shape (B, O)."""
    pairs_QS = torch.tensor(task.strengths, dtype=torch.float64)
    logs = [_log_likelihood(pairs_QS, z_SBH, ticks_SSB, gram_HH) for z_SBH in filtered_SCBH.unbind(1)]
    peaks = [log_QBHH.amax(0) for log_QBHH in logs]
    possible_HH, responds_HH = _directions(task, len(gram_HH))
    peak_BHH = sum(peaks, torch.zeros(())).masked_fill(~possible_HH, -torch.inf)
    peak_BHH.sub_(peak_BHH.amax((1, 2), keepdim=True)).clamp_(min=-500).exp_().mul_(possible_HH)  # no slow subnormals
    one_QBHH, *rest = [log_QBHH.sub_(peak).exp_() for log_QBHH, peak in zip(logs, peaks, strict=True)]
    other_QBHH = rest[0] if rest else torch.ones(1, 1, 1, 1, dtype=torch.float64)
    total_BHH = peak_BHH * one_QBHH.sum(0) * other_QBHH.sum(0)
    if task.family == "matching":
        silent_B1 = (total_BHH * ~responds_HH).sum((1, 2))[:, None]
        response_BO = torch.cat([silent_B1, (total_BHH * responds_HH).sum(1)], dim=1)
    else:
        first_BHH = peak_BHH * (one_QBHH * torch.tensordot(_first_wins(task, pairs_QS), other_QBHH, 1)).sum(0)
        chosen_BH = first_BHH.sum(2) + (total_BHH - first_BHH).clamp_(min=0).sum(1)
        response_BO = torch.nn.functional.pad(chosen_BH, (1, 0))  # to fixate is never the answer
    return response_BO / response_BO.sum(1, keepdim=True)


def _log_likelihood(pairs_QS: Tensor, z_SBH: Tensor, ticks_SSB: Tensor, gram_HH: Tensor) -> Tensor:
    """Log likelihood of every pair of strengths and of directions given one ring, shape (Q, B, H, H)."""
    strength_SQ11 = pairs_QS.T[..., None, None]
    own_SB1 = torch.stack([ticks_SSB[0, 0], ticks_SSB[1, 1]])[..., None]
    each_SQBH = strength_SQ11 * z_SBH[:, None] - strength_SQ11**2 * (own_SB1 * gram_HH.diagonal() / 2)[:, None]
    log_QBHH = each_SQBH[0, ..., :, None] + each_SQBH[1, ..., None, :]
    shared_QHH = pairs_QS.prod(1)[:, None, None] * gram_HH
    return log_QBHH.addcmul_(shared_QHH[:, None], ticks_SSB[0, 1, :, None, None], value=-1)


def _directions(task: Task, ring: int) -> tuple[Tensor, Tensor]:
    """Pairs of directions that can come, all of them equally often, and those that a matching task responds to."""
    first_H1, second_H = torch.arange(ring)[:, None], torch.arange(ring)
    same_HH = first_H1 == second_H
    if task.family == "decision":
        return ~same_HH, torch.ones_like(same_HH)
    if task.category:  # the boundary is in the first half as a sample and in the second as a test, see the catalog
        same_HH = (first_H1 > ring // 2) == (second_H >= ring // 2)
        return torch.ones_like(same_HH), same_HH == task.respond_on_match
    return same_HH | (first_H1 == (second_H + ring // 2) % ring), same_HH == task.respond_on_match


def _first_wins(task: Task, pairs_QS: Tensor) -> Tensor:
    """Probability that stimulus 0 is the answer, by the strengths in each ring that shows something; ties have 1/2."""
    margin_Q = pairs_QS[:, 0] - pairs_QS[:, 1]
    if task.shown != "both":
        evidence_QQ = margin_Q[:, None]
    else:
        counts = [task.attended in ("both", modality) for modality in ("first", "second")]
        evidence_QQ = counts[0] * margin_Q[:, None] + counts[1] * margin_Q
    return (1 + evidence_QQ.round(decimals=6).sign()) / 2  # rounded: what is a tie but for rounding is a tie
