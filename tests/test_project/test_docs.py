"""What the documentation shows is run: the code of every page, and the names and options of every command."""

import re
import shlex

import matplotlib
import matplotlib.pyplot as plt
import pytest
from support import ROOT

from neurogrow.cli import app
from neurogrow.registry import Registry

PAGES = sorted((ROOT / "docs").rglob("*.md"))
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"), key=lambda page: (page.stem != "any-nir-file", page.stem))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pages that follow on each other find each other's files."""
    return tmp_path_factory.mktemp("docs")


@pytest.fixture
def names_taken_back(monkeypatch):
    """What a page registers is known on that page only."""
    register, registered = Registry.register, []

    def remembered(self, name, value):
        registered.append((self, name))
        return register(self, name, value)

    monkeypatch.setattr(Registry, "register", remembered)
    yield
    for registry, name in registered:
        if registry.provider(name) is None and name in registry:  # a page may take its own name back
            registry.unregister(name)


@pytest.mark.usefixtures("names_taken_back")
@pytest.mark.parametrize("page", [*TUTORIALS, *HOW_TO], ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page, folder, monkeypatch):
    monkeypatch.chdir(folder)
    matplotlib.use("Agg")
    names = {"__name__": page.stem}
    text = page.read_text()
    for block in re.finditer(r"^```(?:\{code-cell\} )?python\n(.*?)^```$", text, re.M | re.S):
        first = text[: block.start(1)].count("\n")
        exec(compile("\n" * first + block[1], str(page), "exec"), names)
    plt.close("all")


def commands():
    """Pairs of a page and a command on it: lines of its blocks, and what it mentions in passing."""
    for page in [ROOT / "README.md", *PAGES]:
        text = page.read_text()
        blocks = re.findall(r"^```(?:console)?\n(.*?)^```$", text, re.M | re.S)
        shown = [*"\n".join(blocks).split("\n"), *re.findall(r"`(neurogrow [a-z-][^`]*)`", text)]
        for line in shown:
            if line.startswith("neurogrow ") and "COMMAND" not in line:
                yield page.name, line.partition("#")[0].strip()


@pytest.mark.parametrize(("page", "command"), sorted(set(commands())))
def test_a_command_that_is_shown_exists_with_its_options(page, command, monkeypatch):
    monkeypatch.setattr(app, "config", ())  # the files that are named need not be there
    words = shlex.split(command.replace("...", ""))[1:]
    if len(words) == 1:
        assert words[0] in app
    else:
        app.parse_args(words, exit_on_error=False, print_error=False)


def test_every_command_has_a_line_about_its_json():
    page = (ROOT / "docs" / "json.md").read_text()
    said = {line.split()[0] for line in re.findall(r"^\| `([a-z].*?)` \|", page, re.M)}
    assert said == {name for name in app if not name.startswith("-")}
