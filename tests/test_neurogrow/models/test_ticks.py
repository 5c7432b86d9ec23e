"""The compiled way forward through ticks, beside the one by products of tensors."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.models.spiking_recurrence import SpikingRule, _Forward
from neurogrow.models.tangents import Surrogate
from neurogrow.models.ticks import add_outer, is_dense

few = settings(deadline=None, max_examples=40)
RULE = SpikingRule(1.0, 4, 4, Surrogate("atan", 2.0), torch.float64)


def neurons(n, *, recurrent=True, synaptic=False, drive=0.3, lanes=3, replicas=2, dtype=torch.float64):
    """Neurons at rest, and currents for three task steps."""
    generator = torch.Generator().manual_seed(n)

    def drawn(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)

    beta_RN = torch.linspace(0.7, 0.95, replicas * n, dtype=dtype).view(replicas, n)
    weights_RNN = drawn(replicas, n, n) / n**0.5 if recurrent else None
    hidden = _Forward(replicas, lanes, weights_RNN, beta_RN.flip(1) - 0.4 if synaptic else None, beta_RN, RULE)
    return hidden, drawn(replicas, 3, lanes, n) * 0.5 + drive


def stepped(hidden, currents, *, dense):
    """Membranes and spikes of two blocks of ticks, one after the other."""
    R, T, B, n = currents.shape
    blocks = []
    for _ in range(2):
        hidden.dense = dense
        u = currents.new_empty(R, T * RULE.hold, B, n)
        blocks.append((u, hidden.run(currents, u)))
    return [torch.cat(parts, 1) for parts in zip(*blocks, strict=True)]


@few
@given(st.integers(1, 40), st.booleans(), st.booleans(), st.sampled_from([-5.0, 0.1, 0.3, 5.0]))
def test_gathered_rows_are_the_product(n, recurrent, synaptic, drive):
    chosen = {"recurrent": recurrent, "synaptic": synaptic, "drive": drive}
    gathered, multiplied = (stepped(*neurons(n, **chosen), dense=dense) for dense in (False, True))
    torch.testing.assert_close(gathered[0], multiplied[0], rtol=1e-9, atol=1e-9)
    assert torch.equal(gathered[1], multiplied[1])
    if abs(drive) == 5 and not recurrent:
        assert gathered[1].mean() == (drive > 0)


def test_a_tick_by_hand():
    weights, beta = torch.tensor([[[0.0, -1.0], [0.5, 0.0]]]).double(), torch.tensor([[0.5, 0.5]]).double()
    hidden = _Forward(1, 1, weights, None, beta, RULE)
    u = torch.empty(1, 4, 1, 2, dtype=torch.float64)
    spikes = hidden.run(torch.tensor([0.75, 1.25]).double().view(1, 1, 1, 2), u)
    # the second spikes at once and takes 1 from the first, which without that would have spiked at the second tick
    assert u[0, :, 0].tolist() == [[0.75, 1.25], [0.125, 1.25], [-0.1875, 1.25], [-0.34375, 1.25]]
    assert spikes[0, :, 0].tolist() == [[0, 1]] * 4


def test_neurons_that_spike_often_are_multiplied_and_those_that_do_not_gathered():
    hidden, currents = neurons(30, drive=5.0)
    hidden.run(currents, None)
    assert hidden.dense
    hidden.run(currents - 10, None)
    assert not hidden.dense
    alone, currents = neurons(30, drive=5.0, recurrent=False)
    alone.run(currents, None)
    assert not alone.dense  # there is nothing to multiply


def test_torch_shares_a_product_among_threads():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = is_dense(30, 100), is_dense(50, 100)
        torch.set_num_threads(2)
        assert (alone, is_dense(5, 100), is_dense(30, 100)) == ((False, True), False, True)
    finally:
        torch.set_num_threads(before)


def test_the_threshold_is_as_precise_as_the_membranes():
    rule = SpikingRule(0.1, 1, 1, Surrogate("atan", 2.0), torch.float32)
    beta = torch.zeros(1, 1)
    hidden = _Forward(1, 1, None, None, beta, rule)
    at = np.float32(0.1)
    above = np.nextafter(at, np.float32(1))
    currents = torch.tensor([at, above]).view(1, 2, 1, 1)
    assert hidden.run(currents, None).flatten().tolist() == [0, 1]


@few
@given(st.integers(1, 40), st.integers(1, 60), st.sampled_from([0.0, 0.05, 0.3]))
def test_what_senders_get_is_a_product(n, M, density):
    generator = torch.Generator().manual_seed(n)
    later = torch.randn(M, n, generator=generator, dtype=torch.float64)
    spikes = (torch.rand(M, n, generator=generator) < density).double()
    expected = spikes.T @ later + 1
    total = torch.ones(n, n, dtype=torch.float64)
    if add_outer(later, spikes, total):
        torch.testing.assert_close(total, expected)
    else:
        assert spikes.mean() > 0.3
        assert (total == 1).all()


def test_where_all_spike_nothing_is_gathered():
    total = torch.zeros(3, 3)
    assert not add_outer(torch.ones(5, 3), torch.ones(5, 3), total)
    assert not total.any()
