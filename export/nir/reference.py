"""The reference simulator of NIR files in numpy, by the semantics "nir-euler" or by those of a reader.

At tick k a node receives I_k, the sum over its incoming edges. An edge that closes a cycle (:mod:`export.nir.schedule`)
carries the output of tick k - 1, and 0 at k = 0. Every other edge carries the output of tick k. All states start at 0.
Neurons follow NIR's differential equations by one forward Euler step of dt per tick, or the rules of a reader
(:mod:`export.nir.semantics`).
"""

from collections.abc import Collection
from typing import Any

import nir
import numpy as np

from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.errors import InputError

from .neuron_steps import SPIKING, State, node_step
from .schedule import Edge, schedule
from .semantics import NIR_EULER, Semantics


def simulate(
    graph: nir.NIRGraph,
    inputs_TBI: FloatArray,
    *,
    dt: float | None = None,
    record: Collection[str] | None = None,
    semantics: Semantics = NIR_EULER,
) -> dict[str, FloatArray]:
    """Run a flat NIR graph in float64 and return the output of every node.

    Parameters
    ----------
    graph
        One Input, one Output, and Affine, Linear, Scale, Delay, LIF, LI, IF, CubaLIF and CubaLI nodes between them.
    inputs_TBI
        Output of the Input node, one row per tick.
    dt
        Duration of a tick in the unit of the file's tau; by default ``graph.metadata["dt"]``.
    record
        Names of the nodes to return; by default all of them.
    semantics
        Rules by which neurons are stepped; by default NIR's equations in Euler steps.

    Returns
    -------
    dict
        Output at every tick by node name, shape (T, B, n). Spikes are counted: 0 or 1, or more if the semantics allow
        several in a tick.

    Raises
    ------
    InputError
        If a node is of another type, the graph has several inputs or outputs, dt is unknown, or shapes do not agree.
    """
    dt, source = tick_duration(graph, dt), _only(graph, nir.Input)
    _only(graph, nir.Output)
    inputs_TBI = _checked_inputs(graph.nodes[source], inputs_TBI)
    n_ticks, n_lanes = inputs_TBI.shape[:2]
    steps = {name: node_step(name, node, dt, semantics) for name, node in graph.nodes.items()}
    late = {name for name, node in graph.nodes.items() if semantics.late and isinstance(node, SPIKING)}
    order, delayed = _order(graph, source, late)
    pres = {name: [pre for pre, post in graph.edges if post == name] for name in order}
    states: dict[str, State] = dict.fromkeys(order, (0.0, 0.0, 0.0))
    before: dict[str, FloatArray] = {
        name: np.zeros((n_lanes, _width(node.output_type))) for name, node in graph.nodes.items()
    }
    silence = {name: np.zeros((n_lanes, _width(node.input_type))) for name, node in graph.nodes.items()}
    recorded = list(graph.nodes if record is None else record)
    outputs: dict[str, FloatArray] = {name: np.empty((n_ticks, *before[name].shape)) for name in recorded}
    for tick in range(n_ticks):
        now: dict[str, FloatArray] = {}
        for name in order:
            arriving = [before[pre] if (pre, name) in delayed else now[pre] for pre in pres[name]]
            current = inputs_TBI[tick] if name == source else _total(arriving, silence[name])
            states[name], now[name] = steps[name](states[name], current)
        for name in recorded:
            outputs[name][tick] = before[name] if name in late else now[name]
        before = now
    return outputs


def _order(graph: nir.NIRGraph, source: str, late: set[str]) -> tuple[list[str], set[Edge]]:
    """Return the order of the nodes, and the edges with a delay of one tick: all edges that leave late neurons."""
    leaving = {(pre, post) for pre, post in graph.edges if pre in late}
    order, closing = schedule([edge for edge in graph.edges if edge not in leaving], [source, *graph.nodes])
    return order, closing | leaving


def _only(graph: nir.NIRGraph, kind: type[Any]) -> str:
    names = [name for name, node in graph.nodes.items() if isinstance(node, kind)]
    if len(names) != 1:
        raise InputError(f"The graph has {len(names)} nodes of type {kind.__name__}; the simulator needs exactly one.")
    return str(names[0])


def tick_duration(graph: nir.NIRGraph, dt: float | None = None) -> float:
    """Return dt in seconds, as given or from the graph's metadata. Raises ``InputError`` if neither gives it."""
    tick = graph.metadata.get("dt") if dt is None else dt
    if tick is None:
        raise InputError("The graph's metadata has no 'dt', which NIR itself does not hold: give dt in seconds.")
    if not isinstance(tick, int | float | np.number) or not 0 < tick < np.inf:
        raise InputError(f"dt is {tick!r}; a tick must last a positive time, in seconds.")
    return float(tick)


def _checked_inputs(node: nir.Input, inputs_TBI: FloatArray) -> FloatArray:
    inputs_TBI, width = np.asarray(inputs_TBI, dtype=np.float64), _width(node.input_type)
    if inputs_TBI.ndim != 3 or inputs_TBI.shape[2] != width:
        raise InputError(f"The inputs have shape {inputs_TBI.shape}; the graph needs (ticks, lanes, {width}).")
    return inputs_TBI


def _width(shapes: dict[str, AnyArray]) -> int:
    return int(np.prod(next(iter(shapes.values()))))


def _total(arriving: list[FloatArray], silence: FloatArray) -> FloatArray:
    """Return the sum in the order of the edges; zeros for a node without incoming edges."""
    if not arriving:
        return silence
    total = arriving[0]
    for more in arriving[1:]:
        total = total + more
    return total
