"""What holds the distribution together: one version, three packages, and nothing of another project in their place."""

import os
import re
import subprocess
import sys
import tomllib

import pytest
from support import ROOT

import neurogrow
from neurogrow._internal.import_conflicts import shadowing_message


def test_there_is_one_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"]["path"] == "neurogrow/__init__.py"
    assert f"\nversion: {neurogrow.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.M)[1] == neurogrow.__version__


def test_pythons_are_those_that_are_tried():
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    declared = [name.rpartition(" ")[2] for name in classifiers if re.search(r":: 3\.\d+$", name)]
    tried = re.search(r"python: \[(.*)\]", (ROOT / ".github" / "workflows" / "ci.yml").read_text())[1]
    assert [version.strip('" ') for version in tried.split(",")] == declared


def test_chip_models_import_no_torch():
    code = """
import importlib, pkgutil, sys
import hardware_models
for module in pkgutil.walk_packages(hardware_models.__path__, "hardware_models."):
    importlib.import_module(module.name)
print({"torch", "snntorch", "nirtorch"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout == "set()\n", done.stderr


def test_another_export_package_in_front_is_named(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-m", "neurogrow", "export", "--dialects"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "hides neurogrow's own package 'export'" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("name", ["torch", None, "exports.nir_graph", "export.nir.graph"])
def test_a_failed_import_with_ours_in_place_is_left_as_it_is(name):
    assert shadowing_message(ImportError(name=name)) is None
