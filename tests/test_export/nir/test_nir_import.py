import dataclasses
from itertools import pairwise

import nir
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support.networks import small_network
from support.spiking_networks import KINDS, currents, spiking_network, uniform_network
from test_nir_graph import assert_same

from export.nir.dialects import DIALECTS, write_dialect
from export.nir.graph import read_graph, to_nir, write_nir
from export.nir.importing import import_nir, trainable
from export.nir.modular import write_modular_nir
from export.nir.reference import simulate
from neurogrow.equations import spiking_reference
from neurogrow.errors import InputError
from neurogrow.network import CubaLIFNeurons, RateNeurons
from neurogrow.pruning import with_unit_thresholds

N, I, O = 6, 3, 2  # noqa: E741


def current_with_another_rest(graph):
    tau = np.full(N, 4e-3)
    ones = np.ones(N)
    graph.nodes["lif1"] = nir.CubaLIF(tau, tau, ones, 0.5 * ones, 2 * ones, 0 * ones)


def foreign(rng, kind=nir.LIF, dt=1e-3, rest=0.0):
    """A graph as another tool might write it: other names, gains, leaks and thresholds, a scaled loop, no metadata."""
    tau, zero = rng.uniform(2e-3, 20e-3, N), np.full(N, rest)
    leak = zero + rng.normal(scale=0.2, size=N) * (kind is nir.LIF)
    threshold = zero + rng.uniform(0.5, 2, N)
    gains = {"r": rng.uniform(0.5, 40, N), "v_leak": leak, "v_threshold": threshold, "v_reset": zero}
    if kind is nir.LIF:
        neurons = nir.LIF(tau=tau, **gains)
    else:
        neurons = nir.CubaLIF(tau_syn=rng.uniform(2e-3, 9e-3, N), tau_mem=tau, w_in=rng.uniform(0.5, 9, N), **gains)
    nodes = {
        "in": nir.Input(np.array([I])),
        "fc1": nir.Affine(rng.normal(size=(N, I)), rng.normal(size=N)),
        "lif1": neurons,
        "rec": nir.Linear(rng.normal(size=(N, N))),
        "gain": nir.Scale(rng.uniform(0.5, 2, N)),
        "fc2": nir.Affine(rng.normal(size=(O, N)), rng.normal(size=O)),
        "li": nir.LI(rng.uniform(2e-3, 9e-3, O), rng.uniform(0.5, 2, O), rng.normal(size=O)),
        "out": nir.Output(np.array([O])),
    }
    chain = ["in", "fc1", "lif1", "fc2", "li", "out"]
    loop = [("lif1", "rec"), ("rec", "gain"), ("gain", "lif1")]
    return nir.NIRGraph(nodes, [*pairwise(chain), *loop], metadata={"dt": dt})


def written(graph, folder):
    nir.write(str(folder / "foreign.nir"), graph)
    return folder / "foreign.nir"


@pytest.mark.parametrize("kind", [nir.LIF, nir.CubaLIF])
@given(seed=st.integers(0, 10**6))
@settings(deadline=None, max_examples=20)
def test_a_foreign_graph_becomes_a_network_with_the_same_spikes(tmp_path_factory, kind, seed):
    graph = foreign(np.random.default_rng(seed), kind)
    imported = import_nir(written(graph, tmp_path_factory.mktemp("nir")))
    inputs = np.random.default_rng(seed).normal(size=(60, 3, I))
    given, run = simulate(graph, inputs), spiking_reference(imported.network, inputs)
    np.testing.assert_array_equal(run.spikes_TBN, given["lif1"] > 0)
    np.testing.assert_allclose(run.readout_TBO, given["out"], rtol=1e-9, atol=1e-9)
    assert imported.network.grid == (3, 3)
    assert [each.split(":")[0] for each in imported.assumptions] == [
        "The file does not say how it is stepped",
        "The file does not say where its neurons sit",
        "The file does not say how many ticks a task step has",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_ours_come_back_exactly_in_one_population_or_in_modules(tmp_path, kind):
    network = spiking_network(30, seed=4, **KINDS[kind])
    for path in (write_nir(network, tmp_path / "one.nir"), write_modular_nir(network, tmp_path / "modular.nir")):
        imported = import_nir(path)
        assert imported.assumptions == ()
        assert_same(imported.network, network)


@pytest.mark.parametrize("kind", KINDS)
def test_a_dialect_with_the_networks_semantics_is_read_as_the_same_network(tmp_path, kind):
    network = spiking_network(30, seed=4, **KINDS[kind])
    inputs = currents(network)
    path = write_dialect(to_nir(network), DIALECTS["snntorch"], tmp_path / "snntorch.nir")
    run, reference = (spiking_reference(each, inputs) for each in (import_nir(path).network, network))
    np.testing.assert_array_equal(run.spikes_TBN, reference.spikes_TBN)
    np.testing.assert_allclose(run.readout_TBO, reference.readout_TBO, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["norse", "spikingjelly"])
def test_files_for_other_readers_come_back_as_the_same_network(tmp_path, kind, name):
    network = uniform_network(n=30, **KINDS[kind])
    inputs = currents(network, 80)
    imported = import_nir(write_dialect(to_nir(network), name, tmp_path / "dialect.nir"))
    run, reference = (spiking_reference(each, inputs) for each in (imported.network, network))
    assert imported.assumptions == ()
    np.testing.assert_array_equal(run.spikes_TBN, reference.spikes_TBN)
    np.testing.assert_allclose(run.readout_TBO, reference.readout_TBO, atol=1e-12)
    np.testing.assert_array_equal(imported.network.neurons.readout_beta_O, network.neurons.readout_beta_O)


def spiking_readout_graph(kind, bias=0.0):
    graph = foreign(np.random.default_rng(3), kind)
    graph.nodes["fc2"].bias[:] = bias
    ones = np.ones(O)
    spiking = {nir.LIF: nir.LIF(5e-3 * ones, 8 * ones, 0 * ones, ones), nir.CubaLIF: nir.CubaLIF(
        5e-3 * ones, 5e-3 * ones, 5 * ones, 0 * ones, ones, w_in=5 * ones)}  # fmt: skip
    graph.nodes["li"] = spiking[kind]
    return graph


@pytest.mark.parametrize("kind", [nir.LIF, nir.CubaLIF])
def test_a_spiking_readout_is_named_or_read_a_tick_later(tmp_path, kind):
    graph = spiking_readout_graph(kind)
    path = written(graph, tmp_path)
    with pytest.raises(InputError, match=r"'li' spikes: it is a readout .* approximate=True"):
        import_nir(path)
    imported = import_nir(path, approximate=True)
    assert any("'li' spikes: it is read as part" in each for each in imported.assumptions)
    inputs = np.random.default_rng(3).normal(size=(60, 3, I))
    run, own = spiking_reference(imported.network, inputs), simulate(graph, inputs)
    assert own["li"].sum() > 10
    np.testing.assert_array_equal(run.spikes_TBN[:, :, :N], own["lif1"] > 0)
    np.testing.assert_array_equal(run.spikes_TBN[1:, :, N:], own["li"][:-1] > 0)
    np.testing.assert_allclose(run.readout_TBO[1:], own["li"][:-1], atol=1e-300)


def test_what_is_not_exact_is_said(tmp_path):
    graph = spiking_readout_graph(nir.LIF, bias=0.1)
    graph.nodes["rec"] = nir.Affine(np.eye(N), np.ones(N))
    with pytest.raises(InputError, match="'li' spikes"):
        import_nir(written(graph, tmp_path))
    said = " ".join(import_nir(written(graph, tmp_path), approximate=True).assumptions)
    assert "The bias of 'li' acts one tick before" in said
    assert "The bias in the loop of 'lif1' acts from the first tick on" in said


@pytest.mark.parametrize("tau", [np.nan, 0.0, -1e-3, np.inf])
@pytest.mark.parametrize("place", ["lif1", "li"])
def test_a_time_constant_that_is_none_is_named(tmp_path, tau, place):
    graph = foreign(np.random.default_rng(2))
    graph.nodes[place].tau[1] = tau
    with pytest.raises(InputError, match=f"a time constant of '{place}' is {tau:g}; it must be a positive"):
        import_nir(written(graph, tmp_path))


@pytest.mark.parametrize("key", ["r", "v_leak", "v_threshold", "v_reset"])
def test_a_parameter_that_is_not_finite_is_named(tmp_path, key):
    graph = foreign(np.random.default_rng(2))
    getattr(graph.nodes["lif1"], key)[1] = np.nan
    with pytest.raises(InputError, match=f"the parameter '{key}' of 'lif1' holds nan"):
        import_nir(written(graph, tmp_path))


def test_inputs_that_nir_has_added_are_not_counted(tmp_path):
    graph = foreign(np.random.default_rng(2))
    nodes = graph.nodes | {"src": nir.LIF(*[np.ones(2)] * 4), "ws": nir.Linear(np.ones((N, 2)))}
    graph = nir.NIRGraph(nodes, [*graph.edges, ("src", "ws"), ("ws", "lif1")], metadata={"dt": 1e-3})
    assert "input_src" in graph.nodes
    with pytest.raises(InputError) as refused:
        import_nir(written(graph, tmp_path))
    assert "nodes of type Input" not in str(refused.value)


def test_a_loop_in_a_subgraph_is_taken_apart(tmp_path):
    rng = np.random.default_rng(0)
    graph = foreign(rng)
    size = nir.Input(np.array([N])), nir.Output(np.array([N]))
    inner = nir.NIRGraph(
        {"a": size[0], "lif": graph.nodes["lif1"], "w": graph.nodes["rec"], "b": size[1]},
        [("a", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "b")],
    )
    nodes = {name: graph.nodes[name] for name in ("in", "fc1", "fc2", "li", "out")} | {"rnn": inner}
    chain = ["in", "fc1", "rnn", "fc2", "li", "out"]
    outer = nir.NIRGraph(nodes, list(pairwise(chain)), metadata={"dt": 1e-3})
    network = import_nir(written(outer, tmp_path)).network
    np.testing.assert_array_equal(network.recurrent_weights_NN.toarray(), graph.nodes["rec"].weight)


def test_a_readout_without_a_leak_forgets_at_once(tmp_path):
    graph = foreign(np.random.default_rng(1))
    del graph.nodes["li"]
    graph.edges = [edge for edge in graph.edges if "li" not in edge] + [("fc2", "out")]
    imported = import_nir(written(graph, tmp_path))
    inputs = np.random.default_rng(1).normal(size=(30, 2, I))
    run = spiking_reference(imported.network, inputs)
    np.testing.assert_allclose(run.readout_TBO, simulate(graph, inputs)["out"], rtol=1e-12, atol=1e-12)
    assert "does not leak" in " ".join(imported.assumptions)


def without_tick(graph):
    graph.metadata.clear()


def reset_above_threshold(graph):
    graph.nodes["lif1"].v_reset = graph.nodes["lif1"].v_threshold + 1


def short(graph):
    graph.nodes["lif1"].tau = np.full(N, 0.5e-3)


def bias_in_the_loop(graph):
    graph.nodes["rec"] = nir.Affine(np.eye(N), np.ones(N))


def spiking_readout(graph):
    ones = np.ones(O)
    graph.nodes["li"] = nir.LIF(ones, ones, 0 * ones, ones)


def input_to_the_readout(graph):
    graph.nodes["skip"] = nir.Linear(np.ones((O, I)))
    graph.edges += [("in", "skip"), ("skip", "li")]


def threshold_node(graph):
    graph.nodes["gain"] = nir.Threshold(np.ones(N))


def other_semantics(graph):
    graph.metadata["semantics"] = "spyx"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_tick, "no 'dt'"),
        (reset_above_threshold, "thresholds of 'lif1' are not all above v_reset"),
        (current_with_another_rest, "v_reset of 'lif1' is not its v_leak"),
        (short, "longer than a tick of 0.001"),
        (bias_in_the_loop, "silent at the first tick"),
        (spiking_readout, "'lif1' reaches 'li' in the same tick|reaches 'lif1'|takes something else"),
        (input_to_the_readout, "'in' reaches 'li' in the same tick"),
        (threshold_node, "'gain' is of type Threshold"),
        (other_semantics, "its semantics are 'spyx'"),
    ],
)
def test_what_is_no_such_network_is_refused_with_the_reason(tmp_path, change, message):
    graph = foreign(np.random.default_rng(2))
    change(graph)
    with pytest.raises(InputError, match=rf"foreign\.nir cannot be imported: .*({message})"):
        import_nir(written(graph, tmp_path))


def test_the_tick_can_be_given(tmp_path):
    graph = foreign(np.random.default_rng(2))
    expected = import_nir(written(graph, tmp_path)).network.neurons.beta_N
    without_tick(graph)
    network = import_nir(written(graph, tmp_path), dt=1e-3).network
    np.testing.assert_array_equal(network.neurons.beta_N, expected)
    assert network.neurons.dt == 1e-3


def test_a_scaled_down_membrane_by_hand(tmp_path):
    # dt / tau = 1/4, r = 2, reset to 1, threshold 2, v_leak 1.5: u = v - 1 <- 3/4 u + I / 2 + 1/8; 2 u has the
    # threshold 2 and the constant 1/4.
    ones = np.ones(N)
    graph = foreign(np.random.default_rng(3))
    graph.nodes["lif1"] = nir.LIF(4e-3 * ones, 2 * ones, 1.5 * ones, 2 * ones, ones)
    imported = import_nir(written(graph, tmp_path))
    assert imported.network.neurons.threshold_N.tolist() == [2.0] * N
    assert imported.network.neurons.beta_N.tolist() == [0.75] * N
    np.testing.assert_allclose(imported.network.hidden_bias_N, graph.nodes["fc1"].bias + 0.25, rtol=1e-15)
    assert "Its v_reset is not 0: membranes start there, and not at 0." in imported.assumptions


@pytest.mark.parametrize("kind", [nir.LIF, nir.CubaLIF])
def test_all_potentials_shifted_by_a_constant_are_the_same_network(tmp_path, kind):
    one, shifted = (foreign(np.random.default_rng(4), kind, rest=rest) for rest in (0.0, -65.0))
    one, shifted = (import_nir(written(graph, tmp_path)).network for graph in (one, shifted))
    np.testing.assert_allclose(shifted.neurons.threshold_N, one.neurons.threshold_N, rtol=1e-12)
    np.testing.assert_allclose(shifted.hidden_bias_N, one.hidden_bias_N, atol=1e-12)


@pytest.mark.parametrize("kind", ["LIF", "CubaLIF"])
def test_an_imported_network_can_be_trained(tmp_path, kind):
    network = spiking_network(20, seed=5, substeps=2, **KINDS[kind])
    model = trainable(import_nir(write_nir(network, tmp_path / "network.nir")).network)
    inputs = currents(network, 30, 2)
    reference = spiking_reference(network, np.repeat(inputs, 2, axis=0)).spikes_TBN
    spikes = model.spikes(torch.as_tensor(inputs))[0][..., network.neuron_id_N]
    np.testing.assert_array_equal(spikes.detach().numpy() > 0, reference)
    model(torch.as_tensor(inputs)).logits_RTBO.sum().backward()
    assert model.recurrent_weights_RNN.grad.abs().sum() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_unit_thresholds_change_no_spike(kind):
    network = spiking_network(30, seed=6, **KINDS[kind])
    scaled, inputs = with_unit_thresholds(network), currents(network)
    assert set(scaled.neurons.threshold_N) == {1.0}
    np.testing.assert_array_equal(
        spiking_reference(scaled, inputs).spikes_TBN, spiking_reference(network, inputs).spikes_TBN
    )
    assert isinstance(scaled.neurons, CubaLIFNeurons) == ("Cuba" in kind)


def test_a_rate_network_is_not_spiking():
    with pytest.raises(InputError, match="rate network"):
        trainable(small_network(RateNeurons()))


def test_a_file_whose_numbers_were_changed_is_read_as_it_is_now(tmp_path):
    path = write_nir(spiking_network(10), tmp_path / "network.nir")
    graph = read_graph(path)
    graph.nodes["hidden"].r *= 0.5
    network = import_nir(written(graph, tmp_path)).network
    expected = dataclasses.replace(spiking_network(10)).neurons.threshold_N * 2
    np.testing.assert_allclose(network.neurons.threshold_N, expected, rtol=1e-12)
