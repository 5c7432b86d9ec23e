import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from support.workloads import any_workloads, workload

from hardware_models.topology.mesh import Mesh
from hardware_models.topology.routing import multicast, unicast
from hardware_models.workload.destinations import destinations


def walked(mesh, work, core_M):
    """Every multicast tree as a set of links, walked step by step, x first: link -> spikes."""
    load = {}
    for pre, spikes in enumerate(work.spikes_M.tolist()):
        posts = work.connectivity.tocsc()[:, [pre]].nonzero()[0]
        tree = set()
        for core in {int(core_M[post]) for post in posts}:
            (x, y), (to_x, to_y) = mesh.router_C2[core_M[pre]].tolist(), mesh.router_C2[core].tolist()
            while (x, y) != (to_x, to_y):
                there = (x + np.sign(to_x - x), y) if x != to_x else (x, y + np.sign(to_y - y))
                tree.add(((x, y), there))
                x, y = there
        for link in tree:
            load[link] = load.get(link, 0) + spikes
    return {link: spikes for link, spikes in load.items() if spikes}


def loads(traffic):
    return {(start, end): load for start, end, load in traffic.links()}


def test_three_neurons_by_hand():
    """Neuron 0 on the corner tile of a 3 x 2 mesh spikes 5 times, to (2, 0) and (2, 1); neuron 1 answers twice."""
    mesh = Mesh(3, 2)
    work = workload([(0, 1), (0, 2), (1, 0)], [5, 2, 9])
    core_M = np.array([0, 4, 5])  # tiles (0, 0), (2, 0), (2, 1)
    pairs = destinations(work, core_M, 6)
    together, apart = multicast(mesh, pairs), unicast(mesh, pairs)
    assert loads(together) == {
        ((0, 0), (1, 0)): 5,
        ((1, 0), (2, 0)): 5,
        ((2, 0), (2, 1)): 5,
        ((2, 0), (1, 0)): 2,
        ((1, 0), (0, 0)): 2,
    }
    assert (together.hops, together.largest, together.hops_east_west, together.hops_north_south) == (19, 5, 14, 5)
    assert (apart.hops, apart.largest, apart.hops_east_west) == (5 * (2 + 3) + 2 * 2, 10, 24)


def test_cores_of_one_tile_have_no_hop_between_them():
    pairs = destinations(workload([(0, 1), (1, 0)], [3, 4]), np.array([0, 3]), 8)
    assert multicast(Mesh(2, 1, 4), pairs).hops == unicast(Mesh(2, 1, 4), pairs).hops == 0
    assert multicast(Mesh(2, 1, 4), pairs).links() == []


def test_a_network_without_synapses_has_no_traffic():
    traffic = multicast(Mesh(3, 2), destinations(workload([], [3, 4]), np.array([0, 1]), 6))
    assert (traffic.hops, traffic.largest, traffic.links()) == (0, 0, [])
    assert (traffic.hops_east_west, traffic.hops_north_south) == (0, 0)


meshes = st.builds(Mesh, st.integers(1, 5), st.integers(1, 5), st.integers(1, 3))


@given(any_workloads(), meshes, st.integers(0, 1000))
@settings(deadline=None, max_examples=60)
def test_trees_are_what_walking_every_route_finds(work, mesh, seed):
    core_M = np.random.default_rng(seed).integers(0, mesh.n_cores, work.n_neurons)
    pairs = destinations(work, core_M, mesh.n_cores)
    traffic = multicast(mesh, pairs)
    assert loads(traffic) == walked(mesh, work, core_M)
    assert traffic.hops == sum(loads(traffic).values())
    assert traffic.largest == max(loads(traffic).values(), default=0)


@given(any_workloads(), meshes, st.integers(0, 1000))
@settings(deadline=None, max_examples=40)
def test_unicast_is_distance_and_never_less_than_multicast(work, mesh, seed):
    core_M = np.random.default_rng(seed).integers(0, mesh.n_cores, work.n_neurons)
    pairs = destinations(work, core_M, mesh.n_cores)
    traffic = unicast(mesh, pairs)
    assert traffic.hops == mesh.distance_CC()[pairs.home_P, pairs.core_P] @ pairs.spikes_P
    assert traffic.hops == sum(loads(traffic).values())
    assert multicast(mesh, pairs).hops <= traffic.hops
    assert multicast(mesh, pairs).largest <= traffic.largest


@given(any_workloads(), st.integers(0, 1000))
@settings(deadline=None, max_examples=30)
def test_the_order_of_neurons_changes_nothing(work, seed):
    rng, mesh, n = np.random.default_rng(seed), Mesh(3, 3), work.n_neurons
    core_M, order = rng.integers(0, 9, n), rng.permutation(n)
    post, pre = work.connectivity.nonzero()
    place = np.argsort(order)
    same = workload(np.stack([place[pre], place[post]], 1), work.spikes_M[order])
    first, second = (multicast(mesh, destinations(w, c, 9)) for w, c in ((work, core_M), (same, core_M[order])))
    assert loads(first) == loads(second)
