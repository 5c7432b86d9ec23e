"""The public face: quick to import, complete in completion and help, and what it names is what the modules hold."""

import ast
import pydoc
import subprocess
import sys

import pytest
from support import ROOT

import neurogrow as ng
import neurogrow.registries
from neurogrow.registry import Registry

FLOW = ("load", "train", "spike", "record", "analyze", "prune", "export", "map", "compare", "write_report")


def fresh(code):
    """The output of some code in a new process."""
    done = subprocess.run([sys.executable, *code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done


def test_importing_is_quick_and_loads_nothing_heavy():
    heavy = ("torch", "numpy", "matplotlib", "scipy", "pydantic", "export", "hardware_models")
    code = f"import sys, neurogrow; dir(neurogrow); print([name for name in {heavy!r} if name in sys.modules])"
    assert fresh(["-c", code]).stdout == "[]\n"
    rows = fresh(["-X", "importtime", "-c", "import neurogrow"]).stderr.splitlines()
    (own,) = [row for row in rows if row.split("|")[-1].strip() == "neurogrow"]
    assert int(own.split("|")[1]) < 200_000  # microseconds


def test_completion_and_help_show_every_name():
    assert set(ng.__all__) <= set(dir(ng))
    for name in ng.__all__:
        assert f"``{name}" in ng.__doc__, name
    shown = pydoc.plain(pydoc.render_doc(ng))
    assert all(f"{name}(" in shown for name in FLOW)


def test_every_registry_is_one_of_its_own_group_and_listed_without_torch():
    registries = [getattr(ng, name) for name in ng.__all__ if name.isupper()]
    assert all(isinstance(registry, Registry) for registry in registries)
    assert len({registry.group for registry in registries}) == len(registries) == 13
    assert all(registry.group in neurogrow.registries.__doc__ for registry in registries)
    code = "import sys, neurogrow as ng; ng.PLACEMENTS.names(), ng.NEURONS.names(); print('torch' in sys.modules)"
    assert fresh(["-c", code]).stdout == "False\n"


@pytest.mark.parametrize("name", ng.__all__)
def test_every_name_is_there_and_documented(name):
    assert getattr(ng, name).__doc__
    assert getattr(ng, name) is getattr(ng, name)


def test_type_checkers_are_shown_the_same_names():
    tree = ast.parse((ROOT / "neurogrow" / "__init__.py").read_text())
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    shown = {alias.asname or alias.name: (node.module, alias.name) for node in block.body for alias in node.names}
    assert set(shown) == set(ng.__all__)
    for name, (module, attribute) in shown.items():
        if module:
            home = __import__(f"neurogrow.{module}", fromlist=[attribute])
            assert getattr(ng, name) is getattr(home, attribute)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = ng.nothing
    assert not hasattr(ng, "TYPE_CHECKING_")
