"""A spiking :class:`~neurogrow.network.GrownNetwork` as a NIR file, and back without losing a bit.

The file has one canonical form, under the semantics "nir-euler" (:mod:`export.reference`)::

    input -> input_weights (Affine) -> hidden (LIF) -> output_weights (Affine) -> readout (LI) -> output
                                   hidden -> recurrent (Linear) -> hidden

NIR: Pedersen et al., "Neuromorphic intermediate representation", Nature Communications 15, 8122 (2024).
"""

import json
from pathlib import Path
from typing import Any

import nir
import numpy as np
from scipy import sparse

import neurogrow
from neurogrow.arrays import AnyArray, FloatArray
from neurogrow.errors import InputError
from neurogrow.files import replacing
from neurogrow.network import GrownNetwork, LIFNeurons

SEMANTICS = "nir-euler"
NODES = {
    "input": nir.Input,
    "input_weights": nir.Affine,
    "hidden": nir.LIF,
    "recurrent": nir.Linear,
    "output_weights": nir.Affine,
    "readout": nir.LI,
    "output": nir.Output,
}
"""The nodes of the canonical form and their types."""
EDGES = [
    ("input", "input_weights"),
    ("input_weights", "hidden"),
    ("hidden", "recurrent"),
    ("recurrent", "hidden"),
    ("hidden", "output_weights"),
    ("output_weights", "readout"),
    ("readout", "output"),
]
"""The edges of the canonical form."""


def to_nir(network: GrownNetwork) -> nir.NIRGraph:
    """Return the network as a NIR graph in the canonical form.

    The LIF node has tau = dt / (1 - beta) and r = tau / dt, so that v <- v + (dt / tau)((v_leak - v) + r I) is
    v <- beta v + I; v_leak = v_reset = 0. The readout has r = 1: o <- beta_out o + (1 - beta_out) I. Weights are dense,
    as NIR requires, so a connection that is stored with weight zero is no connection in the file.

    ``beta`` travels in the metadata of both nodes as well: below one half, 1 - beta rounds, and tau no longer tells it
    to the last bit.

    Raises
    ------
    InputError
        If the network is a rate network, has nothing left of some kind, or a constant lies outside its range.
    """
    neurons = _spiking(network)
    beta_N, beta_O = _double(neurons.beta_N), _double(neurons.readout_beta_O)
    tau_N, r_N = _membrane(beta_N, neurons.dt)
    zeros_N, zeros_O = np.zeros(network.n_neurons), np.zeros(network.n_outputs)
    nodes = {
        "input": nir.Input(np.array([network.n_inputs])),
        "input_weights": nir.Affine(_double(network.input_weights_NI), _double(network.hidden_bias_N)),
        "hidden": nir.LIF(
            tau_N, r_N, zeros_N, _double(neurons.threshold_N), zeros_N, metadata=_places(network) | {"beta": beta_N}
        ),
        "recurrent": nir.Linear(_double(network.recurrent_weights_NN.toarray())),
        "output_weights": nir.Affine(_double(network.output_weights_ON), _double(network.output_bias_O)),
        "readout": nir.LI(neurons.dt / (1 - beta_O), zeros_O + 1, zeros_O, metadata={"beta": beta_O}),
        "output": nir.Output(np.array([network.n_outputs])),
    }
    return nir.NIRGraph(nodes, list(EDGES), metadata=_timing(network, neurons))


def write_nir(network: GrownNetwork, path: Path) -> Path:
    """Write :func:`to_nir` of the network to ``path``, whole or not at all, and return ``path``."""
    graph = to_nir(network)
    with replacing(path) as beside:
        nir.write(str(beside), graph)
    return path


def read_nir(path: Path) -> GrownNetwork:
    """Read what :func:`write_nir` wrote; every number comes back as it was, in float64.

    Raises
    ------
    InputError
        If the file is not NIR, or holds something other than the canonical form with its metadata. The message names
        the file and the reason.
    """
    graph = read_graph(path)
    try:
        check_form(graph)
        return _network(graph)
    except InputError as error:
        raise InputError(f"{path} is NIR, but not a network that neurogrow wrote: {error}") from None
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is NIR, but its metadata cannot be read: {error}") from None


def read_graph(path: Path) -> nir.NIRGraph:
    """Read any NIR file. Raises ``InputError``, with the file and the cause, for anything that is not one."""
    if not path.is_file():
        raise InputError(f"{path} does not exist, or is not a file.")
    try:
        return nir.read(str(path))
    except Exception as error:  # h5py and nir raise a dozen types on broken files, AssertionError and RuntimeError too
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path} cannot be read as a NIR file: {reason}") from None


def check_form(graph: nir.NIRGraph) -> None:
    """Raise ``InputError`` with the first difference between the graph and the canonical form."""
    for name, wanted in NODES.items():
        if name not in graph.nodes:
            raise InputError(f"the node '{name}' is missing.")
        if type(graph.nodes[name]) is not wanted:
            raise InputError(f"the node '{name}' is of type {type(graph.nodes[name]).__name__}, not {wanted.__name__}.")
    if extra := sorted(set(graph.nodes) - set(NODES)):
        raise InputError(f"there is a node '{extra[0]}' besides those of the canonical form.")
    if set(graph.edges) != set(EDGES):
        pre, post = sorted(set(graph.edges) ^ set(EDGES))[0]
        raise InputError(f"the edge {pre} -> {post} is {'missing' if (pre, post) in EDGES else 'not expected'}.")
    if (found := _entry(graph.metadata, "semantics", "the graph")) != SEMANTICS:
        raise InputError(f"its semantics are {found!r}, not {SEMANTICS!r}.")
    for name, parameter in (("hidden", "v_leak"), ("hidden", "v_reset"), ("readout", "v_leak")):
        if np.any(getattr(graph.nodes[name], parameter)):
            raise InputError(f"{parameter} of the node '{name}' is not zero.")


def _spiking(network: GrownNetwork) -> LIFNeurons:
    """Return the network's neurons if NIR can hold them."""
    neurons = network.neurons
    if not isinstance(neurons, LIFNeurons):
        raise InputError(
            "NIR has no ReLU, tanh or softplus node, so a rate network cannot be written as NIR: write it as ONNX, "
            "or grow its spiking counterpart first."
        )
    if not min(network.n_neurons, network.n_inputs, network.n_outputs):
        raise InputError("A network without neurons, inputs or outputs cannot be written: prune less.")
    return neurons


def _membrane(beta_N: FloatArray, dt: float) -> tuple[FloatArray, FloatArray]:
    """Return tau and r, such that in float64 1 - dt / tau == beta and r (dt / tau) == 1 wherever floats allow it.

    A membrane that meets its threshold exactly must not spike in any reader, so one in the last place matters. Within
    two places of dt / (1 - beta) and of tau / dt there is an exact pair for nearly every beta above one half.
    """
    nominal_N = dt / (1 - beta_N)
    tau_N, r_N = nominal_N.copy(), nominal_N / dt
    found_N = np.zeros(beta_N.shape, dtype=bool)
    for places in sorted(range(-2, 3), key=abs):
        trial_N = nominal_N + places * np.spacing(nominal_N)
        rate_N = dt / trial_N
        for nudge in (0, -1, 1):
            gain_N = 1 / rate_N + nudge * np.spacing(1 / rate_N)
            exact_N = ~found_N & (1 - rate_N == beta_N) & (gain_N * rate_N == 1)
            tau_N[exact_N], r_N[exact_N] = trial_N[exact_N], gain_N[exact_N]
            found_N |= exact_N
    return tau_N, r_N


def _double(array: AnyArray) -> FloatArray:
    return np.asarray(array, dtype=np.float64)


def _places(network: GrownNetwork) -> dict[str, Any]:
    places = {
        "positions": _double(network.positions_N2),
        "grid": np.array(network.grid),
        "neuron_id": np.asarray(network.neuron_id_N),
    }
    return places | ({} if network.module_N is None else {"module": np.asarray(network.module_N)})


def _timing(network: GrownNetwork, neurons: LIFNeurons) -> dict[str, Any]:
    return {
        "dt": float(neurons.dt),
        "substeps": int(neurons.substeps),
        "reset": "zero",
        "semantics": SEMANTICS,
        "neurogrow_version": neurogrow.__version__,
        # As one string: HDF5 would read a slash in a key as a folder.
        "network_metadata": json.dumps(network.metadata),
    }


def _network(graph: nir.NIRGraph) -> GrownNetwork:
    """Return the network that a graph of the canonical form holds."""
    nodes, places = graph.nodes, graph.nodes["hidden"].metadata
    dt = float(_entry(graph.metadata, "dt", "the graph"))
    neurons = LIFNeurons(
        beta_N=_beta(graph, "hidden", dt),
        threshold_N=nodes["hidden"].v_threshold,
        readout_beta_O=_beta(graph, "readout", dt),
        substeps=int(_entry(graph.metadata, "substeps", "the graph")),
        dt=dt,
    )
    rows, cols = (int(size) for size in _entry(places, "grid", "'hidden'"))
    return GrownNetwork(
        neurons=neurons,
        input_weights_NI=nodes["input_weights"].weight,
        recurrent_weights_NN=sparse.csr_array(nodes["recurrent"].weight),
        output_weights_ON=nodes["output_weights"].weight,
        hidden_bias_N=nodes["input_weights"].bias,
        output_bias_O=nodes["output_weights"].bias,
        grid=(rows, cols),
        neuron_id_N=_entry(places, "neuron_id", "'hidden'"),
        module_N=places.get("module"),
        metadata=json.loads(_entry(graph.metadata, "network_metadata", "the graph")),
    )


def _beta(graph: nir.NIRGraph, name: str, dt: float) -> FloatArray:
    """Return beta of the node, from its metadata, having checked that its parameters say the same."""
    node = graph.nodes[name]
    beta = np.asarray(_entry(node.metadata, "beta", f"'{name}'"))
    gain = node.r * dt / node.tau if name == "hidden" else node.r
    same = beta.shape == node.tau.shape and np.allclose(1 - dt / node.tau, beta, rtol=0, atol=1e-14)
    if not same or not np.allclose(gain, 1, rtol=0, atol=1e-14):
        raise InputError(f"tau, r and the metadata 'beta' of the node '{name}' do not agree: one of them was changed.")
    return beta


def _entry(metadata: dict[str, Any], key: str, owner: str) -> Any:  # noqa: ANN401  (whatever NIR metadata holds)
    if key not in metadata:
        raise InputError(f"the metadata of {owner} has no '{key}'.")
    return metadata[key]
