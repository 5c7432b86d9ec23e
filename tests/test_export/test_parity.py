import dataclasses
import json

import nir
import numpy as np
import pytest
from support.networks import LIF, small_network
from support.spiking_networks import currents, spiking_network

from export.nir.graph import read_graph, write_nir
from export.nir.modular import write_modular_nir
from export.nir.reference import simulate
from export.onnx.model import write_onnx
from export.parity import ROUNDING_READERS, TRAINING_MODEL, measure_nir, measure_onnx, write_parity
from export.readers import READERS, ROUNDING
from neurogrow.equations import rate_reference, spiking_reference
from neurogrow.errors import InputError
from neurogrow.network import RateNeurons
from neurogrow.response import Response


def own_spikes(network, inputs):
    return spiking_reference(network, np.repeat(inputs, network.neurons.substeps, axis=0)).spikes_TBN


@pytest.fixture
def network():
    return spiking_network(60, seed=5)


@pytest.fixture
def path(network, tmp_path):
    return write_nir(network, tmp_path / "network.nir")


QUICK = {name: READERS[name] for name in ("numpy", "snntorch")} | ROUNDING


def test_every_exact_reader_of_a_faithful_file_differs_nowhere(network, path):
    inputs = currents(network)
    parity = measure_nir(path, inputs, own_spikes(network, inputs), readers=QUICK)
    assert (parity.ticks, parity.lanes, parity.neurons, parity.bins) == (120, 5, 60, 36000)
    assert 0.02 < parity.spikes / parity.bins < 0.3
    assert [reader.name for reader in parity.readers] == [*QUICK, TRAINING_MODEL]
    for reader in parity.readers:
        assert reader.semantics == "nir-euler"
        if reader.name not in ROUNDING_READERS:
            assert (reader.differing_bins, reader.first_tick, reader.cosine) == (0, None, 1.0)
            assert reader.max_output_difference is None or reader.max_output_difference < 1e-12


@pytest.mark.parametrize(("node", "parameter"), [("hidden", "v_threshold"), ("recurrent", "weight")])
def test_a_file_that_is_not_what_was_trained_is_reported(network, path, node, parameter):
    inputs = currents(network)
    graph = read_graph(path)
    getattr(graph.nodes[node], parameter)[...] *= 1.1
    nir.write(str(path), graph)
    *_, trained = measure_nir(path, inputs, own_spikes(network, inputs), readers=QUICK).readers
    assert trained.name == TRAINING_MODEL
    assert trained.differing_bins > 0
    assert trained.first_tick is not None
    assert trained.cosine < 1


@dataclasses.dataclass(frozen=True)
class Stub:
    """A reader that hands back what a function makes of the recording that is right."""

    change: object
    name: str = "stub"
    dialect: str | None = None
    missing: tuple = ()
    version: str = "1.2"

    def run(self, path, currents_TBI):
        graph = read_graph(path)
        given = simulate(graph, currents_TBI, record=("hidden", "output"))
        return self.change(Response(given["hidden"], given["output"]))


def late(recording):
    return Response(np.roll(recording.spikes_TBN, 1, axis=0), recording.readout_TBO + 0.25)


def crash(recording):
    raise RuntimeError("out of\n luck")


def test_a_reader_that_gives_something_else_is_reported(network, path):
    parity = measure_nir(path, currents(network), readers={"late": Stub(late)}, perform=lambda logits: logits.shape[0])
    (reader,) = parity.readers
    assert reader.differing_bins > 0
    assert reader.cosine < 0.9
    assert reader.max_output_difference == pytest.approx(0.25)
    assert (reader.version, reader.performance) == ("1.2", 40)  # of 120 ticks, the last of each step
    assert (reader.dialect, reader.differing_bins_to_network) == (None, None)


def test_what_is_not_run_is_listed_with_the_reason(network, path):
    readers = {
        "absent": Stub(late, "absent", missing=("absent", "too")),
        "crashing": Stub(crash, "crashing"),
        "refusing": Stub(late, "refusing", "rockpool"),
    }
    parity = measure_nir(path, currents(network), readers=readers)
    assert parity.readers == ()
    assert parity.not_run["absent"] == "absent, too not installed: pip install 'neurogrow[readers]'"
    assert parity.not_run["crashing"] == "crashing failed: RuntimeError: out of luck"
    assert "reads current-based neurons only" in parity.not_run["refusing"]


def test_semantics_of_a_readers_own_are_measured_against_themselves(network, path):
    """A reader that steps the dialect's file by nir-euler differs from the reader that the dialect is for."""
    wrong = Stub(lambda recording: recording, "wrong", "sinabs")
    parity = measure_nir(path, currents(network), readers={"wrong": wrong})
    (reader,) = parity.readers
    assert (reader.dialect, reader.semantics) == ("sinabs", "sinabs")
    assert reader.differing_bins > 0
    assert reader.differing_bins_to_network > 0
    assert reader.cosine_to_network < 1


def test_modules_are_measured_with_the_exact_readers(network, path, tmp_path):
    modular = write_modular_nir(network, tmp_path / "modular.nir")
    parity = measure_nir(path, currents(network), readers=QUICK, modular=modular)
    by_name = {reader.name: reader for reader in parity.readers}
    assert "numpy, modular" not in by_name
    assert by_name["snntorch, modular"].differing_bins == 0


def test_counts_by_hand(tmp_path):
    network = small_network(dataclasses.replace(LIF, substeps=1), hidden_bias_N=np.zeros(5))
    path = write_nir(network, tmp_path / "network.nir")
    silence = np.zeros((4, 1, 3))
    spikes = np.zeros((4, 1, 5), bool)
    (same,) = measure_nir(path, silence, spikes, readers={}).readers
    assert (same.differing_bins, same.first_tick, same.cosine) == (0, None, 1.0)
    spikes[2, 0, [1, 3]] = True
    (other,) = measure_nir(path, silence, spikes, readers={}).readers
    assert (other.differing_bins, other.first_tick, other.cosine) == (2, 2, 0.0)


def test_spikes_of_another_shape_are_refused(network, path):
    with pytest.raises(InputError, match=r"spikes of the training model have shape \(40, 5, 60\)"):
        measure_nir(path, currents(network), np.zeros((40, 5, 60)))


def test_onnx_of_a_rate_network(tmp_path):
    network = small_network(RateNeurons("tanh"))
    path = write_onnx(network, tmp_path / "network.onnx")
    inputs = currents(network)
    parity = measure_onnx(path, network, inputs, rate_reference(network, inputs)[0])
    assert (parity.steps, parity.lanes, parity.bins, parity.differing_bins) == (40, 5, None, None)
    assert 0 < parity.max_logits_difference < 1e-5
    assert parity.max_logits_difference == parity.max_logits_difference_to_training_model
    assert parity.max_activity_difference < 1e-5
    changed = dataclasses.replace(network, hidden_bias_N=network.hidden_bias_N + 0.01)
    assert measure_onnx(path, changed, inputs).max_logits_difference > 1e-3


def test_onnx_of_a_spiking_network(network, tmp_path):
    path = write_onnx(network, tmp_path / "network.onnx")
    parity = measure_onnx(path, network, currents(network))
    assert (parity.bins, parity.differing_bins, parity.max_activity_difference) == (36000, 0, 0.0)
    assert parity.spikes > 1000
    assert parity.max_logits_difference < 1e-12
    changed = dataclasses.replace(network, hidden_bias_N=network.hidden_bias_N + 0.01)
    assert measure_onnx(path, changed, currents(network)).differing_bins > 0


def test_onnx_of_another_network_is_refused(network, tmp_path):
    path = write_onnx(network, tmp_path / "network.onnx")
    with pytest.raises(InputError, match="activity have shape"):
        measure_onnx(path, spiking_network(50), currents(network))
    with pytest.raises(InputError, match="expected_logits_TBO have shape"):
        measure_onnx(path, network, currents(network), np.zeros((1, 1, 1)))


def test_the_report_is_plain_json(network, path, tmp_path):
    inputs = currents(network)
    nir_parity = measure_nir(path, inputs)
    onnx_parity = measure_onnx(write_onnx(network, tmp_path / "network.onnx"), network, inputs)
    report = json.loads(write_parity(tmp_path / "parity.json", nir=nir_parity, onnx=onnx_parity).read_text())
    assert report["nir"]["readers"][0]["differing_bins"] == 0
    assert report["nir"]["bins"] == 36000
    assert report["onnx"] == onnx_parity.to_json()
    assert json.loads(write_parity(tmp_path / "parity.json").read_text()) == {"nir": None, "onnx": None}
