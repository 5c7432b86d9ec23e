import re
import subprocess
import sys
from importlib import resources

import pytest
from support import ROOT

from hardware_models.chips.spec import ChipSpec, CostSet, chip_names, load_chip
from hardware_models.topology.mesh import Mesh
from neurogrow.errors import InputError

LOIHI = (resources.files("hardware_models.chips") / "data" / "loihi1.toml").read_text()


def test_every_chip_that_comes_along_loads_under_its_own_name():
    assert set(chip_names()) >= {"loihi1", "mesh8x8"}
    assert [load_chip(name).name for name in chip_names()] == chip_names()


def test_loihi_is_the_published_chip():
    chip = load_chip("loihi1")
    assert chip.fabric == Mesh(8, 4, 4)
    assert chip.fabric.n_cores == 128
    assert chip.limits.neurons_per_core.value == 1024
    assert chip.cost_set()[0] == "sanafe"
    sanafe, davies = chip.cost_sets["sanafe"], chip.cost_sets["davies2018"]
    assert sanafe.energy["packet"].si == pytest.approx(111e-12)
    assert {cost.evidence for cost in sanafe.energy.values()} == {"M"}
    assert {cost.evidence for cost in davies.energy.values()} == {"S"}
    assert davies.energy["hop_north_south"].value == 4.0


def test_tiles_are_numbered_up_each_column():
    mesh = load_chip("loihi1").fabric
    for core in (0, 3, 4, 15, 16, 127):
        tile = core // 4
        assert mesh.router_C2[core].tolist() == [tile // 4, tile % 4]


def test_links_and_distances_of_a_small_mesh():
    mesh = Mesh(3, 2, 2)
    assert mesh.n_links == 2 * (2 * 2 + 3 * 1)
    assert mesh.distance_CC((1.0, 10.0))[0, 11] == 2 + 10
    assert mesh.distance_CC()[0, 1] == 0
    assert len({tuple(centre) for centre in mesh.centre_C2.tolist()}) == 12


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'loihi1'"):
        load_chip("loihi")
    with pytest.raises(InputError, match="Did you mean 'sanafe'"):
        load_chip("loihi1").cost_set("sana-fe")
    with pytest.raises(InputError, match="It has none"):
        load_chip("mesh8x8").cost_set("sanafe")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "unicast"', 'kind = "broadcast"', r"routing\.kind"),
        ('title = "Intel Loihi"', 'title = "Intel Loihi"\ncolour = "blue"', "colour: "),
        ('value = 1024, unit = "neurons"', 'value = 1024, units = "neurons"', r"limits\.neurons_per_core\.unit"),
        (
            'value = 1024, unit = "neurons"',
            'value = 10.5, unit = "neurons"',
            r"neurons_per_core must be a whole number",
        ),
        ('value = 8, unit = "tiles", evidence = "C"', 'value = 8, unit = "tiles", evidence = "MEM"', "evidence"),
        ('value = 111, unit = "pJ"', 'value = 111, unit = "ns"', r"energy\.packet is in ns"),
        ('value = 111, unit = "pJ"', 'value = 111, unit = "mJ"', r"unit 'mJ'"),
        ("value = 111, unit", "value = -111, unit", r"energy\.packet\.value"),
        ('default_cost_set = "sanafe"', 'default_cost_set = "other"', "'other' is not one of the cost sets"),
        ('scope = "per term"', 'scope = "all in"', "contains the others already"),
        ('name = "loihi1"', "name = ", "is not TOML"),
        ('name = "loihi1"', 'name = "../../loihi1"', "name: "),
        ('name = "loihi1"', 'name = "my/chip"', "name: "),
    ],
)
def test_a_wrong_chip_file_is_refused_by_file_and_field(tmp_path, old, new, message):
    assert old in LOIHI
    path = tmp_path / "mine.toml"
    path.write_text(LOIHI.replace(old, new))
    with pytest.raises(InputError, match=message) as refused:
        load_chip(path)
    assert str(path) in str(refused.value)


def test_a_file_of_ones_own_is_read_and_a_missing_one_named(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(LOIHI)
    assert load_chip(str(path)) == load_chip("loihi1")
    with pytest.raises(InputError, match="does not exist"):
        load_chip(tmp_path / "other.toml")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="cannot be read"):
        load_chip(path)


def test_an_absent_figure_stays_absent():
    chip = load_chip("mesh8x8")
    assert chip.cost_set() is None
    assert chip.limits.input_axons_per_core is None


def test_an_all_in_figure_stands_alone():
    one = load_chip("loihi1").cost_sets["davies2018"].energy["synapse"]
    assert CostSet(title="x", scope="all in", energy={"synapse": one}).scope == "all in"
    assert isinstance(load_chip("loihi1"), ChipSpec)


def test_a_mesh_without_tiles_is_refused():
    with pytest.raises(InputError, match="at least one"):
        Mesh(0, 4)


def test_chip_models_load_no_torch():
    code = (
        "import sys, pkgutil, importlib, hardware_models as h\n"
        "names = [m.name for m in pkgutil.walk_packages(h.__path__, 'hardware_models.')]\n"
        "[importlib.import_module(name) for name in names]\n"
        "assert len(names) > 40\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "mesh"', 'kind = "single core"', "a single core has one column"),
        ('kind = "mesh"', 'kind = "hexagonal torus"', "routes of a hexagonal torus have the order 'diagonal, x, y'"),
        ('unpublished = ["chip crossing"]', 'unpublished = ["packet"]', "'packet' is listed as unpublished"),
        ('unpublished = ["chip crossing"]', 'unpublished = ["warmth"]', "unpublished"),
        ("\n[tiling]\nsource", "\n[tiling]\norigin", r"tiling\.source"),
        ('title = "Intel Loihi"', 'title = "Intel Loihi"\nchips = [0, 1]', "chips must be at least 1"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path, old, new, message):
    assert old in LOIHI
    path = tmp_path / "mine.toml"
    path.write_text(LOIHI.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        load_chip(path)


def test_a_board_of_chips_is_a_file_too(tmp_path):
    path = tmp_path / "board.toml"
    path.write_text(LOIHI.replace('title = "Intel Loihi"', 'title = "Two of them"\nchips = [2, 1]'))
    assert load_chip(path).fabric == Mesh(16, 4, 4, (2, 1))
    assert load_chip(path).side_by_side(4).fabric == Mesh(32, 8, 4, (4, 2))


def test_the_chip_file_in_the_documentation_is_one(tmp_path):
    formats = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    (example,) = (text for text in re.findall(r"```toml\n(.*?)```", formats, re.DOTALL) if 'name = "mine"' in text)
    path = tmp_path / "mine.toml"
    path.write_text(example)
    chip = load_chip(path)
    assert chip.fabric == Mesh(8, 4, 4)
    assert chip.tiling is not None
    assert chip.cost_set()[1].unpublished == ("chip crossing",)
