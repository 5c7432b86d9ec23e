"""A neuron model of one's own is trained, grown, pruned and restored; what it does not say is asked for."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from support.networks import LIF, small_network
from support.outside import EchoSource, LeakyNeurons, LeakyRNN, PrunableLeakyRNN

from export.nir.graph import to_nir
from export.onnx.model import to_onnx
from neurogrow.equations import rate_reference, spiking_reference
from neurogrow.errors import InputError
from neurogrow.growth import connection_cost, permute_neurons, swap_neurons
from neurogrow.layout import GridLayout
from neurogrow.models import NEURONS, RateRNN, SpikingRNN
from neurogrow.network import NEURON_MODELS, GrownNetwork, NeuronModel, RateNeurons
from neurogrow.pruning import prune, restore, with_unit_thresholds

GRID = GridLayout(2, 3)


@pytest.fixture
def registered_neurons():
    NEURON_MODELS.register("LeakyNeurons", LeakyNeurons)
    yield
    NEURON_MODELS.unregister("LeakyNeurons")


def pruned_leaky(seed=0):
    model = PrunableLeakyRNN(GRID, 4, 3, replicas=2, seed=seed)
    with torch.no_grad():
        model.rate_RN.uniform_(0.1, 0.9, generator=torch.Generator().manual_seed(1))
        model.recurrent_weights_RNN[1, :4, 4:] = 0  # neurons 4 and 5 reach only each other
        model.output_weights_RON[1, :, 4:] = 0
    return model, prune(model, 0.0, replica=1)


def test_the_built_in_models_say_how_they_are_stepped():
    assert (NEURONS["rate"], NEURONS["spiking"]) == (RateRNN, SpikingRNN)
    rate, spiking = RateRNN(GRID, 5, 4), SpikingRNN(GRID, 5, 4, substeps=3)
    assert (rate.is_spiking, rate.ticks_per_task_step) == (False, 1)
    assert (spiking.is_spiking, spiking.ticks_per_task_step) == (True, 3)


@pytest.mark.parametrize("kind", ["rate", "spiking", "leaky"])
def test_a_registered_model_is_made_and_trained_as_a_built_in_one(kind):
    NEURONS.register("leaky", LeakyRNN)
    try:
        cls = NEURONS[kind]
    finally:
        NEURONS.unregister("leaky")
    source, settings = EchoSource(2.0), {"rate": {}, "spiking": {"substeps": 2}, "leaky": {"rate": 0.5}}[kind]
    model = cls(GridLayout(4, 4), source.n_inputs, source.n_outputs, 2, (3, 4), **settings)
    stream, optimiser = source.stream(16, 8, "cpu", 0), torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for step in range(60):
        batch = stream.next_batch()
        loss_R = source.loss(model(batch.inputs_TBI).logits_RTBO, batch)
        optimiser.zero_grad()
        (loss_R + 1e-4 * connection_cost(model, locality=1.0)).sum().backward()
        optimiser.step()
        losses.append(loss_R.detach())
        if step == 30:
            swap_neurons(model, optimiser)
    assert torch.stack(losses[-5:]).mean(0).max() < 0.8 * losses[0].min()


def test_neurons_take_their_own_parameters_along():
    model, inputs_TBI = LeakyRNN(GRID, 4, 3), torch.rand(5, 2, 4)
    with torch.no_grad():
        model.rate_RN.uniform_(0.1, 0.9)
        before = model(inputs_TBI).logits_RTBO
        permute_neurons(model, torch.randperm(6)[None])
        torch.testing.assert_close(model(inputs_TBI).logits_RTBO, before)


def test_a_model_that_does_not_say_how_it_is_pruned_is_refused_in_one_line():
    with pytest.raises(
        InputError, match=r"^LeakyRNN cannot be pruned or exported; implement LeakyRNN\.pruned_neurons"
    ) as caught:
        prune(LeakyRNN(GRID, 4, 3))
    assert "\n" not in str(caught.value)


def test_a_model_of_ones_own_is_pruned_and_restored():
    model, network = pruned_leaky()
    assert network.neuron_id_N.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(network.neurons.rate_N, model.rate_RN[1, :4].detach().double().numpy())
    inputs_TBI = torch.rand(5, 2, 4)
    back = restore(network)(inputs_TBI.double()).logits_RTBO[0]
    torch.testing.assert_close(back.float(), model(inputs_TBI).logits_RTBO[1])


def test_neurons_of_ones_own_are_saved_under_their_registered_name(tmp_path, registered_neurons):
    _, network = pruned_leaky()
    back = GrownNetwork.load(network.save(tmp_path / "network.safetensors"))
    assert type(back.neurons) is LeakyNeurons
    np.testing.assert_array_equal(back.neurons.rate_N, network.neurons.rate_N)


def test_neurons_without_a_registered_name_are_neither_saved_nor_loaded(tmp_path):
    _, network = pruned_leaky()
    path = tmp_path / "network.safetensors"
    with pytest.raises(InputError, match=r"cannot be saved before NEURON_MODELS\.register\('LeakyNeurons'"):
        network.save(path)
    assert not path.exists()
    NEURON_MODELS.register("LeakyNeurons", LeakyNeurons)
    network.save(path)
    NEURON_MODELS.unregister("LeakyNeurons")
    with pytest.raises(InputError, match="no model of pruned neurons 'LeakyNeurons'"):
        GrownNetwork.load(path)


def test_another_class_under_a_registered_name_is_not_saved(tmp_path):
    impostor = type("RateNeurons", (NeuronModel,), {})()
    with pytest.raises(InputError, match="RateNeurons cannot be saved before"):
        small_network(impostor).save(tmp_path / "network.safetensors")


def test_arrays_by_neuron_have_an_entry_for_each_neuron():
    with pytest.raises(InputError, match=r"rate_N has shape \(4,\), but the network needs \(5,\)"):
        small_network(LeakyNeurons(np.ones(4)))


def test_neurons_that_cannot_be_restored_are_refused_in_one_line():
    @dataclass(frozen=True)
    class Strange(NeuronModel):
        pass

    with pytest.raises(InputError, match=r"^Strange cannot be put back on a grid; implement Strange\.to_model"):
        restore(small_network(Strange()))


@pytest.mark.parametrize("use", [to_nir, to_onnx, with_unit_thresholds])
def test_what_has_no_form_for_neurons_of_ones_own_says_so(use):
    with pytest.raises(
        InputError, match=r"^LeakyNeurons cannot be exported, quantised or stepped in numpy; return Rate"
    ):
        use(small_network(LeakyNeurons(np.ones(5))))


def test_the_equations_of_one_kind_refuse_the_other():
    inputs_TBI = np.zeros((2, 1, 3))
    with pytest.raises(InputError, match=r"^This is a spiking network; a rate network is needed here"):
        rate_reference(small_network(LIF), inputs_TBI)
    with pytest.raises(InputError, match=r"^This is a rate network; a spiking network is needed here"):
        spiking_reference(small_network(RateNeurons()), inputs_TBI)
