"""Check that no function is longer than 50 lines of code.

    python tools/function_length.py [--limit 50]

Blank lines, comments and docstrings do not count; functions within a function do.
"""
# ruff: noqa: T201  (a script's output)

import argparse
import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

from source_files import ROOT, modules

LIMIT = 50
_NOT_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
}  # fmt: skip


def lengths(source: str) -> Iterator[tuple[str, int, int]]:
    """Yield the name, the line and the lines of code of every function in a source."""
    lines = _lines_of_code(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own = lines & set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            yield node.name, node.lineno, len(own)


def _lines_of_code(source: str) -> set[int]:
    """Return the numbers of the lines that hold code: no comments, and no texts that stand alone."""
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in _NOT_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def files() -> list[Path]:
    """Return the source of the packages, the tools, the benchmarks and the examples."""
    others = [path for folder in ("tools", "benchmarks", "examples") for path in sorted((ROOT / folder).rglob("*.py"))]
    return [*modules().values(), *others]


def main(arguments: list[str] | None = None) -> int:
    """Print the functions that are too long, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=LIMIT)
    limit = parser.parse_args(arguments).limit
    measured = [(length, path, line, name) for path in files() for name, line, length in lengths(path.read_text())]
    long = sorted((each for each in measured if each[0] > limit), reverse=True)
    for length, path, line, name in long:
        print(f"{path.relative_to(ROOT)}:{line}: {name} has {length} lines of code; at most {limit}")
    print(f"functions: {len(measured)}, longest {max(measured)[0]} lines, above {limit}: {len(long)}")
    return 1 if long else 0


if __name__ == "__main__":
    sys.exit(main())
