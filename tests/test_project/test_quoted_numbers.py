"""Numbers in the documents are those of committed result files, and a number that is not would be seen."""

import json
import shlex

import pytest
import quoted_numbers
from quoted_numbers import agrees, disagreements, outputs, quotes
from support import ROOT

import results
from neurogrow.cli import app


def test_every_quoted_number_is_that_of_its_file():
    assert disagreements() == []
    assert sum(1 for page in quoted_numbers.pages() for _ in quotes(page)) > 50


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.884", 0.8844), ("0.88", 0.884), ("97.5%", 0.97523), ("98 %", 0.984), ("−3.88", -3.882), ("84", 84),
        ("2,980", 2980), ("36,700", 36_655), ("36,700", 36_749), ("559", 559.4), ("2.19 µJ", 2.192e-6),
        ("195 nJ", 1.95e-7), ("1.02 × 10⁻⁵", 1.0234e-5), ("0", 0.0), ("1,000", 1004),
    ],
)  # fmt: skip
def test_a_number_agrees_as_far_as_it_is_quoted(text, value):
    text = text.replace(" %", "%").replace(" µJ", "µJ").replace(" nJ", "nJ")
    assert agrees(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.884", 0.8846), ("0.88", 0.886), ("97.5%", 97.5), ("−3.88", 3.88), ("84", 85), ("100", 101), ("2,980", 2986),
        ("36,700", 36_751), ("2.19µJ", 2.2e-6), ("1.02 × 10⁻⁵", 1.03e-5), ("words", 1.0),
    ],
)  # fmt: skip
def test_another_number_does_not(text, value):
    assert not agrees(text, value)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.setattr(quoted_numbers, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "CONTRIBUTING.md").touch()
    (tmp_path / "r.json").write_text(json.dumps({"a": {"b": [1.5, 2.0]}, "c": 0.25, "d": True}))
    (tmp_path / "r.txt").write_text("first\nsecond\nthird\n")
    yield tmp_path / "README.md"
    quoted_numbers._content.cache_clear()


def test_marks_take_the_numbers_before_them_in_order(repository):
    repository.write_text(
        "| 9 | 1.5 | 2.00 <!-- result: r.json a.b.0 a.b.1 --> | 25 % <!-- result: r.json c --> |\n\n"
        "4 times <!-- result: r.json a.b.0/c -->\n"
    )
    assert [(quote.line, quote.text, quote.place) for quote in quotes(repository)] == [
        (1, "1.5", "a.b.0"), (1, "2.00", "a.b.1"), (1, "25%", "c"), (3, "4", "a.b.0/c"),
    ]  # fmt: skip
    assert disagreements() == ["README.md:3: 4 is 6 in r.json (a.b.0/c)"]


@pytest.mark.parametrize("place", ["nothing", "a.b", "d", "a.b.7"])
def test_a_place_without_a_number_is_an_error(repository, place):
    repository.write_text(f"1 <!-- result: r.json {place} -->\n")
    with pytest.raises((KeyError, IndexError)):
        disagreements()


def test_a_mark_without_its_numbers_is_an_error(repository):
    repository.write_text("1 <!-- result: r.json c a.b.0 -->\n")
    with pytest.raises(ValueError, match="2 places, but 1 numbers"):
        disagreements()


@pytest.mark.parametrize(
    ("block", "wrong"), [("first\nsecond\n", False), ("second\nthird\n", False), ("irst\n", True), ("", True)]
)
def test_printed_output_is_quoted_by_whole_lines(repository, block, wrong):
    repository.write_text(f"<!-- output: r.txt -->\n\n```\n{block}```\n")
    assert [file for file, _ in outputs(repository)] == ["r.txt"]
    assert bool(disagreements()) == wrong


@pytest.mark.parametrize("name", results.RESULTS)
def test_a_result_file_holds_its_command_and_what_that_prints(name, monkeypatch):
    content = json.loads((ROOT / "results" / f"{name}.json").read_text())
    assert content["command"] == results.RESULTS[name]
    assert content["versions"].keys() == {"python", *results.PACKAGES}
    assert (ROOT / "results" / f"{name}.txt").read_text()
    monkeypatch.setattr(app, "config", ())
    app.parse_args(shlex.split(content["command"])[1:], exit_on_error=False, print_error=False)


def test_there_are_no_other_result_files():
    assert {path.stem for path in (ROOT / "results").iterdir()} == set(results.RESULTS)
