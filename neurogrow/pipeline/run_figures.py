"""Figures of runs and of comparisons as PNG files: their content and their size."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..analysis import ModularityReport
from ..analysis.conditions import ConditionComparison
from ..analysis.emergence import Emergence
from ..analysis.lesion_report import LesionReport
from ..analysis.transfer import TransferReport
from ..figures import (
    brain_map,
    co_emergence,
    condition_intervals,
    emergence_curves,
    lesion_matrix,
    modularity_over_k,
    performance_bars,
    task_variance_matrix,
    training_curves,
    transfer_curves,
    weight_by_distance,
)
from ..io.files import replacing
from ..training import Run
from ..training.run import describe


def draw_comparison(runs: Sequence[Run], reports: Sequence[ModularityReport], path: Path) -> Path:
    """Draw networks as brain maps side by side, with performance per task below, and write the PNG."""
    tasks = max(len(report.task_names) for report in reports)
    heights = (4.9, max(2.5, 0.125 * tasks))
    figure = Figure(figsize=(4.6 * len(runs), sum(heights)), layout="constrained")
    axes = figure.subplots(2, len(runs), squeeze=False, height_ratios=heights)
    for run, report, (brain, bars) in zip(runs, reports, axes.T, strict=True):
        model = run.load_model()
        brain_map(model.recurrent_weights_RNN[0].detach().numpy(), model.layout.positions_N2, report.module_N, brain)
        performance_bars(report.performance_K, report.task_names, bars, ceiling_K=report.ceiling_K)
        brain.set_title(f"{run.path.name}\n{describe(run.config)}", fontsize=9)
    return save_figure(figure, path)


DRAWN_MEASURES = (
    "performance", "important_neurons", "active_connections", "wiring_length", "isolated_fraction_z",
    "cluster_size_z", "community_q_z", "module_q_z", "agreement_z", "similarity_with_weight_z",
)  # fmt: skip
"""Measures in the figure of conditions."""


def draw_conditions(compared: ConditionComparison, path: Path) -> Path:
    """Draw the main measures of conditions with every network and the intervals, one panel each; write the PNG."""
    figure = Figure(figsize=(15, 6.4), layout="constrained")
    for measure, ax in zip(DRAWN_MEASURES, figure.subplots(2, 5).flat, strict=True):
        intervals = {condition.name: condition.measures[measure] for condition in compared.conditions}
        condition_intervals(intervals, ax, null=measure.endswith("_z"))
        ax.set_title(measure.replace("_", " "), fontsize=10)
    return save_figure(figure, path)


def draw_run(run: Run, report: ModularityReport) -> list[Path]:
    """Draw the run's brain map, performance, locality and modules as PNGs into ``figures/``."""
    model = run.load_model()
    weights_NN = model.recurrent_weights_RNN[0].detach().numpy()
    drawings: dict[str, Callable[[Axes], Axes]] = {
        "brain_map": lambda ax: brain_map(weights_NN, model.layout.positions_N2, report.module_N, ax),
        "performance": lambda ax: performance_bars(
            report.performance_K, report.task_names, ax, ceiling_K=report.ceiling_K
        ),
        "weight_by_distance": lambda ax: weight_by_distance(report.locality, ax),
        "task_variance": lambda ax: task_variance_matrix(
            report.task_variance_NK, report.module_N, report.task_names, ax
        ),
        "modularity_over_k": lambda ax: modularity_over_k(report, ax),
    }
    if metrics := run.metrics():  # a converted network has not been trained
        drawings["training"] = lambda ax: training_curves(metrics, ax)
    by_task = (7, max(4, 0.8 + 0.16 * len(report.task_names)))
    sizes = {"brain_map": (6, 6), "performance": by_task, "task_variance": by_task}
    paths = []
    for name, draw in drawings.items():
        figure = Figure(figsize=sizes.get(name, (7, 4)), layout="constrained")
        draw(figure.add_subplot())
        paths.append(save_figure(figure, run.path / "figures" / f"{name}.png"))
    return paths


def draw_lesions(run: Run, report: LesionReport) -> Path:
    """Draw the run's lesion matrix, modules x tasks, as a PNG into ``figures/``."""
    modules, tasks = report.drop_MK.shape
    figure = Figure(figsize=(2.2 + 0.3 * tasks, 1.6 + 0.26 * modules), layout="constrained")
    lesion_matrix(report, figure.add_subplot())
    return save_figure(figure, run.path / "figures" / "lesions.png")


def draw_transfer(reports: Mapping[str, TransferReport], path: Path) -> Path:
    """Draw the learning curves of networks on the same new tasks, and write the PNG."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    transfer_curves(reports, figure.add_subplot())
    return save_figure(figure, path)


def draw_emergence(run: Run, growth: Emergence) -> Path:
    """Draw functional and anatomical modularity along training as a PNG in ``figures/``."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    co_emergence(growth, figure.add_subplot())
    return save_figure(figure, run.path / "figures" / "co_emergence.png")


def draw_emergences(conditions: Mapping[str, Sequence[Emergence]], path: Path) -> Path:
    """Draw the measures of conditions along training, one panel each, and write the PNG."""
    figure = Figure(figsize=(9, 6.4), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True)
    for measure, ax in zip(("performance_S", "silhouette_S", "isolated_S", "compactness_S"), axes.flat, strict=True):
        emergence_curves(conditions, measure, ax)
    for ax in axes[0]:
        ax.set_xlabel("")
    axes[0, 0].legend(loc="lower right", frameon=False)
    return save_figure(figure, path)


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure as a PNG, whole or not at all."""
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=150)
    return path
