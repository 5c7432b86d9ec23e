import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.planted import quadrants
from support.reports import planted_report

from neurogrow.analysis.comparison import Descent, compare, matched_fraction, matched_modules, mean_row_correlation
from neurogrow.analysis.firing import Firing
from neurogrow.errors import InputError
from neurogrow.layout import GridLayout

labels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30).map(np.array)


@pytest.fixture(scope="module")
def report():
    return planted_report()


def test_matched_fraction_by_hand():
    # 0 matches 1 (two neurons), 1 matches 0 (two): the last neuron is left over.
    assert matched_fraction(np.array([0, 0, 1, 1, 1]), np.array([1, 1, 0, 0, 1])) == 0.8


@settings(deadline=None, max_examples=30)
@given(labels, st.permutations(range(4)))
def test_matched_fraction_knows_no_names_and_no_order(pairs, names):
    first, second = pairs.T
    found = matched_fraction(first, second)
    assert found == matched_fraction(second, first) == matched_fraction(np.array(names)[first], second)
    assert matched_fraction(first, np.array(names)[first]) == 1.0
    assert 0 < found <= 1


def test_row_correlation_by_hand():
    first = np.array([[1.0, 2, 3], [1, 2, 3], [0, 0, 0], [1, 2, 3]])
    second = np.array([[2.0, 4, 6], [3, 2, 1], [1, 2, 3], [5, 5, 5]])
    assert mean_row_correlation(first, second) == pytest.approx((1 - 1 + 0 + 0) / 4)
    assert mean_row_correlation(first[:1], second[:1]) == pytest.approx(1)


def test_a_row_says_what_its_report_says(report):
    (row,) = compare({"planted": report}).rows
    assert (row.name, row.performance, row.important_neurons) == ("planted", report.performance, 144)
    assert (row.active_connections, row.wiring_length) == (report.active_connections, report.wiring_length)
    assert (row.modules, row.isolated_fraction) == (report.chosen.k, report.chosen.isolated_fraction)
    assert (row.cluster_size, row.mean_activity) == (report.chosen.cluster_size, report.mean_activity)


def test_a_row_has_the_ceiling_where_it_is_known(report):
    known = replace(report, ceiling_K=np.array([0.9, 0.9, 0.9, 1, 1, 1]))
    assert [row.ceiling for row in compare({"one": report, "other": known}).rows] == [None, pytest.approx(0.95)]


def test_a_network_agrees_with_itself_under_other_names_and_another_order_of_tasks(report):
    reversed_tasks = replace(
        report,
        module_N=np.where(report.module_N >= 0, 8 - report.module_N, -1),
        task_names=report.task_names[::-1],
        task_variance_NK=report.task_variance_NK[:, ::-1],
    )
    (agreement,) = compare({"one": report, "other": reversed_tasks}).agreements
    assert (agreement.first, agreement.second, agreement.shared_neurons) == ("one", "other", 144)
    assert agreement.adjusted_mutual_information == pytest.approx(1)
    assert agreement.matched_fraction == 1.0
    assert agreement.task_variance_correlation == pytest.approx(1)


def test_unrelated_networks_agree_no_more_than_by_chance(report):
    scattered_N = np.random.default_rng(5).permutation(quadrants(GridLayout(12, 12), 3))
    (agreement,) = compare({"one": report, "other": planted_report(scattered_N)}).agreements
    assert abs(agreement.adjusted_mutual_information) < 0.1
    assert agreement.matched_fraction < 0.35
    assert abs(agreement.task_variance_correlation) < 0.2


@pytest.mark.parametrize("names", [("parent", "child"), ("child", "parent")])
def test_neurons_are_followed_to_where_swaps_have_taken_them(report, names):
    origin_N = np.random.default_rng(1).permutation(144)  # the neuron at a place was at origin_N[place] in the parent
    moved = replace(
        report,
        important_N=(np.arange(144) < 100)[origin_N],
        module_N=report.module_N[origin_N],
        task_variance_NK=report.task_variance_NK[origin_N],
    )
    networks = {name: {"parent": report, "child": moved}[name] for name in names}
    (blind,) = compare(networks).agreements
    (followed,) = compare(networks, descents={"child": Descent("parent", origin_N)}).agreements
    assert (blind.followed, followed.followed) == (False, True)
    assert blind.adjusted_mutual_information < 0.1
    assert followed.adjusted_mutual_information == pytest.approx(1)
    assert followed.task_variance_correlation == pytest.approx(1)
    assert followed.shared_neurons == 100
    (elsewhere,) = compare(networks, descents={"child": Descent("another", origin_N)}).agreements
    assert not elsewhere.followed


def test_matching_modules_get_the_number_of_the_first_networks(report):
    origin_N = np.random.default_rng(1).permutation(144)
    turned_N = np.array([2, 0, 3, 1, 5, 4, 8, 6, 7])[report.module_N]
    moved = replace(report, module_N=turned_N[origin_N], important_N=report.important_N[origin_N])
    networks = {"parent": report, "child": moved, "elsewhere": replace(report, grid=(9, 16))}
    first, child, elsewhere = matched_modules(networks, {"child": Descent("parent", origin_N)})
    np.testing.assert_array_equal(first, report.module_N)
    np.testing.assert_array_equal(child, report.module_N[origin_N])  # by neuron, wherever it is now
    np.testing.assert_array_equal(elsewhere, report.module_N + 9)


def test_firing_is_in_the_row_of_its_network(report):
    found = compare({"one": report, "other": report}, {"one": Firing(7.5, 1000.0)}).rows
    assert [(row.firing_rate, row.synaptic_operations) for row in found] == [(7.5, 1000.0), (None, None)]
    assert found[0].performance_of_task == dict(zip(report.task_names, report.performance_K, strict=True))


def test_only_neurons_important_in_both_are_asked_for_their_module(report):
    half = replace(report, important_N=np.arange(144) < 72, module_N=np.where(np.arange(144) < 72, 0, -1))
    (agreement,) = compare({"whole": report, "half": half}).agreements
    assert agreement.shared_neurons == 72
    nothing = replace(report, important_N=np.zeros(144, dtype=bool))
    (agreement,) = compare({"whole": report, "nothing": nothing}).agreements
    assert (agreement.adjusted_mutual_information, agreement.matched_fraction) == (None, None)
    assert agreement.task_variance_correlation == pytest.approx(1)  # over the neurons important in either


def test_networks_of_other_tasks_or_grids_have_rows_but_no_agreement(report):
    other_tasks = replace(report, task_names=tuple("abcdef"))
    other_grid = replace(report, grid=(9, 16))
    found = compare({"one": report, "tasks": other_tasks, "grid": other_grid, "same": report})
    assert [row.name for row in found.rows] == ["one", "tasks", "grid", "same"]
    assert [(pair.first, pair.second) for pair in found.agreements] == [("one", "same")]


def test_json_holds_every_number(report):
    found = compare({"one": report, "same": report})
    value = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert value["rows"][0]["isolated_fraction"]["z"] == report.chosen.isolated_fraction.z
    assert value["agreements"][0]["shared_neurons"] == 144


def test_nothing_to_compare_is_refused():
    with pytest.raises(InputError, match="at least one report"):
        compare({})
