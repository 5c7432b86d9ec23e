"""Output of commands: one JSON object, or tables, on standard output; notes and progress on standard error."""

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from ..progress import TRAINING_STEPS, heard_by
from ..report.format import DASH, percent, score, significant

if TYPE_CHECKING:
    from ..analysis import ModularityReport
    from ..analysis.nulls import NullComparison
    from ..arrays import FloatArray

Rows: TypeAlias = Sequence[Sequence[str]]

_STARTS_AS_NUMBER = re.compile(r"[−–-]?\d|–$")

WORTH_A_BAR = 0.5
"""Seconds after which a progress bar appears."""

_errors = Console(stderr=True)


def emit(value: Mapping[str, Any], as_json: bool, *shown: Table | str) -> None:
    """Print ``value`` as one JSON object if ``as_json``, otherwise the tables and texts ``shown``."""
    console = Console()
    if as_json:
        console.file.write(json.dumps(value, indent=2, allow_nan=False) + "\n")
        return
    for part in shown:
        if isinstance(part, str):
            console.file.write(part)
        else:
            console.print(part)


def table(title: str, columns: Sequence[str], rows: Rows) -> Table:
    """Return a table. Texts are printed literally, including square brackets. Columns of numbers are right-aligned."""
    result = Table(title=escape(title), title_justify="left", title_style="bold", header_style="bold")
    for index, column in enumerate(columns):
        numeric = index and all(_STARTS_AS_NUMBER.match(row[index]) for row in rows if row[index])
        result.add_column(escape(column), justify="right" if numeric else "left")
    for row in rows:
        result.add_row(*map(escape, row))
    return result


def note(message: str) -> None:
    """Print a message on standard error."""
    _errors.print(message, highlight=False, markup=False)


@contextmanager
def stage_notes() -> Iterator[None]:
    """Show on standard error which stages of a run folder are computed, and why."""
    log, handler = logging.getLogger("neurogrow.pipeline"), _Notes()
    level = log.level
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


class _Notes(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        note(record.getMessage())


def print_error(message: str) -> None:
    """Print a mistake of the user on standard error."""
    _errors.print("Error:", style="bold red", end=" ")
    _errors.print(message, highlight=False, markup=False)


@contextmanager
def progress_bars() -> Iterator[None]:
    """Show a bar with the remaining time for every counted loop; show nothing if standard error is not a terminal."""
    if not _errors.is_terminal:
        yield
        return
    bars = _Bars()
    try:
        with heard_by(bars.hear):
            yield
    finally:
        bars.close()


class _Bars:
    """Progress bars of counted loops. A bar appears after :data:`WORTH_A_BAR` seconds, and vanishes at the end."""

    def __init__(self) -> None:
        self.live: Progress | None = None
        self.tasks: dict[str, TaskID] = {}
        self.since: dict[str, float] = {}

    def hear(self, what: str, done: int, total: int, values: Mapping[str, float] | None = None, /) -> None:
        if done == total:
            self.since.pop(what, None)
            if self.live and what in self.tasks:
                self.live.remove_task(self.tasks.pop(what))
            if not self.tasks:
                self.close()
        elif time.monotonic() - self.since.setdefault(what, time.monotonic()) > WORTH_A_BAR:
            if self.live is None:
                self.live = _bars(transient=True)
                self.live.start()
            if what not in self.tasks:
                self.tasks[what] = self.live.add_task(what, total=total, measured="")
            self.live.update(self.tasks[what], completed=done, measured=_measured(values))

    def close(self) -> None:
        if self.live:
            self.live.stop()
        self.live = None
        self.tasks.clear()


def _bars(transient: bool) -> Progress:
    """Return progress bars on standard error; ``transient`` ones are erased at the end. No bars without a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[measured]}"),
    )
    return Progress(*columns, console=_errors, transient=transient, disable=not _errors.is_terminal)


@contextmanager
def training_progress(title: str) -> Iterator[None]:
    """Show a bar with the remaining time and the last performance during training; show nothing without a terminal."""
    with _bars(transient=False) as bar:
        task = bar.add_task(title, total=None, measured="")

        def hear(what: str, done: int, total: int, values: Mapping[str, float] | None = None, /) -> None:
            if what == TRAINING_STEPS:
                bar.update(task, completed=done, total=total, measured=_measured(values))

        with heard_by(hear):
            yield


def _measured(values: Mapping[str, float] | None) -> str:
    """Return the performance among the values that come with progress, for the end of a bar."""
    return f"performance {values['performance']:.2f}" if values and "performance" in values else ""


def measures(report: "ModularityReport") -> dict[str, Any]:
    """Return the measures of a report as ``--json`` prints them."""
    isolated = asdict(report.chosen.isolated_fraction)
    isolated["fraction"] = isolated.pop("value")
    return {
        "performance": {
            "mean": report.performance,
            "ceiling": report.ceiling,
            "per_task": _per_task(report, report.performance_K),
            "ceiling_per_task": _per_task(report, report.ceiling_K),
        },
        "important_neurons": report.n_important,
        "active_connections": report.active_connections,
        "wiring_length": report.wiring_length,
        "modules": report.chosen.k,
        "isolated": isolated,
        "cluster_size": asdict(report.chosen.cluster_size),
        "communities": _communities(report),
        "similarity": None if report.similarity is None else asdict(report.similarity),
        "mean_activity": report.mean_activity,
    }


def _communities(report: "ModularityReport") -> dict[str, Any] | None:
    if report.communities is None:
        return None
    from ..io.files import plain  # imports numpy, which help and listings do not need

    return {name: part for name, part in plain(report.communities).items() if name != "community_N"}


def _per_task(report: "ModularityReport", value_K: "FloatArray | None") -> dict[str, float] | None:
    return None if value_K is None else dict(zip(report.task_names, value_K.tolist(), strict=True))


MEASURE_COLUMNS = ("measure", "value", "shuffled", "z", "p")


def measure_rows(report: "ModularityReport") -> Rows:
    """Return the measures of a report as table rows. Measures of modularity have a null, and name what it shuffles."""
    communities = None if report.communities is None else report.communities.count
    rows = [
        ("performance (mean of tasks)", percent(report.performance)),
        ("ceiling (ideal observer, mean of tasks)", percent(report.ceiling)),
        ("important neurons", significant(report.n_important)),
        ("active connections", significant(report.active_connections)),
        ("wiring length", significant(report.wiring_length)),
        ("mean activity", significant(report.mean_activity)),
        ("functional modules", significant(report.chosen.k)),
        ("communities of the wiring", significant(communities)),
    ]
    return [(*row, "", "", "") for row in rows] + [
        (name, significant(null.value), shuffled, score(null.z), significant(null.p))
        for name, shuffled, null in report.null_comparisons()
    ]


def with_z(measure: "NullComparison | None") -> str:
    """Return the text of a measure and its z score, for narrow columns."""
    return DASH if measure is None else f"{significant(measure.value)} (z {score(measure.z)})"
