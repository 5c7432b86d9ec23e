"""Report section with the brain map: neurons at their places, the strongest connections as lines, and controls."""

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
"""Largest number of drawn connections. More lines hide each other, and are slow to draw in a browser."""

WIDTHS = ((0.0, 0.7, 0.3), (0.25, 1.4, 0.5), (0.5, 2.4, 0.7), (0.75, 3.8, 0.9))
"""Classes of lines: smallest fraction of the largest |w|, width in pixels, opacity."""

NO_MODULE = "#9a9a9a"
"""Colour of neurons without a module that remain after pruning; darker than that of pruned neurons."""


@dataclass(frozen=True, eq=False)
class Connections:
    """Drawn connections between different neurons, the strongest first."""

    post: IntArray
    """Grid index of each connection's target neuron."""
    pre: IntArray
    """Grid index of each connection's source neuron."""
    weight: FloatArray
    """Weight of each connection."""
    total: int
    """Number of all connections, drawn or not."""


def brain_section(files: RunFiles) -> Section:
    """Return the section with the brain map, and with the commands that write missing files."""
    missing = [
        files.missing(name)
        for name, content in (("analysis.json", files.analysis), ("network.safetensors", files.network))
        if content is None
    ]
    plots = () if len(missing) == 2 else (brain_map(files),)
    return Section("brain", "Brain map", (*plots, *missing))


def brain_map(files: RunFiles) -> Plot:
    """Draw the neurons of the grid by module, and the strongest connections after pruning."""
    rows, cols = files.config.model.rows, files.config.model.cols
    module_N = files.module_N
    known, n = module_N is not None, rows * cols
    unpruned_N = np.isin(np.arange(n), np.arange(n) if files.network is None else files.network.neuron_id_N)
    shown_N = np.where(unpruned_N, 0, -1) if module_N is None else module_N
    xy_N2 = _positions(rows, cols)
    connections = _strongest(files.network)
    strength = np.abs(connections.weight)
    traces = [
        *_connection_traces(connections, xy_N2, shown_N),
        *_neuron_traces(files, xy_N2, shown_N, unpruned_N, known=known),
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
        caption=_caption(connections, known=known, pruned=files.network is not None),
        square=True,
        controls=MapControls(
            keys=_keys(shown_N) if known else (),
            weakest=float(strength.min()) if len(strength) else None,
            strongest=float(strength.max()) if len(strength) else None,
            connections=len(strength),
        ),
    )


def _positions(rows: int, cols: int) -> FloatArray:
    """Return each neuron's position on the unit square (x to the right, y downwards), rounded to shorten the page."""
    row_N, col_N = np.divmod(np.arange(rows * cols), cols)
    return np.stack([col_N / cols, row_N / rows], axis=1).round(4)


def _strongest(network: GrownNetwork | None) -> Connections:
    """Return the strongest connections between different neurons; none without a network."""
    if network is None:
        empty = np.zeros(0, dtype=np.int64)
        return Connections(empty, empty, np.zeros(0), 0)
    weights = network.recurrent_weights_NN.tocoo()
    post, pre = weights.coords
    between = np.flatnonzero((post != pre) & (weights.data != 0))
    order = between[np.argsort(-np.abs(weights.data[between]), kind="stable")][:MOST_CONNECTIONS]
    place_N = network.neuron_id_N
    return Connections(place_N[post[order]], place_N[pre[order]], weights.data[order].astype(np.float64), len(between))


def _connection_traces(connections: Connections, xy_N2: FloatArray, module_N: IntArray) -> list[go.Scatter]:
    """Return one trace per sign and class of width, the thinnest first, with the data that the controls filter by."""
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
    files: RunFiles, xy_N2: FloatArray, module_N: IntArray, unpruned_N: AnyArray, *, known: bool
) -> list[go.Scatter]:
    """Return traces of small grey dots for neurons without a module, then a trace for each module."""
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

    no_module_N = module_N < 0
    for own_N, colour, share in ((no_module_N & ~unpruned_N, GREY, 0.14), (no_module_N & unpruned_N, NO_MODULE, 0.2)):
        if own_N.any():
            add(own_N, -1, share, color=colour)
    for module in np.unique(module_N[~no_module_N]).tolist():
        cycle, index = divmod(module, len(MODULE_COLOURS))
        symbol = PLOT_MARKERS[cycle % len(PLOT_MARKERS)]
        colour = MODULE_COLOURS[index] if known else INK
        add(module_N == module, module, 0.52, color=colour, symbol=symbol, line={"color": "white", "width": 1})
    return traces


def _hover(files: RunFiles, module_N: IntArray, *, known: bool) -> AnyArray:
    """Return the hover text of each neuron."""
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
    return (*keys, Key(-1, "none", NO_MODULE, 0, others)) if others else tuple(keys)


def _caption(connections: Connections, *, known: bool, pruned: bool) -> str:
    sentences = ["Every neuron is drawn at its place on the grid, with row 0 at the top."]
    if known:
        sentences.append(
            "Colour and marker show the functional module, from k-means on normalised task variance. Small grey dots "
            "are neurons without a module." + (" The palest dots were pruned." if pruned else "")
        )
    if pruned:
        drawn, total = len(connections.weight), connections.total
        which = "all" if drawn == total else f"the strongest {drawn:,} of"
        sentences.append(
            f"Lines are {which} {total:,} connections between different neurons after pruning. Positive weights are "
            "blue, negative weights red. Stronger weights have wider lines. Connections of a neuron to itself are not "
            "drawn."
        )
    return " ".join(sentences)
