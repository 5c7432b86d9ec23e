import re
from dataclasses import replace
from math import prod

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st
from support import ROOT

from neurogrow.errors import InputError
from neurogrow.training import load_config
from neurogrow.training.presets import preset_path
from neurogrow.training.sweep_file import lay_out

BASE = """
[tasks]
names = ["go"]
ring = 4
[model]
rows = 2
cols = 3
"""
CONDITIONS = """
[sweep]
growth.strength = [1e-5, 1e-4]
model.seed = [0, 1, 2]
[[sweep.condition]]
name = "BIMT"
[[sweep.condition]]
name = "L1"
growth.locality = 0
growth.swap_every = 0
[[sweep.condition]]
name = "none"
growth.strength = 0.0
"""


def written(tmp_path, text):
    path = tmp_path / "sweep.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "keys", ['"growth.strength" = {}\n"training.seed" = {}', "growth.strength = {}\ntraining.seed = {}"]
)
def test_every_combination_is_laid_out_once_in_the_files_order(tmp_path, keys):
    networks = lay_out(written(tmp_path, BASE + "[sweep]\n" + keys.format([0.0, 1e-4], [3, 4])))
    found = [(network.config.growth.strength, network.config.training.seed) for network in networks]
    assert found == [(0.0, 3), (0.0, 4), (1e-4, 3), (1e-4, 4)]
    assert networks[2].settings == {"growth.strength": 1e-4, "training.seed": 3}
    assert all(network.config.model.cols == 3 for network in networks)


def test_conditions_are_crossed_with_the_lists_they_do_not_set(tmp_path):
    networks = lay_out(written(tmp_path, BASE + CONDITIONS))
    names = [network.settings["condition"] for network in networks]
    assert names == ["BIMT"] * 6 + ["L1"] * 6 + ["none"] * 3
    assert list(networks[0].settings) == [
        "condition", "growth.strength", "model.seed", "growth.locality", "growth.swap_every",
    ]  # fmt: skip
    assert networks[0].settings["growth.locality"] == 1.0  # what holds for it, though its condition does not say so
    growth = networks[7].config.growth
    assert (growth.strength, growth.locality, growth.swap_every) == (1e-5, 0.0, 0)
    assert [(n.config.growth.strength, n.config.model.seed) for n in networks[12:]] == [(0.0, 0), (0.0, 1), (0.0, 2)]


def test_the_file_in_the_documents_lays_out_what_they_say(tmp_path):
    text = (ROOT / "docs" / "formats.md").read_text()
    (example,) = (block for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[sweep]" in block)
    networks = lay_out(written(tmp_path, example))
    names = [network.settings["condition"] for network in networks]
    assert [names.count(name) for name in ("BIMT", "L1", "none")] == [12, 6, 3]
    assert "The above are 12 + 6 + 3 networks." in text


def test_a_list_in_a_condition_is_crossed_too(tmp_path):
    only = (
        '[[sweep.condition]]\nname = "a"\ntraining.seed = [1, 2]\n[[sweep.condition]]\nname = "b"\ntasks.names = "go"\n'
    )
    networks = lay_out(written(tmp_path, BASE + only))
    assert [tuple(network.settings.values()) for network in networks] == [
        ("a", 1, "go"),
        ("a", 2, "go"),
        ("b", 0, "go"),
    ]


LISTS = st.dictionaries(
    st.sampled_from(["model.seed", "training.seed", "growth.swap_every"]),
    st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True),
    min_size=1,
)


@settings(deadline=None, max_examples=30)
@given(LISTS, st.lists(LISTS, max_size=3))
def test_there_are_as_many_networks_as_combinations(tmp_path_factory, lists, conditions):
    tables = [{"name": str(index)} | own for index, own in enumerate(conditions)]
    sweep = lists | ({"condition": tables} if tables else {})
    path = written(tmp_path_factory.mktemp("sweep"), BASE + tomli_w.dumps({"sweep": sweep}))
    networks = lay_out(path)
    crossed = [lists | own for own in conditions] or [lists]
    assert len(networks) == sum(prod(map(len, each.values())) for each in crossed)
    assert len({tuple(network.settings.items()) for network in networks}) == len(networks)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BASE, "no table"),
        (BASE + '[sweep]\n"training.seed" = 3\n', "must be a list"),
        (BASE + "[sweep]\ntraining.seed = []\n", "must be a list"),
        (BASE + '[sweep]\n"growth.strenth" = [1.0]\n', "Did you mean 'strength'"),
        (BASE + "[sweep]\nstrength = [1.0]\n", "unknown key 'strength'"),
        (BASE + '[sweep]\n"training.seed" = [1, -1]\n', "training.seed"),
        (BASE + '[sweep]\n"tasks.ring" = [4, 5]\n', "even number of directions"),
        (BASE + '[sweep]\n"tasks.names" = [["go"], ["og"]]\n', "no task 'og'"),
        ('model = 3\n[sweep]\n"model.rows" = [1]\n', "not a table"),
        (BASE + "[[sweep.condition]]\ngrowth.strength = 0.0\n", "needs a name of its own"),
        (BASE + '[[sweep.condition]]\nname = "a"\n' * 2, "needs a name of its own"),
        (BASE + '[sweep.condition]\nname = "a"\n', "under a line"),
        (BASE + '[[sweep.condition]]\nname = "a"\ngrowth.rule = "proximate"\n', "growth.rule"),
    ],
)
def test_a_file_that_is_no_sweep_is_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        lay_out(written(tmp_path, text))


def test_the_papers_sweep_is_its_presets_three_seeds_each():
    networks = lay_out(ROOT / "examples" / "paper-sweep.toml")
    presets = [load_config(preset_path(f"paper-{name}")) for name in ("bimt", "l1", "none") for _ in range(3)]
    for index, (network, preset) in enumerate(zip(networks, presets, strict=True)):
        model = replace(preset.model, seed=index % 3)
        training = replace(preset.training, precision="bfloat16", threads=1)
        assert network.config == replace(preset, model=model, training=training)
