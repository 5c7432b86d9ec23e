from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.workloads import any_workloads, local_workload, mesh_chip, workload

from hardware_models.chips.limits import limit_uses, usable_cores
from hardware_models.chips.spec import load_chip
from hardware_models.mapping import map_workload, mapping_report
from hardware_models.workload.destinations import destinations
from hardware_models.workload.nir_file import Population
from neurogrow.errors import InputError

EVERY = {
    "spiking_neurons_per_core": 9,
    "silent_neurons_per_core": 9,
    "input_axons_per_core": 9,
    "output_axons_per_core": 9,
    "synapses_per_core": 99,
    "synapse_bits_per_core": 999,
    "bits_per_synapse": 5,
    "fan_in_per_neuron": 9,
    "fan_out_per_neuron": 9,
    "destination_tiles_per_neuron": 9,
    "table_entries_per_tile": 9,
    "cores_per_chip": 4,
    "delay_ticks": 9,
}


def uses(work, core_M, chip):
    found = limit_uses(work, chip, np.array(core_M), destinations(work, np.array(core_M), chip.fabric.n_cores))
    return {use.name: (use.used, use.where) for use in found}


def test_every_limit_by_hand():
    """Two neurons on tile (0, 0), one on (1, 0), a read-out on (1, 1); neuron 0 sends to all of them."""
    populations = (Population("hidden", "LIF", 0, 3, True), Population("out", "LI", 3, 4, False))
    work = workload([(0, 1), (0, 2), (0, 3), (1, 3), (2, 3)], [5, 2, 1, 0], populations=populations, delay_ticks=2)
    assert uses(work, [0, 0, 2, 3], mesh_chip(2, 2, neurons=9, **EVERY)) == {
        "neurons_per_core": (2, "core 0"),
        "spiking_neurons_per_core": (2, "core 0"),
        "silent_neurons_per_core": (1, "core 3"),
        "input_axons_per_core": (3, "core 3"),
        "output_axons_per_core": (3, "core 0"),
        "synapses_per_core": (3, "core 3"),
        "synapse_bits_per_core": (15, "core 3"),
        "fan_in_per_neuron": (3, "out[0]"),
        "fan_out_per_neuron": (3, "hidden[0]"),
        "destination_tiles_per_neuron": (3, "hidden[0]"),
        "table_entries_per_tile": (2, "tile (1, 0)"),
        "cores_per_chip": (3, "the network"),
        "delay_ticks": (2, "the network"),
    }


def test_only_what_a_chip_limits_is_reported_beside_the_usual_four():
    work = workload([(0, 1)], [1, 1])
    assert set(uses(work, [0, 1], mesh_chip(fan_in_per_neuron=3))) == {
        "neurons_per_core",
        "input_axons_per_core",
        "output_axons_per_core",
        "synapse_bits_per_core",
        "fan_in_per_neuron",
    }


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"fan_out_per_neuron": 2}, r"hidden\[0\] has 3 fan-out, the chip allows 2 \(fan_out_per_neuron\)"),
        ({"synapses_per_core": 2}, r"hidden\[3\] has 3 synapses, the chip allows 2 \(synapses_per_core\)"),
        ({"destination_tiles_per_neuron": 2}, r"hidden\[0\] has 3 destination tiles, the chip allows 2"),
        ({"table_entries_per_tile": 2}, r"tile \(1, 1\) has 3 routing table entries, the chip allows 2"),
        ({"spiking_neurons_per_core": 1, "neurons": 2}, r"core 0 has 2 spiking neurons, the chip allows 1"),
        ({"cores_per_chip": 3}, r"4 neurons need 4 cores and there are 3\."),
    ],
)
def test_what_does_not_fit_is_refused_with_the_limit_that_binds_and_where(limits, message):
    work = workload([(0, 1), (0, 2), (0, 3), (1, 3), (2, 3)], [5, 2, 1, 0])
    chip = mesh_chip(2, 2, **({"neurons": 1} | limits))
    with pytest.raises(InputError, match=message):
        map_workload(work, chip, "sequential", "sequential")


def test_delays_longer_than_the_chip_has_are_refused():
    work = workload([(0, 1)], [1, 1], delay_ticks=20)
    with pytest.raises(InputError, match=r"the network has 20 ticks of delay, the chip allows 16"):
        map_workload(work, load_chip("spinnaker1"), "sequential", "sequential")


def test_synapses_fill_cores():
    work = local_workload(60, k=4)  # 240 synapses
    chip = mesh_chip(4, 4, neurons=60, synapses_per_core=40)
    report = mapping_report(map_workload(work, chip))
    assert report.valid, report.violations
    assert report.cores_used >= 6
    assert report.binding_limit == "synapses_per_core"


def test_cores_that_hold_no_neurons_are_not_counted_as_usable():
    chip = mesh_chip(2, 2, cores_per_chip=3)
    assert usable_cores(chip) == 3
    assert usable_cores(replace(chip, chips=(2, 1))) == 6
    assert usable_cores(mesh_chip(2, 2)) == 4


@given(any_workloads(), st.sampled_from(["mesh", "torus", "hexagonal torus"]), st.booleans(), st.integers(1, 3))
@settings(deadline=None, max_examples=40)
def test_the_checker_finds_the_same_limits_exceeded(work, kind, own, cores_per_tile):
    """A mapping that may exceed everything: the report lists a limit as exceeded if and only if the recount does."""
    order = "diagonal, x, y" if kind == "hexagonal torus" else "xy"
    words = {
        "destination_tiles_per_neuron": "destination tiles,",
        "table_entries_per_tile": "table entries,",
        "spiking_neurons_per_core": "spiking neurons,",
    }
    chip = mesh_chip(3, 3, cores_per_tile, neurons=3, own=own, **dict.fromkeys(words, 2))
    routing = replace(chip.routing, order=order, kind="core_multicast")
    chip = replace(chip, topology=replace(chip.topology, kind=kind), routing=routing)
    report = mapping_report(map_workload(work, chip, "random", "random", within_limits=False))
    exceeded = {limit["name"] for limit in report.limits if (limit["fraction"] or 0) > 1}
    assert report.valid == (not exceeded), report.violations
    assert {name for name in words if any(words[name] in said for said in report.violations)} == exceeded
    assert all("the chip allows" in said for said in report.violations)


def test_a_delay_binds_only_where_it_is_too_long():
    report = mapping_report(map_workload(local_workload(60, k=4), load_chip("loihi1"), neurons_per_core=2))
    assert report.binding_limit != "delay_ticks"
    assert report.limits[-1]["name"] == "delay_ticks"
