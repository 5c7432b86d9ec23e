"""Report sections with the training curves and with example spikes."""

import numpy as np
import plotly.graph_objects as go

from ..arrays import FloatArray, IntArray
from .blocks import Plot, Section
from .context import Raster, RunFiles
from .style import INK, MODULE_COLOURS, POSITIVE, axis, figure, label

PANELS = {
    "performance": "performance",
    "cross_entropy": "cross entropy",
    "wiring_cost": "wiring ‖D ∘ W‖₁",
}
"""Drawn columns of metrics.csv, and their axis labels."""

MOST_SPIKES = 60_000
"""Largest number of drawn spikes. A browser draws this many without delay."""


def training_section(files: RunFiles) -> Section:
    """Return the section with the training curves."""
    columns = [name for name in PANELS if name in files.metrics]
    if "step" not in files.metrics or not columns:
        return Section("training", "Training", (files.missing("metrics.csv"),))
    return Section("training", "Training", (training_curves(files.metrics, columns),))


def training_curves(metrics: dict[str, FloatArray], columns: list[str]) -> Plot:
    """Draw one panel per metric over a common axis of training steps."""
    height = 1 / len(columns)
    traces, axes = [], {}
    for place, name in enumerate(columns):
        own = "" if place == 0 else str(place + 1)
        value = metrics[name]
        logarithmic = name != "performance" and bool((value > 0).any())
        traces.append(
            go.Scatter(
                x=metrics["step"].astype(np.int64),
                y=np.where(value > 0, value, np.nan) if logarithmic else value,
                yaxis=f"y{own}",
                mode="lines" if len(value) > 1 else "markers",
                line={"color": POSITIVE, "width": 2},
                hovertemplate=f"step %{{x:,}}<br>{PANELS[name]} %{{y:.4g}}<extra></extra>",
            )
        )
        top = 1 - place * height
        scale = {"type": "log", "exponentformat": "power", "nticks": 4} if logarithmic else {"range": [0, 1.02]}
        axes[f"yaxis{own}"] = axis(PANELS[name], domain=[top - height * 0.82, top], **scale)
    last = "" if len(columns) == 1 else str(len(columns))
    return Plot(
        "curves",
        figure(traces, xaxis=axis("training step", anchor=f"y{last}", exponentformat="none"), **axes),
        alt="Curves of " + ", ".join(PANELS[name] for name in columns) + " against training steps",
        caption=(
            "Metrics logged during training. Performance is measured on a few held-out trials of each task, and is "
            "therefore noisy. Cross entropy is that of the training batch. Wiring is the sum of |w| times distance; it "
            "drops suddenly when neurons swap places. Cross entropy and wiring have logarithmic scales."
        ),
        height=140 * len(columns) + 60,
    )


def raster_section(files: RunFiles) -> Section | None:
    """Return the section with the spikes of example trials; None for a rate network."""
    if files.config.model.kind != "spiking":
        return None
    if files.raster is None:
        return Section("raster", "Spikes", (files.missing("raster.npz"),))
    return Section("raster", "Spikes", (spike_raster(files.raster, _module_of_column(files, files.raster)),))


def _module_of_column(files: RunFiles, raster: Raster) -> IntArray | None:
    """Return the module of each neuron of the raster, which holds all neurons of the grid or those left by pruning."""
    module_N, n = files.module_N, raster.spikes_TN.shape[1]
    if module_N is None or n == len(module_N):
        return module_N
    if files.network is not None and n == files.network.n_neurons:
        return np.asarray(module_N[files.network.neuron_id_N])
    return None


def spike_raster(raster: Raster, module_N: IntArray | None) -> Plot:
    """Draw a stroke per spike, with neurons sorted by module, and trials one after another with their task above."""
    n = raster.spikes_TN.shape[1]
    sorting = np.zeros(n, dtype=np.int64) if module_N is None else np.where(module_N < 0, n, module_N)
    order = np.argsort(sorting, kind="stable")
    tick, row = np.nonzero(raster.spikes_TN[:, order])
    shown = len(tick) if len(tick) <= MOST_SPIKES else int(np.searchsorted(tick, tick[MOST_SPIKES]))
    end = len(raster.spikes_TN) if shown == len(tick) else int(tick[shown])
    module_of_spike = (np.zeros(n, dtype=np.int64) if module_N is None else module_N[order])[row[:shown]]
    traces = []
    for module in np.unique(module_of_spike).tolist():
        own = module_of_spike == module
        colour = INK if module_N is None or module < 0 else MODULE_COLOURS[module % len(MODULE_COLOURS)]
        traces.append(_strokes(tick[:shown][own], row[:shown][own], colour))
    drawn = figure(
        traces,
        xaxis=axis("tick", range=[-0.5, end - 0.5], showgrid=False, exponentformat="none"),
        yaxis=axis("neurons by module" if module_N is not None else "neuron", range=[n - 0.5, -0.5], showgrid=False),
        margin={"l": 8, "r": 8, "t": 88, "b": 8},
        **_trial_marks(raster, end),
    )
    ticks = "" if end == len(raster.spikes_TN) else f" Only the first {end:,} ticks are drawn, to keep the page fast."
    return Plot(
        "spikes",
        drawn,
        alt=f"Spikes of {n} neurons over {end} ticks",
        caption=(
            "Each stroke is a spike. Example trials follow one another, with their tasks above. Each trial starts from "
            f"rest. {raster.substeps} ticks are one task step of 100 ms."
            + (
                " Neurons are sorted and coloured by module. Neurons without a module are dark and at the bottom."
                if module_N is not None
                else ""
            )
            + ticks
        ),
        height=int(np.clip(120 + 5 * n, 320, 620)),
    )


def _strokes(tick: IntArray, row: IntArray, colour: str) -> go.Scatter:
    """Return all spikes of a module as one path, which is fast to draw. The page's script turns points into strokes."""
    return go.Scatter(
        x=tick.astype(np.uint32),
        y=row.astype(np.uint32),
        meta={"role": "strokes"},
        mode="lines",
        line={"color": colour, "width": 1.2},
        hoverinfo="skip",
    )


def _trial_marks(raster: Raster, end: int) -> dict[str, list[dict[str, object]]]:
    """Return a thin line at the start of each trial, and its task above."""
    shown = [(int(start), task) for start, task in zip(raster.trial_start, raster.task, strict=True) if start < end]
    line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "line": {"color": "#aaaaaa", "width": 1}}
    name: dict[str, object] = {"yref": "paper", "y": 1, "yanchor": "bottom", "xanchor": "left", "showarrow": False}
    name["textangle"] = -60 if len(shown) <= 8 else -90
    return {
        "shapes": [line | {"x0": start - 0.5, "x1": start - 0.5} for start, _ in shown],
        "annotations": [name | {"x": start, "text": label(task), "font": {"size": 11}} for start, task in shown],
    }
