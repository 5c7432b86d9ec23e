"""Chips that users bring: registered or installed, with arithmetic, papers and limits in their files."""

from importlib import resources
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from hardware_models.arithmetic import ARITHMETIC, ChipArithmetic, arithmetic_of
from hardware_models.arithmetic.loihi import loihi_responds
from hardware_models.chips.spec import CHIPS, chip_names, load_chip
from neurogrow import registry
from neurogrow.errors import InputError

LOIHI = Path(str(resources.files("hardware_models.chips") / "data" / "loihi1.toml"))


@pytest.fixture
def register():
    """Register chips for the time of a test."""
    names = []

    def give(name, source):
        names.append(name)
        return CHIPS.register(name, source)

    yield give
    for name in names:
        CHIPS.unregister(name)


@pytest.mark.parametrize(
    "source", [LOIHI, str(LOIHI), load_chip("loihi1"), lambda: LOIHI, lambda: load_chip("loihi1")], ids=range(5)
)
def test_a_chip_is_registered_as_a_path_a_chip_or_a_function(register, source):
    register("mine", source)
    assert "mine" in chip_names()
    assert load_chip("mine") == load_chip("loihi1")


def test_a_chip_may_be_given_as_it_is():
    chip = load_chip("loihi1")
    assert load_chip(chip) is chip


def test_a_source_that_is_no_chip_is_refused(register):
    register("mine", lambda: 7)
    with pytest.raises(InputError, match="The chip 'mine' is given as a int"):
        load_chip("mine")


def test_a_chip_of_an_installed_package_is_found(monkeypatch):
    entries = {"theirs": EntryPoint("theirs", f"{__name__}:installed_chip", "neurogrow.chips")}
    monkeypatch.setattr(registry, "_installed", lambda group: entries if group == "neurogrow.chips" else {})
    assert "theirs" in chip_names()
    assert load_chip("theirs").name == "loihi1"
    with pytest.raises(InputError, match="Did you mean 'theirs'"):
        load_chip("their")


def installed_chip():
    return LOIHI


def chip_file(tmp_path, *lines, name="mine"):
    text = LOIHI.read_text().replace('name = "loihi1"', f'name = "{name}"')
    kept = [line for line in text.split("\n") if not line.startswith(("arithmetic", "citations"))]
    at = next(place for place, line in enumerate(kept) if line.startswith("title"))
    path = tmp_path / "mine.toml"
    path.write_text("\n".join([*kept[: at + 1], *lines, *kept[at + 1 :]]))
    return path


def test_a_file_without_the_new_keys_is_valid_and_its_name_says_nothing(tmp_path):
    chip = load_chip(chip_file(tmp_path, name="loihi1"))
    assert (chip.arithmetic, chip.citations) == (None, ())
    with pytest.raises(InputError, match=r"arithmetic of loihi1 is not known: its file names none.*loihi, xylo"):
        arithmetic_of(chip)


def test_a_file_names_its_arithmetic_and_papers(tmp_path):
    chip = load_chip(chip_file(tmp_path, 'arithmetic = "loihi"', 'citations = ["me2026chip"]'))
    assert arithmetic_of(chip) is loihi_responds
    assert chip.citations == ("me2026chip",)
    unknown = load_chip(chip_file(tmp_path, 'arithmetic = "loihy"'))
    with pytest.raises(InputError, match="Did you mean 'loihi'"):
        arithmetic_of(unknown)


@pytest.mark.parametrize("line", ['arithmetic = ""', "arithmetic = 3", 'citations = "davies2018loihi"'])
def test_wrong_entries_are_refused(tmp_path, line):
    with pytest.raises(InputError, match=line.split()[0]):
        load_chip(chip_file(tmp_path, line))


def test_an_arithmetic_may_be_an_object():
    from dataclasses import replace

    def mine(quantized):
        return quantized

    assert arithmetic_of(replace(load_chip("odin"), arithmetic=mine)) is mine


def test_built_in_chips_have_the_arithmetic_of_their_makers():
    known = {name: load_chip(name).arithmetic for name in chip_names() if load_chip(name).arithmetic}
    assert known == {"loihi1": "loihi", "loihi2": "loihi", "xyloaudio2": "xylo", "xyloaudio3": "xylo"}
    assert isinstance(ARITHMETIC["xylo"], ChipArithmetic)
    assert all(callable(ARITHMETIC[name]) for name in ARITHMETIC)


def test_limits_of_a_core_are_limits_of_the_network_on_a_single_core():
    assert load_chip("xyloaudio3").network_limits() == {
        "fan-out": 1024,
        "inputs": 16,
        "hidden neurons": 992,
        "outputs": 32,
        "neurons that inputs reach": 128,
        "neurons that outputs read": 128,
    }
    assert load_chip("loihi1").network_limits() == {}
    assert load_chip("truenorth").network_limits() == {"fan-in": 256}
