"""What a report says of chips of every kind of wiring, and of energies that are not known."""

from types import SimpleNamespace

import numpy as np
import pytest
from support.workloads import local_workload

from hardware_models.chips.spec import load_chip
from hardware_models.mapping import map_workload, mapping_report
from neurogrow.report.chip import chip_sections
from neurogrow.report.core_map import Frame, between_tiles, core_maps

WORK = local_workload(72, k=4)


def mapping(chip, *methods, **options):
    return mapping_report(map_workload(WORK, load_chip(chip), *methods, **options)).to_json()


def section(*mappings):
    (only,) = chip_sections(SimpleNamespace(mappings=mappings))
    return only


def table(section, first):
    """The rows of the table that has a row of this name."""
    for block in section.blocks:
        rows = {row[0]: list(row[1:]) for row in getattr(block, "rows", ())}
        if first in rows:
            return rows
    raise AssertionError(first)


@pytest.mark.parametrize(
    ("chip", "said"),
    [
        (
            "mesh8x8",
            "onto a mesh of 8 × 8 tiles with 64 cores, one to a tile. A spike is sent as one packet that branches",
        ),
        ("torus8x8", "mapped onto a torus of 8 × 8 tiles with 64 cores, one to a tile."),
        ("spinnaker1", "mapped onto a torus of 12 × 12 tiles with diagonal links and 2,304 cores, 16 to a tile."),
        ("darwin3", "Its route goes first east-west, then north-south."),
    ],
)
def test_every_kind_of_wiring_is_put_in_words(chip, said):
    assert said in section(mapping(chip, neurons_per_core=6)).blocks[0].text


def test_a_single_core_has_no_routes():
    text = section(mapping("odin")).blocks[0].text
    assert text.endswith("mapped onto a single core.")


def test_several_chips_are_counted():
    said = section(mapping("dynapse2", chips_used=4, neurons_per_core=6)).blocks[0].text
    assert "mapped onto a mesh of 2 × 2 tiles, each with a router above those of its cores, and 16 cores" in said
    assert "on 2 × 2 chips" in said


def test_energy_that_is_not_known_is_not_added_up():
    said = section(mapping("darwin3", neurons_per_core=6))
    rows = table(said, "sum of the known causes")
    assert rows["packet"][4] == rows["hop"][4] == "not published"
    assert rows["packet"][2] == "–"
    assert table(said, "energy per trial")["energy per trial"] == ["–"]
    assert table(said, "share of energy that depends on the mapping")[
        "share of energy that depends on the mapping"
    ] == ["–"]


def test_a_chip_without_energies_has_no_table_of_them():
    with pytest.raises(AssertionError, match="sum of the known causes"):
        table(section(mapping("tianjic", neurons_per_core=6)), "sum of the known causes")


def test_limits_say_where_they_are_tightest():
    rows = table(section(mapping("dynapse2")), "fan-in")
    assert rows["fan-in"][3].startswith("hidden[")
    assert rows["neurons"][3].startswith("core ")


def test_links_around_a_border_leave_the_chip():
    torus = mapping("torus8x8", "random", "random", neurons_per_core=2)
    (drawn,) = core_maps([torus], ["random"])
    around = [link for link in between_tiles(torus) if np.abs(np.subtract(link["from"], link["to"])).max() > 1]
    assert around
    heads = drawn.figure["data"][-1]
    assert len(heads["x"]) == len(between_tiles(torus))
    assert min(heads["x"]) < -0.5
    assert max(heads["x"]) > 7.5


def test_the_map_shows_links_between_tiles_and_everything_they_touch():
    chips = mapping("dynapse2", "random", "random", chips_used=4, neurons_per_core=6)
    assert all(len(link["from"]) == 2 for link in between_tiles(chips))
    assert len(between_tiles(chips)) < len(chips["multicast"]["links"])
    torus = mapping("torus8x8", neurons_per_core=6)
    frame = Frame.from_mappings([torus])
    for link in between_tiles(torus):
        assert (np.array(link["from"]) >= frame.low).all()
        assert (np.array(link["from"]) <= frame.high).all()
