import numpy as np
import pytest
import snntorch as snn
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.errors import InputError
from neurogrow.layout import GridLayout
from neurogrow.models import SpikingRNN, spiking_recurrence
from neurogrow.models.surrogates import SLOPES, spike_gradient
from neurogrow.models.tangents import Surrogate, tangents
from neurogrow.pruning import prune, restore

SMALL = GridLayout(3, 4)


def inputs(T=6, B=3, width=5, seed=0, dtype=torch.float64):
    return torch.randn(T, B, width, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def lively(**settings_):
    """A network of two replicas, in float64, whose neurons spike in a good part of all ticks."""
    model = SpikingRNN(SMALL, 5, 4, replicas=2, **({"substeps": 4} | settings_)).double()
    with torch.no_grad():
        model.input_weights_RNI.mul_(1.5)
    return model


def one_neuron(weight, recurrent=0.0, **settings_):
    model = SpikingRNN(GridLayout(1, 1), 1, 1, **({"substeps": 1, "threshold": 1.0} | settings_))
    with torch.no_grad():
        model.input_weights_RNI.fill_(weight)
        model.recurrent_weights_RNN.fill_(recurrent)
        model.output_weights_RON.fill_(1.0)
    return model


@pytest.mark.parametrize("name", SLOPES)
def test_surrogates_are_those_of_snntorch(name):
    x = torch.linspace(-2, 2, 41, dtype=torch.float64, requires_grad=True)
    (theirs,) = torch.autograd.grad(spike_gradient(name, 3.0)(x).sum(), x)
    torch.testing.assert_close(SLOPES[name](x.detach().clone(), 3.0), theirs)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", SLOPES)
def test_the_compiled_tangents_are_those_of_tensors(name, dtype):
    generator = torch.Generator().manual_seed(0)
    membrane = torch.randn(2, 9, 3, 5, generator=generator, dtype=dtype)
    membrane[0, 2, 0, 0] = 0.7  # exactly at threshold: no spike
    u_RPBN, beta_RN = membrane[:, 2:], torch.rand(2, 5, generator=generator, dtype=dtype)
    spikes_RPBN = (u_RPBN > 0.7).to(dtype)
    slope_RPBN, kept_RPBN = tangents(u_RPBN, spikes_RPBN, 0.7, beta_RN, Surrogate(name, 3.0))
    expected = SLOPES[name](u_RPBN - 0.7, 3.0)
    torch.testing.assert_close(slope_RPBN, expected)
    torch.testing.assert_close(kept_RPBN, beta_RN[:, None, None] * (1 - spikes_RPBN - u_RPBN * expected))


def test_a_lif_neuron_by_hand():
    # v: 0.6, 0.9 (0.5 * 0.6 + 0.6), 1.05 > 1 spikes and rests at 0, then 0.6 with its own spike at -0.25: 0.35, 0.775
    model = one_neuron(0.6, recurrent=-0.25, beta=0.5)
    assert model.spikes(torch.ones(5, 1, 1)).flatten().tolist() == [0, 0, 1, 0, 0]


def test_a_neuron_with_a_synaptic_current_by_hand():
    # i: 0.5, 0.75, 0.875, 0.9375; v: 0.5, 1.0 (0.25 + 0.75, not above), 1.375 spikes, then 0.9375 from rest
    model = one_neuron(0.5, beta=0.5, alpha=0.5)
    assert model.spikes(torch.ones(4, 1, 1)).flatten().tolist() == [0, 0, 1, 0]


def test_a_membrane_exactly_at_threshold_does_not_spike():
    model = one_neuron(1.0)
    assert model.spikes(torch.ones(1, 1, 1)).item() == 0
    assert model.spikes(torch.full((1, 1, 1), 1.0 + 1e-6)).item() == 1


def test_an_encoder_spikes_in_proportion_and_reaches_the_neuron_in_the_same_tick():
    # encoder: 0.55, 1.045 (0.9 * 0.55 + 0.55) spikes, and so on every second tick; the neuron's 2 is above threshold
    model = one_neuron(2.0, beta=0.9, encoders=2)
    with torch.no_grad():
        model.input_weights_RNI[0, 0, 1] = 0.0  # the second encoder hears half as much
    assert model.spikes(torch.full((4, 1, 1), 0.5)).flatten().tolist() == [0, 1, 0, 1]
    assert model.spikes(torch.ones(4, 1, 1)).flatten().tolist() == [1, 1, 1, 1]


def test_the_readout_leaks_and_is_read_once_a_task_step():
    # a spike every tick, drive 1: o = 0.5, 0.75, 0.875, 0.9375, of which every second is read
    model = one_neuron(2.0, substeps=2, readout_beta=0.5)
    output = model(torch.ones(2, 1, 1))
    assert output.logits_RTBO.flatten().tolist() == [0.75, 0.9375]
    assert output.activity_RTBN.flatten().tolist() == [1, 1]


@pytest.mark.parametrize(
    ("surrogate", "alpha", "encoders"),
    [("atan", 0.0, 0), ("fast_sigmoid", 0.0, 0), ("atan", 0.6, 0), ("fast_sigmoid", 0.6, 0), ("atan", 0.6, 11)],
)
def test_spikes_and_gradients_equal_stepped_snntorch(surrogate, alpha, encoders):
    model, u, replica = lively(surrogate=surrogate, alpha=alpha, encoders=encoders), inputs(), 1
    stepped = model.to_snntorch(replica)
    pairs = [
        (model.recurrent_weights_RNN, stepped.recurrent.weight),
        (model.input_weights_RNI, stepped.input.weight),
        (model.hidden_bias_RN, stepped.input.bias),
        (model.output_weights_RON, stepped.output.weight),
        (model.output_bias_RO, stepped.output.bias),
        (model.beta_RN.requires_grad_(), stepped.hidden.beta.requires_grad_()),
    ]
    if alpha:
        pairs.append((model.alpha_RN.requires_grad_(), stepped.hidden.alpha.requires_grad_()))
    if encoders:
        pairs.append((model.encoder_weights_REI, stepped.encode.weight))
        pairs.append((model.encoder_bias_RE, stepped.encode.bias))
    out, (logits, spikes) = model(u), stepped(u)
    rates = spikes.view(6, 4, 3, 12).mean(1)
    assert 0.02 < spikes.mean() < 0.6
    torch.testing.assert_close(model.spikes(u)[replica], spikes, rtol=0, atol=0)
    torch.testing.assert_close(out.logits_RTBO[replica], logits)
    torch.testing.assert_close(out.activity_RTBN[replica], rates)
    for_logits, for_rates = inputs(width=4, seed=1), inputs(width=12, seed=2)
    ((out.logits_RTBO[replica] * for_logits).sum() + (out.activity_RTBN[replica] * for_rates).sum()).backward()
    ((logits * for_logits).sum() + (rates * for_rates).sum()).backward()
    for ours, theirs in pairs:
        largest = theirs.grad.abs().max()
        assert largest > 0
        assert (ours.grad[replica] - theirs.grad).abs().max() < 1e-5 * largest


def test_the_gradient_of_inputs_equals_stepped_snntorch():
    model, u = lively(), inputs()
    ours, theirs = u.clone().requires_grad_(), u.clone().requires_grad_()
    model(ours).logits_RTBO[0].square().sum().backward()
    model.to_snntorch(0)(theirs)[0].square().sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-5, atol=1e-6)


def test_a_loss_of_rates_alone_has_the_gradient_it_has_beside_logits():
    alone, beside, u = lively(), lively(), inputs()
    alone(u).activity_RTBN.square().sum().backward()
    output = beside(u)
    (output.activity_RTBN.square().sum() + 0 * output.logits_RTBO.sum()).backward()
    for one, other in zip(alone.parameters(), beside.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)
    assert alone.recurrent_weights_RNN.grad.abs().max() > 0


@settings(deadline=None, max_examples=5)
@given(st.integers(1, 400), st.sampled_from([0.0, 0.5]))
def test_the_length_of_blocks_changes_nothing(block, alpha):
    model, u = lively(alpha=alpha, learn_decays=True), inputs()

    def result():
        model.zero_grad()
        output = model(u)
        (output.logits_RTBO.square().sum() + output.activity_RTBN.square().sum()).backward()
        return [output.logits_RTBO.detach(), *(parameter.grad.clone() for parameter in model.parameters())]

    whole, before = result(), spiking_recurrence.BLOCK
    try:
        spiking_recurrence.BLOCK = block
        for one, other in zip(whole, result(), strict=True):
            torch.testing.assert_close(one, other)
    finally:
        spiking_recurrence.BLOCK = before


@pytest.mark.parametrize("alpha", [0.0, 0.6])
def test_learned_decays_are_logits_of_the_same_network(alpha):
    fixed, learned, u = lively(alpha=alpha), lively(alpha=alpha, learn_decays=True), inputs()
    torch.testing.assert_close(learned(u).logits_RTBO, fixed(u).logits_RTBO, rtol=1e-5, atol=1e-6)
    learned(u).logits_RTBO.square().sum().backward()
    fixed.beta_RN.requires_grad_()
    fixed(u).logits_RTBO.square().sum().backward()
    beta = fixed.beta_RN.detach()
    torch.testing.assert_close(learned.beta_logit_RN.grad, fixed.beta_RN.grad * beta * (1 - beta), rtol=1e-4, atol=1e-6)
    with torch.no_grad():
        learned.beta_logit_RN.add_(30).mul_(-1)
    assert ((learned.membrane_decay_RN > 0) & (learned.membrane_decay_RN < 1)).all()


def test_fewer_bits_on_the_way_back_leave_the_way_forward_as_it_is():
    torch.manual_seed(0)
    model, u = SpikingRNN(SMALL, 5, 4, substeps=4), inputs(dtype=torch.float32)
    half = SpikingRNN(SMALL, 5, 4, substeps=4, products=torch.bfloat16)
    assert torch.equal(model(u).logits_RTBO, half(u).logits_RTBO)
    for each in (model, half):
        each(u).logits_RTBO.square().sum().backward()
    exact, rough = model.recurrent_weights_RNN.grad, half.recurrent_weights_RNN.grad
    assert not torch.equal(exact, rough)
    assert (exact - rough).norm() < 0.02 * exact.norm()


@pytest.mark.parametrize("settings_", [{"alpha": 0.6}, {"learn_decays": True}, {"alpha": 0.3, "encoders": 5}])
def test_pruned_and_restored_networks_spike_as_before(settings_):
    model, u = lively(**settings_), inputs()
    with torch.no_grad():
        for name in ("alpha", "beta") if model.has_current else ("beta",):
            model.set_decay(name, torch.rand(2, 12, dtype=torch.float64) * 0.5 + 0.4)
    network = prune(model, 0.0, replica=1)
    assert type(network.neurons).__name__ == ("CubaLIFNeurons" if model.has_current else "LIFNeurons")
    assert np.ptp(network.neurons.beta_N) > 0.1
    assert (network.n_inputs, network.encoder is None) == (5, not model.encoders)
    torch.testing.assert_close(restore(network).spikes(u)[0], model.spikes(u)[1], rtol=0, atol=0)


def test_snntorch_modules_are_leaky_or_synaptic():
    assert isinstance(lively().to_snntorch().hidden, snn.Leaky)
    assert isinstance(lively(alpha=0.5).to_snntorch().hidden, snn.Synaptic)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"beta": 1.0}, "beta"),
        ({"substeps": 0}, "substeps"),
        ({"alpha": 1.0}, "alpha"),
        ({"encoders": 4}, "at least as many"),
        ({"surrogate": "atn"}, "'atan'"),
    ],
)
def test_impossible_spiking_networks_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        SpikingRNN(SMALL, 5, 4, **wrong)
