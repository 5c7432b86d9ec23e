import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import squareform
from support.planted import quadrants
from support.wired import wired_pairs

from neurogrow.analysis.pairs import NeuronPairs
from neurogrow.analysis.similarity import SimilarityCorrelations, partial_correlation, similarity_correlations
from neurogrow.errors import InputError
from neurogrow.io.files import plain
from neurogrow.layout import GridLayout

LAYOUT = GridLayout(9, 9)
MODULE_N = quadrants(LAYOUT, 3)


def random_pairs(seed, n=12):
    rng = np.random.default_rng(seed)
    p = n * (n - 1) // 2
    return NeuronPairs(n, rng.random(p).round(1), rng.integers(1, 6, p) / 5, rng.random(p))


def test_a_partial_correlation_by_hand():
    # 0.5 and 0.5 with the third explain 0.25 of 0.25: nothing is left; without a third, nothing changes.
    assert partial_correlation(0.25, 0.5, 0.5) == 0
    assert partial_correlation(0.3, 0.0, 0.0) == pytest.approx(0.3)
    assert partial_correlation(0.6, 0.6, 0.0) == pytest.approx(0.6 / 0.8)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_values_are_spearman_s_and_the_partial_one_that_of_residual_ranks(seed):
    pairs = random_pairs(seed)
    found = similarity_correlations(pairs, 2)
    similar, strong, far = pairs.similarity_P, pairs.strength_P, pairs.distance_P
    assert found.with_weight.value == pytest.approx(stats.spearmanr(similar, strong).statistic)
    assert found.with_distance.value == pytest.approx(stats.spearmanr(similar, far).statistic)
    ranks = [stats.rankdata(value) for value in (similar, strong, far)]
    residuals = [rank - np.polyval(np.polyfit(ranks[2], rank, 1), ranks[2]) for rank in ranks[:2]]
    assert found.with_weight_given_distance.value == pytest.approx(np.corrcoef(*residuals)[0, 1])


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_numbers_of_neurons_do_not_matter(seed):
    pairs = random_pairs(seed)
    order = np.random.default_rng(seed).permutation(pairs.n_neurons)

    def moved(value_P):
        return squareform(squareform(value_P)[np.ix_(order, order)], checks=False)

    other = NeuronPairs(12, moved(pairs.strength_P), moved(pairs.distance_P), moved(pairs.similarity_P))
    for name, null in vars(similarity_correlations(pairs, 2)).items():
        assert getattr(similarity_correlations(other, 2), name).value == pytest.approx(null.value)


def test_shuffled_neurons_keep_the_mean_at_nothing_and_a_null_of_the_right_width():
    z = [similarity_correlations(random_pairs(seed), 99, seed).with_weight.z for seed in range(100)]
    assert abs(np.mean(z)) < 0.3
    assert np.std(z) == pytest.approx(1, abs=0.2)


def test_wiring_by_distance_alone_correlates_but_is_inside_the_spatial_null():
    found = [similarity_correlations(wired_pairs(LAYOUT, MODULE_N, seed), 100, seed) for seed in range(10)]
    assert np.mean([each.with_weight.z for each in found]) > 4
    assert np.mean([each.with_distance.z for each in found]) < -4
    z = np.array([each.with_weight_spatial.z for each in found])
    assert abs(z.mean()) < 1.2
    assert np.abs(z).max() < 3.5


def test_modules_beyond_distance_are_outside_the_spatial_null():
    found = similarity_correlations(wired_pairs(LAYOUT, MODULE_N, within=4.0), 200)
    assert found.with_weight_spatial.z > 4
    assert found.with_weight_spatial.p == 1 / 201
    assert found.with_weight_given_distance.z > 3


def test_it_comes_back_from_json():
    found = similarity_correlations(wired_pairs(LAYOUT, MODULE_N), 20)
    assert SimilarityCorrelations.from_json(json.loads(json.dumps(plain(found)))) == found


@pytest.mark.parametrize("name", ["strength_P", "distance_P", "similarity_P"])
def test_what_does_not_vary_has_no_correlation(name):
    assert similarity_correlations(replace(random_pairs(0), **{name: np.full(66, 0.3)}), 2) is None


def test_too_few_neurons_have_no_correlation_and_one_shuffle_is_no_distribution():
    assert similarity_correlations(NeuronPairs(1, *[np.zeros(0)] * 3), 2) is None
    assert similarity_correlations(NeuronPairs(2, *[np.ones(1)] * 3), 2) is None
    with pytest.raises(InputError, match="at least 2 shuffles"):
        similarity_correlations(random_pairs(0), 1)
