"""The spiking network as ONNX: a ``Scan`` over ticks whose body is one tick of the network."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from neurogrow.arrays import AnyArray
from neurogrow.equations import spiking_neurons
from neurogrow.network import CubaLIFNeurons, GrownNetwork, SpikeEncoder, SpikingNeurons

from .parts import Stored, constant, lanes, node, optional_state, tensor

_KIND = TensorProto.DOUBLE


def spiking_graph(network: GrownNetwork, sparse: bool = False) -> onnx.GraphProto:
    """Return the equations of the network's neurons, and of its encoder, as a graph in float64."""
    neurons = spiking_neurons(network)
    n, n_out = network.n_neurons, network.n_outputs
    states = _states(network)
    spread = [optional_state(name, width, np.float64) for name, width in states.items()]
    finals = " ".join(f"final_{name}" for name in states)
    nodes = [
        lanes(),
        *(each for nodes, _ in spread for each in nodes),
        *_drive(network.encoder),
        node(
            "Scan",
            f"{' '.join(states)} drive",
            f"{finals} spikes readout_of_tick",
            body=_tick(network, states),
            num_scan_inputs=1,
        ),
        *_per_step(),
    ]
    stored = _stored(network, neurons)
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
        [*(zeros for _, zeros in spread), *stored.dense(sparse), *_whole_numbers(network, neurons)],
        sparse_initializer=stored.sparse(sparse),
    )


def _states(network: GrownNetwork) -> dict[str, int]:
    """Return every state and its width, in the order in which the scan carries them."""
    n = network.n_neurons
    states = {"membrane": n, "spiked": n, "readout": network.n_outputs}
    if isinstance(network.neurons, CubaLIFNeurons):
        states["current"] = n
    if network.encoder:
        states["encoder_membrane"] = len(network.encoder.bias_E)
    return states


def _drive(encoder: SpikeEncoder | None) -> list[onnx.NodeProto]:
    """W u + b at every tick (T * substeps, B, width): the input current is constant within a task step.

    It drives the encoder's neurons if there is an encoder, otherwise the hidden neurons.
    """
    weights, bias = ("encoder_weights", "encoder_bias") if encoder else ("input_weights", "hidden_bias")
    return [
        node("MatMul", f"inputs {weights}", "weighted_inputs"),
        node("Add", f"weighted_inputs {bias}", "drive_TBN"),
        node("Unsqueeze", "drive_TBN substep_axis", "drive_T1BN"),
        node("Expand", "drive_T1BN substeps_of_step", "drive_TSBN"),
        node("Concat", "all_ticks lanes driven", "shape_of_drive", axis=0),
        node("Reshape", "drive_TSBN shape_of_drive", "drive"),
    ]


def _tick(network: GrownNetwork, states: dict[str, int]) -> onnx.GraphProto:
    """I <- alpha i + (W_in u + b + W s); v <- beta v + i; s = [v > threshold]; v <- 0 where s; and the readout."""
    nodes = [
        *(_encoder_tick() if network.encoder else [node("Identity", "tick_drive", "hidden_drive")]),
        node("MatMul", "spiked_in recurrent_weights", "recurrence"),
        node("Add", "hidden_drive recurrence", "arriving_current"),
        *_synapse("current" in states),
        node("Mul", "membrane_in beta", "decayed"),
        node("Add", "decayed current_now", "reached"),
        node("Greater", "reached threshold", "spikes_now"),
        node("Where", "spikes_now zero reached", "membrane_out"),
        node("Cast", "spikes_now", "spiked_out", to=_KIND),
        node("MatMul", "spiked_out output_weights", "weighted_spikes"),
        node("Add", "weighted_spikes output_bias", "arriving"),
        node("Mul", "arriving readout_gain", "gained"),
        node("Mul", "readout_in readout_beta", "kept"),
        node("Add", "kept gained", "readout_out"),
        node("Identity", "readout_out", "readout_now"),
    ]
    driven = states.get("encoder_membrane", network.n_neurons)
    return helper.make_graph(
        nodes,
        "tick",
        [
            *(tensor(f"{name}_in", _KIND, "B", width) for name, width in states.items()),
            tensor("tick_drive", _KIND, "B", driven),
        ],
        [
            *(tensor(f"{name}_out", _KIND, "B", width) for name, width in states.items()),
            tensor("spikes_now", TensorProto.BOOL, "B", network.n_neurons),
            tensor("readout_now", _KIND, "B", network.n_outputs),
        ],
    )


def _synapse(has_current: bool) -> list[onnx.NodeProto]:
    """I <- alpha i + input; a LIF neuron has no synaptic current and adds its input directly."""
    if not has_current:
        return [node("Identity", "arriving_current", "current_now")]
    return [
        node("Mul", "current_in alpha", "current_kept"),
        node("Add", "current_kept arriving_current", "current_out"),
        node("Identity", "current_out", "current_now"),
    ]


def _encoder_tick() -> list[onnx.NodeProto]:
    """V <- beta v + (W u + b); e = [v > threshold]; v <- 0 where e; and the input of the hidden neurons from e."""
    return [
        node("Mul", "encoder_membrane_in encoder_beta", "encoder_decayed"),
        node("Add", "encoder_decayed tick_drive", "encoder_reached"),
        node("Greater", "encoder_reached encoder_threshold", "encoder_spiked"),
        node("Where", "encoder_spiked zero encoder_reached", "encoder_membrane_out"),
        node("Cast", "encoder_spiked", "encoder_spikes", to=_KIND),
        node("MatMul", "encoder_spikes input_weights", "weighted_encoder"),
        node("Add", "weighted_encoder hidden_bias", "hidden_drive"),
    ]


def _per_step() -> list[onnx.NodeProto]:
    """The readout at the last tick of each task step, and the fraction of its ticks at which each neuron spiked."""
    return [
        node("Slice", "readout_of_tick last_substep end first_axis substeps", "logits"),
        node("Cast", "spikes", "spikes_as_numbers", to=_KIND),
        node("Concat", "all_steps substeps lanes neurons", "shape_of_steps", axis=0),
        node("Reshape", "spikes_as_numbers shape_of_steps", "spikes_TSBN"),
        node("ReduceMean", "spikes_TSBN", "activity", axes=[1], keepdims=0),
    ]


def _stored(network: GrownNetwork, neurons: SpikingNeurons) -> Stored:
    beta_O = np.asarray(neurons.readout_beta_O, dtype=np.float64)
    weights: dict[str, AnyArray] = {
        "input_weights": network.input_weights_NI.T,
        "recurrent_weights": network.recurrent_weights_NN.toarray().T,
        "output_weights": network.output_weights_ON.T,
    }
    vectors: dict[str, AnyArray] = {
        "hidden_bias": network.hidden_bias_N,
        "beta": neurons.beta_N,
        "threshold": neurons.threshold_N,
        "zero": np.zeros(1),
        "output_bias": network.output_bias_O,
        "readout_beta": beta_O,
        "readout_gain": 1 - beta_O,
    }
    if isinstance(neurons, CubaLIFNeurons):
        vectors["alpha"] = neurons.alpha_N
    if encoder := network.encoder:
        weights["encoder_weights"] = encoder.weights_EI.T
        vectors |= {
            "encoder_bias": encoder.bias_E,
            "encoder_beta": encoder.beta_E,
            "encoder_threshold": encoder.threshold_E,
        }
    return Stored(weights, vectors, np.float64)


def _whole_numbers(network: GrownNetwork, neurons: SpikingNeurons) -> list[onnx.TensorProto]:
    n, substeps = network.n_neurons, neurons.substeps
    numbers = {
        "first_axis": [0],
        "substep_axis": [1],
        "substeps_of_step": [1, substeps, 1, 1],
        "substeps": [substeps],
        "last_substep": [substeps - 1],
        "end": [np.iinfo(np.int64).max],
        "neurons": [n],
        "driven": [len(network.encoder.bias_E) if network.encoder else n],
        "all_ticks": [-1],  # in a shape: as many as there are
        "all_steps": [-1],
    }
    return [constant(name, np.asarray(value, dtype=np.int64)) for name, value in numbers.items()]
