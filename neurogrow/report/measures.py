"""Report sections of the analysis: performance, weights by distance, task variance, modularity and its nulls."""

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go

from ..analysis import ModularityReport
from ..analysis.nulls import NullComparison
from ..analysis.task_variance import normalised_task_variance, sorted_by_module
from ..arrays import FloatArray, IntArray
from .blocks import Block, Plot, Section, Table
from .context import RunFiles
from .format import score, significant
from .style import BARE, GREY, INK, MODULE_COLOURS, NEGATIVE, POSITIVE, axis, figure, label, scale_below

MAGMA = [(0, "#000004"), (0.25, "#51127c"), (0.5, "#b73779"), (0.75, "#fc8961"), (1, "#fcfdbf")]


def performance_section(files: RunFiles) -> Section:
    """Return the section with the performance on each task."""
    return _measured(files, "performance", "Performance by task", lambda report: (performance_bars(report),))


def locality_section(files: RunFiles) -> Section:
    """Return the section with weight magnitude by distance."""
    return _measured(files, "locality", "Weights and distance", lambda report: (weight_by_distance(report),))


def variance_section(files: RunFiles) -> Section:
    """Return the section with the task variance of neurons."""
    return _measured(files, "variance", "Task variance", _variance_blocks)


def anatomy_section(files: RunFiles) -> Section:
    """Return the section with measures of modularity, compared with their nulls."""
    return _measured(files, "anatomy", "Modularity", lambda report: (anatomy_table(report), modularity_over_k(report)))


def _measured(
    files: RunFiles, name: str, title: str, blocks: Callable[[ModularityReport], tuple[Block, ...]]
) -> Section:
    content = (files.missing("analysis.json"),) if files.analysis is None else blocks(files.analysis)
    return Section(name, title, content)


def performance_bars(report: ModularityReport) -> Plot:
    """Draw a bar per task with the first task at the top, the mean as a dashed line, and the ceiling as marks."""
    names = [label(name) for name in report.task_names]
    bars = go.Bar(
        x=report.performance_K.round(4),
        y=names,
        orientation="h",
        marker={"color": POSITIVE, "opacity": 0.8},
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
    mean = report.performance
    drawn = figure(
        [bars] if report.ceiling_K is None else [bars, _ceiling_marks(report.ceiling_K, names)],
        xaxis=axis("performance (fraction of trials)", range=[0, 1.02]),
        yaxis=axis(range=[len(names) - 0.5, -0.5], ticks="", showgrid=False, tickmode="array", tickvals=names),
        shapes=[_line(x0=mean, x1=mean, y0=0, y1=1, yref="paper", dash="dash")],
        annotations=[_remark(f"mean {significant(mean)}", x=mean, y=1, yref="paper", yanchor="bottom")],
        bargap=0.3,
        margin={"l": 8, "r": 8, "t": 52, "b": 8},
    )
    return Plot(
        "bars",
        drawn,
        alt=f"Bars of performance for {len(names)} tasks; their mean is {significant(mean)}",
        caption=(
            "Fraction of single trials performed correctly: the network fixates until the decision, and responds "
            "correctly at the last task step of the decision. The dashed line is the mean over tasks. "
            + _ceiling_text(report)
        ),
        height=106 + 22 * len(names),
    )


def _ceiling_marks(ceiling_K: FloatArray, names: list[str]) -> go.Scatter:
    return go.Scatter(
        x=ceiling_K.round(4),
        y=names,
        mode="markers",
        marker={"symbol": "line-ns", "size": 14, "line": {"width": 2, "color": "black"}},
        hovertemplate="%{y}, ideal observer: %{x:.3f}<extra></extra>",
    )


def _ceiling_text(report: ModularityReport) -> str:
    if report.ceiling is None:
        return "The inputs of decision tasks are noisy, so that perfect performance is impossible."
    return (
        "Black marks show the ideal observer, which knows the task and its noise and decides as well as the inputs "
        "allow. No network has a higher expected performance. "
        f"The mean of the marks is {significant(report.ceiling)}."
    )


def weight_by_distance(report: ModularityReport) -> Plot:
    """Draw the mean weight magnitude of each distance bin on a logarithmic axis."""
    bins = report.locality
    mean_C = np.where(bins.mean_weight_C > 0, bins.mean_weight_C, np.nan)
    curve = go.Scatter(
        x=bins.distance_C.round(4),
        y=mean_C,
        mode="lines+markers",
        line={"color": POSITIVE, "width": 2},
        customdata=bins.pairs_C,
        hovertemplate="distance %{x:.3g}<br>mean |w| %{y:.3g}<br>%{customdata:,} pairs<extra></extra>",
    )
    scale = {"type": "log", "exponentformat": "power", "nticks": 6} if np.isfinite(mean_C).any() else {}
    return Plot(
        "decay",
        figure([curve], xaxis=axis("distance on the unit square", rangemode="tozero"), yaxis=axis("mean |w|", **scale)),
        alt="Curve of the mean weight magnitude against the distance between two neurons",
        caption=(
            f"Mean |w| over all (post, pre) pairs of neurons in {len(bins.distance_C)} bins of distance, including "
            "pairs without a connection. The scale is logarithmic. A gap is a bin with only zero weights."
        ),
        height=340,
    )


def _variance_blocks(report: ModularityReport) -> tuple[Block, ...]:
    return (variance_matrix(report),)


def variance_matrix(report: ModularityReport) -> Plot:
    """Draw normalised task variance as a matrix of tasks (rows) and neurons (columns), sorted by module."""
    order = sorted_by_module(report.task_variance_NK, report.module_N)
    module_n = report.module_N[order]
    names = [label(name) for name in report.task_names]
    shape = (len(names), len(order))
    matrix = go.Heatmap(
        z=normalised_task_variance(report.task_variance_NK)[order].T.round(3).astype(np.float32),
        y=names,
        colorscale=MAGMA,
        zmin=0,
        zmax=1,
        colorbar=scale_below("task variance, normalised"),
        customdata=np.stack([np.broadcast_to(order, shape), np.broadcast_to(module_n, shape)], -1).astype(np.int32),
        hovertemplate="neuron %{customdata[0]}, module %{customdata[1]}<br>%{y}: %{z:.3f}<extra></extra>",
    )
    starts = np.flatnonzero(np.diff(module_n)) + 0.5
    pixel = 1 / (48 + 20 * len(names))  # as a fraction of the height without margins
    strip, floor = 20 * pixel, 31 * pixel
    drawn = figure(
        [matrix, _module_strip(module_n)],
        xaxis=axis("neurons by module", showticklabels=False, ticks="", showgrid=False, anchor="y2"),
        yaxis=axis(autorange="reversed", domain=[floor, 1], ticks="", showgrid=False, tickmode="array", tickvals=names),
        yaxis2=BARE | {"domain": [0, strip]},
        margin={"l": 8, "r": 8, "t": 36, "b": 96},
        shapes=[_line(x0=x, x1=x, y0=floor, y1=1, yref="paper", color="white") for x in starts.tolist()],
    )
    return Plot(
        "matrix",
        drawn,
        alt=f"Matrix of task variance: {len(names)} tasks by {len(order)} neurons, sorted by module",
        caption=(
            "Task variance is the variance of a neuron's activity over the trials of a task, averaged over task steps "
            f"and divided by the neuron's largest value. The {len(order)} important neurons (summed task variance "
            f"above {report.important_threshold:g}) are sorted by module, and within a module by the task with the "
            "largest variance. White lines separate modules. The strip below shows their colours in the brain map."
        ),
        height=180 + 20 * len(names),
    )


def _module_strip(module_n: IntArray) -> go.Heatmap:
    n = len(MODULE_COLOURS)
    steps = [(edge / n, colour) for place, colour in enumerate(MODULE_COLOURS) for edge in (place, place + 1)]
    return go.Heatmap(
        z=(module_n % n)[None].astype(np.uint8),
        yaxis="y2",
        customdata=module_n[None].astype(np.int32),
        colorscale=steps,
        zmin=-0.5,
        zmax=n - 0.5,
        showscale=False,
        hovertemplate="module %{customdata}<extra></extra>",
    )


def anatomy_table(report: ModularityReport) -> Table:
    """Return a table with every measure of modularity at the chosen number of modules, compared with its null."""
    chosen, wiring = report.chosen, report.communities
    silhouette = "" if chosen.silhouette is None else f" (silhouette {significant(chosen.silhouette)})"
    communities = "" if wiring is None else f" The wiring has {wiring.count} communities."
    return Table(
        f"Measures of modularity with k = {chosen.k} functional modules{silhouette}, compared with "
        f"{report.n_shuffles:,} shuffles.{communities} The column “shuffled” names what the null shuffles. Labels: "
        "modules are permuted among important neurons. Neurons: neurons are permuted. Weights: weights are permuted "
        "among pairs at equal distance, which keeps the modularity that short wiring alone causes. z counts standard "
        "deviations from the mean of the null, and p is the permutation p-value. For isolated fraction, cluster size "
        "and the correlation with distance, smaller is more modular. For all other measures, larger is more modular. "
        "Isolated fraction: neurons with none of their eight neighbours in their module. Cluster size: "
        "root-mean-square distance to the module's centroid, averaged over modules. Q: Newman's modularity of |w| "
        "among important neurons. AMI: adjusted mutual information. Similarity: cosine of normalised task variances; "
        "its rank correlation is over pairs of neurons.",
        ("measure", "value", "shuffled", "null, mean ± SD", "z", "p"),
        [_null_row(*row) for row in report.null_comparisons()],
        text_columns=(2,),
    )


def _null_row(name: str, shuffled: str, null: NullComparison) -> tuple[str, ...]:
    distribution = f"{significant(null.null_mean)} ± {significant(null.null_sd)}"
    return name, significant(null.value), shuffled, distribution, score(null.z), significant(null.p)


def modularity_over_k(report: ModularityReport) -> Plot:
    """Draw z of isolated fraction and cluster size against the number of modules, with the band of shuffled modules."""
    ks = [measured.k for measured in report.over_k]
    curves = [
        go.Scatter(
            x=ks,
            y=[None if null.z is None else round(null.z, 4) for null in nulls],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"symbol": symbol, "size": 7},
            hovertemplate=f"k = %{{x}}<br>{name}: z = %{{y:.2f}}<extra></extra>",
        )
        for name, colour, symbol, nulls in (
            ("isolated fraction", POSITIVE, "circle", [measured.isolated_fraction for measured in report.over_k]),
            ("cluster size", NEGATIVE, "square", [measured.cluster_size for measured in report.over_k]),
        )
    ]
    k = report.chosen.k
    z = [value for curve in curves for value in curve.y if value is not None]
    lowest, highest = min([-3.0, *z]), max([3.0, *z])
    room = 0.05 * (highest - lowest)
    band = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": -2, "y1": 2, "fillcolor": GREY, "opacity": 0.35}
    drawn = figure(
        curves,
        xaxis=axis("number of modules k", range=[min(ks) - 0.5, max(ks) + 0.5]),
        yaxis=axis("z against shuffled modules", range=[lowest - room, highest + room]),
        shapes=[
            band | {"line": {"width": 0}, "layer": "below"},
            _line(x0=k, x1=k, y0=0, y1=1, yref="paper", dash="dot"),
            _line(x0=0, x1=1, xref="paper", y0=0, y1=0),
        ],
        showlegend=True,
        margin={"l": 8, "r": 8, "t": 64, "b": 8},
    )
    return Plot(
        "over-k",
        drawn,
        alt=f"z of isolated fraction and cluster size for {min(ks)} to {max(ks)} modules",
        caption=(
            "z of isolated fraction and cluster size for every number of modules, because the silhouette differs "
            "little between numbers. The grey band is within two standard deviations of shuffled modules. Below the "
            "band, modules are more compact than shuffled modules. The dotted line marks the chosen number, "
            f"k = {k}."
        ),
        height=340,
    )


def _line(*, color: str = INK, dash: str = "solid", **place: object) -> dict[str, object]:
    return {"type": "line", "line": {"color": color, "width": 1, "dash": dash}} | place


def _remark(text: str, **place: object) -> dict[str, object]:
    return {"text": text, "showarrow": False, "font": {"size": 11}} | place
