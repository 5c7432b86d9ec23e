"""Nodes of a NIR file from their parameters, of any version of the format since 0.1."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

import nir
import numpy as np

from ...errors import InputError, nearest

SPIKING = (nir.LIF, nir.CubaLIF, nir.IF)
"""The types of neurons that spike."""
SILENT = (nir.LI, nir.CubaLI, nir.I)
"""The types of neurons that never spike: readouts."""
ELEMENTWISE = (*SPIKING, *SILENT, nir.Scale, nir.Threshold, nir.Delay)
"""The types of nodes with one value of every parameter for each element."""
_KERNELS = (nir.Conv1d, nir.Conv2d)
_OTHERS = (nir.Affine, nir.Linear, nir.SumPool2d, nir.AvgPool2d, nir.Flatten, nir.Input, nir.Output)
KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (*ELEMENTWISE, *_KERNELS, *_OTHERS)}
"""The types of nodes by name; subgraphs (``NIRGraph``) stand apart."""

_LATER: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "v_reset": lambda values: np.zeros_like(values["v_threshold"]),
    "w_in": lambda values: np.ones_like(values["v_leak"]),
    "input_shape": lambda _: None,
    "input_type": lambda _: None,
}
"""Parameters that older versions of the format did not have, and what they stand for there."""
_TEXTS = ("padding",)
"""Parameters that may be a text."""


def make_node(kind_name: str, values: Mapping[str, Any], metadata: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return a node. Its types (``input_type``, ``output_type``) are those that its own parameters give.

    Parameters
    ----------
    kind_name
        The node's type, as the file has it.
    values
        Its parameters.
    metadata
        Its metadata.

    Raises
    ------
    InputError
        If the type is not known, or a parameter is missing, unknown or no number.
    """
    if kind_name not in KINDS:
        raise InputError(f"is of type '{kind_name}', which NIR does not have.{nearest(kind_name, list(KINDS))}")
    kind, values = KINDS[kind_name], dict(values)
    if kind in (nir.Input, nir.Output):
        return _end(kind, values, metadata)
    known = {each.name: each for each in fields(kind) if each.name not in ("output_type", "metadata")}
    if kind is not nir.Flatten:
        known.pop("input_type", None)
    if unknown := sorted(set(values) - set(known)):
        raise InputError(f"has the parameter '{unknown[0]}', which NIR's {kind_name} does not have.")
    missing = [name for name in known if name not in values]
    for name in [name for name in missing if name not in _LATER]:
        if known[name].default is MISSING:
            raise InputError(f"has no '{name}', which NIR's {kind_name} needs.")
    _check_numbers(values)
    values |= {name: _LATER[name](values) for name in missing if name in _LATER}
    if kind in ELEMENTWISE:
        values = _with_one_shape(values)
    if kind in _KERNELS:
        return _kernel(kind, values, metadata)
    if kind is nir.Flatten:
        values = {"input_type": {"input": None}, "start_dim": int(values.get("start_dim", 1)),
                  "end_dim": int(values.get("end_dim", -1)), "declared": values["input_type"]}  # fmt: skip
        return _flatten(values, metadata)
    return kind(**values, metadata=metadata)


def _end(kind: type[Any], values: dict[str, Any], metadata: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return an Input or Output with the declared shape, or with none."""
    if unknown := sorted(set(values) - {"shape"}):
        raise InputError(f"has the parameter '{unknown[0]}', which NIR's {kind.__name__} does not have.")
    shape = values.get("shape")
    if shape is not None:
        shape = np.atleast_1d(np.asarray(shape))
        if shape.dtype.kind not in "iu" or shape.ndim != 1 or (shape < 1).any():
            raise InputError(f"declares the shape {shape.tolist()}; a shape is whole numbers of at least 1.")
    return kind({"input" if kind is nir.Input else "output": shape}, metadata=metadata)


def _kernel(kind: type[Any], values: dict[str, Any], metadata: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return a convolution. Its shapes are left open: `nir` computes those of square kernels without groups only."""
    weight, declared = np.asarray(values["weight"]), values.pop("input_shape")
    if weight.ndim != (3 if kind is nir.Conv1d else 4):
        raise InputError(f"has a weight of shape {weight.shape}, which no {kind.__name__} has.")
    node = kind(input_shape=None, **(values | {"groups": int(values["groups"])}), metadata=metadata)
    if declared is not None:
        sizes = tuple(int(size) for size in np.atleast_1d(declared))
        node.input_shape = sizes[0] if kind is nir.Conv1d and len(sizes) == 1 else sizes
    return node


def _flatten(values: dict[str, Any], metadata: dict[str, Any]) -> Any:  # noqa: ANN401
    declared = values.pop("declared")
    node = nir.Flatten(**values, metadata=metadata)
    if declared is not None:
        node.input_type = {"input": np.atleast_1d(np.asarray(declared))}
    return node


def _check_numbers(values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        is_text = isinstance(value, str) and name in _TEXTS
        if not is_text and getattr(value, "dtype", np.asarray(value).dtype).kind not in "biuf":
            raise InputError(f"has a '{name}' that is not a number.")


def _with_one_shape(values: dict[str, Any]) -> dict[str, Any]:
    """Return arrays of one shape of at least one axis: single values are repeated."""
    arrays = {name: np.atleast_1d(np.asarray(value)) for name, value in values.items()}
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        described = ", ".join(f"'{name}' {array.shape}" for name, array in arrays.items())
        raise InputError(f"has parameters of shapes that do not fit together: {described}.") from None
    if any(array.size not in (1, int(np.prod(shape))) for array in arrays.values()):
        described = ", ".join(f"'{name}' {array.shape}" for name, array in arrays.items())
        raise InputError(f"has parameters of shapes that do not fit together: {described}.")
    return {
        name: array if array.shape == shape else np.broadcast_to(array, shape).copy() for name, array in arrays.items()
    }
