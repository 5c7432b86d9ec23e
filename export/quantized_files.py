"""Files of a quantised network: NIR or ONNX with the rounded values, and JSON with the steps of these values."""

from pathlib import Path
from typing import Any

from neurogrow.errors import InputError
from neurogrow.io.files import plain, read_json, write_json
from neurogrow.network import RateNeurons
from neurogrow.quantization.grid import FRACTION, QuantizedNetwork

from .nir.graph import write_nir
from .onnx.model import write_onnx

FORMAT = "neurogrow-quantized-1"


def write_quantized(
    quantized: QuantizedNetwork, folder: Path, about: dict[str, Any] | None = None
) -> tuple[Path, Path]:
    """Write ``network-<bits>bit.nir`` (``.onnx`` of a rate network) and ``network-<bits>bit.json``; return both paths.

    Files hold values, not integers, because neither format has a field for a step. The integer is the value in the file
    divided by its step, rounded to the nearest. ``about`` is added to the JSON unchanged.
    """
    stem, network = f"network-{quantized.grid.bits}bit", quantized.network()
    rate = isinstance(network.neurons, RateNeurons)
    values = write_onnx(network, folder / f"{stem}.onnx") if rate else write_nir(network, folder / f"{stem}.nir")
    scales = {
        "format": FORMAT,
        "file": values.name,
        "bits": quantized.grid.bits,
        "per": quantized.grid.per,
        "connections": quantized.connections,
        "parameters": parameters(quantized),
    }
    return values, write_json(folder / f"{stem}.json", plain((about or {}) | scales))


def parameters(quantized: QuantizedNetwork) -> dict[str, dict[str, Any]]:
    """Return by parameter its place in the file, the largest integer that it may have, and the step of each row."""
    grid, rate = quantized.grid, quantized.threshold_N is None
    hidden, output = grid.step_N.tolist(), grid.step_O.tolist()
    parts_N, parts_O = ([step / FRACTION for step in steps] for steps in (hidden, output))
    places = {
        "input_weights": ("input_weights.weight", "input_weights", grid.largest, hidden),
        "recurrent_weights": ("recurrent.weight", "recurrent_weights", grid.largest, hidden),
        "output_weights": ("output_weights.weight", "output_weights", grid.largest, output),
        "hidden_bias": ("input_weights.bias", "biases", None, parts_N),
        "output_bias": ("output_weights.bias", "output_bias", None, parts_O),
    }
    if not rate:
        places["threshold"] = ("hidden.v_threshold", "threshold", None, parts_N)
    return {
        name: {"place": onnx if rate else nir, "largest": largest, "step": steps}
        for name, (nir, onnx, largest, steps) in places.items()
    }


def read_steps(path: Path) -> dict[str, Any]:
    """Read the JSON of :func:`write_quantized`. Raises ``InputError`` for any other file."""
    value = read_json(path)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise InputError(f"{path} does not say how a network was quantised (format {FORMAT!r}).")
    return value
