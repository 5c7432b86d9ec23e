"""A trained network pruned, and written for other tools."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from export.parity import NirParity, OnnxParity

from ..analysis.recording import Recording, record
from ..errors import InputError
from ..network import ACTIVE_WEIGHT, GrownNetwork, SpikingNeurons
from ..pruning import prune, restore
from ..training import Run
from ..training.build import build_tasks
from .analyzing import ANALYSIS_SEED, analysis_of, save_arrays
from .network_files import ExportOptions, encoder_counts, write_network


@dataclass(frozen=True)
class Pruned:
    """A pruned network and what it can still do."""

    network: GrownNetwork
    performance: float
    """Mean over tasks of the fraction of trials performed, after pruning."""
    recording: Recording
    """The pruned network on single trials of every task; N counts all neurons of the grid."""


def prune_run(run: Run, threshold: float = ACTIVE_WEIGHT, trials_per_task: int = 100) -> Pruned:
    """Prune the trained network, measure what is left, and write ``network.safetensors``."""
    modules_N = analysis_of(run).module_N
    config = run.config
    origin = {"run": run.path.name, "tasks": ",".join(config.tasks.names), "model": run.fingerprint()}
    network = prune(run.load_model(), threshold, modules_N, origin)
    recording = record(restore(network), build_tasks(config), trials_per_task, ANALYSIS_SEED)
    performance = float(recording.performance_K.mean())
    network = replace(network, metadata=network.metadata | {"performance": repr(performance)})
    network.save(run.path / "network.safetensors")
    return Pruned(network, performance, recording)


@dataclass(frozen=True)
class Exported:
    """The files written, and how they compare with the network."""

    pruned: Pruned
    files: tuple[Path, ...]
    nir: NirParity | None
    """None for a rate network: NIR has no rate neurons."""
    onnx: OnnxParity


def pruned_before(run: Run) -> GrownNetwork | None:
    """Return the run's ``network.safetensors`` if it was pruned from the weights that the run has now."""
    path = run.path / "network.safetensors"
    network = GrownNetwork.load(path) if path.exists() else None
    return network if network and network.metadata.get("model") == run.fingerprint() else None


def export_run(
    run: Run, threshold: float | None = None, out: Path | None = None, options: ExportOptions | None = None
) -> Exported:
    """Prune and write ``network.onnx`` and, of a spiking network, ``network.nir`` with its spikes; measure parity.

    What is compared is what a reader gets from the *file*, on trials of every task. Without a threshold it is that of
    an earlier pruning of the same weights, or else the paper's. Files go to ``out``, by default the run's folder.
    """
    before = pruned_before(run)
    kept = float(before.metadata["pruning_threshold"]) if before else ACTIVE_WEIGHT
    pruned, folder = prune_run(run, kept if threshold is None else threshold), out or run.path
    network, tasks = pruned.network, build_tasks(run.config)
    written = write_network(network, tasks, folder, options or ExportOptions(), seed=ANALYSIS_SEED)
    files = written.files
    if isinstance(network.neurons, SpikingNeurons):
        of_encoder = encoder_counts(network, tasks, pruned.recording.mask_TB, ANALYSIS_SEED)
        files = (*files, save_arrays(folder / "spikes.npz", of_encoder | spike_counts(pruned)))
    return Exported(pruned, files, written.nir, written.onnx)


def spike_counts(pruned: Pruned) -> dict[str, Any]:
    """Spikes of each neuron left, and the ticks and trials in which they were counted, as the chip models take them."""
    network, recording = pruned.network, pruned.recording
    if not isinstance(network.neurons, SpikingNeurons):
        raise InputError("Only a spiking network has spikes to count; grow one with `neurogrow spike`.")
    substeps = network.neurons.substeps
    per_step_TBN = recording.activity_TBN[:, :, network.neuron_id_N] * recording.mask_TB[:, :, None] * substeps
    return {
        "hidden": np.rint(per_step_TBN).astype(np.int64).sum((0, 1)),
        "ticks": int(recording.mask_TB.sum()) * substeps,
        "trials": recording.mask_TB.shape[1],
    }
