"""The stages of real run folders: what each writes, what is computed again, and what stays as it is."""

import hashlib
import logging
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hardware_models.chips.spec import load_chip
from neurogrow import pipeline
from neurogrow.analysis import ModularityReport
from neurogrow.cli import main
from neurogrow.errors import InputError
from neurogrow.io.files import read_json
from neurogrow.network import GrownNetwork
from neurogrow.pipeline.freshness import out_of_date
from neurogrow.pipeline.network_files import ExportOptions
from neurogrow.pipeline.quantizing import quantize_run, quantized_summary
from neurogrow.pipeline.runner import bring, ensure
from neurogrow.pipeline.stage import in_order
from neurogrow.pipeline.stage_records import record_path
from neurogrow.pipeline.stages import all_stages
from neurogrow.training import GrowthConfig, ModelConfig, Run, TasksConfig, TrainConfig, TrainingConfig, train
from neurogrow.training.transfer import TransferConfig

QUICK = ExportOptions(readers=("numpy",))
CHIP = load_chip("loihi1")
STAGES = {stage.name: stage for stage in all_stages((CHIP,), (8,))}
SETTINGS = {
    "analysis": {"trials_per_task": 6},
    "prune": {"trials_per_task": 5},
    "card": {"trials_per_task": 4},
    "lesions": {"trials_per_task": 4, "draws": 2},
    "transfer": {"task_names": ["anti"], "settings": {"steps": 2, "seeds": 1, "trials_per_task": 4}},
    "emergence": {"k": 2, "trials_per_task": 4},
    "quantize-8bit": {"trials_per_task": 4},
    "map-loihi1": {"neurons_per_core": 4, "effort": None, "sanafe_ticks": 20},
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    config = TrainConfig(
        TasksConfig(("go", "dm1"), ring=4),
        ModelConfig(kind="spiking", rows=4, cols=4, substeps=2),
        GrowthConfig(strength=1e-4, swap_every=10),
        TrainingConfig(
            steps=40, batch_size=8, ticks=30, learning_rate=5e-3, warmup_steps=5, log_every=20, snapshot_every=20
        ),
    )
    return train(config, tmp_path_factory.mktemp("runs") / "spiking")


@pytest.fixture
def run(trained, tmp_path):
    shutil.copytree(trained.path, tmp_path / "run")
    return Run(tmp_path / "run")


@pytest.fixture(scope="module")
def full(trained, tmp_path_factory):
    """Every stage made, in order."""
    shutil.copytree(trained.path, folder := tmp_path_factory.mktemp("full") / "run")
    for name in STAGES:
        ensure(Run(folder), STAGES[name], SETTINGS.get(name))
    return Run(folder)


@pytest.fixture
def done(full, tmp_path):
    shutil.copytree(full.path, tmp_path / "run")
    return Run(tmp_path / "run")


def content(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def without_mapping(found):
    """Without the files of a mapping, which name the folder that they are in."""
    return {name: digest for name, digest in found.items() if not Path(name).name.startswith("map")}


def changed(run, action):
    """The files, without records, that an action writes, removes or changes."""
    before = content(run.path)
    action()
    after = content(run.path)
    return {name for name in {*before, *after} if before.get(name) != after.get(name) and "stages/" not in name}


@pytest.fixture
def made(caplog):
    """Names of the stages computed since the last look."""
    caplog.set_level(logging.INFO, "neurogrow.pipeline")

    def names():
        records = [record for record in caplog.records if record.levelno == logging.INFO]
        caplog.clear()
        return [str(record.args[1]) for record in records]

    return names


def retrain(run):
    model = run.load_model()
    model.initialise([99])
    run.save_model(model, replica=0, step=run.config.training.steps)


def test_the_graph_has_no_cycle_and_every_product_that_is_read_is_made_by_an_earlier_stage(full):
    in_order(STAGES.values())
    wrote = {
        name: set(stage.writes(full, {**stage.defaults, **SETTINGS.get(name, {})})) for name, stage in STAGES.items()
    }
    names = [file for files in wrote.values() for file in files]
    assert len(names) == len(set(names))  # a file has one maker
    for name, stage in STAGES.items():
        earlier = {file for before in in_order([stage])[:-1] for file in wrote[before.name]}
        assert not {file for file in stage.reads if file in names} - earlier, name


@pytest.mark.parametrize("name", STAGES)
def test_every_file_that_a_stage_writes_is_declared(run, name):
    stage, settings = STAGES[name], {**STAGES[name].defaults, **SETTINGS.get(name, {})}
    for earlier in stage.after:
        ensure(run, earlier, SETTINGS.get(earlier.name))
    written = changed(run, lambda: ensure(run, stage, settings))
    if name == "card":  # measures first, where nothing was measured
        assert written == {"README.md", "analysis.json"}
    else:
        assert written == set(stage.writes(run, settings))
    assert set(read_json(record_path(run, stage))["writes"]) == set(stage.writes(run, settings))


def test_twice_computes_nothing_the_second_time(done, made):
    before = content(done.path)
    for name, stage in STAGES.items():
        ensure(done, stage, SETTINGS.get(name))
        bring(done, stage)
    assert [name for name in made() if not name.startswith("quantize")] == []
    assert content(done.path) == before


def test_functions_and_commands_compute_nothing_the_second_time(run, made, capsys):
    def everything():
        pipeline.analyze(run, 6)
        exported = pipeline.export_run(run, options=QUICK)
        mapped = pipeline.map_run(run, "loihi1", neurons_per_core=4, effort=None)
        lesions = pipeline.lesion_run(run, 4, 2)
        transfer = pipeline.transfer_run(run, ["anti"], TransferConfig(steps=2, seeds=1, trials_per_task=4))
        emergence = pipeline.emergence_run(run, 2, 4)
        pipeline.write_card(run, 6)
        quantized_summary(run, (8,))
        main(["map", str(run.path), "--chip", "odin", "--json"])
        return exported, mapped, lesions, transfer, emergence, capsys.readouterr().out

    first = everything()
    assert made() == [
        *("analysis", "raster", "figures", "prune", "export", "spikes", "map-loihi1", "lesions", "lesion-figure"),
        *("transfer", "transfer-figure", "emergence", "emergence-figure", "card", "map-odin"),
    ]
    before = content(run.path)
    second = everything()
    assert made() == []
    assert content(run.path) == before
    (exported, mapped, *rest), (again, mapped_again, *rest_again) = first, second
    assert (exported.nir, exported.onnx, exported.files) == (again.nir, again.onnx, again.files)
    np.testing.assert_array_equal(exported.pruned.recording.activity_TBN, again.pruned.recording.activity_TBN)
    assert exported.pruned.performance == again.pruned.performance
    for one, other in ((mapped.chosen, mapped_again.chosen), (mapped.random, mapped_again.random)):
        assert one.to_json() == other.to_json()
    assert [report.to_json() for report in rest[:3]] == [report.to_json() for report in rest_again[:3]]
    assert rest[3] == rest_again[3]


def test_other_weights_make_everything_again_and_settings_start_from_the_defaults(done, made):
    retrain(done)
    for stage in STAGES.values():
        if stage.name not in ("transfer", "transfer-figure", "emergence", "emergence-figure"):
            ensure(done, stage)
    assert made() == [
        *("analysis", "raster", "figures", "lesions", "lesion-figure", "prune", "spikes", "export", "card"),
        *("quantize-8bit", "map-loihi1"),
    ]
    assert read_json(record_path(done, STAGES["prune"]))["settings"]["trials_per_task"] == 100


@pytest.mark.parametrize(
    ("name", "setting", "after"),
    [
        ("analysis", {"seed": 5}, {"analysis", "figures", "lesions", "lesion-figure", "prune", "export", "spikes"}),
        ("prune", {"threshold": 0.3}, {"prune", "spikes", "export", "quantize-8bit", "map-loihi1"}),
        ("export", {"sparse": True}, {"export"}),
        ("lesions", {"draws": 3}, {"lesions", "lesion-figure"}),
        ("emergence", {"k": 3}, {"emergence", "emergence-figure"}),
        ("card", {"trials_per_task": 3}, {"card"}),
        ("map-loihi1", {"seed": 3}, {"map-loihi1"}),
    ],
)
def test_another_setting_makes_again_exactly_what_depends_on_it(done, made, name, setting, after):
    ensure(done, STAGES[name], setting)
    for stage in STAGES.values():
        ensure(done, stage)
    again = set(made())
    if name == "analysis":  # whether modules change, and with them what is read of them, is the network's affair
        assert {"analysis", "figures"} <= again <= after | {"quantize-8bit", "map-loihi1"}
        assert not again & {"raster", "card", "transfer", "emergence"}
    else:
        assert again == after


def test_only_settings_of_the_network_matter_in_the_configuration(done, made):
    text = done.config_path.read_text()
    done.config_path.write_text(text.replace("log_every = 20", "log_every = 10"))
    ensure(done, STAGES["map-loihi1"])
    assert made() == []
    done.config_path.write_text(text.replace('"go"', '"anti"'))
    ensure(done, STAGES["analysis"])
    assert made() == ["analysis"]


def test_export_map_lesion_and_compare_neither_draw_nor_measure_again(run, tmp_path):
    pipeline.analyze(run, 6)
    analysis = content(run.path)
    pipeline.export_run(run, options=QUICK)
    pipeline.map_run(run, "loihi1", neurons_per_core=4, effort=None)
    pipeline.lesion_run(run, 4, 2)
    shutil.copytree(run.path, tmp_path / "other")
    pipeline.compare_runs([run, Run(tmp_path / "other")], tmp_path / "out")
    pipeline.write_card(run, 9)
    quantize_run(run, 8, trials=4)
    after = content(run.path)
    assert {name: after[name] for name in analysis} == analysis
    assert "9 single trials" in (run.path / "README.md").read_text()


def test_a_fresh_run_is_exported_without_figures(run):
    pipeline.export_run(run, options=QUICK)
    assert not (run.path / "figures").exists()
    pipeline.analyze(run)
    assert {path.stem for path in (run.path / "figures").iterdir()} >= {"brain_map", "training"}
    assert (run.path / "raster.npz").exists()


def test_another_threshold_is_announced(run, caplog):
    caplog.set_level(logging.INFO, "neurogrow.pipeline")
    pipeline.export_run(run, options=QUICK)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    pipeline.export_run(run, 0.3, options=QUICK)
    assert "was pruned at 0.01 and is now pruned at 0.3; map, quantize and others will use" in caplog.text
    caplog.clear()
    pipeline.export_run(run, 0.3, options=QUICK)
    assert not caplog.records


def test_an_export_elsewhere_changes_nothing_of_the_run(run, tmp_path):
    pipeline.prune_run(run)
    out = tmp_path / "elsewhere"
    assert changed(run, lambda: pipeline.export_run(run, 0.3, out, QUICK)) == set()
    exported = pipeline.export_run(run, 0.3, out, QUICK)
    assert exported.pruned.network.metadata["pruning_threshold"] == "0.3"
    in_bits = quantized_summary(run, (8,), out, exported.pruned.network)["8"]
    assert in_bits["connections_before"] == exported.pruned.network.recurrent_weights_NN.nnz
    assert not (run.path / "network-8bit.json").exists()
    assert GrownNetwork.load(run.path / "network.safetensors").metadata["pruning_threshold"] == "0.01"
    assert pipeline.export_run(run, out=out, options=QUICK).pruned.network.metadata["pruning_threshold"] == "0.01"


def test_dialects_are_brought_up_to_date_with_the_network_or_named(run, caplog):
    pipeline.export_run(run, options=replace(QUICK, dialects=("norse",)))
    before = content(run.path)["network-norse.nir"]
    pipeline.prune_run(run, 0.3)
    pipeline.map_run(run, "loihi1", neurons_per_core=4, effort=None)
    assert content(run.path)["network-norse.nir"] != before
    pipeline.export_run(run, 0.01, options=QUICK)
    assert "not written again, and perhaps of another network: network-norse.nir" in caplog.text


def test_a_card_measures_where_nothing_was_measured(run):
    pipeline.write_card(run, 4)
    assert read_json(record_path(run, STAGES["analysis"]))["settings"]["trials_per_task"] == 4
    assert not (run.path / "figures").exists()


def test_folders_of_earlier_versions_are_up_to_date_without_records(done, made):
    shutil.rmtree(done.path / "stages")
    before = content(done.path)
    report, network = pipeline.analysis_of(done), pipeline.pruned_before(done)
    assert isinstance(report, ModularityReport)
    assert network is not None
    for name in ("prune", "export", "spikes", "transfer", "emergence", "quantize-8bit"):
        assert out_of_date(done, STAGES[name])[0] is None
    quantized_summary(done, (8,))
    mapped = pipeline.map_run(done, "loihi1", neurons_per_core=4, effort=None, sanafe_ticks=20)
    assert made() == ["map-loihi1"]
    assert mapped.chosen.valid
    shutil.rmtree(done.path / "stages")
    before = {name: digest for name, digest in before.items() if "stages/" not in name}
    assert without_mapping(content(done.path)) == without_mapping(before)


@pytest.mark.parametrize(
    ("file", "stage"),
    [
        ("analysis.json", "analysis"),
        ("network.safetensors", "prune"),
        ("network.nir", "export"),
        ("network.onnx", "export"),
        ("spikes.npz", "spikes"),
        ("mapping-loihi1.json", "map-loihi1"),
        ("lesions.json", "lesions"),
        ("transfer.json", "transfer"),
        ("raster.npz", "raster"),
        ("figures/brain_map.png", "figures"),
    ],
)
def test_a_damaged_file_is_made_again_as_it_was(done, made, file, stage):
    before = content(done.path)
    data = bytearray((done.path / file).read_bytes())
    data[len(data) // 2] ^= 1
    (done.path / file).write_bytes(data)
    ensure(done, STAGES[stage])
    assert made() == [stage]
    assert without_mapping(content(done.path)) == without_mapping(before)
    assert out_of_date(done, STAGES[stage])[0] is None


@pytest.mark.parametrize("file", ["network.nir", "spikes.npz", "network.safetensors"])
def test_a_damaged_file_without_a_record_is_made_again_or_refused(done, file):
    shutil.rmtree(done.path / "stages")
    (done.path / file).write_bytes((done.path / file).read_bytes()[:100])
    good = pipeline.map_run(done, "loihi1", neurons_per_core=4, effort=None) if file != "spikes.npz" else None
    if good is None:
        with pytest.raises(InputError, match="spikes"):
            pipeline.map_run(done, "loihi1", neurons_per_core=4, effort=None)
    else:
        assert good.chosen.valid


IMPORTS = """
import sys
from neurogrow.pipeline import {name}
assert not {{"matplotlib", "plotly"}} & set(sys.modules), "draws"
loaded = [name for name in sys.modules if name.startswith("neurogrow.")]
assert not any(name.startswith(("neurogrow.figures", "neurogrow.pipeline.run_figures")) for name in loaded)
{more}
"""


@pytest.mark.parametrize("name", ["analysis_of", "analyze", "prune_run", "export_run", "map_run", "write_card"])
def test_no_stage_but_the_figures_imports_drawing(name):
    more = "" if name in ("export_run", "map_run") else 'assert not {"onnx", "nir"} & set(sys.modules)'
    code = IMPORTS.format(name=name, more=more)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_package_itself_imports_no_torch():
    code = "import sys, neurogrow.pipeline; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
