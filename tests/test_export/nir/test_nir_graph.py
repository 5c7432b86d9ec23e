import dataclasses
import json

import h5py
import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from support.networks import CUBA, LIF, small_network, with_encoder
from support.spiking_networks import KINDS, spiking_network

from export.nir.graph import EDGES, ENCODER_EDGES, NODES, read_graph, read_nir, to_nir, write_nir
from export.nir.neurons import tau_and_gain
from neurogrow.errors import InputError
from neurogrow.network import CubaLIFNeurons, LIFNeurons, RateNeurons, SpikeEncoder

DENSE = ("input_weights_NI", "output_weights_ON", "hidden_bias_N", "output_bias_O", "neuron_id_N", "positions_N2")


def assert_same(back, network):
    for name in DENSE:
        np.testing.assert_array_equal(getattr(back, name), getattr(network, name), err_msg=name)
    for name in ("beta_N", "threshold_N", "readout_beta_O", "substeps", "dt"):
        np.testing.assert_array_equal(getattr(back.neurons, name), getattr(network.neurons, name), err_msg=name)
    assert isinstance(back.recurrent_weights_NN, sparse.csr_array)
    assert (back.recurrent_weights_NN != network.recurrent_weights_NN).nnz == 0
    assert (back.grid, back.metadata) == (network.grid, network.metadata)
    for name in ("module_N", "encoder"):
        assert (getattr(back, name) is None) == (getattr(network, name) is None)
    np.testing.assert_array_equal(back.module_N, network.module_N)
    assert type(back.neurons) is type(network.neurons)
    if isinstance(network.neurons, CubaLIFNeurons):
        np.testing.assert_array_equal(back.neurons.alpha_N, network.neurons.alpha_N)
    for field in dataclasses.fields(SpikeEncoder) if network.encoder else ():
        np.testing.assert_array_equal(getattr(back.encoder, field.name), getattr(network.encoder, field.name))


def changed(path, change):
    """The file at path, rewritten with a change to its graph."""
    graph = read_graph(path)
    change(graph)
    nir.write(str(path), graph)
    return path


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 20), dt=st.floats(1e-6, 10), data=st.data())
@settings(deadline=None, max_examples=15)
def test_a_written_network_comes_back_to_the_last_bit(tmp_path_factory, kind, seed, n, dt, data):
    network = spiking_network(n, n_inputs=2, n_outputs=3, seed=seed, dt=dt, density=0.5, **KINDS[kind])
    betas = st.lists(st.floats(1e-9, 1 - 1e-9), min_size=n, max_size=n)
    neurons = dataclasses.replace(network.neurons, beta_N=np.array(data.draw(betas)))
    module_N = data.draw(st.sampled_from([None, network.module_N]))
    network = dataclasses.replace(network, neurons=neurons, module_N=module_N)
    path = write_nir(network, tmp_path_factory.mktemp("nir") / "network.nir")
    assert_same(read_nir(path), network)


def test_a_large_sparse_network_comes_back_at_any_ratio(tmp_path):
    n, rng = 4000, np.random.default_rng(0)
    places = (np.repeat(np.arange(n), 2), rng.integers(0, n, 2 * n))
    weights = sparse.csr_array(sparse.coo_array((rng.standard_normal(2 * n), places), (n, n)))
    neurons = LIFNeurons(np.full(n, 0.9), np.ones(n), np.full(2, 0.9), 1, 1e-3)
    network = small_network(
        neurons,
        input_weights_NI=rng.standard_normal((n, 3)),
        recurrent_weights_NN=weights,
        output_weights_ON=np.where(rng.random((2, n)) < 0.1, 1.0, 0.0),
        hidden_bias_N=np.zeros(n),
        grid=(64, 64),
        neuron_id_N=np.arange(n),
        module_N=None,
    )
    path = write_nir(network, tmp_path / "network.nir")
    assert 8 * n**2 > 200 * path.stat().st_size
    assert_same(read_nir(path), network)


def test_the_canonical_form_says_what_the_equations_say():
    graph = to_nir(small_network(LIF))
    assert {name: (type(node),) for name, node in graph.nodes.items()} == NODES | {"hidden": (nir.LIF,)}
    hidden, readout = graph.nodes["hidden"], graph.nodes["readout"]
    assert hidden.tau.tolist() == [0.08] * 5  # 0.02 s / (1 - 0.75)
    assert hidden.r.tolist() == [4.0] * 5
    assert hidden.v_threshold.tolist() == [1.0] * 5
    assert readout.tau.tolist() == [0.04] * 2
    assert readout.r.tolist() == [1.0] * 2
    assert not np.any([hidden.v_leak, hidden.v_reset])
    assert not readout.v_leak.any()
    assert {node.weight.dtype for node in graph.nodes.values() if hasattr(node, "weight")} == {np.dtype(np.float64)}
    assert hidden.metadata["positions"].shape == (5, 2)
    assert graph.metadata["reset"] == "zero"


def test_a_current_and_an_encoder_in_the_canonical_form():
    graph = to_nir(with_encoder(small_network(CUBA)))
    hidden, encoder = graph.nodes["hidden"], graph.nodes["encoder"]
    assert hidden.tau_syn.tolist() == [0.04] * 5  # 0.02 s / (1 - 0.5)
    assert hidden.w_in.tolist() == [2.0] * 5
    assert hidden.tau_mem.tolist() == [0.08] * 5
    assert hidden.r.tolist() == [4.0] * 5
    assert isinstance(encoder, nir.LIF)
    assert ("input", "input_weights") not in graph.edges
    assert graph.edges[:3] == ENCODER_EDGES


@pytest.mark.parametrize("dt", [0.02, 0.001, 0.1 / 3])
@pytest.mark.parametrize("beta", [0.5, 0.75, 0.8, 0.9, 0.95, 0.99, np.exp(-0.2), np.float64(np.float32(0.85))])
def test_nir_parameters_alone_give_beta_and_a_gain_of_one_exactly(beta, dt):
    neurons = LIFNeurons(np.full(5, beta), np.ones(5), np.full(2, 0.5), substeps=1, dt=dt)
    hidden = to_nir(small_network(neurons)).nodes["hidden"]
    rate = dt / hidden.tau
    assert (1 - rate == beta).all()
    assert (hidden.r * rate == 1).all()


@pytest.mark.parametrize("dt", [0.02, 0.001, 1.0])
def test_nearly_every_beta_above_one_half_needs_no_metadata(dt):
    beta_N = np.random.default_rng(0).uniform(0.5, 1, 5000)
    tau_N, r_N = tau_and_gain(beta_N, dt)
    exact_N = (1 - dt / tau_N == beta_N) & (r_N * (dt / tau_N) == 1)
    assert exact_N.mean() > 0.96  # rounding the formula once gives 0.73 to 0.89


@given(beta=st.floats(1e-6, 1 - 1e-6), dt=st.floats(1e-6, 10))
@settings(deadline=None, max_examples=30)
def test_tau_and_r_stay_within_a_few_places_of_their_formula(beta, dt):
    neurons = LIFNeurons(np.full(5, beta), np.ones(5), np.full(2, 0.5), substeps=1, dt=dt)
    hidden = to_nir(small_network(neurons)).nodes["hidden"]
    np.testing.assert_allclose(hidden.tau, dt / (1 - beta), rtol=1e-15)
    np.testing.assert_allclose(hidden.r, 1 / (1 - beta), rtol=1e-14 + 1e-16 / (1 - beta))


def test_writing_twice_gives_the_same_bytes_and_leaves_nothing_beside(tmp_path):
    first, second = (write_nir(spiking_network(), tmp_path / name) for name in ("a.nir", "b.nir"))
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.nir", "b.nir"]


def test_a_rate_network_is_refused_with_the_reason(tmp_path):
    with pytest.raises(InputError, match="NIR has no ReLU, tanh or softplus node"):
        write_nir(small_network(RateNeurons()), tmp_path / "network.nir")
    assert not list(tmp_path.iterdir())


def test_a_network_of_which_nothing_is_left_is_refused():
    nothing = {
        "input_weights_NI": np.ones((0, 3)),
        "recurrent_weights_NN": sparse.csr_array((0, 0)),
        "output_weights_ON": np.ones((2, 0)),
        "hidden_bias_N": np.ones(0),
        "neuron_id_N": np.ones(0, int),
        "module_N": None,
    }
    neurons = dataclasses.replace(LIF, beta_N=np.ones(0), threshold_N=np.ones(0))
    with pytest.raises(InputError, match="prune less"):
        to_nir(small_network(neurons, **nothing))


def test_what_is_no_nir_file_is_refused_by_name(tmp_path):
    path = tmp_path / "file.nir"
    with pytest.raises(InputError, match=r"file\.nir does not exist"):
        read_nir(path)
    path.write_bytes(b"no HDF5 in sight")
    with pytest.raises(InputError, match=r"file\.nir cannot be read as a NIR file"):
        read_nir(path)
    with h5py.File(path, "w") as file:
        file["something"] = 1
    with pytest.raises(InputError, match=r"file\.nir cannot be read as a NIR file"):
        read_nir(path)
    nir.write(str(path), nir.Linear(np.ones((2, 2))))
    with pytest.raises(InputError, match="cannot be read as a NIR file: Linear"):
        read_nir(path)


@given(share=st.floats(0, 0.99))
@settings(deadline=None, max_examples=20)
def test_a_truncated_file_is_refused(tmp_path_factory, share):
    path = write_nir(small_network(LIF), tmp_path_factory.mktemp("nir") / "network.nir")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match=r"network\.nir cannot be read as a NIR file"):
        read_nir(path)


@pytest.mark.parametrize(
    ("owner", "key"),
    [
        (None, "dt"),
        (None, "substeps"),
        (None, "semantics"),
        (None, "network_metadata"),
        ("hidden", "grid"),
        ("hidden", "neuron_id"),
        ("hidden", "beta"),
        ("readout", "beta"),
    ],
)
def test_missing_metadata_is_named(tmp_path, owner, key):
    def drop(graph):
        del (graph if owner is None else graph.nodes[owner]).metadata[key]

    path = changed(write_nir(small_network(LIF), tmp_path / "network.nir"), drop)
    with pytest.raises(InputError, match=rf"network\.nir .* has no '{key}'"):
        read_nir(path)


def test_metadata_of_the_wrong_kind_is_refused(tmp_path):
    for key, value in (("network_metadata", "{"), ("substeps", "many")):
        path = write_nir(small_network(LIF), tmp_path / "network.nir")
        changed(path, lambda graph, key=key, value=value: graph.metadata.update({key: value}))
        with pytest.raises(InputError, match="metadata cannot be read"):
            read_nir(path)


def replace_readout(graph):
    zeros = np.zeros(2)
    graph.nodes["readout"] = nir.LIF(zeros + 1, zeros + 1, zeros, zeros + 1)


def add_a_node(graph):
    graph.nodes["more"] = nir.Linear(np.eye(2))
    graph.edges += [("readout", "more"), ("more", "output")]


def feed_the_loop_itself(graph):
    graph.edges[graph.edges.index(("hidden", "recurrent"))] = ("recurrent", "recurrent")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (replace_readout, "'readout' is of type LIF, not LI"),
        (add_a_node, "a node 'more' besides"),
        (feed_the_loop_itself, "hidden -> recurrent is missing"),
        (lambda graph: graph.edges.append(("readout", "readout")), "readout -> readout is not expected"),
        (lambda graph: graph.metadata.update(semantics="exact"), "'exact', not 'nir-euler'"),
        (lambda graph: graph.nodes["hidden"].v_reset.fill(-0.1), "v_reset of the node 'hidden' is not zero"),
        (lambda graph: graph.nodes["hidden"].tau.fill(0.09), "do not agree"),
        (lambda graph: graph.nodes["readout"].r.fill(2), "do not agree"),
        (lambda graph: graph.nodes.update(encoder=nir.LIF(*[np.ones(3)] * 4)), "'encoder_weights' is missing"),
        (lambda graph: graph.nodes["input_weights"].bias.fill(np.inf), "not finite"),
    ],
)
def test_a_graph_of_another_form_is_refused_with_the_first_difference(tmp_path, change, message):
    path = changed(write_nir(small_network(LIF), tmp_path / "network.nir"), change)
    with pytest.raises(InputError, match=message):
        read_nir(path)


def test_a_graph_with_nodes_missing_is_refused(tmp_path):
    nodes = {"input": nir.Input(np.array([2])), "output": nir.Output(np.array([2]))}
    path = tmp_path / "other.nir"
    nir.write(str(path), nir.NIRGraph(nodes, [("input", "output")]))
    with pytest.raises(InputError, match=r"other\.nir .* 'input_weights' is missing"):
        read_nir(path)


def test_other_tools_find_what_they_need_without_our_code(tmp_path):
    path = write_nir(small_network(LIF), tmp_path / "network.nir")
    with h5py.File(path) as file:
        metadata = file["node/metadata"]
        assert (metadata["dt"][()], metadata["substeps"][()]) == (0.02, 5)
        assert json.loads(metadata["network_metadata"][()]) == {"run": "a test"}
        assert {(a.decode(), b.decode()) for a, b in file["node/edges"][()]} == set(EDGES)
