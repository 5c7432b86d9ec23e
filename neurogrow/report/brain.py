"""The brain map: every neuron at its place, the strongest connections as lines, switches and a slider beside it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ..arrays import AnyArray, FloatArray, IntArray
from ..network import GrownNetwork
from .blocks import Key, MapControls, Plot, Section
from .context import RunFiles
from .format import significant
from .style import BARE, GREY, INK, MODULE_COLOURS, NEGATIVE, PLOT_MARKERS, POSITIVE, figure, label

MOST_CONNECTIONS = 600
"""More lines than this hide each other, and are slow to draw in a browser."""

WIDTHS = ((0.0, 0.7, 0.3), (0.25, 1.4, 0.5), (0.5, 2.4, 0.7), (0.75, 3.8, 0.9))
"""Classes of lines: from which fraction of the largest |w|, width in pixels, opacity."""

LOOSE = "#9a9a9a"
"""Neurons that pruning left but that belong to no module: darker than those that are gone."""


@dataclass(frozen=True, eq=False)
class Connections:
    """Connections between two neurons that are drawn, the strongest first."""

    post: IntArray
    """Where each ends, as an index on the grid."""
    pre: IntArray
    """Where it starts."""
    weight: FloatArray
    total: int
    """How many there are, drawn or not."""


def brain_section(files: RunFiles) -> Section:
    """Return the section with the brain map; without any neuron's module or weight, what would make it."""
    missing = [
        files.missing(name)
        for name, found in (("analysis.json", files.analysis), ("network.safetensors", files.network))
        if found is None
    ]
    plots = () if len(missing) == 2 else (brain_map(files),)
    return Section("brain", "Brain map", (*plots, *missing))


def brain_map(files: RunFiles) -> Plot:
    """Draw the neurons of the grid by module, and the strongest connections of the grown network."""
    rows, cols = files.config.model.rows, files.config.model.cols
    module_N = files.module_N
    known, n = module_N is not None, rows * cols
    kept_N = np.isin(np.arange(n), np.arange(n) if files.network is None else files.network.neuron_id_N)
    shown_N = np.where(kept_N, 0, -1) if module_N is None else module_N
    xy_N2 = _positions(rows, cols)
    connections = _strongest(files.network)
    strength = np.abs(connections.weight)
    traces = [
        *_connection_traces(connections, xy_N2, shown_N),
        *_neuron_traces(files, xy_N2, shown_N, kept_N, known=known),
    ]
    drawn = figure(
        traces,
        xaxis=BARE | {"range": [-0.6 / cols, 1 - 0.4 / cols], "constrain": "domain"},
        yaxis=BARE | {"range": [1 - 0.4 / rows, -0.6 / rows], "scaleanchor": "x", "constrain": "domain"},
        margin={"l": 0, "r": 0, "t": 32, "b": 0},
        hovermode="closest",
    )
    return Plot(
        "map",
        drawn,
        alt=f"Map of {n} neurons on a {rows} by {cols} grid, coloured by module, with {len(strength)} connections",
        caption=_caption(connections, known=known, grown=files.network is not None),
        square=True,
        controls=MapControls(
            keys=_keys(shown_N) if known else (),
            weakest=float(strength.min()) if len(strength) else None,
            strongest=float(strength.max()) if len(strength) else None,
            connections=len(strength),
        ),
    )


def _positions(rows: int, cols: int) -> FloatArray:
    """Place (x to the right, y downwards) of every neuron on the unit square, rounded for a small page."""
    row_N, col_N = np.divmod(np.arange(rows * cols), cols)
    return np.stack([col_N / cols, row_N / rows], axis=1).round(4)


def _strongest(network: GrownNetwork | None) -> Connections:
    """Return the strongest connections between two neurons; none without a network."""
    if network is None:
        nothing = np.zeros(0, dtype=np.int64)
        return Connections(nothing, nothing, np.zeros(0), 0)
    weights = network.recurrent_weights_NN.tocoo()
    post, pre = weights.coords
    between = np.flatnonzero((post != pre) & (weights.data != 0))
    order = between[np.argsort(-np.abs(weights.data[between]), kind="stable")][:MOST_CONNECTIONS]
    place_N = network.neuron_id_N
    return Connections(place_N[post[order]], place_N[pre[order]], weights.data[order].astype(np.float64), len(between))


def _connection_traces(connections: Connections, xy_N2: FloatArray, module_N: IntArray) -> list[go.Scatter]:
    """One trace per sign and class of width, the thinnest first, each with what the switches need to thin it out."""
    post, pre, weight = connections.post, connections.pre, connections.weight
    strength = np.abs(weight) / np.abs(weight).max(initial=1e-30)
    width_class = np.searchsorted([start for start, _, _ in WIDTHS], strength, side="right") - 1
    traces = []
    for number, (_, width, opacity) in enumerate(WIDTHS):
        for positive, colour in ((False, NEGATIVE), (True, POSITIVE)):
            own = (width_class == number) & ((weight > 0) == positive)
            if own.any():
                ends = np.stack([xy_N2[pre[own]], xy_N2[post[own]], np.full((int(own.sum()), 2), np.nan)], axis=1)
                traces.append(
                    go.Scatter(
                        x=ends[..., 0].ravel().astype(np.float32),
                        y=ends[..., 1].ravel().astype(np.float32),
                        mode="lines",
                        line={"width": width, "color": colour},
                        opacity=opacity,
                        hoverinfo="skip",
                        meta={
                            "role": "connections",
                            "magnitude": [float(f"{value:.4g}") for value in np.abs(weight[own])],
                            "modules": np.stack([module_N[pre[own]], module_N[post[own]]], axis=1).tolist(),
                        },
                    )
                )
    return traces


def _neuron_traces(
    files: RunFiles, xy_N2: FloatArray, module_N: IntArray, kept_N: AnyArray, *, known: bool
) -> list[go.Scatter]:
    """Return small grey dots for the neurons of no module, then a trace for each module."""
    hover_N, traces = _hover(files, module_N, known=known), []

    def add(own_N: AnyArray, module: int, share: float, **marker: Any) -> None:  # noqa: ANN401
        traces.append(
            go.Scatter(
                x=xy_N2[own_N, 0],
                y=xy_N2[own_N, 1],
                mode="markers",
                marker={"size": 8, "opacity": 1} | marker,
                text=hover_N[own_N].tolist(),
                hovertemplate="%{text}<extra></extra>",
                meta={"role": "neurons", "module": module, "share": share},
            )
        )

    none_N = module_N < 0
    for own_N, colour, share in ((none_N & ~kept_N, GREY, 0.14), (none_N & kept_N, LOOSE, 0.2)):
        if own_N.any():
            add(own_N, -1, share, color=colour)
    for module in np.unique(module_N[~none_N]).tolist():
        turn, place = divmod(module, len(MODULE_COLOURS))
        symbol = PLOT_MARKERS[turn % len(PLOT_MARKERS)]
        colour = MODULE_COLOURS[place] if known else INK
        add(module_N == module, module, 0.52, color=colour, symbol=symbol, line={"color": "white", "width": 1})
    return traces


def _hover(files: RunFiles, module_N: IntArray, *, known: bool) -> AnyArray:
    """Return what is shown where the pointer rests, for each neuron."""
    analysis, cols = files.analysis, files.config.model.cols
    texts = []
    for neuron, module in enumerate(module_N.tolist()):
        lines = [f"<b>neuron {neuron}</b> · row {neuron // cols}, column {neuron % cols}"]
        if known:
            lines.append("no module" if module < 0 else f"module {module}")
        if analysis is not None:
            variance_K = analysis.task_variance_NK[neuron]
            strongest = analysis.task_names[int(variance_K.argmax())] if variance_K.any() else "none"
            lines += [
                f"task variance, summed: {significant(float(variance_K.sum()))}",
                f"mean activity: {significant(float(analysis.mean_activity_N[neuron]))}",
                f"strongest task: {label(strongest)}",
            ]
        texts.append("<br>".join(lines))
    return np.array(texts, dtype=object)


def _keys(module_N: IntArray) -> tuple[Key, ...]:
    keys = [
        Key(
            module,
            str(module),
            MODULE_COLOURS[module % len(MODULE_COLOURS)],
            module // len(MODULE_COLOURS) % len(PLOT_MARKERS),
            int((module_N == module).sum()),
        )
        for module in np.unique(module_N[module_N >= 0]).tolist()
    ]
    others = int((module_N < 0).sum())
    return (*keys, Key(-1, "none", LOOSE, 0, others)) if others else tuple(keys)


def _caption(connections: Connections, *, known: bool, grown: bool) -> str:
    said = ["Every neuron at its place on the grid, row 0 at the top."]
    if known:
        pruned = "; the palest were pruned" if grown else ""
        said.append(
            "Colour and marker: functional module, by k-means on normalised task variance. Small grey dots belong to "
            f"none{pruned}."
        )
    if grown:
        drawn, total = len(connections.weight), connections.total
        which = "all" if drawn == total else f"the strongest {drawn:,} of"
        said.append(
            f"Lines: {which} {total:,} connections between two neurons after pruning, blue where positive, red where "
            "negative, wider where stronger; connections of a neuron to itself are not drawn."
        )
    return " ".join(said)
