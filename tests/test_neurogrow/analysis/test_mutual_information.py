import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_mutual_info_score

from neurogrow.analysis.mutual_information import adjusted_mutual_information


def test_the_same_groups_under_other_names_and_groups_that_say_nothing():
    first_M = np.array([0, 0, 1, 1])
    found_S = adjusted_mutual_information(first_M, np.array([[1, 1, 0, 0], [0, 1, 0, 1]]))
    # I = 0 and H = ln 2. Of the 6 ways to deal two and two, 2 give I = ln 2 and 4 give 0: E[I] = ln 2 / 3.
    np.testing.assert_allclose(found_S, [1.0, (0 - 1 / 3) / (1 - 1 / 3)])


def test_one_group_each_is_the_same_division():
    assert adjusted_mutual_information(np.zeros(5, dtype=int), np.zeros(5, dtype=int)) == 1.0
    assert adjusted_mutual_information(np.arange(4), np.arange(4)[::-1]) == 1.0


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 70), st.integers(1, 8), st.integers(1, 8))
def test_it_is_scikit_learn_s(seed, n, groups, other_groups):
    rng = np.random.default_rng(seed)
    first_M, second_SM = rng.integers(0, groups, n), rng.integers(0, other_groups, (3, n))
    wanted = [adjusted_mutual_info_score(first_M, second_M) for second_M in second_SM]
    assert adjusted_mutual_information(first_M, second_SM) == pytest.approx(wanted, abs=1e-9)
