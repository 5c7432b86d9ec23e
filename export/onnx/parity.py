"""Parity of an ONNX file, run in onnxruntime, with the network's equations."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from neurogrow.arrays import BoolArray, FloatArray
from neurogrow.equations import rate_reference, spiking_reference
from neurogrow.network import GrownNetwork, SpikingNeurons

from ..comparison import check_shape, largest
from .model import OPSET, run_onnx


@dataclass(frozen=True)
class OnnxParity:
    """How an ONNX file, run in onnxruntime, compares with the network's equations in float64."""

    opset: int
    steps: int
    lanes: int
    max_logit: float
    """Largest magnitude of the reference's logits: the scale of the differences."""
    max_logits_difference: float
    max_activity_difference: float
    max_logits_difference_to_training_model: float | None
    bins: int | None
    """Number of (tick, lane, neuron). This and the next two are None for a rate network."""
    spikes: int | None
    differing_bins: int | None
    performance: float | None = None
    """Mean performance on the tasks in onnxruntime; None if it was not measured."""
    version: str | None = None
    """Version of onnxruntime."""

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)


def measure_onnx(
    path: str | Path,
    network: GrownNetwork,
    inputs_TBI: FloatArray,
    expected_logits_TBO: FloatArray | None = None,
    perform: Callable[[FloatArray], float] | None = None,
) -> OnnxParity:
    """Run an ONNX file in onnxruntime and compare with the network's equations in float64.

    ``inputs_TBI`` hold one row per task step; ``expected_logits_TBO`` are the trained model's logits on them.
    ``perform`` measures the task performance from the file's logits.
    """
    run = run_onnx(path, inputs_TBI)
    logits_TBO, activity_TBN, spikes_TBN = _reference(network, inputs_TBI)
    check_shape("The model's activity", run.activity_TBN, activity_TBN.shape)
    check_shape("The model's logits", run.logits_TBO, logits_TBO.shape)
    if expected_logits_TBO is not None:
        check_shape("expected_logits_TBO", expected_logits_TBO, logits_TBO.shape)
    both = None if spikes_TBN is None or run.spikes_TBN is None else (spikes_TBN, run.spikes_TBN)
    return OnnxParity(
        opset=OPSET,
        steps=logits_TBO.shape[0],
        lanes=logits_TBO.shape[1],
        max_logit=largest(logits_TBO),
        max_logits_difference=largest(run.logits_TBO - logits_TBO),
        max_activity_difference=largest(run.activity_TBN - activity_TBN),
        max_logits_difference_to_training_model=(
            None if expected_logits_TBO is None else largest(run.logits_TBO - expected_logits_TBO)
        ),
        bins=None if both is None else both[0].size,
        spikes=None if both is None else int(both[0].sum()),
        differing_bins=None if both is None else int((both[0] != both[1]).sum()),
        performance=None if perform is None else perform(np.asarray(run.logits_TBO, dtype=np.float64)),
        version=version("onnxruntime"),
    )


def _reference(network: GrownNetwork, inputs_TBI: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray | None]:
    """Return logits and activity per task step, and the spikes per tick of a spiking network."""
    if not isinstance(network.neurons, SpikingNeurons):
        return *rate_reference(network, inputs_TBI), None
    substeps = network.neurons.substeps
    response = spiking_reference(network, np.repeat(inputs_TBI, substeps, axis=0))
    per_step = response.spikes_TBN.reshape(-1, substeps, *response.spikes_TBN.shape[1:])
    return response.readout_TBO[substeps - 1 :: substeps], per_step.mean(axis=1), response.spikes_TBN
