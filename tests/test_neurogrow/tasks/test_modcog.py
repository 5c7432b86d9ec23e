import tomllib
from dataclasses import replace
from importlib.resources import files

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from test_stream import NoReadingBack
from test_trials import CONFLICT, ONE, drawn, trial

from neurogrow.tasks import (
    MODCOG,
    TASKS,
    VARIANTS,
    YANG19,
    TaskSet,
    TaskStream,
    correct_response,
    find_task,
    render,
    single_trials,
    task_names,
    trial_performance,
)
from neurogrow.tasks.modcog import interval, sequence

FIRST = [[0.6, 0.0], [0.4, 0.0]]
"""Strengths that favour the first stimulus, in modality 1."""
SECOND = [[0.0, 0.4], [0.0, 0.6]]
"""Strengths that favour the second stimulus, in modality 2."""

task_sets = st.builds(
    TaskSet,
    st.lists(st.sampled_from(MODCOG), min_size=1, max_size=8, unique=True).map(tuple),
    st.sampled_from([2, 4, 10, 16]),
)


def base_of(name):
    return next(name.removesuffix(end) for end in ("intr", "intl", "seqr", "seql", "") if name.endswith(end))


def decision_of(name, first, second=0, strengths=ONE, match=False, delay=None):
    """Return the targets of the decision of one trial whose other durations are the shortest."""
    durations = [
        delay if period.name == "delay" and delay is not None else period.durations[0]
        for period in find_task(name).periods
    ]
    parameters = trial(first, second, strengths, match=match, durations=durations)
    batch = render(TaskSet((name,)), parameters, 1, sum(durations))
    assert not batch.targets_TB[~batch.decision_TB].any()
    return batch.targets_TB[batch.decision_TB].tolist()


# Directions are classes less 1: the first case is seen at direction 3 and turned by a delay of 4 ticks to direction 7.
@pytest.mark.parametrize(
    ("task", "shown", "targets"),
    [
        ("dlygointr", {"first": 3, "delay": 4}, [8] * 5),
        ("dlygointl", {"first": 3, "delay": 5}, [15] * 5),  # 3 - 5 = -2, which is 14
        ("dlygointr", {"first": 8, "delay": 7}, [16] * 5),  # the last direction, not fixate
        ("dlygointr", {"first": 9, "delay": 7}, [1] * 5),
        ("dlyantiintr", {"first": 3, "delay": 11}, [7] * 5),  # 3 + 8 + 11 = 22, which is 6
        ("dlyantiintl", {"first": 3, "delay": 0}, [12] * 5),
        ("dlydm1intr", {"first": 3, "second": 7, "strengths": FIRST}, [9] * 2),  # 3 + 5
        ("dlydm2intl", {"first": 3, "second": 7, "strengths": SECOND}, [3] * 2),  # 7 - 5
        ("ctxdlydm1intl", {"first": 3, "second": 7, "strengths": CONFLICT}, [15] * 2),
        ("ctxdlydm2intr", {"first": 3, "second": 7, "strengths": CONFLICT}, [13] * 2),
        ("multidlydmintl", {"first": 3, "second": 7, "strengths": CONFLICT}, [3] * 2),
        ("dmsintr", {"first": 3, "second": 3, "match": True, "delay": 2}, [6] * 9),
        ("dmsintr", {"first": 3, "second": 11, "match": False, "delay": 2}, [0] * 9),
        ("dnmsintl", {"first": 3, "second": 11, "match": False, "delay": 11}, [1] * 9),
        ("dmcintr", {"first": 3, "second": 6, "match": True, "delay": 10}, [1] * 9),
        ("dnmcintl", {"first": 3, "second": 9, "match": False, "delay": 1}, [9] * 9),
        ("goseqr", {"first": 13}, [14, 15, 16, 1, 2, 3, 4, 5, 6, 7]),
        ("goseql", {"first": 1}, [2, 1, 16, 15, 14, 13, 12, 11, 10, 9]),
        ("antiseqr", {"first": 13}, [6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        ("rtgoseql", {"first": 2}, [3, 2, 1, 16, 15]),
        ("rtantiseqr", {"first": 7}, [16, 1, 2, 3, 4]),
        ("dlygoseqr", {"first": 0}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("dlyantiseql", {"first": 0}, [9, 8, 7, 6, 5, 4, 3, 2, 1, 16]),
        ("dm1seqr", {"first": 3, "second": 7, "strengths": FIRST}, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
        ("dm2seql", {"first": 3, "second": 7, "strengths": SECOND}, [8, 7, 6, 5, 4, 3, 2, 1, 16, 15]),
        ("ctxdm2seqr", {"first": 3, "second": 7, "strengths": CONFLICT}, [8, 9, 10, 11, 12, 13, 14, 15, 16, 1]),
        ("dlydm1seqr", {"first": 3, "second": 7, "strengths": FIRST}, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
        ("multidlydmseql", {"first": 3, "second": 7, "strengths": CONFLICT}, [8, 7, 6, 5, 4, 3, 2, 1, 16, 15]),
        ("dmsseqr", {"first": 3, "second": 3, "match": True}, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13]),
        ("dmsseqr", {"first": 3, "second": 11, "match": False}, [0] * 10),
        ("dnmsseql", {"first": 3, "second": 11, "match": False}, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]),
        ("dmcseql", {"first": 3, "second": 6, "match": True}, [7, 6, 5, 4, 3, 2, 1, 16, 15, 14]),
        ("dnmcseqr", {"first": 3, "second": 9, "match": False}, [10, 11, 12, 13, 14, 15, 16, 1, 2, 3]),
    ],
)
def test_the_targets_of_a_known_trial(task, shown, targets):
    assert decision_of(task, **shown) == targets


def test_the_names_are_those_of_the_list_in_its_order():
    preset = tomllib.loads((files("neurogrow") / "presets" / "modcog.toml").read_text())
    assert task_names(preset["tasks"]["names"]) == MODCOG
    assert len(MODCOG) == 82
    assert MODCOG[:20] == YANG19
    assert len([name for name in MODCOG if base_of(name) + "int" in name]) == 22


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_changes_one_thing(name):
    task, base = VARIANTS[name], TASKS[base_of(name)]
    way = 1 if name.endswith("r") else -1
    turned = "int" in name.removeprefix(base_of(name))
    assert (task.shift, task.drift) == ((way, 0) if turned else (0, way))
    changed = [one.name for one, other in zip(task.periods, base.periods, strict=True) if one != other]
    assert set(changed) <= {"delay" if turned else "decision"}
    assert replace(task, summary=base.summary, periods=base.periods, shift=0, drift=0) == base


def test_durations():
    lengths = {name: {p.name: p.durations for p in task.periods} for name, task in VARIANTS.items()}
    for name in VARIANTS:
        if "seq" in name:
            assert lengths[name]["decision"] == ((5,) if name.startswith("rt") else (10,)), name
    for name, delays in (("dlyantiintl", range(12)), ("dmcintr", range(12)), ("multidlydmintr", [5])):
        assert lengths[name]["delay"] == tuple(delays)


@pytest.mark.parametrize("name", ["dlygointr", "dnmcintl"])
def test_every_delay_is_as_likely(name):
    delay_M = drawn(TaskSet((name,)), 4000).durations_MP[:, 2]
    count = delay_M.bincount(minlength=12)
    assert len(count) == 12
    assert chisquare(count).pvalue > 1e-3


def test_both_changes_can_be_made_to_one_task():
    task = sequence(interval(TASKS["dlygo"], -1), 1)
    assert (task.shift, task.drift) == (-1, 1)
    assert [period.durations for period in task.periods[2:]] == [tuple(range(12)), (10,)]


@given(task_sets, st.integers(0, 2**32))
@settings(deadline=None, max_examples=30)
def test_targets_are_the_base_tasks_turned_and_moving(task_set, seed):
    parameters, ring = drawn(task_set, 4, seed), task_set.ring
    batch = render(task_set, parameters, len(parameters.task_M), task_set.longest)
    for lane, k in enumerate(parameters.task_M.tolist()):
        task, base = task_set.tasks[k], base_of(task_set.names[k])
        durations = parameters.durations_MP[lane, : len(task.periods)].tolist()
        one = {field: value[lane : lane + 1] for field, value in vars(parameters).items()}
        one |= {"task_M": torch.zeros(1, dtype=torch.int64), "durations_MP": torch.tensor([durations])}
        response = int(correct_response(TaskSet((base,), ring), replace(parameters, **one)))
        n, length = durations[-1], sum(durations)
        turn = task.shift * (durations[2] if task.shift else 0)
        due = [1 + (response - 1 + turn + task.drift * t) % ring if response else 0 for t in range(n)]
        assert batch.targets_TB[:, lane].tolist() == [0] * (length - n) + due + [0] * (task_set.longest - length)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_shows_what_its_base_task_shows(name):
    parameters = drawn(TaskSet((name,)), 20)
    batch, base = (
        render(TaskSet((each,)), parameters, 20, 60, torch.Generator().manual_seed(1)) for each in (name, base_of(name))
    )
    assert torch.equal(batch.inputs_TBI, base.inputs_TBI)  # noise and all
    assert torch.equal(batch.decision_TB, base.decision_TB)


@given(task_sets, st.integers(1, 70), st.integers(0, 2**32))
@settings(deadline=None, max_examples=30)
def test_a_stream_fixates_but_in_the_decision(task_set, ticks, seed):
    batch = TaskStream(task_set, 5, ticks, seed=seed).next_batch()
    assert batch.mask_TB.all()
    assert not batch.targets_TB[~batch.decision_TB].any()
    assert ((batch.targets_TB >= 0) & (batch.targets_TB <= task_set.ring)).all()
    assert not batch.inputs_TBI[..., 0][batch.decision_TB].any()
    assert torch.equal(batch.inputs_TBI[..., 1 + 2 * task_set.ring :].argmax(-1), batch.task_TB)


def test_a_batch_is_made_without_reading_back_from_the_device():
    stream = TaskStream(TaskSet(MODCOG), 4, 40)
    stream.noise_everywhere = True  # as on a device that one would wait for
    stream.next_batch()  # the tables are made once
    with NoReadingBack():
        stream.next_batch()


def test_what_counts_is_where_the_response_has_come_to():
    batch = single_trials(TaskSet(MODCOG), 10)
    due_TB = batch.targets_TB
    last_B = torch.where(batch.decision_TB, torch.arange(len(due_TB))[:, None], 0).amax(0)
    held_TB = due_TB[last_B, torch.arange(due_TB.shape[1])] * batch.decision_TB
    for response_TB in (due_TB, held_TB):
        performance_K = trial_performance(torch.eye(17)[response_TB], batch, 82)
        assert performance_K.tolist() == [1] * 82


def test_a_response_that_stays_where_it_began_fails_a_sequence():
    names = tuple(name for name in VARIANTS if "seq" in name)
    batch = single_trials(TaskSet(names), 40)
    first_B = batch.decision_TB.long().argmax(0)
    stays_TB = batch.targets_TB[first_B, torch.arange(len(first_B))] * batch.decision_TB
    performance_K = trial_performance(torch.eye(17)[stays_TB], batch, len(names))
    silent_K = (batch.targets_TB == 0).all(0).float().view(len(names), -1).mean(1)
    torch.testing.assert_close(performance_K, silent_K)  # all but the matching trials that ask to fixate
