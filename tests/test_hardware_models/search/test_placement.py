import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from support.workloads import any_workloads, local_workload, mesh_chip, workload

from hardware_models.search.bounds import optimal_placement
from hardware_models.search.force_directed import force_directed
from hardware_models.search.partition import partition_neurons
from hardware_models.search.placement import PLACEMENTS, place_parts, placement_cost
from hardware_models.search.swap_annealing import anneal_swaps
from hardware_models.search.swaps import own_costs, swap_gains, swap_search
from hardware_models.topology.hilbert import hilbert_order
from hardware_models.topology.mesh import Mesh
from hardware_models.topology.routing import multicast
from hardware_models.workload.destinations import destinations, flow_between
from neurogrow.errors import InputError


def random_flow(n, seed):
    dense = np.triu(np.random.default_rng(seed).integers(0, 6, (n, n)), 1).astype(float)
    return sparse.csr_array(dense + dense.T)


def test_a_chain_is_laid_along_a_line():
    chain = workload([(0, 1), (1, 2), (2, 3)], [1, 1, 1, 1])
    parts = partition_neurons(chain, mesh_chip(4, 1, neurons=1), "sequential")
    assert place_parts(chain, parts, Mesh(4, 1), "sequential").cost == 3
    shuffled = workload([(0, 3), (3, 1), (1, 2)], [1, 1, 1, 1])
    placed = place_parts(shuffled, parts, Mesh(4, 1), "swap")
    assert (placed.start_cost, placed.cost) == (6, 3)


@given(st.integers(2, 9), st.integers(0, 1000), st.tuples(st.floats(0.1, 9), st.floats(0.1, 9)))
@settings(deadline=None, max_examples=40)
def test_the_increment_of_every_swap_is_what_recounting_gives(n, seed, hop_cost):
    flow, distance = random_flow(n, seed), Mesh(3, 3).distance_CC(hop_cost)
    flow = sparse.csr_array(sparse.block_diag([flow, sparse.csr_array((9 - n, 9 - n))])) if n < 9 else flow
    core_C = np.random.default_rng(seed).permutation(9)
    before, own = placement_cost(flow, distance, core_C), own_costs(flow, distance, core_C)
    for part in range(9):
        gains = swap_gains(flow, distance, core_C, own, part)
        for other in set(range(9)) - {part}:
            swapped = core_C.copy()
            swapped[[part, other]] = swapped[[other, part]]
            assert placement_cost(flow, distance, swapped) - before == pytest.approx(gains[other], abs=1e-9)


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_the_search_ends_where_no_swap_helps_and_never_beats_the_optimum(seed):
    flow, distance = random_flow(6, seed), Mesh(3, 2).distance_CC()
    start = np.random.default_rng(seed).permutation(6)
    found = swap_search(flow, distance, start)
    cost, own = placement_cost(flow, distance, found), own_costs(flow, distance, found)
    assert sorted(found) == list(range(6))
    assert cost <= placement_cost(flow, distance, start)
    assert all(np.delete(swap_gains(flow, distance, found, own, p), p).min() >= -1e-9 for p in range(6))
    assert cost >= optimal_placement(flow, distance, 6)[1]


@given(any_workloads(), st.sampled_from(sorted(PLACEMENTS)), st.integers(0, 5), st.integers(1, 3))
@settings(deadline=None, max_examples=40)
def test_parts_sit_on_different_cores_and_never_cost_more_than_at_the_start(work, method, seed, cores_per_tile):
    chip = mesh_chip(4, 3, cores_per_tile, neurons=3)
    parts = partition_neurons(work, chip, "layout")
    placed = place_parts(work, parts, chip.fabric, method, seed, (3.0, 4.2))
    assert len(set(placed.core_P.tolist())) == parts.n_parts
    assert set(placed.core_P.tolist()) <= set(range(chip.fabric.n_cores))
    assert placed.cost <= placed.start_cost
    flow = flow_between(work, parts.part_M, parts.n_parts)
    cost = placement_cost(flow, chip.fabric.distance_CC((3.0, 4.2)), placed.core_P)
    assert placed.cost == pytest.approx(cost)


def test_layout_beats_chance_on_a_local_network():
    work, chip = local_workload(), mesh_chip(4, 4, neurons=9)
    parts = partition_neurons(work, chip, "layout")
    hops = {}
    for method in ("layout", "random"):
        core_M = place_parts(work, parts, chip.fabric, method).core_P[parts.part_M]
        hops[method] = multicast(chip.fabric, destinations(work, core_M, 16)).hops
    assert hops["layout"] < 0.7 * hops["random"]


def test_layout_keeps_a_small_network_in_a_corner_of_a_large_chip():
    work, chip = local_workload(), mesh_chip(8, 8, neurons=36)
    parts = partition_neurons(work, chip, "layout")
    routers = chip.fabric.router_C2[place_parts(work, parts, chip.fabric, "layout").core_P]
    assert parts.n_parts == 4
    assert np.ptp(routers, axis=0).tolist() == [1, 1]


def test_wrong_requests_are_refused():
    work = workload([], [0] * 4)
    parts = partition_neurons(work, mesh_chip(neurons=1), "sequential")
    with pytest.raises(InputError, match="Did you mean 'swap'"):
        place_parts(work, parts, Mesh(3, 3), "swop")
    with pytest.raises(InputError, match="Choose 'swap', 'sequential' or 'random'"):
        place_parts(work, parts, Mesh(3, 3), "layout")
    with pytest.raises(InputError, match="4 parts do not fit on 2 cores"):
        place_parts(work, parts, Mesh(2, 1), "sequential")


def test_hilbert_order_visits_neighbours():
    visited = Mesh(8, 8).router_C2[hilbert_order(Mesh(8, 8))]
    assert (np.abs(np.diff(visited, axis=0)).sum(1) == 1).all()
    assert sorted(hilbert_order(Mesh(3, 5, 2)).tolist()) == list(range(30))


def test_forces_end_where_no_neighbours_would_trade():
    flow, distance = random_flow(9, 5), Mesh(3, 3).distance_CC()
    start = np.random.default_rng(5).permutation(9)
    found = force_directed(flow, distance, start)
    assert placement_cost(flow, distance, found) < placement_cost(flow, distance, start)
    own = own_costs(flow, distance, found)
    at = np.argsort(found)
    gains = [swap_gains(flow, distance, found, own, at[a])[at[b]] for a, b in np.argwhere(distance == 1)]
    assert min(gains) >= -1e-9


@pytest.mark.parametrize("seed", range(8))
def test_annealed_swaps_reach_the_optimum_of_small_cases(seed):
    rng = np.random.default_rng(seed)
    flow = np.triu(rng.integers(0, 9, (6, 6)), 1)
    flow_CC, distance_CC = sparse.csr_array(flow + flow.T), Mesh(3, 2).distance_CC((1.0, 1.5))
    start = rng.permutation(6)
    found = anneal_swaps(flow_CC, distance_CC, start, 500)
    assert sorted(found) == list(range(6))
    assert placement_cost(flow_CC, distance_CC, found) == pytest.approx(optimal_placement(flow_CC, distance_CC, 6)[1])
    np.testing.assert_array_equal(anneal_swaps(flow_CC, distance_CC, start, 500), found)


def test_annealing_gives_back_a_start_that_is_the_best():
    chain = sparse.diags_array([np.ones(8), np.ones(8)], offsets=[1, -1], shape=(9, 9)).tocsr()
    line = np.arange(9)
    np.testing.assert_array_equal(anneal_swaps(chain, Mesh(9, 1).distance_CC(), line, 50), line)
    nothing = sparse.csr_array((9, 9))
    np.testing.assert_array_equal(anneal_swaps(nothing, Mesh(9, 1).distance_CC(), line), line)
