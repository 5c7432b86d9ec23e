"""Report sections on lesions of modules, and on transfer to new tasks."""

import numpy as np
import plotly.graph_objects as go

from ..analysis.lesion_report import ControlComparison, LesionReport
from ..analysis.transfer import TransferCurve, TransferReport
from ..figures.canvas import MARKED_Z, NETWORK_COLOURS
from .blocks import Plot, Section
from .context import RunFiles
from .format import percent, score, significant
from .style import INK, axis, figure, label, scale_below

VIRIDIS = [(0, "#440154"), (0.25, "#3b528b"), (0.5, "#21918c"), (0.75, "#5ec962"), (1, "#fde725")]


def substrate_sections(files: RunFiles) -> tuple[Section, ...]:
    """Return the sections on lesions and on transfer; empty if they were not measured."""
    sections = []
    if files.lesions is not None:
        sections.append(Section("lesions", "Lesions of modules", (lesion_matrix(files.lesions),)))
    if files.transfer is not None:
        sections.append(Section("transfer", "Transfer to new tasks", (transfer_curves(files.transfer),)))
    return tuple(sections)


def lesion_matrix(report: LesionReport) -> Plot:
    """Draw the drop in performance of every task under the lesion of each module, with dots on large drops."""
    tasks = [label(name) for name in report.task_names]
    modules = [f"{each.module} ({each.neurons})" for each in report.modules]
    drop_z_MK = np.stack([each.drop_z_K for each in report.modules])
    control_MK = np.stack([each.control_mean_K for each in report.modules])
    matrix = go.Heatmap(
        z=report.drop_MK.round(4),
        x=tasks,
        y=modules,
        colorscale=VIRIDIS,
        zmin=0,
        zmax=1,
        colorbar=scale_below("drop in performance"),
        customdata=np.stack([control_MK, drop_z_MK], -1).round(3),
        hovertemplate="module %{y} silent<br>%{x}: drop %{z:.2f}<br>"
        "random lesions: %{customdata[0]:.2f} (z %{customdata[1]:+.1f})<extra></extra>",
    )
    module, task = np.nonzero(drop_z_MK > MARKED_Z)
    dots = go.Scatter(
        x=[tasks[k] for k in task],
        y=[modules[m] for m in module],
        mode="markers",
        marker={"size": 5, "color": ["white" if d < 0.5 else "black" for d in report.drop_MK[module, task]]},
        hoverinfo="skip",
    )
    drawn = figure(
        [matrix, dots],
        xaxis=axis(ticks="", showgrid=False, tickangle=-90, side="top"),
        yaxis=axis("module (neurons)", autorange="reversed", ticks="", showgrid=False, type="category"),
        margin={"l": 8, "r": 8, "t": 80, "b": 96},
    )
    return Plot(
        "matrix",
        drawn,
        alt=f"Matrix of the drop in performance of {len(tasks)} tasks with each of {len(modules)} modules silent",
        caption=(
            f"Drop in performance of each task ({report.trials_per_task} trials each, the same for all lesions) when "
            "one functional module is silenced. A lesion sets all weights from and to the module's neurons to zero. A "
            "dot marks a drop more than two standard deviations above the mean of "
            f"{report.draws} random lesions with as many important neurons. The mean drop is "
            f"{_with_control(report.mean_drop)}. Selectivity is 0 if performance drops equally on all tasks, and 1 if "
            f"it drops on one task only; here it is {_with_control(report.selectivity)}."
        ),
        height=220 + 22 * len(modules),
    )


def _with_control(measure: ControlComparison) -> str:
    control = f"{significant(measure.control_mean)} ± {significant(measure.control_sd)}"
    return f"{significant(measure.value)}, compared with {control} for random lesions (z {score(measure.z)})"


def transfer_curves(report: TransferReport) -> Plot:
    """Draw performance on the new tasks against trials seen, with trained and with shuffled recurrent weights."""
    ceiling = float(report.ceiling_K.mean())
    curves = [
        *_curve(report, report.grown, "trained", NETWORK_COLOURS[0], "solid"),
        *_curve(report, report.shuffled, "shuffled", NETWORK_COLOURS[1], "dash"),
    ]
    level = report.criterion * ceiling
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level}
    drawn = figure(
        curves,
        xaxis=axis("trials of the new tasks seen", type="log", exponentformat="none", nticks=6),
        yaxis=axis("performance", range=[0, 1.02]),
        shapes=[line | {"line": {"color": INK, "width": 1, "dash": "dot"}}],
        showlegend=True,
        margin={"l": 8, "r": 8, "t": 64, "b": 8},
    )
    parts = "rule inputs and readout" if report.settings.get("readout") else "rule inputs"
    return Plot(
        "curves",
        drawn,
        alt="Curves of performance on new tasks against trials seen, with trained and with shuffled weights",
        caption=(
            f"Learning of {', '.join(report.task_names)} after training on {len(report.trained_names)} other tasks. "
            f"Only the new {parts} are trained; all other weights are frozen. Lines are means over tasks and "
            f"{len(report.grown.final_R)} draws of the new rule inputs. Bands show the range over draws. In shuffled "
            "networks, each neuron's recurrent weights are shuffled among its own connections. The dotted line is the "
            f"criterion, {percent(report.criterion)} of the ideal observer's {significant(ceiling)}. The median number "
            f"of trials to the criterion is {significant(report.grown.median_trials)} with trained weights, and "
            f"{significant(report.shuffled.median_trials)} with shuffled weights. A dash means that half of the draws "
            "or more did not reach it."
        ),
    )


def _curve(report: TransferReport, curve: TransferCurve, name: str, colour: str, dash: str) -> list[go.Scatter]:
    # The first point, before any trial, cannot be drawn on a logarithmic axis.
    trials, mean_RP = report.trials_P[1:].tolist(), curve.mean_RP[:, 1:].round(4)
    around = np.concatenate([mean_RP.max(0), mean_RP.min(0)[::-1]])
    band = {"fill": "toself", "fillcolor": colour, "opacity": 0.15, "mode": "none", "hoverinfo": "skip"}
    return [
        go.Scatter(x=trials + trials[::-1], y=around, showlegend=False, **band),
        go.Scatter(
            x=trials,
            y=mean_RP.mean(0),
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            hovertemplate=f"%{{x:,}} trials<br>{name}: %{{y:.3f}}<extra></extra>",
        ),
    ]
