import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.growth import (
    connection_cost,
    improving_permutation,
    permute_neurons,
    swap_deltas,
    swap_neurons,
    wiring_cost,
)
from neurogrow.growth.swaps import improve_on_device
from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN, SpikingRNN

few = settings(deadline=None, max_examples=30)
grids = st.sampled_from([(1, 2), (2, 2), (2, 3), (3, 3), (2, 5), (3, 4)])


def random_case(grid, seed, replicas=2, density=0.5):
    generator = torch.Generator().manual_seed(seed)
    n = grid[0] * grid[1]
    W = torch.randn(replicas, n, n, generator=generator, dtype=torch.float64)
    W *= torch.rand(W.shape, generator=generator) < density
    return W, torch.as_tensor(GridLayout(*grid).distance_NN)


def swapped(W, i, j):
    order = list(range(W.shape[-1]))
    order[i], order[j] = j, i
    return W[:, order][:, :, order]


def test_connection_cost_by_hand():
    model = RateRNN(GridLayout(1, 2), n_inputs=1, n_outputs=1)
    with torch.no_grad():
        model.recurrent_weights_RNN.copy_(torch.tensor([[[1.0, -2.0], [3.0, 4.0]]]))
        model.input_weights_RNI.copy_(torch.tensor([[[0.5], [-0.5]]]))
        model.output_weights_RON.copy_(torch.tensor([[[-1.0, 0.25]]]))
        model.hidden_bias_RN.copy_(torch.tensor([[0.125, -0.125]]))
        model.output_bias_RO.fill_(-0.75)
    # |W| = 10, |W_in| = 1, |W_out| = 1.25, |b_h| = 0.25, |b_o| = 0.75; D_01 = 1/2, so |D * W| = (2 + 3) / 2
    assert connection_cost(model, locality=0.0).item() == 13.25
    assert connection_cost(model, locality=2.0).item() == 13.25 + 2 * 2.5


@few
@given(grids, st.integers(0, 10**6))
def test_every_delta_equals_brute_force(grid, seed):
    W, D = random_case(grid, seed)
    delta, before, n = swap_deltas(W, D), wiring_cost(W, D), len(D)
    for i in range(n):
        for j in range(n):
            torch.testing.assert_close(delta[:, i, j], wiring_cost(swapped(W, i, j), D) - before)


@few
@given(grids, st.integers(0, 10**6), st.sampled_from(["full", "paper"]))
def test_swaps_only_rearrange_and_never_raise_the_cost(grid, seed, method):
    W, D = random_case(grid, seed)
    permutation = improving_permutation(W, D, method)
    for r, order in enumerate(permutation):
        assert sorted(order.tolist()) == list(range(len(D)))
        after = W[r][order][:, order]
        assert wiring_cost(after[None], D) <= wiring_cost(W[r : r + 1], D) + 1e-12


@few
@given(grids, st.integers(0, 10**6))
def test_full_swaps_stop_at_a_local_optimum(grid, seed):
    W, D = random_case(grid, seed)
    permutation = improving_permutation(W, D)
    after = torch.stack([W[r][order][:, order] for r, order in enumerate(permutation)])
    assert swap_deltas(after, D).min() >= -1e-6


@few
@given(grids, st.integers(0, 10**6), st.sampled_from(["full", "paper"]), st.integers(0, 30))
def test_the_search_on_a_processor_finds_what_the_one_on_a_device_finds(grid, seed, method, most):
    W, D = random_case(grid, seed)
    orders = improving_permutation(W, D, method, most), improve_on_device(W, D, method, most).argsort(1)
    # costs, not places: on small grids an exchange can be a reflection, a tie that rounding decides
    one, other = (torch.stack([W[r][o][:, o] for r, o in enumerate(order)]) for order in orders)
    torch.testing.assert_close(wiring_cost(one, D), wiring_cost(other, D))


def test_the_papers_swap_takes_the_best_partner_of_the_strongest_neuron():
    W, D = random_case((3, 4), seed=5, replicas=1)
    strongest = int((W.abs().sum(1) + W.abs().sum(2) - 2 * W.abs().diagonal(dim1=1, dim2=2)).argmax())
    best = swap_deltas(W, D)[0, strongest].min()
    assert best < 0
    order = improving_permutation(W, D, "paper", most=1)[0]
    after = wiring_cost(W[:, order][:, :, order], D) - wiring_cost(W, D)
    torch.testing.assert_close(after.squeeze(), best)


@pytest.mark.parametrize(("grid", "swaps"), [((5, 5), 2), ((3, 3), 1)])
def test_by_default_a_tenth_of_the_neurons_swap_as_in_the_paper_and_one_at_least(grid, swaps):
    W, D = random_case(grid, seed=1, replicas=1)
    orders = {most: improving_permutation(W, D, "paper", most).tolist() for most in range(1, 4)}
    assert improving_permutation(W, D, "paper").tolist() == orders[swaps]
    assert sum(order == orders[swaps] for order in orders.values()) == 1


@pytest.mark.parametrize("search", [improving_permutation, improve_on_device])
@pytest.mark.parametrize("method", ["full", "paper"])
def test_swaps_do_not_depend_on_the_scale_of_weights(search, method):
    W, D = random_case((3, 4), seed=5)
    assert torch.equal(search(W * 2.0**-70, D, method, 9), search(W, D, method, 9))


def test_replicas_that_are_not_named_stay_as_they_are():
    model = RateRNN(GridLayout(3, 4), 5, 4, replicas=3)
    before = model.recurrent_weights_RNN.detach().clone()
    permutation = swap_neurons(model, replicas=torch.tensor([2]))
    still = torch.arange(12)
    assert torch.equal(permutation[:2], still.repeat(2, 1))
    assert torch.equal(permutation[2], improving_permutation(before[2:], model.distance_NN)[0])
    assert not torch.equal(permutation[2], still)
    assert torch.equal(model.recurrent_weights_RNN[:2], before[:2])


@pytest.mark.parametrize("method", ["full", "paper"])
def test_no_swaps_leave_everyone_in_place(method):
    W, D = random_case((3, 4), seed=5)
    assert (improving_permutation(W, D, method, most=0) == torch.arange(12)).all()


def test_two_clusters_laid_across_each_other_come_apart():
    # neurons of even and odd column are two groups that connect among themselves only
    layout = GridLayout(4, 4)
    group = layout.places_N2[:, 1] % 2
    W = torch.as_tensor((group[:, None] == group) * 1.0)[None]
    order = improving_permutation(W, torch.as_tensor(layout.distance_NN))[0].numpy()
    placed = layout.positions_N2[np.argsort(order)]
    spread = [placed[group == g].std(0).sum() for g in (0, 1)]
    assert max(spread) < layout.positions_N2[group == 0].std(0).sum()


@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN])
def test_a_swap_changes_neither_outputs_nor_the_next_step_of_the_optimiser(kind):
    def train_step(model, optimiser, inputs):
        optimiser.zero_grad()
        model(inputs).logits_RTBO.square().sum().backward()
        optimiser.step()

    layout = GridLayout(3, 4)
    inputs = torch.randn(6, 3, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    still, moving = (kind(layout, 5, 4, replicas=2, seed=3).double() for _ in range(2))
    optimisers = [torch.optim.Adam(model.parameters(), lr=0.01) for model in (still, moving)]
    for model, optimiser in zip((still, moving), optimisers, strict=True):
        for _ in range(3):
            train_step(model, optimiser, inputs)
    permutation = swap_neurons(moving, optimisers[1])
    assert (permutation != torch.arange(12)).any()
    torch.testing.assert_close(moving(inputs).logits_RTBO, still(inputs).logits_RTBO)
    for model, optimiser in zip((still, moving), optimisers, strict=True):
        train_step(model, optimiser, inputs)
    permute_neurons(still, permutation)
    for name, parameter in moving.named_parameters():
        torch.testing.assert_close(parameter, dict(still.named_parameters())[name])


def test_moments_left_behind_would_change_the_next_step():
    """The test above can fail: without moving the moments, the next step differs."""
    model = RateRNN(GridLayout(3, 4), 5, 4)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    model(torch.ones(4, 2, 5)).logits_RTBO.square().sum().backward()
    optimiser.step()
    moment = optimiser.state[model.recurrent_weights_RNN]["exp_avg"].clone()
    permutation = swap_neurons(model, optimiser)[0]
    moved = optimiser.state[model.recurrent_weights_RNN]["exp_avg"]
    torch.testing.assert_close(moved[0], moment[0][permutation][:, permutation])
    assert not torch.equal(moved, moment)
