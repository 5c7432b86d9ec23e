from dataclasses import replace

import numpy as np
import pytest
import torch
from support.spiking_networks import spiking_network

from neurogrow.errors import InputError
from neurogrow.network import RateNeurons
from neurogrow.progress import heard_by
from neurogrow.pruning import restore
from neurogrow.quantization.fine_tuning import FineTuning, OnGrid, _on_one_row, fine_tune, first_grid, straight_through
from neurogrow.quantization.grid import quantize
from neurogrow.quantization.task_performance import responds
from neurogrow.tasks import TaskSet, single_trials

TASKS = TaskSet(("go", "dm1"), ring=4)


def task_network(kind="spiking", n=16):
    network = spiking_network(n, n_inputs=TASKS.n_inputs, n_outputs=TASKS.n_outputs, density=0.3, substeps=2)
    return network if kind == "spiking" else replace(network, neurons=RateNeurons("tanh"))


def test_the_gradient_passes_rounding_as_if_it_were_not_there_and_stops_where_weights_are_clipped():
    weights = torch.tensor([0.26, -0.74, 5.0], requires_grad=True)
    step = torch.tensor(0.5, requires_grad=True)
    rounded = straight_through(weights, step, 3)
    assert rounded.tolist() == [0.5, -0.5, 1.5]
    rounded.sum().backward()
    assert weights.grad.tolist() == [1, 1, 0]
    # round(w / s) - w / s where it is not clipped, m where it is: (1 - 0.52) + (-1 + 1.48) + 3
    np.testing.assert_allclose(float(step.grad), 3.96, rtol=1e-6)


@pytest.mark.parametrize("per", ["network", "neuron"])
@pytest.mark.parametrize("kind", ["spiking", "rate"])
def test_what_is_trained_is_what_comes_out_in_whole_numbers(kind, per):
    network = task_network(kind)
    unit_N = np.ones(16) if kind == "rate" else network.neurons.threshold_N
    on_grid = OnGrid(restore(_on_one_row(network)).double(), first_grid(network, 4, per), unit_N)
    on_grid.log_N.data += 0.1
    quantized = on_grid.learned(network, unit_N)
    batch = single_trials(TASKS, 3)
    with torch.no_grad():
        trained_TBO = on_grid.double()(batch.inputs_TBI.double()).logits_RTBO[0]
    logits_TBO = responds(quantized.network())(batch.inputs_TBI.double().numpy())
    np.testing.assert_allclose(np.median(np.abs(trained_TBO.numpy() - logits_TBO)), 0, atol=0.02)


@pytest.mark.parametrize("kind", ["spiking", "rate"])
def test_a_short_training_mends_what_rounding_has_cost_and_leaves_removed_connections_alone(kind):
    network = task_network(kind)
    tuned = fine_tune(network, TASKS, 3, settings=FineTuning(steps=40, batch_size=8, ticks=24, learning_rate=0.02))
    assert set(np.unique(tuned.output_weights_ON)) <= set(range(-3, 4))
    removed = network.recurrent_weights_NN.toarray() == 0
    assert not tuned.recurrent_weights_NN.toarray()[removed].any()
    batch = single_trials(TASKS, 20)

    def error(quantized):
        logits_TBO = torch.as_tensor(responds(quantized.network())(batch.inputs_TBI.double().numpy()))
        return float(TASKS.loss(logits_TBO[None], batch))

    assert error(tuned) < 0.8 * error(quantize(network, 3))


def test_the_same_seed_gives_the_same_network_and_progress_is_told():
    seen, settings = [], FineTuning(steps=3, batch_size=4, ticks=10)
    with heard_by(lambda what, done, steps: seen.append((done, steps))):
        one, two = (fine_tune(task_network(), TASKS, 4, "neuron", settings) for _ in range(2))
    np.testing.assert_array_equal(one.input_weights_NI, two.input_weights_NI)
    assert seen == [(1, 3), (2, 3), (3, 3)] * 2


def test_settings_that_train_nothing_are_refused():
    with pytest.raises(InputError, match="steps"):
        FineTuning(steps=0)
