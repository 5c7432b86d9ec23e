import subprocess
import sys
from dataclasses import fields

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from support.outside import EchoSource
from test_task_catalog import task_sets

from neurogrow.analysis.lesions import lesion_modules
from neurogrow.analysis.recording import record
from neurogrow.errors import InputError
from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN
from neurogrow.tasks import (
    SOURCES,
    TaskSet,
    TaskStream,
    TrialSource,
    TrialStream,
    cross_entropy,
    ideal_performance,
    single_trials,
    trial_performance,
)


def same(a, b):
    return all(torch.equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))


@pytest.mark.parametrize("source", [TaskSet(("go", "dm1"), ring=4), EchoSource()])
def test_a_source_follows_the_protocol(source):
    assert isinstance(source, TrialSource)
    stream = source.stream(3, 9, "cpu", 1)
    assert isinstance(stream, TrialStream)
    batch, trials = stream.next_batch(), source.single_trials(2, "cpu", 0, noise=False)
    assert batch.inputs_TBI.shape == (9, 3, source.n_inputs)
    assert trials.task_TB[0].tolist() == [0, 0, 1, 1]
    state, expected = stream.state(), stream.next_batch()
    stream.restore(state)
    assert same(stream.next_batch(), expected)
    assert same(source.stream(3, 9, "cpu", 1).next_batch(), batch)
    logits_RTBO = F.one_hot(trials.targets_TB, source.n_outputs).float()[None].repeat(2, 1, 1, 1)
    assert source.performance(logits_RTBO, trials).tolist() == [[1, 1], [1, 1]]
    assert source.loss(1000 * logits_RTBO, trials).tolist() == [0, 0]


@given(task_sets, st.integers(0, 2**32))
@settings(deadline=None, max_examples=10)
def test_the_methods_of_a_task_set_are_the_functions(task_set, seed):
    assert same(task_set.stream(3, 20, "cpu", seed).next_batch(), TaskStream(task_set, 3, 20, seed=seed).next_batch())
    trials = task_set.single_trials(2, seed=seed)
    assert same(trials, single_trials(task_set, 2, seed=seed))
    quiet = task_set.single_trials(2, seed=seed, noise=False)
    assert same(quiet, single_trials(task_set, 2, seed=seed, noise=False))
    generator = torch.Generator().manual_seed(seed)
    logits_RTBO = torch.randn(2, *trials.targets_TB.shape, task_set.n_outputs, generator=generator)
    expected_RK = trial_performance(logits_RTBO, trials, len(task_set.names))
    assert torch.equal(task_set.performance(logits_RTBO, trials), expected_RK)
    assert torch.equal(task_set.loss(logits_RTBO, trials), cross_entropy(logits_RTBO, trials))


def test_the_loss_is_the_cross_entropy_over_the_task_steps_of_trials():
    task_set = TaskSet(("go", "dm1"), ring=4)
    trials = task_set.single_trials(3)
    logits_RTBO = torch.randn(2, *trials.targets_TB.shape, 5, generator=torch.Generator().manual_seed(0))
    for replica in range(2):
        expected = F.cross_entropy(logits_RTBO[replica][trials.mask_TB], trials.targets_TB[trials.mask_TB])
        torch.testing.assert_close(task_set.loss(logits_RTBO, trials)[replica], expected)
    rough_R = task_set.loss(logits_RTBO.bfloat16(), trials)
    assert rough_R.dtype == torch.float32
    torch.testing.assert_close(rough_R, task_set.loss(logits_RTBO.bfloat16().float(), trials))


def test_the_ceiling_of_a_source_is_the_ideal_observers_or_unknown():
    task_set = TaskSet(("go", "dm1"))
    assert task_set.ceiling().tolist() == ideal_performance(task_set, 5_000, 30_000).mean_K.tolist()
    assert EchoSource().ceiling() is None


def test_the_cognitive_tasks_are_the_built_in_source():
    assert SOURCES["cognitive"] is TaskSet
    SOURCES.register("echo", EchoSource)
    try:
        assert SOURCES["echo"](strength=2.0).strength == 2
    finally:
        SOURCES.unregister("echo")
    with pytest.raises(InputError, match="no trial source 'echo'"):
        SOURCES.find("echo")


def test_any_source_is_recorded_and_lesioned():
    source, layout = EchoSource(), GridLayout(2, 2)
    model = RateRNN(layout, source.n_inputs, source.n_outputs)
    recording = record(model, source, 10)
    assert recording.activity_TBN.shape == (4, 20, 4)
    assert recording.task_B.tolist() == [0] * 10 + [1] * 10
    trials = source.single_trials(10)
    expected_K = source.performance(model(trials.inputs_TBI).logits_RTBO[0], trials)
    assert recording.performance_K.tolist() == expected_K.tolist()
    report = lesion_modules(model, source, torch.tensor([0, 0, 1, -1]).numpy(), 10, draws=2)
    assert report.task_names == source.names
    assert report.intact_K.tolist() == expected_K.tolist()


def test_names_of_tasks_and_sources_need_no_torch():
    script = (
        "import sys; from neurogrow.tasks import SOURCES, TASK_RECORDS, TaskSet, find_task\n"
        "from neurogrow.models import NEURONS\n"
        "assert TaskSet(('go',)).n_inputs == 34 and 'spiking' in NEURONS and SOURCES['cognitive'] is TaskSet\n"
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
