from dataclasses import replace

import numpy as np
import pytest
from support.workloads import mesh_chip, workload

from hardware_models.chips.spec import load_chip
from hardware_models.cost.cost import counts, energy, hop_cost, packet_cost
from hardware_models.cost.latency import latency
from hardware_models.topology.routing import multicast, unicast
from hardware_models.workload.destinations import destinations

LOIHI = load_chip("loihi1")


def three_on_loihi():
    """Neuron 0 (5 spikes) to itself, to a core of its tile, and to the tile one column east and one row north."""
    work = workload([(0, 0), (0, 1), (0, 2), (1, 2)], [5, 2, 0], ticks=10)
    core_M = np.array([0, 1, 20])  # tiles (0, 0), (0, 0), (1, 1)
    return work, core_M, destinations(work, core_M, 128)


def test_counts_by_hand():
    work, _, pairs = three_on_loihi()
    counted = counts(work, pairs, unicast(LOIHI.fabric, pairs), LOIHI)
    assert counted == {
        "neuron tick": 30,
        "neuron update": 30,
        "idle neuron tick": 0,
        "spike": 7,
        "synaptic event": 5 * 3 + 2,
        "packet": 5 * 3 + 2,
        "packet received": 5 * 3 + 2,
        "hop": 14,
        "hop east-west": 7,
        "hop north-south": 7,
        "hop diagonal": 0,
        "hop in chip": 0,
        "chip crossing": 0,
        "router pass": 17 + 14,
        "tick": 10,
    }


def test_energy_is_the_closed_form_of_the_regression_on_loihi():
    work, _, pairs = three_on_loihi()
    spent = energy(counts(work, pairs, unicast(LOIHI.fabric, pairs), LOIHI), *LOIHI.cost_set())
    travel = 17 * 111 + 7 * 3.0 + 7 * 4.2
    wanted = 30 * 51.2 + 30 * 21.6 + 7 * 69.3 + 17 * 33.6 + travel
    assert spent.total == pytest.approx(wanted * 1e-12)
    assert spent.movable_share == pytest.approx(travel / wanted)
    assert spent.error_percent == 11.7
    assert [term.name for term in spent.terms if term.per == "synaptic event"] == ["synapse_sparse"]


def test_energy_and_latency_with_the_figures_before_silicon():
    work, core_M, pairs = three_on_loihi()
    chosen = LOIHI.cost_set("davies2018")
    spent = energy(counts(work, pairs, unicast(LOIHI.fabric, pairs), LOIHI), *chosen)
    assert spent.total == pytest.approx((30 * 81 + 17 * 23.6 + 17 * 1.7 + 7 * 3.0 + 7 * 4.0) * 1e-12)
    time = latency(work, core_M, pairs, LOIHI, *chosen)
    assert time.slowest_core == 20
    assert time.slowest_core_seconds == pytest.approx((8.4 + 7 / 10 * 3.5) * 1e-9)
    assert time.seconds_per_tick == pytest.approx((8.4 + 7 / 10 * 3.5 + 2.1 + 4.1 + 6.5 + 465) * 1e-9)


def test_two_figures_for_one_cause_add_up():
    work, core_M, pairs = three_on_loihi()
    name, davies = LOIHI.cost_set("davies2018")
    once = latency(work, core_M, pairs, LOIHI, name, davies)
    twice = latency(
        work, core_M, pairs, LOIHI, name, replace(davies, time=davies.time | {"again": davies.time["neuron_active"]})
    )
    assert twice.seconds_per_tick - once.seconds_per_tick == pytest.approx(8.4e-9)
    doubled = replace(davies, energy=davies.energy | {"again": davies.energy["hop_north_south"]})
    assert hop_cost(doubled) == (1.0, pytest.approx(8 / 3))


def test_what_is_not_published_is_unknown():
    work, core_M, pairs = three_on_loihi()
    name, davies = LOIHI.cost_set("davies2018")
    assert latency(work, core_M, pairs, LOIHI, name, replace(davies, time={})) is None
    assert energy({}, name, replace(davies, energy={})) is None


def test_synapses_are_priced_by_how_they_are_stored():
    work, _, pairs = three_on_loihi()
    counted = counts(work, pairs, unicast(LOIHI.fabric, pairs), LOIHI)
    dense, sparse = (energy(counted, *LOIHI.cost_set(), storage).total for storage in ("dense", "sparse"))
    assert dense - sparse == pytest.approx(17 * (35.5 - 33.6) * 1e-12)


def test_an_all_in_figure_has_no_share_to_move():
    work, _, pairs = three_on_loihi()
    name, davies = LOIHI.cost_set("davies2018")
    all_in = replace(davies, scope="all in", energy={"synapse": davies.energy["synapse"]})
    spent = energy(counts(work, pairs, unicast(LOIHI.fabric, pairs), LOIHI), name, all_in)
    assert spent.total == pytest.approx(17 * 23.6e-12)
    assert spent.movable_share is None


def test_a_multicast_chip_sends_one_packet_per_spike_that_leaves():
    chip = mesh_chip(3, 2)
    work = workload([(0, 0), (0, 1), (0, 2), (1, 1)], [5, 2, 0])
    pairs = destinations(work, np.array([0, 1, 2]), 6)
    assert counts(work, pairs, multicast(chip.fabric, pairs), chip)["packet"] == 5


def test_a_packet_is_worth_as_many_hops_as_its_energy_buys():
    sanafe, davies = LOIHI.cost_sets["sanafe"], LOIHI.cost_sets["davies2018"]
    assert packet_cost(sanafe) == pytest.approx(111 / 3.0)
    assert packet_cost(davies) == pytest.approx(1.7 / 3.0)
    through_a_router = replace(davies.energy["packet"], per="router pass", value=0.3)
    routed = replace(davies, energy=davies.energy | {"router": through_a_router})
    assert packet_cost(routed) == pytest.approx((1.7 + 0.3) / (3.0 + 0.3))
    assert packet_cost(None) == 1.0
    free = {name: cost for name, cost in davies.energy.items() if cost.per != "packet"}
    assert packet_cost(replace(davies, energy=free)) == 1.0


def test_hops_weigh_what_the_chip_says():
    assert hop_cost(LOIHI.cost_sets["sanafe"]) == (1.0, pytest.approx(1.4))
    assert hop_cost(None) == (1.0, 1.0)
