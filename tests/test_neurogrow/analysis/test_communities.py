import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.planted import quadrants
from support.wired import wired_pairs

from neurogrow.analysis.communities import Communities, communities
from neurogrow.analysis.pairs import NeuronPairs, neuron_pairs
from neurogrow.errors import InputError
from neurogrow.io.files import plain
from neurogrow.layout import GridLayout

LAYOUT = GridLayout(9, 9)
MODULE_N = quadrants(LAYOUT, 3)


def test_pairs_by_hand():
    weights_NN = np.array([[9.0, 1, 0, 0], [-3, 9, 0, 5], [0, 0, 9, 0], [0, 1, -4, 9]])
    distance_NN = np.array([[0, 1, 2, 3], [1, 0, 4, 5], [2, 4, 0, 6], [3, 5, 6, 0]])
    variance_NK = np.array([[2.0, 0], [0, 3], [5, 5], [1, 1]])
    pairs = neuron_pairs(weights_NN, distance_NN, variance_NK, np.array([True, True, False, True]))
    assert pairs.n_neurons == 3
    np.testing.assert_array_equal(pairs.strength_P, [2.0, 0.0, 3.0])  # 0-1, 0-3, 1-3
    np.testing.assert_array_equal(pairs.distance_P, [1, 3, 5])
    np.testing.assert_allclose(pairs.similarity_P, [0, np.sqrt(0.5), np.sqrt(0.5)])


def test_modules_that_are_communities_beyond_distance_are_outside_the_spatial_null():
    found = communities(wired_pairs(LAYOUT, MODULE_N, within=6.0), MODULE_N, 200)
    assert found.count == 9
    assert found.agreement.value == pytest.approx(1)
    assert found.q.value == pytest.approx(found.module_q.value)
    nulls = (found.q, found.module_q, found.module_q_spatial, found.agreement, found.agreement_spatial)
    assert min(null.z for null in nulls) > 3
    assert max(null.p for null in nulls) == 1 / 201


def test_wiring_by_distance_alone_is_inside_the_spatial_null_but_not_the_shuffled_labels():
    # Modules are places and wires are short, so labels matter; how the modules lie beyond that does not.
    found = [communities(wired_pairs(LAYOUT, MODULE_N, seed), MODULE_N, 100, seed) for seed in range(8)]
    assert min(each.module_q.z for each in found) > 10
    for name in ("q", "module_q_spatial", "agreement_spatial"):
        z = np.array([getattr(each, name).z for each in found])
        assert abs(z.mean()) < 1.5
        assert np.abs(z).max() < 3.5


def test_modules_scattered_over_such_a_network_are_inside_every_null():
    scattered_N = np.random.default_rng(3).permutation(MODULE_N)
    found = communities(wired_pairs(LAYOUT, scattered_N), scattered_N, 100)
    assert abs(found.agreement.value) < 0.15
    for null in (found.module_q, found.module_q_spatial, found.agreement, found.agreement_spatial):
        assert abs(null.z) < 3.5


def test_communities_lie_on_the_grid_and_come_back_from_json():
    module_N = np.where(np.arange(81) % 4 == 0, -1, MODULE_N)
    found = communities(wired_pairs(LAYOUT, module_N), module_N, 20)
    np.testing.assert_array_equal(found.community_N < 0, module_N < 0)
    text = json.dumps(plain(found), allow_nan=False)
    back = Communities.from_json(json.loads(text))
    assert json.dumps(plain(back)) == text
    assert back.community_N.dtype == found.community_N.dtype


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000))
def test_names_of_modules_and_numbers_of_neurons_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    module_N = rng.integers(0, 4, 16)
    weights_NN, distance_NN = rng.normal(size=(16, 16)), GridLayout(4, 4).distance_NN
    variance_NK, every = rng.random((16, 3)), np.ones(16, dtype=bool)
    order = rng.permutation(16)
    moved = neuron_pairs(weights_NN[order][:, order], distance_NN[order][:, order], variance_NK[order], every)
    one = communities(neuron_pairs(weights_NN, distance_NN, variance_NK, every), module_N, 3)
    other = communities(moved, rng.permutation(4)[module_N][order], 3)
    np.testing.assert_array_equal(
        other.community_N[:, None] == other.community_N,
        (one.community_N[:, None] == one.community_N)[order][:, order],
    )
    for name in ("q", "module_q", "agreement"):
        assert getattr(other, name).value == pytest.approx(getattr(one, name).value)


def test_neurons_that_are_not_connected_have_no_communities():
    nothing = NeuronPairs(3, np.zeros(3), np.ones(3), np.ones(3))
    assert communities(nothing, np.zeros(3, dtype=int)) is None
    assert communities(NeuronPairs(1, *[np.zeros(0)] * 3), np.zeros(1, dtype=int)) is None


def test_one_shuffle_is_no_distribution():
    with pytest.raises(InputError, match="at least 2 shuffles"):
        communities(wired_pairs(LAYOUT, MODULE_N), MODULE_N, 1)
