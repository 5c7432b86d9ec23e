"""Every example runs by itself in an empty folder and prints what its docstring says, up to the numbers."""

import ast
import os
import re
import subprocess
import sys

import nir
import pytest
from support import ROOT

from neurogrow.io.files import read_json
from neurogrow.tasks import TaskSet

EXAMPLES = ROOT / "examples"
STEPS = "12"


def example(name, folder, *arguments, then=""):
    """Run an example in ``folder``, and ``then`` in the same process; return the lines it printed."""
    code = f"import runpy, sys; runpy.run_path(sys.argv.pop(1), run_name='__main__'); {then}"
    done = subprocess.run(
        [sys.executable, "-c", code, str(EXAMPLES / name), *arguments],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "PYTHONPATH": str(EXAMPLES.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [shape(line) for line in lines] == [shape(line) for line in promised(name)]
    return lines


def promised(name):
    """What the docstring says is printed: the block after its last double colon."""
    docstring = ast.get_docstring(ast.parse((EXAMPLES / name).read_text()))
    return [line.removeprefix("    ") for line in docstring.rsplit("::\n\n", 1)[1].splitlines()]


def shape(line):
    """A line without its numbers, and without the spaces that line them up."""
    return re.sub(r"-?\d+(\.\d+)?(e-?\d+)?", "#", re.sub(r"\s+", " ", line))


def numbers(line):
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", line)]


def is_png(path):
    return path.read_bytes().startswith(b"\x89PNG")


def test_the_usual_flow_in_ten_statements_and_one_import(tmp_path):
    name = "00_in_ten_lines.py"
    _, *statements = ast.parse((EXAMPLES / name).read_text()).body
    assert len(statements) <= 10
    imports = [node for node in ast.walk(ast.Module(statements)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import neurogrow as ng"]
    lines = example(name, tmp_path)
    performance, pruned, agreement = numbers(lines[0])
    differing, hops, _ = numbers(lines[1])
    assert 0.5 < pruned <= 1  # half is what a network performs that only fixates
    assert 0.5 < performance <= 1
    assert -1 <= agreement <= 1
    assert differing == 0
    assert read_json(tmp_path / "runs" / "rate-spiking" / "mapping-loihi1.json")["spike_hops"] == hops
    assert is_png(tmp_path / "runs" / "comparison" / "comparison.png")
    assert "<html" in (tmp_path / lines[1].split(", ")[-1]).read_text()


def test_the_examples_are_those_tested_and_short():
    names = sorted(path.name for path in EXAMPLES.iterdir() if path.suffix == ".py")
    assert [name[:3] for name in names] == ["00_", "01_", "02_", "03_", "04_", "05_", "06_", "07_"]
    assert all(len((EXAMPLES / name).read_text().splitlines()) < 80 for name in names)


def test_grow_a_network(tmp_path):
    lines = example("01_grow_a_network.py", tmp_path, STEPS)
    said = {line[:17].strip(): line[19:] for line in lines}
    analysis = read_json(tmp_path / "runs" / "grow" / "analysis.json")
    assert numbers(said["important neurons"]) == [sum(analysis["important_N"]), 144]
    assert numbers(said["connections"]) == [analysis["active_connections"]]
    assert numbers(said["modules"]) == [len(set(analysis["module_N"]) - {-1})]
    assert is_png(tmp_path / "brain_map.png")


def test_export_to_nir_then_compare_in_the_same_folder(tmp_path):
    lines = example("02_export_to_nir.py", tmp_path, STEPS)
    path = tmp_path / "runs" / "spiking"
    parity = read_json(path / "parity.json")["nir"]
    assert numbers(lines[3]) == [parity["spikes"], parity["bins"]]
    exact = [line for line in lines if line.endswith("bins differ")]
    assert len(exact) == len(parity["readers"])
    assert all(line.split()[-3] == "0" for line in exact)
    assert numbers(lines[0]) == [len(nir.read(path / "network.nir").nodes["hidden"].tau)]

    written = (path / "model.safetensors").stat().st_mtime_ns
    lines = example("04_compare_rate_and_spiking.py", tmp_path, STEPS)
    comparison = read_json(tmp_path / "comparison" / "comparison.json")
    for line, row in zip(lines[1:3], comparison["rows"], strict=True):
        assert line.startswith(row["name"])
        assert numbers(line)[:2] == [pytest.approx(row["performance"], abs=6e-4), row["important_neurons"]]
    assert numbers(lines[3]) == [comparison["agreements"][0]["shared_neurons"]]
    assert is_png(tmp_path / "comparison" / "comparison.png")
    assert (path / "model.safetensors").stat().st_mtime_ns == written


def test_chip_wiring_cost_to_the_last_digit_and_without_torch(tmp_path):
    name = "03_chip_wiring_cost.py"
    lines = example(name, tmp_path, then="assert not {'torch', 'snntorch'} & set(sys.modules)")
    assert lines == promised(name)
    random, swapped, placed = (numbers(line)[0] for line in lines[1:4])
    assert placed < swapped < random
    assert all(line.endswith(" valid") for line in lines[1:4])
    terms = [numbers(line.split("[")[0]) for line in lines[5:-1]]
    assert sum(count * picojoules for count, picojoules in terms) / 10 / 1000 == pytest.approx(
        numbers(lines[3])[1], abs=0.06
    )


def test_a_task_set_of_your_own(tmp_path):
    lines = example("05_a_task_set_of_your_own.py", tmp_path, STEPS)
    tasks = TaskSet(("rtgo", "rtanti", "dlygo", "dm2", "dmc"), 12)
    assert numbers(lines[0]) == [tasks.n_inputs, 12, 5, tasks.n_outputs]
    each, mean = [numbers(line)[-1] for line in lines[6:11]], numbers(lines[11])[-1]
    assert mean == pytest.approx(sum(each) / 5, abs=0.011)
    assert all(0 <= performance <= 1 for performance in each)
    assert is_png(tmp_path / "performance.png")


def test_growing_brains(tmp_path):
    lines = example("06_growing_brains.py", tmp_path, STEPS)
    for name, line in zip(("BIMT", "L1", "none"), lines, strict=False):
        analysis = read_json(tmp_path / "runs" / name / "analysis.json")
        assert numbers(line[4:])[1] == sum(analysis["important_N"])
    assert is_png(tmp_path / "figure-1.png")
    assert is_png(tmp_path / "figure-2b.png")


def test_sparsity_and_error_of_a_sweep_made_here_and_then_by_its_folder(tmp_path):
    name = "07_sparsity_and_error.py"
    lines = example(name, tmp_path, "60")
    areas = [area for line in lines[1:3] for area in numbers(line.replace("L1", ""))]
    assert len(areas) == 4
    assert all(0 <= area < 1 for area in areas)
    assert max(areas) > 0
    assert is_png(tmp_path / "figure-1-gh.png")
    assert example(name, tmp_path, "runs/small-sweep") == lines
