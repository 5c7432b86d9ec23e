import subprocess
import sys
from importlib import import_module

import pytest

import neurogrow.analysis
import neurogrow.figures
import neurogrow.growth
import neurogrow.report
import neurogrow.tasks
import neurogrow.training
from neurogrow._internal.lazy import lazily

HEAVY = {"torch", "sklearn", "matplotlib", "plotly", "numba", "scipy", "snntorch", "nir", "onnx", "onnxruntime"}


def imported_by(*commands):
    """Top-level packages that running commands in one fresh interpreter imports."""
    code = f"""
import contextlib, io, sys
from neurogrow.cli import main
for command in {list(commands)!r}:
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
        main(command.split())
    assert said.getvalue(), command
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_help_and_listings_import_nothing_that_computes():
    from neurogrow.cli import app

    commands = [name for name in app if not name.startswith("-")]
    assert len(commands) > 12
    helped = imported_by("--help", *(f"{command} --help" for command in commands), "presets", "tasks", "chips")
    assert not helped & HEAVY


@pytest.mark.parametrize(
    "package",
    [neurogrow.analysis, neurogrow.figures, neurogrow.growth, neurogrow.report, neurogrow.tasks, neurogrow.training],
    ids=lambda each: each.__name__,
)
def test_every_public_name_is_there(package):
    for name in package.__all__:
        assert getattr(package, name) is getattr(package, name)


def test_a_name_that_is_not_public_is_not_there():
    with pytest.raises(AttributeError, match=r"'neurogrow.growth' has no attribute 'swap'"):
        _ = neurogrow.growth.swap
    with pytest.raises(AttributeError, match="'take'"):  # a name of a module of the package that is not the package's
        lazily("neurogrow.growth", "active")("take")


def test_ctrl_c_while_importing_ends_without_a_traceback():
    code = """
import sys
class Interrupt:
    def find_spec(self, name, *rest):
        if name == "cyclopts":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
from neurogrow.__main__ import run
run()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")


def modules_after(statement):
    """Modules that a fresh interpreter has imported after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_one_figure_loads_matplotlib_and_no_other_figure():
    loaded = modules_after("from neurogrow.figures import brain_map, lesion_matrix")
    figures = {name for name in loaded if name.startswith("neurogrow.figures._")}
    assert figures == {"neurogrow.figures._brain_map", "neurogrow.figures._lesion_matrix"}
    assert not {name.partition(".")[0] for name in loaded} & (HEAVY - {"matplotlib", "scipy"})


def test_reading_an_analysis_imports_no_torch():
    loaded = modules_after("from neurogrow.analysis import ModularityReport, compare, compare_conditions")
    assert "neurogrow.analysis.comparison" in loaded
    assert "torch" not in loaded


def test_dir_lists_public_names_before_their_first_use():
    loaded = modules_after("import neurogrow.figures\nassert 'brain_map' in dir(neurogrow.figures)")
    assert "matplotlib" not in loaded


def test_summaries_of_commands_are_the_first_lines_of_their_docstrings():
    from neurogrow.cli.app import COMMANDS

    for function, summary in COMMANDS.values():
        module, _, name = function.partition(":")
        documented = getattr(import_module(f"neurogrow.cli.{module}"), name).__doc__.splitlines()
        assert documented[0] == summary
        assert documented[2:4] in ([], ["    Parameters", "    ----------"])  # help shows no second paragraph


def test_listings_of_presets_and_tasks_import_neither_numpy_nor_pydantic():
    assert not imported_by("--help", "presets", "tasks") & {"numpy", "pydantic"}
