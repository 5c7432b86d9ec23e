import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.analysis.transfer import TransferReport, pool_transfers, transfer_curve, trials_to_level
from neurogrow.errors import InputError
from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN, SpikingRNN
from neurogrow.tasks import TaskSet, TaskStream, single_trials
from neurogrow.training.transfer import (
    TransferConfig,
    learn_tasks,
    measured_steps,
    shuffled_recurrence,
    trials_decided,
    with_new_rules,
)

OLD, NEW = TaskSet(("rtgo", "dm1"), ring=4), TaskSet(("rtanti",), ring=4)
FEW = TransferConfig(steps=4, batch_size=4, ticks=30, seeds=2, points=3, trials_per_task=10)


def model_of(kind=RateRNN, replicas=1):
    return kind(GridLayout(3, 4), OLD.n_inputs, OLD.n_outputs, replicas)


def ring_memory():
    """A network for 'delayed go' on a ring of 4 whose neurons hold their direction by themselves.

    Neuron d holds a stimulus at d (its weight to itself is 1) and passes it on to neuron 4 + d, silent while the
    fixation input is on, which the readout reads.
    """
    tasks = TaskSet(("dlygo",), ring=4)
    model = RateRNN(GridLayout(2, 4), tasks.n_inputs, tasks.n_outputs)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        for d in range(4):
            model.input_weights_RNI[0, d, [1 + d, 5 + d]] = 1.0
            model.recurrent_weights_RNN[0, d, d] = 1.0
            model.recurrent_weights_RNN[0, 4 + d, d] = 1.0
            model.input_weights_RNI[0, 4 + d, 0] = -50.0
            model.output_weights_RON[0, 1 + d, 4 + d] = 1.0
        model.output_bias_RO[0, 0] = 0.1
    return model


@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN])
@pytest.mark.parametrize("readout", [True, False])
def test_nothing_but_the_ends_changes_and_they_do(kind, readout):
    model = model_of(kind)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    config = TransferConfig(steps=5, batch_size=4, ticks=30, seeds=3, readout=readout)
    start = with_new_rules(model, NEW, config)
    _, learned = learn_tasks(model, NEW, config)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name  # the network given stays as it is
    sensory = slice(0, 1 + 2 * OLD.ring)
    assert torch.equal(learned.input_weights_RNI[..., sensory], model.input_weights_RNI[..., sensory].expand(3, -1, -1))
    frozen = ["recurrent_weights_RNN", "hidden_bias_RN", *(["beta_RN"] if kind is SpikingRNN else [])]
    changed = ["output_weights_RON", "output_bias_RO"]
    for name in frozen + ([] if readout else changed):
        assert torch.equal(getattr(learned, name), before[name].expand_as(getattr(learned, name))), name
    for name in changed if readout else []:
        assert not torch.equal(getattr(learned, name), getattr(start, name)), name
    assert not torch.equal(learned.input_weights_RNI, start.input_weights_RNI)


def test_new_rule_inputs_are_the_same_in_every_network_and_differ_between_replicas():
    one, other = (with_new_rules(RateRNN(GridLayout(3, 4), 11, 5, seed=seed), NEW, FEW) for seed in (1, 2))
    assert torch.equal(one.input_weights_RNI[..., 9:], other.input_weights_RNI[..., 9:])
    assert not torch.equal(one.input_weights_RNI[..., :9], other.input_weights_RNI[..., :9])
    assert not torch.equal(one.input_weights_RNI[0, :, 9:], one.input_weights_RNI[1, :, 9:])
    assert one.input_weights_RNI.shape == (2, 12, NEW.n_inputs)


def test_old_rule_inputs_carry_nothing_in_trials_of_new_tasks():
    """So leaving them out is the same as widening: the logits of the whole network with both kinds of rule inputs."""
    model, both = model_of(), TaskSet((*OLD.names, *NEW.names), ring=4)
    ends = with_new_rules(model, NEW, FEW)
    wide = RateRNN(GridLayout(3, 4), both.n_inputs, both.n_outputs)
    with torch.no_grad():
        for name, parameter in wide.named_parameters():
            parameter.copy_(
                torch.cat([model.input_weights_RNI[0], ends.input_weights_RNI[0, :, 9:]], 1)[None]
                if name == "input_weights_RNI"
                else getattr(model, name)
            )
        trials = single_trials(both, 5)
        lanes = trials.task_TB[0] == both.names.index("rtanti")
        inputs_TBI = trials.inputs_TBI[:, lanes]
        found = ends(inputs_TBI[..., [*range(9), 11]]).logits_RTBO[0]
        torch.testing.assert_close(found, wide(inputs_TBI).logits_RTBO[0])


def test_the_same_seeds_give_the_same_curve_and_a_longer_one_begins_alike():
    (one, _), (again, _) = (learn_tasks(model_of(), NEW, FEW) for _ in range(2))
    np.testing.assert_array_equal(one.performance_RPK, again.performance_RPK)
    assert one.performance_RPK.shape == (2, 1 + len(measured_steps(4, 3)), 1)
    assert one.trials_P[0] == 0
    assert (np.diff(one.trials_P) > 0).all()
    longer, _ = learn_tasks(model_of(), NEW, TransferConfig(8, 4, 30, seeds=2, points=8, trials_per_task=10))
    np.testing.assert_array_equal(longer.trials_P[-1] > one.trials_P[-1], True)
    at_four = longer.trials_P.tolist().index(one.trials_P[-1])
    np.testing.assert_array_equal(longer.performance_RPK[:, at_four], one.performance_RPK[:, -1])


def test_a_network_that_holds_what_the_new_task_needs_learns_it_and_one_without_memory_does_not():
    """Delayed go is the old task; delayed anti needs the same memory, turned by the readout."""
    new = TaskSet(("dlyanti",), ring=4)
    config = TransferConfig(steps=80, learning_rate=0.05, seeds=2, points=2, trials_per_task=50)
    grown, _ = learn_tasks(ring_memory(), new, config)
    forgetful = ring_memory()
    with torch.no_grad():
        forgetful.recurrent_weights_RNN.diagonal(dim1=1, dim2=2).zero_()
    without, _ = learn_tasks(forgetful, new, config)
    assert grown.performance_RPK[:, 0].max() < 0.5
    assert grown.performance_RPK[:, -1].min() > 0.9
    assert without.performance_RPK[:, -1].max() < 0.5  # a response without memory is right in one trial of four


def test_a_shuffle_keeps_connections_their_sums_and_selves():
    model = model_of(replicas=2)
    with torch.no_grad():
        model.recurrent_weights_RNN[0, :, 5:7] = 0.0  # no connection from two of the neurons
    shuffled = shuffled_recurrence(model, 3, seed=1)
    grown, found = model.recurrent_weights_RNN[0], shuffled.recurrent_weights_RNN
    connected = grown.abs() > 0.01
    for weights in found:
        assert torch.equal(weights.diagonal(), grown.diagonal())
        assert torch.equal(weights.abs() > 0.01, connected)
        assert torch.equal(weights[~connected], grown[~connected])
        assert torch.equal(weights.sort(1).values, grown.sort(1).values)
        assert not torch.equal(weights, grown)
    assert not torch.equal(found[0], found[1])
    assert torch.equal(shuffled.input_weights_RNI[2], model.input_weights_RNI[0])
    assert torch.equal(found, shuffled_recurrence(model, 3, seed=1).recurrent_weights_RNN)


def test_trials_are_counted_when_their_decision_begins():
    batch = TaskStream(OLD, 3, 60, seed=2).next_batch()
    begins = 0
    for lane in range(3):
        decision = batch.decision_TB[:, lane].tolist()
        begins += sum(now and not before for before, now in zip([False, *decision], decision, strict=False))
    assert int(trials_decided(batch)) == begins > 0
    assert int(trials_decided(single_trials(OLD, 7))) == 14


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 500), st.integers(1, 30))
def test_looks_begin_with_the_first_step_and_end_with_the_last(steps, points):
    found = sorted(measured_steps(steps, points))
    assert found[-1] == steps
    assert found[0] >= 1
    assert len(found) <= points + 1
    if points > 1:
        assert found[0] == 1


def test_trials_to_a_level_by_hand():
    trials_P, value_P = np.array([0, 1, 3, 7]), np.array([0.1, 0.1, 0.5, 0.4])
    assert trials_to_level(trials_P, value_P, 0.3) == pytest.approx(np.sqrt(8) - 1)
    assert trials_to_level(trials_P, value_P, 0.05) == 0
    assert trials_to_level(trials_P, value_P, 0.5) == 3
    assert trials_to_level(trials_P, value_P, 0.51) is None


def report(seed=0, replicas=3):
    rng = np.random.default_rng(seed)
    trials_P, ceiling_K = np.array([0, 10, 40, 90]), np.array([0.9, 1.0])
    curves = [transfer_curve(trials_P, np.sort(rng.random((replicas, 4, 2)), axis=1), ceiling_K) for _ in range(2)]
    return TransferReport(("go",), ("dm1", "dms"), trials_P, *curves, ceiling_K, 0.8, {"steps": 4})


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.integers(1, 5))
def test_a_report_comes_back_from_json_bit_for_bit(seed, replicas):
    one = report(seed, replicas)
    back = TransferReport.from_json(json.loads(json.dumps(one.to_json() | {"model": "abc"}, allow_nan=False)))
    assert back.to_json() == one.to_json()
    np.testing.assert_array_equal(back.grown.final_R, one.grown.performance_RPK[:, -1].mean(1))


def test_the_median_replica_decides_whether_a_network_has_learned():
    performance_RPK = np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 0.1]])[..., None]
    trials_P, ceiling_K = np.array([0, 3]), np.array([1.0])
    assert transfer_curve(trials_P, performance_RPK, ceiling_K, 1.0).median_trials == 3
    assert transfer_curve(trials_P, performance_RPK[1:], ceiling_K, 1.0).median_trials is None


def test_networks_of_a_condition_pool_their_replicas():
    one, two = report(0), report(1, replicas=2)
    both = pool_transfers([one, two])
    assert both.grown.performance_RPK.shape == (5, 4, 2)
    np.testing.assert_array_equal(both.shuffled.performance_RPK[3:], two.shuffled.performance_RPK)
    assert both.grown.trials_to_criterion_R == one.grown.trials_to_criterion_R + two.grown.trials_to_criterion_R
    assert pool_transfers([one]).to_json() == one.to_json()
    for other in (
        replace(two, trials_P=two.trials_P + 1),
        replace(two, task_names=("dm1", "dm2")),
        replace(two, settings={"steps": 5}),
    ):
        with pytest.raises(InputError, match="same tasks from the same trials"):
            pool_transfers([one, other])
    with pytest.raises(InputError, match="no transfer"):
        pool_transfers([])


def test_what_is_no_transfer_report_is_refused():
    whole = report().to_json()
    with pytest.raises(InputError, match="not a transfer report"):
        TransferReport.from_json({"format": "neurogrow-lesions-1"})
    for wrong in ({"trials_P": [0]}, {"ceiling_K": [1.0]}, {"grown": {}}, {"settings": None}):
        with pytest.raises(InputError, match="run the transfer again"):
            TransferReport.from_json(whole | wrong)


@pytest.mark.parametrize(
    ("learn", "message"),
    [
        (lambda: TransferConfig(steps=0), "steps is not"),
        (lambda: TransferConfig(seed=-1), "seed is not"),
        (lambda: learn_tasks(model_of(), TaskSet(("go",), ring=8), FEW), "ring of 8"),
        (lambda: learn_tasks(model_of(replicas=3), NEW, FEW), "ensemble has 3"),
    ],
)
def test_what_cannot_be_learned_is_refused(learn, message):
    with pytest.raises(InputError, match=message):
        learn()
