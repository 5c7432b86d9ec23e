import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import functional_call

from neurogrow.growth import ProximalPenalty, active_neurons, compacted, forget_moments, widest_active
from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN, SpikingRNN
from neurogrow.pruning import reaches_output

few = settings(deadline=None, max_examples=20)


def sparse_ensemble(kind=RateRNN, seed=0, density=0.02, rows=4, cols=10):
    model = kind(GridLayout(rows, cols), 5, 3, replicas=2, seed=seed).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weights in (model.recurrent_weights_RNN, model.output_weights_RON):
            weights.mul_(torch.rand(weights.shape, generator=generator) < density)
        model.input_weights_RNI.mul_(3)
    return model


def test_a_chain_leads_to_the_output_and_a_dead_end_does_not():
    model = RateRNN(GridLayout(1, 4), 1, 1)
    with torch.no_grad():
        for weights in (model.recurrent_weights_RNN, model.output_weights_RON):
            weights.zero_()
        model.recurrent_weights_RNN[0, 1, 0] = 1.0  # 0 -> 1 -> output; 3 -> 2, which leads nowhere
        model.output_weights_RON[0, 0, 1] = 1.0
        model.recurrent_weights_RNN[0, 2, 3] = 1.0
    assert active_neurons(model)[0].tolist() == [True, True, False, False]


@few
@given(st.integers(0, 10**6), st.floats(0.0, 0.3))
def test_active_neurons_are_those_that_pruning_finds(seed, density):
    model = sparse_ensemble(seed=seed, density=density)
    for r, active_N in enumerate(active_neurons(model)):
        wanted = reaches_output(
            model.recurrent_weights_RNN[r].detach().numpy(), model.output_weights_RON[r].detach().numpy()
        )
        np.testing.assert_array_equal(active_N.numpy(), wanted)


@few
@given(st.integers(0, 10**6), st.sampled_from([RateRNN, SpikingRNN]))
def test_without_inactive_neurons_outputs_and_gradients_of_the_rest_are_the_same(seed, kind):
    model = sparse_ensemble(kind, seed)
    neurons_RM = widest_active(model)
    inputs = torch.randn(6, 3, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    weight = torch.randn(2, 6, 3, 3, generator=torch.Generator().manual_seed(seed + 1), dtype=torch.float64)
    whole = model(inputs).logits_RTBO
    (whole * weight).sum().backward()
    wanted = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    model.zero_grad()
    if neurons_RM is None:
        return
    rest = functional_call(model, compacted(model, neurons_RM), (inputs,)).logits_RTBO
    torch.testing.assert_close(rest, whole)
    (rest * weight).sum().backward()
    active_RN = active_neurons(model)
    for name, parameter in model.named_parameters():
        kept = torch.ones_like(parameter, dtype=torch.bool)
        for axis in model.neuron_axes.get(name, ()):
            shape = [1] * parameter.ndim
            shape[0], shape[axis] = active_RN.shape
            kept &= active_RN.view(shape)
        torch.testing.assert_close(parameter.grad[kept], wanted[name][kept])


def test_some_examples_above_do_leave_neurons_out():
    assert widest_active(sparse_ensemble()).shape[1] < 40


def test_a_network_in_which_all_neurons_count_is_not_compacted():
    assert widest_active(RateRNN(GridLayout(4, 5), 5, 3)) is None


def test_a_network_of_which_nothing_is_left_keeps_the_fewest_neurons_there_can_be():
    model = sparse_ensemble(density=0.0)
    assert widest_active(model).tolist() == [list(range(16))] * 2


def test_the_chosen_neurons_hold_every_active_one_of_every_replica():
    model = sparse_ensemble(density=0.02)
    neurons_RM, active_RN = widest_active(model), active_neurons(model)
    assert neurons_RM.shape[1] % 16 == 0
    for chosen, active in zip(neurons_RM, active_RN, strict=True):
        assert set(active.nonzero().flatten().tolist()) <= set(chosen.tolist())
        assert (chosen.diff() > 0).all()


@pytest.mark.parametrize("forget", [True, False])
def test_a_neuron_that_has_left_does_not_come_back_by_its_momentum(forget):
    model = sparse_ensemble().float()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    zero, output_zero = model.recurrent_weights_RNN == 0, model.output_weights_RON == 0
    optimiser.step()  # builds up momentum everywhere
    with torch.no_grad():
        model.recurrent_weights_RNN[zero] = 0
        model.output_weights_RON[output_zero] = 0
    neurons_RM = widest_active(model)
    if forget:
        forget_moments(model, optimiser, neurons_RM)
    left = active_neurons(model)
    penalty = ProximalPenalty.from_strengths(model, torch.full((2,), 1e-6), torch.zeros(2))
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    penalty.after_step(model, optimiser)
    outside = torch.ones_like(left).scatter_(1, neurons_RM, False)
    assert (active_neurons(model) & outside).any() != forget
