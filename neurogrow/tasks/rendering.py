"""From the parameters of trials to the inputs and targets of every tick.

Each tick of each lane looks up which trial it lies in, which period of it, and how far into the period it is; all else
follows from tables of what tasks do in their periods, and from what each trial shows on the rings, rendered once.

Letters as in :mod:`.trials`, and H direction on the ring, J input of the two rings, L ring of a lane at a tick.
"""

import torch
from torch import Tensor

from ..errors import InputError
from .batch import TaskBatch
from .catalog import NOISE
from .tables import looked_up, task_tables
from .task_set import TaskSet
from .trials import TrialParameters, correct_response


def render(
    task_set: TaskSet,
    parameters: TrialParameters,
    lanes: int,
    ticks: int,
    generator: torch.Generator | None = None,
    noise_everywhere: bool = True,
) -> TaskBatch:
    """Render trials one after another in every lane, cut at ``ticks``.

    Parameters
    ----------
    task_set
        The tasks.
    parameters
        M trials; the first M / lanes of them fill the first lane, and so on.
    lanes
        Number of lanes B, a divisor of M.
    ticks
        Number of ticks T. Where a lane's trials end before, its inputs and targets are 0 and its mask False.
    generator
        Source of the noise, on the trials' device; None: no noise.
    noise_everywhere
        Draw noise for silent rings, too, and leave it out afterwards. So a trial's noise does not depend on what other
        lanes show, and no host waits for a device to count; but three in four of the numbers are drawn for nothing.

    Raises
    ------
    InputError
        If the trials cannot be shared evenly by the lanes.
    """
    if len(parameters.task_M) % lanes:
        raise InputError(f"{len(parameters.task_M)} trials cannot be shared by {lanes} lanes evenly.")
    task_M = parameters.task_M
    tables = task_tables(task_set, task_M.device)
    trial_TB, period_TB, elapsed_TB, mask_TB = _place_of_each_tick(parameters.durations_MP, lanes, ticks)
    task_TB = looked_up(task_M, trial_TB)
    row_TB = task_TB * tables.shows_KP.shape[1] + period_TB  # of the tables of periods, laid out flat
    decision_TB = looked_up(tables.decision_KP.flatten(), row_TB) & mask_TB
    due_TB = looked_up(correct_response(task_set, parameters), trial_TB)
    targets_TB = _moved(due_TB, looked_up(tables.drift_K, task_TB) * elapsed_TB, task_set.ring)
    inputs_TBI = torch.empty(ticks, lanes, task_set.n_inputs, device=task_M.device)
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
    task_set: TaskSet,
    parameters: TrialParameters,
    trial_TB: Tensor,
    shown_TB: Tensor,
    generator: torch.Generator | None,
    noise_everywhere: bool,
) -> None:
    """Write the inputs of both rings at every tick: the stimuli that are shown, and noise while any is.

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
    """Return the classes some directions on along the ring; to fixate (0) stays what it is."""
    return torch.where(targets_TB > 0, 1 + (targets_TB - 1 + directions_TB) % ring, 0)


def _place_of_each_tick(durations_MP: Tensor, lanes: int, ticks: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the trial, the period and the ticks since it began of each tick, and whether it has any; all (T, B)."""
    n_periods = durations_MP.shape[1]
    durations_BV = durations_MP.view(lanes, -1)  # V counts the periods of a lane's trials, one after another
    ends_BV = durations_BV.cumsum(1)
    tick_BT = torch.arange(ticks, device=durations_BV.device).expand(lanes, ticks).contiguous()
    found_BT = torch.searchsorted(ends_BV, tick_BT, right=True)
    runs_BT = found_BT < durations_BV.shape[1]
    found_BT = found_BT.clamp(max=durations_BV.shape[1] - 1)
    elapsed_BT = tick_BT - (ends_BV - durations_BV).gather(1, found_BT)
    first_trial_B1 = torch.arange(lanes, device=durations_BV.device)[:, None] * (durations_BV.shape[1] // n_periods)
    trial_BT = first_trial_B1 + found_BT // n_periods
    return trial_BT.T.contiguous(), (found_BT % n_periods).T.contiguous(), elapsed_BT.T, runs_BT.T
