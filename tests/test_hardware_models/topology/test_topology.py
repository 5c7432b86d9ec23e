import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.workloads import any_workloads, workload

from hardware_models.search.bounds import partition_bound, routing_bound
from hardware_models.topology.base import Topology
from hardware_models.topology.hexagonal import HexagonalTorus
from hardware_models.topology.hierarchy import Hierarchy
from hardware_models.topology.mesh import Mesh
from hardware_models.topology.routing import core_multicast, core_pairs, multicast, unicast
from hardware_models.topology.routing_tables import table_entries
from hardware_models.topology.torus import Torus
from hardware_models.workload.destinations import destinations
from neurogrow.errors import InputError

KINDS = (Mesh, Torus, HexagonalTorus, Hierarchy)
sizes = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 3))
topologies = st.builds(lambda kind, size: kind(*size), st.sampled_from(KINDS), sizes)
neighbours = {
    Mesh: {(1, 0), (-1, 0), (0, 1), (0, -1)},
    Torus: {(1, 0), (-1, 0), (0, 1), (0, -1)},
    HexagonalTorus: {(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)},
}


def shortest(topology, start):
    """Distance of every router of a grid from one of them, by breadth-first search over its neighbours."""
    wide, high = topology.columns, topology.rows
    found, waiting = {start: 0}, [start]
    for x, y in waiting:
        for dx, dy in neighbours[type(topology)]:
            there = (x + dx, y + dy)
            if type(topology) is Mesh and not (0 <= there[0] < wide and 0 <= there[1] < high):
                continue
            there = (there[0] % wide, there[1] % high)
            if there not in found:
                found[there] = found[x, y] + 1
                waiting.append(there)
    return found


def route(topology, source, target):
    """Routers from source to target, by stepping back."""
    path = [target]
    while path[0] != source:
        path.insert(0, int(topology.previous(np.array([source]), np.array([path[0]]))[0]))
        assert len(path) < 50
    return path


def test_a_torus_by_hand():
    """On 5 x 4 tiles the way from (0, 0) to (4, 3) is one step west and one south; half-way around goes up."""
    torus = Torus(5, 4)
    assert torus.steps(np.array([0, 0, 0]), np.array([19, 2, 11])).tolist() == [[1, 1], [0, 2], [2, 1]]
    assert [torus.place(at) for at in route(torus, 0, 19)] == [(0, 0), (4, 0), (4, 3)]
    assert [torus.place(at) for at in route(torus, 0, 2)] == [(0, 0), (0, 1), (0, 2)]
    assert torus.n_links == 5 * 4 * 4
    assert (Torus(2, 1).n_links, Torus(1, 1).n_links, Torus(3, 2).n_links) == (2, 0, 6 * 3)


def test_a_hexagonal_torus_by_hand():
    """Diagonals serve east and north at once, or west and south; east and south have nothing in common."""
    spinn = HexagonalTorus(12, 12)
    target = np.array([2 * 12 + 3, 11 * 12 + 11, 2 * 12 + 11, 8 * 12 + 9])
    assert spinn.steps(np.zeros(4, int), target).tolist() == [[0, 1, 2], [0, 0, 1], [2, 1, 0], [1, 0, 3]]
    assert [spinn.place(at) for at in route(spinn, 0, 27)] == [(0, 0), (1, 1), (2, 2), (2, 3)]
    assert spinn.n_links == 144 * 6
    assert spinn.distance_CC().max() == 8  # a torus of 12 x 12 tiles: two thirds of its width


def test_a_hierarchy_by_hand():
    """Two chips of two cores: up and down within a chip, and one link between them."""
    chips = Hierarchy(2, 1, 2)
    assert chips.distance_CC().tolist() == [[0, 2, 3, 3], [2, 0, 3, 3], [3, 3, 0, 2], [3, 3, 2, 0]]
    assert chips.distance_CC((10, 1, 0.5))[0, 3] == 11
    assert [chips.place(at) for at in route(chips, 0, 3)] == [(0, 0, 0), (0, 0), (1, 0), (1, 0, 1)]
    assert chips.n_links == 2 + 2 * 4
    pairs = destinations(workload([(0, 1), (0, 2), (0, 3)], [5, 0, 0, 0]), np.arange(4), 4)
    together = multicast(chips, pairs)
    assert together.hops_by_kind == {"hop east-west": 5, "hop north-south": 0, "hop in chip": 5 * 4}
    assert unicast(chips, pairs).hops == 5 * (2 + 3 + 3)
    assert {place for link in together.links() for place in link[:2]} == {
        (0, 0, 0), (0, 0), (0, 0, 1), (1, 0), (1, 0, 0), (1, 0, 1),
    }  # fmt: skip


@given(topologies, st.integers(0, 1000))
@settings(deadline=None, max_examples=60)
def test_routes_are_shortest_ways_and_their_beginnings_are_routes(topology, seed):
    rng = np.random.default_rng(seed)
    router_C = topology.router_C
    source, target = (int(router_C[rng.integers(topology.n_cores)]) for _ in range(2))
    path = route(topology, source, target)
    assert len(path) - 1 == topology.steps(np.array([source]), np.array([target])).sum()
    for length in range(1, len(path)):
        assert route(topology, source, path[length]) == path[: length + 1]
    kinds = topology.kind_of(np.array(path[:-1], int), np.array(path[1:], int))
    steps = topology.steps(np.array([source]), np.array([target]))[0]
    assert np.bincount(kinds, minlength=len(steps)).tolist() == steps.tolist()
    if type(topology) in neighbours:
        assert len(path) - 1 == shortest(topology, topology.place(source))[topology.place(target)]


@given(topologies)
@settings(deadline=None, max_examples=60)
def test_distance_is_a_metric(topology):
    distance_CC = topology.distance_CC()
    np.testing.assert_array_equal(distance_CC, distance_CC.T)
    same = topology.router_C[:, None] == topology.router_C[None]
    assert ((distance_CC == 0) == same).all()
    assert (distance_CC[:, None] <= distance_CC[:, :, None] + distance_CC[None]).all()


@given(topologies)
@settings(deadline=None, max_examples=40)
def test_links_are_counted(topology):
    """Every link is the first step of some route."""
    assume(topology.n_cores > 1)
    every = np.arange(topology.n_routers)
    source, target = np.repeat(topology.router_C, len(every)), np.tile(every, topology.n_cores)
    far = source != target
    _, start, end = (
        np.concatenate(part)
        for part in zip(
            *[(np.empty(0, int),) * 3, *topology.walk(np.arange(far.sum()), source[far], target[far])], strict=True
        )
    )
    assert len(set(zip(start.tolist(), end.tolist(), strict=True))) == topology.n_links


@given(any_workloads(), topologies, st.integers(0, 1000))
@settings(deadline=None, max_examples=80)
def test_a_tree_reaches_every_destination_and_is_never_longer_than_separate_routes(work, topology, seed):
    core_M = np.random.default_rng(seed).integers(0, topology.n_cores, work.n_neurons)
    pairs = destinations(work, core_M, topology.n_cores)
    router_C = topology.router_C
    apart = topology.steps(router_C[pairs.home_P], router_C[pairs.core_P]).sum(1)
    assert unicast(topology, pairs).hops == apart @ pairs.spikes_P
    assert multicast(topology, pairs).hops <= unicast(topology, pairs).hops <= apart @ pairs.spikes_P
    assert multicast(topology, pairs).hops <= core_multicast(topology, pairs).hops
    assert partition_bound(pairs, topology.cores_per_router) <= multicast(topology, pairs).hops
    assert routing_bound(topology, pairs) <= multicast(topology, pairs).hops
    for neuron in np.unique(pairs.neuron_P).tolist():
        own = pairs.neuron_P == neuron
        source, targets = router_C[core_M[neuron]], set(router_C[pairs.core_P[own]].tolist())
        reached, links = {int(source)}, 0
        walked = list(topology.walk(np.zeros(own.sum(), int), router_C[pairs.home_P[own]], router_C[pairs.core_P[own]]))
        for _, start, end in reversed(walked):
            assert set(start.tolist()) <= reached
            assert not reached & set(end.tolist())  # each router is entered once: no loop, no second copy
            reached |= set(end.tolist())
            links += len(end)
        assert targets <= reached
        assert len(targets - {int(source)}) <= links <= apart[own].sum()


@given(any_workloads(), sizes, st.integers(0, 1000))
@settings(deadline=None, max_examples=40)
def test_a_mesh_counts_by_intervals_what_walking_its_trees_finds(work, size, seed):
    mesh = Mesh(*size)
    core_M = np.random.default_rng(seed).integers(0, mesh.n_cores, work.n_neurons)
    pairs = destinations(work, core_M, mesh.n_cores)
    at = (pairs.neuron_P, mesh.router_C[pairs.home_P], mesh.router_C[pairs.core_P], pairs.spikes_P)
    walked, summed = (list(zip(*(part.tolist() for part in links), strict=True)) for links in (
        Topology.loads(mesh, *at), mesh.loads(*at)
    ))  # fmt: skip
    assert sorted(walked) == sorted(summed)


def test_a_core_s_table_entry_serves_all_its_neurons():
    """Two neurons of core 0 send to cores 2 and 3 of a line: every spike goes to both."""
    pairs = destinations(workload([(0, 2), (1, 3)], [5, 2, 0, 0]), np.array([0, 0, 2, 3]), 5)
    shared = core_pairs(pairs, 5)
    assert list(zip(*(a.tolist() for a in (shared.home_P, shared.core_P, shared.spikes_P)), strict=True)) == [
        (0, 2, 7), (0, 3, 7),
    ]  # fmt: skip
    line = Mesh(5, 1)
    assert core_multicast(line, pairs).hops == 3 * 7
    assert multicast(line, pairs).hops == 5 * 2 + 2 * 3


def test_tables_need_an_entry_wherever_a_tree_does_not_go_straight_on():
    """From (0, 0) to (3, 0): the start and the end. To (2, 2) as well: on a mesh also the branch at (2, 0)."""
    straight = destinations(workload([(0, 1)], [1, 0]), np.array([0, 12]), 16)
    mesh = Mesh(4, 4)
    assert np.flatnonzero(table_entries(mesh, straight)).tolist() == [0, 12]
    branching = destinations(workload([(0, 1), (0, 2)], [1, 0, 0]), np.array([0, 12, 10]), 16)
    assert np.flatnonzero(table_entries(mesh, branching)).tolist() == [0, 8, 10, 12]
    two = destinations(workload([(0, 2), (1, 2)], [1, 1, 0]), np.array([0, 1, 12]), 16)
    assert table_entries(mesh, two)[[0, 1, 12, 13]].tolist() == [1, 1, 2, 1]
    none = destinations(workload([], [1, 1]), np.array([0, 1]), 16)
    assert table_entries(mesh, none).tolist() == [0] * 16


def test_packets_that_go_straight_around_the_border_need_no_entry():
    around = destinations(workload([(0, 1)], [1, 0]), np.array([12, 4]), 16)  # (3, 0) -> (0, 0) -> (1, 0)
    assert np.flatnonzero(table_entries(Torus(4, 4), around)).tolist() == [4, 12]


def test_links_between_chips_are_told_apart():
    mesh = Mesh(4, 2, 1, chips=(2, 1))
    pairs = destinations(workload([(0, 1), (0, 2)], [5, 0, 0]), np.array([0, 6, 3]), 8)  # (0, 0) to (3, 0), (1, 1)
    assert multicast(mesh, pairs).crossings == 5
    assert unicast(mesh, pairs).crossings == 5
    torus = Torus(4, 2, 1, chips=(2, 2))
    assert torus.crosses(np.array([0, 0, 0, 0]), np.array([2, 1, 6, 4])).tolist() == [False, True, True, True]


def test_impossible_sizes_are_refused():
    with pytest.raises(InputError, match="at least one"):
        Torus(3, 0)
    with pytest.raises(InputError, match="are not 2 x 1 chips"):
        Mesh(3, 3, 1, chips=(2, 1))
