"""Grow a recurrent network by brain-inspired modular training, measure it, and draw its neurons at their places.

This example shows that a configuration is a frozen dataclass, that training leaves a folder, that a measurement is a
value, and that a figure is drawn on Axes. See the lines of ``config``, ``run``, ``report``, ``model`` and ``ax``.

    python examples/01_grow_a_network.py [STEPS]

STEPS is the number of training steps. With the default, 1,500, performance is 0.85 with 3,137 connections, and fewer
neurons are isolated than by chance (0.345 against 0.458 +- 0.054). Run again, it continues from the folder that it
finds. With 40 steps (seconds, hardly trained) it prints, up to the numbers::

    trained            runs/grow
    performance        0.000
    important neurons  144 of 144
    connections        13212
    wiring length      8687.6
    modules            12
    isolated fraction  0.521, shuffled 0.509 +- 0.048
    drawn              brain_map.png
"""

import sys
from pathlib import Path

from neurogrow.figures import brain_map
from neurogrow.pipeline import analyze
from neurogrow.training import GrowthConfig, ModelConfig, TrainConfig, TrainingConfig, train


def main(steps: int) -> None:
    config = TrainConfig(
        model=ModelConfig(rows=12, cols=12),
        growth=GrowthConfig(strength=2e-4, locality=1.0, swap_every=100),
        training=TrainingConfig(steps=steps, batch_size=32, ticks=64, learning_rate=2e-3),
    )
    folder = Path("runs/grow")
    run = train(config, folder, resume=folder.exists())
    report = analyze(run)
    model = run.load_model()
    weights_NN = model.recurrent_weights_RNN[0].detach().numpy()
    ax = brain_map(weights_NN, model.layout.positions_N2, report.module_N)
    ax.figure.savefig("brain_map.png", dpi=150)

    isolated = report.chosen.isolated_fraction
    print(f"trained            {run.path}")
    print(f"performance        {report.performance:.3f}")
    print(f"important neurons  {report.n_important} of {model.layout.n_neurons}")
    print(f"connections        {report.active_connections}")
    print(f"wiring length      {report.wiring_length:.1f}")
    print(f"modules            {report.chosen.k}")
    print(f"isolated fraction  {isolated.value:.3f}, shuffled {isolated.null_mean:.3f} +- {isolated.null_sd:.3f}")
    print("drawn              brain_map.png")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1500)
