import json
import shutil

import numpy as np
import pytest

from neurogrow.errors import InputError
from neurogrow.network import GrownNetwork
from neurogrow.pipeline import (
    analysis_of,
    compare_runs,
    export_run,
    map_network,
    map_run,
    prune_run,
    spike_run,
)
from neurogrow.pipeline.network_files import ExportOptions
from neurogrow.training import GrowthConfig, ModelConfig, Run, TasksConfig, TrainConfig, TrainingConfig, train
from neurogrow.training.counterpart import converted

TASKS = TasksConfig(("go", "dm1", "dms"), ring=8)
TRAINING = TrainingConfig(steps=60, batch_size=8, ticks=30, log_every=30, learning_rate=5e-3, warmup_steps=5)

QUICK = ExportOptions(readers=("numpy", "snntorch"))


def config(kind):
    model = ModelConfig(kind=kind, rows=4, cols=5, substeps=3)
    return TrainConfig(TASKS, model, GrowthConfig(strength=1e-4, swap_every=20), TRAINING)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    rate = train(config("rate"), folder / "rate")
    return rate, spike_run(rate, config("spiking"), folder / "spiking")


def test_a_rate_run_becomes_onnx_that_computes_the_same(runs):
    exported = export_run(runs[0])
    assert exported.nir is None
    assert exported.onnx.max_logits_difference < 1e-5 * max(1, exported.onnx.max_logit)
    assert exported.onnx.max_logits_difference_to_training_model < 1e-5 * max(1, exported.onnx.max_logit)
    assert {path.name for path in exported.files} == {"network.onnx"}
    saved = GrownNetwork.load(runs[0].path / "network.safetensors")
    assert float(saved.metadata["performance"]) == exported.pruned.performance
    np.testing.assert_array_equal(saved.module_N, analysis_of(runs[0]).module_N[saved.neuron_id_N])


def test_a_spiking_run_becomes_nir_spike_for_spike(runs):
    exported = export_run(runs[1], options=QUICK)
    by_name = {reader.name: reader for reader in exported.nir.readers}
    assert exported.nir.spikes > 100
    assert by_name["training model"].differing_bins == 0
    assert by_name["snntorch"].differing_bins == 0
    assert exported.onnx.differing_bins == 0
    performance = [each.performance for each in (by_name["numpy"], by_name["snntorch"], exported.onnx)]
    assert len(set(performance)) == 1
    assert 0 <= performance[0] <= 1
    assert json.loads((runs[1].path / "parity.json").read_text())["nir"]["bins"] == exported.nir.bins


def test_files_go_where_they_are_asked_for_in_the_dialects_that_are(runs, tmp_path):
    options = ExportOptions(dialects=("norse", "spyx"), modular=True, sparse=True, readers=("numpy",))
    exported = export_run(runs[1], out=tmp_path, options=options)
    names = [
        "network.onnx",
        "network.nir",
        "network-norse.nir",
        "network-spyx.nir",
        "network-modular.nir",
        "spikes.npz",
    ]
    assert [path.name for path in exported.files] == names
    assert {path.name for path in tmp_path.iterdir()} == {*names, "parity.json"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ExportOptions(dialects=("nors",)), "Did you mean 'norse'"),
        (ExportOptions(readers=("numpie",)), "Did you mean 'numpy'"),
        (ExportOptions(dialects=("norse", "rockpool")), "reads current-based neurons only"),
    ],
)
def test_what_cannot_be_exported_is_refused_before_anything_is_written(runs, tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        export_run(runs[1], out=tmp_path / "files", options=options)
    assert not (tmp_path / "files").exists()


def test_a_rate_run_has_no_dialects(runs, tmp_path):
    with pytest.raises(InputError, match="NIR has no ReLU"):
        export_run(runs[0], out=tmp_path, options=ExportOptions(dialects=("norse",)))


def test_the_spikes_counted_are_those_of_the_pruned_network_within_trials(runs):
    export_run(runs[1], options=QUICK)
    pruned = prune_run(runs[1])
    with np.load(runs[1].path / "spikes.npz", allow_pickle=False) as counts:
        assert len(counts["hidden"]) == pruned.network.n_neurons
        assert counts["ticks"] == 3 * pruned.recording.mask_TB.sum()
        rate = counts["hidden"].sum() / counts["ticks"] / pruned.network.n_neurons
    measured = pruned.recording.activity_TBN[pruned.recording.mask_TB][:, pruned.network.neuron_id_N].mean()
    assert rate == pytest.approx(measured, rel=1e-5)


def test_a_spiking_run_maps_onto_a_chip_and_beats_random_placement(runs):
    mapped = map_run(runs[1], "loihi1", neurons_per_core=3)
    assert mapped.chosen.valid
    assert mapped.random.valid
    assert mapped.chosen.methods["partition"] == "layout"
    assert mapped.chosen.spike_hops < mapped.random.spike_hops
    assert json.loads(mapped.path.read_text())["spike_hops"] == mapped.chosen.spike_hops
    assert (runs[1].path / "mapping-loihi1-random.json").exists()


def test_a_nir_file_maps_without_its_run(runs, tmp_path):
    export_run(runs[1], options=QUICK)
    mapped = map_network(
        runs[1].path / "network.nir", runs[1].path / "spikes.npz", "loihi1", tmp_path, placement="random"
    )
    assert mapped.chosen.methods["placement"] == "random"
    assert mapped.path == tmp_path / "mapping-loihi1.json"


def test_networks_are_compared(runs, tmp_path):
    comparison = compare_runs(runs, tmp_path)
    assert [row.name for row in comparison.rows] == ["rate", "spiking"]
    assert (tmp_path / "comparison.json").exists()


def test_a_warm_start_carries_the_rate_networks_wiring(runs, tmp_path):
    spiking = converted(runs[0].load_model(), config("spiking"))
    sign = runs[0].load_model().recurrent_weights_RNN.sign()
    assert (spiking.recurrent_weights_RNN.sign() == sign).all()


def test_what_cannot_be_is_refused(runs, tmp_path):
    with pytest.raises(InputError, match="chips run spiking ones"):
        map_run(runs[0], "loihi1")
    with pytest.raises(InputError, match="spiking neurons"):
        spike_run(runs[0], config("rate"), tmp_path / "spikes")
    other = TrainConfig(TASKS, ModelConfig(kind="spiking", rows=5, cols=5), GrowthConfig(), TRAINING)
    with pytest.raises(InputError, match="grid and the tasks"):
        spike_run(runs[0], other, tmp_path / "spikes")
    assert not (tmp_path / "spikes").exists()
    with pytest.raises(InputError, match="Did you mean 'loihi1'"):
        map_run(runs[1], "loihi")


def test_what_was_measured_of_other_weights_is_measured_again(runs, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(runs[1].path, folder)
    run = Run.open(folder)
    map_run(run, "loihi1", neurons_per_core=3)
    before, exported = analysis_of(run).performance_K, (folder / "network.nir").read_bytes()
    model = run.load_model()
    model.initialise([99])
    run.save_model(model, replica=0, step=run.config.training.steps)
    assert (analysis_of(run).performance_K != before).any()
    map_run(run, "loihi1", neurons_per_core=3)
    assert (folder / "network.nir").read_bytes() != exported


def test_export_and_map_keep_the_threshold_of_an_earlier_pruning(runs, tmp_path):
    folder = tmp_path / "pruned"
    shutil.copytree(runs[1].path, folder)
    run = Run.open(folder)
    map_run(run, "loihi1", neurons_per_core=3)
    strong = prune_run(run, threshold=0.2).network
    mapped = map_run(run, "loihi1", neurons_per_core=3)
    assert mapped.chosen.workload["neurons"] == strong.n_neurons + strong.n_outputs
    assert export_run(run, options=QUICK).pruned.network.metadata["pruning_threshold"] == "0.2"
    assert export_run(run, 0.01, options=QUICK).pruned.network.metadata["pruning_threshold"] == "0.01"
