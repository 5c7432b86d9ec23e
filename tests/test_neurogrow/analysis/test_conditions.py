import json
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from support.reports import planted_report

from neurogrow.analysis.conditions import MEASURES, compare_conditions
from neurogrow.cli.conditions import condition_tables, parse_conditions
from neurogrow.errors import InputError
from neurogrow.figures import condition_intervals
from neurogrow.pipeline.run_figures import draw_conditions


@pytest.fixture(scope="module")
def report():
    return planted_report(side=6, n_shuffles=20)


@pytest.fixture(scope="module")
def compared(report):
    bimt = {f"b{seed}": replace(report, wiring_length=10.0 + seed) for seed in range(3)}
    l1 = {f"l{seed}": replace(report, wiring_length=20.0 + seed, communities=None) for seed in range(3)}
    return compare_conditions({"bimt": bimt, "l1": l1, "one": {"o": report}})


def test_every_measure_has_its_interval_and_every_pair_its_test(compared, report):
    bimt, l1, one = compared.conditions
    assert (bimt.name, bimt.runs, l1.runs) == ("bimt", ("b0", "b1", "b2"), ("l0", "l1", "l2"))
    wiring = bimt.measures["wiring_length"]
    assert (wiring.mean, wiring.values, wiring.low, wiring.high) == (11.0, (10.0, 11.0, 12.0), 10.0, 12.0)
    assert bimt.measures["performance"].mean == pytest.approx(report.performance)
    assert one.measures["wiring_length"].low is None
    assert [(pair.first, pair.second) for pair in compared.differences] == [
        ("bimt", "l1"), ("bimt", "one"), ("l1", "one"),
    ]  # fmt: skip
    assert compared.differences[0].measures["wiring_length"].p == pytest.approx(0.1)
    assert compared.differences[0].measures["wiring_length"].value == -10.0
    assert compared.differences[0].measures["performance"].p == 1.0


def test_what_no_network_defines_is_none(compared):
    assert compared.conditions[1].measures["community_q"] is None
    assert compared.differences[0].measures["community_q"] is None
    assert compared.conditions[0].measures["community_q"].n == 3


def test_json_and_table_hold_every_measure(compared):
    value = json.loads(json.dumps(compared.to_json(), allow_nan=False))
    assert list(value["conditions"][0]["measures"]) == list(MEASURES)
    assert value["conditions"][0]["measures"]["wiring_length"]["values"] == [10.0, 11.0, 12.0]
    (table,) = condition_tables(compared)
    assert table.row_count == len(MEASURES)
    assert [column.header for column in table.columns][1:3] == ["bimt (n = 3)", "l1 (n = 3)"]


def test_the_figure_has_every_network_and_interval(compared, tmp_path):
    ax = condition_intervals({each.name: each.measures["wiring_length"] for each in compared.conditions})
    points = np.concatenate([drawn.get_offsets() for drawn in ax.collections])
    assert sorted(points[:6, 1]) == [10, 11, 12, 20, 21, 22]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["bimt", "l1", "one"]
    plt.close(ax.figure)
    assert draw_conditions(compared, tmp_path / "conditions.png").stat().st_size > 10_000


def test_conditions_of_other_tasks_or_without_networks_are_refused(report):
    with pytest.raises(InputError, match="different tasks"):
        compare_conditions({"a": {"x": report}, "b": {"y": replace(report, task_names=tuple("abcdef"))}})
    for nothing in ({}, {"a": {}, "b": {"y": report}}):
        with pytest.raises(InputError, match="at least one network"):
            compare_conditions(nothing)


def test_conditions_on_the_command_line(tmp_path):
    assert parse_conditions(["runs/a", "runs/b"]) == {}
    found = parse_conditions(["bimt=runs/a,runs/b", "l1=runs/c"])
    assert {name: [str(path) for path in paths] for name, paths in found.items()} == {
        "bimt": ["runs/a", "runs/b"],
        "l1": ["runs/c"],
    }
    (tmp_path / "lambda=1").mkdir()
    assert parse_conditions([str(tmp_path / "lambda=1"), "runs/b"]) == {}  # a folder may have such a name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a=x", "y"], "y belongs to no condition"),
        (["a=x", "a=y"], "needs a different name"),
        (["=x", "a=y"], "needs a different name"),
        (["a=x,y"], "at least two conditions"),
        (["a=x", "b="], "at least one run"),
        (["a=x", "b=y,z/../x"], "occurs twice"),
    ],
)
def test_mistakes_say_what_to_change(arguments, message):
    with pytest.raises(InputError, match=message):
        parse_conditions(arguments)
