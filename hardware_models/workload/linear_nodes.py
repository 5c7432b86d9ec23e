"""Nodes of a NIR file that are linear maps, as sparse matrices [post, pre] over flattened arrays.

In the matrix of a convolution, a row is one place of the output. It holds the kernel's weights, moved to that place by
the stride, wherever they meet an input inside the borders. A pooling is a convolution with ones, each channel for
itself. Zeros are not stored.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import nir
import numpy as np
from scipy import sparse

from neurogrow.arrays import AnyArray, IntArray
from neurogrow.io.nir import Shape, convolution_shape, flattened_shape, spread_padding, with_axes

MOST_SYNAPSES = 2**27
"""Synapses of one convolution."""

Linear: TypeAlias = Callable[[Any, Shape], tuple[sparse.csr_array, Shape]]
"""(node, shape of its input) -> (matrix, shape of its output)."""


def _affine(node: Any, shape: Shape) -> tuple[sparse.csr_array, Shape]:  # noqa: ANN401
    weight = node.weight
    if weight.ndim != 2:
        raise ValueError(f"a {type(node).__name__} node has a weight of shape {weight.shape}; only matrices are known.")
    if isinstance(weight, sparse.csr_array):
        matrix = sparse.csr_array((_finite(weight.data, node), weight.indices, weight.indptr), weight.shape)
    else:
        matrix = sparse.csr_array(_finite(weight, node))
    return _fitting(matrix, node, shape), (weight.shape[0],)


def _scale(node: Any, shape: Shape) -> tuple[sparse.csr_array, Shape]:  # noqa: ANN401
    scale = _finite(node.scale, node)
    spread = np.broadcast_to(scale, shape) if scale.size == 1 else scale
    return _fitting(sparse.csr_array(sparse.diags_array(spread.ravel())), node, shape), shape


def _unchanged(node: Any, shape: Shape) -> tuple[sparse.csr_array, Shape]:  # noqa: ANN401, ARG001
    return sparse.csr_array(sparse.eye_array(int(np.prod(shape)))), shape


def _flatten(node: Any, shape: Shape) -> tuple[sparse.csr_array, Shape]:  # noqa: ANN401
    return _unchanged(node, flattened_shape(shape, node.start_dim, node.end_dim))


def _conv(node: Any, shape: Shape) -> tuple[sparse.csr_array, Shape]:  # noqa: ANN401
    """Conv1d and Conv2d: channels first, groups of channels apart."""
    weight = _finite(node.weight, node)
    space = weight.ndim - 2
    shape = with_axes(shape, space + 1)
    if len(shape) != space + 1 or shape[0] != weight.shape[1] * node.groups or weight.shape[0] % node.groups:
        raise ValueError(
            f"a {type(node).__name__} node with a weight of shape {weight.shape} gets an array of shape {shape}."
        )
    out = convolution_shape(shape, weight.shape[2:], node.stride, node.padding, node.dilation, weight.shape[0])
    stride, dilation = _each(node.stride, space), _each(node.dilation, space)
    reach = [step * (size - 1) for step, size in zip(dilation, weight.shape[2:], strict=True)]
    before, _ = spread_padding(node.padding, reach, stride)
    kernel = np.argwhere(weight)  # (weights that are not zero, 2 + space)
    if len(kernel) * int(np.prod(out[1:])) > MOST_SYNAPSES:
        raise ValueError(f"a {type(node).__name__} node would be more than {MOST_SYNAPSES:,} synapses.")
    matrix = _laid(kernel, weight[tuple(kernel.T)], (weight.shape[0] // node.groups, weight.shape[1]), shape, out[1:],
                   (stride, dilation, before))  # fmt: skip
    return matrix, out


def _pool(node: Any, shape: Shape) -> tuple[sparse.csr_array, Shape]:  # noqa: ANN401
    """SumPool2d and AvgPool2d: a kernel of ones on every channel by itself."""
    shape = with_axes(shape, 3)
    if len(shape) != 3:
        raise ValueError(f"a {type(node).__name__} node gets an array of shape {shape}, not (channels, rows, columns).")
    ones, channels = np.ones((shape[0], 1, *_each(node.kernel_size, 2))), shape[0]
    stride, padding = tuple(_each(node.stride, 2)), tuple(_each(node.padding, 2))
    return _conv(nir.Conv2d(None, ones, stride, padding, 1, channels, np.zeros(channels)), shape)


def _laid(
    kernel_W: IntArray,
    weight_W: AnyArray,
    per_group: tuple[int, int],
    shape: Shape,
    out: Shape,
    steps: tuple[list[int], list[int], list[int]],
) -> sparse.csr_array:
    """Return the matrix of a kernel: one element for each weight and place of the output, inside the borders."""
    place_S = np.stack(np.unravel_index(np.arange(int(np.prod(out))), out), axis=1)  # (places, space)
    stride, dilation, before = (np.array(each) for each in steps)
    at_WS = place_S[None] * stride + kernel_W[:, None, 2:] * dilation - before
    inside_WS = ((at_WS >= 0) & (at_WS < np.array(shape[1:]))).all(-1)
    which, place = np.nonzero(inside_WS)
    group_W = kernel_W[:, 0] // per_group[0]
    channel = (group_W * per_group[1] + kernel_W[:, 1])[which]
    pre = np.ravel_multi_index((channel, *at_WS[which, place].T), shape)
    post = kernel_W[which, 0] * len(place_S) + place
    size = (shape[0] // per_group[1] * per_group[0] * len(place_S), int(np.prod(shape)))
    return sparse.csr_array(sparse.coo_array((weight_W[which], (post, pre)), size))


def _each(value: Any, axes: int) -> list[int]:  # noqa: ANN401
    return [int(each) for each in np.broadcast_to(np.asarray(value).ravel(), axes)]


def _finite(given: Any, node: Any) -> AnyArray:  # noqa: ANN401
    """Return a dense weight in float64, in which no product of small whole numbers overflows."""
    weight: AnyArray = np.asarray(given)
    if weight.dtype.kind not in "biuf" or not np.isfinite(weight).all():
        raise ValueError(f"a {type(node).__name__} node has a weight that is not a finite number.")
    return weight.astype(np.float64)


def _fitting(matrix: sparse.csr_array, node: Any, shape: Shape) -> sparse.csr_array:  # noqa: ANN401
    if matrix.shape[1] != int(np.prod(shape)):
        raise ValueError(f"a {type(node).__name__} node for {matrix.shape[1]} values gets an array of shape {shape}.")
    return matrix


LINEAR: dict[type, Linear] = {
    nir.Affine: _affine,
    nir.Linear: _affine,
    nir.Scale: _scale,
    nir.Conv1d: _conv,
    nir.Conv2d: _conv,
    nir.SumPool2d: _pool,
    nir.AvgPool2d: _pool,
    nir.Flatten: _flatten,
}
"""The matrix of a node, by its type."""
