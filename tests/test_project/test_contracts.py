"""The tools that check imports and the length of functions, on small sources and on the packages."""

import tomllib
from itertools import pairwise

import contracts
import function_length
import pytest
from source_files import modules
from support import ROOT

SETTINGS = """
[tool.importlinter]
root_packages = ["a", "b"]

[[tool.importlinter.contracts]]
type = "layers"
containers = ["a"]
layers = ["high", "(maybe) | low.deep"]

[[tool.importlinter.contracts]]
type = "layers"
layers = ["b.one : b.two"]

[[tool.importlinter.contracts]]
type = "forbidden"
source_modules = ["b.three"]
forbidden_modules = ["torch"]
"""


def test_names_come_from_layers_alone():
    named = contracts.named_in_contracts(tomllib.loads(SETTINGS))
    assert named == {"a", "a.high", "a.maybe", "a.low.deep", "b.one", "b.two"}


def test_a_module_is_covered_by_its_package_and_not_by_the_top():
    names = ["a", "a.high", "a.high.part", "a.low", "a.low.deep.part", "b", "b.three", "a.highest"]
    named = contracts.named_in_contracts(tomllib.loads(SETTINGS))
    assert contracts.uncovered(names, named) == ["a.low", "b", "b.three", "a.highest"]


@pytest.fixture
def package(tmp_path):
    sources = {
        "a/__init__.py": "from .room import one\n",
        "a/room/__init__.py": "from .two import value\n",
        "a/room/one.py": "import os\nfrom . import two\nfrom ..other import thing\n",
        "a/room/two.py": "value = 1\ndef f():\n    from a.room.three import g\n",
        "a/room/three.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .two import value\n",
        "a/other.py": "import a.room.two as other\nthing = 1\n",
    }
    for name, source in sources.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    paths = {name: tmp_path / name for name in sources}
    return {name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for name, path in paths.items()}


def test_imports_are_found_wherever_they_are(package):
    graph = {name: contracts.imports(name, path, package) for name, path in package.items()}
    assert graph == {
        "a": {"a.room.one"},
        "a.room": {"a.room.two"},
        "a.room.one": {"a.room.two", "a.other"},
        "a.room.two": {"a.room.three"},
        "a.room.three": {"a.room.two"},
        "a.other": {"a.room.two"},
    }
    (circle,) = contracts.circles(graph)
    assert circle[0] == circle[-1]
    assert set(circle) == {"a.room.two", "a.room.three"}
    assert all(second in graph[first] for first, second in pairwise(circle))


def test_every_circle_is_reported():
    graph = {"a": {"b"}, "b": {"a", "c"}, "c": {"d"}, "d": {"c"}, "e": {"a"}}
    assert {frozenset(circle) for circle in contracts.circles(graph)} == {frozenset("ab"), frozenset("cd")}


def test_lines_of_code_leave_out_words_and_count_inner_functions():
    source = '''
def short(a):
    """Words
    over lines."""

    # a comment
    return a


def long(
    a,
):
    text = """a value
    over lines"""

    def inner():
        return text

    return inner
'''
    assert {name: length for name, _, length in function_length.lengths(source)} == {"short": 2, "long": 8, "inner": 2}


def test_the_packages_are_covered_and_no_function_is_long():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert contracts.uncovered(modules(), contracts.named_in_contracts(settings)) == []
    assert (
        max(length for path in function_length.files() for *_, length in function_length.lengths(path.read_text()))
        <= 50
    )


def test_a_stray_module_would_be_seen():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = [*modules(), "neurogrow.stray", "export.stray", "hardware_models.stray"]
    assert len(contracts.uncovered(names, contracts.named_in_contracts(settings))) == 3
