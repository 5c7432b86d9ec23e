"""The page: sections of every run, put into the template with plotly.js, the style sheet and the script inside it."""

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
from .context import RunFiles, gather
from .measures import anatomy_section, locality_section, performance_section, variance_section
from .overview import overview
from .parity import parity_section
from .substrate import substrate_sections
from .trade_offs import trade_off_section

TRADE_OFF = "Sparsity against error"
"""Title of what shows sweeps."""


@dataclass(frozen=True)
class RunPart:
    """The part of the page about one run."""

    slug: str
    files: RunFiles
    title: str
    sections: tuple[Section, ...]


def write_report(runs: Sequence[Run], path: Path, trade_offs: Sequence[TradeOffReport] = ()) -> Path:
    """Write one HTML page about runs, trade-offs of sweeps, or both, which works offline.

    What a run folder does not hold is left out, with the command that would make it. plotly.js is in the page once, and
    the page forbids itself every request to the network.

    Parameters
    ----------
    runs
        The runs, in the order in which they are shown.
    path
        The file, ``report.html`` by custom; it is replaced whole or not at all.
    trade_offs
        What sweeps trade (:func:`neurogrow.pipeline.trade_offs.write_trade_offs`), shown before the runs.

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
    found = gather(runs)
    environment = Environment(
        loader=PackageLoader("neurogrow.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    trained = {files.name: run for files, run in zip(found, runs, strict=True) if run.model_path.exists()}
    parts = [
        RunPart(f"run-{place}", files, describe(files.config), _sections(files)) for place, files in enumerate(found, 1)
    ]
    page = environment.get_template("template.html.jinja").render(
        title=_title(parts),
        overview=overview(found, descents(trained)) if found else (),
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
        trade_off_section(report, f"trade-off-{place}", f"{TRADE_OFF} ({place})" if several else TRADE_OFF)
        for place, report in enumerate(reports, 1)
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
    """Return a file of this package as it is."""
    return Markup((resources.files(__package__) / name).read_text(encoding="utf-8"))
