import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from support.workloads import any_workloads, workload
from test_placement import random_flow

from hardware_models.search.bounds import gilmore_lawler, optimal_placement, partition_bound, routing_bound
from hardware_models.search.placement import placement_cost
from hardware_models.search.swaps import swap_search
from hardware_models.topology.mesh import Mesh
from hardware_models.topology.routing import multicast
from hardware_models.workload.destinations import destinations


def test_bounds_by_hand():
    """One neuron with 3 spikes, to four cores around it on a line: (0), 1, 2 west and (4), 5 east of it."""
    work = workload([(0, 1), (0, 2), (0, 3), (0, 4)], [3, 0, 0, 0, 0])
    mesh, core_M = Mesh(6, 1), np.array([2, 0, 1, 4, 5])
    pairs = destinations(work, core_M, 6)
    assert partition_bound(pairs, 1) == 3 * 4
    assert partition_bound(pairs, 2) == 3 * 2  # one beside it, three on two tiles
    assert partition_bound(pairs, 5) == 0  # all on its own tile
    assert routing_bound(mesh, pairs) == multicast(mesh, pairs).hops == 3 * 5


@given(any_workloads(), st.builds(Mesh, st.integers(1, 4), st.integers(1, 4), st.integers(1, 4)), st.integers(0, 1000))
@settings(deadline=None, max_examples=60)
def test_no_mapping_goes_below_a_bound(work, mesh, seed):
    core_M = np.random.default_rng(seed).integers(0, mesh.n_cores, work.n_neurons)
    pairs = destinations(work, core_M, mesh.n_cores)
    hops = multicast(mesh, pairs).hops
    assert partition_bound(pairs, mesh.cores_per_tile) <= hops
    assert routing_bound(mesh, pairs) <= hops


@given(st.integers(0, 1000))
@settings(deadline=None, max_examples=20)
def test_gilmore_lawler_optimum_and_search_are_in_order(seed):
    flow, distance = random_flow(6, seed), Mesh(2, 3).distance_CC((1.0, 1.4))
    cores, best = optimal_placement(flow, distance, 6)
    assert best == pytest.approx(placement_cost(flow, distance, cores))
    assert gilmore_lawler(flow, distance) <= best + 1e-9
    assert best <= placement_cost(flow, distance, swap_search(flow, distance, np.arange(6))) + 1e-9


def test_the_optimum_of_a_ring_on_nine_cores_is_known():
    """An odd ring on a (bipartite) mesh needs one hop more than it has neighbours."""
    ring = np.zeros((9, 9))
    ring[np.arange(9), (np.arange(9) + 1) % 9] = 1
    cores, cost = optimal_placement(sparse.csr_array(ring + ring.T), Mesh(3, 3).distance_CC(), 9)
    assert cost == 10
    assert sorted(cores) == list(range(9))


def test_fewer_parts_than_cores_are_tried_on_all_cores_and_too_many_not_at_all():
    flow = sparse.csr_array((np.array([2.0, 2.0]), ([0, 1], [1, 0])), shape=(20, 20))
    cores, cost = optimal_placement(flow, Mesh(5, 4).distance_CC(), 2)
    assert (len(cores), cost) == (2, 2)
    assert optimal_placement(flow, Mesh(5, 4).distance_CC(), 9) is None
