"""The notebooks of the examples say what the scripts say, cell by cell."""

import ast
import importlib.util
import os
import subprocess
import sys

import nbformat
import pytest
from support import ROOT

SCRIPTS = sorted((ROOT / "examples").glob("[0-9]*.py"))

_spec = importlib.util.spec_from_file_location("notebooks", ROOT / "docs" / "notebooks.py")
notebooks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(notebooks)


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_a_notebook_of_a_flat_script_has_a_cell_for_every_statement():
    script = ROOT / "examples" / "00_in_ten_lines.py"
    notebook = notebooks.notebook_of(script)
    nbformat.validate(notebook)
    docstring, *statements = ast.parse(script.read_text()).body
    assert [ast.dump(ast.parse(cell)) for cell in code(notebook)] == [
        ast.dump(ast.Module([statement], type_ignores=[])) for statement in statements
    ]
    assert notebook.cells[0].source.splitlines()[:3] == ["# In ten lines", "", docstring.value.value.splitlines()[0]]


@pytest.mark.parametrize("script", SCRIPTS[1:], ids=lambda script: script.stem)
def test_a_notebook_holds_every_statement_of_its_script(script):
    notebook = notebooks.notebook_of(script)
    nbformat.validate(notebook)
    docstring, *statements, run = ast.parse(script.read_text()).body
    *definitions, arguments, last = code(notebook)
    assert ast.dump(ast.parse("\n".join(definitions))) == ast.dump(ast.Module(statements, type_ignores=[]))
    assert ast.dump(ast.parse(last)) == ast.dump(ast.Module(run.body, type_ignores=[]))
    assert f"sys.argv = ['{script.name}'" in arguments
    heading, _, first = notebook.cells[0].source.splitlines()[:3]
    assert heading.removeprefix("# ").lower() == script.stem.split("_", 1)[1].replace("_", " ")
    assert first == docstring.value.value.splitlines()[0]


def test_a_written_notebook_does_what_its_script_does(tmp_path):
    written = notebooks.write_notebooks(tmp_path)
    assert [path.stem for path in written] == [script.stem for script in SCRIPTS]
    name = "03_chip_wiring_cost"
    cells = code(nbformat.read(tmp_path / f"{name}.ipynb", as_version=4))
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT)}
    printed = []
    for arguments in (["-c", "\n".join(cells)], [str(ROOT / "examples" / f"{name}.py")]):
        done = subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        printed.append(done.stdout)
    assert printed[0] == printed[1] != ""
    assert written == notebooks.write_notebooks(tmp_path)


def test_a_script_that_runs_nothing_is_refused(tmp_path):
    (tmp_path / "08_nothing.py").write_text('"""Nothing."""\nimport os\nx = 1\n')
    with pytest.raises(ValueError, match="does not end with what runs it"):
        notebooks.notebook_of(tmp_path / "08_nothing.py")
