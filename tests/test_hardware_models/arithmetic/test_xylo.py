from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from support.networks import LIF, small_network
from support.spiking_networks import currents, spiking_network

from hardware_models.arithmetic.xylo import EVENTS, XyloNetwork, decay, input_events, run_xylo, to_xylo, xylo_responds
from neurogrow.errors import InputError
from neurogrow.network import CubaLIFNeurons, RateNeurons, SpikeEncoder
from neurogrow.quantization.grid import quantize


def random_chip(seed, largest, thresholds, n=25, n_in=6, n_out=4, shift=0):
    """A network of arbitrary numbers, whatever they do."""
    rng = np.random.default_rng(seed)
    whole = lambda low, high, *shape: rng.integers(low, high + 1, shape)  # noqa: E731
    return XyloNetwork(
        input_weights_NI=whole(-largest, largest, n, n_in),
        recurrent_weights_NN=sparse.csr_array(whole(-largest, largest, n, n) * (rng.random((n, n)) < 0.3)),
        output_weights_ON=whole(-largest, largest, n_out, n),
        recurrent_shift=shift,
        dash_syn_N=whole(0, 6, n),
        dash_mem_N=whole(0, 7, n),
        threshold_N=whole(*thresholds, n),
        bias_N=whole(-128, 127, n),
        dash_syn_O=whole(1, 5, n_out),
        dash_mem_O=whole(1, 5, n_out),
        threshold_O=whole(*thresholds, n_out),
        bias_O=whole(-128, 127, n_out),
        unit_O=np.ones(n_out),
        events=EVENTS,
        host=small_network(LIF),
        substeps=1,
    )


def in_xylosim(chip, events_TI):
    """The same in SynSense's simulator: hidden spikes, currents, membranes; output spikes, membranes."""
    xylosim = pytest.importorskip("xylosim.v2")

    def synapses(weights):
        return [
            [xylosim.XyloSynapse(int(post), 0, int(weights[post, pre])) for post in np.flatnonzero(weights[:, pre])]
            for pre in range(weights.shape[1])
        ]

    # Kept until the run is over: the simulator holds on to the synapses without owning them.
    kept = [
        synapses(weights)
        for weights in (chip.input_weights_NI, chip.recurrent_weights_NN.toarray(), chip.output_weights_ON)
    ]
    layer = xylosim.XyloLayer(
        **dict(zip(("synapses_in", "synapses_rec", "synapses_out"), kept, strict=True)),
        aliases=[[] for _ in chip.threshold_N],
        threshold=chip.threshold_N.tolist(),
        threshold_out=chip.threshold_O.tolist(),
        has_bias=True,
        bias=chip.bias_N.tolist(),
        bias_out=chip.bias_O.tolist(),
        weight_shift_inp=0,
        weight_shift_rec=chip.recurrent_shift,
        weight_shift_out=0,
        dash_mem=chip.dash_mem_N.tolist(),
        dash_mem_out=chip.dash_mem_O.tolist(),
        dash_syns=[[dash, dash] for dash in chip.dash_syn_N.tolist()],
        dash_syns_out=[[dash] for dash in chip.dash_syn_O.tolist()],
        name="xylo",
    )
    output_spikes = np.array(layer.evolve(events_TI.tolist()))
    spikes = np.array(layer.rec_recurrent_spikes)
    states = [np.array(each).T for each in (layer.rec_i_syn, layer.rec_v_mem, layer.rec_v_mem_out)]
    return (spikes, *states[:2], output_spikes, states[2])


def assert_equal_to_xylosim(chip, events_TI):
    run = run_xylo(chip, events_TI[:, None])
    ours = (run.spikes_TBN, run.current_TBN, run.membrane_TBN, run.output_spikes_TBO, run.output_membrane_TBO)
    for name, mine, theirs in zip(
        ("spikes", "currents", "membranes", "output spikes", "output membranes"),
        ours,
        in_xylosim(chip, events_TI),
        strict=True,
    ):
        np.testing.assert_array_equal(mine[:, 0], theirs, err_msg=name)
    return run


@pytest.mark.parametrize(
    ("largest", "thresholds", "shift"),
    [(3, (1, 20), 0), (40, (50, 400), 0), (127, (50, 2000), 0), (127, (30000, 32767), 0), (60, (300, 4000), 3)],
)
def test_arbitrary_networks_are_xylosims_to_the_bit_saturation_included(largest, thresholds, shift):
    for seed in range(4):
        chip = random_chip(seed, largest, thresholds, shift=shift)
        events_TI = np.random.default_rng(seed).integers(0, 16, (150, 6))
        run = assert_equal_to_xylosim(chip, events_TI)
        assert run.spikes_TBN.any()


@pytest.mark.parametrize("per", ["network", "neuron"])
@pytest.mark.parametrize("kind", ["lif", "cuba", "encoder"])
def test_a_quantised_network_on_the_chip_is_xylosims_to_the_bit(per, kind):
    chip = to_xylo(quantize(changed(spiking_network(40, substeps=2), kind), 8, per))
    events_TBI = input_events(chip, currents_above_zero(chip.host, 40))
    run = assert_equal_to_xylosim(chip, events_TBI[:, 0])
    assert 0.01 < (run.spikes_TBN > 0).mean() < 0.8


def currents_above_zero(network, n_steps):
    return np.abs(currents(network, n_steps, 1))


def changed(network, kind):
    if kind == "cuba":
        return replace(network, neurons=CubaLIFNeurons(**vars(network.neurons), alpha_N=np.full(40, 0.7)))
    if kind == "encoder":
        rng = np.random.default_rng(0)
        encoder = SpikeEncoder(rng.normal(size=(9, 6)), np.zeros(9), np.full(9, 0.9), np.ones(9))
        return replace(network, encoder=encoder, input_weights_NI=rng.normal(size=(40, 9)))
    return network


def test_decays_by_hand():
    assert decay(np.array([64, 63, 1, 0, -1, -63, -64]), np.array(3)).tolist() == [56, 56, 0, 0, 0, -55, -56]
    assert decay(np.array([1000, -1000]), np.array(0)).tolist() == [0, 0]


def test_one_neuron_by_hand():
    """An event of weight 100: half of it arrives at once; twice the threshold and more is two spikes."""
    chip = replace(
        random_chip(0, 1, (1, 1), n=1, n_in=1, n_out=1),
        input_weights_NI=np.array([[100]]),
        recurrent_weights_NN=sparse.csr_array(np.array([[0]])),
        output_weights_ON=np.array([[10]]),
        dash_syn_N=np.array([1]),
        dash_mem_N=np.array([2]),
        threshold_N=np.array([20]),
        bias_N=np.array([0]),
        dash_syn_O=np.array([1]),
        dash_mem_O=np.array([1]),
        threshold_O=np.array([32767]),
        bias_O=np.array([1]),
    )
    run = run_xylo(chip, np.array([1, 0, 0])[:, None, None])
    assert run.current_TBN.ravel().tolist() == [50, 25, 13]  # 25 - (25 >> 1)
    assert run.spikes_TBN.ravel().tolist() == [2, 1, 1]  # 50; 10 - 2 + 25 = 33; 13 - 3 + 13 = 23
    assert run.membrane_TBN.ravel().tolist() == [10, 13, 3]
    # a tick later: 0 + 1; 1 - 1 + (20 - 10) + 1; then 11 - 5 + (20 - 10) + 1
    assert run.output_membrane_TBO.ravel().tolist() == [1, 11, 17]


def test_inputs_are_counted_out_and_negative_ones_are_lost():
    chip = to_xylo(quantize(spiking_network(10, n_inputs=1, substeps=4), 8))
    events = input_events(chip, np.array([0.3, -1.0, 5.0])[:, None, None]).ravel()
    assert events[:4].sum() == 9  # 0.3 * 8 * 4 = 9.6
    assert not events[4:8].any()
    assert events[8:].tolist() == [15] * 4


def test_it_answers_once_for_every_task_step():
    quantized = quantize(spiking_network(30, substeps=2), 8)
    logits_TBO = xylo_responds(quantized)(currents(quantized.origin, 7))
    assert logits_TBO.shape == (7, 5, 4)
    assert np.ptp(logits_TBO) > 0


def test_what_xylo_has_not_is_refused():
    with pytest.raises(InputError, match="rate network"):
        to_xylo(quantize(small_network(RateNeurons()), 8))
    with pytest.raises(InputError, match="8 bits, not 12"):
        to_xylo(quantize(small_network(LIF), 12))
    with pytest.raises(InputError, match="too small beside"):
        to_xylo(quantize(small_network(replace(LIF, threshold_N=np.full(5, 1e4))), 8))
