import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.analysis.statistics import bootstrap_interval, mean_difference
from neurogrow.errors import InputError

samples = st.lists(st.floats(-1e3, 1e3).map(lambda value: round(value, 3)), min_size=2, max_size=6)


def test_two_values_by_hand():
    # Their four resamples have means 0, 1, 1 and 2: the ends of 95 % are 0 and 2.
    found = bootstrap_interval([0.0, 2.0])
    assert (found.mean, found.low, found.high, found.n) == (1.0, 0.0, 2.0, 2)


def test_a_single_network_has_no_interval():
    found = bootstrap_interval([3])
    assert (found.mean, found.low, found.high, found.values) == (3.0, None, None, (3.0,))
    alone = mean_difference([3], [1, 2])
    assert (alone.value, alone.low, alone.high, alone.p) == (1.5, None, None, None)


def test_three_seeds_that_do_not_overlap_have_the_smallest_p_there_is():
    found = mean_difference([1, 2, 3], [11, 12, 13])
    assert (found.value, found.p) == (-10.0, pytest.approx(2 / 20))
    assert found.low < -10 < found.high < 0


def test_conditions_that_are_the_same_do_not_differ():
    found = mean_difference([1, 2, 3], [1, 2, 3])
    assert (found.value, found.p) == (0.0, 1.0)


def test_intervals_cover_the_mean_of_normal_values():
    rng = np.random.default_rng(0)
    found = [bootstrap_interval(rng.normal(5, 2, 20)) for _ in range(120)]
    assert 0.85 < np.mean([each.low <= 5 <= each.high for each in found]) <= 1
    width = np.mean([each.high - each.low for each in found])
    assert width == pytest.approx(2 * 1.96 * 2 / np.sqrt(20), rel=0.12)


def test_p_is_uniform_where_there_is_no_difference_and_small_where_there_is():
    rng = np.random.default_rng(0)
    p = [mean_difference(rng.normal(size=4), rng.normal(size=4)).p for _ in range(100)]
    assert np.mean(p) == pytest.approx(0.5, abs=0.1)
    assert mean_difference(rng.normal(0, 1, 15), rng.normal(3, 1, 15)).p < 0.001


def test_a_tie_is_a_tie_in_whatever_order_it_is_summed():
    first, second = [0.0, 0.0, 0.0, 0.0, 120.0, 128.0], [0.0, 0.0, 0.0, 128.0, 1.562, 120.062]
    assert mean_difference(first, second).p == pytest.approx(mean_difference(second, first[::-1]).p)


@settings(deadline=None, max_examples=20)
@given(samples, samples, st.randoms())
def test_order_and_side_do_not_matter_and_ends_hold_the_mean(first, second, random):
    found = bootstrap_interval(first)
    assert min(first) - 1e-9 <= found.low <= found.high <= max(first) + 1e-9
    forward, backward = mean_difference(first, second), mean_difference(second, random.sample(first, len(first)))
    assert forward.value == pytest.approx(-backward.value)
    assert forward.p == pytest.approx(backward.p)
    assert bootstrap_interval(first, 3) == bootstrap_interval(first, 3)


@pytest.mark.parametrize("values", [[], [1.0, float("nan")], [[1.0, 2.0]]])
def test_what_is_no_sample_is_refused(values):
    with pytest.raises(InputError, match="finite numbers"):
        bootstrap_interval(values)
    with pytest.raises(InputError, match="finite numbers"):
        mean_difference([1.0], values)
