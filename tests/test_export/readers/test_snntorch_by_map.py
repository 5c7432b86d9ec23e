import dataclasses

import nir
import numpy as np
import pytest
import snntorch
import torch
from scipy import sparse
from support.networks import LIF, small_network
from support.spiking_networks import KINDS, currents, spiking_network

from export.nir.dialects import DIALECTS, write_dialect
from export.nir.graph import read_graph, to_nir, write_nir
from export.nir.reference import simulate
from export.onnx.model import run_onnx, write_onnx
from export.readers.snntorch_by_map import load, run
from neurogrow.equations import spiking_reference
from neurogrow.errors import InputError
from neurogrow.network import RateNeurons


def written(network, folder):
    return write_dialect(to_nir(network), DIALECTS["snntorch"], folder / "snntorch.nir")


@pytest.mark.parametrize("kind", KINDS)
def test_no_bin_differs_in_float64(tmp_path, kind):
    network = spiking_network(60, seed=3, **KINDS[kind])
    inputs = currents(network, n_steps=150, seed=3)
    reference = simulate(to_nir(network), inputs, record=("hidden", "output"))
    given = run(written(network, tmp_path), inputs)
    assert 0.02 < given.spikes_TBN.mean() < 0.3
    assert ((reference["hidden"] > 0) != given.spikes_TBN).sum() == 0
    np.testing.assert_allclose(given.readout_TBO, reference["output"], rtol=0, atol=1e-12)


def test_float32_stays_close_and_is_not_the_same(tmp_path):
    network = spiking_network(100, seed=4)
    path = written(network, tmp_path)
    inputs = currents(network, n_steps=200, seed=4)
    double, single = run(path, inputs), run(path, inputs, torch.float32)
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
    path, canonical = written(network, tmp_path), write_nir(network, tmp_path / "network.nir")
    equal, above = np.array([[[1.0, 0, 0]]]), np.array([[[1.0, 1, 0]]])
    model = write_onnx(network, tmp_path / "network.onnx")
    for inputs, spike in ((equal, False), (above, True)):
        assert (run(path, inputs).spikes_TBN == spike).all()
        assert (simulate(read_graph(canonical), inputs)["hidden"] == spike).all()
        assert (run_onnx(model, inputs).spikes_TBN[0] == spike).all()
        assert (spiking_reference(network, inputs).spikes_TBN == spike).all()


def test_the_neurons_are_snntorchs_own_with_their_reset_at_once_to_zero(tmp_path):
    hidden = load(written(small_network(LIF), tmp_path)).get_submodule("hidden").neuron
    assert type(hidden) is snntorch.Leaky
    assert (hidden.reset_mechanism, hidden.reset_delay) == ("zero", False)
    assert hidden.beta.tolist() == [0.75] * 5
    assert hidden.threshold.tolist() == [1.0] * 5


def changed(path, change):
    graph = read_graph(path)
    change(graph)
    nir.write(str(path), graph)
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda graph: graph.metadata.pop("dt"), "has no 'dt'"),
        (lambda graph: graph.nodes["hidden"].r.fill(2.0), "input reaches its LIF scaled by 0.5, not unscaled"),
        (lambda graph: graph.nodes["hidden"].v_reset.fill(-1.0), "v_leak or v_reset of its LIF is not zero"),
        (lambda graph: graph.nodes.update(recurrent=nir.Threshold(np.ones(5))), "Threshold"),
    ],
)
def test_what_is_no_snntorch_neuron_is_refused(tmp_path, change, message):
    path = changed(written(small_network(LIF), tmp_path), change)
    with pytest.raises(InputError, match=rf"snntorch\.nir cannot be read into snnTorch: .*{message}"):
        load(path)


def test_a_rate_network_has_no_spikes():
    with pytest.raises(InputError, match="spiking network is needed"):
        spiking_reference(small_network(RateNeurons()), np.zeros((1, 1, 3)))
