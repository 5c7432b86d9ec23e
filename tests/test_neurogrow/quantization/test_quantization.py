from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from support.networks import LIF, small_network
from support.spiking_networks import currents, spiking_network

from neurogrow.equations import spiking_reference
from neurogrow.errors import InputError
from neurogrow.network import RateNeurons
from neurogrow.quantization.grid import FRACTION, Grid, choose_grid, quantize, round_to

ANY = {"seed": st.integers(0, 2**32 - 1), "bits": st.integers(2, 16), "per": st.sampled_from(["network", "neuron"])}
CHECKED = settings(deadline=None, max_examples=30)


def matrices(network):
    return (network.input_weights_NI, network.recurrent_weights_NN.toarray()), (network.output_weights_ON,)


def test_weights_biases_and_thresholds_become_whole_numbers_of_the_given_steps():
    network = replace(
        small_network(LIF),
        input_weights_NI=np.array([[1.0, -0.26, 0.24], [9, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]),
        hidden_bias_N=np.array([0.1, -0.1, 0, 0, 0]),
    )
    quantized = round_to(network, Grid(4, "neuron", np.full(5, 0.5), np.full(2, 1.0)))
    assert quantized.input_weights_NI[0].tolist() == [2, -1, 0]
    assert quantized.input_weights_NI[1, 0] == 7  # 18 steps, cut off at 2^3 - 1
    assert quantized.hidden_bias_N.tolist() == [13, -13, 0, 0, 0]  # 0.1 = 12.8 parts of 0.5 / 64
    assert quantized.threshold_N.tolist() == [128] * 5  # 1.0 = 2 steps
    back = quantized.network()
    assert back.input_weights_NI[0].tolist() == [1.0, -0.5, 0.0]
    assert back.hidden_bias_N[0] == 13 * 0.5 / 64
    assert back.neurons.threshold_N.tolist() == [1.0] * 5


@given(**ANY)
@CHECKED
def test_no_weight_is_farther_off_than_half_a_step_unless_it_is_cut_off(seed, bits, per):
    network = spiking_network(20, seed=seed)
    quantized = quantize(network, bits, per)
    grid, back = quantized.grid, quantized.network()
    for step, before, after in zip((grid.step_N, grid.step_O), matrices(network), matrices(back), strict=True):
        for weights, rounded in zip(before, after, strict=True):
            whole = rounded / step[:, None]
            np.testing.assert_allclose(whole, np.rint(whole), atol=1e-6)
            assert np.abs(np.rint(whole)).max() <= grid.largest
            cut = np.abs(weights) > grid.largest * step[:, None]
            assert (
                np.abs(weights - rounded)[~cut] <= np.broadcast_to(step[:, None] / 2, cut.shape)[~cut] + 1e-12
            ).all()
            np.testing.assert_array_equal(np.rint(whole)[cut], grid.largest * np.sign(weights[cut]))


@given(**ANY)
@CHECKED
def test_connections_that_were_removed_stay_removed(seed, bits, per):
    network = spiking_network(20, seed=seed)
    back = quantize(network, bits, per).network()
    for before, after in zip(sum(matrices(network), ()), sum(matrices(back), ()), strict=True):
        assert not after[before == 0].any()
    assert (back.recurrent_weights_NN.data != 0).all()


@given(**ANY)
@CHECKED
def test_rounding_a_rounded_network_again_changes_nothing(seed, bits, per):
    quantized = quantize(spiking_network(20, seed=seed), bits, per)
    again = round_to(quantized.network(), quantized.grid)
    for name in ("input_weights_NI", "output_weights_ON", "hidden_bias_N", "output_bias_O", "threshold_N"):
        np.testing.assert_array_equal(getattr(again, name), getattr(quantized, name), err_msg=name)
    assert (again.recurrent_weights_NN != quantized.recurrent_weights_NN).nnz == 0


@given(seed=ANY["seed"], bits=ANY["bits"])
@CHECKED
def test_the_chosen_step_is_no_worse_than_the_whole_range_nor_one_step_than_many(seed, bits):
    network = spiking_network(20, seed=seed)

    def error(quantized):
        rounded = sum(matrices(quantized.network()), ())
        return sum(np.square(a - b).sum() for a, b in zip(sum(matrices(network), ()), rounded, strict=True))

    whole = [np.max([np.abs(weights).max() for weights in group]) for group in matrices(network)]
    m = 2 ** (bits - 1) - 1
    n, n_out = network.n_neurons, network.n_outputs
    plain = round_to(network, Grid(bits, "network", np.full(n, whole[0] / m), np.full(n_out, whole[1] / m)))
    assert error(quantize(network, bits, "network")) <= error(plain) * (1 + 1e-9)
    assert len(np.unique(choose_grid(network, bits, "network").step_N)) == 1


def test_sixteen_bits_change_hardly_a_spike_and_thresholds_keep_their_ratio_to_weights():
    network = spiking_network(50)
    inputs_TBI = currents(network, 60)
    for per in ("network", "neuron"):
        quantized = quantize(network, 16, per)
        before, after = (spiking_reference(each, inputs_TBI) for each in (network, quantized.network()))
        assert (before.spikes_TBN != after.spikes_TBN).mean() < 1e-2
        ratio = quantized.threshold_N / FRACTION * quantized.grid.step_N / network.neurons.threshold_N
        np.testing.assert_allclose(ratio, 1, atol=1e-5)


def test_a_network_without_weights_somewhere_can_be_rounded():
    network = small_network(LIF, recurrent_weights_NN=sparse.csr_array((5, 5)), input_weights_NI=np.zeros((5, 3)))
    for per in ("network", "neuron"):
        quantized = quantize(network, 8, per)
        assert not quantized.connections
        assert (quantized.grid.step_N > 0).all()
    silent = replace(network, output_weights_ON=np.zeros((2, 5)))
    assert not quantize(silent, 8).output_weights_ON.any()


def test_a_threshold_that_is_small_beside_the_weights_stays_above_zero():
    tiny = replace(LIF, threshold_N=np.full(5, 1e-9))
    assert quantize(small_network(tiny), 2).threshold_N.tolist() == [1] * 5


def test_a_rate_network_is_rounded_alike_and_has_no_thresholds():
    quantized = quantize(small_network(RateNeurons()), 8)
    assert quantized.threshold_N is None
    assert quantized.network().metadata == {"run": "a test", "weight_bits": "8", "weight_steps_per": "network"}


@pytest.mark.parametrize(
    ("bits", "per", "word"), [(1, "network", "2 to 16"), (17, "neuron", "17"), (8, "core", "core")]
)
def test_other_grids_are_refused(bits, per, word):
    with pytest.raises(InputError, match=word):
        quantize(small_network(LIF), bits, per)
