import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.workloads import any_workloads, local_workload, mesh_chip, workload

from hardware_models.chips.spec import load_chip
from hardware_models.mapping import map_workload, mapping_report
from neurogrow.errors import InputError


def test_a_local_network_on_loihi(tmp_path):
    work = local_workload()
    report = mapping_report(map_workload(work, load_chip("loihi1"), neurons_per_core=9))
    assert report.valid
    assert report.cores_used == 16
    assert report.spike_hops <= report.unicast_hops
    assert report.bounds["spike_hops_of_partition"] <= report.bounds["spike_hops_of_placement"] <= report.spike_hops
    assert report.bounds["placement_cost_gilmore_lawler"] <= report.bounds["placement_cost"]
    assert report.energy["cost_set"] == "sanafe"
    assert report.energy["total"] == pytest.approx(sum(term["joules"] for term in report.energy["terms"]))
    assert all(term["figure"]["source"] for term in report.energy["terms"])
    assert report.latency["seconds_per_tick"] > 1.8e-6
    assert any("flights overlap" in said for said in report.assumptions)
    path = report.save(tmp_path)
    assert path.name == "mapping-loihi1.json"
    assert json.loads(path.read_text()) == json.loads(json.dumps(report.to_json()))


def test_layout_is_better_than_chance_in_everything_that_travels():
    work, chip = local_workload(), mesh_chip(4, 4, neurons=9)
    good = mapping_report(map_workload(work, chip))
    poor = mapping_report(map_workload(work, chip, "random", "random"))
    assert good.spike_hops < 0.5 * poor.spike_hops
    assert good.packets["remote"] < poor.packets["remote"]
    assert good.multicast["largest_link"] < poor.multicast["largest_link"]


def test_a_network_on_one_core_travels_nowhere():
    report = mapping_report(map_workload(local_workload(), load_chip("loihi1"), cost_set="davies2018"))
    assert (report.cores_used, report.spike_hops, report.multicast["links"]) == (1, 0, [])
    assert report.bounds["spike_hops_of_partition_gap"] is None
    assert report.bounds["placement_cost_optimum"] == 0
    assert report.latency["seconds_per_tick"] > 465e-9
    assert report.binding_limit == "neurons_per_core"


def test_a_chip_without_costs_leaves_energy_unknown():
    report = mapping_report(map_workload(local_workload(), load_chip("mesh8x8")))
    assert report.energy is None
    assert report.methods["cost_set"] is None
    assert any("energy is unknown" in said for said in report.assumptions)
    assert {limit["name"]: limit["fraction"] for limit in report.limits}["input_axons_per_core"] is None


def test_small_placements_are_compared_with_the_optimum():
    work = local_workload(54)
    report = mapping_report(map_workload(work, mesh_chip(3, 3, neurons=6)))
    optimum = report.bounds["placement_cost_optimum"]
    assert report.bounds["placement_cost_gilmore_lawler"] <= optimum <= report.bounds["placement_cost"]
    assert report.bounds["placement_cost"] <= 1.1 * optimum


@given(any_workloads(), st.sampled_from(["unicast", "multicast"]), st.booleans(), st.integers(1, 3), st.integers(0, 9))
@settings(deadline=None, max_examples=40)
def test_every_mapping_passes_the_independent_check(work, kind, own, cores_per_tile, seed):
    chip = mesh_chip(4, 3, cores_per_tile, neurons=3, kind=kind, own=own)
    for partition, placement in (("layout", "layout"), ("random", "random")):
        report = mapping_report(map_workload(work, chip, partition, placement, seed))
        assert report.valid, report.violations
        assert sum(link["load"] for link in report.multicast["links"]) == report.spike_hops
        json.dumps(report.to_json(), allow_nan=False)


def test_the_same_seed_gives_the_same_mapping():
    work, chip = local_workload(), mesh_chip(4, 4, neurons=9)
    first, again = (map_workload(work, chip, "random", "random", seed=3).core_M for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_the_order_of_neurons_changes_no_measure():
    work, chip = local_workload(), mesh_chip(4, 4, neurons=9)
    order = np.random.default_rng(5).permutation(work.n_neurons)
    place = np.argsort(order)
    post, pre = work.connectivity.nonzero()
    same = workload(np.stack([place[pre], place[post]], 1), work.spikes_M[order], work.positions_M2[order])
    first, second = (mapping_report(map_workload(w, chip)) for w in (work, same))
    assert (first.spike_hops, first.packets, first.bounds) == (second.spike_hops, second.packets, second.bounds)


def test_a_negative_seed_is_refused():
    with pytest.raises(InputError, match="seed"):
        map_workload(workload([(0, 1)], [1, 1]), mesh_chip(), "random", "random", seed=-1)


def test_a_network_too_large_for_its_chip_is_refused():
    with pytest.raises(InputError, match=r"144 neurons need 16 cores and there are 9\."):
        map_workload(local_workload(), mesh_chip(3, 3, neurons=9))
