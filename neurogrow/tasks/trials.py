"""The parameters of trials: how they are drawn, and the correct response that follows from them.

Letters: M trial, P period, S stimulus (2), C modality (2). No function reads a tensor back from its device.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from .encoding import TaskEncoding
from .tables import TaskTables, looked_up, task_tables

_TIE = 1e-3
"""Summed strengths closer than this count as equal; they differ by rounding only. The smallest true difference of the
built-in tasks is 0.08."""


@dataclass(frozen=True, eq=False)
class TrialParameters:
    """The parameters of M trials: everything that distinguishes two trials, except noise."""

    task_M: Tensor
    """int64, index into the task set's names."""
    durations_MP: Tensor
    """int64, task steps of each period; 0 for a period that the task lacks."""
    directions_MS: Tensor
    """int64, direction index of each stimulus, in [0, ring)."""
    strengths_MSC: Tensor
    """float32, strength of each stimulus in each modality; 0 where it is not shown."""
    modality_M: Tensor
    """int64, the drawn modality, for tasks that show their stimuli in either modality."""
    match_M: Tensor
    """bool, whether test and sample match, for the matching family."""
    tie_M: Tensor
    """bool, whether stimulus 0 wins a tie, for the decision family."""


def draw_parameters(task_set: TaskEncoding, task_M: Tensor, generator: torch.Generator) -> TrialParameters:
    """Draw the parameters of one trial for each task index, with the distributions of the task's record.

    Durations and pairs of strengths are uniform over the options of the record, directions over the ring, and modality,
    match and tie over two values. All are independent, except for the direction of the second stimulus. In the decision
    family it differs from the first. In the matching family it follows ``match_M``: it is equal or opposite to the
    first or, in a category task, lies in the same or in the other half of the ring.

    Parameters
    ----------
    task_set
        The tasks.
    task_M
        int64, index of each trial's task, on the device where the trials are made.
    generator
        Source of randomness, on the same device.
    """
    tables, ring = task_tables(task_set, task_M.device), task_set.ring
    n_durations_MP = looked_up(tables.n_durations_KP, task_M)
    n_periods, n_strengths_M = n_durations_MP.shape[1], looked_up(tables.n_strengths_K, task_M)
    uniform = torch.rand(5 + 2 + n_periods, len(task_M), generator=generator, device=task_M.device)
    for_each_5M, for_pair_CM, for_duration_PM = torch.split(uniform, [5, 2, n_periods])
    for_first_M, for_second_M, for_modality_M, for_match_M, for_tie_M = for_each_5M
    first_M, modality_M, match_M = _below(ring, for_first_M), _below(2, for_modality_M), for_match_M < 0.5
    second_M = _second_direction(tables, ring, task_M, first_M, match_M, for_second_M)
    strengths_MCS = tables.strengths_KQS[task_M[:, None], _below(n_strengths_M, for_pair_CM).T]
    option_MP1 = _below(n_durations_MP, for_duration_PM.T)[..., None]
    return TrialParameters(
        task_M=task_M,
        durations_MP=looked_up(tables.durations_KPD, task_M).gather(2, option_MP1)[..., 0],
        directions_MS=torch.stack([first_M, second_M], dim=1),
        strengths_MSC=strengths_MCS.transpose(1, 2) * tables.shown_KCC[task_M, modality_M][:, None],
        modality_M=modality_M,
        match_M=match_M,
        tie_M=for_tie_M < 0.5,
    )


def correct_response(task_set: TaskEncoding, parameters: TrialParameters) -> Tensor:
    """Return the correct class when each trial's decision begins, int64, shape (M,): 0 fixate, else 1 + direction.

    It is correct at every task step of the decision, unless the response moves (``Task.drift``).

    Examples
    --------
    >>> trials = draw_parameters(TaskEncoding(("anti",)), torch.zeros(1, dtype=torch.int64), torch.Generator())
    >>> int(correct_response(TaskEncoding(("anti",)), trials) - 1 - trials.directions_MS[0, 0]) % 16
    8
    """
    task_M, (first_M, second_M) = parameters.task_M, parameters.directions_MS.unbind(1)
    tables, half = task_tables(task_set, task_M.device), task_set.ring // 2
    reached_M = first_M + half * looked_up(tables.anti_K, task_M)
    evidence_MC = parameters.strengths_MSC[:, 0] - parameters.strengths_MSC[:, 1]
    evidence_M = (evidence_MC * looked_up(tables.attended_KC, task_M)).sum(1)
    first_wins_M = (evidence_M > _TIE) | ((evidence_M.abs() <= _TIE) & parameters.tie_M)
    decided_M = torch.where(first_wins_M, first_M, second_M)
    matches_M = looked_up(tables.matches_K, task_M)
    chosen_M = torch.where(looked_up(tables.decides_K, task_M), decided_M, torch.where(matches_M, second_M, reached_M))
    shift_M = (looked_up(tables.shift_KP, task_M) * parameters.durations_MP).sum(1)
    responds_M = ~matches_M | (parameters.match_M == looked_up(tables.respond_on_match_K, task_M))
    return torch.where(responds_M, 1 + (chosen_M + shift_M) % task_set.ring, 0)


def _below(bound: int | Tensor, uniform: Tensor) -> Tensor:
    """Return integers in [0, bound). The float32 product is below ``bound``, because rand is at most 1 - 2**-24."""
    return (uniform * bound).long()


def _second_direction(
    tables: TaskTables, ring: int, task_M: Tensor, first_M: Tensor, match_M: Tensor, uniform_M: Tensor
) -> Tensor:
    other_M = (first_M + 1 + _below(ring - 1, uniform_M)) % ring
    same_or_opposite_M = torch.where(match_M, first_M, (first_M + ring // 2) % ring)
    # As a sample, the boundary direction belongs to the first half (NeuroGym's categories, see the catalog).
    second_half_M = (first_M > ring // 2) == match_M
    of_category_M = _below(ring // 2, uniform_M) + ring // 2 * second_half_M
    test_M = torch.where(looked_up(tables.category_K, task_M), of_category_M, same_or_opposite_M)
    return torch.where(looked_up(tables.matches_K, task_M), test_M, other_M)
