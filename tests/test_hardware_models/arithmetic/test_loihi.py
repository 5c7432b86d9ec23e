from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from support.networks import LIF, small_network
from support.spiking_networks import currents, spiking_network

from hardware_models.arithmetic.loihi import loihi_responds, loihi_step, run_loihi, to_loihi
from neurogrow.equations import spiking_reference
from neurogrow.errors import InputError
from neurogrow.network import CubaLIFNeurons, LIFNeurons, RateNeurons
from neurogrow.quantization.grid import Grid, quantize, round_to

CHECKED = settings(deadline=None, max_examples=40)


def one_step(**changed):
    values = {"u": 0, "v": 0, "a": 0, "bias": 0, "du": 4095, "dv": 0, "vth": 100} | changed
    return tuple(int(each[0]) for each in loihi_step(**{name: np.array([value]) for name, value in values.items()}))


@pytest.mark.parametrize(
    ("given_", "u", "v", "spike"),
    [
        ({"a": 3}, 192, 192, 0),  # a weight counts 64
        ({"u": 1000, "du": 2047}, 500, 500, 0),  # 1000 * 2048 >> 12
        ({"u": -1001, "du": 2047}, -500, -500, 0),  # towards zero, whatever the sign
        ({"v": 1000, "dv": 205}, 0, 949, 0),  # 1000 * 3891 >> 12
        ({"v": -1000, "dv": 205}, 0, -949, 0),
        ({"v": 6400}, 0, 6400, 0),  # strictly above 100 << 6
        ({"v": 6400, "bias": 1}, 0, 0, 1),
        ({"v": -(2**23) + 5, "bias": -4096 << 7}, 0, -(2**23) + 1, 0),  # a membrane stops at the edge
        ({"a": 2**17 + 1}, -(2**23) + 64, -(2**23) + 64, 0),  # a current wraps around
    ],
)
def test_one_tick_by_hand(given_, u, v, spike):
    assert one_step(**given_) == (u, v, spike)


@given(
    u=st.integers(1 - 2**23, 2**23 - 1),
    v=st.integers(1 - 2**23, 2**23 - 1),
    a=st.integers(-(2**12), 2**12),
    bias=st.integers(-(2**12), 2**12 - 1),
    du=st.integers(0, 4095),
    dv=st.integers(0, 4095),
    vth=st.integers(0, 2**17 - 1),
)
@CHECKED
def test_one_tick_is_the_rule_in_python_integers(u, v, a, bias, du, dv, vth):
    sign = lambda x: (x > 0) - (x < 0)  # noqa: E731
    current = sign(u) * (abs(u) * (4096 - du - 1) >> 12) + a * 64
    if current > 2**23:
        current -= 2**24
    elif current <= -(2**23):
        current += 2**24
    voltage = max(1 - 2**23, min(2**23 - 1, sign(v) * (abs(v) * (4096 - dv) >> 12) + current + bias))
    spike = voltage > vth * 64
    assert one_step(u=u, v=v, a=a, bias=bias, du=du, dv=dv, vth=vth) == (current, 0 if spike else voltage, spike)


def test_a_network_of_two_neurons_by_hand():
    """Neuron 0 is driven across its threshold, and drives neuron 1 a tick later; the output adds up both."""
    network = small_network(
        LIFNeurons(np.full(2, 0.5), np.ones(2), np.full(1, 0.75), substeps=1, dt=0.1),
        input_weights_NI=np.array([[1.0], [0.0]]),
        recurrent_weights_NN=sparse.csr_array([[0.0, 0.0], [1.5, 0.0]]),
        output_weights_ON=np.array([[1.0, 0.5]]),
        hidden_bias_N=np.zeros(2),
        output_bias_O=np.zeros(1),
        neuron_id_N=np.array([0, 1]),
        module_N=None,
    )
    chip = to_loihi(round_to(network, Grid(8, "network", np.full(2, 0.1), np.full(1, 0.1))))
    assert chip.weights_NN.toarray().tolist() == [[0, 0], [30, 0]]
    assert chip.threshold_N.tolist() == [20, 20]
    assert (chip.dv_N.tolist(), chip.du_N.tolist(), chip.readout_dv_O.tolist()) == ([2048] * 2, [4095] * 2, [1024])
    logits_TBO, spikes_TBN = run_loihi(chip, np.array([1.2, 0.0, 0.0, 0.7])[:, None, None])
    # 1.2 / (0.1 / 128) = 1536 > 20 * 64; 30 * 64 = 1920 > 1280; 0.7 alone stays below.
    assert spikes_TBN[:, 0].tolist() == [[True, False], [False, True], [False, False], [False, False]]
    v = [1280, 960 + 640, 1200, 900]  # 20 * 64; times 3072 / 4096 plus 10 * 64
    np.testing.assert_allclose(logits_TBO[:, 0, 0], np.array(v) * 0.25 * 0.1 / 128)


@given(seed=st.integers(0, 2**32 - 1), per=st.sampled_from(["network", "neuron"]))
@settings(deadline=None, max_examples=10)
def test_most_spikes_are_those_of_the_quantised_network(seed, per):
    network = spiking_network(40, seed=seed, substeps=2)
    quantized = quantize(network, 8, per)
    inputs_TBI = currents(network, 20)
    _, spikes_TBN = run_loihi(to_loihi(quantized), inputs_TBI)
    expected = spiking_reference(quantized.network(), np.repeat(inputs_TBI, 2, axis=0)).spikes_TBN
    assert expected.any()
    first_TBN = (spikes_TBN != expected)[:4]  # later, one early spike has changed what follows
    assert first_TBN.mean() < 0.01


def test_a_synaptic_current_decays_on_the_chip_and_with_the_host():
    network = spiking_network(30, substeps=1)
    cuba = CubaLIFNeurons(**vars(network.neurons), alpha_N=np.full(30, 0.75))
    chip = to_loihi(quantize(replace(network, neurons=cuba), 8))
    assert chip.du_N.tolist() == [1023] * 30
    silent = replace(chip, weights_NN=sparse.csr_array((30, 30)), threshold_N=np.full(30, 2**17 - 1))
    assert not run_loihi(silent, currents(network, 10))[1].any()


def test_neurons_of_one_network_may_count_in_units_of_their_own():
    network = spiking_network(30, substeps=1)
    quantized = quantize(network, 8, "neuron")
    chip = to_loihi(quantized)
    np.testing.assert_allclose(chip.threshold_N * 64 * chip.unit_N, network.neurons.threshold_N, rtol=0.01)
    assert loihi_responds(quantized)(currents(network, 3)).shape == (3, 5, 4)


def test_what_loihi_has_not_is_refused():
    with pytest.raises(InputError, match="rate network"):
        to_loihi(quantize(small_network(RateNeurons()), 8))
    with pytest.raises(InputError, match="8 bits, not 9"):
        to_loihi(quantize(small_network(LIF), 9))
    with pytest.raises(InputError, match="too small beside"):
        to_loihi(quantize(small_network(replace(LIF, threshold_N=np.full(5, 1e6))), 8))
