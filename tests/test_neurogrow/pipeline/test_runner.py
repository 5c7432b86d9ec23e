"""Small stages that add numbers in text files: what is computed when."""

import json
import logging
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.run_folders import bare_folder

from neurogrow.errors import InputError
from neurogrow.pipeline.freshness import out_of_date, would_replace
from neurogrow.pipeline.runner import bring, ensure, one_pass
from neurogrow.pipeline.stage import MODEL, Stage, fixed, in_order


class Graph:
    """Three stages: first reads the model; second and third read first's file."""

    def __init__(self, folder, **options):
        self.run = bare_folder(folder / "run")
        self.run.model_path.write_text("1")
        self.computed = []
        self.first = self.stage("first", MODEL, {"add": 1, "also": 0}, **options)
        self.second = self.stage("second", "first.txt", {"add": 10}, after=(self.first,))
        self.third = self.stage("third", "first.txt", {"add": 100}, after=(self.first,))

    def stage(self, name, source, defaults, **options):
        def compute(run, **settings):
            self.computed.append(name)
            value = int((run.path / source).read_text()) + sum(settings.values())
            (run.path / f"{name}.txt").write_text(str(value))
            return value

        def load(run, _):
            return int((run.path / f"{name}.txt").read_text())

        return Stage(name, (source,), fixed(f"{name}.txt"), compute, load, defaults=defaults, **options)

    def made(self):
        made, self.computed[:] = self.computed.copy(), []
        return made


@pytest.fixture
def graph(tmp_path):
    return Graph(tmp_path)


def test_what_is_missing_is_made_in_order_and_only_once(graph):
    assert bring(graph.run, graph.second) == 12
    assert graph.made() == ["first", "second"]
    assert bring(graph.run, graph.second) == 12
    assert bring(graph.run, graph.third) == 102
    assert graph.made() == ["third"]


def test_a_change_makes_again_exactly_what_depends_on_it(graph):
    for stage in (graph.second, graph.third):
        ensure(graph.run, stage)
    graph.made()
    bring(graph.run, graph.second, {"add": 20})
    assert graph.made() == ["second"]
    graph.run.model_path.write_text("5")
    assert bring(graph.run, graph.second) == 16  # other weights: the default setting holds again
    assert graph.made() == ["first", "second"]
    assert bring(graph.run, graph.third) == 106
    assert graph.made() == ["third"]
    bring(graph.run, graph.first, {"add": 2, "also": -1})  # other settings, the same file
    assert bring(graph.run, graph.second) == 16
    assert graph.made() == ["first"]


def test_settings_stay_while_the_weights_do(graph):
    assert bring(graph.run, graph.second, {"add": 20}) == 22
    bring(graph.run, graph.first, {"add": 2})
    assert bring(graph.run, graph.second) == 23
    assert bring(graph.run, graph.first, {"also": 7}) == 10
    assert bring(graph.run, graph.first) == 10


def test_an_interruption_between_stages_loses_nothing(graph):
    def killed(run, **settings):
        raise KeyboardInterrupt

    broken = Stage("second", ("first.txt",), fixed("second.txt"), killed, graph.second.load, after=(graph.first,))
    with pytest.raises(KeyboardInterrupt):
        bring(graph.run, broken)
    assert graph.made() == ["first"]
    assert bring(graph.run, graph.second) == 12
    assert graph.made() == ["second"]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda run: (run.path / "first.txt").write_text("3"), "altered or damaged: first.txt"),
        (lambda run: (run.path / "first.txt").write_text("x"), "altered or damaged: first.txt"),
        (lambda run: (run.path / "first.txt").unlink(), "missing: first.txt"),
        (lambda run: (run.path / "stages" / "first.json").write_text("{"), "its record is damaged"),
        (lambda run: (run.path / "stages" / "first.json").write_text("[]"), "its record is damaged"),
        (lambda run: (run.path / "stages" / "first.json").write_text('{"format": "x"}'), "its record is damaged"),
        (lambda run: (run.path / "stages" / "first.json").write_text('{"format": "neurogrow-stage-1"}'), "its record"),
        (lambda run: run.model_path.write_text("1 "), "changed since: model.safetensors"),
    ],
)
def test_what_is_damaged_is_made_again_and_reported(graph, caplog, damage, reason):
    bring(graph.run, graph.second)
    graph.made()
    damage(graph.run)
    assert out_of_date(graph.run, graph.first)[0].startswith(reason)
    with caplog.at_level(logging.INFO, "neurogrow.pipeline"):
        assert bring(graph.run, graph.second) == 12
    assert graph.made() == ["first"]
    assert f"{graph.run.path}: first ({reason}" in caplog.text


def test_a_record_of_other_types_is_damaged(graph):
    ensure(graph.run, graph.first)
    path = graph.run.path / "stages" / "first.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"reads": 3}))
    assert out_of_date(graph.run, graph.first)[0].startswith("its record is damaged")


def test_what_is_not_sealed_may_be_edited_but_not_broken(tmp_path):
    graph = Graph(tmp_path, sealed=False)
    ensure(graph.run, graph.first)
    (graph.run.path / "first.txt").write_text("40")
    assert bring(graph.run, graph.first) == 40
    (graph.run.path / "first.txt").write_text("forty")
    assert bring(graph.run, graph.first) == 2


def test_a_folder_without_records_is_what_its_files_state(tmp_path):
    known = [{"add": 5}]
    graph = Graph(tmp_path, stated_settings=lambda run: known[0])
    (graph.run.path / "first.txt").write_text("6")
    assert bring(graph.run, graph.first) == 6
    assert bring(graph.run, graph.first, {"add": 5}) == 6
    assert graph.made() == []
    assert "unknown settings: also" in out_of_date(graph.run, graph.first, {"also": 0})[0]
    assert bring(graph.run, graph.first, {"also": 1}) == 7  # the other setting stays as stated
    (graph.run.path / "stages" / "first.json").unlink()
    known[0] = None
    assert "not known to be of these weights" in out_of_date(graph.run, graph.first)[0]


def test_would_replace_tells_of_valid_files_with_other_settings(graph):
    assert not would_replace(graph.run, graph.first, {"add": 2})  # there are none
    ensure(graph.run, graph.first)
    assert would_replace(graph.run, graph.first, {"add": 2})
    assert not would_replace(graph.run, graph.first, {"add": 1})
    graph.run.model_path.write_text("8")
    assert not would_replace(graph.run, graph.first, {"add": 2})  # they are not valid


def test_in_one_pass_results_are_remembered(graph):
    (graph.run.path / "first.txt").write_text("0")
    with one_pass():
        bring(graph.run, graph.second)
        (graph.run.path / "first.txt").write_text("0")
        assert bring(graph.run, graph.first) == 2
        assert bring(graph.run, graph.first, {"add": 3}) == 4
        assert bring(graph.run, graph.second) == 14
    assert graph.made() == ["first", "second", "first", "second"]


def test_a_copied_folder_is_as_up_to_date(graph, tmp_path):
    bring(graph.run, graph.second)
    graph.made()
    shutil.copytree(graph.run.path, tmp_path / "copy")
    assert bring(type(graph.run)(tmp_path / "copy"), graph.second) == 12
    assert graph.made() == []


def test_a_setting_that_is_refused_leaves_the_files(graph):
    def refused(run, **settings):
        raise InputError("No.")

    ensure(graph.run, graph.first)
    strict = Stage("first", (MODEL,), fixed("first.txt"), refused, graph.first.load, defaults=graph.first.defaults)
    with pytest.raises(InputError, match="No"):
        bring(graph.run, strict, {"add": 9})
    assert bring(graph.run, graph.first) == 2
    assert graph.made() == ["first"]


def test_a_cycle_is_named():
    first = Stage("first", (), fixed(), print, print)
    second = Stage("second", (), fixed(), print, print, after=(first,))
    assert in_order([second, first]) == [first, second]
    object.__setattr__(first, "after", (second,))
    with pytest.raises(ValueError, match="first -> second -> first"):
        in_order([first])


EVENTS = st.tuples(st.sampled_from(["model", "first", "second", "third"]), st.integers(1, 3))


@settings(max_examples=25, deadline=None)
@given(st.lists(EVENTS, max_size=6), st.integers(1, 3), st.integers(1, 3))
def test_whatever_happened_before_results_are_those_of_a_fresh_folder(tmp_path_factory, events, one, two):
    graph, model = Graph(tmp_path_factory.mktemp("any")), 1
    for what, value in events:
        if what == "model":
            graph.run.model_path.write_text(str(value))
            model = value
        else:
            bring(graph.run, getattr(graph, what), {"add": value})
    assert bring(graph.run, graph.first, {"add": one, "also": 0}) == model + one
    assert bring(graph.run, graph.second, {"add": two}) == model + one + two
    graph.made()
    assert bring(graph.run, graph.second) == model + one + two
    assert graph.made() == []
