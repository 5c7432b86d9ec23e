"""Compare the numbers that the documents quote with the result files that commands wrote.

    python tools/quoted_numbers.py

A comment that readers do not see names the file, and where in it the numbers before the comment stand:

    0.884 <!-- result: results/demo.json rate.performance -->
    | wiring | 559 | 402 <!-- result: results/demo.json rate.wiring_length spiking.wiring_length --> |

Several places are for as many numbers, in the order of the line. ``a/b`` is a ratio of two places. A number is compared
in the precision in which it is quoted; ``%`` and units such as nJ are taken into account. Printed output is quoted in
whole lines, in a block of code that follows a comment:

    <!-- output: results/demo.txt -->
"""
# ruff: noqa: T201  (a script's output)

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from source_files import ROOT

NUMBER = re.compile(r"(?<![\w.])[−-]?\d[\d,]*(?:\.\d+)?(?: ?× ?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
RESULT = re.compile(r"<!-- result: (\S+) ([^>]+?) -->")
OUTPUT = re.compile(r"<!-- output: (\S+) -->\n+```[a-z]*\n(.*?)^```$", re.M | re.S)
UNITS = {"%": 1e-2, "mJ": 1e-3, "µJ": 1e-6, "nJ": 1e-9, "pJ": 1e-12, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@dataclass(frozen=True)
class Quote:
    """A number in a document, and where it comes from."""

    page: Path
    line: int
    text: str
    """The number as it is quoted, with its unit."""
    file: str
    place: str
    """Keys from the top of the file to the number, joined by dots; two of them with a slash for a ratio."""


def pages() -> list[Path]:
    """Return the documents that may quote numbers."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def quotes(page: Path) -> Iterator[Quote]:
    """Yield the marked numbers of a document. Raises ``ValueError`` if numbers are missing."""
    for line, text in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        start = 0
        for mark in RESULT.finditer(text):
            places = mark[2].split()
            numbers = list(_numbers(text[start : mark.start()]))[-len(places) :]
            if len(numbers) < len(places):
                raise ValueError(f"{page}:{line}: {len(places)} places, but {len(numbers)} numbers before them")
            for number, place in zip(numbers, places, strict=True):
                yield Quote(page, line, number, mark[1], place)
            start = mark.end()


def _numbers(text: str) -> Iterator[str]:
    for match in NUMBER.finditer(text):
        unit = re.match(r" ?(%|[mµnp]J\b|[mµn]s\b)", text[match.end() :])
        yield match[0] + (unit[1] if unit else "")


def outputs(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the result file and the text of every block that quotes printed output."""
    for match in OUTPUT.finditer(page.read_text(encoding="utf-8")):
        yield match[1], match[2]


def value_at(file: str, place: str) -> float:
    """Return a number of a result file. Raises ``KeyError`` if there is none."""
    first, _, second = place.partition("/")
    return _at(file, first) / _at(file, second) if second else _at(file, first)


def _at(file: str, place: str) -> float:
    value: Any = _content(ROOT / file)
    for key in place.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise KeyError(f"{file}: {place} is no number")
    return float(value)


@cache
def _content(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def agrees(text: str, value: float) -> bool:
    """Return whether a number is quoted as a value is, to the precision in which it is quoted.

    A whole number of more than three digits that ends in zeros is one of three digits: 36,700 stands for 36,650 to
    36,750.
    """
    unit = next((name for name in UNITS if text.endswith(name)), "")
    match = NUMBER.match(text)
    if match is None:
        return False
    digits, raised = match[0].split("×")[0].strip().replace(",", "").replace("−", "-"), match[1]
    factor = UNITS.get(unit, 1.0) * 10.0 ** int(raised.translate(_RAISED) if raised else 0)
    half = 0.5 * 10.0 ** _last_place(digits)
    return abs(float(digits) - value / factor) <= half * (1 + 1e-9)


def _last_place(digits: str) -> int:
    """Return the power of ten of the last digit that is meant."""
    whole, _, decimals = digits.lstrip("-").partition(".")
    if decimals:
        return -len(decimals)
    beyond = max(0, len(whole) - 3)
    return beyond if whole[len(whole) - beyond :].strip("0") == "" else 0


def disagreements() -> list[str]:
    """Return in words every quote that is not what its file says."""
    wrong = []
    for page in pages():
        name = page.relative_to(ROOT)
        for quote in quotes(page):
            value = value_at(quote.file, quote.place)
            if not agrees(quote.text, value):
                wrong.append(f"{name}:{quote.line}: {quote.text} is {value:.6g} in {quote.file} ({quote.place})")
        for file, text in outputs(page):
            if not text or "\n" + text not in "\n" + (ROOT / file).read_text(encoding="utf-8"):
                wrong.append(f"{name}: a block does not consist of lines of {file}")
    return wrong


def main() -> int:
    """Print what does not agree; return the exit status."""
    wrong = disagreements()
    print("\n".join(wrong) or f"{sum(1 for page in pages() for _ in quotes(page))} quoted numbers agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
