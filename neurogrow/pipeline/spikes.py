"""Spike counts of a run's pruned network, in ``spikes.npz``: how much each neuron sends, for the chip models."""

from typing import Any

import numpy as np

from export.nir.graph import read_nir

from ..errors import InputError
from ..network import SpikingNeurons
from ..training import Run
from .analyzing import ANALYSIS_SEED
from .network_files import encoder_counts
from .pruning import NETWORK_FILE, PRUNE, Pruned, pruned_before
from .raster import load_arrays, save_arrays
from .runner import bring
from .stage import CONFIG, Settings, Stage, fixed

SPIKES_FILE, NIR_FILE = "spikes.npz", "network.nir"


def spike_counts(pruned: Pruned) -> dict[str, Any]:
    """Return the spikes of each neuron left, and the ticks and trials in which they were counted.

    Raises
    ------
    InputError
        If it is a rate network.
    """
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


def all_spike_counts(run: Run, pruned: Pruned) -> dict[str, Any]:
    """Return :func:`spike_counts`, and of a network with an encoder the spikes of its neurons as well."""
    tasks = run.load_source()
    counts = encoder_counts(pruned.network, tasks, pruned.recording.mask_TB, ANALYSIS_SEED)
    return counts | spike_counts(pruned)


def written_from_network(run: Run) -> bool:
    """Return whether ``network.nir`` holds the run's pruned network and ``spikes.npz`` is there.

    For folders of earlier versions, which have no records: the two files were written together.
    """
    network = pruned_before(run)
    files = [run.path / name for name in (NIR_FILE, SPIKES_FILE)]
    return bool(network and all(file.is_file() for file in files) and read_nir(files[0]).metadata == network.metadata)


def _counted(run: Run) -> dict[str, Any]:
    counts = all_spike_counts(run, bring(run, PRUNE))
    save_arrays(run.path / SPIKES_FILE, counts)
    return counts


def _stated_settings(run: Run) -> Settings | None:
    exported_since = (run.path / "stages" / "export.json").exists()  # network.nir may then be newer than spikes.npz
    return {} if not exported_since and written_from_network(run) else None


SPIKES = Stage(
    name="spikes",
    reads=(NETWORK_FILE, CONFIG),
    writes=fixed(SPIKES_FILE),
    compute=_counted,
    load=lambda run, _: load_arrays(run.path / SPIKES_FILE),
    after=(PRUNE,),
    stated_settings=_stated_settings,
)
"""Counts the spikes of the pruned network on single trials of every task."""
