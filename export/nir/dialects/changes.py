"""Changes to the canonical graph, from which dialects are made. Each returns a changed copy of a graph.

In the canonical graph, input reaches a hidden neuron unscaled (gain dt / tau = 1), and v_leak = v_reset = 0.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import nir
import numpy as np

from neurogrow.arrays import AnyArray, FloatArray

Nodes = dict[str, Any]


def changed(graph: nir.NIRGraph, nodes: Nodes, edges: Iterable[tuple[str, str]] | None = None) -> nir.NIRGraph:
    """Return a copy of the graph with these nodes added or replaced, and with these edges if any are given."""
    return nir.NIRGraph(
        graph.nodes | nodes, list(graph.edges if edges is None else edges), metadata=dict(graph.metadata)
    )


def of_type(graph: nir.NIRGraph, *kinds: type[Any]) -> Nodes:
    """Return the nodes of these types by name."""
    return {name: node for name, node in graph.nodes.items() if isinstance(node, kinds)}


def membrane_tau(node: Any) -> FloatArray:  # noqa: ANN401
    """Return the time constant of a node's membrane."""
    return np.asarray(node.tau_mem if isinstance(node, nir.CubaLIF) else node.tau)


def decay_of(graph: nir.NIRGraph, node: Any, which: str = "beta") -> FloatArray:  # noqa: ANN401
    """Return the exact decay of a node's membrane, or of its current (``"alpha"``), from its metadata."""
    tau = node.tau_syn if which == "alpha" else membrane_tau(node)
    return np.asarray(node.metadata.get(which, 1 - graph.metadata["dt"] / tau))


def unit_resistance(graph: nir.NIRGraph) -> nir.NIRGraph:
    """LIF: r = 1, v_threshold / r (the gauge v -> v / r)."""
    return changed(
        graph,
        {
            name: replace(node, r=np.ones_like(node.r), v_threshold=node.v_threshold / node.r)
            for name, node in of_type(graph, nir.LIF).items()
        },
    )


def unit_thresholds(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Thresholds are 1: what arrives at a neuron is divided by its threshold (the gauge v -> v / threshold)."""
    spiking = of_type(graph, nir.LIF, nir.CubaLIF)
    scale = {name: 1 / node.v_threshold for name, node in spiking.items()}
    nodes = {name: replace(node, v_threshold=np.ones_like(node.v_threshold)) for name, node in spiking.items()}
    return changed(graph, nodes | _scaled(graph, scale))


def next_threshold(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Thresholds are the next larger float: the reader spikes at v >= threshold."""
    return changed(
        graph,
        {
            name: replace(node, v_threshold=np.nextafter(node.v_threshold, np.inf))
            for name, node in of_type(graph, nir.LIF, nir.CubaLIF).items()
        },
    )


def previous_threshold(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Thresholds are the next smaller float, which undoes the next larger one."""
    nodes = of_type(graph, nir.LIF, nir.CubaLIF)
    return changed(
        graph,
        {name: replace(node, v_threshold=np.nextafter(node.v_threshold, -np.inf)) for name, node in nodes.items()},
    )


def exponential_taus(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Time constants tau = -dt / ln(1 - dt / tau): the reader decays by exp(-dt / tau)."""
    dt = graph.metadata["dt"]
    nodes: Nodes = {}
    for name, node in of_type(graph, nir.LIF, nir.CubaLIF, nir.LI).items():
        tau = -dt / np.log(decay_of(graph, node))
        if isinstance(node, nir.CubaLIF):
            nodes[name] = replace(node, tau_mem=tau, tau_syn=-dt / np.log(decay_of(graph, node, "alpha")))
        else:
            nodes[name] = replace(node, tau=tau)
    return changed(graph, nodes)


def undecayed_input(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Weights into neurons and readouts are divided by their decay: in the reader a current's input decays at once."""
    scale = {name: 1 / decay_of(graph, node, "alpha") for name, node in of_type(graph, nir.CubaLIF).items()}
    scale |= {
        name: (1 - decay_of(graph, node)) / decay_of(graph, node) for name, node in of_type(graph, nir.LI).items()
    }
    return changed(graph, _scaled(graph, scale))


def readout_gain_in_weights(graph: nir.NIRGraph) -> nir.NIRGraph:
    """LI: the gain 1 - beta is in the output weights, r = tau / dt."""
    readouts = of_type(graph, nir.LI)
    nodes = {name: replace(node, r=node.tau / graph.metadata["dt"]) for name, node in readouts.items()}
    return changed(graph, nodes | _scaled(graph, {name: 1 - decay_of(graph, node) for name, node in readouts.items()}))


def unscaled_readout(graph: nir.NIRGraph) -> nir.NIRGraph:
    """LI: the gain 1 - beta is in the output weights; the reader adds input as it is, and wants r = 1."""
    readouts = of_type(graph, nir.LI)
    return changed(graph, _scaled(graph, {name: 1 - decay_of(graph, node) for name, node in readouts.items()}))


def readout_as_loop(graph: nir.NIRGraph) -> nir.NIRGraph:
    """LI becomes a loop of linear nodes, o <- beta o + (1 - beta) I: the reader has no LI."""
    graph, nodes, edges = unscaled_readout(graph), dict[str, Any](), list(graph.edges)
    for name, node in of_type(graph, nir.LI).items():
        keep = f"{name}_decay"
        nodes |= {name: nir.Linear(np.eye(len(node.tau))), keep: nir.Linear(np.diag(decay_of(graph, node)))}
        edges = [(name, keep), (keep, name), *edges]
    return changed(graph, nodes, edges)


def without_readout(graph: nir.NIRGraph) -> nir.NIRGraph:
    """LI is left out: the file ends with W_out s + b_out, integrated by whoever runs it (metadata: readout_beta)."""
    (name,) = of_type(graph, nir.LI)
    edges = [(pre, "output") if post == name else (pre, post) for pre, post in graph.edges if pre != name]
    nodes = {each: node for each, node in graph.nodes.items() if each != name}
    metadata = graph.metadata | {"readout_beta": decay_of(graph, graph.nodes[name])}
    return nir.NIRGraph(nodes, edges, metadata=metadata)


def loops_first(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Edges into loops come before those to the output: the reader's output is its last node in depth-first order."""
    readouts = {"readout", "output", *(name for name in graph.nodes if name.startswith("output_weights"))}
    return changed(graph, {}, sorted(graph.edges, key=lambda edge: (edge[1] in readouts, edge[1] == "output")))


def loop_as_subgraph(graph: nir.NIRGraph) -> nir.NIRGraph:
    """The hidden neurons and their recurrent weights are one subgraph."""
    (name,) = of_type(graph, nir.CubaLIF)
    (loop,) = (post for pre, post in graph.edges if pre == name and (post, name) in graph.edges)
    neurons, weights = graph.nodes[name], graph.nodes[loop]
    shape = neurons.v_threshold.shape
    inner = nir.NIRGraph(
        {"input": nir.Input(np.array(shape)), name: neurons, loop: weights, "output": nir.Output(np.array(shape))},
        [("input", name), (name, loop), (loop, name), (name, "output")],
    )
    edges = [edge for edge in graph.edges if loop not in edge]
    nodes = {each: node for each, node in graph.nodes.items() if each != loop} | {name: inner}
    return nir.NIRGraph(nodes, edges, metadata=dict(graph.metadata))


def recurrence_as_affine(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Linear nodes are Affine, with biases of zero: the reader takes a Linear for no node at all."""
    nodes = of_type(graph, nir.Linear)
    return changed(graph, {name: nir.Affine(node.weight, np.zeros(len(node.weight))) for name, node in nodes.items()})


def time_in_readout_taus(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Time is counted in time constants of the readout: the reader rounds that one to a whole number."""
    (readout,) = of_type(graph, nir.LI).values()
    return _in_units_of(graph, float(readout.tau[0]))


def time_in_ticks(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Time is counted in ticks."""
    return _in_units_of(graph, graph.metadata["dt"])


def gains_that_tell_the_tick(graph: nir.NIRGraph) -> nir.NIRGraph:
    """Gains are r = tau / dt - 1 and w_in = 1: the reader takes dt from tau / (1 + r), and scales nothing."""
    dt, nodes = graph.metadata["dt"], dict[str, Any]()
    for name, node in of_type(graph, nir.CubaLIF, nir.LI).items():
        nodes[name] = replace(node, r=membrane_tau(node) / dt - 1)
        if isinstance(node, nir.CubaLIF):
            nodes[name] = replace(nodes[name], w_in=np.ones_like(node.w_in))
    return changed(graph, nodes)


def _in_units_of(graph: nir.NIRGraph, unit: float) -> nir.NIRGraph:
    """Return the graph with times in units of ``unit`` seconds; the metadata say so."""
    nodes: Nodes = {}
    for name, node in of_type(graph, nir.LIF, nir.CubaLIF, nir.LI).items():
        taus = {key: getattr(node, key) / unit for key in ("tau", "tau_mem", "tau_syn") if hasattr(node, key)}
        nodes[name] = replace(node, **taus)
    graph = changed(graph, nodes)
    graph.metadata |= {"dt": graph.metadata["dt"] / unit, "time_unit": unit * graph.metadata.get("time_unit", 1.0)}
    return graph


def _scaled(graph: nir.NIRGraph, scale: dict[str, AnyArray]) -> Nodes:
    """Return the linear nodes before the named ones with their rows (and biases) multiplied by ``scale[name]``."""
    nodes: Nodes = {}
    for pre, post in graph.edges:
        if post in scale:
            node, factor = graph.nodes[pre], scale[post]
            rows = {"weight": factor[:, None] * node.weight}
            nodes[pre] = replace(node, **rows | ({"bias": factor * node.bias} if isinstance(node, nir.Affine) else {}))
    return nodes
