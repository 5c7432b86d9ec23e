"""The rate network as ONNX in float64: a ``Scan`` over task steps, because runtimes have their ``RNN`` in float32 only.

Over a thousand steps, float32 loses about 1e-6 of the largest logit in any runtime.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper

from neurogrow.network import GrownNetwork

from .parts import Stored, lanes, node, optional_state, tensor
from .rate import activation_operator

_KIND = TensorProto.DOUBLE


def rate_double_graph(network: GrownNetwork, sparse: bool = False) -> onnx.GraphProto:
    """Return h <- phi(W h + W_in u + b), o = W_out h + b_out as a graph in float64."""
    n, n_in, n_out = network.n_neurons, network.n_inputs, network.n_outputs
    spread, zeros = optional_state("hidden", n, np.float64)
    nodes = [
        lanes(),
        *spread,
        node("MatMul", "inputs input_weights", "weighted_inputs"),
        node("Add", "weighted_inputs hidden_bias", "drive"),
        node("Scan", "hidden drive", "final_hidden activity", body=_step(network), num_scan_inputs=1),
        node("MatMul", "activity output_weights", "weighted"),
        node("Add", "weighted output_bias", "logits"),
    ]
    stored = Stored(
        weights={
            "input_weights": network.input_weights_NI.T,
            "recurrent_weights": network.recurrent_weights_NN.toarray().T,
            "output_weights": network.output_weights_ON.T,
        },
        vectors={"hidden_bias": network.hidden_bias_N, "output_bias": network.output_bias_O, "one": np.ones(1)},
        dtype=np.float64,
    )
    return helper.make_graph(
        nodes,
        "rate_network",
        [tensor("inputs", _KIND, "T", "B", n_in), tensor("initial_hidden", _KIND, "state_B", n)],
        [
            tensor("logits", _KIND, "T", "B", n_out),
            tensor("activity", _KIND, "T", "B", n),
            tensor("final_hidden", _KIND, "B", n),
        ],
        [zeros, *stored.dense(sparse)],
        sparse_initializer=stored.sparse(sparse),
    )


def _step(network: GrownNetwork) -> onnx.GraphProto:
    nodes = [
        node("MatMul", "hidden_in recurrent_weights", "recurrence"),
        node("Add", "step_drive recurrence", "arriving"),
        *_activation(activation_operator(network)),
        node("Identity", "hidden_out", "hidden_now"),
    ]
    n = network.n_neurons
    return helper.make_graph(
        nodes,
        "step",
        [tensor("hidden_in", _KIND, "B", n), tensor("step_drive", _KIND, "B", n)],
        [tensor("hidden_out", _KIND, "B", n), tensor("hidden_now", _KIND, "B", n)],
    )


def _activation(operator: str) -> list[onnx.NodeProto]:
    """``arriving`` to ``hidden_out``; log(1 + exp(x)) as max(x, 0) + log(1 + exp(-|x|)), which does not overflow.

    (onnxruntime has its own ``Softplus`` in float32 only.)
    """
    if operator != "Softplus":
        return [node(operator, "arriving", "hidden_out")]
    return [
        node("Relu", "arriving", "above"),
        node("Abs", "arriving", "size"),
        node("Neg", "size", "below"),
        node("Exp", "below", "power"),
        node("Add", "power one", "one_and_power"),
        node("Log", "one_and_power", "rest"),
        node("Add", "above rest", "hidden_out"),
    ]
