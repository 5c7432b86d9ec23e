import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.analysis.anatomy import active_connections, cluster_size, isolated_fraction, locality, wiring_length
from neurogrow.errors import InputError
from neurogrow.layout import GridLayout

THREE = GridLayout(3, 3)


@st.composite
def labelled_grids(draw):
    layout = GridLayout(draw(st.integers(1, 6)), draw(st.integers(1, 6)))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    return layout, rng.integers(-1, draw(st.integers(1, 5)), (4, layout.n_neurons))


def isolated_by_loops(module_N, layout):
    members = np.flatnonzero(module_N >= 0)
    alone = 0
    for neuron in members:
        away = np.abs(layout.places_N2 - layout.places_N2[neuron]).max(axis=1)
        alone += not (module_N[away == 1] == module_N[neuron]).any()
    return alone / len(members) if len(members) else 0.0


def cluster_size_by_loops(module_N, positions_N2):
    radii = []
    for module in set(module_N.tolist()) - {-1}:
        members = positions_N2[module_N == module]
        radii.append(np.sqrt(((members - members.mean(axis=0)) ** 2).sum(axis=1).mean()))
    return np.mean(radii) if radii else 0.0


def test_isolated_neurons_counted_by_hand():
    # 0 0 .    the two 0s and the two 1s (diagonal) have company; the 0 below right, far from its module, has none,
    # . . 1    and the 2 is alone in its module: 2 of 6 are isolated.
    # 2 1 0
    module_N = np.array([0, 0, -1, -1, -1, 1, 2, 1, 0])
    assert isolated_fraction(module_N, THREE.neighbours_N8) == pytest.approx(2 / 6)


def test_unimportant_neurons_are_no_company_and_no_members():
    assert isolated_fraction(np.array([-1] * 8 + [0]), THREE.neighbours_N8) == 1.0
    assert isolated_fraction(np.full(9, -1), THREE.neighbours_N8) == 0.0


def test_cluster_size_by_hand():
    # Module 0: (0, 0) and (0, 2/3), each 1/3 from their centroid. Module 1: one neuron, size 0. Module 4: the same
    # as module 0 one row further down, so the mean over three modules is 2/9.
    module_N = np.array([0, -1, 0, 4, 1, 4, -1, -1, -1])
    assert cluster_size(module_N, THREE.positions_N2) == pytest.approx(2 / 9)
    assert cluster_size(np.full(9, -1), THREE.positions_N2) == 0.0


@settings(deadline=None, max_examples=50)
@given(labelled_grids())
def test_many_labellings_at_once_are_the_loops_one_by_one(case):
    layout, module_SN = case
    isolated = isolated_fraction(module_SN, layout.neighbours_N8)
    size = cluster_size(module_SN, layout.positions_N2)
    assert isolated.shape == size.shape == (4,)
    for labels, got_isolated, got_size in zip(module_SN, isolated, size, strict=True):
        assert got_isolated == pytest.approx(isolated_by_loops(labels, layout))
        assert got_size == pytest.approx(cluster_size_by_loops(labels, layout.positions_N2), abs=1e-12)
        assert cluster_size(labels, layout.positions_N2) == pytest.approx(got_size)


@settings(deadline=None, max_examples=30)
@given(labelled_grids(), st.permutations(range(5)))
def test_names_of_modules_do_not_matter(case, names):
    layout, module_SN = case
    renamed_SN = np.where(module_SN >= 0, np.array(names)[module_SN], -1)
    for measure, place in ((isolated_fraction, layout.neighbours_N8), (cluster_size, layout.positions_N2)):
        np.testing.assert_allclose(measure(renamed_SN, place), measure(module_SN, place), atol=1e-12)


def test_active_connections_and_wiring_length_by_hand():
    weights_NN = np.zeros((9, 9))
    weights_NN[8, 0] = 0.5  # corner to corner: 4/3
    weights_NN[0, 1] = -0.011  # one step: 1/3
    weights_NN[1, 0] = 0.01  # exactly at the threshold: not active
    weights_NN[4, 4] = 2.0  # to itself: active, no wire
    assert active_connections(weights_NN) == 3
    assert wiring_length(weights_NN, THREE.distance_NN) == pytest.approx(5 / 3)
    assert active_connections(weights_NN, threshold=1.0) == 1


def test_locality_by_hand():
    # A row of three neurons: 3 pairs at distance 0, 4 at 1/3, 2 at 2/3.
    layout = GridLayout(1, 3)
    weights_NN = np.array([[1.0, -2, 0], [0, 0, 4], [-3, 0, 2]])
    found = locality(weights_NN, layout.distance_NN, n_bins=3)
    np.testing.assert_allclose(found.distance_C, [0, 1 / 3, 2 / 3])
    np.testing.assert_allclose(found.mean_weight_C, [3 / 3, 6 / 4, 3 / 2])
    assert found.pairs_C.tolist() == [3, 4, 2]


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 30))
def test_locality_counts_every_pair_once_and_keeps_the_sums(rows, cols, n_bins):
    layout = GridLayout(rows, cols)
    weights_NN = np.random.default_rng(rows).normal(size=layout.distance_NN.shape)
    found = locality(weights_NN, layout.distance_NN, n_bins)
    assert found.pairs_C.sum() == layout.n_neurons**2
    assert (found.pairs_C > 0).all()
    assert (np.diff(found.distance_C) > 0).all()
    assert (found.pairs_C * found.mean_weight_C).sum() == pytest.approx(np.abs(weights_NN).sum())
    assert (found.pairs_C * found.distance_C).sum() == pytest.approx(layout.distance_NN.sum())


def test_equal_distances_share_a_bin_whatever_their_rounding():
    layout = GridLayout.square(400)
    found = locality(np.zeros((400, 400)), layout.distance_NN, n_bins=38)  # one bin per distance of the 20 x 20 grid
    steps = np.rint(layout.distance_NN * 20).astype(int)
    expected = np.bincount(steps.ravel())
    expected[37] += expected[38]  # the last bin includes its upper edge
    assert found.pairs_C.tolist() == expected[:38].tolist()


def test_locality_needs_a_bin():
    with pytest.raises(InputError, match="at least one distance bin"):
        locality(np.zeros((9, 9)), THREE.distance_NN, 0)
