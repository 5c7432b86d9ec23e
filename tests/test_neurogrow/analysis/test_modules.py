import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score
from support.planted import variance_of_modules

from neurogrow.analysis.modules import FunctionalModules, choose_modules, modules_over_k
from neurogrow.errors import InputError


def test_planted_modules_are_found_at_their_number():
    planted_N = np.random.default_rng(3).integers(-1, 10, 200)
    candidates = modules_over_k(variance_of_modules(planted_N, 8), planted_N >= 0)
    assert [modules.k for modules in candidates] == list(range(2, 21))
    chosen = choose_modules(candidates)
    assert chosen.k == 10
    assert adjusted_rand_score(planted_N, chosen.module_N) == 1.0
    assert chosen.silhouette > 0.9


def test_modules_are_numbered_by_size_then_by_centroid():
    variance_NK = np.array([[1.0, 0]] * 2 + [[0, 1.0]] * 2 + [[1.0, 1.0]] * 3 + [[0, 0]])
    important_N = variance_NK.sum(axis=1) > 0
    (modules,) = modules_over_k(variance_NK, important_N, ks=[3])
    assert modules.module_N.tolist() == [2, 2, 1, 1, 0, 0, 0, -1]


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6))
def test_every_division_uses_each_number_and_only_important_neurons(seed):
    rng = np.random.default_rng(seed)
    variance_NK, important_N = rng.random((15, 4)), rng.random(15) < 0.7
    for modules in modules_over_k(variance_NK, important_N, seed=seed, n_init=2):
        assert ((modules.module_N >= 0) == important_N).all()
        size = np.bincount(modules.module_N[important_N]) if important_N.any() else np.zeros(0)
        assert len(size) == modules.k
        assert (np.diff(size) <= 0).all()
        assert (size > 0).all()


def test_the_same_seed_gives_the_same_modules():
    variance_NK = np.random.default_rng(0).random((60, 5))
    everyone = np.ones(60, dtype=bool)
    first, second = (modules_over_k(variance_NK, everyone, seed=4, n_init=3) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.module_N, other.module_N)
        assert one.silhouette == other.silhouette


@pytest.mark.parametrize(
    ("variance_NK", "module_N", "k"),
    [
        ([[0.0, 0], [0, 0]], [-1, -1], 0),
        ([[0.0, 0], [1, 0]], [-1, 0], 1),
        ([[0.0, 1], [1, 0]], [0, 0], 1),
        ([[1.0, 2], [2, 4], [3, 6], [0, 0]], [0, 0, 0, -1], 1),
    ],
    ids=["none", "one", "two", "three alike"],
)
def test_too_few_neurons_to_divide_are_one_module(variance_NK, module_N, k):
    variance_NK = np.array(variance_NK)
    (modules,) = modules_over_k(variance_NK, variance_NK.sum(axis=1) > 0)
    assert (modules.module_N.tolist(), modules.k, modules.silhouette) == (module_N, k, None)


def test_the_number_is_bounded_by_distinct_points():
    variance_NK = np.repeat(np.eye(3), 5, axis=0)
    assert [m.k for m in modules_over_k(variance_NK, np.ones(15, dtype=bool))] == [2, 3]


def test_the_best_silhouette_in_the_range_is_chosen_and_any_where_the_range_is_out_of_reach():
    def division(k, silhouette):
        return FunctionalModules(np.zeros(0, dtype=int), k, silhouette)

    assert choose_modules([division(2, 0.9), division(8, 0.3), division(9, 0.4), division(10, 0.4)]).k == 9
    assert choose_modules([division(2, 0.5), division(3, 0.7)]).k == 3
    assert choose_modules([division(1, None)]).k == 1


def test_a_number_below_two_is_refused():
    with pytest.raises(InputError, match="at least 2"):
        modules_over_k(np.eye(3), np.ones(3, dtype=bool), ks=[1, 2])
