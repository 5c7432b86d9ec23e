from dataclasses import replace

import pytest
from scipy.stats import norm

from neurogrow.errors import InputError
from neurogrow.tasks import (
    MODCOG,
    NOISE,
    TASK_RECORDS,
    TASKS,
    Period,
    TaskSet,
    TaskStream,
    find_task,
    ideal_performance,
    single_trials,
    task_names,
    uncovered,
)


def with_durations(task, name, *durations):
    periods = (replace(p, durations=durations) if p.name == name else p for p in task.periods)
    return replace(task, periods=tuple(periods))


LONG_GO = replace(with_durations(TASKS["dlygo"], "delay", 12), summary="respond after 1.2 s")


@pytest.fixture
def registered():
    """Registers records for one test."""
    names = []

    def register(name, task):
        TASK_RECORDS.register(name, task)
        names.append(name)

    yield register
    for name in names:
        TASK_RECORDS.unregister(name)


def test_the_built_in_records_are_registered():
    assert tuple(TASK_RECORDS) == MODCOG
    assert find_task("go") is TASKS["go"]


def test_a_registered_task_is_as_good_as_a_built_in_one(registered):
    registered("longgo", LONG_GO)
    assert find_task("longgo") is LONG_GO
    task_set = TaskSet(task_names(["go", "longgo"]), ring=8)
    assert task_set.tasks == (TASKS["go"], LONG_GO)
    assert (task_set.n_inputs, task_set.longest) == (19, 27)
    batch = single_trials(task_set, 1)
    assert batch.mask_TB.sum(0).tolist() == [15, 27]
    assert set(TaskStream(task_set, 64, 30).next_batch().task_TB[0].tolist()) == {0, 1}
    assert ideal_performance(task_set, 10).mean_K.tolist() == [1, 1]
    assert task_set.ceiling().tolist() == [1, 1]


def test_a_record_can_be_handed_over_without_registering_it():
    task_set = TaskSet(("go", "longgo"), 8, records={"longgo": LONG_GO, "unused": LONG_GO})
    assert task_set.tasks == (TASKS["go"], LONG_GO)
    assert replace(task_set, ring=4).tasks == task_set.tasks
    assert single_trials(task_set, 1).mask_TB.sum(0).tolist() == [15, 27]
    with pytest.raises(InputError, match="no task 'longgo'"):
        TaskSet(("go", "longgo"), 8)
    assert TaskSet(("go",), records={"go": TASKS["go"]}) == TaskSet(("go",))


def test_a_record_under_the_name_of_another_task_is_refused(registered):
    with pytest.raises(InputError, match="another task 'go' already"):
        TaskSet(("go",), records={"go": LONG_GO})
    with pytest.raises(InputError, match="There is a task 'go' already"):
        registered("go", LONG_GO)


def test_a_name_registered_anew_has_the_trials_of_its_new_record():
    lengths = []
    for task in (LONG_GO, TASKS["rtgo"]):
        TASK_RECORDS.register("mine", task)
        lengths.append(int(single_trials(TaskSet(("mine",)), 1).mask_TB.sum()))
        TASK_RECORDS.unregister("mine")
    assert lengths == [27, 10]


def test_what_is_no_record_is_refused(registered):
    registered("wrong", {"summary": "a dictionary"})
    with pytest.raises(InputError, match=r"'wrong' must be a neurogrow\.tasks\.Task, not a dict"):
        find_task("wrong")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Period("delay", ()), "needs durations"),
        (lambda: Period("delay", (-1,)), "needs durations"),
        (lambda: Period("delay", (0.5,)), "needs durations"),
        (lambda: Period("delay", (5,), shows=(2,)), r"shows \(\), \(0,\)"),
        (lambda: Period("delay", (5,), shows=(0, 0)), r"shows \(\), \(0,\)"),
        (lambda: replace(LONG_GO, family="reech"), "Did you mean 'reach'"),
        (lambda: replace(LONG_GO, shown="frist"), "shown of a task is one of .* Did you mean 'first'"),
        (lambda: replace(LONG_GO, noisy="all"), "noisy of a task is one of"),
        (lambda: replace(LONG_GO, periods=()), "last period"),
        (lambda: replace(LONG_GO, periods=(*LONG_GO.periods, Period("end", (0, 1)))), "last period"),
        (lambda: replace(LONG_GO, strengths=()), "strengths of a task are pairs"),
        (lambda: replace(LONG_GO, strengths=((1.0,),)), "strengths of a task are pairs"),
        (lambda: replace(TASKS["go"], shift=1), "period named 'delay'"),
    ],
)
def test_a_record_that_makes_no_sense_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize("name", MODCOG)
def test_the_ideal_observer_covers_every_built_in_task(name):
    assert uncovered(find_task(name)) == ""


STIMULUS = Period("stimulus", (5,), shows=(0, 1))


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (replace(TASKS["go"], noisy="both"), "reach task with noise"),
        (replace(TASKS["dm1"], noisy="none"), "decision task without noise"),
        (replace(TASKS["dm1"], noisy="second"), "rings with noise"),
        (replace(TASKS["dms"], noisy="both"), "rings with noise"),
        (replace(TASKS["dm1"], attended="second"), "attended modality"),
        (replace(TASKS["dms"], shown="none", noisy="none"), "not shown"),
        (replace(TASKS["go"], periods=(TASKS["go"].periods[0], TASKS["go"].periods[2])), "not shown"),
        (replace(TASKS["dms"], strengths=((1.0, 0.0),)), "strength 0"),
        (with_durations(TASKS["dlydm1"], "stim1", 4, 5), "choice of durations"),
        (
            replace(TASKS["dm1"], periods=(TASKS["dm1"].periods[0], STIMULUS, STIMULUS, TASKS["dm1"].periods[2])),
            "look alike",
        ),
    ],
)
def test_a_task_that_the_ideal_observer_does_not_cover_has_no_ceiling(task, reason):
    assert reason in uncovered(task)
    task_set = TaskSet(("go", "mine"), records={"mine": task})
    assert task_set.ceiling() is None
    with pytest.raises(InputError, match=f"of the task 'mine' is not known: .*{reason}"):
        ideal_performance(task_set, 10)


def test_the_ceiling_of_a_task_of_ones_own_follows_from_its_record():
    def ceiling(name, task):
        return ideal_performance(TaskSet((name,), records={name: task}), 2000).mean_K[0]

    same = replace(TASKS["dm2"], summary="another name for it")
    assert ceiling("mine", same) == ideal_performance(TaskSet(("dm2",)), 2000).mean_K[0]
    short, long = (ceiling(f"dm{n}steps", with_durations(TASKS["dm2"], "stimulus", n)) for n in (1, 20))
    assert short + 0.05 < ceiling("mine", same) < long - 0.01


def test_the_ceiling_of_two_close_strengths_is_signal_detection():
    """Of two directions, the difference of two inputs, mean over n task steps, is N(0.8 c, 2 NOISE^2 / n)."""
    task = replace(with_durations(TASKS["dm2"], "stimulus", 7), strengths=((0.9, 0.8), (0.8, 0.9)))
    ideal = ideal_performance(TaskSet(("close",), 2, records={"close": task}), 20_000)
    expected = norm.cdf(0.8 * 0.1 * (7 / 2) ** 0.5 / NOISE)
    assert abs(ideal.mean_K[0] - expected) < 4 * ideal.standard_error_K[0] < 0.02
