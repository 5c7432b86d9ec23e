"""A grown network written as NIR and ONNX files, and compared with what readers of these files compute."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from export.nir.dialects import find_dialect, write_dialect
from export.nir.graph import to_nir, write_nir
from export.nir.modular import write_modular_nir
from export.onnx.model import write_onnx
from export.parity import NirParity, OnnxParity, measure_nir, measure_onnx, write_parity
from export.readers import find_readers

from ..arrays import BoolArray, FloatArray, IntArray
from ..equations import encoded
from ..models import GridRNN, RateRNN, SpikingRNN
from ..network import GrownNetwork, RateNeurons, SpikingNeurons
from ..pruning import restore
from ..tasks import TaskBatch, TrialSource

_LANES = 250
"""Trials that run at once while spikes are counted; this bounds the memory."""
PARITY_TRIALS = 5
"""Trials of each task on which exported files are compared, over all their ticks and neurons."""


@dataclass(frozen=True)
class ExportOptions:
    """Further files of an export, the form of the ONNX file, and the readers that files are compared with."""

    dialects: tuple[str, ...] = ()
    """Further NIR files, ``network-<dialect>.nir``."""
    modular: bool = False
    """Also ``network-modular.nir``, with one population of neurons for each functional module."""
    sparse: bool = False
    """Sparse initialisers in the ONNX file."""
    double: bool = False
    """A rate network's ONNX file in float64."""
    readers: tuple[str, ...] | None = None
    """Readers of NIR files by name; None for all that are installed."""


@dataclass(frozen=True)
class Written:
    """The files, and how they compare with the network."""

    files: tuple[Path, ...]
    nir: NirParity | None
    """None for a rate network: NIR has no rate neurons."""
    onnx: OnnxParity


def write_network(
    network: GrownNetwork, tasks: TrialSource, folder: Path, options: ExportOptions, seed: int
) -> Written:
    """Write ``network.onnx`` and, of a spiking network, ``network.nir``; compare what readers get; write parity.json.

    Raises
    ------
    InputError
        If a dialect or a reader is not known or cannot represent the network, or a rate network is asked for as NIR.
    """
    readers = find_readers(options.readers)
    batch, model = tasks.single_trials(PARITY_TRIALS, seed=seed), restore(network)
    inputs_TBI, perform = batch.inputs_TBI.double().numpy(), _perform(tasks, batch)
    files = _write_nir_files(network, folder, options)
    onnx_path = write_onnx(network, folder / "network.onnx", sparse=options.sparse, double=options.double)
    nir = None
    if isinstance(model, SpikingRNN):
        modular = folder / "network-modular.nir" if options.modular else None
        spikes_TBN = _spikes(model, network, batch)
        nir = measure_nir(files[0], inputs_TBI, spikes_TBN, readers=readers, perform=perform, modular=modular)
    onnx = measure_onnx(onnx_path, network, inputs_TBI, _logits(model, batch, options.double), perform)
    write_parity(folder / "parity.json", nir=nir, onnx=onnx)
    return Written((onnx_path, *files), nir, onnx)


def encoder_counts(network: GrownNetwork, tasks: TrialSource, mask_TB: BoolArray, seed: int) -> dict[str, IntArray]:
    """Return the spikes of each encoder neuron within the trials of a recording, as ``encoder``; nothing without one.

    Parameters
    ----------
    network, tasks
        The network, and the tasks of the recording.
    mask_TB
        Which task steps of the recording belong to a trial.
    seed
        Seed of the recording's trials; they are drawn again.
    """
    if network.encoder is None or not isinstance(network.neurons, SpikingNeurons):
        return {}
    substeps, trials = network.neurons.substeps, mask_TB.shape[1] // len(tasks.names)
    inputs_TBI = tasks.single_trials(trials, seed=seed).inputs_TBI.double().numpy()
    counts_E = np.zeros(len(network.encoder.bias_E), dtype=np.int64)
    for first in range(0, inputs_TBI.shape[1], _LANES):
        lanes = slice(first, first + _LANES)
        spikes_TBE = encoded(network, np.repeat(inputs_TBI[:, lanes], substeps, axis=0))
        counts_E += spikes_TBE[np.repeat(mask_TB[:, lanes], substeps, axis=0)].sum(0).astype(np.int64)
    return {"encoder": counts_E}


def _write_nir_files(network: GrownNetwork, folder: Path, options: ExportOptions) -> tuple[Path, ...]:
    """Write the canonical NIR file and those in dialects; for a rate network write nothing."""
    dialects = [find_dialect(name) for name in options.dialects]
    if isinstance(network.neurons, RateNeurons) and not (dialects or options.modular):
        return ()
    graph = to_nir(network)
    for dialect in dialects:
        dialect.translate(graph)  # refuses before anything is written
    files = [write_nir(network, folder / "network.nir")]
    files += [write_dialect(graph, dialect, folder / f"network-{dialect.name}.nir") for dialect in dialects]
    if options.modular:
        files.append(write_modular_nir(network, folder / "network-modular.nir"))
    return tuple(files)


def _perform(tasks: TrialSource, batch: TaskBatch) -> Callable[[FloatArray], float]:
    def perform(logits_TBO: FloatArray) -> float:
        return float(tasks.performance(torch.as_tensor(np.asarray(logits_TBO)), batch).double().mean())

    return perform


@torch.no_grad()
def _spikes(model: SpikingRNN, network: GrownNetwork, batch: TaskBatch) -> BoolArray:
    return np.asarray(model.spikes(batch.inputs_TBI)[0][..., network.neuron_id_N].bool().numpy())


@torch.no_grad()
def _logits(model: GridRNN, batch: TaskBatch, double: bool) -> FloatArray:
    """Return the model's logits in the precision of the ONNX file; for rates, with the file's order of sums."""
    precise = model if double or isinstance(model, SpikingRNN) else model.float()
    if isinstance(precise, RateRNN):
        return np.asarray(precise.stepped_logits(batch.inputs_TBI.to(precise.output_bias_RO.dtype)).double().numpy())
    return np.asarray(precise(batch.inputs_TBI).logits_RTBO[0].double().numpy())
