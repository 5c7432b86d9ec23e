import re
from dataclasses import replace

import pytest

from hardware_models.chips.spec import chip_names, load_chip
from neurogrow.io.files import write_json
from neurogrow.pipeline import citations as module
from neurogrow.pipeline.citations import bibliography, citations
from neurogrow.training.config import GrowthConfig, ModelConfig, TasksConfig, TrainConfig, save_config
from neurogrow.training.run import Run


@pytest.fixture
def run(tmp_path):
    save_config(TrainConfig(), tmp_path / "config.toml")
    return Run(tmp_path)


def keys(run):
    return {each.key for each in citations(run)}


def with_config(run, **sections):
    save_config(replace(TrainConfig(), **sections), run.config_path)
    return keys(run)


def test_settings_decide(run):
    assert {"neurogrow", "liu2023growing", "liu2023seeing", "yang2019task", "kingma2015adam"} <= keys(run)
    assert not {"khona2023winning", "yun2020proximal", "neftci2019surrogate"} & keys(run)
    assert "liu2023seeing" not in with_config(run, growth=GrowthConfig(strength=0))
    assert "liu2023seeing" not in with_config(run, growth=GrowthConfig(locality=0, swap_every=0))
    assert "yun2020proximal" in with_config(run, growth=GrowthConfig(rule="proximal"))
    assert "khona2023winning" in with_config(run, tasks=TasksConfig(names=("go", "dlygointr")))
    assert {"eshraghian2023training", "neftci2019surrogate"} <= with_config(run, model=ModelConfig(kind="spiking"))


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("origin.json", "diehl2015fast"),
        ("analysis.json", "blondel2008fast"),
        ("transfer.json", "driscoll2024flexible"),
        ("network.nir", "pedersen2024nir"),
    ],
)
def test_files_of_the_run_decide(run, file, key):
    assert key not in keys(run)
    (run.path / file).touch()
    assert key in keys(run)


def test_a_mapping_brings_its_chip_and_its_methods(run):
    chip, methods = {"name": "truenorth", "title": "TrueNorth"}, {"partition": "metis", "placement": "layout"}
    write_json(run.path / "mapping-truenorth.json", {"chip": chip, "methods": methods | {"effort": None}})
    found = {each.key: each.why for each in citations(run)}
    assert found["merolla2014million"] == "figures of TrueNorth"
    assert "karypis1998fast" in found
    assert "kirkpatrick1983optimization" not in found


def test_every_entry_is_used_by_something_and_is_bibtex():
    entries = bibliography()
    assert next(iter(entries)) == "neurogrow"
    chips = {key for name in chip_names() for key in load_chip(name).citations}
    source = module.__loader__.get_source(module.__name__) + "".join(f'"{key}"' for key in chips)
    for key, entry in entries.items():
        assert f'"{key}"' in source
        assert re.fullmatch(rf"@\w+\{{{key},\n(  \w+ = \{{.+\}},?\n)+\}}", entry), entry
        assert entry.count("{") == entry.count("}")
        assert len(re.findall(r"\},\n", entry)) == len(re.findall(r"^  \w+ = ", entry, re.M)) - 1
    known = chips | {key for key, _ in module._METHODS.values()}
    assert known <= set(entries)


def test_without_a_run_it_is_the_software_and_the_paper():
    assert [each.key for each in citations()] == ["neurogrow", "liu2023growing"]
