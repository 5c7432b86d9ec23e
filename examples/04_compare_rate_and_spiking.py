"""Compare a rate network with its spiking counterpart: do the same modules form on the same grid and tasks?

This example shows a table of measures of several networks, the agreement of two networks neuron by neuron, and a figure
with the neurons of both at their places. It uses the networks of example 02 again if they are in the same folder.

    python examples/04_compare_rate_and_spiking.py [STEPS]

STEPS is the number of training steps of each network. With the default, 1,000, they perform 0.97 and 0.92 of their
trials. After so short a training, their modules agree no better than chance, and do not lie together yet. With 40 steps
it prints, up to the numbers::

    network  performance  important  wiring  isolated fraction (p)  cluster size (p)
    rate           0.000         64  1984.6          0.750 (0.610)        0.270 (0.084)
    spiking        0.000         64  1791.6          0.734 (0.961)        0.286 (0.755)
    rate and spiking: 64 neurons important in both
      adjusted mutual information of their modules  0.262
      fraction in matching modules                  0.453
      correlation of task variance                  0.615
    drawn    comparison/comparison.png
"""

import sys
from dataclasses import replace
from pathlib import Path

from neurogrow.pipeline import analysis_of, compare_runs, spike_run
from neurogrow.pipeline.run_figures import draw_comparison
from neurogrow.training import GrowthConfig, ModelConfig, TasksConfig, TrainConfig, TrainingConfig, train


def main(steps: int) -> None:
    rate_config = TrainConfig(
        tasks=TasksConfig(("go", "anti", "dlygo", "dm1", "dms"), ring=8),
        model=ModelConfig(rows=8, cols=8),
        growth=GrowthConfig(strength=2e-4, locality=1.0, swap_every=100),
        training=TrainingConfig(steps=steps, batch_size=32, ticks=64, learning_rate=2e-3),
    )
    spiking_model = replace(rate_config.model, kind="spiking", substeps=2)
    spiking_config = replace(rate_config, model=spiking_model)

    rate_path, spiking_path = Path("runs/rate"), Path("runs/spiking")
    rate = train(rate_config, rate_path, resume=rate_path.exists())
    spiking = spike_run(rate, spiking_config, spiking_path, resume=spiking_path.exists())
    runs = (rate, spiking)
    comparison = compare_runs(runs, Path("comparison"))
    reports = [analysis_of(run) for run in runs]

    print("network  performance  important  wiring  isolated fraction (p)  cluster size (p)")
    for row in comparison.rows:
        isolated, size = row.isolated_fraction, row.cluster_size
        print(f"{row.name:<8} {row.performance:11.3f} {row.important_neurons:10d} {row.wiring_length:7.1f}", end=" ")
        print(f"{isolated.value:14.3f} ({isolated.p:.3f}) {size.value:12.3f} ({size.p:.3f})")
    for pair in comparison.agreements:
        print(f"{pair.first} and {pair.second}: {pair.shared_neurons} neurons important in both")
        print(f"  adjusted mutual information of their modules  {pair.adjusted_mutual_information:.3f}")
        print(f"  fraction in matching modules                  {pair.matched_fraction:.3f}")
        print(f"  correlation of task variance                  {pair.task_variance_correlation:.3f}")
    print(f"drawn    {draw_comparison(runs, reports, Path('comparison/comparison.png'))}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
