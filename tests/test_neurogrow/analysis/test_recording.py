import numpy as np
import pytest
import torch

from neurogrow.analysis.recording import record
from neurogrow.analysis.report import modularity_report
from neurogrow.errors import InputError
from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN, SpikingRNN
from neurogrow.tasks import TaskSet, single_trials, trial_performance

TASKS = TaskSet(("go", "dm1", "dms"), ring=4)


def model_of(kind=RateRNN, replicas=1):
    return kind(GridLayout(4, 4), TASKS.n_inputs, TASKS.n_outputs, replicas=replicas)


@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN])
def test_a_recording_is_what_the_model_does_in_one_run(kind):
    model = model_of(kind, replicas=2)
    batch = single_trials(TASKS, 5, "cpu", 3)
    with torch.no_grad():
        output = model(batch.inputs_TBI)
    recording = record(model, TASKS, 5, seed=3, replica=1, lanes=4)
    running_TB = batch.mask_TB.numpy()
    np.testing.assert_allclose(recording.activity_TBN, output.activity_RTBN[1].numpy(), atol=1e-5)
    np.testing.assert_array_equal(recording.mask_TB, running_TB)
    np.testing.assert_array_equal(recording.task_B, np.repeat([0, 1, 2], 5))
    np.testing.assert_allclose(
        recording.performance_K, trial_performance(output.logits_RTBO[1], batch, len(TASKS.names)).numpy()
    )


def test_a_network_that_always_fixates_performs_the_non_matching_trials_only():
    model = model_of()
    with torch.no_grad():
        model.output_weights_RON.zero_()
        model.output_bias_RO[:, 0] = 1.0
    performance_K = record(model, TASKS, 200, noise=False).performance_K
    assert performance_K[:2].tolist() == [0.0, 0.0]
    assert performance_K[2] == pytest.approx(0.5, abs=0.15)


def test_from_model_to_report():
    model = model_of()
    recording = record(model, TASKS, 20)
    weights_NN = model.recurrent_weights_RNN[0].detach().numpy()
    report = modularity_report(weights_NN, model.layout, recording, TASKS.names, n_shuffles=20)
    assert report.n_important == 16
    assert report.chosen.k in range(8, 16)
    np.testing.assert_array_equal(report.performance_K, recording.performance_K)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"trials_per_task": 1}, "at least 2 trials"),
        ({"lanes": 0}, "1 lane"),
        ({"replica": 1}, "no replica 1"),
        ({"task_set": TaskSet(("go",), ring=4)}, "trained on"),
    ],
)
def test_what_cannot_be_recorded_is_refused(changed, message):
    with pytest.raises(InputError, match=message):
        record(**{"model": model_of(), "task_set": TASKS} | changed)
