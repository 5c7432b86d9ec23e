"""What a NIR file means: the semantics "nir-euler", in numpy.

At tick k a node receives I_k, the sum over its incoming edges. An edge that closes a cycle carries what its first node
gave at tick k - 1, and 0 at k = 0; every other edge carries tick k. All states start at 0. Neurons follow NIR's
differential equations by one forward Euler step of dt per tick. Each step below is written with the terms in the state
collected, v + a((v_leak - v) + r I) = (1 - a) v + (a r) I + a v_leak, because v <- beta v + I then keeps its rounding.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeAlias

import nir
import numpy as np

from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.errors import InputError

State: TypeAlias = tuple[Any, ...]
Step: TypeAlias = Callable[[State, FloatArray], tuple[State, FloatArray]]
"""(state before, I_k of shape (B, n)) -> (state after, output of shape (B, m)). A new state is ``(0.0, 0.0)``."""
Edge: TypeAlias = tuple[str, str]


def simulate(
    graph: nir.NIRGraph, inputs_TBI: FloatArray, *, dt: float | None = None, record: Collection[str] | None = None
) -> dict[str, FloatArray]:
    """Run a flat NIR graph in float64 and return what each node gave.

    Parameters
    ----------
    graph
        One Input, one Output, and between them Affine, Linear, Scale, LIF, LI, IF, CubaLIF and CubaLI nodes.
    inputs_TBI
        What the Input gives, one row per tick.
    dt
        Duration of a tick in seconds; by default ``graph.metadata["dt"]``.
    record
        Names of the nodes to return; by default all of them.

    Returns
    -------
    dict
        By node name, the output at every tick, shape (T, B, n); spikes are 0 and 1.

    Raises
    ------
    InputError
        If a node is of another type, the graph has several inputs or outputs, dt is unknown, or shapes do not agree.
    """
    dt, source = tick_duration(graph, dt), _only(graph, nir.Input)
    _only(graph, nir.Output)
    inputs_TBI = _checked_inputs(graph.nodes[source], inputs_TBI)
    n_ticks, n_lanes = inputs_TBI.shape[:2]
    steps = {name: _step(name, node, dt) for name, node in graph.nodes.items()}
    order, closing = schedule(graph.edges, [source, *graph.nodes])
    pres = {name: [pre for pre, post in graph.edges if post == name] for name in order}
    states: dict[str, State] = dict.fromkeys(order, (0.0, 0.0))
    before: dict[str, FloatArray] = {
        name: np.zeros((n_lanes, _width(node.output_type))) for name, node in graph.nodes.items()
    }
    silence = {name: np.zeros((n_lanes, _width(node.input_type))) for name, node in graph.nodes.items()}
    kept = list(graph.nodes if record is None else record)
    outputs: dict[str, FloatArray] = {name: np.empty((n_ticks, *before[name].shape)) for name in kept}
    for tick in range(n_ticks):
        now: dict[str, FloatArray] = {}
        for name in order:
            arriving = [before[pre] if (pre, name) in closing else now[pre] for pre in pres[name]]
            current = inputs_TBI[tick] if name == source else _total(arriving, silence[name])
            states[name], now[name] = steps[name](states[name], current)
        for name in kept:
            outputs[name][tick] = now[name]
        before = now
    return outputs


def schedule(edges: Iterable[Edge], roots: Iterable[str]) -> tuple[list[str], set[Edge]]:
    """Return the order of the nodes within a tick, and the edges that close a cycle.

    Depth first from each root in turn, following edges in the order they are listed: an edge back to a node on the
    present path closes a cycle, and without those edges the reverse of the order of finishing is topological. Where
    every loop can be entered at one node only (a reducible graph) the result does not depend on the order of the edges
    (Hecht and Ullman 1974, doi:10.1145/321832.321835).

    Examples
    --------
    >>> schedule([("in", "a"), ("a", "w"), ("w", "a"), ("a", "out")], ["in", "a", "out", "w"])
    (['in', 'a', 'out', 'w'], {('w', 'a')})
    """
    edges = list(edges)
    finished: list[str] = []
    seen: set[str] = set()
    closing: set[Edge] = set()
    for root in roots:
        path = [] if root in seen else [root]
        seen.add(root)
        while path:
            node = path[-1]
            posts = [post for pre, post in edges if pre == node]
            closing |= {(node, post) for post in posts if post in path}
            ahead = next((post for post in posts if post not in seen), None)
            if ahead is None:
                finished.append(path.pop())
            else:
                seen.add(ahead)
                path.append(ahead)
    return finished[::-1], closing


def _passing(_node: Any, _dt: float) -> Step:  # noqa: ANN401  (each of these takes its own type of node)
    """Input and Output: y = I."""
    return lambda state, current: (state, current)


def _linear(node: nir.Linear, _dt: float) -> Step:
    """Linear: y = W I."""
    return lambda state, current: (state, current @ node.weight.T)


def _affine(node: nir.Affine, _dt: float) -> Step:
    """Affine: y = W I + b."""
    return lambda state, current: (state, current @ node.weight.T + node.bias)


def _scale(node: nir.Scale, _dt: float) -> Step:
    """Scale: y = scale I, element by element."""
    return lambda state, current: (state, current * node.scale)


def _li(node: nir.LI, dt: float) -> Step:
    """LI: v <- v + (dt / tau)((v_leak - v) + r I); y = v."""
    rate = dt / node.tau
    keep, gain, leak = 1 - rate, rate * node.r, rate * node.v_leak

    def step(state: State, current: FloatArray) -> tuple[State, FloatArray]:
        v = keep * state[0] + gain * current + leak
        return (v,), v

    return step


def _cuba_li(node: nir.CubaLI, dt: float) -> Step:
    """CubaLI: i <- i + (dt / tau_syn)(w_in I - i); then LI with the new i as its current."""
    rate = dt / node.tau_syn
    keep, gain = 1 - rate, rate * node.w_in
    membrane = _li(nir.LI(node.tau_mem, node.r, node.v_leak), dt)

    def step(state: State, current: FloatArray) -> tuple[State, FloatArray]:
        i = keep * state[1] + gain * current
        (v,), _ = membrane(state, i)
        return (v, i), v

    return step


def _integrator(node: nir.IF, dt: float) -> Step:
    """IF before it spikes: v <- v + dt r I; y = v."""
    gain = dt * node.r

    def step(state: State, current: FloatArray) -> tuple[State, FloatArray]:
        v = state[0] + gain * current
        return (v,), v

    return step


def _spiking(membrane: Callable[[Any, float], Step]) -> Callable[[Any, float], Step]:
    """Let a membrane spike: z = [v > v_threshold], strictly; v <- v_reset where z, in the same tick; y = z."""

    def build(node: Any, dt: float) -> Step:  # noqa: ANN401
        integrate = membrane(node, dt)

        def step(state: State, current: FloatArray) -> tuple[State, FloatArray]:
            (v, *rest), _ = integrate(state, current)
            z = v > node.v_threshold
            return (np.where(z, node.v_reset, v), *rest), z.astype(np.float64)

        return step

    return build


_STEPS: dict[type[Any], Callable[[Any, float], Step]] = {
    nir.Input: _passing,
    nir.Output: _passing,
    nir.Linear: _linear,
    nir.Affine: _affine,
    nir.Scale: _scale,
    nir.LI: _li,
    nir.LIF: _spiking(_li),
    nir.IF: _spiking(_integrator),
    nir.CubaLI: _cuba_li,
    nir.CubaLIF: _spiking(_cuba_li),
}


def _step(name: str, node: Any, dt: float) -> Step:  # noqa: ANN401
    if type(node) not in _STEPS:
        known = ", ".join(kind.__name__ for kind in _STEPS)
        raise InputError(f"The node '{name}' is of type {type(node).__name__}; the reference simulator knows {known}.")
    if len(node.output_type["output"]) != 1 or len(node.input_type["input"]) != 1:
        raise InputError(f"The node '{name}' is not one-dimensional; the reference simulator needs vectors.")
    return _STEPS[type(node)](node, dt)


def _only(graph: nir.NIRGraph, kind: type[Any]) -> str:
    names = [name for name, node in graph.nodes.items() if isinstance(node, kind)]
    if len(names) != 1:
        raise InputError(f"The graph has {len(names)} nodes of type {kind.__name__}; the simulator needs exactly one.")
    return str(names[0])


def tick_duration(graph: nir.NIRGraph, dt: float | None = None) -> float:
    """Return dt in seconds: what is given, or what the graph's metadata say. Raises ``InputError`` where neither is."""
    found = graph.metadata.get("dt") if dt is None else dt
    if found is None:
        raise InputError("The graph's metadata has no 'dt', which NIR itself does not hold: give dt in seconds.")
    if not isinstance(found, int | float | np.number) or not 0 < found < np.inf:
        raise InputError(f"dt is {found!r}; a tick must last a positive time, in seconds.")
    return float(found)


def _checked_inputs(node: nir.Input, inputs_TBI: FloatArray) -> FloatArray:
    inputs_TBI, width = np.asarray(inputs_TBI, dtype=np.float64), _width(node.input_type)
    if inputs_TBI.ndim != 3 or inputs_TBI.shape[2] != width:
        raise InputError(f"The inputs have shape {inputs_TBI.shape}; the graph needs (ticks, lanes, {width}).")
    return inputs_TBI


def _width(shapes: dict[str, AnyArray]) -> int:
    return int(np.prod(next(iter(shapes.values()))))


def _total(arriving: list[FloatArray], silence: FloatArray) -> FloatArray:
    """Return the sum in the order of the edges; a node that receives nothing receives zeros."""
    if not arriving:
        return silence
    total = arriving[0]
    for more in arriving[1:]:
        total = total + more
    return total
