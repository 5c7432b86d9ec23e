import numpy as np
import pytest
import torch

from neurogrow.errors import InputError
from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN, SpikingRNN
from neurogrow.models.rate import rate_step
from neurogrow.models.recurrence import ACTIVATIONS, RateRecurrence

SMALL = GridLayout(3, 4)


def inputs(T=7, B=3, width=5, seed=0, dtype=torch.float32):
    return torch.randn(T, B, width, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def test_two_neurons_by_hand():
    model = RateRNN(GridLayout(1, 2), n_inputs=1, n_outputs=1)
    with torch.no_grad():
        model.input_weights_RNI.copy_(torch.tensor([[[1.0], [0.0]]]))
        model.recurrent_weights_RNN.copy_(torch.tensor([[[0.0, 0.0], [2.0, -1.0]]]))
        model.output_weights_RON.copy_(torch.tensor([[[0.0, 3.0]]]))
        model.output_bias_RO.fill_(0.5)
    out = model(torch.tensor([1.0, 2.0, 0.0]).view(3, 1, 1))
    assert out.activity_RTBN[0, :, 0].tolist() == [[1, 0], [2, 2], [0, 2]]
    assert out.logits_RTBO.flatten().tolist() == [0.5, 6.5, 6.5]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_fused_recurrence_is_the_step_repeated(activation):
    model = RateRNN(SMALL, 5, 4, replicas=2, activation=activation).double()
    u = inputs(dtype=torch.float64)
    activity = model(u).activity_RTBN
    for r in range(2):
        h = torch.zeros(3, 12, dtype=torch.float64)
        for t in range(7):
            current = u[t] @ model.input_weights_RNI[r].T + model.hidden_bias_RN[r]
            h = rate_step(h, current, model.recurrent_weights_RNN[r], activation)
            torch.testing.assert_close(activity[r, t], h)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_logits_stepped_sum_by_sum_are_the_fused_ones(activation):
    model, u = RateRNN(SMALL, 5, 4, replicas=2, activation=activation).double(), inputs(dtype=torch.float64)
    torch.testing.assert_close(model.stepped_logits(u, 1), model(u).logits_RTBO[1])


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_outputs_and_gradients_equal_torch_rnn(activation):
    model = RateRNN(SMALL, 5, 4, activation=activation).double()
    oracle = torch.nn.RNN(5, 12, nonlinearity=activation, dtype=torch.float64)
    with torch.no_grad():
        oracle.weight_ih_l0.copy_(model.input_weights_RNI[0])
        oracle.weight_hh_l0.copy_(model.recurrent_weights_RNN[0])
        oracle.bias_ih_l0.zero_()
        oracle.bias_hh_l0.zero_()
    u = inputs(dtype=torch.float64)
    ours, theirs = model(u).activity_RTBN[0], oracle(u)[0]
    torch.testing.assert_close(ours, theirs)
    weight = inputs(width=12, seed=1, dtype=torch.float64)
    (ours * weight).sum().backward()
    (theirs * weight).sum().backward()
    torch.testing.assert_close(model.recurrent_weights_RNN.grad[0], oracle.weight_hh_l0.grad)
    torch.testing.assert_close(model.input_weights_RNI.grad[0], oracle.weight_ih_l0.grad)
    torch.testing.assert_close(model.hidden_bias_RN.grad[0], oracle.bias_hh_l0.grad)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_rate_gradients_by_finite_differences(activation):
    generator = torch.Generator().manual_seed(3)
    shapes = [(4, 2, 5), (2, 3, 5), (2, 3), (2, 3, 3), (2, 6, 3), (2, 6)]  # inputs, W_in, b, W, W_out, b_out
    tensors = [torch.randn(shape, dtype=torch.float64, generator=generator, requires_grad=True) for shape in shapes]
    for outputs in (slice(None), slice(1), slice(1, 2)):  # both, and each alone
        torch.autograd.gradcheck(
            lambda *each, some=outputs: RateRecurrence.apply(*each, ACTIVATIONS[activation])[some], tensors
        )


@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN])
def test_inputs_have_a_gradient_where_weights_are_frozen(kind):
    model = kind(SMALL, 5, 4, seed=2).double()
    learned, frozen = (inputs(dtype=torch.float64).requires_grad_() for _ in range(2))
    model(learned).logits_RTBO.square().sum().backward()
    model.requires_grad_(False)
    model(frozen).logits_RTBO.square().sum().backward()
    assert frozen.grad.abs().max() > 0
    torch.testing.assert_close(frozen.grad, learned.grad)


def test_states_and_inputs_are_all_that_is_kept_for_the_way_back():
    kept = []
    model = RateRNN(SMALL, 5, 4)
    weights = {parameter.data_ptr() for parameter in model.parameters()}
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor) or tensor, lambda tensor: tensor):
        model(inputs(T=6))
    values = sum(tensor.numel() for tensor in kept if tensor.data_ptr() not in weights)
    assert values == 7 * 3 * 24  # 12 states, 5 inputs and a one, rounded up


@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN])
def test_nothing_is_seen_of_what_was_in_memory_before(kind):
    """Rows are made without being cleared, and wider than they need be: all that is read has been written."""
    model, u = kind(SMALL, 5, 4, replicas=2), inputs()

    def results():
        out = model(u)
        loss = out.logits_RTBO.square().sum() + out.activity_RTBN.square().sum()
        return [out.logits_RTBO, out.activity_RTBN, *torch.autograd.grad(loss, list(model.parameters()))]

    expected = results()
    torch.use_deterministic_algorithms(True)  # then torch fills new memory with NaN
    try:
        found = results()
    finally:
        torch.use_deterministic_algorithms(False)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN])
def test_a_replica_does_as_the_same_network_alone(kind):
    ensemble = kind(SMALL, 5, 4, replicas=3, seed=7)
    alone = kind(SMALL, 5, 4, seed=8)
    u = inputs()
    torch.testing.assert_close(ensemble(u).logits_RTBO[1], alone(u).logits_RTBO[0])


@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN])
def test_neuron_axes_name_every_axis_of_length_n(kind):
    model = kind(GridLayout(3, 5), 7, 4, replicas=2)
    tensors = dict(model.named_parameters()) | dict(model.named_buffers())
    for name, tensor in tensors.items():
        if name != "distance_NN":
            axes = tuple(int(a) for a in np.flatnonzero(np.array(tensor.shape) == 15))
            assert model.neuron_axes.get(name, ()) == axes


def test_an_unknown_activation_is_refused():
    with pytest.raises(InputError, match="Did you mean 'relu'"):
        RateRNN(SMALL, 5, 4, activation="rleu")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN])
def test_the_gpu_agrees_with_the_cpu(kind):
    model, u = kind(SMALL, 5, 4, replicas=2).double(), inputs(dtype=torch.float64)
    on_cpu = model(u).logits_RTBO
    torch.testing.assert_close(model.cuda()(u.cuda()).logits_RTBO.cpu(), on_cpu)
