import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.analysis.louvain import louvain, newman_modularity
from neurogrow.errors import InputError


def two_triangles():
    """Two triangles with one edge between them: Q = 2 (3/7 - 1/4) = 5/14 (Newman's own arithmetic)."""
    strength_MM = np.zeros((6, 6))
    for i, j in ((0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (2, 3)):
        strength_MM[i, j] = strength_MM[j, i] = 2.0
    return strength_MM


def random_graph(seed, n=18, density=0.4):
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.random((n, n)) * (rng.random((n, n)) < density), 1)
    upper[0, 1] = 0.5  # at least one connection
    return upper + upper.T


def planted(rng, sizes, inside=1.0, outside=0.05):
    module_M = np.repeat(np.arange(len(sizes)), sizes)
    draw = rng.random((len(module_M), len(module_M)))
    upper = np.triu(draw * np.where(module_M[:, None] == module_M, inside, outside), 1)
    return upper + upper.T, module_M


def test_modularity_of_two_triangles_by_hand():
    divisions = np.array([[0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 0], [0, 1, 2, 3, 4, 5]])
    squared_degrees = (4 * 2**2 + 2 * 3**2) / 14**2
    np.testing.assert_allclose(newman_modularity(two_triangles(), divisions), [5 / 14, 0, -squared_degrees])
    assert newman_modularity(two_triangles(), divisions[0]).shape == ()


def test_louvain_finds_the_triangles_and_numbers_by_size():
    np.testing.assert_array_equal(louvain(two_triangles()), [0, 0, 0, 1, 1, 1])
    strength_MM, module_M = planted(np.random.default_rng(0), (5, 12, 8))
    np.testing.assert_array_equal(louvain(strength_MM), np.array([2, 0, 1])[module_M])


def test_neurons_without_connections_are_communities_by_themselves():
    strength_MM = np.zeros((5, 5))
    strength_MM[1, 3] = strength_MM[3, 1] = 1.0
    np.testing.assert_array_equal(louvain(strength_MM), [1, 0, 2, 0, 3])


@pytest.mark.parametrize("measure", [louvain, lambda graph: newman_modularity(graph, np.zeros(3, dtype=int))])
def test_a_graph_without_connections_is_refused(measure):
    with pytest.raises(InputError, match="no modularity"):
        measure(np.zeros((3, 3)))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_modularity_is_networkx_s_and_knows_no_names(seed, groups):
    rng = np.random.default_rng(seed)
    strength_MM = random_graph(seed)
    label_M = rng.integers(0, groups, len(strength_MM))
    parts = [set(np.flatnonzero(label_M == each).tolist()) for each in np.unique(label_M)]
    found = float(newman_modularity(strength_MM, label_M))
    assert found == pytest.approx(nx.community.modularity(nx.from_numpy_array(strength_MM), parts))
    order_M = rng.permutation(len(label_M))
    moved = newman_modularity(7 * strength_MM[np.ix_(order_M, order_M)], rng.permutation(groups)[label_M][order_M])
    assert float(moved) == pytest.approx(found)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_communities_are_those_of_the_graph_however_it_is_numbered_and_no_single_move_gains(seed):
    strength_MM = random_graph(seed)
    community_M = louvain(strength_MM)
    order_M = np.random.default_rng(seed).permutation(len(strength_MM))
    again_M = louvain(3 * strength_MM[np.ix_(order_M, order_M)])
    pairs = community_M[order_M][:, None] == community_M[order_M]
    np.testing.assert_array_equal(again_M[:, None] == again_M, pairs)
    assert float(newman_modularity(strength_MM, community_M)) > 0.0


def test_communities_are_as_good_as_networkx_s():
    ours, theirs = [], []
    for seed in range(12):
        strength_MM = random_graph(seed, 60, 0.15)
        graph = nx.from_numpy_array(strength_MM)
        ours.append(float(newman_modularity(strength_MM, louvain(strength_MM))))
        theirs.append(nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=seed)))
    assert np.mean(ours) > np.mean(theirs) - 0.01
