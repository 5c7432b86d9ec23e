"""Our tasks against NeuroGym's, trial by trial and draw by draw."""

from collections import Counter

import numpy as np
import pytest
import torch
from scipy.stats import chi2_contingency, kstest
from support.neurogym_trials import ALL, Dataset, all_tasks, get_collection, parameters_of, trials_of

from neurogrow.tasks import NOISE, YANG19, draw_parameters, render, single_trials
from neurogrow.tasks.trials import correct_response

pytestmark = pytest.mark.filterwarnings("ignore:.*to get variables from other wrappers")

ONE_ROUNDING = 2.0**-23
"""Of float32 between 1 and 2: NeuroGym computes its bumps in float64 from angles, we in float32 from indices."""


def test_names_and_rule_inputs_are_in_neurogyms_order():
    assert [f"yang19.{name}-v0" for name in YANG19] == get_collection("yang19")


@pytest.mark.parametrize("name", YANG19)
def test_every_tick_of_a_trial_is_neurogyms(name):
    recorded = trials_of(name, 80)
    batch = render(ALL, parameters_of(recorded), len(recorded), ALL.longest)
    for lane, trial in enumerate(recorded):
        n = len(trial.targets)
        assert sum(trial.ticks.values()) == n
        assert batch.mask_TB[:, lane].tolist() == [t < n for t in range(ALL.longest)]
        assert batch.decision_TB[:n, lane].tolist() == [t >= n - trial.ticks["decision"] for t in range(n)]
        np.testing.assert_array_equal(batch.targets_TB[:n, lane], trial.targets)
        np.testing.assert_array_equal(batch.inputs_TBI[:n, lane, 0], trial.inputs[:, 0])
        np.testing.assert_allclose(batch.inputs_TBI[:n, lane, :33], trial.inputs, rtol=0, atol=ONE_ROUNDING)
        assert not batch.inputs_TBI[n:, lane].any()


def test_trials_of_all_tasks_follow_each_other_as_in_neurogyms_dataset():
    dataset = Dataset(all_tasks(), batch_size=2, seq_len=2000)
    dataset.seed(0)  # and so forgets what was recorded: the next call makes new trials, its cache being one sequence
    inputs, targets = dataset()
    for lane in range(2):
        recorded = dataset.envs[lane].recorded
        assert len({trial.task for trial in recorded}) == 20
        batch = render(ALL, parameters_of(recorded), 1, 2000)
        assert batch.mask_TB.all()
        np.testing.assert_array_equal(batch.targets_TB[:, 0], targets[:, lane])
        np.testing.assert_array_equal(batch.inputs_TBI[:, 0, 33:], inputs[:, lane, 33:])
        np.testing.assert_allclose(batch.inputs_TBI[:, 0], inputs[:, lane], rtol=0, atol=ONE_ROUNDING)


@pytest.mark.parametrize("name", YANG19)
def test_noise_is_where_neurogym_adds_it(name):
    quiet, noisy = trials_of(name, 40), trials_of(name, 40, noise=True)
    parameters = parameters_of(quiet)
    ours = render(ALL, parameters, 40, ALL.longest, torch.Generator().manual_seed(0)).inputs_TBI
    ours = (ours - render(ALL, parameters, 40, ALL.longest).inputs_TBI).numpy()
    theirs = [b.inputs - a.inputs for a, b in zip(quiet, noisy, strict=True)]
    for lane, noise in enumerate(theirs):
        np.testing.assert_array_equal(ours[: len(noise), lane, :33] != 0, noise != 0)
        assert not ours[len(noise) :, lane].any()
        assert not ours[:, lane, 33:].any()
    together = np.concatenate([noise.ravel() for noise in theirs])
    if name in YANG19[:6]:
        assert not together.any()
    else:
        for sample in (together[together != 0], ours[ours != 0]):
            assert kstest(sample / NOISE, "norm").pvalue > 1e-3


def features(parameters):
    """Return what is drawn for each trial, as sequences of hashable values."""
    first, second = parameters.directions_MS.T
    two_stimuli = parameters.strengths_MSC[:, 1].any(1)
    apart = torch.where(two_stimuli, (second - first) % 16, 0)
    strengths = (parameters.strengths_MSC * 1000).round().long()
    response = correct_response(ALL, parameters)
    halves = torch.stack([first > 8, first == 8, (second >= 8) & two_stimuli, response > 0], dim=1)
    columns = {
        "durations": parameters.durations_MP,
        "first direction": first[:, None],
        "second direction": apart[:, None],
        "strengths in modality 1": strengths[:, :, 0],
        "strengths in modality 2": strengths[:, :, 1],
        "modalities": (strengths.sum(1) > 0).long(),
        "response": response[:, None],
        "halves of the ring": halves,
    }
    return {name: [tuple(row) for row in column.tolist()] for name, column in columns.items()}


@pytest.mark.parametrize("name", YANG19)
def test_parameters_are_drawn_as_neurogym_draws_them(name):
    n = 800
    task_M = torch.full((5 * n,), YANG19.index(name))
    ours = features(draw_parameters(ALL, task_M, torch.Generator().manual_seed(1)))
    theirs = features(parameters_of(trials_of(name, n, seed=1)))
    for what, values in theirs.items():
        counts, our_counts = Counter(values), Counter(ours[what])
        kinds = sorted(counts | our_counts)
        if len(kinds) == 1:
            continue
        table = np.array([[count[kind] for kind in kinds] for count in (counts, our_counts)])
        assert chi2_contingency(table).pvalue > 1e-4, (what, kinds, table)
        if len(kinds) <= 9:
            assert (table > 0).all(), (what, kinds, table)


def test_a_tie_of_strengths_is_settled_both_ways_by_both():
    task_M = torch.full((2000,), YANG19.index("multidm"))
    for parameters in (
        draw_parameters(ALL, task_M, torch.Generator().manual_seed(0)),
        parameters_of(trials_of("multidm", 600)),
    ):
        tied = (parameters.strengths_MSC.sum(2).diff(dim=1)[:, 0].abs() < 1e-6).numpy()
        won = (correct_response(ALL, parameters) == 1 + parameters.directions_MS[:, 0]).numpy()[tied]
        assert 0.08 < tied.mean() < 0.17  # 1 / 8: opposite coherences
        assert 0.35 < won.mean() < 0.65


def test_single_trials_are_padded_to_the_longest_of_neurogyms():
    assert single_trials(ALL, 1).inputs_TBI.shape[0] == max(len(t.targets) for t in trials_of("dms", 5))
