"""The chips that come along: every quantity is sane and has a source, and a network can be mapped onto each."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest
from support.workloads import local_workload, workload

from hardware_models.chips.evidence import Quantity
from hardware_models.chips.spec import chip_names, load_chip
from hardware_models.mapping import map_workload, mapping_report
from hardware_models.topology.hexagonal import HexagonalTorus
from hardware_models.topology.hierarchy import Hierarchy
from hardware_models.topology.mesh import Mesh
from hardware_models.topology.torus import Torus
from hardware_models.workload.nir_file import Population
from neurogrow.errors import InputError

EVERY = {
    "loihi1": Mesh(8, 4, 4),
    "loihi2": Mesh(8, 4, 4),
    "truenorth": Mesh(64, 64),
    "spinnaker1": HexagonalTorus(12, 12, 16),
    "spinnaker2": HexagonalTorus(1, 1, 152),
    "dynapse2": Hierarchy(1, 1, 4),
    "xyloaudio2": Mesh(1, 1),
    "xyloaudio3": Mesh(1, 1),
    "brainscales2": Mesh(1, 1),
    "tianjic": Mesh(12, 13),
    "darwin3": Mesh(24, 24),
    "odin": Mesh(1, 1),
    "mesh8x8": Mesh(8, 8),
    "torus8x8": Torus(8, 8),
}
NO_ENERGY = {"loihi2", "dynapse2", "xyloaudio2", "xyloaudio3", "brainscales2", "tianjic", "mesh8x8", "torus8x8"}


def quantities(value):
    """Every quantity anywhere in a chip."""
    if isinstance(value, Quantity):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from quantities(getattr(value, field.name))
    elif isinstance(value, dict):
        for each in value.values():
            yield from quantities(each)


def test_every_chip_is_there():
    assert set(chip_names()) == set(EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_every_quantity_has_a_unit_and_a_source(name):
    found = list(quantities(load_chip(name)))
    assert len(found) >= 4
    for quantity in found:
        assert quantity.unit.strip()
        assert len(quantity.source.strip()) > 4
        assert "MEM" not in quantity.source
        assert quantity.value > 0
    estimates = [quantity for quantity in found if quantity.evidence == "E"]
    assert all("erived" in f.source or f.conditions or "assum" in f.source.lower() for f in estimates)


@pytest.mark.parametrize(("name", "fabric"), EVERY.items())
def test_cores_are_where_the_chip_has_them(name, fabric):
    chip = load_chip(name)
    assert chip.fabric == fabric
    assert chip.routing.source
    assert (chip.default_cost_set is None) == (name in NO_ENERGY)
    for costs in chip.cost_sets.values():
        for cost in costs.energy.values():
            assert 1e-15 < cost.si < 1e-6  # femtojoules to microjoules
        for cost in costs.time.values():
            assert 1e-10 < cost.si < 1e-3


def test_published_numbers():
    true_north, spinnaker, odin = (load_chip(name) for name in ("truenorth", "spinnaker1", "odin"))
    assert true_north.fabric.n_cores * true_north.limits.neurons_per_core.value == 2**20
    assert true_north.cost_sets["merolla2014"].scope == odin.cost_sets["all_in"].scope == "all in"
    assert true_north.cost_sets["merolla2014"].energy["synaptic_event"].si == pytest.approx(26e-12)
    assert spinnaker.limits.table_entries_per_tile.value == 1023
    assert spinnaker.cost_sets["router"].energy["router"].si == pytest.approx(40 * 25e-12)
    assert load_chip("spinnaker2").limits.table_entries_per_tile.value == 16384
    dynap = load_chip("dynapse2").limits
    assert (dynap.fan_in_per_neuron.value, dynap.destination_tiles_per_neuron.value) == (64, 4)
    assert load_chip("darwin3").cost_sets["ma2024"].energy["synaptic_operation"].value == 5.47


@pytest.mark.parametrize("name", EVERY)
def test_a_small_network_maps_onto_every_chip(name):
    work = local_workload(60, k=4)
    report = mapping_report(map_workload(work, load_chip(name)))
    assert report.valid, report.violations
    assert report.cores_used == 1
    assert report.spike_hops == 0
    energy = report.energy
    assert (energy is None) == (name in NO_ENERGY)
    if energy is not None:
        known = sum(term["joules"] for term in energy["terms"])
        assert energy["known"] == pytest.approx(known)
        assert energy["total"] == (None if energy["unknown"] else pytest.approx(known))


@pytest.mark.parametrize("name", [name for name in EVERY if EVERY[name].n_cores > 4 and name != "truenorth"])
def test_a_network_spread_over_cores_passes_the_independent_check(name):
    work, chip = local_workload(72, k=4), load_chip(name)
    report = mapping_report(map_workload(work, chip, neurons_per_core=6))
    assert report.valid, report.violations
    assert report.cores_used == 12
    assert report.bounds["spike_hops_of_placement"] <= report.spike_hops <= report.unicast_hops
    own = getattr(report, chip.routing.kind)
    assert report.spike_hops <= own["hops"]
    assert sum(link["load"] for link in own["links"]) == own["hops"]


def test_all_in_energies_know_of_no_hops():
    work = local_workload(60, k=4)
    energy = mapping_report(map_workload(work, load_chip("odin"))).energy
    assert energy["total"] == pytest.approx(int(work.events_M.sum()) * 12.7e-12)
    assert energy["movable_share"] is None
    incremental = mapping_report(map_workload(work, load_chip("odin"), cost_set="incremental"))
    assert incremental.energy["total"] is None
    assert incremental.energy["per_trial"] is None
    assert incremental.energy["known"] == pytest.approx(int(work.events_M.sum()) * 8.43e-12)
    assert any("neuron update" in said and "unknown" in said for said in incremental.assumptions)


def test_a_neuron_of_truenorth_sends_to_one_core():
    pair = workload([(0, 1), (1, 0)], [3, 2])
    report = mapping_report(map_workload(pair, load_chip("truenorth"), "sequential", "sequential", neurons_per_core=1))
    assert report.valid
    active = mapping_report(
        map_workload(pair, load_chip("truenorth"), "sequential", "sequential", 0, 1, "active_parts")
    ).energy
    assert active["known"] == pytest.approx(5 * 2.3e-12)
    fan_out = workload([(0, 1), (0, 2)], [3, 2, 2])
    with pytest.raises(InputError, match=r"hidden\[0\] has 2 destination tiles, the chip allows 1"):
        map_workload(fan_out, load_chip("truenorth"), "sequential", "sequential", neurons_per_core=1)


def test_a_neuron_of_dynapse_hears_of_64_others():
    star = workload([(pre, 80) for pre in range(80)], [1] * 81)
    with pytest.raises(InputError, match=r"hidden\[80\] has 80 fan-in, the chip allows 64 \(fan_in_per_neuron\)"):
        map_workload(star, load_chip("dynapse2"), "sequential", "sequential")


def test_xylo_reads_out_eight_neurons():
    edges = [(pre, 4 + pre % 9) for pre in range(4)] + [(0, 12)]
    populations = (Population("hidden", "LIF", 0, 4, True), Population("readout", "LI", 4, 13, False))
    work = workload(edges, [2] * 4 + [0] * 9, populations=populations)
    with pytest.raises(InputError, match=r"core 0 has 9 silent neurons, the chip allows 8"):
        map_workload(work, load_chip("xyloaudio2"), "sequential", "sequential")
    assert mapping_report(map_workload(work, load_chip("xyloaudio3"), "sequential", "sequential")).valid


def test_spinnaker_sends_a_core_s_spikes_everywhere_its_core_sends():
    work, chip = local_workload(72, k=4), load_chip("spinnaker1")
    one_each = replace(chip, topology=replace(chip.topology, cores_per_tile=replace(chip.topology.rows, value=1)))
    report = mapping_report(map_workload(work, one_each, neurons_per_core=6))
    assert report.valid, report.violations
    assert report.core_multicast["hops"] > report.spike_hops
    entries = {limit["name"]: limit for limit in report.limits}["table_entries_per_tile"]
    assert 1 < entries["used"] <= report.cores_used
    assert report.core_multicast["hops"] == sum(
        report.core_multicast[kind] for kind in ("hops_east_west", "hops_north_south", "hops_diagonal")
    )
    energy = mapping_report(map_workload(work, one_each, neurons_per_core=6, cost_set="router")).energy
    passes = report.core_multicast["hops"] + report.packets["sent"]
    assert energy["known"] == pytest.approx(passes * 1e-9)
    assert energy["unknown"] == ["neuron update", "synaptic event"]


def test_chips_side_by_side_make_a_larger_one():
    chip = load_chip("dynapse2")
    work = local_workload(1500, k=4)
    with pytest.raises(InputError, match=r"1500 neurons need 6 cores and there are 4\."):
        map_workload(work, chip)
    report = mapping_report(map_workload(work, chip, chips_used=4))
    assert report.valid, report.violations
    assert (report.chip["chips"], report.chip["cores"]) == ([2, 2], 16)
    assert (
        report.multicast["chip_crossings"] == report.multicast["hops_east_west"] + report.multicast["hops_north_south"]
    )
    assert chip.side_by_side(6).fabric == Hierarchy(3, 2, 4, (3, 2))
    assert load_chip("mesh8x8").side_by_side(3).fabric == Mesh(24, 8, 1, (3, 1))


def test_what_is_not_known_between_chips_makes_the_total_unknown():
    work = local_workload(400, k=4)
    loihi = load_chip("loihi1").side_by_side(2)
    assert mapping_report(map_workload(work, loihi, neurons_per_core=4)).energy["total"] is not None
    spread = mapping_report(map_workload(work, loihi, "random", "random", neurons_per_core=4, cost_set="davies2018"))
    assert spread.multicast["chip_crossings"] > 0
    assert spread.energy["unknown"] == ["chip crossing"]
    assert spread.energy["total"] is None
    assert spread.latency is None
    assert spread.valid, spread.violations


def test_chips_that_cannot_be_joined_are_not_spread_over():
    with pytest.raises(InputError, match="odin cannot be spread over 2 chips"):
        map_workload(local_workload(60, k=4), load_chip("odin"), chips_used=2)
    with pytest.raises(InputError, match="At least one chip"):
        load_chip("loihi1").side_by_side(0)


def test_a_mapping_may_be_looked_at_although_it_exceeds_a_limit():
    fan_out = workload([(0, 1), (0, 2)], [3, 2, 2])
    mapped = map_workload(
        fan_out, load_chip("truenorth"), "sequential", "sequential", neurons_per_core=1, within_limits=False
    )
    report = mapping_report(mapped)
    assert not report.valid
    assert report.violations == ["hidden[0] has 2 destination tiles, the chip allows 1."]
    assert report.binding_limit == "destination_tiles_per_neuron"
    assert np.isclose({limit["name"]: limit for limit in report.limits}[report.binding_limit]["fraction"], 2)


def test_what_is_all_in_on_one_chip_is_not_on_two():
    pair, chip = workload([(0, 1), (1, 0)], [3, 2]), load_chip("truenorth")
    small = replace(chip, topology=replace(chip.topology, columns=replace(chip.topology.columns, value=1)))
    one_row = replace(small, topology=replace(small.topology, rows=replace(chip.topology.rows, value=1)))
    energy = mapping_report(
        map_workload(pair, one_row, "sequential", "sequential", neurons_per_core=1, chips_used=2)
    ).energy
    assert (energy["total"], energy["unknown"]) == (None, ["chip crossing"])
    assert energy["known"] == pytest.approx(5 * 26e-12)
