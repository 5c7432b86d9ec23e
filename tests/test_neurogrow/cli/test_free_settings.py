"""Settings of parts that are not built in reach training from a file as they are, and from flags with their types."""

import json
from pathlib import Path

import pytest
from support.own_parts import ActivityPenalty, LeakyRNN

from neurogrow.cli import main
from neurogrow.growth import PENALTIES
from neurogrow.models import NEURONS
from neurogrow.training import PenaltyConfig, Run

FILE = """
[tasks]
names = ["go"]
ring = 4
[model]
kind = "leaky"
rows = 2
cols = 3
settings = { leak = 0.5 }
[[growth.penalties]]
name = "activity"
settings = { strength = 0.25 }
[training]
steps = 2
batch_size = 2
ticks = 10
device = "cpu"
"""


@pytest.fixture(autouse=True)
def registered():
    PENALTIES.register("activity", ActivityPenalty)
    NEURONS.register("leaky", LeakyRNN)
    yield
    PENALTIES.unregister("activity")
    NEURONS.unregister("leaky")


def train(tmp_path, capsys, *flags):
    (tmp_path / "own.toml").write_text(FILE)
    main(["train", str(tmp_path / "own.toml"), "--out", str(tmp_path / "run"), "--json", *flags])
    return Run(Path(json.loads(capsys.readouterr().out)["run"])).config


def test_values_of_a_file_keep_their_types(tmp_path, capsys):
    config = train(tmp_path, capsys)
    assert config.model.settings == {"leak": 0.5}
    assert config.growth.penalties == (PenaltyConfig("activity", {"strength": 0.25}),)


def test_a_flag_changes_one_setting_and_leaves_the_others(tmp_path, capsys):
    config = train(tmp_path, capsys, "--model.settings.steepness", "2", "--growth.strength", "0")
    assert config.model.settings == {"leak": 0.5, "steepness": 2}
    assert config.growth.penalties == (PenaltyConfig("activity", {"strength": 0.25}),)


def test_a_wrong_name_on_the_command_line_is_a_users_mistake(tmp_path, capsys):
    (tmp_path / "own.toml").write_text(FILE)
    with pytest.raises(SystemExit) as end:
        main(["train", str(tmp_path / "own.toml"), "--model.kind", "leeky"])
    assert end.value.code == 2
    assert "model.kind: There is no neuron model 'leeky'. Did you mean 'leaky'?" in " ".join(
        capsys.readouterr().err.split()
    )
