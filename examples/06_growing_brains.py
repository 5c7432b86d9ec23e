"""The figures of "Growing Brains" (Liu, Khona, Fiete, Tegmark 2023), drawn from run folders.

This example shows that every figure is a function that draws on an Axes, and that a report holds their data.

    python examples/06_growing_brains.py BIMT L1 NONE

BIMT, L1 and NONE are run folders, for example of the presets paper-bimt, paper-l1 and paper-none, or names of
pretrained networks. Figure 1 g and h need sweeps: see example 07. Given a number of steps instead, it trains three
small networks. After 12 steps, too few to differ by much, it prints, up to the numbers::

    BIMT 0.000 performed, 144 important neurons, isolated z 1.0, cluster size z 0.3
    L1   0.000 performed, 144 important neurons, isolated z 1.0, cluster size z 0.3
    none 0.000 performed, 144 important neurons, isolated z 1.0, cluster size z 0.3
    drawn figure-1.png, figure-2b.png
"""

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from neurogrow import figures
from neurogrow.analysis.anatomy import cluster_size, isolated_fraction
from neurogrow.analysis.nulls import shuffled_modules
from neurogrow.layout import GridLayout
from neurogrow.pipeline import analysis_of
from neurogrow.pipeline.run_figures import save_figure
from neurogrow.training import Run, load_config, train
from neurogrow.training.presets import preset_path
from neurogrow.training.pretrained import find_run

NAMES = ("BIMT", "L1", "none")


def figure_1(run, report) -> Figure:
    figure = Figure(figsize=(17, 10), layout="constrained")
    axes = list(figure.subplots(2, 3).flat)
    model = run.load_model()
    weights_NN, positions_N2 = model.recurrent_weights_RNN[0].detach().numpy(), model.layout.positions_N2
    figures.brain_map(weights_NN, positions_N2, None, axes[0])
    figures.task_variance_matrix(report.task_variance_NK, report.module_N, report.task_names, axes[1])
    figures.brain_map(weights_NN, positions_N2, report.module_N, axes[2])
    figures.performance_bars(report.performance_K, report.task_names, axes[3], ceiling_K=report.ceiling_K)
    figures.importance(report.task_variance_NK, axes[4])
    figures.weight_by_distance(report.locality, axes[5])
    for letter, ax in zip("abcdef", axes, strict=True):
        ax.set_title(letter, loc="left", fontweight="bold")
    return figure


def figure_2b(reports) -> Figure:
    figure = Figure(figsize=(12, 6), layout="constrained")
    for (name, report), (above, below) in zip(reports.items(), figure.subplots(2, 3).T, strict=True):
        layout, shuffled_SN = GridLayout(*report.grid), shuffled_modules(report.module_N, 1000, seed=0)
        isolated = partial(isolated_fraction, neighbours_N8=layout.neighbours_N8)
        extent = partial(cluster_size, positions_N2=layout.positions_N2)
        for ax, measure, words in ((above, isolated, "isolated fraction"), (below, extent, "cluster size")):
            figures.null_histogram(float(measure(report.module_N)), measure(shuffled_SN), ax, measure=words)
        above.set_title(name)
    return figure


def trained(steps: int) -> list[Run]:
    configs = {name: load_config(preset_path(f"small-{name.lower()}")) for name in NAMES}
    configs = {name: replace(c, training=replace(c.training, steps=steps)) for name, c in configs.items()}
    return [train(config, Path("runs") / name) for name, config in configs.items()]


if __name__ == "__main__":
    runs = [find_run(name) for name in sys.argv[1:]] if len(sys.argv) == 4 else trained(int(sys.argv[1]))
    reports = {name: analysis_of(run) for name, run in zip(NAMES, runs, strict=True)}
    for name, report in reports.items():
        print(f"{name:<4} {report.performance:.3f} performed, {report.n_important} important neurons,", end=" ")
        print(f"isolated z {report.chosen.isolated_fraction.z:.1f}, cluster size z {report.chosen.cluster_size.z:.1f}")
    save_figure(figure_1(runs[0], reports["BIMT"]), Path("figure-1.png"))
    save_figure(figure_2b(reports), Path("figure-2b.png"))
    print("drawn figure-1.png, figure-2b.png")
