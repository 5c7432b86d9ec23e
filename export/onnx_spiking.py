"""The spiking network as ONNX: a ``Scan`` over ticks whose body is one tick of the network."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from neurogrow.network import GrownNetwork, LIFNeurons

from .equations import lif_neurons
from .onnx_parts import constant, lanes, node, optional_state, tensor

_KIND = TensorProto.DOUBLE


def spiking_graph(network: GrownNetwork) -> onnx.GraphProto:
    """Return the equations of :class:`~neurogrow.network.LIFNeurons` as a graph in float64."""
    neurons = lif_neurons(network)
    n, n_out = network.n_neurons, network.n_outputs
    states = {"membrane": n, "spiked": n, "readout": n_out}
    spread = [optional_state(name, width, np.float64) for name, width in states.items()]
    nodes = [
        lanes(),
        *(each for nodes, _ in spread for each in nodes),
        *_drive(),
        node(
            "Scan",
            "membrane spiked readout drive",
            "final_membrane final_spiked final_readout spikes readout_of_tick",
            body=_tick(n, n_out),
            num_scan_inputs=1,
        ),
        *_per_step(),
    ]
    return helper.make_graph(
        nodes,
        "spiking_network",
        [
            tensor("inputs", _KIND, "T", "B", network.n_inputs),
            *(tensor(f"initial_{name}", _KIND, "state_B", width) for name, width in states.items()),
        ],
        [
            tensor("logits", _KIND, "T", "B", n_out),
            tensor("activity", _KIND, "T", "B", n),
            tensor("spikes", TensorProto.BOOL, "ticks", "B", n),
            *(tensor(f"final_{name}", _KIND, "B", width) for name, width in states.items()),
        ],
        [*(zeros for _, zeros in spread), *_stored(network, neurons)],
    )


def _drive() -> list[onnx.NodeProto]:
    """W_in u + b at every tick (T * substeps, B, N): the input current is constant within a task step."""
    return [
        node("MatMul", "inputs input_weights", "weighted_inputs"),
        node("Add", "weighted_inputs hidden_bias", "drive_TBN"),
        node("Unsqueeze", "drive_TBN substep_axis", "drive_T1BN"),
        node("Expand", "drive_T1BN substeps_of_step", "drive_TSBN"),
        node("Concat", "all_ticks lanes neurons", "shape_of_drive", axis=0),
        node("Reshape", "drive_TSBN shape_of_drive", "drive"),
    ]


def _tick(n: int, n_out: int) -> onnx.GraphProto:
    """V <- beta v + (W_in u + b + W s); s = [v > threshold]; v <- 0 where s; and the readout."""
    nodes = [
        node("MatMul", "s recurrent_weights", "recurrence"),
        node("Add", "tick_drive recurrence", "current"),
        node("Mul", "v beta", "decayed"),
        node("Add", "decayed current", "reached"),
        node("Greater", "reached threshold", "spikes_now"),
        node("Where", "spikes_now zero reached", "v_next"),
        node("Cast", "spikes_now", "s_next", to=_KIND),
        node("MatMul", "s_next output_weights", "weighted_spikes"),
        node("Add", "weighted_spikes output_bias", "arriving"),
        node("Mul", "arriving readout_gain", "gained"),
        node("Mul", "o readout_beta", "kept"),
        node("Add", "kept gained", "o_next"),
        node("Identity", "o_next", "o_now"),
    ]
    return helper.make_graph(
        nodes,
        "tick",
        [
            tensor("v", _KIND, "B", n),
            tensor("s", _KIND, "B", n),
            tensor("o", _KIND, "B", n_out),
            tensor("tick_drive", _KIND, "B", n),
        ],
        [
            tensor("v_next", _KIND, "B", n),
            tensor("s_next", _KIND, "B", n),
            tensor("o_next", _KIND, "B", n_out),
            tensor("spikes_now", TensorProto.BOOL, "B", n),
            tensor("o_now", _KIND, "B", n_out),
        ],
    )


def _per_step() -> list[onnx.NodeProto]:
    """The readout at the last tick of each step, and the share of its ticks at which each neuron spiked."""
    return [
        node("Slice", "readout_of_tick last_substep end first_axis substeps", "logits"),
        node("Cast", "spikes", "spikes_as_numbers", to=_KIND),
        node("Concat", "all_steps substeps lanes neurons", "shape_of_steps", axis=0),
        node("Reshape", "spikes_as_numbers shape_of_steps", "spikes_TSBN"),
        node("ReduceMean", "spikes_TSBN", "activity", axes=[1], keepdims=0),
    ]


def _stored(network: GrownNetwork, neurons: LIFNeurons) -> list[onnx.TensorProto]:
    beta_O = np.asarray(neurons.readout_beta_O, dtype=np.float64)
    numbers = {
        "input_weights": network.input_weights_NI.T,
        "hidden_bias": network.hidden_bias_N,
        "recurrent_weights": network.recurrent_weights_NN.toarray().T,
        "beta": neurons.beta_N,
        "threshold": neurons.threshold_N,
        "zero": np.zeros(1),
        "output_weights": network.output_weights_ON.T,
        "output_bias": network.output_bias_O,
        "readout_beta": beta_O,
        "readout_gain": 1 - beta_O,
    }
    substeps, n = neurons.substeps, network.n_neurons
    whole_numbers = {
        "first_axis": [0],
        "substep_axis": [1],
        "substeps_of_step": [1, substeps, 1, 1],
        "substeps": [substeps],
        "last_substep": [substeps - 1],
        "end": [np.iinfo(np.int64).max],
        "neurons": [n],
        "all_ticks": [-1],  # in a shape: as many as there are
        "all_steps": [-1],
    }
    return [
        *(constant(name, np.asarray(value, dtype=np.float64)) for name, value in numbers.items()),
        *(constant(name, np.asarray(value, dtype=np.int64)) for name, value in whole_numbers.items()),
    ]
