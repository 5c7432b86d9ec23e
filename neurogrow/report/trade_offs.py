"""Report section on sweeps: sparsity against error, with the Pareto frontier of each condition."""

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
    """Return the section with both of the paper's trade-offs (figure 1 g and h), hypervolumes and frontiers."""
    plots = tuple(_scatter(report, measure, label) for measure, label in MEASURES.items())
    return Section(name, title, (PlotRow(plots), _switches(report), _hypervolumes(report), _frontiers(report)))


def _colour_and_marker(index: int) -> tuple[str, int]:
    """Return the colour and the number of the marker of a condition."""
    return CONDITION_COLOURS[index % len(CONDITION_COLOURS)], index % len(PLOT_MARKERS)


def _scatter(report: TradeOffReport, measure: str, measure_label: str) -> Plot:
    conditions = report.conditions
    traces = chain.from_iterable(_condition(report, measure, index) for index in range(len(conditions)))
    sparsity = [value for network in report.networks if (value := getattr(network, measure)) > 0]
    errors = [network.error for network in report.networks]
    drawn = figure(
        list(traces),
        xaxis=axis(measure_label, **_logarithmic(sparsity)),
        yaxis=axis("error (1 − performance)", **(_logarithmic(errors) if min(errors) > 0 else {"rangemode": "tozero"})),
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
    )
    return Plot(
        measure.replace("_", "-"),
        drawn,
        alt=f"Error against {measure_label} of {len(report.networks)} networks of {len(conditions)} conditions",
        caption=(
            f"Error against {measure_label}. Each marker is a network; smaller is better for both. Lines are Pareto "
            "frontiers: networks that no other network of their condition dominates."
        ),
    )


def _logarithmic(values: Sequence[float]) -> dict[str, object]:
    """Return a logarithmic axis with ticks at powers of ten; below two decades, also at 2 and 5 times them."""
    lowest, highest = math.log10(min(values)), math.log10(max(values))
    steps = (1, 2, 5) if highest - lowest < 2 else (1,)
    powers = range(math.floor(lowest), math.ceil(highest) + 1)
    marks = [step * 10.0**power for power in powers for step in steps]
    return {"type": "log", "tickvals": marks, "ticktext": [f"{mark:,.10g}" for mark in marks]}


def _condition(report: TradeOffReport, measure: str, index: int) -> tuple[go.Scatter, go.Scatter]:
    """Return the traces of a condition's dominated networks, and of its frontier."""
    condition = report.conditions[index]
    colour, marker = _colour_and_marker(index)
    own = {"name": label(condition), "marker": {"color": colour, "symbol": PLOT_MARKERS[marker], "size": 8}}
    return (
        _marks(
            report.dominated(measure, condition),
            measure,
            mode="markers",
            opacity=0.45,
            meta={"condition": index, "role": "dominated"},
            **own,
        ),
        _marks(
            report.frontier(measure, condition),
            measure,
            mode="lines+markers",
            line={"color": colour, "width": 2, "shape": "hv"},
            meta={"condition": index, "role": "frontier"},
            **own,
        ),
    )


def _marks(networks: list[SweptPoint], measure: str, **style: object) -> go.Scatter:
    hover_values = [
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
        customdata=hover_values,
        hovertemplate="%{fullData.name}, λ %{customdata[0]}, seed %{customdata[1]}<br>error %{y:.3f}, "
        "%{customdata[3]} neurons, wiring length %{customdata[4]}<br>%{customdata[2]}<extra></extra>",
        **style,
    )


def _switches(report: TradeOffReport) -> Switches:
    keys = []
    for index, condition in enumerate(report.conditions):
        networks = sum(network.condition == condition for network in report.networks)
        keys.append(Key(index, condition, *_colour_and_marker(index), networks))
    return Switches(tuple(keys))


def _hypervolumes(report: TradeOffReport) -> Table:
    """Return a table of the hypervolume of each condition."""
    rows = []
    for condition in report.conditions:
        own = [network for network in report.networks if network.condition == condition]
        seeds = len({network.seed for network in own})
        areas = [_hypervolume(report.hypervolume[measure].get(condition)) for measure in MEASURES]
        rows.append((condition, significant(len(own)), significant(seeds), *areas))
    return Table(
        "Hypervolume of each condition: the fraction of the box around all networks that the condition's frontier "
        "dominates. The box has a logarithmic axis of sparsity, and errors up to "
        f"{significant(report.worst_error)}. Larger is better. Brackets hold the percentiles 2.5 and 97.5 over seeds "
        "drawn with replacement; they are left out for a single seed.",
        ("condition", "networks", "seeds", *(f"hypervolume, {label}" for label in MEASURES.values())),
        rows,
    )


def _hypervolume(area: Hypervolume | None) -> str:
    if area is None or area.seeds < 2:
        return significant(None if area is None else area.value)
    return f"{significant(area.value)} [{significant(area.low)}, {significant(area.high)}]"


def _frontiers(report: TradeOffReport) -> Table:
    """Return a table of the networks on at least one frontier, with the measures of sparsity of these frontiers."""
    rows = []
    for condition in report.conditions:
        frontiers = {measure: report.frontier(measure, condition) for measure in MEASURES}
        on_any = [n for n in report.networks if any(n in frontier for frontier in frontiers.values())]
        for network in sorted(on_any, key=lambda swept: swept.error):
            by = [label for measure, label in MEASURES.items() if network in frontiers[measure]]
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
        "Networks on the frontiers, sorted by condition and error.",
        ("condition", "λ", "seed", "error", *MEASURES.values(), "on the frontier of", "run"),
        rows,
        text_columns=(6, 7),
    )
