"""The usual flow in ten statements: train, spike, analyze, prune, export, map, compare, report.

This example shows that one import gives every stage, and that each stage takes a run. Small settings keep it short.

    python examples/00_in_ten_lines.py

Two networks of 6 x 6 neurons learn two tasks in about half a minute. Run again, the finished networks are opened, not
trained again. It prints, up to the numbers::

    performance 0.97, pruned 0.96, modules agree at 0.10
    0 spike bins differ, 151052 hops on loihi1, runs/report.html
"""

import neurogrow as ng

small = {"tasks.names": ["go", "anti"], "tasks.ring": 8, "model.rows": 6, "model.cols": 6, "training.steps": 250}
rate = ng.train("small-bimt", "runs/rate", settings=small)
spiking = ng.spike(rate, "small-spiking", settings=small)
report, pruned = ng.analyze(spiking), ng.prune(spiking)
mismatches = ng.export(spiking, readers=["numpy"]).nir.readers[0].differing_bins
hops = ng.map(spiking, "loihi1", neurons_per_core=4).chosen.spike_hops
pair = ng.compare([rate, spiking], "runs/comparison").agreements[0].adjusted_mutual_information
page = ng.write_report([rate, spiking], "runs/report.html")
print(
    f"performance {report.performance:.2f}, pruned {pruned.performance:.2f}, modules agree at {pair:.2f}\n"
    f"{mismatches} spike bins differ, {hops} hops on loihi1, {page}"
)
