"""Checks of an ONNX model from anywhere, before a runtime loads it.

A runtime does what a model says, partly while it loads: it opens files that tensors name, calls foreign operators,
repeats loops and fills shapes. The models of this package need a few operators, small shapes, and nothing outside the
file. A model that asks for more is refused.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from neurogrow.arrays import AnyArray
from neurogrow.errors import InputError
from neurogrow.io.untrusted import check_plain, largest_declared, plainly

OPERATORS = frozenset(
    {
        *("Abs", "Add", "Cast", "Concat", "Constant", "Exp", "Expand", "Greater", "Identity", "Log", "MatMul", "Mul"),
        *("Neg", "RNN", "ReduceMean", "Relu", "Reshape", "Scan", "Shape", "Slice", "Squeeze", "Tanh", "Unsqueeze"),
        "Where",
    }
)
"""The operators in models of :mod:`export.onnx.model`."""
LARGEST_FILE = 2**31 - 1
"""Most bytes of a protocol buffer, by its definition."""
LARGEST_SHAPE = 2**24
"""Largest product of the numbers of a shape in a model."""


def check_onnx(path: Path) -> onnx.ModelProto:
    """Return the model in a file. Raises ``InputError``, with the file and the cause, if it is not to be trusted."""
    size = check_plain(path, LARGEST_FILE)
    try:
        model = onnx.load_model_from_string(path.read_bytes())
    except Exception as error:  # protobuf's own types share no base but Exception
        raise InputError(f"{path} cannot be read as an ONNX model: {plainly(error)}") from None
    try:
        _check(model, largest_declared(size))
        onnx.checker.check_model(model)
    except InputError as error:
        raise InputError(f"{path} is refused: {error}") from None
    except Exception as error:
        raise InputError(f"{path} is not a valid ONNX model: {plainly(error)}") from None
    return model


def _check(model: onnx.ModelProto, allowed: int) -> None:
    if model.functions or model.training_info:
        raise InputError("it holds functions or a training of its own.")
    if any(opset.domain not in ("", "ai.onnx") for opset in model.opset_import):
        raise InputError("it uses operators of other makers.")
    for graph in _graphs(model.graph):
        _check_graph(graph, allowed)


def _check_graph(graph: onnx.GraphProto, allowed: int) -> None:
    for node in graph.node:
        if node.op_type not in OPERATORS or node.domain not in ("", "ai.onnx"):
            raise InputError(f"it uses the operator {node.domain}{node.op_type}, which no model of ours needs.")
        for attribute in node.attribute:
            _check_shape(f"the attribute {attribute.name} of a {node.op_type}", [*attribute.ints, attribute.i])
    for tensor in _tensors(graph):
        value = _checked(tensor, allowed)
        if value.dtype == np.int64 and value.ndim <= 1:
            _check_shape(f"the tensor '{tensor.name}'", value.ravel().tolist())
    for sparse in _sparse(graph):
        _check_shape(f"the sparse tensor '{sparse.values.name}', filled,", list(sparse.dims))
        for part in (sparse.values, sparse.indices):
            _checked(part, allowed)


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """Give a graph and all graphs within it. Protocol buffers have at most a hundred levels."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else ())):
                yield from _graphs(inner)


def _tensors(graph: onnx.GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield from attribute.tensors
            yield from [attribute.t] if attribute.HasField("t") else ()


def _sparse(graph: onnx.GraphProto) -> Iterator[onnx.SparseTensorProto]:
    yield from graph.sparse_initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield from attribute.sparse_tensors
            yield from [attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else ()


def _checked(tensor: TensorProto, allowed: int) -> AnyArray:
    """Return the values of a tensor. Raises ``InputError`` if its shape is too large for the file."""
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise InputError(f"the tensor '{tensor.name}' has its data in another file.")
    if any(length < 0 for length in tensor.dims) or np.prod([8.0, *tensor.dims]) > allowed:
        raise InputError(f"the tensor '{tensor.name}' is {list(tensor.dims)}, too large for its file.")
    return np.asarray(numpy_helper.to_array(tensor))  # raises where the data are not as many as the shape says


def _check_shape(what: str, numbers: list[int]) -> None:
    """Refuse integers that would be too large as a shape. The largest integer means an open end."""
    product = 1.0
    for number in numbers:
        product *= max(1, abs(number)) if number != np.iinfo(np.int64).max else 1
    if product > LARGEST_SHAPE:
        raise InputError(f"{what} would be the shape {numbers[:8]}.")
