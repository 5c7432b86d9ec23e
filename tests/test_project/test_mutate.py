import ast

import mutate
import pytest
from mutate import PARTS, ROOT, mutants

SOURCE = '''
"""Words stay."""

LIMIT: int = 3


def over(values: list[int], strict: bool = True) -> bool:
    if not values:
        raise ValueError(f"{1 + 1} words stay")
    return sum(values) > LIMIT and strict
'''


def test_mutants_change_one_thing_that_decides_what_is_computed(tmp_path, monkeypatch):
    (tmp_path / "some.py").write_text(SOURCE)
    monkeypatch.setattr(mutate, "ROOT", tmp_path)
    found = list(mutants("some"))
    assert {(mutant.before, mutant.after) for mutant in found if "\n" not in mutant.before} == {
        ("3", "4"),
        ("True", "False"),
        ("sum(values) > LIMIT and strict", "sum(values) > LIMIT or strict"),
        ("sum(values) > LIMIT", "sum(values) >= LIMIT"),
    }
    assert len(found) == 5  # the fifth turns the condition round
    assert len({ast.unparse(mutant.tree) for mutant in found} | {ast.unparse(ast.parse(SOURCE))}) == 6


@pytest.mark.parametrize("name", PARTS)
def test_parts_name_modules_and_tests_that_exist(name):
    for module in PARTS[name].modules:
        assert (ROOT / (module.replace(".", "/") + ".py")).exists()
    assert all((ROOT / "tests" / test).exists() for test in PARTS[name].tests)
