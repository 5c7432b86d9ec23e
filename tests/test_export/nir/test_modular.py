import dataclasses

import numpy as np
import pytest
from scipy import sparse
from support.networks import LIF, small_network
from support.spiking_networks import KINDS, currents, spiking_network

from export.nir.graph import read_graph, write_nir
from export.nir.modular import to_modular_nir, write_modular_nir
from export.parity import own_reference
from hardware_models.workload.nir_file import read_neurons
from neurogrow.equations import spiking_reference
from neurogrow.errors import InputError


def test_populations_and_blocks_by_hand():
    # modules 0, 0, 1, none, 1; weights 0 -> 2 (module 0 to 1), 3 -> 4 (none to 1), 1 -> 0 (within 0)
    weights = np.zeros((5, 5))
    weights[2, 0], weights[4, 3], weights[0, 1] = 1, 2, 3
    outputs = np.array([[0, 0, 0, 0, 1.0], [0, 0, 0, 0, 2.0]])
    network = small_network(LIF, recurrent_weights_NN=sparse.csr_array(weights), output_weights_ON=outputs)
    graph = to_modular_nir(network)
    recurrent = {name: node.weight.tolist() for name, node in graph.nodes.items() if name.startswith("recurrent")}
    assert recurrent == {
        "recurrent_1_0": [[1, 0], [0, 0]],
        "recurrent_1_none": [[0], [2]],
        "recurrent_0_0": [[0, 3], [0, 0]],
    }
    assert graph.nodes["hidden_none"].metadata["neuron_id"].tolist() == [5]
    assert graph.nodes["hidden_1"].metadata["positions"].tolist() == network.positions_N2[[2, 4]].tolist()
    assert graph.nodes["hidden_1"].metadata["grid"].tolist() == [3, 3]
    assert {name for name in graph.nodes if name.startswith("output_weights")} == {
        "output_weights_none",  # the first carries the bias
        "output_weights_1",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_spikes_are_the_same(tmp_path, kind):
    network = spiking_network(seed=6, **KINDS[kind])
    inputs = currents(network, 80)
    reference = spiking_reference(network, inputs)
    given = own_reference(write_modular_nir(network, tmp_path / "modular.nir"), inputs)
    np.testing.assert_array_equal(given.spikes_TBN, reference.spikes_TBN)
    np.testing.assert_allclose(given.readout_TBO, reference.readout_TBO, rtol=0, atol=1e-12)


def test_a_network_without_modules_is_refused():
    with pytest.raises(InputError, match="modules are not known"):
        to_modular_nir(dataclasses.replace(spiking_network(5), module_N=None))


def test_a_chip_sees_the_same_synapses(tmp_path):
    network = spiking_network(seed=6)
    one = read_neurons(write_nir(network, tmp_path / "network.nir"))
    split = read_neurons(write_modular_nir(network, tmp_path / "modular.nir"))
    assert split.connectivity.sum() == one.connectivity.sum()
    assert split.input_synapses == one.input_synapses
    assert sum(population.spiking for population in split.populations) == 5
    assert read_graph(tmp_path / "modular.nir").metadata["semantics"] == "nir-euler"
