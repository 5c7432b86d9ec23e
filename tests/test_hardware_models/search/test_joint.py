from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.search_steps import probe
from support.workloads import any_workloads, local_workload, mesh_chip, workload

from hardware_models.chips.limits import use_of_cores
from hardware_models.mapping import map_workload, mapping_report
from hardware_models.search.capacity import Capacity
from hardware_models.search.joint import Schedule, annealed, improved, multilevel, place_cores
from hardware_models.search.objective import Objective, multicast_hops, objective_of, packets
from hardware_models.search.refinement import capacity_of, refined
from hardware_models.search.state import cores_of, state_of
from hardware_models.topology.hierarchy import Hierarchy
from hardware_models.topology.mesh import Mesh
from hardware_models.topology.routing import multicast, unicast
from hardware_models.topology.torus import Torus
from hardware_models.workload.destinations import destinations
from hardware_models.workload.nets import nets_of
from neurogrow.errors import InputError

BRIEF = Schedule(trees=2e4, trees_per_pin=0)
FABRICS = (Mesh(3, 3), Mesh(4, 2), Mesh(2, 2, 2), Torus(4, 3), Torus(5, 5))


def test_a_tree_by_hand():
    star = workload([(0, 1), (0, 2), (0, 3)], [5, 0, 0, 0])
    # columns of 3: the source at (0, 0); targets at (1, 1), (1, 2) and (2, 0): x-leg 2, y-leg 2
    cost = state_of(nets_of(star), multicast_hops(Mesh(3, 3)), np.array([0, 4, 5, 6]), Capacity((4,)))[1]
    assert cost == 5 * 4
    cost = state_of(nets_of(star), multicast_hops(Torus(3, 3)), np.array([0, 4, 5, 6]), Capacity((4,)))[1]
    assert cost == 5 * 4  # one east with a row up and a row down, one west
    cost = state_of(nets_of(star), packets(Mesh(3, 3)), np.array([0, 0, 5, 5]), Capacity((4,)))[1]
    assert cost == 5


@given(any_workloads(), st.sampled_from(FABRICS), st.integers(0, 1000), st.booleans())
@settings(deadline=None, max_examples=60)
def test_every_increment_is_what_recounting_gives(work, fabric, seed, own):
    rng = np.random.default_rng(seed)
    n_cores, n = fabric.n_cores, work.n_neurons
    core_M = rng.integers(0, n_cores, n)
    most = (int(rng.integers(1, n + 1)), int(rng.integers(1, 9)), int(rng.integers(1, 9)))
    capacity = Capacity(most[:1], axons=most[1:], own_axons=own)
    objective = Objective(fabric, hop=(1.0, 1.0), largest=0.5, variance=0.25)
    nets = nets_of(work, keep_silent=True)
    state, cost = state_of(nets, objective, core_M, capacity)
    load_before = cost - multicast(fabric, destinations(work, core_M, n_cores)).hops
    for _ in range(12):
        neuron, core = int(rng.integers(n)), int(rng.integers(n_cores))
        foretold, made, loads, over = (0.0, 0.0, load_before, None)
        if core != core_M[neuron]:
            foretold, made, loads, over = probe(state, neuron, core)
        core_M = core_M.copy()
        core_M[neuron] = core
        traffic = multicast(fabric, destinations(work, core_M, n_cores))
        before, cost = cost - load_before, traffic.hops
        load_L = np.zeros(max(1, fabric.n_links))
        load_L[: len(traffic.load_L)] = traffic.load_L
        assert foretold == pytest.approx(made, abs=1e-6)
        assert before + made == pytest.approx(cost, abs=1e-6)
        assert loads == pytest.approx(0.5 * traffic.largest + 0.25 * load_L.var(), abs=1e-6)
        if over is not None:
            use = use_of_cores(work, core_M, n_cores, mesh_chip(own=own))
            limits = ("neurons_per_core", "input_axons_per_core", "output_axons_per_core")
            excess = [np.maximum(0, use[name] - limit).sum() for name, limit in zip(limits, most, strict=True)]
            assert over == sum(excess)
        load_before, cost = loads, cost + loads
    np.testing.assert_array_equal(cores_of(state), core_M)


@given(any_workloads(), st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_clusters_cost_what_their_neurons_do(work, seed):
    rng = np.random.default_rng(seed)
    cluster_M = rng.integers(0, 6, work.n_neurons)
    core_K = rng.integers(0, 9, 6)
    clusters = nets_of(work).contracted(cluster_M, 6)
    cost = state_of(clusters, multicast_hops(Mesh(3, 3)), core_K, Capacity((99,)))[1]
    assert cost == multicast(Mesh(3, 3), destinations(work, core_K[cluster_M], 9)).hops


def test_unicast_and_hierarchy_cost_what_routing_counts():
    work, rng = local_workload(60), np.random.default_rng(3)
    core_M = rng.integers(0, 12, 60)
    pairs = destinations(work, core_M, 12)
    chip = mesh_chip(4, 3, kind="unicast")
    cost = state_of(nets_of(work), objective_of(chip), core_M, Capacity((60,)))[1]
    assert cost == unicast(chip.fabric, pairs).hops + pairs.remote().spikes_P.sum()
    tiles = Hierarchy(2, 2, 3)
    remote_CC = 1.0 - np.eye(12)
    objective = Objective(tiles, pair_CC=remote_CC, hop=(1.0, 1.0), once=1.0)
    cost = state_of(nets_of(work), objective, core_M, Capacity((60,)))[1]
    assert cost == multicast(tiles, pairs).hops


@given(any_workloads(), st.integers(0, 99), st.integers(3, 9), st.integers(8, 30))
@settings(deadline=None, max_examples=30)
def test_a_search_keeps_limits_and_is_never_worse_than_its_start(work, seed, neurons, axons):
    chip = mesh_chip(4, 3, neurons=neurons, input_axons_per_core=axons, output_axons_per_core=axons)
    try:
        start = map_workload(work, chip, "sequential", "sequential", seed)
    except InputError:
        return
    found = map_workload(work, chip, "sequential", "sequential", seed, effort="fast")
    report = mapping_report(found)
    assert report.valid, report.violations
    cost = {each: objective_cost(work, chip, each.core_M) for each in (start, found)}
    assert cost[found] <= cost[start]


def objective_cost(work, chip, core_M):
    need_MR, capacity = capacity_of(work, chip)
    return state_of(nets_of(work, True, need_MR), objective_of(chip), core_M, capacity)[1]


def test_a_seed_is_a_mapping():
    nets, objective = nets_of(local_workload()), multicast_hops(Mesh(4, 4))
    first, again, other = (multilevel(nets, objective, Capacity((10,)), BRIEF, seed).core_V for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_from_nothing_it_is_better_than_the_layout_alone():
    work, chip = local_workload(), mesh_chip(4, 4, neurons=10)
    alone, joint = (mapping_report(map_workload(work, chip, method)) for method in ("layout", "joint"))
    assert joint.valid
    assert joint.spike_hops < alone.spike_hops
    assert joint.methods["effort"] == "fast"
    assert joint.refinement["cost"] == pytest.approx(joint.spike_hops + packets_once(work, joint))


def packets_once(work, report):
    pairs = destinations(work, np.array(report.core_of_neuron), 16).remote()
    return work.spikes_M[np.unique(pairs.neuron_P)].sum()


def test_improving_lowers_link_loads_where_these_count():
    work, rng = local_workload(), np.random.default_rng(0)
    objective = replace(multicast_hops(Mesh(4, 4)), largest=10.0, variance=0.1)
    start = rng.permutation(np.arange(144) % 16)
    capacity = Capacity((10,), least=(8,))
    found = improved(nets_of(work), objective, capacity, replace(BRIEF, trees=2e5), start)
    held = np.bincount(found.core_V, minlength=16)
    assert 8 <= held.min() <= held.max() <= 10
    assert found.over == 0
    assert found.cost < 0.7 * annealed(nets_of(work), objective, capacity, start, 0, 0, 0, rng).cost


def test_whole_cores_trade_places():
    chain = workload([(0, 3), (3, 1), (1, 2)], [1, 1, 1, 1])
    line = multicast_hops(Mesh(4, 1))
    core_M = place_cores(nets_of(chain), line, np.arange(4), Schedule(1e5, 0), 1)
    assert state_of(nets_of(chain), line, core_M, Capacity((1,)))[1] == 3


def test_wrong_requests_are_refused():
    with pytest.raises(InputError, match="Did you mean 'fast'"):
        refined(local_workload(), mesh_chip(), "fats")
