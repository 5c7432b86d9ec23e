"""The functions of the public face: what they add to the stages beneath, and what they refuse."""

from types import MappingProxyType

import matplotlib
import pytest

import neurogrow as ng
from neurogrow.training.presets import preset_path

matplotlib.use("Agg")

TINY = {
    "tasks.names": ["go", "anti"], "tasks.ring": 4, "model.rows": 3, "model.cols": 3, "training.steps": 4,
    "training.batch_size": 4, "training.ticks": 20,
}  # fmt: skip


@pytest.fixture(scope="module")
def rate(tmp_path_factory):
    return ng.train("small-bimt", tmp_path_factory.mktemp("runs") / "rate", settings=TINY)


@pytest.fixture(scope="module")
def spiking(rate):
    return ng.spike(rate)


def test_settings_replace_those_of_the_preset_and_keep_the_others(rate):
    config = rate.config
    assert (config.model.rows, config.tasks.names, config.training.steps) == (3, ("go", "anti"), 4)
    assert config.growth == ng.TrainConfig(growth=config.growth).growth
    assert config.growth.strength == 2e-4


def test_a_preset_a_file_and_an_object_are_one_configuration(rate, tmp_path):
    by_file = ng.train(preset_path("small-bimt"), tmp_path / "file", settings=TINY)
    by_object = ng.train(rate.config, tmp_path / "object")
    assert by_file.fingerprint() == by_object.fingerprint() == rate.fingerprint()


def test_a_finished_run_is_opened_and_not_trained_again(rate):
    before = rate.model_path.stat().st_mtime_ns
    assert ng.train(rate.config, rate.path) == rate
    assert ng.train(str(rate.config_path), str(rate.path)) == rate
    assert rate.model_path.stat().st_mtime_ns == before
    with pytest.raises(ng.InputError, match="other settings"):
        ng.train(rate.config, rate.path, settings={"training.steps": 5})


def test_an_initial_network_is_passed_on(rate, tmp_path):
    model = rate.load_model()
    started = ng.train(rate.config, tmp_path / "on", settings={"training.learning_rate": 1e-30}, initial=model)
    weights, before = (run.load_model().hidden_bias_RN for run in (started, rate))
    assert weights.sub(before).abs().max() < 1e-3
    assert ng.train(started.config, started.path, initial=model) == started


class Silence(ng.Penalty):
    """Pays for all activity."""

    settings = MappingProxyType({"strength": 100.0})

    def loss(self, output, batch):
        return 100.0 * output.activity_RTBN.square().mean((1, 2, 3))


def stop_at_two(state):
    if state.step == 2:
        raise ng.StopTraining


def test_objects_are_trained_with_stored_and_opened_again(rate, tmp_path):
    source = ng.TaskSet(("go", "dm1"), 4)
    parts = {"source": source, "penalties": [Silence()]}
    run = ng.train(rate.config, tmp_path / "own", **parts)
    assert run.config.tasks.names == ("go", "dm1")
    assert [penalty.name for penalty in run.config.growth.penalties] == ["Silence"]
    assert ng.train(rate.config, tmp_path / "own", **parts) == run
    with pytest.raises(ng.InputError, match="other settings"):
        ng.train(rate.config, tmp_path / "own", source=source)


def test_a_hook_stops_training_and_the_run_is_finished(rate, tmp_path):
    run = ng.train(rate.config, tmp_path / "stopped", hooks=[stop_at_two])
    assert run.last_metrics()["step"] == 2
    assert ng.train(rate.config, tmp_path / "stopped") == run
    assert run.last_metrics()["step"] == 2


def test_a_configuration_without_a_name_needs_a_folder(rate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ng.InputError, match="give the folder of the run"):
        ng.train(rate.config)
    assert str(ng.train("small-bimt", settings=TINY).path) == "runs/small-bimt"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"training.stepz": 1}, "unknown key 'training.stepz'"),
        ({"steps": 1}, "'steps' is no setting"),
        ({"training.steps.more": 1}, "no setting of a configuration"),
        ({"training.steps": 0}, "training.steps"),
        ({"grow.strength": 1.0}, "unknown key 'grow'"),
    ],
)
def test_wrong_settings_are_one_error(settings, message, tmp_path):
    with pytest.raises(ng.InputError, match=message):
        ng.train("small-bimt", tmp_path / "run", settings=settings)
    assert not (tmp_path / "run").exists()


def test_a_counterpart_has_the_settings_of_its_network_and_is_opened_again(rate, spiking):
    assert spiking.path == rate.path.with_name("rate-spiking")
    assert (spiking.config.model.kind, spiking.config.model.rows) == ("spiking", 3)
    assert spiking.config.training == rate.config.training
    assert ng.spike(rate.path) == spiking
    with pytest.raises(ng.InputError, match="the grid and the tasks"):
        ng.spike(rate, "small-spiking", rate.path.with_name("other"))


def test_runs_are_taken_by_object_folder_or_name(rate, tmp_path):
    assert ng.load(rate) is rate
    assert ng.load(str(rate.path)) == ng.load(rate.path) == rate
    packaged = ng.load("paper-bimt", tmp_path)
    assert packaged.path == tmp_path / "paper-bimt"
    with pytest.raises(ng.InputError, match="paper-bimt"):
        ng.load("paper-bimd", tmp_path)


def test_a_recording_has_the_trials_and_neurons_that_were_asked_for(rate):
    recording = ng.record(rate, 3)
    assert recording.activity_TBN.shape[1:] == (6, 9)
    assert recording.task_B.tolist() == [0, 0, 0, 1, 1, 1]
    assert (ng.record(rate.path, 3).activity_TBN == recording.activity_TBN).all()
    assert (ng.record(rate, 3, seed=1).activity_TBN != recording.activity_TBN).any()


def test_pruning_and_exporting_leave_their_files(spiking, tmp_path):
    pruned = ng.prune(spiking, 0.005, trials_per_task=2)
    assert isinstance(pruned.network, ng.GrownNetwork)
    exported = ng.export(spiking, tmp_path, dialects=["norse"], readers=["numpy"], modular=True)
    assert {"network.nir", "network-norse.nir", "network-modular.nir", "network.onnx"} <= {
        path.name for path in exported.files
    }
    assert exported.nir.readers[0].differing_bins == 0


def test_a_run_and_a_nir_file_are_mapped_alike(spiking, tmp_path):
    mapped = ng.map(spiking, "loihi1", tmp_path / "run", neurons_per_core=2)
    folder = spiking.path
    by_file = ng.map(
        folder / "network.nir", "loihi1", tmp_path / "file", spikes=folder / "spikes.npz", neurons_per_core=2
    )
    assert mapped.chosen.spike_hops == by_file.chosen.spike_hops
    assert by_file.path == tmp_path / "file" / "mapping-loihi1.json"
    with pytest.raises(ng.InputError, match="has its own spikes"):
        ng.map(spiking, "loihi1", spikes=folder / "spikes.npz")


def test_networks_and_conditions_are_compared(rate, spiking, tmp_path):
    compared = ng.compare([rate, spiking.path], tmp_path / "pair")
    assert [row.name for row in compared.rows] == ["rate", "rate-spiking"]
    conditions = ng.compare({"rate": [rate], "spiking": [spiking]}, tmp_path / "conditions")
    assert [each.name for each in conditions.conditions] == ["rate", "spiking"]
    for folder in ("pair", "conditions"):
        assert (tmp_path / folder / "comparison.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ng.InputError, match="at least two"):
        ng.compare([rate], tmp_path)


def test_a_report_is_beside_its_first_run(rate, spiking, tmp_path):
    assert ng.write_report(rate) == rate.path / "report.html"
    assert "rate-spiking" in ng.write_report([rate, spiking], tmp_path / "both.html").read_text()
    with pytest.raises(ng.InputError, match="at least one run"):
        ng.write_report([])
