"""Readers' semantics on one neuron, tick by tick, by hand."""

import nir
import numpy as np

from export.nir.reference import simulate
from export.nir.semantics import NIR_EULER, ROCKPOOL, SINABS, SPYX

ONE = np.ones(1)


def run(node, inputs, semantics, dt=1.0, record="n", loop=None):
    nodes = {"input": nir.Input(np.array([1])), "n": node, "output": nir.Output(np.array([1]))}
    edges = [("input", "n"), ("n", "output")]
    if loop is not None:
        nodes["w"] = nir.Linear(np.array([[loop]]))
        edges += [("n", "w"), ("w", "n")]
    graph = nir.NIRGraph(nodes, edges, metadata={"dt": dt})
    return simulate(graph, np.reshape(inputs, (-1, 1, 1)), semantics=semantics)[record].ravel().tolist()


HALF = -1 / np.log(0.5)  # the time constant, in ticks, of a decay exp(-1 / tau) of one half


def test_sinabs_has_several_spikes_and_subtracts():
    lif = nir.LIF(HALF * ONE, ONE, 0 * ONE, ONE)
    # 2.5: two spikes, 0.5 is left; 0.25 + 0.75 = 1: one spike (v >= threshold); 0.5
    assert run(lif, [2.5, 0.75, 0.5], SINABS) == [2, 1, 0]


def test_sinabs_never_spikes_below_zero():
    assert run(nir.LIF(HALF * ONE, ONE, 0 * ONE, ONE), [-3.0, -0.5], SINABS) == [0, 0]


def test_rockpool_decays_a_current_at_once():
    cuba = nir.CubaLIF(HALF * ONE, HALF * ONE, ONE, 0 * ONE, ONE)
    # i: 1, 0.5, 2.25; v: 1 (a spike, 0 left), 0.5, 0.25 + 2.25 = 2.5 (two spikes, 0.5 left)
    assert run(cuba, [2.0, 0.0, 4.0], ROCKPOOL) == [1, 0, 2]


def test_rockpool_has_a_largest_number_of_spikes():
    cuba = nir.CubaLIF(HALF * ONE, HALF * ONE, ONE, 0 * ONE, ONE)
    assert run(cuba, [1e6], ROCKPOOL) == [65536]


def test_rockpool_reads_out_a_decayed_sum():
    assert run(nir.LI(HALF * ONE, ONE, 0 * ONE), [2.0, 0.0], ROCKPOOL) == [1, 0.5]


def test_spyx_spikes_a_tick_later_and_subtracts_then():
    lif = nir.LIF(2 * ONE, 7 * ONE, 0 * ONE, ONE)  # decay 1/2; r is not read
    # v: 1.5; 0.75 - 1 = -0.25; -0.125 + 2 = 1.875; ...: spikes one tick after each
    assert run(lif, [1.5, 0.0, 2.0, 0.0], SPYX) == [0, 1, 0, 1]


def test_spyx_reduces_a_current_based_membrane_before_it_decays():
    cuba = nir.CubaLIF(2 * ONE, 2 * ONE, ONE, 0 * ONE, ONE, w_in=5 * ONE)
    # i: 3, 1.5, .75; v: 3, (3 - 1) / 2 + 1.5 = 2.5, (2.5 - 1) / 2 + 0.75 = 1.5
    assert run(cuba, [3.0, 0.0, 0.0, 0.0], SPYX) == [0, 1, 1, 1]


def test_spyx_feeds_back_the_spikes_it_gives_in_that_tick():
    lif = nir.LIF(2 * ONE, ONE, 0 * ONE, ONE)
    # v: 1.5; 0.75 + 3 (its own spike) - 1 = 2.75; 1.375 + 3 - 1; ...
    assert run(lif, [1.5, 0.0, 0.0], SPYX, loop=3.0) == [0, 1, 1]
    assert run(lif, [1.5, 0.0, 0.0], SPYX, loop=-3.0) == [0, 1, 0]


def test_words_tell_semantics_apart():
    words = [semantics.words for semantics in (NIR_EULER, ROCKPOOL, SPYX, SINABS)]
    assert len(set(words)) == 4
    assert words[0] == "decay 1 - dt/tau, input by gain dt/tau, reset to v_reset, one spike, at v > threshold"
    assert words[2].endswith("spikes leave a tick later")
