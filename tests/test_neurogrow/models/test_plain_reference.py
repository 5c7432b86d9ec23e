import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_reference import (
    PlainNetwork,
    exchange_neurons,
    plain_batches,
    plain_loss,
    plain_optimiser,
    plain_step,
    plain_swap_round,
    wiring_cost,
)

from neurogrow.growth import connection_cost, improving_permutation
from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN

few = settings(deadline=None, max_examples=30)

SAME = {
    "hidden.weight_ih_l0": "input_weights_RNI",
    "hidden.weight_hh_l0": "recurrent_weights_RNN",
    "hidden.bias_ih_l0": "hidden_bias_RN",
    "readout.weight": "output_weights_RON",
    "readout.bias": "output_bias_RO",
}
"""Parameters of the reference, and those of neurogrow's rate network that they are."""


def twins(side, seed, n_inputs=5, n_outputs=4):
    """The same random network twice, in float64: neurogrow's and the reference's."""
    generator = torch.Generator().manual_seed(seed)
    ours = RateRNN(GridLayout(side, side), n_inputs, n_outputs).double()
    plain = PlainNetwork(n_inputs, side, n_outputs).double()
    with torch.no_grad():
        for theirs, name in SAME.items():
            parameter = getattr(ours, name)
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64) / side)
            plain.get_parameter(theirs).copy_(parameter[0])
    return ours, plain


def random_batch(seed, ticks=7, lanes=3, n_inputs=5, n_outputs=4):
    generator = torch.Generator().manual_seed(seed)
    inputs_TBI = torch.randn(ticks, lanes, n_inputs, generator=generator, dtype=torch.float64)
    return inputs_TBI, torch.randint(n_outputs, (ticks, lanes), generator=generator)


@few
@given(st.integers(1, 4), st.integers(0, 10**6), st.sampled_from([0.0, 0.3]), st.sampled_from([0.0, 2.0]))
def test_loss_and_gradients_are_neurogrows(side, seed, strength, locality):
    ours, plain = twins(side, seed)
    inputs_TBI, targets_TB = random_batch(seed)
    loss = plain_loss(plain, inputs_TBI, targets_TB, strength, locality)
    error = F.cross_entropy(ours(inputs_TBI).logits_RTBO.flatten(0, 2), targets_TB.flatten())
    wanted = error + strength * connection_cost(ours, locality).sum()
    torch.testing.assert_close(loss, wanted)
    loss.backward()
    wanted.backward()
    for theirs, name in SAME.items():
        torch.testing.assert_close(plain.get_parameter(theirs).grad, getattr(ours, name).grad[0])


def test_distances_are_the_papers():
    np.testing.assert_allclose(PlainNetwork(1, 5, 1).distance_NN, GridLayout(5, 5).distance_NN, atol=1e-7)


def test_a_step_is_adams_on_the_clipped_gradient():
    _, plain = twins(3, seed=1)
    before = plain.readout.bias.detach().clone()
    optimiser = plain_optimiser(plain, learning_rate=0.01)
    batch = random_batch(1)
    first = plain_step(plain, optimiser, *batch, clip_norm=1e-3)
    moments = [optimiser.state[p]["exp_avg"] for p in plain.parameters() if p.requires_grad]
    assert torch.stack([m.square().sum() for m in moments]).sum().sqrt().item() == pytest.approx(0.1 * 1e-3, rel=1e-2)
    torch.testing.assert_close((plain.readout.bias - before).abs(), torch.full((4,), 0.01).double(), rtol=0.01, atol=0)
    for _ in range(20):
        last = plain_step(plain, optimiser, *batch)
    assert last < first
    assert not plain.hidden.bias_hh_l0.any()


@few  # from 3 x 3: on 2 x 2 an exchange across the diagonal is a reflection, and improves by rounding at most
@given(st.integers(3, 4), st.integers(0, 10**6), st.integers(0, 16))
def test_a_swap_round_is_neurogrows_of_the_same_method(side, seed, most):
    ours, plain = twins(side, seed)
    W_RNN, D_NN = ours.recurrent_weights_RNN.detach().clone(), ours.distance_NN
    most = min(most, side * side)
    cost = plain_swap_round(plain, plain_optimiser(plain), most)
    order = improving_permutation(W_RNN, D_NN, "paper", most)[0]
    swapped_NN = W_RNN[0][order][:, order]
    assert cost == pytest.approx(float(wiring_cost(plain.hidden.weight_hh_l0.detach(), D_NN)))
    assert cost >= float(wiring_cost(swapped_NN, D_NN)) * (1 - 1e-9)
    assert cost <= float(wiring_cost(W_RNN[0], D_NN))
    if most == 1:
        torch.testing.assert_close(plain.hidden.weight_hh_l0.detach(), swapped_NN)


def test_the_first_swap_is_neurogrows():
    ours, plain = twins(4, seed=3)
    W_RNN, D_NN = ours.recurrent_weights_RNN.detach().clone(), ours.distance_NN
    before = float(wiring_cost(W_RNN[0], D_NN))
    assert plain_swap_round(plain, plain_optimiser(plain), most=1) < before
    order = improving_permutation(W_RNN, D_NN, "paper", most=1)[0]
    torch.testing.assert_close(plain.hidden.weight_hh_l0.detach(), W_RNN[0][order][:, order])


def test_by_default_a_tenth_of_the_neurons_look_for_a_partner():
    (_, by_default), (_, two), (_, one) = (twins(5, seed=8) for _ in range(3))
    rounds = ((by_default, None), (two, 2), (one, 1))
    costs = [plain_swap_round(network, plain_optimiser(network), most) for network, most in rounds]
    assert costs[0] == costs[1] < costs[2]


def test_an_exchange_changes_neither_the_loss_nor_the_next_step():
    batch = random_batch(2)
    (_, still), (_, moving) = twins(3, seed=2), twins(3, seed=2)
    optimisers = [plain_optimiser(network, 0.01) for network in (still, moving)]
    for _ in range(3):
        for network, optimiser in zip((still, moving), optimisers, strict=True):
            plain_step(network, optimiser, *batch, locality=0.0)  # where neurons sit makes no difference
        exchange_neurons(moving, optimisers[1], 1, 5)
    torch.testing.assert_close(moving(batch[0]), still(batch[0]))
    assert not torch.equal(moving.hidden.weight_hh_l0, still.hidden.weight_hh_l0)
    exchange_neurons(still, optimisers[0], 1, 5)
    for ours, theirs in zip(moving.parameters(), still.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_batches_are_neurogyms():
    next_batch = plain_batches(lanes=2, ticks=100, seed=5)
    inputs_TBI, targets_TB = next_batch()
    assert inputs_TBI.shape == (100, 2, 53)
    assert inputs_TBI.dtype == torch.float32
    assert targets_TB.dtype == torch.int64
    assert 0 <= targets_TB.min() < targets_TB.max() <= 16
    assert (inputs_TBI[:, :, 33:].sum(-1) == 1).all()  # one rule at a time
    kept = inputs_TBI.clone()
    for _ in range(10):
        later, _ = next_batch()
    assert torch.equal(inputs_TBI, kept)
    assert not torch.equal(later, kept)
