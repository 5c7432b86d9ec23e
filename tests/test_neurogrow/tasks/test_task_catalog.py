import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.tasks import TASKS, YANG19, TaskSet
from neurogrow.tasks.tables import bump, task_tables

task_sets = st.builds(
    TaskSet,
    st.lists(st.sampled_from(YANG19), min_size=1, max_size=6, unique=True).map(tuple),
    st.sampled_from([2, 4, 10, 16]),
)


def test_durations_of_known_trials():
    lengths = {
        name: (TASKS[name].shortest, TASKS[name].longest) for name in ("rtgo", "dlyanti", "dm1", "dm2", "dlydm2")
    }
    assert lengths == {"rtgo": (10, 10), "dlyanti": (20, 20), "dm1": (6, 12), "dm2": (9, 11), "dlydm2": (24, 26)}


@pytest.mark.parametrize("name", YANG19)
def test_every_trial_starts_with_fixation_and_ends_with_the_decision(name):
    names = [period.name for period in TASKS[name].periods]
    assert (names[0], names[-1]) == ("fixation", "decision")
    assert TASKS[name].periods[0].fixation
    assert not TASKS[name].periods[-1].fixation


def test_a_bump_is_known_and_the_same_in_every_direction():
    bump_HH = bump(16)
    expected = 0.8 * torch.tensor([1.0, 0.60653066, 0.13533528])  # exp(-k^2 / 2), a step of the ring being pi / 8
    torch.testing.assert_close(bump_HH[0, :3], expected)
    for direction in range(16):
        assert torch.equal(bump_HH[direction], bump_HH[0].roll(direction))
    assert torch.equal(bump_HH, bump_HH.T)


@given(task_sets)
@settings(deadline=None, max_examples=30)
def test_tables_agree_with_the_records(task_set):
    tables = task_tables(task_set, torch.device("cpu"))
    for k, task in enumerate(task_set.tasks):
        for p, period in enumerate(task.periods):
            drawable = tables.durations_KPD[k, p, : tables.n_durations_KP[k, p]]
            assert tuple(drawable.tolist()) == period.durations
        assert not tables.durations_KPD[k, len(task.periods) :].any()
        pairs = tables.strengths_KQS[k, : tables.n_strengths_K[k]]
        torch.testing.assert_close(pairs, torch.tensor(task.strengths))
        assert tables.decision_KP[k].tolist().index(True) == len(task.periods) - 1
