from dataclasses import replace

import numpy as np
import pytest
import torch

from neurogrow.analysis.firing import Firing, firing, outgoing_connections
from neurogrow.analysis.recording import Recording
from neurogrow.errors import InputError
from neurogrow.growth import FiringCost
from neurogrow.layout import GridLayout
from neurogrow.models import RateRNN, SpikingRNN
from neurogrow.training import GrowthConfig, ModelConfig, TasksConfig, TrainConfig, TrainingConfig
from neurogrow.training.state import TrainingState
from neurogrow.training.step import train_step

CONFIG = TrainConfig(
    tasks=TasksConfig(("go", "dm1"), ring=8),
    model=ModelConfig(kind="spiking", rows=3, cols=4, substeps=2),
    growth=GrowthConfig(swap_every=3, firing_strength=1e-2, firing_low=1.0, firing_high=2.0),
    training=TrainingConfig(steps=30, batch_size=4, ticks=30, learning_rate=5e-3, warmup_steps=1),
)


def test_rates_within_the_range_cost_nothing_and_others_their_squared_distance():
    cost = FiringCost(torch.tensor([2.0, 0.0]), torch.tensor([1.0, 0.0]), torch.tensor([4.0, 0.0]), 10.0)
    rates = torch.tensor([0.2, 0.7, 0.05])  # spikes per tick: 2, 7 and 0.5 a second
    activity = rates.expand(2, 3, 4, 3).clone()
    activity[:, 2] = 1.0  # after the trials
    mask = torch.tensor([True, True, False])[:, None].expand(3, 4)
    assert cost.rate_cost(activity, mask).tolist() == pytest.approx([2 * (3**2 + 0.5**2), 0])


def test_training_drives_rates_into_the_range():
    def rates(strength):
        growth = replace(CONFIG.growth, firing_strength=strength)
        state = TrainingState.start(replace(CONFIG, growth=growth))
        for _ in range(30):
            train_step(state)
        batch = state.stream.next_batch()
        return state.model(batch.inputs_TBI).activity_RTBN.mean((0, 1, 2)) * 20  # ticks of 50 ms

    def outside(rate_N):
        return ((rate_N - 2).relu() + (1 - rate_N).relu()).mean()

    assert outside(rates(1e-2)) < 0.5 * outside(rates(0.0))


def test_each_replica_pays_its_own_price():
    free = replace(CONFIG, growth=replace(CONFIG.growth, firing_strength=0.0))
    state = TrainingState.start([CONFIG, free])
    alone = TrainingState.start(free)
    firing_costs = [[p for p in each.penalties if isinstance(p, FiringCost)] for each in (state, alone)]
    assert firing_costs[0][0].strength_R.tolist() == pytest.approx([1e-2, 0])
    assert firing_costs[1] == []
    for each in (state, alone):
        train_step(each)
    torch.testing.assert_close(state.model.hidden_bias_RN[1], alone.model.hidden_bias_RN[0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"model": replace(CONFIG.model, kind="rate")}, "for spiking networks"),
        ({"growth": replace(CONFIG.growth, firing_low=3.0)}, "firing_low must not be above"),
    ],
)
def test_a_cost_that_cannot_be_is_refused(changed, message):
    with pytest.raises(InputError, match=message):
        TrainingState.start(replace(CONFIG, **changed))


def sparse_network(kind, **settings):
    """Neuron 0 reaches neuron 1 and an output, 1 reaches itself; a weight of 0.01 and neuron 2 do not count."""
    model = kind(GridLayout(1, 3), 1, 2, **settings)
    with torch.no_grad():
        model.recurrent_weights_RNN[0] = torch.tensor([[0, 0, 0.01], [-0.5, 0.02, 0], [0, 0, 0]])
        model.output_weights_RON[0] = torch.tensor([[1.0, 0, 0], [0, 0, 0]])
    return model


# two trials of three steps, of which the second runs for two
MASK = np.array([[True, True], [True, True], [True, False]])
ACTIVITY = np.array([[[0.5, 0, 1], [1, 0, 1]], [[0, 0.5, 1], [0, 0, 1]], [[0, 0, 1], [1, 1, 1]]], dtype=np.float32)


def test_spikes_are_counted_by_hand():
    model = sparse_network(SpikingRNN, substeps=2)
    assert outgoing_connections(model).tolist() == [2, 1, 0]
    # spikes: neuron 0 fires 1 + 2, neuron 1 fires 1, in five steps of 0.1 s
    found = firing(model, Recording(ACTIVITY, MASK, np.array([0, 1]), np.ones(2)))
    assert found == Firing(rate=pytest.approx((3 + 1) / 2 / 0.5), synaptic_operations=(3 * 2 + 1 * 1) / 2)


def test_rates_that_are_not_zero_are_events():
    found = firing(sparse_network(RateRNN), Recording(ACTIVITY, MASK, np.array([0, 1]), np.ones(2)))
    assert found == Firing(rate=None, synaptic_operations=(2 * 2 + 1 * 1) / 2)
