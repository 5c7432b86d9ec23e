"""Notebooks of the examples: each script cut into cells, with what stands above it as text.

    python docs/notebooks.py [FOLDER]

`make docs` writes them into docs/examples, where they become pages.
"""

import ast
import re
import sys
import textwrap
from itertools import pairwise
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[1]
ARGUMENTS = {"06_growing_brains": ["paper-bimt", "paper-l1", "paper-none"], "07_sparsity_and_error": ["60"]}
"""What an example is given that needs arguments."""


def notebook_of(script: Path) -> nbformat.NotebookNode:
    """Return a script as a notebook: its docstring as text, then imports, definitions and what runs, a cell each.

    A script that runs without ``if __name__ == "__main__"`` and ends with a call becomes a cell for each statement.
    """
    source = script.read_text(encoding="utf-8")
    (docstring, *body), lines = ast.parse(source).body, source.splitlines()
    if isinstance(body[-1], ast.Expr):
        return _notebook(script, docstring, [ast.get_source_segment(source, node) or "" for node in body])
    run = body.pop()
    if not (isinstance(run, ast.If) and ast.unparse(run.test) == "__name__ == '__main__'"):
        raise ValueError(f"{script} does not end with what runs it.")
    last_import = max(index for index, node in enumerate(body) if isinstance(node, ast.Import | ast.ImportFrom))
    ends = [docstring.end_lineno, *(node.end_lineno for node in body[last_import:])]
    cells = ["\n".join(lines[above:end]).strip() for above, end in pairwise(ends)]
    arguments = [script.name, *ARGUMENTS.get(script.stem, [])]
    cells.append(f"import sys\n\nsys.argv = {arguments!r}  # as on the command line")
    cells.append(textwrap.dedent("\n".join(lines[run.lineno : run.end_lineno])))
    return _notebook(script, docstring, cells)


def _notebook(script: Path, docstring: ast.Expr, cells: list[str]) -> nbformat.NotebookNode:
    text = new_markdown_cell(f"# {_title(script)}\n\n{_markdown(docstring.value.value)}")
    made = new_notebook(cells=[text, *map(new_code_cell, cells)])
    made.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
    }
    for place, cell in enumerate(made.cells):
        cell.id = f"cell-{place}"  # drawn at random otherwise: the same script is to give the same file
    return made


def write_notebooks(folder: Path) -> list[Path]:
    """Write the notebook of every numbered example into a folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for script in sorted((ROOT / "examples").glob("[0-9]*.py")):
        written.append(folder / f"{script.stem}.ipynb")
        nbformat.write(notebook_of(script), written[-1])
    return written


def _title(script: Path) -> str:
    return script.stem.split("_", 1)[1].replace("_", " ").capitalize().replace(" nir", " NIR")


def _markdown(docstring: str) -> str:
    """The docstring; its indented blocks are code in Markdown, too."""
    return re.sub("::$", ":", docstring, flags=re.MULTILINE)


if __name__ == "__main__":
    for path in write_notebooks(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs" / "examples")):
        print(path)  # noqa: T201
