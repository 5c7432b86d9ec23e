import dataclasses

import h5py
import nir
import numpy as np
import pytest
from support import ROOT
from support.networks import CUBA, LIF, small_network
from support.spiking_networks import KINDS, currents, spiking_network, uniform_network

from export.nir.dialects import DIALECTS, dialect_table, find_dialect, write_dialect
from export.nir.graph import read_graph, to_nir
from export.nir.modular import to_modular_nir
from export.parity import own_reference
from neurogrow.equations import spiking_reference
from neurogrow.errors import InputError

EXACT = [name for name, dialect in ((name, DIALECTS[name]) for name in DIALECTS) if dialect.exact]


def written(network, name, folder):
    return write_dialect(to_nir(network), DIALECTS[name], folder / f"{name}.nir")


def test_the_exact_dialects_are_those_that_are_meant_to_be():
    assert EXACT == ["norse", "spikingjelly", "snntorch"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", EXACT)
def test_an_exact_dialect_says_what_the_network_does(tmp_path, name, kind):
    network = uniform_network(**KINDS[kind])
    inputs = currents(network, 100)
    reference, given = spiking_reference(network, inputs), own_reference(written(network, name, tmp_path), inputs)
    assert reference.spikes_TBN.mean() > 0.02
    np.testing.assert_array_equal(given.spikes_TBN, reference.spikes_TBN)
    np.testing.assert_allclose(given.readout_TBO, reference.readout_TBO, atol=1e-12)


def test_norse_by_hand(tmp_path):
    graph = read_graph(written(small_network(LIF), "norse", tmp_path))
    assert graph.nodes["hidden"].r.tolist() == [1.0] * 5
    assert graph.nodes["hidden"].v_threshold.tolist() == [0.25] * 5  # 1 - beta
    assert graph.nodes["readout_decay"].weight.tolist() == [[0.5, 0], [0, 0.5]]
    assert graph.edges.index(("hidden", "recurrent")) < graph.edges.index(("hidden", "output_weights"))
    assert graph.edges[-1] == ("readout", "output")


def test_spikingjelly_by_hand(tmp_path):
    neurons = dataclasses.replace(LIF, threshold_N=np.full(5, 2.0))
    network = small_network(neurons)
    graph = read_graph(written(network, "spikingjelly", tmp_path))
    assert graph.nodes["hidden"].v_threshold.tolist() == [np.nextafter(1, 2)] * 5
    np.testing.assert_array_equal(graph.nodes["input_weights"].weight, network.input_weights_NI / 2)
    np.testing.assert_array_equal(graph.nodes["input_weights"].bias, network.hidden_bias_N / 2)
    np.testing.assert_array_equal(graph.nodes["recurrent"].weight, network.recurrent_weights_NN.toarray() / 2)


def test_rockpool_by_hand(tmp_path):
    graph = read_graph(written(small_network(CUBA), "rockpool", tmp_path))
    hidden = graph.nodes["hidden"].nodes["hidden"]
    readout = graph.nodes["readout"]
    assert readout.tau.tolist() == [1.0] * 2
    dt = float((readout.tau / (1 + readout.r))[0])
    assert dt == pytest.approx(np.log(2))  # exp(-dt / 1) is the readout's decay of one half
    np.testing.assert_allclose(np.exp(-dt / hidden.tau_mem), 0.75)
    np.testing.assert_allclose(np.exp(-dt / hidden.tau_syn), 0.5)
    np.testing.assert_allclose(hidden.tau_mem / (1 + hidden.r), dt)
    assert hidden.w_in.tolist() == [1.0] * 5


def test_sinabs_by_hand(tmp_path):
    path = written(small_network(LIF), "sinabs", tmp_path)
    graph = read_graph(path)
    np.testing.assert_allclose(np.exp(-1 / graph.nodes["hidden"].tau), 0.75)
    assert isinstance(graph.nodes["recurrent"], nir.Affine)
    assert graph.metadata["dt"] == 1.0
    assert graph.metadata["time_unit"] == 0.02
    with h5py.File(path) as file:
        assert file["version"][()] == b"1.0.4"
        assert "v_reset" not in file["node/nodes/hidden"]


@pytest.mark.parametrize(
    ("name", "network", "message"),
    [
        ("rockpool", spiking_network(5), "reads current-based neurons only, and 'hidden' are LIF"),
        ("rockpool", spiking_network(5, cuba=True, encoders=3), "'encoder' are LIF"),
        ("rockpool", spiking_network(5, cuba=True), "readouts' time constants as whole numbers"),
        ("sinabs", spiking_network(5, cuba=True), "knows no CubaLIF, which 'hidden' is"),
        ("spikingjelly", spiking_network(5), "one tau for all neurons of a population, and those of 'hidden'"),
        ("spikingjelly", spiking_network(5, cuba=True), "one tau_mem for all"),
    ],
)
def test_what_a_reader_cannot_represent_is_refused_with_the_reason(tmp_path, name, network, message):
    with pytest.raises(InputError, match=message):
        written(network, name, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["norse", "rockpool", "spyx", "sinabs"])
def test_modules_are_refused_where_they_would_drive_each_other_in_the_same_tick(name):
    network = uniform_network(cuba=name == "rockpool")
    with pytest.raises(InputError, match="write it without --modular"):
        DIALECTS[name].translate(to_modular_nir(network))


def test_the_canonical_graph_is_left_as_it_is():
    network = uniform_network(cuba=True)
    graph, before = to_nir(network), to_nir(network)
    for name in ("norse", "spikingjelly", "snntorch", "rockpool", "spyx"):
        DIALECTS[name].translate(graph)
    assert graph.edges == before.edges
    assert graph.metadata == before.metadata
    for name, node in before.nodes.items():
        for key, value in vars(node).items():
            np.testing.assert_equal(getattr(graph.nodes[name], key), value)


def test_names_and_the_table_come_from_the_code():
    with pytest.raises(InputError, match="Did you mean 'norse'"):
        find_dialect("nors")
    rows = dialect_table()
    assert {name for name, _, _ in rows} == set(DIALECTS)
    for name, dialect in ((name, DIALECTS[name]) for name in DIALECTS):
        own = [row for row in rows if row[0] == name]
        older = dialect.nir_version is not None
        assert len(own) == len(dialect.needs) + len(dialect.changes) + 1 + older
        assert all(words and not words.endswith(".") for _, _, words in own)


def test_the_documents_hold_the_table_that_the_code_makes():
    page = (ROOT / "docs" / "formats.md").read_text()
    rows = "\n".join(f"| `{name}` | {what} | {words} |" for name, what, words in dialect_table())
    assert rows in page, f"the table of dialects in docs/formats.md should be:\n{rows}"
