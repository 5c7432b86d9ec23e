"""Comparison of our counts with SANA-FE's simulation of mappings: packets, hops, energies and time.

SANA-FE (https://github.com/SLAM-Lab/SANA-FE, GPL-3) is used in tests and benchmarks only. It is not a dependency.
"""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from hardware_models.chips.spec import load_chip
from hardware_models.mapping import Mapping, map_workload, mapping_report
from hardware_models.sanafe_files import write_sanafe
from hardware_models.workload.workload import Workload

CAUSES = {
    "soma_energy": ("neuron tick", "neuron update", "spike"),
    "synapse_energy": ("synaptic event",),
    "network_energy": ("packet", "packet received", "hop", "hop east-west", "hop north-south"),
}


def simulated(mapping: Mapping) -> dict[str, float]:
    """Return the results of SANA-FE 2.2.9 over the recording: packets, hops, joules by its names, and seconds."""
    sanafe = importlib.import_module("sanafe")
    with TemporaryDirectory() as folder:
        architecture, network = write_sanafe(mapping, Path(folder))
        chip_design = sanafe.load_arch(str(architecture))
        net = sanafe.load_net(str(network), chip_design)
    chip = sanafe.SpikingChip(chip_design)
    chip.load(net)
    with _quietly():
        ran = chip.sim(mapping.workload.ticks, timing_model="simple", processing_threads=1, perf_trace=True)
    sums = {name: float(np.sum(ran["perf_trace"][name])) for name in ("hops", *CAUSES)}
    return sums | {"packets": float(ran["packets_sent"]), "spikes": float(np.sum(ran["perf_trace"]["fired"])),
                   "seconds": float(ran["sim_time"])}  # fmt: skip


@contextmanager
def _quietly() -> Iterator[None]:
    """Discard output of compiled code, which reports every hundred ticks."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def counted(mapping: Mapping) -> dict[str, float]:
    """Return the same quantities from our report."""
    report = mapping_report(mapping)
    joules = {name: sum(term["joules"] for term in report.energy["terms"] if term["per"] in causes)
              for name, causes in CAUSES.items()}  # fmt: skip
    return joules | {
        "hops": float(report.unicast_hops),
        "packets": float(report.packets["sent"]),
        "spikes": float(report.workload["spikes"]),
        "seconds": report.latency["seconds_per_tick"] * mapping.workload.ticks,
    }


def relative_errors(mapping: Mapping) -> dict[str, float]:
    """Return the relative difference of every quantity."""
    theirs, ours = simulated(mapping), counted(mapping)
    return {name: abs(ours[name] - theirs[name]) / max(abs(theirs[name]), 1e-30) if theirs[name] != ours[name] else 0.0
            for name in theirs}  # fmt: skip


def compared(workloads: dict[str, Workload]) -> dict[str, Any]:
    """Return the errors for every network with two mappings."""
    chip, each = load_chip("loihi1"), {}
    for name, workload in workloads.items():
        for method, per_core in (("sequential", 16), ("random", 8)):
            mapping = map_workload(workload, chip, method, method, neurons_per_core=per_core)
            each[f"{name}.{method}"] = relative_errors(mapping)
    counts = [value for errors in each.values() for key, value in errors.items() if key != "seconds"]
    return {"sanafe.max_relative_error": max(counts), "sanafe.cases": each,
            "sanafe.max_latency_error": max(errors["seconds"] for errors in each.values())}  # fmt: skip
