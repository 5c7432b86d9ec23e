"""A package outside neurogrow opens every door by name; and the count of private names sees what it should."""

import ast
import json

import outside_package
import pytest


def test_a_package_of_its_own_adds_one_part_of_each_kind(capsys):
    assert outside_package.main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out) == dict.fromkeys(outside_package.KINDS, True) | {"private_names_used": 0}


@pytest.mark.parametrize(
    "source",
    [
        "from neurogrow import _internal",
        "import neurogrow._internal.lazy",
        "from hardware_models._methods import resolve",
        "from neurogrow.tasks.task_set import _ALL",
        "import neurogrow\nneurogrow.tasks._ALL",
        "from unittest.mock import patch",
        "from unittest import mock",
        "import unittest.mock",
    ],
)
def test_private_names_are_seen(tmp_path, source):
    (tmp_path / "part.py").write_text(source)
    assert len(outside_package.private_names(tmp_path)) == 1


def test_own_private_names_and_public_ones_are_not(tmp_path):
    source = "from __future__ import annotations\nfrom neurogrow.tasks import Task\n_own = Task.__name__\n"
    source += "class A:\n    def f(self):\n        return self._x + super()._y"
    ast.parse(source)
    (tmp_path / "part.py").write_text(source)
    assert outside_package.private_names(tmp_path) == []
