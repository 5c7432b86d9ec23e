"""Write a :class:`~neurogrow.network.GrownNetwork` as an ONNX model that any runtime can stream, and run the model.

Inputs: ``inputs`` (T, B, I), one row per task step, T and B free. Outputs: ``logits`` (T, B, O), ``activity``
(T, B, N), and for a spiking network ``spikes`` (T * substeps, B, N). Every state is an optional input
``initial_<state>`` (1 or B, n), zeros by default, and an output ``final_<state>`` (B, n). To run a stream in pieces,
pass the final states of one piece as the initial states of the next.

Rate networks are float32, because runtimes have the ``RNN`` operator in float32 only, or on request float64, as a
``Scan``. Spiking networks are float64: a spike is a comparison, and rounding moves it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper

from neurogrow._internal.version import __version__
from neurogrow.arrays import AnyArray, BoolArray, FloatArray
from neurogrow.errors import InputError
from neurogrow.io.files import replacing
from neurogrow.io.untrusted import plainly
from neurogrow.network import GrownNetwork, SpikingNeurons

from .check import check_onnx
from .rate import rate_graph
from .rate_double import rate_double_graph
from .spiking import spiking_graph

OPSET = 17
"""Version of ONNX's operators: the oldest with all operators that are used, so that most runtimes read the file."""
IR_VERSION = 8
"""Version of the file format that belongs to it."""


@dataclass(frozen=True, eq=False)
class OnnxRun:
    """Outputs of a model. T counts task steps."""

    logits_TBO: FloatArray
    activity_TBN: FloatArray
    """Activity of a rate neuron; spikes per tick of a spiking one, in [0, 1]."""
    spikes_TBN: BoolArray | None
    """Spikes at every tick of a spiking network, (T * substeps, B, N); None for a rate network."""
    state: dict[str, AnyArray]
    """Every state after the last tick; :func:`run_onnx` continues from it."""


def to_onnx(network: GrownNetwork, *, sparse: bool = False, double: bool = False) -> onnx.ModelProto:
    """Return the network as an ONNX model, checked by ``onnx.checker``.

    With ``sparse``, weight matrices with less than a third of nonzero elements become sparse initialisers. onnxruntime
    expands them when it loads the model; not every other runtime reads them. With ``double``, a rate network is written
    in float64, as spiking networks always are.

    ``metadata_props`` hold, as JSON: positions, grid, neuron_id, module (where known), neurons, metadata, and the
    version of neurogrow.

    Raises
    ------
    InputError
        If the network has no neurons, inputs or outputs, or its activation is unknown.
    """
    if not min(network.n_neurons, network.n_inputs, network.n_outputs):
        raise InputError("A network without neurons, inputs or outputs cannot be written: prune less.")
    of_rates = rate_double_graph if double else rate_graph
    of_kind = spiking_graph if isinstance(network.neurons, SpikingNeurons) else of_rates
    model = helper.make_model(
        of_kind(network, sparse),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="neurogrow",
        producer_version=__version__,
    )
    helper.set_model_props(model, {key: json.dumps(value) for key, value in _about(network).items()})
    # ONNX's inference of shapes takes sparse initialisers for scalars: it can check the dense form only.
    onnx.checker.check_model(model, full_check=not sparse)
    return model


def write_onnx(network: GrownNetwork, path: str | Path, *, sparse: bool = False, double: bool = False) -> Path:
    """Write :func:`to_onnx` of the network to ``path``, whole or not at all, and return ``path``."""
    model, path = to_onnx(network, sparse=sparse, double=double), Path(path)
    with replacing(path) as beside:
        beside.write_bytes(model.SerializeToString(deterministic=True))
    return path


def run_onnx(
    path: str | Path, inputs_TBI: FloatArray, *, state: Mapping[str, AnyArray] | None = None, threads: int = 1
) -> OnnxRun:
    """Run a model of :func:`write_onnx` in onnxruntime on the CPU.

    Parameters
    ----------
    path
        The file.
    inputs_TBI
        One row per task step.
    state
        ``OnnxRun.state`` of the run before, to continue it; zeros by default.
    threads
        Threads within an operator. With one thread, runs repeat to the bit.

    Raises
    ------
    InputError
        If the file is not a model of neurogrow, or the inputs do not fit it.
    """
    session = _session(Path(path), threads)
    wanted, inputs_TBI = session.get_inputs()[0], np.asarray(inputs_TBI)
    if inputs_TBI.ndim != 3 or inputs_TBI.shape[2] != wanted.shape[2]:
        raise InputError(f"The inputs have shape {inputs_TBI.shape}; {path} needs (T, B, {wanted.shape[2]}).")
    dtype = np.float64 if wanted.type == "tensor(double)" else np.float32
    feed = {"inputs": inputs_TBI} | {f"initial_{name}": value for name, value in (state or {}).items()}
    known = {"inputs", *(entry.name for entry in session.get_overridable_initializers())}
    if unknown := sorted(set(feed) - known):
        raise InputError(f"{path} has no input '{unknown[0]}'; it has {', '.join(sorted(known))}.")
    names = [output.name for output in session.get_outputs()]
    feed = {key: value.astype(dtype) for key, value in feed.items()}
    try:
        outputs = dict(zip(names, session.run(names, feed), strict=True))
    except Exception as error:  # onnxruntime's own types share no base but Exception
        raise InputError(f"{path} cannot be run as an ONNX model: {plainly(error)}") from None
    final = {name.removeprefix("final_"): value for name, value in outputs.items() if name.startswith("final_")}
    return OnnxRun(outputs["logits"], outputs["activity"], outputs.get("spikes"), final)


def _session(path: Path, threads: int) -> Any:  # noqa: ANN401  (onnxruntime has no types)
    check_onnx(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors only: that a state may be left out is no warning
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own types share no base but Exception
        raise InputError(f"{path} cannot be read as an ONNX model: {plainly(error)}") from None
    outputs = {output.name for output in session.get_outputs()}
    if session.get_inputs()[0].name != "inputs" or not {"logits", "activity"} <= outputs:
        raise InputError(f"{path} is an ONNX model, but not one that neurogrow wrote.")
    return session


def _about(network: GrownNetwork) -> dict[str, Any]:
    neurons = {name: value for name, value in vars(network.neurons).items() if not isinstance(value, np.ndarray)}
    properties = {
        "neurogrow_version": __version__,
        "neurons": neurons | {"type": type(network.neurons).__name__},
        "grid": list(network.grid),
        "neuron_id": network.neuron_id_N.tolist(),
        "positions": network.positions_N2.tolist(),
        "metadata": network.metadata,
    }
    return properties | ({} if network.module_N is None else {"module": network.module_N.tolist()})
