import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from support.networks import CUBA, LIF, small_network, with_encoder

from neurogrow.errors import InputError
from neurogrow.network import GrownNetwork, LIFNeurons, RateNeurons, SpikingNeurons


@pytest.mark.parametrize("neurons", [RateNeurons("tanh"), LIF, CUBA])
def test_a_saved_network_comes_back_the_same(tmp_path, neurons):
    network = small_network(neurons)
    back = GrownNetwork.load(network.save(tmp_path / "network.safetensors"))
    assert type(back.neurons) is type(neurons)
    assert (back.grid, back.metadata) == (network.grid, network.metadata)
    np.testing.assert_array_equal(back.recurrent_weights_NN.toarray(), network.recurrent_weights_NN.toarray())
    for name in ("input_weights_NI", "output_weights_ON", "hidden_bias_N", "output_bias_O", "neuron_id_N", "module_N"):
        np.testing.assert_array_equal(getattr(back, name), getattr(network, name))
    if isinstance(neurons, SpikingNeurons):
        assert (back.neurons.substeps, back.neurons.dt) == (5, 0.02)
        np.testing.assert_array_equal(back.neurons.beta_N, neurons.beta_N)
    if neurons is CUBA:
        np.testing.assert_array_equal(back.neurons.alpha_N, neurons.alpha_N)


def test_an_encoder_is_saved_with_its_network(tmp_path):
    network = with_encoder(small_network(CUBA))
    assert (network.n_inputs, network.input_weights_NI.shape) == (3, (5, 4))
    back = GrownNetwork.load(network.save(tmp_path / "network.safetensors"))
    assert small_network(CUBA).encoder is None
    for name in ("weights_EI", "bias_E", "beta_E", "threshold_E"):
        np.testing.assert_array_equal(getattr(back.encoder, name), getattr(network.encoder, name))
    np.testing.assert_array_equal(back.input_weights_NI, network.input_weights_NI)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"weights_EI": np.zeros((3, 3))}, "weights_EI has shape"),
        ({"bias_E": np.zeros(5)}, "input_weights_NI has shape"),
        ({"beta_E": np.full(5, 0.5)}, "beta_E has shape"),
        ({"beta_E": np.ones(4)}, "beta_E must lie between 0 and 1"),
        ({"threshold_E": np.zeros(4)}, "threshold_E must be positive"),
        ({"bias_E": np.full(4, np.inf)}, "not finite"),
    ],
)
def test_an_encoder_that_cannot_be_is_refused(changed, message):
    network = with_encoder(small_network(LIF))
    with pytest.raises(InputError, match=message):
        replace(network, encoder=replace(network.encoder, **changed))


def test_rate_neurons_have_no_encoder():
    with pytest.raises(InputError, match="drives spiking neurons"):
        with_encoder(small_network(RateNeurons()))


def test_memory_order_does_not_matter_to_a_saved_network(tmp_path):
    network = small_network(RateNeurons())
    turned = replace(network, output_weights_ON=np.asfortranarray(network.output_weights_ON))
    strided = replace(turned, input_weights_NI=np.repeat(network.input_weights_NI, 2, axis=1)[:, ::2])
    back = GrownNetwork.load(strided.save(tmp_path / "network.safetensors"))
    np.testing.assert_array_equal(back.output_weights_ON, network.output_weights_ON)
    np.testing.assert_array_equal(back.input_weights_NI, network.input_weights_NI)


def test_positions_follow_the_grid():
    assert small_network(RateNeurons()).positions_N2[3].tolist() == [1 / 3, 2 / 3]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"hidden_bias_N": np.zeros(4)}, "hidden_bias_N has shape"),
        ({"output_bias_O": np.array([0, np.nan])}, "not finite"),
        ({"neuron_id_N": np.array([0, 2, 3, 5, 9])}, "outside the 3 x 3 grid"),
        ({"neuron_id_N": np.array([0, 2, 2, 5, 8])}, "ascending"),
        ({"neurons": LIFNeurons(np.full(4, 0.5), np.ones(5), np.full(2, 0.5), 5, 0.02)}, "beta_N has shape"),
    ],
)
def test_a_network_that_cannot_be_is_refused(changed, message):
    with pytest.raises(InputError, match=message):
        small_network(**({"neurons": RateNeurons()} | changed))


def test_files_that_are_no_network_are_refused_by_name(tmp_path):
    path = tmp_path / "file.safetensors"
    with pytest.raises(InputError, match="does not exist"):
        GrownNetwork.load(path)
    path.write_bytes(b"not a tensor in sight")
    with pytest.raises(InputError, match="not a safetensors file"):
        GrownNetwork.load(path)
    save_file({"x": np.zeros(2)}, path)
    with pytest.raises(InputError, match="holds no grown network"):
        GrownNetwork.load(path)


def test_a_network_file_with_an_array_missing_is_refused(tmp_path):
    path = small_network(RateNeurons()).save(tmp_path / "network.safetensors")
    arrays = load_file(path)
    header = {"format": "neurogrow-network-1", "neurons": {"type": "RateNeurons"}, "grid": [3, 3], "metadata": {}}
    del arrays["output_bias_O"]
    save_file(arrays, path, metadata={"neurogrow": json.dumps(header)})
    with pytest.raises(InputError, match="not a complete grown network"):
        GrownNetwork.load(path)


@pytest.mark.parametrize(
    ("name", "value"), [("recurrent_indices", 10**6), ("recurrent_indices", -1), ("recurrent_indptr", 10**6)]
)
def test_a_connection_to_a_neuron_that_is_not_there_is_refused(tmp_path, name, value):
    path = small_network(RateNeurons()).save(tmp_path / "network.safetensors")
    with safe_open(path, framework="numpy") as file:
        header = file.metadata()
    arrays = load_file(path)
    arrays[name][1] = value
    save_file(arrays, path, metadata=header)
    with pytest.raises(InputError, match="not a complete grown network"):
        GrownNetwork.load(path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"beta_N": np.ones(5)}, "beta_N must lie between 0 and 1"),
        ({"readout_beta_O": np.zeros(2)}, "readout_beta_O must lie between 0 and 1"),
        ({"threshold_N": np.zeros(5)}, "threshold_N must be positive"),
        ({"dt": 0.0}, "dt .* must be positive"),
        ({"substeps": 0}, "at least 1"),
    ],
)
@pytest.mark.parametrize("neurons", [LIF, CUBA])
def test_neurons_that_cannot_be_are_refused(neurons, changed, message):
    with pytest.raises(InputError, match=message):
        replace(neurons, **changed)


def test_a_current_decays_by_a_fraction_of_itself():
    with pytest.raises(InputError, match="alpha_N must lie between 0 and 1"):
        replace(CUBA, alpha_N=np.ones(5))
    with pytest.raises(InputError, match="alpha_N has shape"):
        small_network(replace(CUBA, alpha_N=np.full(4, 0.5)))
