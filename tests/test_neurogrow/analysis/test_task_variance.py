import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.analysis.task_variance import (
    important_neurons,
    mean_activity,
    normalised_task_variance,
    task_variance,
)
from neurogrow.errors import InputError


def recorded(seed, ticks=6, lanes=12, neurons=3, tasks=3):
    rng = np.random.default_rng(seed)
    length_B = rng.integers(1, ticks + 1, lanes)
    length_B[:tasks] = ticks  # so every task has two trials at tick 0, and perhaps one alone at the end
    task_B = np.concatenate([np.tile(np.arange(tasks), 2), rng.integers(0, tasks, lanes - 2 * tasks)])
    mask_TB = np.arange(ticks)[:, None] < length_B
    return rng.normal(size=(ticks, lanes, neurons)), mask_TB, task_B


def by_loops(activity_TBN, mask_TB, task_B, n_tasks):
    result = np.zeros((activity_TBN.shape[2], n_tasks))
    for neuron, task in np.ndindex(*result.shape):
        variances = []
        for tick in range(len(activity_TBN)):
            running = [b for b in range(len(task_B)) if task_B[b] == task and mask_TB[tick, b]]
            if len(running) >= 2:
                variances.append(np.var([activity_TBN[tick, b, neuron] for b in running]))
        result[neuron, task] = np.mean(variances)
    return result


def test_two_trials_by_hand():
    # Task 0: 1 and 3 at tick 0 (variance 1), 0 and 4 at tick 1 (variance 4). Task 1: 2 and 8 (9), then one trial only.
    activity_TBN = np.array([[1.0, 3, 2, 8], [0, 4, 5, 99]])[..., None]
    mask_TB = np.array([[True] * 4, [True, True, True, False]])
    variance_NK = task_variance(activity_TBN, mask_TB, np.array([0, 0, 1, 1]), 2)
    assert variance_NK.tolist() == [[2.5, 9.0]]
    assert mean_activity(activity_TBN, mask_TB).tolist() == [(1 + 3 + 2 + 8 + 0 + 4 + 5) / 7]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_it_is_the_loop_over_neurons_tasks_ticks_and_trials(seed):
    activity_TBN, mask_TB, task_B = recorded(seed)
    np.testing.assert_allclose(
        task_variance(activity_TBN, mask_TB, task_B, 3), by_loops(activity_TBN, mask_TB, task_B, 3), atol=1e-12
    )


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_padding_lane_order_and_a_constant_do_not_matter_and_scale_enters_squared(seed):
    activity_TBN, mask_TB, task_B = recorded(seed)
    before = task_variance(activity_TBN, mask_TB, task_B, 3)
    order = np.random.default_rng(seed).permutation(len(task_B))
    changed = np.where(mask_TB[..., None], 7 - 2 * activity_TBN, np.nan)[:, order]
    np.testing.assert_allclose(task_variance(changed, mask_TB[:, order], task_B[order], 3), 4 * before, rtol=1e-9)


def test_normalised_to_the_largest_task_and_silent_neurons_stay_silent():
    assert normalised_task_variance(np.array([[1.0, 4], [0, 0]])).tolist() == [[0.25, 1.0], [0.0, 0.0]]


def test_a_neuron_is_important_above_the_threshold_on_the_sum():
    assert important_neurons(np.array([[6e-4, 6e-4], [5e-4, 5e-4], [0, 0]])).tolist() == [True, False, False]


def test_what_cannot_be_measured_is_refused():
    activity_TBN, mask_TB, task_B = recorded(0)
    with pytest.raises(InputError, match="T and B must agree"):
        task_variance(activity_TBN, mask_TB[:-1], task_B, 3)
    with pytest.raises(InputError, match="between 0 and 1"):
        task_variance(activity_TBN, mask_TB, task_B, 2)
    with pytest.raises(InputError, match="Task 3 has no task step"):
        task_variance(activity_TBN, mask_TB, task_B, 4)
