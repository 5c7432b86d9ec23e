import dataclasses
import json

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from support.networks import LIF, small_network
from support.spiking_networks import KINDS, currents, spiking_network

from export.onnx.model import OPSET, run_onnx, to_onnx, write_onnx
from neurogrow.equations import rate_reference, spiking_reference
from neurogrow.errors import InputError
from neurogrow.network import RateNeurons


def quiet_network(activation, seed=0):
    """A rate network whose activity stays of order one."""
    weights = sparse.random_array((5, 5), density=0.5, rng=np.random.default_rng(seed), format="csr") * 0.3
    return small_network(RateNeurons(activation), seed=seed, recurrent_weights_NN=sparse.csr_array(weights))


@pytest.mark.parametrize("activation", ["relu", "tanh", "softplus"])
def test_rate_network_against_the_equations(tmp_path, activation):
    network = quiet_network(activation)
    path = write_onnx(network, tmp_path / "network.onnx")
    for n_steps, n_lanes in ((1, 1), (40, 3), (7, 16)):
        inputs = currents(network, n_steps, n_lanes)
        logits, activity = rate_reference(network, inputs)
        run = run_onnx(path, inputs)
        assert run.spikes_TBN is None
        np.testing.assert_allclose(run.activity_TBN, activity, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(run.logits_TBO, logits, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("activation", ["relu", "tanh", "softplus"])
def test_a_rate_network_in_float64_is_exact_over_a_thousand_steps(tmp_path, activation):
    network = quiet_network(activation)
    path, inputs = write_onnx(network, tmp_path / "network.onnx", double=True), currents(network, 1000, 2)
    logits, activity = rate_reference(network, inputs)
    run = run_onnx(path, inputs)
    np.testing.assert_allclose(run.logits_TBO, logits, rtol=0, atol=1e-12)
    np.testing.assert_allclose(run.activity_TBN, activity, rtol=0, atol=1e-12)
    half = run_onnx(path, inputs[:500])
    rest = run_onnx(path, inputs[500:], state=half.state)
    np.testing.assert_array_equal(rest.logits_TBO, run.logits_TBO[500:])


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_rate_network_against_torch(tmp_path, activation):
    network = quiet_network(activation, seed=3)
    rnn = torch.nn.RNN(3, 5, nonlinearity=activation)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(torch.tensor(network.input_weights_NI))
        rnn.weight_hh_l0.copy_(torch.tensor(network.recurrent_weights_NN.toarray()))
        rnn.bias_ih_l0.copy_(torch.tensor(network.hidden_bias_N))
        rnn.bias_hh_l0.zero_()
        inputs = currents(network, n_steps=30)
        activity, _ = rnn(torch.tensor(inputs, dtype=torch.float32))
    run = run_onnx(write_onnx(network, tmp_path / "network.onnx"), inputs)
    np.testing.assert_allclose(run.activity_TBN, activity.numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 10**6), substeps=st.integers(1, 5), n=st.integers(1, 60), lanes=st.integers(1, 4))
@settings(deadline=None, max_examples=10)
def test_spiking_network_spike_for_spike(tmp_path_factory, kind, seed, substeps, n, lanes):
    network = spiking_network(n, seed=seed, substeps=substeps, **KINDS[kind])
    inputs = currents(network, 20, lanes, seed)
    run = run_onnx(write_onnx(network, tmp_path_factory.mktemp("onnx") / "network.onnx"), inputs)
    reference = spiking_reference(network, np.repeat(inputs, substeps, axis=0))
    np.testing.assert_array_equal(run.spikes_TBN, reference.spikes_TBN)
    per_step = reference.spikes_TBN.reshape(20, substeps, lanes, n).mean(axis=1)
    np.testing.assert_allclose(run.activity_TBN, per_step, rtol=1e-15)
    np.testing.assert_allclose(run.logits_TBO, reference.readout_TBO[substeps - 1 :: substeps], rtol=0, atol=1e-12)


STREAMED = {"rate": quiet_network("relu")} | {name: spiking_network(40, **kind) for name, kind in KINDS.items()}


@pytest.mark.parametrize("network", STREAMED.values(), ids=STREAMED)
def test_a_stream_in_two_pieces_is_the_stream(tmp_path, network):
    path = write_onnx(network, tmp_path / "network.onnx")
    inputs = currents(network, n_steps=31, n_lanes=4)
    whole, first = run_onnx(path, inputs), run_onnx(path, inputs[:12])
    second = run_onnx(path, inputs[12:], state=first.state)
    alone = run_onnx(path, inputs[12:])
    np.testing.assert_array_equal(np.concatenate([first.logits_TBO, second.logits_TBO]), whole.logits_TBO)
    np.testing.assert_array_equal(np.concatenate([first.activity_TBN, second.activity_TBN]), whole.activity_TBN)
    assert (alone.logits_TBO != second.logits_TBO).any()
    for name, value in whole.state.items():
        np.testing.assert_array_equal(second.state[name], value)


def test_one_state_serves_all_lanes(tmp_path):
    network = quiet_network("tanh")
    path = write_onnx(network, tmp_path / "network.onnx")
    inputs, state = currents(network, n_lanes=3), np.full((1, 5), 0.5)
    one, each = (run_onnx(path, inputs, state={"hidden": value}) for value in (state, state.repeat(3, axis=0)))
    np.testing.assert_array_equal(one.logits_TBO, each.logits_TBO)


@pytest.mark.parametrize("network", [quiet_network("relu"), small_network(LIF)], ids=["rate", "spiking"])
def test_the_model_says_what_it_is_and_where_its_neurons_are(network):
    model = to_onnx(network)
    about = {prop.key: json.loads(prop.value) for prop in model.metadata_props}
    assert about["neuron_id"] == [0, 2, 3, 5, 8]
    assert about["positions"] == network.positions_N2.tolist()
    assert (about["grid"], about["module"], about["metadata"]) == ([3, 3], [0, 0, 1, -1, 1], {"run": "a test"})
    assert about["neurons"]["type"] == type(network.neurons).__name__
    assert model.opset_import[0].version == OPSET
    free = [dim.dim_param for dim in model.graph.input[0].type.tensor_type.shape.dim[:2]]
    assert free == ["T", "B"]


@pytest.mark.parametrize("network", STREAMED.values(), ids=STREAMED)
def test_sparse_initialisers_are_smaller_and_compute_the_same(tmp_path, network):
    pattern = sparse.random_array(network.recurrent_weights_NN.shape, density=0.05, rng=np.random.default_rng(0))
    network = dataclasses.replace(network, recurrent_weights_NN=sparse.csr_array(pattern))
    dense = write_onnx(network, tmp_path / "dense.onnx")
    small = write_onnx(network, tmp_path / "sparse.onnx", sparse=True)
    stored = onnx.load(small).graph
    assert {"recurrent_weights"} <= {each.values.name for each in stored.sparse_initializer}
    assert not {"recurrent_weights"} & {each.name for each in stored.initializer}
    if network.n_neurons > 5:
        assert small.stat().st_size < dense.stat().st_size
    inputs = currents(network)
    one, other = run_onnx(dense, inputs), run_onnx(small, inputs)
    np.testing.assert_array_equal(one.logits_TBO, other.logits_TBO)
    np.testing.assert_array_equal(one.activity_TBN, other.activity_TBN)


def test_writing_twice_gives_the_same_bytes(tmp_path):
    first, second = (write_onnx(quiet_network("relu"), tmp_path / name) for name in ("a.onnx", "b.onnx"))
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.onnx", "b.onnx"]


def test_what_cannot_be_written_or_run_is_refused(tmp_path):
    path = tmp_path / "network.onnx"
    with pytest.raises(InputError, match="Did you mean 'relu'"):
        write_onnx(small_network(RateNeurons("relou")), path)
    with pytest.raises(InputError, match=r"network\.onnx does not exist"):
        run_onnx(path, np.zeros((1, 1, 3)))
    path.write_bytes(b"no protocol buffer")
    with pytest.raises(InputError, match=r"network\.onnx cannot be read as an ONNX model"):
        run_onnx(path, np.zeros((1, 1, 3)))
    write_onnx(quiet_network("relu"), path)
    with pytest.raises(InputError, match=r"needs \(T, B, 3\)"):
        run_onnx(path, np.zeros((1, 1, 4)))
    with pytest.raises(InputError, match="no input 'initial_membrane'"):
        run_onnx(path, np.zeros((1, 1, 3)), state={"membrane": np.zeros((1, 5))})


def test_a_model_of_another_tool_is_refused(tmp_path):
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["x"], ["y"])], "g", [value("x", 1, [1])], [value("y", 1, [1])]
    )
    path = tmp_path / "other.onnx"
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match=r"other\.onnx is an ONNX model, but not one that neurogrow wrote"):
        run_onnx(path, np.zeros((1, 1, 1)))
