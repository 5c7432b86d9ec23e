import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.analysis.frontier import (
    Box,
    TradeOff,
    compare_trade_offs,
    hypervolume,
    hypervolume_over_seeds,
    pareto_frontier,
)
from neurogrow.errors import InputError

few = settings(deadline=None, max_examples=50)
points = st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 20)), min_size=1, max_size=12)


def arrays(drawn):
    sparsity, error = np.array(drawn, dtype=float).T
    return sparsity, error / 20


@few
@given(points)
def test_the_frontier_is_what_no_point_beats(drawn):
    x, y = arrays(drawn)
    kept = pareto_frontier(x, y)
    assert (np.diff(x[kept]) > 0).all()
    assert (np.diff(y[kept]) < 0).all()
    for p in range(len(x)):
        beaten = (x <= x[p]) & (y <= y[p]) & ((x < x[p]) | (y < y[p]))
        on_it = any(x[p] == x[k] and y[p] == y[k] for k in kept)
        assert on_it != beaten.any()


def test_hypervolume_by_hand():
    box = Box(least=1, most=100, worst=0.5)
    # a point at x = 10 (half of the logarithmic axis) with error 0.1: half the width, four fifths of the height
    assert hypervolume(np.array([10.0]), np.array([0.1]), box) == pytest.approx(0.5 * 0.8)
    # a second one at x = 100^(3/4) without error adds a quarter of the width and the fifth that was left
    assert hypervolume(np.array([10.0, 100**0.75]), np.array([0.1, 0.0]), box) == pytest.approx(0.4 + 0.25 * 0.2)
    assert hypervolume(np.array([1.0]), np.array([0.0]), box) == 1
    assert hypervolume(np.array([100.0]), np.array([0.0]), box) == 0


@few
@given(points, points)
def test_more_points_never_dominate_less(some, more):
    x, y = arrays(some + more)
    if x.min() == x.max() or y.max() == 0:
        return
    box, n = Box.from_points(x, y), len(some)
    assert hypervolume(x, y, box) >= hypervolume(x[:n], y[:n], box) - 1e-12
    assert 0 <= hypervolume(x, y, box) <= 1


@few
@given(points, st.integers(0, 10**6))
def test_hypervolume_is_the_share_of_random_points_that_are_dominated(drawn, seed):
    x, y = arrays(drawn)
    if x.min() == x.max() or y.max() == 0:
        return
    box = Box.from_points(x, y)
    rng = np.random.default_rng(seed)
    at_x = 10 ** rng.uniform(np.log10(box.least), np.log10(box.most), 4000)
    at_y = rng.uniform(0, box.worst, 4000)
    dominated = ((x <= at_x[:, None]) & (y <= at_y[:, None])).any(1).mean()
    assert hypervolume(x, y, box) == pytest.approx(dominated, abs=0.04)


def test_the_better_condition_has_more_and_its_seeds_give_the_spread():
    rng = np.random.default_rng(0)
    x = np.tile([20.0, 60.0, 200.0], 4)
    seeds = tuple(np.repeat([0, 1, 2, 3], 3))
    good = TradeOff(x, np.tile([0.2, 0.1, 0.05], 4) + 0.01 * rng.random(12), seeds)
    poor = TradeOff(x * 2, np.tile([0.3, 0.2, 0.1], 4) + 0.01 * rng.random(12), seeds)
    found = compare_trade_offs({"good": good, "poor": poor})
    assert found["poor"].high < found["good"].low
    assert found["good"].low <= found["good"].value <= found["good"].high + 1e-12
    assert found["good"].seeds == 4
    box = Box.from_points(x, good.error_P)
    alone = hypervolume_over_seeds(x[:3], good.error_P[:3], (7, 7, 7), box)
    assert alone.low == alone.high == alone.value


def test_networks_of_no_use_do_not_stretch_the_box():
    good = TradeOff(np.array([10.0, 100.0]), np.array([0.08, 0.02]), (0, 0))
    useless = TradeOff(np.array([1.0, 100.0]), np.array([0.9, 0.05]), (0, 0))
    within = compare_trade_offs({"good": good, "useless": useless}, worst=0.1)
    # from 10 to 100 neurons and up to an error of 0.1: good dominates a fifth, and at 100 neurons no width is left
    assert within["good"].value == pytest.approx(0.2)
    assert within["useless"].value == 0
    whole = compare_trade_offs({"good": good, "useless": useless})
    assert whole["good"].value == pytest.approx((1 - 0.08 / 0.9) / 2)
    with pytest.raises(InputError, match="raise it above the errors"):
        compare_trade_offs({"good": good, "useless": useless}, worst=0.01)


def test_what_cannot_be_compared_is_refused():
    one = TradeOff(np.array([10.0]), np.array([0.1]), (0,))
    with pytest.raises(InputError, match="different sparsity"):
        compare_trade_offs({"one": one})
    with pytest.raises(InputError, match="must be positive"):
        hypervolume(np.array([0.0]), np.array([0.1]), Box(1, 10, 1))
