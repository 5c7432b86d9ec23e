"""Does the file do what was trained? Measured from the file itself, spike for spike, with every reader there is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from neurogrow.arrays import AnyArray, BoolArray, FloatArray
from neurogrow.errors import InputError
from neurogrow.files import write_json
from neurogrow.network import GrownNetwork, SpikingNeurons

from .equations import rate_reference, spiking_reference
from .nir_graph import check_form, read_graph, read_nir
from .onnx_model import OPSET, run_onnx
from .recording import Reader, Recording
from .reference import simulate
from .snntorch_reader import run_snntorch

READERS: dict[str, Reader] = {
    "network equations, float64": lambda path, currents_TBI: spiking_reference(read_nir(path), currents_TBI),
    "snnTorch, float64": run_snntorch,
    "snnTorch, float32": partial(run_snntorch, dtype=torch.float32),
}
"""The readers a file is measured with, by name."""

ROUNDING_READERS = ("snnTorch, float32",)
"""Readers that compute in less precision than the file holds: a bin in which they differ is rounding, not a mistake."""

TRAINING_MODEL = "training model"


@dataclass(frozen=True)
class ReaderParity:
    """One reader against the reference simulation of the file."""

    name: str
    differing_bins: int
    """Number of (tick, lane, neuron) in which one spiked and the other did not."""
    first_tick: int | None
    """The first tick with such a bin; None where there is none."""
    cosine: float
    """Cosine between the two spike trains as vectors over all bins; 1 where both are silent, 0 where one is."""
    max_output_difference: float | None
    """Largest difference of the readout at any tick; None where only spikes are known."""


@dataclass(frozen=True)
class NirParity:
    """How readers of a NIR file compare with the reference simulation of it."""

    ticks: int
    lanes: int
    neurons: int
    bins: int
    """ticks * lanes * neurons."""
    spikes: int
    """Bins of the reference that hold a spike: parity over silence says nothing."""
    max_output: float
    """Largest magnitude of the reference's readout, the scale of its differences."""
    readers: tuple[ReaderParity, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self) | {"readers": [asdict(reader) for reader in self.readers]}


@dataclass(frozen=True)
class OnnxParity:
    """How an ONNX file, run in onnxruntime, compares with the network's equations in float64."""

    opset: int
    steps: int
    lanes: int
    max_logit: float
    """Largest magnitude of the reference's logits, the scale of the differences."""
    max_logits_difference: float
    max_activity_difference: float
    max_logits_difference_to_training_model: float | None
    bins: int | None
    """Number of (tick, lane, neuron); None for a rate network, as are the next two."""
    spikes: int | None
    differing_bins: int | None

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)


def measure_nir(
    path: Path,
    inputs_TBI: FloatArray,
    expected_spikes_TBN: AnyArray | None = None,
    *,
    readers: Mapping[str, Reader] = READERS,
) -> NirParity:
    """Run a NIR file of the canonical form in every reader and compare with the reference simulation of it.

    Parameters
    ----------
    path
        The file; nothing else of the network is used.
    inputs_TBI
        One row per task step, as the trained model takes them; each is repeated for the file's ``substeps`` ticks.
    expected_spikes_TBN
        Spikes of the trained model on the same inputs, one row per tick, in float64: compared as one more row.
    readers
        What to run the file with.

    Raises
    ------
    InputError
        If the file is not of the canonical form, or shapes do not agree.
    """
    graph = read_graph(path)
    try:
        check_form(graph)
        substeps = int(graph.metadata.get("substeps", 1))
    except (TypeError, ValueError) as error:
        raise InputError(f"{path} cannot be measured: {error}") from None
    currents_TBI = np.repeat(np.asarray(inputs_TBI, dtype=np.float64), substeps, axis=0)
    given = simulate(graph, currents_TBI, record=("hidden", "output"))
    reference = Recording(given["hidden"] > 0, given["output"])
    rows = [_compare(name, reader(path, currents_TBI), reference) for name, reader in readers.items()]
    if expected_spikes_TBN is not None:
        rows.append(_compare_spikes(TRAINING_MODEL, np.asarray(expected_spikes_TBN) > 0, reference))
    ticks, lanes, neurons = reference.spikes_TBN.shape
    return NirParity(
        ticks=ticks,
        lanes=lanes,
        neurons=neurons,
        bins=reference.spikes_TBN.size,
        spikes=int(reference.spikes_TBN.sum()),
        max_output=_largest(reference.readout_TBO),
        readers=tuple(rows),
    )


def measure_onnx(
    path: Path, network: GrownNetwork, inputs_TBI: FloatArray, expected_logits_TBO: FloatArray | None = None
) -> OnnxParity:
    """Run an ONNX file in onnxruntime and compare with the network's equations in float64.

    ``inputs_TBI`` hold one row per task step; ``expected_logits_TBO`` are the trained model's logits on them.
    """
    run = run_onnx(path, inputs_TBI)
    logits_TBO, activity_TBN, spikes_TBN = _reference(network, inputs_TBI)
    _check_shape("The model's activity", run.activity_TBN, activity_TBN.shape)
    _check_shape("The model's logits", run.logits_TBO, logits_TBO.shape)
    if expected_logits_TBO is not None:
        _check_shape("expected_logits_TBO", expected_logits_TBO, logits_TBO.shape)
    both = None if spikes_TBN is None or run.spikes_TBN is None else (spikes_TBN, run.spikes_TBN)
    return OnnxParity(
        opset=OPSET,
        steps=logits_TBO.shape[0],
        lanes=logits_TBO.shape[1],
        max_logit=_largest(logits_TBO),
        max_logits_difference=_largest(run.logits_TBO - logits_TBO),
        max_activity_difference=_largest(run.activity_TBN - activity_TBN),
        max_logits_difference_to_training_model=(
            None if expected_logits_TBO is None else _largest(run.logits_TBO - expected_logits_TBO)
        ),
        bins=None if both is None else both[0].size,
        spikes=None if both is None else int(both[0].sum()),
        differing_bins=None if both is None else int((both[0] != both[1]).sum()),
    )


def write_parity(path: Path, *, nir: NirParity | None = None, onnx: OnnxParity | None = None) -> Path:
    """Write ``{"nir": ..., "onnx": ...}`` to ``path`` (parity.json), null where a format was not exported."""
    return write_json(path, {"nir": nir and nir.to_json(), "onnx": onnx and onnx.to_json()})


def _compare(name: str, recording: Recording, reference: Recording) -> ReaderParity:
    spikes = _compare_spikes(name, recording.spikes_TBN, reference)
    _check_shape(f"The readout of {name}", recording.readout_TBO, reference.readout_TBO.shape)
    return ReaderParity(
        **asdict(spikes) | {"max_output_difference": _largest(recording.readout_TBO - reference.readout_TBO)}
    )


def _compare_spikes(name: str, spikes_TBN: BoolArray, reference: Recording) -> ReaderParity:
    _check_shape(f"The spikes of the {name}", spikes_TBN, reference.spikes_TBN.shape)
    differing_TBN = spikes_TBN != reference.spikes_TBN
    ticks = np.flatnonzero(differing_TBN.any(axis=(1, 2)))
    first = int(ticks[0]) if len(ticks) else None
    return ReaderParity(name, int(differing_TBN.sum()), first, _cosine(spikes_TBN, reference.spikes_TBN), None)


def _cosine(a: BoolArray, b: BoolArray) -> float:
    """Cosine of two vectors of 0 and 1, from whole numbers, so that equal vectors give exactly 1."""
    if np.array_equal(a, b):
        return 1.0
    shared, lengths = int((a & b).sum()), int(a.sum()) * int(b.sum())
    return shared / lengths**0.5 if lengths else 0.0


def _reference(network: GrownNetwork, inputs_TBI: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray | None]:
    """Return logits and activity per task step, and the spikes per tick of a spiking network."""
    if not isinstance(network.neurons, SpikingNeurons):
        return *rate_reference(network, inputs_TBI), None
    substeps = network.neurons.substeps
    recording = spiking_reference(network, np.repeat(inputs_TBI, substeps, axis=0))
    per_step = recording.spikes_TBN.reshape(-1, substeps, *recording.spikes_TBN.shape[1:])
    return recording.readout_TBO[substeps - 1 :: substeps], per_step.mean(axis=1), recording.spikes_TBN


def _check_shape(what: str, array: AnyArray, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise InputError(f"{what} have shape {array.shape}, but the file on these inputs gives {shape}.")


def _largest(array: FloatArray) -> float:
    return float(np.abs(array).max(initial=0.0))
