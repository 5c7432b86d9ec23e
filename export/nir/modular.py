"""The modular form of a NIR file: one population of neurons for each functional module, and blocks of weights.

Module ``m`` is ``hidden_m``, driven by ``input_weights_m``; ``hidden_none`` are the neurons of no module. The weights
from module ``m`` to module ``k`` are ``recurrent_k_m``, [post, pre]; a block without connections is left out. The
entries of all loops are the populations, so every connection between neurons carries the spikes of the tick before
(:mod:`export.nir.schedule`), as in the canonical form.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import nir
import numpy as np

from neurogrow.arrays import FloatArray, IntArray
from neurogrow.errors import InputError
from neurogrow.network import GrownNetwork

from .graph import to_nir, write_graph


def to_modular_nir(network: GrownNetwork) -> nir.NIRGraph:
    """Return the network as a NIR graph with one population for each functional module.

    Raises
    ------
    InputError
        If the network's modules are not known, or it cannot be written as NIR.
    """
    if network.module_N is None:
        raise InputError("This network's modules are not known; analyse the run first (`neurogrow analyze RUN`).")
    return split(to_nir(network), network.module_N)


def write_modular_nir(network: GrownNetwork, path: str | Path) -> Path:
    """Write :func:`to_modular_nir` of the network to ``path``, whole or not at all, and return ``path``."""
    return write_graph(to_modular_nir(network), path)


def split(graph: nir.NIRGraph, module_N: IntArray) -> nir.NIRGraph:
    """Return a canonical graph with its hidden population split by module."""
    members: dict[str, IntArray] = {_name(int(m)): np.flatnonzero(module_N == m) for m in np.unique(module_N)}
    inputs, outputs = graph.nodes["input_weights"], graph.nodes["output_weights"]
    parts = ("input_weights", "hidden", "recurrent", "output_weights")
    nodes: dict[str, Any] = {name: node for name, node in graph.nodes.items() if name not in parts}
    edges = [edge for edge in graph.edges if not set(edge) & set(parts)]
    (source,) = (pre for pre, post in graph.edges if post == "input_weights")
    for name, index in members.items():
        nodes[f"input_weights_{name}"] = nir.Affine(inputs.weight[index], inputs.bias[index])
        nodes[f"hidden_{name}"] = _part(graph.nodes["hidden"], index)
        edges += [(source, f"input_weights_{name}"), (f"input_weights_{name}", f"hidden_{name}")]
    for (post, pre), block in _blocks(graph.nodes["recurrent"].weight, members).items():
        nodes[f"recurrent_{post}_{pre}"] = nir.Linear(block)
        edges += [(f"hidden_{pre}", f"recurrent_{post}_{pre}"), (f"recurrent_{post}_{pre}", f"hidden_{post}")]
    for place, (name, index) in enumerate(members.items()):
        weights = outputs.weight[:, index]
        if not place or weights.any():  # the first has the bias, which is added once
            nodes[f"output_weights_{name}"] = nir.Linear(weights) if place else nir.Affine(weights, outputs.bias)
            edges += [(f"hidden_{name}", f"output_weights_{name}"), (f"output_weights_{name}", "readout")]
    return nir.NIRGraph(nodes, edges, metadata=dict(graph.metadata))


def _name(module: int) -> str:
    return "none" if module < 0 else str(module)


def _blocks(weights_NN: FloatArray, members: dict[str, IntArray]) -> dict[tuple[str, str], FloatArray]:
    """Return the blocks [post, pre] with a connection, by the names of their modules."""
    blocks = {
        (post, pre): weights_NN[np.ix_(rows, cols)] for post, rows in members.items() for pre, cols in members.items()
    }
    return {names: block for names, block in blocks.items() if block.any()}


def _part(node: Any, index: IntArray) -> Any:  # noqa: ANN401  (a LIF or CubaLIF node)
    """Return the node with some of its neurons, and their part of its metadata."""
    n = len(node.v_threshold)
    own = {key: getattr(node, key) for key in ("tau", "tau_syn", "tau_mem", "r", "w_in") if hasattr(node, key)}
    own |= {key: getattr(node, key) for key in ("v_leak", "v_threshold", "v_reset")}
    metadata = {
        key: value[index] if len(value) == n and key != "grid" else value for key, value in node.metadata.items()
    }
    return replace(node, **{key: value[index] for key, value in own.items()}, metadata=metadata)
