import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.errors import InputError
from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN, SpikingRNN
from neurogrow.network import LIFNeurons, RateNeurons
from neurogrow.pruning import prune, reaches_output, restore


def test_who_reaches_the_output_by_hand():
    # 0 -> 1 -> out, 2 <-> 3 among themselves, 4 -> 0
    W = np.zeros((5, 5))
    W[1, 0] = W[2, 3] = W[3, 2] = W[0, 4] = 1.0
    W_out = np.array([[0.0, 2.0, 0.0, 0.0, 0.0]])
    assert reaches_output(W, W_out).tolist() == [True, True, False, False, True]


@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN])
def test_dead_neurons_leave_without_a_trace(kind):
    model = kind(GridLayout(3, 4), 5, 4, seed=2).double()
    with torch.no_grad():
        model.recurrent_weights_RNN[0, :6, 6:] = 0  # neurons 6 to 11 reach only each other
        model.output_weights_RON[0, :, 6:] = 0
    network = prune(model, threshold=0.0)
    assert network.neuron_id_N.tolist() == list(range(6))
    inputs = torch.randn(9, 3, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(restore(network)(inputs).logits_RTBO, model(inputs).logits_RTBO)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.floats(0, 0.2), st.sampled_from([RateRNN, SpikingRNN]))
def test_pruning_and_restoring_keep_exactly_the_strong_weights(seed, threshold, kind):
    model = kind(GridLayout(2, 3), 3, 2, seed=seed)
    network = prune(model, threshold)
    assert isinstance(network.neurons, RateNeurons if kind is RateRNN else LIFNeurons)
    W = model.recurrent_weights_RNN[0].detach().double().numpy()
    ids = network.neuron_id_N
    wanted = np.where(np.abs(W) > threshold, W, 0)[np.ix_(ids, ids)]
    np.testing.assert_array_equal(network.recurrent_weights_NN.toarray(), wanted)
    np.testing.assert_array_equal(restore(network).recurrent_weights_RNN[0].detach().numpy()[np.ix_(ids, ids)], wanted)
    again = prune(restore(network), 0.0)
    np.testing.assert_array_equal(again.neuron_id_N, ids)
    np.testing.assert_array_equal(again.input_weights_NI, network.input_weights_NI)


def test_modules_follow_their_neurons():
    model = RateRNN(GridLayout(2, 3), 3, 2)
    with torch.no_grad():
        model.recurrent_weights_RNN.zero_()
        model.output_weights_RON[0, :, :2] = 0
    network = prune(model, 0.0, module_N=np.array([5, 4, 3, 2, 1, 0]))
    assert network.neuron_id_N.tolist() == [2, 3, 4, 5]
    assert network.module_N.tolist() == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("threshold", "message"),
    [(-1.0, "not negative"), (np.nan, "not negative"), (1e9, "choose a lower threshold")],
)
def test_a_threshold_that_cannot_be_is_refused(threshold, message):
    with pytest.raises(InputError, match=message):
        prune(RateRNN(GridLayout(2, 3), 3, 2), threshold)
