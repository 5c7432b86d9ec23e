"""Common parts of the ONNX graphs of rate and spiking networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from neurogrow.arrays import AnyArray


def constant(name: str, value: AnyArray) -> onnx.TensorProto:
    """Return a tensor stored in the model."""
    return numpy_helper.from_array(np.ascontiguousarray(value), name)


def sparse_constant(name: str, value: AnyArray) -> onnx.SparseTensorProto:
    """Return a tensor that is stored as the places and values of its nonzero elements."""
    flat = np.ascontiguousarray(value).ravel()
    (places,) = flat.nonzero()
    return helper.make_sparse_tensor(constant(name, flat[places]), constant(f"{name}_places", places), value.shape)


@dataclass(frozen=True)
class Stored:
    """The stored numbers of a network: weight matrices, which may be sparse, and vectors."""

    weights: Mapping[str, AnyArray]
    vectors: Mapping[str, AnyArray]
    dtype: type[np.floating]

    def dense(self, sparse: bool) -> list[onnx.TensorProto]:
        """Return the tensors that are stored in full: all, or with ``sparse`` those with few zeros."""
        chosen = {name: value for name, value in self.weights.items() if not (sparse and _is_sparse(value))}
        return [constant(name, np.asarray(value, self.dtype)) for name, value in (chosen | dict(self.vectors)).items()]

    def sparse(self, sparse: bool) -> list[onnx.SparseTensorProto]:
        """Return the tensors that are stored sparse."""
        chosen = {name: value for name, value in self.weights.items() if sparse and _is_sparse(value)}
        return [sparse_constant(name, np.asarray(value, self.dtype)) for name, value in chosen.items()]


def _is_sparse(value: AnyArray) -> bool:
    """Whether places (8 bytes each) and values take fewer bytes than all values. ONNX needs at least one value."""
    return 0 < 3 * np.count_nonzero(value) < value.size


def tensor(name: str, dtype: int, *shape: str | int) -> onnx.ValueInfoProto:
    """Return an input or output of the model; a string in its shape names a free dimension."""
    return helper.make_tensor_value_info(name, dtype, list(shape))


def node(operator: str, inputs: str, outputs: str, **attributes: Any) -> onnx.NodeProto:  # noqa: ANN401
    """Return one operation. Inputs and outputs are names separated by spaces; ``-`` stands for no input."""
    names = ["" if name == "-" else name for name in inputs.split()]
    return helper.make_node(operator, names, outputs.split(), **attributes)


def lanes() -> onnx.NodeProto:
    """Return the node for ``lanes``, the number of lanes B of ``inputs`` (T, B, I), as a vector of one element."""
    return node("Shape", "inputs", "lanes", start=1, end=2)


def optional_state(state: str, n: int, dtype: type[np.floating]) -> tuple[list[onnx.NodeProto], onnx.TensorProto]:
    """Return the nodes that expand ``initial_<state>`` (1 or B, n) to ``<state>`` (B, n), and its default of zeros.

    An initializer with the name of an input is its default value and makes the input optional. It has one lane, because
    the number of lanes is not known when the model is written. The nodes need :func:`lanes`.
    """
    nodes = [
        node("Constant", "", f"{state}_width", value_ints=[n]),
        node("Concat", f"lanes {state}_width", f"{state}_shape", axis=0),
        node("Expand", f"initial_{state} {state}_shape", state),
    ]
    return nodes, constant(f"initial_{state}", np.zeros((1, n), dtype))
