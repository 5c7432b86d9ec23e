"""The shapes that convolutions, poolings and flattenings give."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from ...arrays import AnyArray
from ...errors import InputError

Shape: TypeAlias = tuple[int, ...]
Axes: TypeAlias = int | Sequence[int] | AnyArray
"""One whole number, or one for each axis."""


def with_axes(shape: Shape, n_axes: int) -> Shape:
    """Return a shape with this many axes, by leading axes of length 1 that are added or left out.

    Tools declare shapes with a batch axis, or leave out the only channel.

    Examples
    --------
    >>> with_axes((1, 2, 8, 8), 3), with_axes((8, 8), 3), with_axes((5, 2, 8, 8), 3)
    ((2, 8, 8), (1, 8, 8), (5, 2, 8, 8))
    """
    while len(shape) > n_axes and shape[0] == 1:
        shape = shape[1:]
    return (1, *shape) if len(shape) == n_axes - 1 else shape


def convolution_shape(
    shape: Shape,
    kernel: Sequence[int],
    stride: Axes,
    padding: Axes | str,
    dilation: Axes,
    channels: int,
) -> Shape:
    """Return what a convolution of an array (channels, space ...) gives: (channels, places ...).

    Parameters
    ----------
    shape
        Of the array.
    kernel
        Size of the kernel along each axis of space.
    stride, padding, dilation
        One number, or one for each axis of space; the padding may be ``same`` or ``valid``.
    channels
        Of what it gives.
    """
    axes = len(kernel)
    steps = spread(stride, axes)
    reach = [step * (size - 1) for step, size in zip(spread(dilation, axes), kernel, strict=True)]
    before, after = spread_padding(padding, reach, steps)
    if any(step < 1 for step in steps):
        raise InputError(f"has a stride of {steps}; it must be at least 1.")
    room = [size + low + high - far for size, low, high, far in zip(shape[1:], before, after, reach, strict=True)]
    return (channels, *(max(0, -(-free // step)) for free, step in zip(room, steps, strict=True)))


def flattened_shape(shape: Shape, start: int, end: int) -> Shape:
    """Return a shape with its axes ``start`` to ``end`` made one; all of them if it has no such axes.

    Examples
    --------
    >>> flattened_shape((2, 4, 4), 1, -1), flattened_shape((2, 4, 4), 0, -1), flattened_shape((32,), 1, -1)
    ((2, 16), (32,), (32,))
    """
    axes = len(shape)
    first, last = (start + axes if start < 0 else start), (end + axes if end < 0 else end)
    if not 0 <= first < last < axes:
        return shape if 0 <= first == last < axes else (product(shape),)
    return (*shape[:first], product(shape[first : last + 1]), *shape[last + 1 :])


def spread_padding(padding: Axes | str, reach: list[int], stride: list[int]) -> tuple[list[int], list[int]]:
    """Return the zeros before and after each axis; of an odd number ``same`` puts one more after.

    Parameters
    ----------
    padding
        One number, one for each axis, ``same`` or ``valid``.
    reach
        Size of the kernel along each axis, its gaps included, less 1.
    stride
        Along each axis.
    """
    if isinstance(padding, str):
        if padding == "same" and any(step != 1 for step in stride):
            raise InputError("a convolution with padding 'same' has a stride other than 1.")
        before = [far // 2 if padding == "same" else 0 for far in reach]
        return before, [far - low if padding == "same" else 0 for far, low in zip(reach, before, strict=True)]
    both = spread(padding, len(reach))
    return both, both


def spread(value: Axes, axes: int) -> list[int]:
    """Return one whole number for each axis."""
    return [int(number) for number in np.broadcast_to(np.asarray(value).ravel(), axes)]


def product(shape: Sequence[int]) -> int:
    """Return the number of elements of an array of this shape, exactly."""
    total = 1
    for size in shape:
        total *= int(size)
    return total
