"""Topologies and routers that the checker does not know are reported as not checked, or checked by a surveyor."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.workloads import any_workloads, local_workload, mesh_chip

import hardware_models as hw
from hardware_models.checking.surveyors import Surveyor, surveyor_of, unchecked
from neurogrow.errors import InputError

WORK = local_workload(60, k=4)


class ColumnMesh(hw.Topology):
    """A mesh whose packets travel along y first, then along x."""

    hop_kinds = ("hop east-west", "hop north-south")
    order = "yx"

    @property
    def n_links(self):
        return 2 * ((self.columns - 1) * self.rows + self.columns * (self.rows - 1))

    def steps(self, source_P, target_P):
        (x0, y0), (x, y) = np.divmod(source_P, self.rows), np.divmod(target_P, self.rows)
        return np.stack([np.abs(x - x0), np.abs(y - y0)], axis=-1)

    def previous(self, source_P, router_P):
        (x0, y0), (x, y) = np.divmod(source_P, self.rows), np.divmod(router_P, self.rows)
        back_x = np.sign(x - x0)
        back_y = np.where(back_x == 0, np.sign(y - y0), 0)
        return (x - back_x) * self.rows + y - back_y

    def kind_of(self, start_L, end_L):
        return (start_L % self.rows != end_L % self.rows).astype(int)


class ColumnSurveyor(Surveyor):
    """Steps along y, then along x."""

    def steps(self, start, end):
        (x0, y0), (x, y) = start, end
        return [(0, 1 if y > y0 else -1)] * abs(y - y0) + [(1 if x > x0 else -1, 0)] * abs(x - x0)


class RowSurveyor(Surveyor):
    """Steps along x, then along y: not the routes of a ColumnMesh."""

    def steps(self, start, end):
        (x0, y0), (x, y) = start, end
        return [(1 if x > x0 else -1, 0)] * abs(x - x0) + [(0, 1 if y > y0 else -1)] * abs(y - y0)


def column_chip(kind=ColumnMesh, columns=4, rows=3, **sizes):
    chip = mesh_chip(columns, rows, **({"neurons": 6} | sizes))
    plain = replace(chip.topology, kind="mesh")
    return replace(chip, topology=replace(plain, kind=kind), routing=replace(chip.routing, order="yx"))


@pytest.fixture
def surveyed():
    """Give the topology a surveyor for the time of a test."""

    def give(surveyor):
        hw.SURVEYORS.register("ColumnMesh", surveyor)

    yield give
    if "ColumnMesh" in hw.SURVEYORS:
        hw.SURVEYORS.unregister("ColumnMesh")


def test_a_mapping_onto_an_unknown_topology_is_not_checked_and_not_valid():
    chip = column_chip()
    report = hw.mapping_report(hw.map_workload(WORK, chip, "layout", "layout"))
    assert (report.checked, report.valid) == (False, False)
    assert report.chip["topology"] == "ColumnMesh"
    assert len(report.violations) == 1
    assert report.violations[0].startswith("Not checked. The checker does not know the topology 'ColumnMesh'.")
    assert "steps(start, end) or route(home, core)" in report.violations[0]
    with pytest.raises(InputError, match=r"SURVEYORS\.register\('ColumnMesh', \.\.\.\)"):
        hw.violations(WORK, chip, report.to_json())


@given(any_workloads(), st.sampled_from(["unicast", "multicast", "core_multicast"]), st.integers(1, 2))
@settings(deadline=None, max_examples=20)
def test_a_surveyor_of_ones_own_checks_it(work, kind, cores_per_tile):
    chip = column_chip(cores_per_tile=cores_per_tile, neurons=3, kind=ColumnMesh)
    chip = replace(chip, routing=replace(chip.routing, kind=kind))
    hw.SURVEYORS.register("ColumnMesh", ColumnSurveyor)
    try:
        report = hw.mapping_report(hw.map_workload(work, chip, "random", "random"))
    finally:
        hw.SURVEYORS.unregister("ColumnMesh")
    assert report.checked
    assert report.valid, report.violations


def test_the_built_in_search_takes_an_unknown_topology(surveyed):
    surveyed(ColumnSurveyor)
    start, better = (hw.map_workload(WORK, column_chip(), "random", "random", effort=each) for each in (None, "fast"))
    report = hw.mapping_report(better)
    assert report.valid, report.violations
    assert report.refinement["cost"] < report.refinement["start_cost"]
    assert report.spike_hops < hw.mapping_report(start).spike_hops


def test_a_surveyor_that_walks_other_routes_finds_the_mapping_wrong(surveyed):
    surveyed(RowSurveyor)
    report = hw.mapping_report(hw.map_workload(WORK, column_chip(), "random", "random", neurons_per_core=6))
    assert report.checked
    assert not report.valid
    assert any("multicast: link" in wrong for wrong in report.violations)


def test_a_surveyor_without_routes_says_what_it_must_give(surveyed):
    surveyed(Surveyor)
    with pytest.raises(InputError, match=r"steps\(start, end\) or route\(home, core\)"):
        surveyor_of(column_chip()).route(0, 5)


def test_a_registered_topology_is_found_by_its_name_in_a_chip_file(tmp_path):
    hw.TOPOLOGIES.register("column mesh", ColumnMesh)
    try:
        chip = column_chip("column mesh")
        assert chip.fabric == ColumnMesh(4, 3)
        assert unchecked(chip).startswith("The checker does not know the topology 'column mesh'")
        with pytest.raises(ValueError, match="routes of a column mesh have the order 'yx', not 'xy'"):
            replace(chip, routing=replace(chip.routing, order="xy"))
    finally:
        hw.TOPOLOGIES.unregister("column mesh")
    with pytest.raises(ValueError, match="There is no topology 'column mesh'"):
        column_chip("column mesh")
    with pytest.raises(ValueError, match="a topology is a name or a subclass of Topology"):
        column_chip(WORK)


def test_a_topology_may_be_the_class_of_a_built_in_one():
    chip = mesh_chip(4, 3, neurons=6)
    chip = replace(chip, topology=replace(chip.topology, kind=hw.Mesh))
    report = hw.mapping_report(hw.map_workload(WORK, chip))
    assert report.chip["topology"] == "mesh"
    assert report.valid, report.violations


def by_pairs(topology, pairs):
    return hw.ROUTERS["unicast"](topology, pairs)


def every_route(route, home, cores):
    return [link for core in cores for link in route(home, core)]


def test_a_router_without_a_survey_is_not_checked():
    report = hw.mapping_report(hw.map_workload(WORK, mesh_chip(4, 3, neurons=6), router=by_pairs))
    assert (report.checked, report.valid) == (False, False)
    assert "does not know the router 'by_pairs'" in report.violations[0]


@pytest.mark.parametrize("own", [False, True])
def test_a_router_with_a_survey_is_checked_and_counted_like_the_built_in_one(own, tmp_path):
    chip = mesh_chip(4, 3, neurons=6, kind="unicast", own=own)
    router = hw.Router(by_pairs, packet_per_core=True, survey=every_route)
    mine, built_in = (hw.mapping_report(hw.map_workload(WORK, chip, router=each)) for each in (router, "unicast"))
    assert mine.valid, mine.violations
    assert mine.packets == built_in.packets
    assert mine.other_routing["by_pairs"] == built_in.unicast
    value = mine.to_json()
    assert value["by_pairs"] == value["unicast"]
    assert value["chip"]["routing"] == "by_pairs"
    assert "other_routing" not in value
    value["by_pairs"]["links"].pop()
    assert any("by_pairs: link" in wrong for wrong in hw.violations(WORK, chip_with(chip, router), value))


def chip_with(chip, router):
    return replace(chip, routing=replace(chip.routing, kind=router))


def test_a_router_is_not_called_like_an_entry_of_the_report():
    def energy(topology, pairs):
        return by_pairs(topology, pairs)

    with pytest.raises(InputError, match="cannot be called 'energy'"):
        hw.mapping_report(hw.map_workload(WORK, mesh_chip(4, 3, neurons=6), router=energy))
    with pytest.raises(InputError, match="A router is a name, a Router, or a function"):
        hw.map_workload(WORK, mesh_chip(4, 3, neurons=6), router=7)
