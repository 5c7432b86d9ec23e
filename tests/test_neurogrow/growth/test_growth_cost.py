import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.growth import ProximalPenalty, SubgradientPenalty, connection_cost
from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN, SpikingRNN

STRENGTHS, LOCALITIES = torch.tensor([0.0, 0.5, 2.0]), torch.tensor([1.0, 0.0, 3.0])


def ensemble(kind=RateRNN, seed=0):
    return kind(GridLayout(2, 3), 4, 3, replicas=3, seed=seed)


@pytest.mark.parametrize("kind", [RateRNN, SpikingRNN])
def test_the_subgradient_is_that_of_equation_2(kind):
    model = ensemble(kind)
    (STRENGTHS.double() * connection_cost(model.double(), LOCALITIES)).sum().backward()
    wanted = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    SubgradientPenalty.from_strengths(model, STRENGTHS, LOCALITIES).after_backward(model)
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad - 1, wanted[name])


def test_a_locality_for_each_replica_is_that_of_each_alone():
    model = ensemble()
    together = connection_cost(model, LOCALITIES)
    for r, locality in enumerate(LOCALITIES.tolist()):
        torch.testing.assert_close(together[r], connection_cost(model, locality)[r])


def adam(model, lr=0.1):
    return torch.optim.Adam(model.parameters(), lr=lr, betas=(0.9, 0.99), eps=1e-3)


def test_soft_thresholding_by_hand():
    model = RateRNN(GridLayout(1, 2), 1, 1)
    optimiser = adam(model)
    gradient = torch.tensor([[[0.0, 1.0], [-1.0, 0.0]]])
    with torch.no_grad():
        model.recurrent_weights_RNN.copy_(torch.tensor([[[0.5, 0.13], [0.13, -0.02]]]))
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    model.recurrent_weights_RNN.grad = gradient
    optimiser.step()
    ProximalPenalty.from_strengths(model, torch.tensor([1e-3]), torch.tensor([2.0])).after_step(model, optimiser)
    # Adam's first step is lr g / (|g| + eps). Lengths are 0 on the diagonal and 1/2 beside it, so prices are 1e-3 and
    # 2e-3; thresholds are lr price / (|g| + eps): 0.1 where g = 0, about 2e-4 elsewhere.
    scale = 1 + 1e-3
    found = model.recurrent_weights_RNN[0]
    assert found[0, 0].item() == pytest.approx(0.4)
    assert found[0, 1].item() == pytest.approx(0.13 - 0.1 / scale - 0.1 * 2e-3 / scale, rel=1e-5)
    assert found[1, 0].item() == pytest.approx(0.13 + 0.1 / scale - 0.1 * 2e-3 / scale, rel=1e-5)
    assert found[1, 1].item() == 0.0


@settings(deadline=None, max_examples=4)
@given(st.integers(0, 10**6))
def test_the_proximal_rule_rests_where_the_penalised_loss_is_stationary(seed):
    """Its minimum is known for a quadratic loss: the free minimum, shortened by the price over the curvature."""
    model = ensemble(seed=seed)
    generator = torch.Generator().manual_seed(seed)
    targets = [torch.randn(p.shape, generator=generator) for p in model.parameters()]
    curvatures = [0.5 + torch.rand(p.shape, generator=generator) for p in model.parameters()]
    penalty = ProximalPenalty.from_strengths(model, STRENGTHS, LOCALITIES)
    optimiser = adam(model, lr=0.03)
    for _ in range(1000):
        for parameter, target, curvature in zip(model.parameters(), targets, curvatures, strict=True):
            parameter.grad = curvature * (parameter.detach() - target)
        optimiser.step()
        penalty.after_step(model, optimiser)
    for (name, parameter), target, curvature in zip(model.named_parameters(), targets, curvatures, strict=True):
        price = penalty.prices[name].expand_as(parameter)
        minimum = target.sign() * (target.abs() - price / curvature).clamp(min=0)
        torch.testing.assert_close(parameter.detach(), minimum, rtol=1e-2, atol=1e-2)
        assert (parameter[(curvature * target).abs() < 0.95 * price] == 0).all(), name


def test_replicas_that_do_not_pay_are_left_alone():
    model, optimiser = ensemble(), None
    optimiser = adam(model)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    before = [parameter[0].clone() for parameter in model.parameters()]
    ProximalPenalty.from_strengths(model, STRENGTHS, LOCALITIES).after_step(model, optimiser)
    for parameter, kept in zip(model.parameters(), before, strict=True):
        assert torch.equal(parameter[0], kept)
    assert (model.recurrent_weights_RNN[2] == 0).all()
