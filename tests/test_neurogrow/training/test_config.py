import pytest

from neurogrow.errors import InputError
from neurogrow.training import GrowthConfig, ModelConfig, TasksConfig, TrainConfig, load_config, save_config


def write(tmp_path, text):
    path = tmp_path / "config.toml"
    path.write_text(text)
    return path


def test_a_saved_configuration_comes_back_the_same(tmp_path):
    config = TrainConfig(TasksConfig(("go", "dm1"), 8), ModelConfig(rows=3, cols=4), GrowthConfig(strength=1e-4))
    assert load_config(save_config(config, tmp_path / "config.toml")) == config


def test_what_is_not_written_has_its_default(tmp_path):
    config = load_config(write(tmp_path, "[growth]\nlocality = 0\n"))
    assert config == TrainConfig(growth=GrowthConfig(locality=0.0))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[training]\nstep = 5\n", r"unknown key 'training.step'. Did you mean 'steps'\?"),
        ("[groth]\nstrength = 1\n", r"unknown key 'groth'. Did you mean 'growth'\?"),
        ("[training]\nsteps = -5\n", "training.steps: Input should be greater than or equal to 1"),
        ("[growth]\nstrength = nan\n", "growth.strength"),
        ("[training]\nseed = 9223372036854775808\n", "training.seed"),
        ("[model]\nkind = 'spikng'\n", "model.kind"),
        ("[model\n", "is not a TOML file"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_field(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=message) as error:
        load_config(path)
    assert str(path) in str(error.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        load_config(tmp_path / "none.toml")
