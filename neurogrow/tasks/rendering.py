"""Rendering: from the parameters of trials to the inputs and targets of every task step.

For each task step of each lane, the trial, its period, and the task steps since the period began are looked up first.
Inputs and targets then follow from tables of the tasks' periods, and from the images that each trial shows on the
rings, which are computed once per trial.

Letters: T task step, B lane, I input, M trial, P period, C modality (2), H direction on the ring, J input of the two
rings, L ring of a lane at a task step.
"""

import torch
from torch import Tensor

from ..errors import InputError
from .batch import TaskBatch
from .catalog import NOISE
from .encoding import TaskEncoding
from .tables import looked_up, task_tables
from .trials import TrialParameters, correct_response


def render(
    task_set: TaskEncoding,
    parameters: TrialParameters,
    lanes: int,
    task_steps: int,
    generator: torch.Generator | None = None,
    noise_everywhere: bool = True,
) -> TaskBatch:
    """Render trials one after another in every lane, and cut the lanes at ``task_steps``.

    Parameters
    ----------
    task_set
        The tasks.
    parameters
        M trials. The first M / lanes of them fill the first lane, and so on.
    lanes
        Number of lanes B, a divisor of M.
    task_steps
        Number of task steps T. After the last trial of a lane, its inputs and targets are 0 and its mask is False.
    generator
        Source of the noise, on the trials' device. None: no noise.
    noise_everywhere
        Whether to draw noise for silent rings too, and to discard it. Then the noise of a trial does not depend on
        other lanes, and the host does not wait for a device to count; but three in four numbers are discarded.

    Raises
    ------
    InputError
        If the number of trials is not a multiple of the number of lanes.
    """
    if len(parameters.task_M) % lanes:
        raise InputError(f"{len(parameters.task_M)} trials cannot be shared by {lanes} lanes evenly.")
    task_M = parameters.task_M
    tables = task_tables(task_set, task_M.device)
    trial_TB, period_TB, elapsed_TB, mask_TB = _place_of_each_step(parameters.durations_MP, lanes, task_steps)
    task_TB = looked_up(task_M, trial_TB)
    row_TB = task_TB * tables.shows_KP.shape[1] + period_TB  # row of the flattened tables of periods
    decision_TB = looked_up(tables.decision_KP.flatten(), row_TB) & mask_TB
    due_TB = looked_up(correct_response(task_set, parameters), trial_TB)
    targets_TB = _moved(due_TB, looked_up(tables.drift_K, task_TB) * elapsed_TB, task_set.ring)
    inputs_TBI = torch.empty(task_steps, lanes, task_set.n_inputs, device=task_M.device)
    first_rule = 1 + 2 * task_set.ring
    torch.mul(looked_up(tables.fixation_KP.flatten(), row_TB), mask_TB, out=inputs_TBI[..., 0])
    _fill_rings(
        inputs_TBI[..., 1:first_rule],
        task_set,
        parameters,
        trial_TB,
        looked_up(tables.shows_KP.flatten(), row_TB) * mask_TB,
        generator,
        noise_everywhere,
    )
    no_task = len(task_set.names)
    inputs_TBI[..., first_rule:] = looked_up(tables.rule_KK, torch.where(mask_TB, task_TB, no_task))
    return TaskBatch(
        inputs_TBI=inputs_TBI,
        targets_TB=targets_TB * decision_TB,
        task_TB=task_TB,
        mask_TB=mask_TB,
        decision_TB=decision_TB,
    )


def _fill_rings(
    rings_TBJ: Tensor,
    task_set: TaskEncoding,
    parameters: TrialParameters,
    trial_TB: Tensor,
    shown_TB: Tensor,
    generator: torch.Generator | None,
    noise_everywhere: bool,
) -> None:
    """Write the inputs of both rings at every task step: the stimuli shown and, while one is shown, noise.

    A trial has four images, one for each set of stimuli that a period may show: none, the first, the second, both.
    """
    tables = task_tables(task_set, trial_TB.device)
    bump_MSH = looked_up(tables.bump_HH, parameters.directions_MS)
    first_MJ, second_MJ = (parameters.strengths_MSC[..., None] * bump_MSH[:, :, None]).flatten(2).unbind(1)
    image_M4J = torch.stack([torch.zeros_like(first_MJ), first_MJ, second_MJ, first_MJ + second_MJ], 1)
    which_TB = trial_TB * image_M4J.shape[1] + shown_TB
    image_TBJ = looked_up(image_M4J.flatten(0, 1), which_TB)
    if generator is not None:
        noisy_MC = NOISE * tables.noisy_KCC[parameters.task_M, parameters.modality_M]
        noise_TBC = looked_up(noisy_MC, trial_TB) * (shown_TB > 0)[..., None]
        image_LH, noise_L = image_TBJ.view(-1, task_set.ring), noise_TBC.flatten()
        if noise_everywhere:
            normal_LH = torch.randn(image_LH.shape, generator=generator, device=generator.device)
            image_LH.addcmul_(normal_LH, noise_L[:, None])
        else:
            noisy_L = noise_L.nonzero()[:, 0]
            normal_LH = torch.randn(len(noisy_L), task_set.ring, generator=generator, device=generator.device)
            image_LH.index_add_(0, noisy_L, normal_LH.mul_(noise_L.index_select(0, noisy_L)[:, None]))
    rings_TBJ.copy_(image_TBJ)


def _moved(targets_TB: Tensor, directions_TB: Tensor, ring: int) -> Tensor:
    """Return the classes moved along the ring by some directions. Class 0, to fixate, does not move."""
    return torch.where(targets_TB > 0, 1 + (targets_TB - 1 + directions_TB) % ring, 0)


def _place_of_each_step(durations_MP: Tensor, lanes: int, task_steps: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return, for each task step, its trial, its period, the task steps since the period began, and its mask.

    All have shape (T, B). The mask is False after the last trial of a lane.
    """
    n_periods = durations_MP.shape[1]
    durations_BV = durations_MP.view(lanes, -1)  # V counts the periods of a lane's trials, one after another
    ends_BV = durations_BV.cumsum(1)
    step_BT = torch.arange(task_steps, device=durations_BV.device).expand(lanes, task_steps).contiguous()
    period_BT = torch.searchsorted(ends_BV, step_BT, right=True)
    mask_BT = period_BT < durations_BV.shape[1]
    period_BT = period_BT.clamp(max=durations_BV.shape[1] - 1)
    elapsed_BT = step_BT - (ends_BV - durations_BV).gather(1, period_BT)
    first_trial_B1 = torch.arange(lanes, device=durations_BV.device)[:, None] * (durations_BV.shape[1] // n_periods)
    trial_BT = first_trial_B1 + period_BT // n_periods
    return trial_BT.T.contiguous(), (period_BT % n_periods).T.contiguous(), elapsed_BT.T, mask_BT.T
