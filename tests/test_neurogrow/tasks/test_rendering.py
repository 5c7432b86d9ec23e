import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_task_catalog import task_sets
from test_trials import ONE, drawn, trial

from neurogrow.errors import InputError
from neurogrow.tasks import NOISE, TaskSet, render
from neurogrow.tasks.tables import bump
from neurogrow.tasks.trials import TrialParameters


def test_a_known_reach():
    task_set = TaskSet(("dlygo",), ring=4)
    parameters = trial(1, 0, ONE, durations=(1, 1, 1, 1))
    batch = render(task_set, parameters, lanes=1, task_steps=4)
    empty, rule = [0.0] * 4, 1.0
    assert batch.inputs_TBI[:, 0].tolist() == [
        [1.0, *empty, *empty, rule],
        [1.0, *bump(4)[1].tolist(), *empty, rule],
        [1.0, *empty, *empty, rule],
        [0.0, *empty, *empty, rule],
    ]
    assert batch.targets_TB[:, 0].tolist() == [0, 0, 0, 2]
    assert batch.decision_TB[:, 0].tolist() == [False, False, False, True]


def test_a_known_decision():
    task_set = TaskSet(("dms", "multidm"), ring=4)
    parameters = trial(0, 2, [[0.6, 0.3], [0.4, 0.7]], task=1, durations=(2, 1, 1, 0, 0))
    batch = render(task_set, parameters, lanes=1, task_steps=6)
    bump_HH = bump(4)
    torch.testing.assert_close(batch.inputs_TBI[2, 0, 1:5], 0.6 * bump_HH[0] + 0.4 * bump_HH[2])
    torch.testing.assert_close(batch.inputs_TBI[2, 0, 5:9], 0.3 * bump_HH[0] + 0.7 * bump_HH[2])
    assert batch.inputs_TBI[:, 0, 0].tolist() == [1, 1, 0, 0, 0, 0]
    assert batch.inputs_TBI[:, 0, 9:].tolist() == [[0, 1]] * 4 + [[0, 0]] * 2
    assert batch.targets_TB[:, 0].tolist() == [0, 0, 0, 3, 0, 0]
    assert batch.mask_TB[:, 0].tolist() == [True] * 4 + [False] * 2
    assert batch.task_TB[:, 0].tolist() == [1] * 6


@given(task_sets, st.integers(0, 2**32), st.integers(1, 60))
@settings(deadline=None, max_examples=30)
def test_lanes_are_their_trials_one_after_another(task_set, seed, ticks):
    parameters = drawn(task_set, 6, seed)
    lanes, n_trials = 3, len(parameters.task_M) // 3
    batch = render(task_set, parameters, lanes, ticks)
    for lane in range(lanes):
        each = [alone(task_set, parameters, m) for m in range(lane * n_trials, (lane + 1) * n_trials)]
        for name, tensor in vars(batch).items():
            one_after_another = torch.cat([getattr(trial, name)[:, 0] for trial in each])[:ticks]
            assert torch.equal(tensor[: len(one_after_another), lane], one_after_another), name
            if name != "task_TB":
                assert not tensor[len(one_after_another) :, lane].any(), name


def alone(task_set, parameters, m):
    one = TrialParameters(**{name: value[m : m + 1] for name, value in vars(parameters).items()})
    return render(task_set, one, 1, int(one.durations_MP.sum()))


def test_lanes_must_share_the_trials_evenly():
    with pytest.raises(InputError, match="40 trials cannot be shared by 3 lanes"):
        render(TaskSet(), drawn(TaskSet(), 2), 3, 10)


@pytest.mark.parametrize("everywhere", [True, False])
def test_noise_is_added_to_the_rings_and_to_nothing_else(everywhere):
    task_set = TaskSet()
    parameters = drawn(task_set, 50)
    quiet = render(task_set, parameters, 1000, 32)
    noisy = render(task_set, parameters, 1000, 32, torch.Generator().manual_seed(0), everywhere)
    noise_TBI = noisy.inputs_TBI - quiet.inputs_TBI
    assert not noise_TBI[..., 0].any()
    assert not noise_TBI[..., 33:].any()
    assert abs(float(noise_TBI[noise_TBI != 0].std()) - NOISE) < 1e-3
    assert torch.equal(noisy.targets_TB, quiet.targets_TB)


def test_noise_lies_on_the_same_rings_wherever_it_is_drawn():
    task_set = TaskSet()
    parameters = drawn(task_set, 5)
    quiet = render(task_set, parameters, 100, 32)
    noisy = [render(task_set, parameters, 100, 32, torch.Generator().manual_seed(0), each) for each in (True, False)]
    rings = [(each.inputs_TBI - quiet.inputs_TBI)[..., 1:33].unflatten(2, (2, 16)).ne(0).any(3) for each in noisy]
    assert torch.equal(*rings)
    assert 0.1 < rings[0].float().mean() < 0.5
