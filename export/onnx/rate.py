"""The rate network as ONNX: the standard ``RNN`` operator, for which runtimes have kernels."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from neurogrow.equations import rate_neurons
from neurogrow.network import GrownNetwork

from .parts import Stored, lanes, node, optional_state, tensor

_OPERATOR = {"relu": "Relu", "tanh": "Tanh", "softplus": "Softplus"}


def rate_graph(network: GrownNetwork, sparse: bool = False) -> onnx.GraphProto:
    """Return h <- phi(W h + W_in u + b), o = W_out h + b_out as a graph in float32."""
    n, n_in, n_out = network.n_neurons, network.n_inputs, network.n_outputs
    spread, zeros = optional_state("hidden", n, np.float32)
    nodes = [
        lanes(),
        *spread,
        node("Constant", "", "first_axis", value_ints=[0]),
        node("Constant", "", "direction_axis", value_ints=[1]),
        node("Unsqueeze", "hidden first_axis", "hidden_per_direction"),
        node(
            "RNN",
            "inputs input_weights recurrent_weights biases - hidden_per_direction",
            "activity_per_direction final_per_direction",
            hidden_size=n,
            activations=[activation_operator(network)],
        ),
        node("Squeeze", "activity_per_direction direction_axis", "activity"),
        node("Squeeze", "final_per_direction first_axis", "final_hidden"),
        node("MatMul", "activity output_weights", "weighted"),
        node("Add", "weighted output_bias", "logits"),
    ]
    # The operator adds an input bias and a recurrent one; the network has one bias.
    biases = np.concatenate([network.hidden_bias_N, np.zeros(n)])
    stored = Stored(
        weights={
            "input_weights": network.input_weights_NI[None],
            "recurrent_weights": network.recurrent_weights_NN.toarray()[None],
            "output_weights": network.output_weights_ON.T,
        },
        vectors={"biases": biases[None], "output_bias": network.output_bias_O},
        dtype=np.float32,
    )
    kind = TensorProto.FLOAT
    return helper.make_graph(
        nodes,
        "rate_network",
        [tensor("inputs", kind, "T", "B", n_in), tensor("initial_hidden", kind, "state_B", n)],
        [
            tensor("logits", kind, "T", "B", n_out),
            tensor("activity", kind, "T", "B", n),
            tensor("final_hidden", kind, "B", n),
        ],
        [zeros, *stored.dense(sparse)],
        sparse_initializer=stored.sparse(sparse),
    )


def activation_operator(network: GrownNetwork) -> str:
    """Return ONNX's name of the network's activation. Raises ``InputError`` if it is unknown, or neurons spike."""
    return _OPERATOR[rate_neurons(network).activation]
