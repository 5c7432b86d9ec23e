"""Every stage on a small network.

A rate network is grown on all 20 tasks, and its spiking counterpart on the same grid. Both are measured, pruned and
exported, and the spiking one is mapped onto a chip.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from export.parity import ROUNDING_READERS

from . import pipeline
from .analysis import ModularityReport
from .analysis.nulls import NullComparison
from .errors import InputError
from .report import write_report
from .training import load_config, train
from .training.presets import preset_path
from .training.run import grown

CHIP = "loihi1"
NEURONS_PER_CORE = 4
"""Far below the chip's 1,024, so that a network of a hundred neurons spreads over many cores."""

ProgressBar = Callable[[str], AbstractContextManager[object]]


def run_demo(out: Path, progress_bar: ProgressBar, say: Callable[[str], None]) -> dict[str, Any]:
    """Run the demo in ``out`` and return its results, nested by subject.

    Parameters
    ----------
    out
        Folder for the runs ``rate`` and ``spiking`` and for ``report.html``. Finished stages are not repeated, and
        interrupted training continues.
    progress_bar
        Shows the progress of training in its context, under a title.
    say
        Called with a message when a stage begins.
    """
    rate_config = load_config(preset_path("small-bimt"))
    spiking_config = load_config(preset_path("small-spiking"))
    with progress_bar("rate network"):
        rate = grown(rate_config, out / "rate", partial(train, rate_config))
    with progress_bar("spiking network"):
        grow = partial(pipeline.spike_run, rate, spiking_config)
        spiking = grown(spiking_config, out / "spiking", grow)
    say("Analysing, pruning, exporting")
    reports = [pipeline.analyze(run) for run in (rate, spiking)]
    exported = [pipeline.export_run(run) for run in (rate, spiking)]
    say(f"Mapping onto {CHIP}")
    mapped = pipeline.map_run(spiking, CHIP, neurons_per_core=NEURONS_PER_CORE)
    comparison = pipeline.compare_runs((rate, spiking), out)
    page = write_report((rate, spiking), out / "report.html")
    networks = {
        name: _measures(report) | _pruned(done.pruned)
        for name, report, done in zip(("rate", "spiking"), reports, exported, strict=True)
    }
    return networks | {
        "agreement": [asdict(pair) for pair in comparison.agreements],
        "parity": _parity(*exported),
        "mapping": _mapping(mapped),
        "report": str(page),
    }


def _measures(report: ModularityReport) -> dict[str, Any]:
    return {
        "performance": report.performance,
        "important_neurons": report.n_important,
        "active_connections": report.active_connections,
        "wiring_length": report.wiring_length,
        "modules": report.chosen.k,
        "isolated_fraction": _against_null(report.chosen.isolated_fraction),
        "cluster_size": _against_null(report.chosen.cluster_size),
    }


def _against_null(measure: NullComparison) -> dict[str, float | None]:
    return {"value": measure.value, "z": measure.z, "p": measure.p}


def _pruned(pruned: pipeline.Pruned) -> dict[str, Any]:
    return {
        "pruned_performance": pruned.performance,
        "pruned_neurons": pruned.network.n_neurons,
        "pruned_connections": int(pruned.network.recurrent_weights_NN.nnz),
    }


def _parity(rate: pipeline.Exported, spiking: pipeline.Exported) -> dict[str, Any]:
    """Return the differences between the results of the files and of the networks.

    ``nir_mismatched_bins`` is the largest over the readers that can be exact. ``onnx_max_abs_diff`` compares the logits
    of the file with those of the pruned network in float32, the precision of training. ``onnx_max_abs_diff_float64``
    compares them with the same equations in float64.
    """
    readers = spiking.nir.readers if spiking.nir else ()
    exact = [reader for reader in readers if reader.name not in ROUNDING_READERS]
    return {
        "nir_mismatched_bins": max(reader.differing_bins for reader in exact),
        "nir_bins": spiking.nir and spiking.nir.bins,
        "nir_readers": {reader.name: reader.differing_bins for reader in readers},
        "onnx_max_abs_diff": rate.onnx.max_logits_difference_to_training_model,
        "onnx_max_abs_diff_float64": rate.onnx.max_logits_difference,
        "onnx_max_abs_logit": rate.onnx.max_logit,
        "onnx_spiking_mismatched_bins": spiking.onnx.differing_bins,
    }


def _mapping(mapped: pipeline.Mapped) -> dict[str, Any]:
    chosen, random = mapped.chosen, mapped.random
    if random is None:
        raise InputError(f"The demo's random baseline does not fit: {mapped.random_refused}")
    return {
        "chip": chosen.chip["name"],
        "neurons_per_core": NEURONS_PER_CORE,
        "cores_used": chosen.cores_used,
        "cores_used_random": random.cores_used,
        "spike_hops": chosen.spike_hops,
        "spike_hops_random": random.spike_hops,
        "energy_joules_per_trial": chosen.energy and chosen.energy["per_trial"],
        "energy_joules_per_trial_random": random.energy and random.energy["per_trial"],
        "gap_to_bound": chosen.bounds["spike_hops_of_partition_gap"],
        "valid": chosen.valid and random.valid,
    }
