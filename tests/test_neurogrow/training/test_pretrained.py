import pytest

from neurogrow.cli import main
from neurogrow.errors import InputError
from neurogrow.training import ModelConfig, TasksConfig, TrainConfig, TrainingConfig, pretrained, train
from neurogrow.training.pretrained import find_run, pretrained_card, pretrained_names, pretrained_summary


@pytest.fixture
def packaged(tmp_path, monkeypatch):
    """A package with one network, and an empty working folder."""
    config = TrainConfig(
        tasks=TasksConfig(("go", "anti"), ring=4),
        model=ModelConfig(rows=3, cols=3),
        training=TrainingConfig(steps=2, batch_size=2, ticks=15),
    )
    run = train(config, tmp_path / "package" / "tiny")
    (run.path / "README.md").write_text("# A tiny network\n\nTrained in a test.\n")
    monkeypatch.setattr(pretrained, "_FOLDER", tmp_path / "package")
    monkeypatch.chdir(tmp_path)
    return run


def test_a_network_is_known_by_its_name_and_card(packaged):
    assert pretrained_names() == ["tiny"]
    assert pretrained_summary("tiny") == "A tiny network"
    assert "Trained in a test." in pretrained_card("tiny")
    with pytest.raises(InputError, match="Did you mean 'tiny'"):
        pretrained_card("tinny")


def test_a_pretrained_network_is_a_run_of_ones_own(packaged, tmp_path):
    run = find_run("tiny")
    assert run.path.resolve() == tmp_path / "runs" / "tiny"
    assert run.fingerprint() == packaged.fingerprint()
    (run.path / "mine.txt").write_text("kept")
    assert (find_run("tiny").path / "mine.txt").exists()
    assert not (packaged.path / "mine.txt").exists()
    assert not list((tmp_path / "runs").glob(".*"))


def test_a_folder_comes_before_a_name(packaged, tmp_path):
    (tmp_path / "tiny").mkdir()
    with pytest.raises(InputError, match="not a run folder"):
        find_run("tiny")


def test_what_is_neither_is_refused_with_the_nearest_name(packaged, tmp_path):
    with pytest.raises(InputError, match=r"no run folder tinny.*Did you mean 'tiny'"):
        find_run("tinny")
    with pytest.raises(InputError, match=r"no run folder somewhere/else\.$"):
        find_run("somewhere/else")


def test_commands_take_a_name_where_they_take_a_run(packaged, tmp_path, capsys):
    main(["prune", "tiny", "--json"])
    assert '"file": "runs/tiny/network.safetensors"' in capsys.readouterr().out
    assert (tmp_path / "runs" / "tiny" / "network.safetensors").exists()
    main(["presets", "--json"])
    assert '"name": "tiny"' in capsys.readouterr().out
    main(["presets", "tiny"])
    assert capsys.readouterr().out.startswith("# A tiny network")


@pytest.mark.parametrize("name", pretrained_names())
def test_every_network_that_comes_along_loads_and_has_a_card(name, tmp_path):
    run = find_run(name, tmp_path)
    assert run.is_finished(run.config)
    assert run.load_model().replicas == 1
    assert "--out runs/again" in pretrained_card(name)
