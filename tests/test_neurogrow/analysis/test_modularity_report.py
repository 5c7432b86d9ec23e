import json

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from support.planted import quadrants, variance_of_modules
from support.reports import local_weights, planted_report, recording_of

from neurogrow.analysis.anatomy import active_connections, wiring_length
from neurogrow.analysis.report import ModularityReport
from neurogrow.errors import InputError
from neurogrow.io.files import plain
from neurogrow.layout import GridLayout


@pytest.fixture(scope="module")
def report():
    return planted_report()


def test_a_planted_network_is_found_out(report):
    layout = GridLayout(12, 12)
    weights_NN = local_weights(layout)
    np.testing.assert_allclose(report.task_variance_NK, variance_of_modules(quadrants(layout, 3), 6), atol=1e-12)
    assert (report.n_important, report.chosen.k) == (144, 9)
    assert adjusted_rand_score(report.module_N, quadrants(layout, 3)) == 1.0
    assert report.chosen.isolated_fraction.value == 0.0
    assert report.chosen.isolated_fraction.z < -5
    assert report.chosen.cluster_size.z < -8
    assert report.chosen.cluster_size.p == 1 / 201
    assert report.active_connections == active_connections(weights_NN)
    assert report.wiring_length == wiring_length(weights_NN, layout.distance_NN)
    assert report.locality.mean_weight_C[0] > 10 * report.locality.mean_weight_C[-1]
    assert report.performance == pytest.approx(0.9)
    np.testing.assert_allclose(report.mean_activity_N, 3.0)


def test_the_same_modules_scattered_over_the_grid_are_inside_their_null():
    scattered_N = np.random.default_rng(1).permutation(quadrants(GridLayout(12, 12), 3))
    report = planted_report(scattered_N)
    assert report.chosen.k == 9
    assert abs(report.chosen.isolated_fraction.z) < 3
    assert abs(report.chosen.cluster_size.z) < 3


def test_the_whole_range_is_reported_and_the_chosen_number_is_in_it(report):
    assert [measured.k for measured in report.over_k] == list(range(2, 21))
    assert report.chosen in report.over_k


def test_it_comes_back_from_json_bit_for_bit(report):
    text = json.dumps(report.to_json(), allow_nan=False)
    back = ModularityReport.from_json(json.loads(text))
    assert json.dumps(back.to_json()) == text
    assert (back.chosen, back.over_k, back.grid) == (report.chosen, report.over_k, report.grid)
    np.testing.assert_array_equal(back.task_variance_NK, report.task_variance_NK)
    assert (back.important_N.dtype, back.module_N.dtype) == (report.important_N.dtype, report.module_N.dtype)


def test_the_ceiling_stands_beside_the_performance_where_it_is_known(report):
    assert (report.ceiling_K, report.ceiling) == (None, None)
    ceiling_K = np.linspace(0.9, 1, 6)
    measured = planted_report(ceiling_K=ceiling_K)
    assert measured.ceiling == pytest.approx(0.95)
    for known in (report, measured):
        back = ModularityReport.from_json(json.loads(json.dumps(known.to_json())))
        assert back.ceiling == known.ceiling
    np.testing.assert_array_equal(back.ceiling_K, ceiling_K)
    written_before = {name: part for name, part in report.to_json().items() if name != "ceiling_K"}
    assert ModularityReport.from_json(written_before).ceiling is None


def test_communities_and_similarity_are_measured_on_the_chosen_modules_and_come_back(report):
    names = [(name, shuffled) for name, shuffled, _ in report.null_comparisons()]
    assert len(set(names)) == len(names) == 11
    assert report.communities.module_q.z > 10  # short wires, and modules that are blocks
    assert report.similarity.with_distance.z < -10
    back = ModularityReport.from_json(json.loads(json.dumps(report.to_json())))
    assert back.null_comparisons() == report.null_comparisons()
    np.testing.assert_array_equal(back.communities.community_N, report.communities.community_N)
    written_before = {
        name: part for name, part in report.to_json().items() if name not in ("communities", "similarity")
    }
    old = ModularityReport.from_json(written_before)
    assert (old.communities, old.similarity, len(old.null_comparisons())) == (None, None, 2)


@pytest.mark.parametrize(("members", "k"), [(0, 0), (1, 1), (2, 1)])
def test_a_network_with_next_to_no_important_neurons_has_a_report_too(members, k):
    module_N = np.array([0] * members + [-1] * (144 - members))
    report = planted_report(module_N)
    assert (report.n_important, report.chosen.k, report.chosen.silhouette) == (members, k, None)
    assert report.over_k == (report.chosen,)
    assert report.chosen.cluster_size.z is None
    back = ModularityReport.from_json(json.loads(json.dumps(report.to_json(), allow_nan=False)))
    assert back.chosen == report.chosen


def test_what_is_no_analysis_is_refused(report):
    with pytest.raises(InputError, match="not an analysis of a network"):
        ModularityReport.from_json({"format": "something"})
    value = report.to_json()
    with pytest.raises(InputError, match=r"not complete.*chosen"):
        ModularityReport.from_json({name: value[name] for name in value if name != "chosen"})
    with pytest.raises(InputError, match="does not fit 4 neurons"):
        ModularityReport.from_json(value | {"grid": [2, 2]})
    chosen = value["chosen"]
    for part in (
        {"active_connections": "many"},
        {"wiring_length": None},
        {"performance_K": [1.0]},
        {"ceiling_K": [1.0]},
        {"ceiling_K": ["high"] * 6},
        {"mean_activity_N": [1.0]},
        {"communities": {"count": 3}},
        {"communities": value["communities"] | {"community_N": [0, 1]}},
        {"similarity": {"with_weight": None}},
        {"chosen": chosen | {"cluster_size": chosen["cluster_size"] | {"p": None}}},
        {"chosen": chosen | {"k": "two"}},
    ):
        with pytest.raises(InputError, match="not complete"):
            ModularityReport.from_json(value | part)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"weights_NN": np.zeros((3, 3))}, "layout has 144 neurons"),
        ({"weights_NN": np.full((144, 144), np.nan)}, "not finite"),
        ({"recording": recording_of(np.ones((100, 6)))}, "layout has 144 neurons"),
        ({"recording": recording_of(np.ones((144, 5)))}, "6 task names, but 5 performances"),
        ({"ceiling_K": np.ones(5)}, "6 task names, but 5 ceilings"),
        ({"n_shuffles": 1}, "at least 2 shuffles"),
    ],
)
def test_parts_that_do_not_fit_are_refused(changed, message):
    with pytest.raises(InputError, match=message):
        planted_report(**changed)


def test_plain_values_are_python_s_own():
    found = plain([np.float64(1.5), np.array([True]), (np.int64(2), None)])
    assert found == [1.5, [True], [2, None]]
    assert json.dumps(found) == "[1.5, [true], [2, null]]"
