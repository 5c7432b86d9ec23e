import dataclasses

import nir
import numpy as np
import pytest
import torch
from networks import LIF, small_network
from scipy import sparse
from spiking_networks import currents, spiking_network

from export.equations import spiking_reference
from export.nir_graph import read_graph, write_nir
from export.onnx_model import run_onnx, write_onnx
from export.reference import simulate
from export.snntorch_reader import load_snntorch, run_snntorch
from neurogrow.errors import InputError
from neurogrow.network import RateNeurons


@pytest.mark.parametrize(("seed", "n"), [(0, 50), (1, 75), (2, 100)])
def test_no_bin_differs_in_float64(tmp_path, seed, n):
    network = spiking_network(n, seed=seed)
    path = write_nir(network, tmp_path / "network.nir")
    inputs = currents(network, n_steps=200, seed=seed)
    reference = simulate(read_graph(path), inputs, record=("hidden", "output"))
    run = run_snntorch(path, inputs)
    assert 0.02 < run.spikes_TBN.mean() < 0.3
    assert ((reference["hidden"] > 0) != run.spikes_TBN).sum() == 0
    np.testing.assert_allclose(run.readout_TBO, reference["output"], rtol=0, atol=1e-12)


def test_float32_stays_close_and_is_not_the_same(tmp_path):
    network = spiking_network(100, seed=4)
    path = write_nir(network, tmp_path / "network.nir")
    inputs = currents(network, n_steps=200, seed=4)
    double, single = run_snntorch(path, inputs), run_snntorch(path, inputs, torch.float32)
    assert (double.spikes_TBN != single.spikes_TBN).mean() < 0.01
    assert np.abs(double.readout_TBO - single.readout_TBO).max() > 0


def tied_network(beta):
    """Five neurons that their input takes to their thresholds, to the bit."""
    neurons = dataclasses.replace(LIF, beta_N=np.full(5, beta), threshold_N=np.array([1.0, 0.5, 0.3, 3.0, 1e-3]))
    return small_network(
        neurons,
        input_weights_NI=np.stack([neurons.threshold_N, np.spacing(neurons.threshold_N), np.zeros(5)], axis=1),
        hidden_bias_N=np.zeros(5),
        recurrent_weights_NN=sparse.csr_array((5, 5)),
    )


@pytest.mark.parametrize("beta", [0.5, 0.75, 0.8, 0.9, 0.95])
def test_a_membrane_equal_to_its_threshold_does_not_spike(tmp_path, beta):
    network = tied_network(beta)
    path = write_nir(network, tmp_path / "network.nir")
    equal, above = np.array([[[1.0, 0, 0]]]), np.array([[[1.0, 1, 0]]])
    model = write_onnx(network, tmp_path / "network.onnx")
    for inputs, spike in ((equal, False), (above, True)):
        assert (run_snntorch(path, inputs).spikes_TBN == spike).all()
        assert (simulate(read_graph(path), inputs)["hidden"] == spike).all()
        assert (run_onnx(model, inputs).spikes_TBN[0] == spike).all()
        assert (spiking_reference(network, inputs).spikes_TBN == spike).all()


def test_the_neurons_are_snntorchs_own_with_their_reset_at_once_to_zero(tmp_path):
    module = load_snntorch(write_nir(small_network(LIF), tmp_path / "network.nir"))
    assert type(module.hidden).__module__.startswith("snntorch")
    assert (module.hidden.reset_mechanism, module.hidden.reset_delay) == ("zero", False)
    assert module.hidden.beta.tolist() == [0.75] * 5
    assert module.readout.reset_mechanism == "none"


def test_a_gain_other_than_one_is_read_too(tmp_path):
    network = spiking_network(40)
    path = write_nir(network, tmp_path / "network.nir")
    graph = read_graph(path)
    graph.nodes["hidden"].r *= 0.8
    nir.write(str(path), graph)
    inputs = currents(network)
    run = run_snntorch(path, inputs)
    assert run.spikes_TBN.any()
    np.testing.assert_array_equal(run.spikes_TBN, simulate(graph, inputs)["hidden"] > 0)
    assert (run.spikes_TBN != spiking_reference(network, inputs).spikes_TBN).any()


def test_files_of_another_form_are_refused(tmp_path):
    path = tmp_path / "other.nir"
    nodes = {"input": nir.Input(np.array([2])), "output": nir.Output(np.array([2]))}
    nir.write(str(path), nir.NIRGraph(nodes, [("input", "output")]))
    with pytest.raises(InputError, match=r"other\.nir cannot be read into snnTorch: the node 'input_weights'"):
        load_snntorch(path)
    with pytest.raises(InputError, match="spiking network is needed"):
        spiking_reference(small_network(RateNeurons()), np.zeros((1, 1, 3)))


def test_a_file_without_its_tick_is_refused(tmp_path):
    path = write_nir(small_network(LIF), tmp_path / "network.nir")
    graph = read_graph(path)
    del graph.metadata["dt"]
    nir.write(str(path), graph)
    with pytest.raises(InputError, match=r"network\.nir cannot be read into snnTorch: .* 'dt'"):
        load_snntorch(path)
