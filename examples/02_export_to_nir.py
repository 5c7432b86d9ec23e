"""Grow the spiking counterpart of a rate network, prune it, write it as NIR, and read the file with plain ``nir``.

This example shows that a rate network has no NIR form, but its spiking counterpart has. The pruned network is exported.
Parity is measured from the file, spike by spike. Here two readers run the file; by default all installed readers do.

    python examples/02_export_to_nir.py [STEPS]

STEPS is the number of training steps of each network. With the default, 1,000, the spiking network performs 0.92 of its
trials, and 0.83 after pruning, with 1,276 of 4,096 connections left. With 40 steps it prints, up to the numbers::

    neurons left       64
    connections left   2786
    performance        0.000
    spikes compared    5936 in 40960 bins
      numpy          0 bins differ
      snntorch       0 bins differ
      training model 0 bins differ
    one tick lasts     0.05 s
      hidden         LIF    -> recurrent, output_weights
      input          Input  -> input_weights
      input_weights  Affine -> hidden
      output         Output -> nothing
      output_weights Affine -> readout
      readout        LI     -> output
      recurrent      Linear -> hidden
"""

import sys
from dataclasses import replace
from pathlib import Path

import nir

from neurogrow.pipeline import export_run, spike_run
from neurogrow.pipeline.network_files import ExportOptions
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
    exported = export_run(spiking, options=ExportOptions(readers=("numpy", "snntorch")))

    network, parity = exported.pruned.network, exported.nir
    print(f"neurons left       {network.n_neurons}")
    print(f"connections left   {network.recurrent_weights_NN.nnz}")
    print(f"performance        {exported.pruned.performance:.3f}")
    print(f"spikes compared    {parity.spikes} in {parity.bins} bins")
    for reader in parity.readers:
        print(f"  {reader.name:<14} {reader.differing_bins} bins differ")

    graph = nir.read(spiking.path / "network.nir")
    print(f"one tick lasts     {graph.metadata['dt']} s")
    for name, node in graph.nodes.items():
        after = ", ".join(post for pre, post in graph.edges if pre == name)
        print(f"  {name:<14} {type(node).__name__:<6} -> {after or 'nothing'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
