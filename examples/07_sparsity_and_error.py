"""Sparsity against error over sweeps: figure 1 g and h of "Growing Brains", and the area behind each frontier.

This example shows that a sweep file names conditions and lists of settings, that a sweep is a table of runs, and that
frontiers are compared by the area behind them, with an interval over seeds.

    python examples/07_sparsity_and_error.py SWEEP [SWEEP ...]

SWEEP are folders that `neurogrow sweep examples/frontier-sweep.toml` writes (some hours). Given a number of steps
instead, it trains a small sweep for this number of steps. With 60 steps it prints, up to the numbers::

    4 networks of 2 conditions
    important_neurons  BIMT 0.000  L1 0.180
    wiring_length      BIMT 0.024  L1 0.028
    drawn figure-1-gh.png
"""

import sys
from pathlib import Path

from matplotlib.figure import Figure

from neurogrow import figures
from neurogrow.analysis.trade_off_report import MEASURES, TradeOffReport, by_condition
from neurogrow.pipeline.run_figures import save_figure
from neurogrow.pipeline.trade_offs import swept_networks
from neurogrow.training.sweep import run_sweep

SMALL_SWEEP = """
[tasks]
names = ["go", "anti", "dm1"]
ring = 8
[model]
rows = 8
cols = 8
[growth]
rule = "proximal"
[training]
steps = {steps}
batch_size = 32
learning_rate = 1e-2
warmup_steps = 20
[sweep]
growth.strength = [1e-4, 1e-3]
[[sweep.condition]]
name = "BIMT"
[[sweep.condition]]
name = "L1"
growth.locality = 0.0
growth.swap_every = 0
"""


def small_sweep(steps: int) -> Path:
    path, folder = Path("small-sweep.toml"), Path("runs/small-sweep")
    path.write_text(SMALL_SWEEP.format(steps=steps))
    run_sweep(path, folder)
    return folder


if __name__ == "__main__":
    first = sys.argv[1]
    networks = swept_networks([small_sweep(int(first))] if first.isdigit() else list(map(Path, sys.argv[1:])))
    report = TradeOffReport.from_networks(networks)
    figure = Figure(figsize=(10, 4), layout="constrained")
    print(f"{len(networks)} networks of {len(report.conditions)} conditions")
    for letter, ax, (measure, words) in zip("gh", figure.subplots(1, 2), MEASURES.items(), strict=True):
        areas = report.hypervolume[measure]
        print(f"{measure:<18} ", "  ".join(f"{name} {area.value:.3f}" for name, area in areas.items()), sep="")
        figures.trade_off(by_condition(networks, measure), ax, measure=words)
        ax.set_title(letter, loc="left", fontweight="bold")
    print("drawn", save_figure(figure, Path("figure-1-gh.png")))
