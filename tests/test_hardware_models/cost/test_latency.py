from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.workloads import local_workload
from test_cost import LOIHI, three_on_loihi

from hardware_models.cost import latency as module
from hardware_models.cost.latency import latency, spread_evenly
from hardware_models.workload.destinations import destinations


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8))
def test_spikes_are_spread_evenly_and_none_is_lost(counts):
    spikes_M = np.array(counts)
    trains_MT = spread_evenly(spikes_M[:, None], 20, np.arange(20))
    assert set(np.unique(trains_MT)) <= {0, 1}
    np.testing.assert_array_equal(trains_MT.sum(1), spikes_M)
    for train_T, count in zip(trains_MT, counts, strict=True):
        gaps = np.diff(np.flatnonzero(np.tile(train_T, 2)))
        assert not count or set(gaps) <= {20 // count, -(-20 // count)}


def test_neurons_that_spike_equally_often_do_not_spike_together():
    assert spread_evenly(np.full((100, 1), 1), 100, np.arange(100)).sum(0).max() <= 2


def test_cores_that_send_while_they_receive():
    work, core_M, pairs = three_on_loihi()
    name, fitted = LOIHI.cost_set("sanafe")
    time = latency(work, core_M, pairs, LOIHI, name, fitted)
    # Neuron 0 spikes in ticks 1, 3, 5, 7, 9 and sends three packets each time, neuron 1 one in ticks 1 and 6.
    rest, spike, packet = 6 + 3.7, 30, 5.1
    each = 5 * [rest + spike + 3 * packet] + [rest + spike + packet] + 4 * [rest]
    assert time.slowest_core == 0
    assert time.slowest_core_seconds == pytest.approx(sum(each) / 10 * 1e-9)
    assert time.seconds_per_tick == pytest.approx(time.slowest_core_seconds + 1.8e-6)
    slow = replace(fitted, time=fitted.time | {"synapse_sparse": replace(fitted.time["synapse_sparse"], value=100)})
    busy = latency(work, core_M, pairs, LOIHI, name, slow)
    received = 16 + 100  # by core 20 from both, in tick 1 from both at once
    assert busy.slowest_core == 20
    assert busy.slowest_core_seconds == pytest.approx((7 * received + 4 * rest) / 10 * 1e-9)


def test_of_a_long_recording_some_ticks_stand_for_all(monkeypatch):
    work = replace(local_workload(200), ticks=2000)
    core_M = np.arange(200) // 8
    chosen = (work, core_M, destinations(work, core_M, 128), LOIHI, *LOIHI.cost_set())
    exact = latency(*chosen)
    looked_at = [block_MT.shape for block_MT in module._trains(work, 1)]
    assert looked_at == [(200, 2000)]
    monkeypatch.setattr(module, "_BLOCK", 200 * 17)
    assert [shape for _, shape in (each.shape for each in module._trains(work, 1))] == [17] * 117 + [11]
    assert latency(*chosen).seconds_per_tick == pytest.approx(exact.seconds_per_tick, rel=1e-12)
    monkeypatch.setattr(module, "_MOST_PRODUCTS", 400_000)
    sampled = latency(*chosen).slowest_core_seconds
    assert sampled == pytest.approx(exact.slowest_core_seconds, rel=0.05)
    assert sampled != pytest.approx(exact.slowest_core_seconds, rel=1e-9)
