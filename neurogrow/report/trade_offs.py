"""What the networks of sweeps trade: sparsity against error, with the Pareto frontier of each condition."""

import math
from collections.abc import Sequence
from itertools import chain

import plotly.graph_objects as go

from ..analysis.frontier import Hypervolume
from ..analysis.trade_off_report import MEASURES, SweptPoint, TradeOffReport
from ..figures.canvas import CONDITION_COLOURS
from .blocks import Key, Plot, PlotRow, Section, Switches, Table
from .format import significant
from .style import PLOT_MARKERS, axis, figure, label


def trade_off_section(report: TradeOffReport, name: str, title: str) -> Section:
    """Return both of the paper's trade-offs (figure 1 g and h) and, in tables, what they come to."""
    plots = tuple(_scatter(report, measure, words) for measure, words in MEASURES.items())
    return Section(name, title, (PlotRow(plots), _switches(report), _areas(report), _on_frontiers(report)))


def _look(place: int) -> tuple[str, int]:
    """Colour of a condition and which of the markers it has."""
    return CONDITION_COLOURS[place % len(CONDITION_COLOURS)], place % len(PLOT_MARKERS)


def _scatter(report: TradeOffReport, measure: str, words: str) -> Plot:
    conditions = report.conditions
    traces = chain.from_iterable(_condition(report, measure, place) for place in range(len(conditions)))
    sparsity = [value for network in report.networks if (value := getattr(network, measure)) > 0]
    errors = [network.error for network in report.networks]
    drawn = figure(
        list(traces),
        xaxis=axis(words, **_logarithmic(sparsity)),
        yaxis=axis("error (1 − performance)", **(_logarithmic(errors) if min(errors) > 0 else {"rangemode": "tozero"})),
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
    )
    return Plot(
        measure.replace("_", "-"),
        drawn,
        alt=f"Error against {words} of {len(report.networks)} networks of {len(conditions)} conditions",
        caption=(
            f"Error against {words}, a mark for each network; less is better in both. Lines: Pareto frontiers, the "
            "networks that no other of their condition is better than in both."
        ),
    )


def _logarithmic(values: Sequence[float]) -> dict[str, object]:
    """Return an axis with a mark at each power of ten, and at twice and five times it where there is room."""
    lowest, highest = math.log10(min(values)), math.log10(max(values))
    steps = (1, 2, 5) if highest - lowest < 2 else (1,)
    powers = range(math.floor(lowest), math.ceil(highest) + 1)
    marks = [step * 10.0**power for power in powers for step in steps]
    return {"type": "log", "tickvals": marks, "ticktext": [f"{mark:,.10g}" for mark in marks]}


def _condition(report: TradeOffReport, measure: str, place: int) -> tuple[go.Scatter, go.Scatter]:
    """Draw the networks behind a condition's frontier, and those on it."""
    condition = report.conditions[place]
    colour, marker = _look(place)
    own = {"name": label(condition), "marker": {"color": colour, "symbol": PLOT_MARKERS[marker], "size": 8}}
    return (
        _marks(
            report.dominated(measure, condition),
            measure,
            mode="markers",
            opacity=0.45,
            meta={"condition": place, "role": "behind"},
            **own,
        ),
        _marks(
            report.frontier(measure, condition),
            measure,
            mode="lines+markers",
            line={"color": colour, "width": 2, "shape": "hv"},
            meta={"condition": place, "role": "frontier"},
            **own,
        ),
    )


def _marks(networks: list[SweptPoint], measure: str, **look: object) -> go.Scatter:
    about = [
        (
            f"{network.strength:g}",
            network.seed,
            label(network.run),
            significant(network.important_neurons),
            significant(network.wiring_length),
        )
        for network in networks
    ]
    return go.Scatter(
        x=[getattr(network, measure) for network in networks],
        y=[round(network.error, 5) for network in networks],
        customdata=about,
        hovertemplate="%{fullData.name}, λ %{customdata[0]}, seed %{customdata[1]}<br>error %{y:.3f}, "
        "%{customdata[3]} neurons, wiring length %{customdata[4]}<br>%{customdata[2]}<extra></extra>",
        **look,
    )


def _switches(report: TradeOffReport) -> Switches:
    keys = []
    for place, condition in enumerate(report.conditions):
        networks = sum(network.condition == condition for network in report.networks)
        keys.append(Key(place, condition, *_look(place), networks))
    return Switches(tuple(keys))


def _areas(report: TradeOffReport) -> Table:
    """Tabulate the area that each condition's frontier leaves behind it."""
    rows = []
    for condition in report.conditions:
        own = [network for network in report.networks if network.condition == condition]
        seeds = len({network.seed for network in own})
        areas = [_area(report.hypervolume[measure].get(condition)) for measure in MEASURES]
        rows.append((condition, significant(len(own)), significant(seeds), *areas))
    return Table(
        "Hypervolume of each frontier: the share of the box around all networks of all conditions (sparsity on a "
        f"logarithmic axis, errors up to {significant(report.worst_error)}) that lies behind the frontier, where some "
        "network of the condition is better in both. "
        "Larger is better. In brackets, percentiles 2.5 and 97.5 over seeds drawn with replacement; with one seed "
        "there is no spread.",
        ("condition", "networks", "seeds", *(f"by {words}" for words in MEASURES.values())),
        rows,
    )


def _area(area: Hypervolume | None) -> str:
    if area is None or area.seeds < 2:
        return significant(None if area is None else area.value)
    return f"{significant(area.value)} [{significant(area.low)}, {significant(area.high)}]"


def _on_frontiers(report: TradeOffReport) -> Table:
    """Tabulate the networks of which a frontier is made, and of which one."""
    rows = []
    for condition in report.conditions:
        on = {measure: report.frontier(measure, condition) for measure in MEASURES}
        either = [network for network in report.networks if any(network in networks for networks in on.values())]
        for network in sorted(either, key=lambda each: each.error):
            by = [words for measure, words in MEASURES.items() if network in on[measure]]
            rows.append(
                (
                    condition,
                    f"{network.strength:g}",
                    significant(network.seed),
                    significant(network.error),
                    significant(network.important_neurons),
                    significant(network.wiring_length),
                    "both" if len(by) == len(MEASURES) else by[0],
                    network.run,
                )
            )
    return Table(
        "The networks on the frontiers, of each condition those with the fewest errors first.",
        ("condition", "λ", "seed", "error", *MEASURES.values(), "on the frontier by", "run"),
        rows,
        words=(6, 7),
    )
