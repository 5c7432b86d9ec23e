import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.workloads import any_workloads, local_workload, mesh_chip, workload

from hardware_models.chips.limits import fullest, use_of_cores
from hardware_models.mapping import map_workload, mapping_report
from hardware_models.search.orders import NeuronOrder, bisected
from hardware_models.search.partition import PARTITIONS, partition_neurons
from hardware_models.workload.destinations import destinations, flow_between
from neurogrow.errors import InputError

ORDERS = sorted(name for name in PARTITIONS if isinstance(PARTITIONS[name], NeuronOrder))


def test_sequential_parts_are_equal_runs():
    parts = partition_neurons(workload([], [0] * 10), mesh_chip(neurons=4), "sequential")
    assert parts.part_M.tolist() == [0] * 4 + [1] * 4 + [2] * 2
    assert parts.n_parts == 3


def test_bisection_finds_the_tiles_of_a_grid():
    places = np.stack(np.divmod(np.arange(16), 4), 1).astype(float)
    tiles = bisected(places, 4).reshape(4, 4)
    assert {tuple(sorted(tile)) for tile in tiles.tolist()} == {
        (0, 1, 4, 5),
        (2, 3, 6, 7),
        (8, 9, 12, 13),
        (10, 11, 14, 15),
    }


def test_a_part_ends_where_an_axon_too_many_would_come_in():
    fan = workload([(0, 3), (1, 3), (1, 4), (2, 4), (0, 5)], [1] * 6)
    parts = partition_neurons(fan, mesh_chip(input_axons_per_core=2), "sequential")
    assert parts.part_M.tolist() == [0, 0, 0, 0, 1, 2]  # neuron 4 brings axon 2, neuron 5 a third beside 1 and 2
    parts = partition_neurons(fan, mesh_chip(input_axons_per_core=3), "sequential")
    assert parts.n_parts == 1


def test_a_part_ends_where_its_synapse_memory_is_full():
    fan = workload([(0, 1), (0, 2), (1, 2), (0, 3)], [1] * 4)
    chip = mesh_chip(synapse_bits_per_core=20, bits_per_synapse=10)
    assert partition_neurons(fan, chip, "sequential").part_M.tolist() == [0, 0, 1, 2]


def test_parts_with_too_many_output_axons_are_halved():
    edges = [(0, 4), (0, 6), (1, 4), (1, 6), (2, 4), (3, 6)]
    chip = mesh_chip(neurons=4, output_axons_per_core=2)
    parts = partition_neurons(workload(edges, [1] * 8), chip, "sequential")
    assert parts.part_M.tolist() == [0, 0, 1, 1, 2, 2, 2, 2]


@given(any_workloads(), st.sampled_from(ORDERS), st.integers(0, 3), st.integers(6, 24), st.integers(4, 30))
@settings(deadline=None, max_examples=60)
def test_every_neuron_is_in_one_part_and_every_part_within_every_limit(work, method, seed, axons, out):
    chip = mesh_chip(8, 8, neurons=7, input_axons_per_core=axons, output_axons_per_core=out,
                     synapse_bits_per_core=240, bits_per_synapse=10)  # fmt: skip
    try:
        report = mapping_report(map_workload(work, chip, method, "sequential", seed))
    except InputError:  # a neuron with too large a fan-in or fan-out: then that is really so
        fan_in = work.connectivity.sum(axis=1).max()
        assert fan_in > min(axons, 24) or work.fan_out_M.max() > out
        return
    assert report.valid, report.violations
    assert len(report.core_of_neuron) == work.n_neurons


def test_use_of_cores_by_hand():
    work = workload([(0, 1), (0, 2), (1, 2), (2, 0), (2, 2)], [3, 1, 2])
    core_M = np.array([0, 0, 1])
    chip = mesh_chip(bits_per_synapse=5)
    use = use_of_cores(work, core_M, 3, chip)
    assert use["neurons_per_core"].tolist() == [2, 1, 0]
    assert use["input_axons_per_core"].tolist() == [2, 3, 0]
    assert use["output_axons_per_core"].tolist() == [2, 1, 0]
    assert use["synapse_bits_per_core"].tolist() == [10, 15, 0]
    own = use_of_cores(work, core_M, 3, mesh_chip(own=True))
    assert own["output_axons_per_core"].tolist() == [3, 2, 0]
    tightest = fullest(own, mesh_chip(neurons=4, input_axons_per_core=3))
    assert (tightest[0].name, tightest[0].core, tightest[0].fraction) == ("input_axons_per_core", 1, 1.0)
    assert tightest[-1].fraction is None


def test_destinations_and_flow_by_hand():
    work = workload([(0, 1), (0, 2), (1, 2), (2, 0), (2, 2)], [3, 1, 2])
    pairs = destinations(work, np.array([0, 0, 1]), 2)
    assert list(zip(pairs.neuron_P.tolist(), pairs.core_P.tolist(), strict=True)) == [
        (0, 0), (0, 1), (1, 1), (2, 0), (2, 1),
    ]  # fmt: skip
    assert pairs.remote().spikes_P.tolist() == [3, 1, 2]
    assert flow_between(work, np.array([0, 0, 1]), 2).toarray().tolist() == [[0, 6], [6, 0]]


def test_layout_sends_fewer_packets_than_random():
    work, chip = local_workload(), mesh_chip(4, 4, neurons=9)
    packets = {
        method: destinations(work, partition_neurons(work, chip, method).part_M, 16).remote().spikes_P.sum()
        for method in ("layout", "random")
    }
    assert packets["layout"] < 0.6 * packets["random"]


def test_what_does_not_fit_is_refused_with_the_limit_that_binds():
    star = workload([(pre, 9) for pre in range(9)], [1] * 10)
    with pytest.raises(InputError, match=r"hidden\[9\] has 9 fan-in, the chip allows 8"):
        partition_neurons(star, mesh_chip(fan_in_per_neuron=8), "sequential")
    with pytest.raises(InputError, match=r"hidden\[9\] has 9 input axons, the chip allows 8"):
        partition_neurons(star, mesh_chip(input_axons_per_core=8), "sequential")
    with pytest.raises(InputError, match=r"hidden\[9\] has 90 bits of synapse memory, the chip allows 64"):
        partition_neurons(star, mesh_chip(synapse_bits_per_core=64, bits_per_synapse=10), "sequential")
    with pytest.raises(
        InputError, match=r"10 neurons need 10 cores and there are 9\. What binds is 1 neurons per core"
    ):
        partition_neurons(star, mesh_chip(neurons=1), "sequential")
    many = workload([(0, post) for post in range(1, 10)], [1] * 10)
    with pytest.raises(
        InputError, match=r"hidden\[0\] alone sends to 5 cores in this order, the chip allows 3 output axons"
    ):
        partition_neurons(many, mesh_chip(neurons=2, output_axons_per_core=3), "sequential")
    ring = workload([(n, (n + 1) % 12) for n in range(12)], [1] * 12)
    with pytest.raises(InputError, match="What binds is 1 input axons per core"):
        partition_neurons(ring, mesh_chip(neurons=12, input_axons_per_core=1), "sequential")


def test_wrong_requests_are_refused():
    work = workload([], [0] * 4)
    with pytest.raises(InputError, match="Did you mean 'layout'"):
        partition_neurons(work, mesh_chip(), "layuot")
    with pytest.raises(InputError, match="says nothing about where its neurons sit"):
        partition_neurons(work, mesh_chip(), "layout")
    with pytest.raises(InputError, match="it must be 1 to 64"):
        partition_neurons(work, mesh_chip(), "sequential", neurons_per_core=65)
    assert partition_neurons(work, mesh_chip(), "sequential", neurons_per_core=2).n_parts == 2


def test_a_random_partition_is_its_seed():
    work = workload([], [0] * 30)
    first, again, other = (partition_neurons(work, mesh_chip(neurons=5), "random", seed).part_M for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
