import zlib
from dataclasses import fields

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from test_task_catalog import task_sets
from torch.utils._python_dispatch import TorchDispatchMode

from neurogrow.errors import InputError
from neurogrow.tasks import TASKS, TaskSet, TaskStream, single_trials


def same(a, b):
    return all(torch.equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))


def test_shapes_and_types():
    batch = TaskStream(TaskSet(), 3, 50).next_batch()
    assert (batch.inputs_TBI.shape, batch.inputs_TBI.dtype) == ((50, 3, 53), torch.float32)
    for name, dtype in {
        "targets": torch.int64,
        "task": torch.int64,
        "mask": torch.bool,
        "decision": torch.bool,
    }.items():
        tensor = getattr(batch, f"{name}_TB")
        assert (tensor.shape, tensor.dtype) == ((50, 3), dtype)


@given(task_sets, st.integers(1, 70), st.integers(0, 2**32))
@settings(deadline=None, max_examples=30)
def test_a_stream_has_no_dead_tick_and_starts_with_fresh_trials(task_set, ticks, seed):
    batch = TaskStream(task_set, 5, ticks, seed=seed).next_batch()
    rules_TBK = batch.inputs_TBI[..., 1 + 2 * task_set.ring :]
    assert batch.mask_TB.all()
    assert (rules_TBK.sum(-1) == 1).all()
    assert torch.equal(rules_TBK.argmax(-1), batch.task_TB)
    assert (batch.targets_TB <= task_set.ring).all()
    assert not batch.targets_TB[~batch.decision_TB].any()
    fixation_TB = batch.inputs_TBI[..., 0]
    assert (fixation_TB[0] == 1).all()
    assert not fixation_TB[batch.decision_TB].any()
    for lane, k in enumerate(batch.task_TB[0].tolist()):
        task = task_set.tasks[k]
        first = task.shortest - task.periods[-1].durations[0]  # no decision comes before this tick
        assert not batch.decision_TB[:first, lane].any()


def test_the_rule_switches_with_the_trial():
    batch = TaskStream(TaskSet(), 64, 200).next_batch()
    switches_TB = batch.task_TB[1:] != batch.task_TB[:-1]
    assert batch.decision_TB[:-1][switches_TB].all()
    assert (batch.inputs_TBI[1:, :, 0][switches_TB] == 1).all()


def test_tasks_are_drawn_uniformly():
    stream = TaskStream(TaskSet(), 1000, 1)
    count_K = sum(stream.next_batch().task_TB[0].bincount(minlength=20) for _ in range(5))
    assert chisquare(count_K).pvalue > 1e-3


def test_the_same_seed_makes_the_same_batches_and_another_does_not():
    one, two, other = (TaskStream(TaskSet(), 4, 40, seed=seed) for seed in (5, 5, 6))
    first, second = one.next_batch(), one.next_batch()
    assert same(first, two.next_batch())
    assert same(second, two.next_batch())
    assert not same(first, second)
    assert not same(first, other.next_batch())


def fingerprint(batch):
    """Return a checksum of what is exact, and a projection of the inputs, whose last bits depend on the processor."""
    exact = (batch.targets_TB, batch.task_TB, batch.mask_TB, batch.decision_TB)
    checksum = zlib.crc32(b"".join(tensor.contiguous().numpy().tobytes() for tensor in exact))
    inputs = batch.inputs_TBI.double().flatten()
    return checksum, float(inputs @ torch.arange(len(inputs), dtype=torch.float64).cos())


def test_the_stream_of_the_twenty_is_what_it_has_always_been():
    stream = TaskStream(TaskSet(), 8, 100, seed=0)
    for checksum, projection in ((968146013, -3.572997720), (137855969, 7.652227809), (3902717464, 3.870516955)):
        assert fingerprint(stream.next_batch()) == (checksum, pytest.approx(projection, abs=1e-4))


def test_the_single_trials_of_the_twenty_are_what_they_have_always_been():
    assert fingerprint(single_trials(TaskSet(), 2)) == (3946429284, pytest.approx(6.819006259, abs=1e-4))


def test_a_stream_goes_on_from_its_state():
    stream = TaskStream(TaskSet(), 4, 40)
    stream.next_batch()
    state = stream.state()
    expected = [stream.next_batch(), stream.next_batch()]
    resumed = TaskStream(TaskSet(), 4, 40, seed=99)
    resumed.restore(state)
    assert all(same(batch, resumed.next_batch()) for batch in expected)


@pytest.mark.parametrize("state", [{}, {"generator": torch.zeros(3, dtype=torch.uint8)}, {"generator": None}])
def test_a_state_that_is_none_is_refused(state):
    with pytest.raises(InputError, match="not the state of a task stream"):
        TaskStream(TaskSet(), 1, 1).restore(state)


@pytest.mark.parametrize("size", [(0, 10), (10, 0)])
def test_an_empty_batch_is_refused(size):
    with pytest.raises(InputError, match="at least one lane and one task step"):
        TaskStream(TaskSet(), *size)


def test_global_randomness_is_left_alone():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    TaskStream(TaskSet(), 4, 40, seed=3).next_batch()
    assert torch.equal(torch.rand(1), expected)


@given(task_sets, st.integers(1, 4), st.integers(0, 2**32))
@settings(deadline=None, max_examples=30)
def test_single_trials_are_one_per_lane_grouped_by_task(task_set, trials_per_task, seed):
    batch = single_trials(task_set, trials_per_task, seed=seed)
    expected = torch.arange(len(task_set.names)).repeat_interleave(trials_per_task)
    assert torch.equal(batch.task_TB, expected.expand(task_set.longest, -1))
    for lane, k in enumerate(expected.tolist()):
        task, length = task_set.tasks[k], int(batch.mask_TB[:, lane].sum())
        assert task.shortest <= length <= task.longest
        assert batch.mask_TB[:length, lane].all()
        decision = task.periods[-1].durations[0]
        assert batch.decision_TB[:, lane].nonzero()[:, 0].tolist() == list(range(length - decision, length))
        assert not batch.inputs_TBI[length:, lane].any()
        assert batch.targets_TB[length - decision : length, lane].unique().numel() == 1


def test_noise_off_leaves_the_trials_the_same():
    noisy, quiet = (single_trials(TaskSet(), 5, seed=1, noise=noise) for noise in (True, False))
    assert torch.equal(noisy.targets_TB, quiet.targets_TB)
    difference_TBI = noisy.inputs_TBI - quiet.inputs_TBI
    assert 0 < difference_TBI.abs().max() < 0.6
    noiseless_B = torch.tensor([TASKS[name].noisy == "none" for name in TaskSet().names]).repeat_interleave(5)
    assert not difference_TBI[:, noiseless_B].any()


def test_single_trials_refuses_none():
    with pytest.raises(InputError, match="at least one trial"):
        single_trials(TaskSet(), 0)


class NoReadingBack(TorchDispatchMode):
    """Fails on what would make the host wait for the device: numbers read back, shapes that depend on data."""

    FORBIDDEN = (
        "_local_scalar_dense",
        "nonzero",
        "masked_select",
        "unique",
        "equal.default",
        "item",
        "repeat_interleave",
    )

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = str(func)
        assert not any(forbidden in name for forbidden in self.FORBIDDEN), name
        indices = args[1] if "index" in name and len(args) > 1 and isinstance(args[1], list | tuple) else ()
        assert not any(i is not None and i.dtype == torch.bool for i in indices), name
        return func(*args, **(kwargs or {}))


def test_a_batch_is_made_without_reading_back_from_the_device():
    stream = TaskStream(TaskSet(), 4, 40)
    stream.noise_everywhere = True  # as on a device that one would wait for
    stream.next_batch()  # the tables are made once
    with NoReadingBack():
        stream.next_batch()


@pytest.mark.parametrize("reads_back", [lambda x: x[0].item(), lambda x: x[x > 0], lambda x: x.nonzero()])
def test_the_guard_against_reading_back_works(reads_back):
    with pytest.raises(AssertionError), NoReadingBack():
        reads_back(torch.ones(3))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_batch_is_made_on_a_gpu_without_waiting_for_it():
    stream = TaskStream(TaskSet(), 64, 100, device="cuda")
    stream.next_batch()
    torch.cuda.set_sync_debug_mode("error")
    try:
        batch = stream.next_batch()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert batch.inputs_TBI.is_cuda
    assert batch.mask_TB.all()
