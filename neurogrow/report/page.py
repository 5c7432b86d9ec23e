"""The page: sections of every run in the template, with plotly.js, the style sheet and the script included."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from .._internal.version import __version__
from ..analysis.trade_off_report import TradeOffReport
from ..errors import InputError
from ..io.files import write_text
from ..training import Run
from ..training.counterpart import descents
from ..training.run import describe
from .activity import raster_section, training_section
from .blocks import Section
from .brain import brain_section
from .chip import chip_sections
from .context import RunFiles, read_run_files
from .measures import anatomy_section, locality_section, performance_section, variance_section
from .overview import overview
from .parity import parity_section
from .substrate import substrate_sections
from .trade_offs import trade_off_section

TRADE_OFF = "Sparsity against error"
"""Title of sections on sweeps."""


@dataclass(frozen=True)
class RunPart:
    """The part of the page about one run."""

    slug: str
    """Name in the addresses of the page."""
    files: RunFiles
    """Content of the run folder."""
    title: str
    """Description of the network."""
    sections: tuple[Section, ...]
    """Sections about the run."""


def write_report(runs: Sequence[Run], path: Path, trade_offs: Sequence[TradeOffReport] = ()) -> Path:
    """Write one HTML page about runs, about trade-offs of sweeps, or both. The page works offline.

    If a file is missing in a run folder, the page shows the command that writes it. The page contains plotly.js once,
    and its security policy forbids all requests to the network.

    Parameters
    ----------
    runs
        The runs, in the order in which they are shown.
    path
        The file, usually ``report.html``. It is replaced atomically.
    trade_offs
        Trade-offs of sweeps (:func:`neurogrow.pipeline.trade_offs.write_trade_offs`), shown before the runs.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    InputError
        If there is neither a run nor a trade-off, or a file of a run folder is damaged.
    """
    if not runs and not trade_offs:
        raise InputError("A report needs at least one run, or a trade-off.")
    run_files = read_run_files(runs)
    environment = Environment(
        loader=PackageLoader("neurogrow.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    trained = {files.name: run for files, run in zip(run_files, runs, strict=True) if run.model_path.exists()}
    parts = [
        RunPart(f"run-{number}", files, describe(files.config), _sections(files))
        for number, files in enumerate(run_files, 1)
    ]
    page = environment.get_template("template.html.jinja").render(
        title=_title(parts),
        overview=overview(run_files, descents(trained)) if run_files else (),
        trade_offs=_trade_off_sections(trade_offs),
        parts=parts,
        version=__version__,
        css=_inlined("report.css"),
        js=_inlined("report.js"),
        plotly=Markup(get_plotlyjs().replace("</script", "<\\/script")),
    )
    return write_text(path, page)


def _title(parts: Sequence[RunPart]) -> str:
    if not parts:
        return "Sweeps compared"
    return parts[0].title if len(parts) == 1 else f"{len(parts)} networks compared"


def _trade_off_sections(reports: Sequence[TradeOffReport]) -> list[Section]:
    several = len(reports) > 1
    return [
        trade_off_section(report, f"trade-off-{number}", f"{TRADE_OFF} ({number})" if several else TRADE_OFF)
        for number, report in enumerate(reports, 1)
    ]


def _sections(files: RunFiles) -> tuple[Section, ...]:
    raster = raster_section(files)
    return (
        brain_section(files),
        performance_section(files),
        locality_section(files),
        variance_section(files),
        anatomy_section(files),
        *substrate_sections(files),
        training_section(files),
        *(() if raster is None else (raster,)),
        parity_section(files),
        *chip_sections(files),
    )


def _inlined(name: str) -> Markup:
    """Return the unchanged text of a file of this package."""
    return Markup((resources.files(__package__) / name).read_text(encoding="utf-8"))
