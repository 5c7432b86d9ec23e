"""Write a spiking :class:`~neurogrow.network.GrownNetwork` as a NIR file, and read it back to the last bit.

The file has one canonical form, under the semantics "nir-euler" (:mod:`export.nir.reference`)::

    input -> input_weights (Affine) -> hidden (LIF or CubaLIF) -> output_weights (Affine) -> readout (LI) -> output
                                   hidden -> recurrent (Linear) -> hidden

If an encoder turns inputs into spikes, the form begins with ``input -> encoder_weights (Affine) -> encoder (LIF) ->
input_weights``.

NIR: Pedersen et al., "Neuromorphic intermediate representation", Nature Communications 15, 8122 (2024).
"""

import json
from collections.abc import Container
from pathlib import Path
from typing import Any

import nir
import numpy as np
from scipy import sparse

from neurogrow._internal.version import __version__
from neurogrow.equations import spiking_neurons
from neurogrow.errors import InputError
from neurogrow.io.files import replacing
from neurogrow.io.nir import read_graph
from neurogrow.network import GrownNetwork, RateNeurons, SpikeEncoder, SpikingNeurons

from .neurons import decay, dense, double, entry, neuron_node, read_neurons

__all__ = [
    "EDGES",
    "ENCODER_EDGES",
    "ENCODER_NODES",
    "NODES",
    "SEMANTICS",
    "canonical_edges",
    "check_form",
    "read_graph",
    "read_nir",
    "to_nir",
    "write_graph",
    "write_nir",
]

SEMANTICS = "nir-euler"
NODES: dict[str, tuple[type[Any], ...]] = {
    "input": (nir.Input,),
    "input_weights": (nir.Affine,),
    "hidden": (nir.LIF, nir.CubaLIF),
    "recurrent": (nir.Linear,),
    "output_weights": (nir.Affine,),
    "readout": (nir.LI,),
    "output": (nir.Output,),
}
"""The nodes of the canonical form and the types they may have."""
ENCODER_NODES: dict[str, tuple[type[Any], ...]] = {"encoder_weights": (nir.Affine,), "encoder": (nir.LIF,)}
"""The nodes of an encoder and the types they may have."""
EDGES = [
    ("input", "input_weights"),
    ("input_weights", "hidden"),
    ("hidden", "recurrent"),
    ("recurrent", "hidden"),
    ("hidden", "output_weights"),
    ("output_weights", "readout"),
    ("readout", "output"),
]
"""The edges of the canonical form; an encoder takes the place of the first one."""
ENCODER_EDGES = [("input", "encoder_weights"), ("encoder_weights", "encoder"), ("encoder", "input_weights")]


def to_nir(network: GrownNetwork) -> nir.NIRGraph:
    """Return the network as a NIR graph in the canonical form.

    A LIF node has tau = dt / (1 - beta) and r = tau / dt, so that v <- v + (dt / tau)((v_leak - v) + r I) is
    v <- beta v + I; v_leak = v_reset = 0. The current of a CubaLIF node is written in the same way. The readout has
    r = 1: o <- beta_out o + (1 - beta_out) I. Weights are dense, as NIR requires, so a connection that is stored with
    weight zero is no connection in the file.

    The metadata of a node hold its decays too: below one half, 1 - beta rounds, and tau does not give beta to the last
    bit.

    Raises
    ------
    InputError
        If the network is a rate network, or has no neurons, inputs or outputs.
    """
    neurons = spiking(network)
    beta_O = double(neurons.readout_beta_O)
    zeros_O = np.zeros(network.n_outputs)
    nodes: dict[str, Any] = {"input": nir.Input(np.array([network.n_inputs]))}
    if network.encoder:
        nodes |= _encoder_nodes(network.encoder, neurons.dt)
    nodes |= {
        "input_weights": nir.Affine(double(network.input_weights_NI), double(network.hidden_bias_N)),
        "hidden": neuron_node(neurons, neurons.dt, places(network)),
        "recurrent": nir.Linear(double(network.recurrent_weights_NN.toarray())),
        "output_weights": nir.Affine(double(network.output_weights_ON), double(network.output_bias_O)),
        "readout": nir.LI(neurons.dt / (1 - beta_O), zeros_O + 1, zeros_O, metadata={"beta": beta_O}),
        "output": nir.Output(np.array([network.n_outputs])),
    }
    return nir.NIRGraph(nodes, canonical_edges(nodes), metadata=graph_metadata(network, neurons))


def canonical_edges(names: Container[str]) -> list[tuple[str, str]]:
    """Return the edges of the canonical form, with an encoder if its node is among the names."""
    return [*ENCODER_EDGES, *EDGES[1:]] if "encoder" in names else list(EDGES)


def write_nir(network: GrownNetwork, path: str | Path) -> Path:
    """Write :func:`to_nir` of the network to ``path``, whole or not at all, and return ``path``."""
    return write_graph(to_nir(network), path)


def write_graph(graph: nir.NIRGraph, path: str | Path) -> Path:
    """Write any graph to ``path``, whole or not at all, and return ``path``."""
    path = Path(path)
    with replacing(path) as beside:
        nir.write(str(beside), graph)
    return path


def read_nir(path: str | Path) -> GrownNetwork:
    """Read a file of :func:`write_nir`; every number comes back as it was, in float64.

    Weights are read as sparse matrices, so networks of any size can be read.

    Raises
    ------
    InputError
        If the file is not NIR, or holds something other than the canonical form with its metadata. The message names
        the file and the reason.
    """
    graph = read_graph(path, sparse=True)
    try:
        check_form(graph)
        return _network(graph)
    except InputError as error:
        raise InputError(f"{path} is NIR, but not a network that neurogrow wrote: {error}") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is NIR, but its metadata cannot be read: {error}") from None


def check_form(graph: nir.NIRGraph) -> None:
    """Raise ``InputError`` with the first difference between the graph and the canonical form."""
    wanted_nodes = NODES | (ENCODER_NODES if "encoder" in graph.nodes else {})
    for name, wanted in wanted_nodes.items():
        if name not in graph.nodes:
            raise InputError(f"the node '{name}' is missing.")
        if type(graph.nodes[name]) not in wanted:
            known = " or ".join(kind.__name__ for kind in wanted)
            raise InputError(f"the node '{name}' is of type {type(graph.nodes[name]).__name__}, not {known}.")
    if extra := sorted(set(graph.nodes) - set(wanted_nodes)):
        raise InputError(f"there is a node '{extra[0]}' besides those of the canonical form.")
    edges = set(canonical_edges(graph.nodes))
    if set(graph.edges) != edges:
        pre, post = sorted(set(graph.edges) ^ edges)[0]
        raise InputError(f"the edge {pre} -> {post} is {'missing' if (pre, post) in edges else 'not expected'}.")
    if (semantics := entry(graph.metadata, "semantics", "the graph")) != SEMANTICS:
        raise InputError(f"its semantics are {semantics!r}, not {SEMANTICS!r}.")
    for name, node in graph.nodes.items():
        for parameter in ("v_leak", "v_reset"):
            if np.any(getattr(node, parameter, 0)):
                raise InputError(f"{parameter} of the node '{name}' is not zero.")


def spiking(network: GrownNetwork) -> SpikingNeurons:
    """Return the network's neurons if NIR can hold them. Raises ``InputError`` with the reason where it cannot."""
    if isinstance(network.neurons, RateNeurons):
        raise InputError(
            "NIR has no ReLU, tanh or softplus node, so a rate network cannot be written as NIR: write it as ONNX, "
            "or grow its spiking counterpart first."
        )
    if not min(network.n_neurons, network.n_inputs, network.n_outputs):
        raise InputError("A network without neurons, inputs or outputs cannot be written: prune less.")
    return spiking_neurons(network)


def places(network: GrownNetwork) -> dict[str, Any]:
    """Return the places of the hidden neurons as metadata: positions, grid, neuron_id, and module if known."""
    metadata = {
        "positions": double(network.positions_N2),
        "grid": np.array(network.grid),
        "neuron_id": np.asarray(network.neuron_id_N),
    }
    return metadata | ({} if network.module_N is None else {"module": np.asarray(network.module_N)})


def graph_metadata(network: GrownNetwork, neurons: SpikingNeurons) -> dict[str, Any]:
    """Return the metadata that NIR has no fields for: above all the duration of a tick and the semantics."""
    return {
        "dt": float(neurons.dt),
        "substeps": int(neurons.substeps),
        "reset": "zero",
        "semantics": SEMANTICS,
        "neurogrow_version": __version__,
        # As one string: HDF5 would read a slash in a key as a folder.
        "network_metadata": json.dumps(network.metadata),
    }


def _encoder_nodes(encoder: SpikeEncoder, dt: float) -> dict[str, Any]:
    return {
        "encoder_weights": nir.Affine(double(encoder.weights_EI), double(encoder.bias_E)),
        "encoder": neuron_node(encoder, dt, {}),
    }


def _network(graph: nir.NIRGraph) -> GrownNetwork:
    """Return the network of a graph in the canonical form."""
    nodes, metadata = graph.nodes, graph.nodes["hidden"].metadata
    dt = float(entry(graph.metadata, "dt", "the graph"))
    substeps = int(entry(graph.metadata, "substeps", "the graph"))
    neurons = read_neurons(nodes["hidden"], nodes["readout"], substeps, dt)
    rows, cols = (int(size) for size in entry(metadata, "grid", "'hidden'"))
    return GrownNetwork(
        neurons=neurons,
        input_weights_NI=dense(nodes["input_weights"].weight),
        recurrent_weights_NN=sparse.csr_array(nodes["recurrent"].weight),
        output_weights_ON=dense(nodes["output_weights"].weight),
        hidden_bias_N=nodes["input_weights"].bias,
        output_bias_O=nodes["output_weights"].bias,
        grid=(rows, cols),
        neuron_id_N=entry(metadata, "neuron_id", "'hidden'"),
        module_N=metadata.get("module"),
        metadata=json.loads(entry(graph.metadata, "network_metadata", "the graph")),
        encoder=_encoder(nodes, dt) if "encoder" in nodes else None,
    )


def _encoder(nodes: dict[str, Any], dt: float) -> SpikeEncoder:
    weights, node = nodes["encoder_weights"], nodes["encoder"]
    return SpikeEncoder(dense(weights.weight), weights.bias, decay(node, "encoder", dt), node.v_threshold)
