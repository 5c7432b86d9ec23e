import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurogrow.analysis.lesion_report import LesionReport, lesion_report, selectivity
from neurogrow.analysis.lesions import lesion_modules, lesion_performance, silence
from neurogrow.errors import InputError
from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN, SpikingRNN
from neurogrow.models.replication import replicated
from neurogrow.tasks import TaskSet, single_trials, trial_performance

TASKS = TaskSet(("rtgo", "rtanti"), ring=4)
THREE = TaskSet(("go", "dm1", "dms"), ring=4)


def two_circuits():
    """Neurons 0 to 3 answer rtgo and nothing else, 4 to 7 rtanti; neuron 8 does nothing.

    A neuron of a direction and a task is on if a stimulus there is shown and the task's rule is given.
    """
    model = RateRNN(GridLayout(3, 3), TASKS.n_inputs, TASKS.n_outputs)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        for neuron in range(8):
            task, direction = divmod(neuron, 4)
            model.input_weights_RNI[0, neuron, [1 + direction, 5 + direction]] = 1.0
            model.input_weights_RNI[0, neuron, 9 + task] = 9.0
            model.hidden_bias_RN[0, neuron] = -9.0
            model.output_weights_RON[0, 1 + (direction + 2 * task) % 4, neuron] = 1.0
        model.output_bias_RO[0, 0] = 0.1
    return model


MODULES = np.array([0, 0, 0, 0, 1, 1, 1, 1, -1])


@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN, "softplus"])
def test_a_lesion_is_the_network_without_those_neurons_weights(kind):
    sizes = (GridLayout(3, 4), THREE.n_inputs, THREE.n_outputs)
    model = (RateRNN(*sizes, activation=kind) if kind == "softplus" else kind(*sizes)).double()
    trials = single_trials(THREE, 20, seed=1)
    silent = [1, 5, 6]
    silent_LN = np.isin(np.arange(12), silent)[None].repeat(3, 0)
    silent_LN[1] = False
    by_hand = replicated(model, 1)
    with torch.no_grad():
        for neuron in silent:  # nothing of it reaches anybody
            by_hand.recurrent_weights_RNN[0, :, neuron] = 0
            by_hand.output_weights_RON[0, :, neuron] = 0
        ensemble = replicated(model, 3)
        silence(ensemble, torch.as_tensor(silent_LN))
        found, whole = ensemble(trials.inputs_TBI), model(trials.inputs_TBI)
        expected = by_hand(trials.inputs_TBI)
    torch.testing.assert_close(found.logits_RTBO[[0, 2]], expected.logits_RTBO.expand(2, -1, -1, -1))
    torch.testing.assert_close(found.logits_RTBO[1], whole.logits_RTBO[0])
    if kind != "softplus":
        assert not found.activity_RTBN[[0, 2]][..., silent].any()
    performance_LK = lesion_performance(model, THREE, trials, silent_LN, activities=1)  # one at a time
    np.testing.assert_allclose(performance_LK[0], trial_performance(expected.logits_RTBO[0], trials, 3))
    np.testing.assert_allclose(performance_LK[1], trial_performance(whole.logits_RTBO[0], trials, 3))
    np.testing.assert_array_equal(performance_LK, lesion_performance(model, THREE, trials, silent_LN))
    assert not torch.allclose(expected.logits_RTBO, whole.logits_RTBO)


def test_a_module_that_serves_one_task_takes_that_task_with_it_and_no_other():
    model = two_circuits()
    before = [parameter.clone() for parameter in model.parameters()]
    report = lesion_modules(model, TASKS, MODULES, trials_per_task=30, draws=50)
    np.testing.assert_array_equal(report.intact_K, [1, 1])
    np.testing.assert_array_equal(report.drop_MK, [[1, 0], [0, 1]])
    assert [m.neurons for m in report.modules] == [4, 4]
    assert [m.selectivity.value for m in report.modules] == [1, 1]
    assert report.selectivity.value == 1
    assert report.selectivity.p < 0.1  # 2 of 70 ways to divide eight neurons in halves are these
    assert report.selectivity.z > 1.5
    assert report.mean_drop.value == 0.5
    assert 0 < report.modules[0].control_mean_K[0] < 1
    assert report.modules[0].drop_z_K[0] > 0 > report.modules[0].drop_z_K[1]
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_a_control_takes_as_many_of_the_important_neurons():
    whole = lesion_modules(two_circuits(), TASKS, np.where(MODULES < 0, -1, 0), 20, draws=3)
    (only,) = whole.modules
    assert only.mean_drop.value == only.mean_drop.control_mean == 1  # there is one way to take all eight
    assert only.mean_drop.z is None
    assert only.mean_drop.p == 1
    np.testing.assert_array_equal(only.drop_z_K, [0, 0])


def test_selectivity_by_hand():
    assert selectivity(np.array([[0.0, 0.5, 0, 0]])) == 1
    assert selectivity(np.array([[0.3, 0.3, 0.3]])) == pytest.approx(0)
    assert selectivity(np.array([[0.0, -0.2]])) == 0  # no task falls
    assert selectivity(np.array([[0.4]])) == 0
    assert selectivity(np.array([[0.2, 0.2, 0, 0]])) == pytest.approx((1 - 1 / 2) / (1 - 1 / 4))
    # a lesion with ten times the damage counts a hundred times as much
    both = np.array([[1.0, 0.0], [0.1, 0.1]])
    assert selectivity(both) == pytest.approx((1 - (0.25 + 0.01) / (0.5 + 0.01)) / (1 - 1 / 2))


@settings(deadline=None, max_examples=30)
@given(arrays(float, (3, 2, 4), elements=st.floats(-1, 1)), st.floats(0.1, 10))
def test_selectivity_lies_between_0_and_1_and_does_not_depend_on_scale(drop, scale):
    found = selectivity(drop)
    assert found.shape == (3,)
    assert ((found >= -1e-9) & (found <= 1 + 1e-9)).all()
    drop[np.abs(drop) < 1e-3] = 0  # squares of smaller ones vanish
    np.testing.assert_allclose(selectivity(scale * drop), selectivity(drop), atol=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 4), st.integers(1, 5), st.integers(2, 6), st.integers(0, 1000))
def test_a_report_comes_back_from_json_bit_for_bit(modules, tasks, draws, seed):
    rng = np.random.default_rng(seed)
    report = lesion_report(
        [f"task{k}" for k in range(tasks)],
        rng.random(tasks),
        rng.random((modules, tasks)),
        rng.random((draws, modules, tasks)),
        rng.integers(1, 9, modules),
        trials_per_task=5,
        seed=seed,
    )
    text = json.dumps(report.to_json() | {"model": "abc"}, allow_nan=False)
    back = LesionReport.from_json(json.loads(text))
    assert back.to_json() == report.to_json()
    np.testing.assert_array_equal(back.drop_MK, report.drop_MK)
    assert back.draws == draws
    assert all(0 < m.mean_drop.p <= 1 for m in back.modules)


def test_what_is_no_lesion_report_is_refused():
    whole = lesion_modules(two_circuits(), TASKS, MODULES, 5, draws=2).to_json()
    with pytest.raises(InputError, match="not a lesion report"):
        LesionReport.from_json({"format": "neurogrow-analysis-1"})
    for wrong in ({"intact_K": [1.0]}, {"modules": []}, {"modules": [{}]}, {"selectivity": None}):
        with pytest.raises(InputError, match="run the lesions again"):
            LesionReport.from_json(whole | wrong)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"module_N": np.full(9, -1)}, "at least one module"),
        ({"module_N": np.zeros(4, int)}, "every neuron"),
        ({"draws": 1}, "2 draws"),
        ({"trials_per_task": 0}, "at least one trial"),
        ({"task_set": THREE}, "inputs"),
        ({"model": replicated(two_circuits(), 2)}, "ensemble"),
    ],
)
def test_what_cannot_be_lesioned_is_refused(changed, message):
    given_ = {"model": two_circuits(), "task_set": TASKS, "module_N": MODULES, "trials_per_task": 2, "draws": 2}
    with pytest.raises(InputError, match=message):
        lesion_modules(**given_ | changed)


def test_copies_are_of_one_replica_and_their_own():
    model = SpikingRNN(GridLayout(2, 2), 3, 2, replicas=2)
    copies = replicated(model, 3, replica=1)
    assert copies.replicas == 3
    for name, tensor in model.some_replicas(slice(1, 2)).items():
        torch.testing.assert_close(getattr(copies, name), tensor.repeat(3, *[1] * (tensor.ndim - 1)))
    with torch.no_grad():
        copies.hidden_bias_RN.add_(1)
    assert not model.hidden_bias_RN.any()
    inputs_TBI = torch.rand(4, 2, 3)
    assert copies(inputs_TBI).logits_RTBO.shape == (3, 4, 2, 2)
    assert set(dict(copies.named_parameters())) == set(dict(model.named_parameters()))
    for wrong in ((0, 0), (1, 2), (1, -1)):
        with pytest.raises(InputError):
            replicated(model, *wrong)
