"""The size of every node of a NIR graph, from everything that the file says about it.

What a file says is trusted in this order:

1. weights, kernels with an ``input_shape``, and parameters with one value for each neuron;
2. declared shapes of Inputs, without the axes (batch, time) that the first kind contradicts;
3. what arrives, for nodes with single values as parameters;
4. declared shapes of Flatten nodes and Outputs.
"""

from collections import deque
from typing import Any

import nir
import numpy as np

from ...errors import InputError
from .flat import Links
from .kernels import Shape, convolution_shape, flattened_shape, product, with_axes
from .nodes import ELEMENTWISE, SILENT, SPIKING

MOST_ELEMENTS, MOST_SPREAD = 2**22, 2**25
"""Elements of a node whose size is only declared, and numbers that single values may become in a whole file."""

_CONVOLUTIONS = (nir.Conv1d, nir.Conv2d)
_POOLINGS = (nir.SumPool2d, nir.AvgPool2d)
_PARAMETERS = ("tau", "tau_mem", "tau_syn", "r", "v_leak", "v_threshold", "v_reset", "w_in", "scale", "threshold",
               "delay")  # fmt: skip
"""The parameters of nodes that act element by element."""


def set_sizes(linked: Links) -> None:
    """Find the shape of what enters and leaves every node, and store it in the node.

    ``input_type`` and ``output_type`` are set, ``input_shape`` of convolutions too, and single values of parameters are
    repeated for every element.

    Raises
    ------
    InputError
        If the size of neurons is not determined, or the sizes of two joined nodes contradict each other.
    """
    sizes = _Sizes(linked)
    sizes.find()
    spread = 0
    for name, node in linked.nodes.items():
        entering, leaving = sizes.entering[name], sizes.leaving[name]
        if entering is not None and isinstance(node, ELEMENTWISE):
            spread += _spread_parameters(node, entering)
            if spread > MOST_SPREAD:
                raise InputError(f"its nodes, with a value for every neuron, hold more than {MOST_SPREAD:,} numbers.")
        _store(node, entering, leaving)


def size_of(node: Any) -> int:  # noqa: ANN401
    """Return the number of neurons of a node, or of values that it gives."""
    return product([int(size) for size in np.atleast_1d(next(iter(node.output_type.values())))])


class _Sizes:
    """Shapes of what enters and leaves every node, as far as they are known."""

    def __init__(self, linked: Links) -> None:
        self.nodes, self.edges, self.ends = linked.nodes, linked.edges, linked.ends
        self.pres: dict[str, list[str]] = {name: [] for name in self.nodes}
        self.posts: dict[str, list[str]] = {name: [] for name in self.nodes}
        for pre, post in self.edges:
            self.pres[post].append(pre)
            self.posts[pre].append(post)
        self.entering: dict[str, Shape | None] = dict.fromkeys(self.nodes)
        self.leaving: dict[str, Shape | None] = dict.fromkeys(self.nodes)
        self.totals: dict[str, int] = {}
        """Number of elements of nodes that keep it, as far as weights and parameters say."""

    def find(self) -> None:
        """Fill in all shapes, in the order of the module's list."""
        queue = deque(name for name, node in self.nodes.items() if self._set_own(name, node))
        self._spread_totals()
        for name, node in self.nodes.items():
            if isinstance(node, nir.Input) and not self.pres[name] and (shape := self._declared(name, node)):
                self._enter(name, shape)
                queue.append(name)
        self._hand_on(queue)
        for may_guess in (_from_total, _own_fallback, _declared_output):
            for name in self.nodes:
                if self.entering[name] is None and (shape := may_guess(self, name)):
                    self._enter(name, shape)
                    self._hand_on(deque([name]))
            self._spread_totals()
        self._fill_backwards()
        self._check()

    def _set_own(self, name: str, node: Any) -> bool:  # noqa: ANN401
        """Set the shapes that a node's own weights and parameters say; return whether there are any."""
        if isinstance(node, nir.Affine | nir.Linear):
            weight = node.weight.shape
            self.entering[name], self.leaving[name] = (*weight[:-2], weight[-1]), (*weight[:-2], weight[-2])
        elif isinstance(node, ELEMENTWISE):
            shape = _parameter_shape(node)
            if product(shape) > 1 and (len(shape) == 1 or 1 not in shape):
                self.entering[name] = self.leaving[name] = shape
                self.totals[name] = product(shape)
        elif isinstance(node, _CONVOLUTIONS) and node.input_shape is not None:
            channels = node.weight.shape[1] * node.groups
            self._enter(name, (channels, *(int(size) for size in np.atleast_1d(node.input_shape))))
        return self.leaving[name] is not None

    def _spread_totals(self) -> None:
        """Spread numbers of elements from node to node, backwards and forwards, through nodes that keep them."""
        keeping = (*ELEMENTWISE, nir.Input, nir.Output, nir.Flatten)
        pending = deque(self.nodes)
        while pending:
            name = pending.popleft()
            first, last = self._total(name, self.entering), self._total(name, self.leaving)
            for size, others in ((first, self.pres[name]), (last, self.posts[name])):
                for other in others if size is not None else ():
                    if isinstance(self.nodes[other], keeping) and self._total(other, self.entering) is None:
                        self.totals[other] = int(size or 0)
                        pending.append(other)

    def _total(self, name: str, shapes: dict[str, Shape | None]) -> int | None:
        shape = shapes[name]
        return self.totals.get(name) if shape is None else product(shape)

    def _declared(self, name: str, node: Any) -> Shape | None:  # noqa: ANN401
        """Return the declared shape of an Input, without the axes that what follows contradicts."""
        declared, total = _declared_shape(node), self.totals.get(name)
        if declared is None or total is None:
            return declared
        if (shape := _without_batch(declared, total)) is None:
            raise InputError(
                f"the Input '{name}' declares the shape {list(declared)}, and what it leads to takes {total} values."
            )
        return (total,) if sum(size != 1 for size in shape) <= 1 and not self._needs_axes(name) else shape

    def _needs_axes(self, name: str) -> bool:
        return any(isinstance(self.nodes[post], (*_CONVOLUTIONS, *_POOLINGS)) for post in self.posts[name])

    def _hand_on(self, queue: deque[str]) -> None:
        """Give shapes to all nodes that known ones lead to."""
        while queue:
            name = queue.popleft()
            leaving = self.leaving[name]
            if leaving is None:
                continue
            for post in self.posts[name]:
                if self.entering[post] is None:
                    self._enter(post, leaving)
                    queue.append(post)

    def _enter(self, name: str, shape: Shape) -> None:
        """Set the shape of what enters a node, and with it that of what leaves."""
        node = self.nodes[name]
        try:
            self.entering[name], self.leaving[name] = _passed(node, shape)
        except InputError as error:
            raise InputError(f"the node '{name}' {error}") from None
        if product(self.leaving[name] or ()) > MOST_ELEMENTS and not self._is_held(node):
            raise InputError(f"the node '{name}' has more than {MOST_ELEMENTS:,} elements, which are only declared.")

    def _is_held(self, node: Any) -> bool:  # noqa: ANN401
        return isinstance(node, ELEMENTWISE) and product(_parameter_shape(node)) > MOST_ELEMENTS

    def _fill_backwards(self) -> None:
        """Give inputs and outputs of the graph the shape of their neighbours where nothing else is known."""
        for name, node in self.nodes.items():
            if self.entering[name] is None and isinstance(node, nir.Input | nir.Output):
                shape = _declared_shape(node)
                self.entering[name] = self.leaving[name] = shape

    def _check(self) -> None:
        for name, node in self.nodes.items():
            if self.entering[name] is None and isinstance(node, (*SPIKING, *SILENT)):
                raise InputError(
                    f"the file does not give the size of node '{name}': its parameters are single values, and nothing "
                    "of a known size leads to it or from it."
                )
            shape, declared = self.entering[name], _declared_shape(node) if isinstance(node, nir.Output) else None
            if name not in self.ends and shape and declared and _without_batch(declared, product(shape)) is None:
                raise InputError(
                    f"the Output '{name}' declares the shape {list(declared)}, and takes an array of {list(shape)}."
                )
        for pre, post in self.edges:
            leaving, entering = self.leaving[pre], self.entering[post]
            if leaving is None or entering is None or product(leaving) == product(entering):
                continue
            raise InputError(
                f"node '{pre}' gives {product(leaving)} values {_in_axes(leaving)}, and node '{post}' takes "
                f"{product(entering)} {_in_axes(entering)}."
            )


def _passed(node: Any, shape: Shape) -> tuple[Shape, Shape]:  # noqa: ANN401
    """Return the shapes of what enters a node, as it takes an array of this shape, and of what leaves it."""
    if isinstance(node, _CONVOLUTIONS):
        weight = node.weight.shape
        shape = with_axes(shape, len(weight) - 1)
        if len(shape) != len(weight) - 1 or shape[0] != weight[1] * node.groups or weight[0] % node.groups:
            raise InputError(
                f"is a {type(node).__name__} with a weight of shape {weight} in {node.groups} groups, and an array of "
                f"shape {shape} arrives."
            )
        return shape, convolution_shape(shape, weight[2:], node.stride, node.padding, node.dilation, weight[0])
    if isinstance(node, _POOLINGS):
        shape = with_axes(shape, 3)
        if len(shape) != 3:
            raise InputError(f"is a {type(node).__name__}, and an array of shape {shape} arrives: it takes 3 axes.")
        kernel = np.broadcast_to(np.asarray(node.kernel_size).ravel(), 2)
        return shape, convolution_shape(shape, [int(k) for k in kernel], node.stride, node.padding, 1, shape[0])
    if isinstance(node, nir.Flatten):
        return shape, flattened_shape(shape, node.start_dim, node.end_dim)
    if isinstance(node, ELEMENTWISE):
        own = _parameter_shape(node)
        fits = product(own) in (1, product(shape)) or _broadcast(own, shape) == shape
        if not fits:
            raise InputError(f"has parameters of shape {own}, and an array of shape {shape} arrives.")
    return shape, shape


def _from_total(sizes: _Sizes, name: str) -> Shape | None:
    """Return the number of elements of the neighbours, for a node that keeps it."""
    return (sizes.totals[name],) if name in sizes.totals else None


def _own_fallback(sizes: _Sizes, name: str) -> Shape | None:
    """Return the shape of a node's parameters, axes of length 1 included; of a Flatten the shape that it declares."""
    node = sizes.nodes[name]
    if isinstance(node, nir.Flatten):
        return _declared_shape(node)
    if isinstance(node, ELEMENTWISE) and product(shape := _parameter_shape(node)) > 1:
        return shape
    return None


def _declared_output(sizes: _Sizes, name: str) -> Shape | None:
    """Return the shape that an Output declares, for a node with single values that leads to it."""
    if not isinstance(sizes.nodes[name], ELEMENTWISE):
        return None
    ends = [sizes.nodes[post] for post in sizes.posts[name] if isinstance(sizes.nodes[post], nir.Output)]
    shapes = [shape for end in ends if (shape := _declared_shape(end))]
    return (product(shapes[0]),) if shapes else None


def _parameter_shape(node: Any) -> Shape:  # noqa: ANN401
    name = next(name for name in _PARAMETERS if hasattr(node, name))
    return tuple(int(size) for size in np.shape(getattr(node, name)))


def _declared_shape(node: Any) -> Shape | None:  # noqa: ANN401
    declared = next(iter((node.output_type if isinstance(node, nir.Output) else node.input_type).values()))
    return None if declared is None else tuple(int(size) for size in np.atleast_1d(declared))


def _without_batch(declared: Shape, total: int) -> Shape | None:
    """Return a declared shape without leading axes, so that it has ``total`` elements; None if it never has."""
    for first in range(len(declared)):
        if product(declared[first:]) == total:
            return declared[first:]
    return (total,) if product(declared) == 1 else None


def _broadcast(one: Shape, other: Shape) -> Shape | None:
    try:
        return np.broadcast_shapes(one, other)
    except ValueError:
        return None


def _in_axes(shape: Shape) -> str:
    return f"(of shape {list(shape)})" if len(shape) > 1 else ""


def _spread_parameters(node: Any, shape: Shape) -> int:  # noqa: ANN401
    """Give a node one value of every parameter for each element; return how many numbers were added."""
    added = 0
    for name in _PARAMETERS:
        if hasattr(node, name) and (value := np.asarray(getattr(node, name))).shape != shape:
            if value.size != product(shape):
                added += product(shape)
                if added > MOST_SPREAD:
                    return added
                setattr(node, name, np.broadcast_to(value, shape).copy())
            else:
                setattr(node, name, value.reshape(shape))
    return added


def _store(node: Any, entering: Shape | None, leaving: Shape | None) -> None:  # noqa: ANN401
    if entering is not None and isinstance(node, nir.Conv1d):
        node.input_shape = entering[1]
    elif entering is not None and isinstance(node, nir.Conv2d):
        node.input_shape = entering[1:]
    node.input_type = {"input": None if entering is None else np.array(entering)}
    node.output_type = {"output": None if leaving is None else np.array(leaving)}
