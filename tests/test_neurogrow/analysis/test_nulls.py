from functools import partial

import numpy as np
import pytest
from scipy import stats
from support.planted import quadrants

from neurogrow.analysis.anatomy import cluster_size, isolated_fraction
from neurogrow.analysis.nulls import (
    compare_with_null,
    distance_bins,
    null_comparison,
    scaled_to_degrees,
    shuffle_within_bins,
    shuffled_modules,
)
from neurogrow.errors import InputError
from neurogrow.layout import GridLayout

LAYOUT = GridLayout.square(400)
ISOLATED = partial(isolated_fraction, neighbours_N8=LAYOUT.neighbours_N8)
EXTENT = partial(cluster_size, positions_N2=LAYOUT.positions_N2)


def test_a_null_by_hand():
    # A measure that does not look at the first label of [0, 0, 1] has three shuffles equally likely; 'value' is where
    # the 1 stands: 2 as it is, so every shuffle is at most as large.
    found = compare_with_null(lambda module_SN: module_SN.argmax(axis=-1), np.array([0, 0, 1]), 3000)
    assert (found.value, found.p) == (2.0, 1.0)
    assert found.null_mean == pytest.approx(1, abs=0.06)
    assert found.null_sd == pytest.approx(np.sqrt(2 / 3), abs=0.03)
    assert found.z == pytest.approx((2 - found.null_mean) / found.null_sd)


def test_shuffling_moves_labels_among_members_only_and_repeats_with_its_seed():
    module_N = np.random.default_rng(0).integers(-1, 4, 30)
    shuffled_SN = shuffled_modules(module_N, 50, seed=1)
    assert ((shuffled_SN >= 0) == (module_N >= 0)).all()
    assert (np.sort(shuffled_SN, axis=1) == np.sort(module_N)).all()
    assert len(np.unique(shuffled_SN, axis=0)) == 50
    np.testing.assert_array_equal(shuffled_SN, shuffled_modules(module_N, 50, seed=1))
    assert (shuffled_SN != shuffled_modules(module_N, 50, seed=2)).any()


@pytest.mark.parametrize("measure", [ISOLATED, EXTENT])
def test_modules_that_are_places_lie_far_below_the_null(measure):
    found = compare_with_null(measure, quadrants(LAYOUT, 4))
    assert found.z < -8
    assert found.p == 1 / 1001


def test_labels_without_a_place_have_uniform_p_values_and_small_z():
    places = np.random.default_rng(0)
    found = [compare_with_null(EXTENT, places.integers(-1, 6, 400), 199, seed) for seed in range(150)]
    assert stats.kstest([null.p for null in found], "uniform").pvalue > 0.01
    z = np.array([null.z for null in found])
    assert abs(z.mean()) < 0.3
    assert z.std() == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("module_N", [np.full(400, -1), np.zeros(400, dtype=int)], ids=["no members", "one module"])
@pytest.mark.parametrize("measure", [ISOLATED, EXTENT])
def test_a_null_that_does_not_vary_has_no_z(measure, module_N):
    found = compare_with_null(measure, module_N, 20)
    assert found.z is None
    assert found.null_sd == 0.0
    assert found.p == 1.0


def test_one_shuffle_is_no_distribution():
    with pytest.raises(InputError, match="at least 2 shuffles"):
        compare_with_null(EXTENT, np.zeros(400, dtype=int), 1)


def test_p_counts_shuffles_that_are_as_modular_and_one_more():
    null_S = np.array([1.0, 2, 3, 3])
    assert null_comparison(3.0, null_S, larger=True).p == (1 + 2) / 5
    assert null_comparison(3.0, null_S).p == (1 + 4) / 5
    assert null_comparison(9.0, null_S, larger=True).p == 1 / 5
    with pytest.raises(InputError, match="at least 2 shuffles"):
        null_comparison(1.0, null_S[:1])


def test_pairs_are_shuffled_within_their_distance_all_orders_alike():
    bins = distance_bins(np.array([0.1, 0.3, 0.1, 0.1 + 1e-12, 0.3, 0.7]))
    np.testing.assert_array_equal(bins, [0, 1, 0, 0, 1, 2])
    drawn = [tuple(order.tolist()) for order in shuffle_within_bins(bins, 2400, seed=0)]
    orders, counts = np.unique(drawn, axis=0, return_counts=True)
    np.testing.assert_array_equal(bins[orders], np.broadcast_to(bins, orders.shape))
    assert len(orders) == 12  # 3! x 2! x 1!
    assert stats.chisquare(counts).pvalue > 0.001
    assert drawn[:50] == [tuple(order.tolist()) for order in shuffle_within_bins(bins, 50, seed=0)]


def test_many_distances_share_bins_of_about_equal_numbers():
    distance_P = np.random.default_rng(0).random(1000) ** 3
    bins = distance_bins(distance_P, most=20)
    assert np.bincount(bins).tolist() == [50] * 20
    assert (np.diff(bins[np.argsort(distance_P)]) >= 0).all()


def test_scaling_gives_every_neuron_its_degree_back_and_keeps_symmetry_and_zeros():
    rng = np.random.default_rng(0)
    strength_MM = np.triu(rng.random((12, 12)), 1)
    strength_MM[2, 5] = 0.0
    strength_MM += strength_MM.T
    factor_M = rng.uniform(0.5, 2, 12)
    degree_M = (strength_MM * np.outer(factor_M, factor_M)).sum(axis=1)
    scaled_MM = scaled_to_degrees(strength_MM, degree_M)
    np.testing.assert_allclose(scaled_MM.sum(axis=1), degree_M, rtol=1e-4)
    np.testing.assert_allclose(scaled_MM, strength_MM * np.outer(factor_M, factor_M), rtol=1e-3, atol=1e-9)
    np.testing.assert_array_equal(scaled_MM, scaled_MM.T)
    assert scaled_to_degrees(np.zeros((2, 2)), np.zeros(2)).tolist() == [[0, 0], [0, 0]]
