from itertools import pairwise

import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.networks import small_network
from support.spiking_networks import KINDS, currents, spiking_network

from export.nir.graph import to_nir
from export.nir.reference import simulate
from neurogrow.equations import rate_reference, spiking_reference
from neurogrow.errors import InputError
from neurogrow.network import LIFNeurons, RateNeurons

ONE = np.ones(1)


def chain(*nodes, edges=(), dt=1.0):
    """Input -> n0 -> n1 -> ... -> Output, and more edges."""
    named = {f"n{i}": node for i, node in enumerate(nodes)}
    names = ["input", *named, "output"]
    ends = {"input": nir.Input(nodes[0].input_type["input"]), "output": nir.Output(nodes[-1].output_type["output"])}
    return nir.NIRGraph(ends | named, [*pairwise(names), *edges], metadata={"dt": dt}, type_check=False)


def lane(*values):
    """One lane of inputs (T, 1, I)."""
    return np.array(values, dtype=float).reshape(len(values), 1, -1)


def test_one_lif_neuron_tick_by_tick():
    # dt / tau = 1/2, r = 2: v <- v / 2 + I. The membrane reaches 1, 1.5 (spike, reset), 0.5, 1.25 (spike), 0.
    lif = nir.LIF(2 * ONE, 2 * ONE, 0 * ONE, ONE)
    spikes = simulate(chain(lif), lane(1.0, 1.0, 0.5, 1.0, 0.0))["n0"]
    assert spikes.ravel().tolist() == [0, 1, 0, 1, 0]


def test_a_membrane_equal_to_its_threshold_does_not_spike():
    lif = nir.LIF(2 * ONE, 2 * ONE, 0 * ONE, ONE)
    above = np.nextafter(1.0, 2.0)
    assert simulate(chain(lif), lane(1.0))["n0"].item() == 0
    assert simulate(chain(lif), lane(above))["n0"].item() == 1


def test_leak_and_reset_potentials():
    # dt / tau = 1/2, r = 2, v_leak = 2, v_reset = -1: v <- v / 2 + I + 1, threshold 1.2.
    lif = nir.LIF(2 * ONE, 2 * ONE, 2 * ONE, 1.2 * ONE, -1 * ONE)
    # 1; 1/2 + 1 = 1.5 spikes, to -1; -1/2 + 1 = 0.5; 0.25 + 1 = 1.25 spikes
    assert simulate(chain(lif), lane(0.0, 0.0, 0.0, 0.0))["n0"].ravel().tolist() == [0, 1, 0, 1]


def test_recurrence_arrives_one_tick_later():
    # Neuron 0 is driven at tick 0, drives neuron 1 at tick 1 with 2, which holds neuron 0 down at tick 2 with -5.
    decay_all = nir.LIF(np.ones(2), np.ones(2), np.zeros(2), np.ones(2))  # v <- I
    recurrent = nir.Linear(np.array([[0.0, -5.0], [2.0, 0.0]]))
    graph = chain(decay_all, edges=[("n0", "w"), ("w", "n0")])
    graph.nodes["w"] = recurrent
    outputs = simulate(graph, lane([2, 0], [0, 0], [2, 0], [2, 0]))
    assert outputs["n0"][:, 0].tolist() == [[1, 0], [0, 1], [0, 0], [1, 0]]
    assert outputs["w"][:, 0].tolist() == [[0, 2], [-5, 0], [0, 0], [0, 2]]  # what the loop gives, before its delay
    np.testing.assert_array_equal(outputs["output"], outputs["n0"])


def test_a_bias_in_the_loop_is_silent_at_the_first_tick():
    lif = nir.LIF(ONE, ONE, 0 * ONE, ONE)
    graph = chain(lif, edges=[("n0", "w"), ("w", "n0")])
    graph.nodes["w"] = nir.Affine(np.zeros((1, 1)), 2 * ONE)
    assert simulate(graph, lane(0.0, 0.0, 0.0))["n0"].ravel().tolist() == [0, 1, 1]


def test_current_based_neuron_by_hand():
    # i <- i/2 + S (w_in 2, dt / tau_syn 1/2); v <- 3v/4 + i_new (dt / tau_mem 1/4, r 4); threshold 1.6
    cuba = nir.CubaLIF(2 * ONE, 4 * ONE, 4 * ONE, 0 * ONE, 1.6 * ONE, w_in=2 * ONE)
    li = nir.CubaLI(2 * ONE, 4 * ONE, 4 * ONE, 0 * ONE, w_in=2 * ONE)
    # i: 1, .5, .25, 1.125; v without reset: 1, 1.25, 1.1875, 2.015625
    assert simulate(chain(li), lane(1, 0, 0, 1))["n0"].ravel().tolist() == [1, 1.25, 1.1875, 2.015625]
    # the spike at the fourth tick resets v, not i: then v = i = 0.5625 + 1
    spikes = simulate(chain(cuba), lane(1, 0, 0, 1, 1, 1))["n0"]
    assert spikes.ravel().tolist() == [0, 0, 0, 1, 0, 1]


def test_integrators_and_linear_maps_by_hand():
    # v <- v + dt r I = v + I: 0.75, 1.5 (spike, to -0.5), 0.25, 1.0 (equal), 1.75 (spike)
    neuron = nir.IF(2 * ONE, ONE, -0.5 * ONE)
    assert simulate(chain(neuron, dt=0.5), lane(*[0.75] * 5))["n0"].ravel().tolist() == [0, 1, 0, 0, 1]
    li = nir.LI(2 * ONE, ONE, 4 * ONE)  # v <- v / 2 + I / 2 + 2
    assert simulate(chain(li), lane(2.0, 0.0))["n0"].ravel().tolist() == [3, 3.5]
    affine, scale = nir.Affine(np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([1.0, 0.0])), nir.Scale(np.array([2.0, 3]))
    assert simulate(chain(affine, scale), lane([1, 10]))["output"].ravel().tolist() == [44, 30]


def test_spiking_equations_by_hand():
    # beta 1/2, W = [[0, -1], [2, 0]], threshold 1, drive (2, 0) at the first tick only, outputs 4 s_0, beta_out 3/4
    neurons = LIFNeurons(np.full(5, 0.5), np.ones(5), np.full(2, 0.75), substeps=1, dt=0.01)
    network = small_network(
        neurons,
        input_weights_NI=np.eye(5, 3) * 2,
        hidden_bias_N=np.array([0, 0.75, 0, 0, 0]),
        recurrent_weights_NN=type(small_network(neurons).recurrent_weights_NN)(np.diag([2.0, 0, 0, 0], -1)),
        output_weights_ON=np.eye(2, 5) * 4,
        output_bias_O=np.array([0.0, 4.0]),
    )
    run = spiking_reference(network, lane([1, 0, 0], [0, 0, 0], [0, 0, 0]))
    # v_1: 0.75; 0.375 + 0.75 + 2 spikes; 0.75
    assert run.spikes_TBN[:, 0, :2].tolist() == [[True, False], [False, True], [False, False]]
    assert run.readout_TBO[:, 0].tolist() == [[1, 1], [0.75, 2.75], [0.5625, 3.0625]]


def test_rate_equations_by_hand():
    network = small_network(RateNeurons("relu"), hidden_bias_N=np.array([1.0, -1, 0, 0, 0]))
    logits, activity = rate_reference(network, np.zeros((2, 1, 3)))
    first = np.array([1.0, 0, 0, 0, 0])
    second = np.maximum(network.recurrent_weights_NN.toarray()[:, 0] + network.hidden_bias_N, 0)
    np.testing.assert_allclose(activity[:, 0], [first, second], rtol=1e-15)
    np.testing.assert_allclose(
        logits[:, 0], activity[:, 0] @ network.output_weights_ON.T + network.output_bias_O, rtol=1e-15
    )
    with pytest.raises(InputError, match="Did you mean 'relu'"):
        rate_reference(small_network(RateNeurons("rely")), np.zeros((1, 1, 3)))


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 40))
@settings(deadline=None, max_examples=15)
def test_the_graph_does_what_the_equations_say(kind, seed, n):
    network = spiking_network(n, seed=seed, density=0.3, **KINDS[kind])
    inputs = currents(network, n_steps=30, n_lanes=3, seed=seed)
    run, outputs = spiking_reference(network, inputs), simulate(to_nir(network), inputs, record=("hidden", "output"))
    assert set(outputs) == {"hidden", "output"}
    np.testing.assert_array_equal(outputs["hidden"] > 0, run.spikes_TBN)
    np.testing.assert_allclose(outputs["output"], run.readout_TBO, rtol=0, atol=1e-12)


def test_lanes_do_not_meet_and_names_do_not_matter():
    network = spiking_network(30)
    inputs, graph = currents(network, n_lanes=3), to_nir(network)
    together = simulate(graph, inputs)
    names = dict(zip(graph.nodes, "gfedcba", strict=True))
    renamed = nir.NIRGraph(
        {names[name]: node for name, node in sorted(graph.nodes.items())},
        [(names[pre], names[post]) for pre, post in graph.edges],
        metadata=graph.metadata,
    )
    np.testing.assert_array_equal(simulate(renamed, inputs)[names["hidden"]], together["hidden"])
    np.testing.assert_array_equal(simulate(graph, inputs[:, 1:2])["hidden"], together["hidden"][:, 1:2])


@pytest.mark.parametrize(
    ("graph", "inputs", "message"),
    [
        (chain(nir.Threshold(ONE)), lane(1.0), "'n0' is of type Threshold"),
        (chain(nir.LI(ONE, ONE, ONE)), lane([1, 2]), r"inputs have shape \(1, 1, 2\)"),
        (chain(nir.LI(ONE, ONE, ONE), dt=0.0), lane(1.0), "dt is 0.0;"),
        (chain(nir.LI(ONE, ONE, ONE), dt="fast"), lane(1.0), "dt is 'fast'"),
        (chain(nir.Scale(np.ones((2, 2)))), lane([1, 2, 3, 4]), "not one-dimensional"),
    ],
)
def test_what_the_simulator_cannot_run_is_refused(graph, inputs, message):
    with pytest.raises(InputError, match=message):
        simulate(graph, inputs)


def test_two_inputs_and_an_unknown_dt_are_refused():
    graph = chain(nir.LI(ONE, ONE, ONE))
    graph.nodes["more"] = nir.Input(np.array([1]))
    with pytest.raises(InputError, match="2 nodes of type Input"):
        simulate(graph, lane(1.0))
    del graph.nodes["more"], graph.metadata["dt"]
    with pytest.raises(InputError, match="give dt in seconds"):
        simulate(graph, lane(1.0))
    assert simulate(graph, lane(1.0), dt=0.5)["output"].item() == 1.0


def test_a_delay_holds_every_value_back_by_its_own_ticks():
    outputs = simulate(chain(nir.Delay(np.array([0.0, 1.0, 2.0])), dt=0.5), lane([1, 1, 1], [2, 2, 2], [3, 3, 3]))["n0"]
    assert outputs[:, 0].tolist() == [[1, 0, 0], [2, 0, 0], [3, 1, 0]]
    longer = simulate(chain(nir.Delay(np.array([2.0]))), lane(*range(1, 6)))["n0"]
    assert longer.ravel().tolist() == [0, 0, 1, 2, 3]
    with pytest.raises(InputError, match="'n0' has a delay that is not a whole number of ticks"):
        simulate(chain(nir.Delay(np.array([1.5]))), lane(1.0))


@pytest.mark.parametrize("tau", [np.nan, 0.0, -1.0, np.inf])
def test_a_time_constant_that_is_none_is_named(tau):
    with pytest.raises(InputError, match=f"A time constant of the node 'n0' is {tau:g}"):
        simulate(chain(nir.LI(tau * ONE, ONE, ONE)), lane(1.0))
