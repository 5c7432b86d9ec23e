"""Sphinx configuration: ``make docs`` builds the pages with warnings as errors."""

import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation

import neurogrow
from neurogrow import arrays

sys.path.insert(0, str(Path(__file__).parent))

from notebooks import write_notebooks

project = "neurogrow"
author = "The neurogrow developers"
project_copyright = "the neurogrow developers, MIT licence"
release = neurogrow.__version__
html_title = f"neurogrow {release}"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
exclude_patterns = ["_build"]

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4

nb_execution_mode = "cache"
nb_execution_excludepatterns = ["examples/*"]  # tests run the scripts that they are made of
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

_ALIASES = {
    stringify_annotation(getattr(arrays, name), mode): name
    for name in ("AnyArray", "FloatArray", "IntArray", "BoolArray")
    for mode in ("smart", "fully-qualified-except-typing")
}
_KEPT = re.compile(r"(``.*?``|:\w+:`.*?`|`[^`\n]+`)", re.DOTALL)
"""Literals, roles and links, in which nothing is to be escaped."""


def readable(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:  # noqa: ANN401, ARG001
    """Make docstrings, written to be read as they are, what reStructuredText means: equations literal, |x| no name."""
    body = next((i - 1 for i, line in enumerate(lines) if i and re.fullmatch(r"-{3,}", line.strip())), len(lines))
    lines[:] = _equations(lines[:body]) + lines[body:]
    parts = _KEPT.split("\n".join(lines))
    parts[::2] = [re.sub(r"(?<=\w)_(?=[\s).,;:]|$)", r"\\_", part.replace("|", r"\|")) for part in parts[::2]]
    text = "".join(parts)
    text = re.sub(r"^( *)\.\. \[(\d+)\] ", r"\1\2. ", text, flags=re.M)  # docstrings of one page have the same numbers
    lines[:] = [_as_it_is(line) for line in re.sub(r"\[(\d+)\]_", r"[\1]", text).split("\n")]


_LITERAL = "\0"
"""Begins lines in which nothing is to be escaped."""


def _equations(lines: list[str]) -> list[str]:
    """Announce indented blocks as literal ones, as far as they are not that already, nor part of a list."""
    made: list[str] = []
    literal = False
    for i, line in enumerate(lines):
        above = next((each for each in reversed(lines[:i]) if each.strip()), "")
        if line.strip() and not line.startswith(" "):
            literal = False
        elif line.startswith("    ") and not lines[i - 1].strip() and above and not above.startswith(" "):
            announced = above.rstrip().endswith("::")
            literal = announced or not re.match(r"(- |\d+\. |\.\. )", above)
            made += ["::", ""] if literal and not announced else []
        made.append(_LITERAL + line if literal and line.strip() else line)
    return made


def _as_it_is(line: str) -> str:
    """Take back what was escaped in a literal line, or in one of an example."""
    if line.startswith(_LITERAL) or line.lstrip().startswith((">>> ", "... ")):
        return line.removeprefix(_LITERAL).replace(r"\|", "|").replace(r"\_", "_")
    return line


def short_types(
    app: Sphinx,  # noqa: ARG001
    what: str,  # noqa: ARG001
    name: str,  # noqa: ARG001
    obj: Any,  # noqa: ANN401, ARG001
    options: Any,  # noqa: ANN401, ARG001
    signature: str | None,
    returned: str | None,
) -> tuple[str | None, str | None]:
    """Write array types by the names that the source has for them."""
    texts = [signature, returned]
    for text, alias in _ALIASES.items():
        texts = [each and each.replace(text, alias) for each in texts]
    return texts[0], texts[1]


def setup(app: Sphinx) -> None:
    """Write the examples' notebooks; put docstrings and signatures into shape before napoleon reads them."""
    write_notebooks(Path(app.srcdir) / "examples")
    app.connect("autodoc-process-docstring", readable, priority=400)
    app.connect("autodoc-process-signature", short_types)
