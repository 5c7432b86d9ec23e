import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from support import ROOT

from neurogrow.cli import main

CONFIG = """
[tasks]
names = ["go", "dm1", "dms"]
ring = 8
[model]
rows = 4
cols = 4
substeps = 3
[growth]
swap_every = 10
[training]
steps = 30
batch_size = 8
ticks = 30
log_every = 10
learning_rate = 5e-3
warmup_steps = 5
"""


TINY_CHIP = """
name = "tiny"
title = "One core of three neurons"
[topology]
kind = "mesh"
columns = { value = 1, unit = "tiles", evidence = "E", source = "made up" }
rows = { value = 1, unit = "tiles", evidence = "E", source = "made up" }
cores_per_tile = { value = 1, unit = "cores", evidence = "E", source = "made up" }
[routing]
order = "xy"
kind = "multicast"
own_core_packets = false
source = "made up"
[limits]
neurons_per_core = { value = 3, unit = "neurons", evidence = "E", source = "made up" }
"""


def run(capsys, *arguments):
    """Run a command; return its exit status, standard output and standard error."""
    status = 0
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as exit_:
        status = exit_.code or 0
    out, err = capsys.readouterr()
    return status, out, err


def run_json(capsys, *arguments):
    """Run a command with --json; its keys are those that docs/json.md promises, and all of them are there."""
    status, out, err = run(capsys, *arguments, "--json")
    assert status == 0, err
    value = json.loads(out)
    assert set(value) in promised_keys(str(arguments[0])), f"docs/json.md says other keys of {arguments[0]}"
    return value


def promised_keys(command):
    """Sets of keys at the top level, one for each line about a command."""
    page = (ROOT / "docs" / "json.md").read_text()
    lines = dict(re.findall(r"^\| `([a-z].*?)` \| (.*) \|$", page, re.M))
    texts = [lines["train"] if text.startswith("as `train`") else text for text in _of(command, lines)]
    outside = [re.sub(r": `.*|\([^)]*\)|;.*", "", text) for text in texts]
    return [set(re.findall(r"`(\w+)`", text)) for text in outside]


def _of(command, lines):
    return [text for name, text in lines.items() if name.split()[0] == command]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    (folder / "small.toml").write_text(CONFIG)
    main(["train", str(folder / "small.toml"), "--out", str(folder / "rate")])
    main(["spike", str(folder / "rate"), "--out", str(folder / "spiking"), "--training.steps", "40"])
    main(["export", str(folder / "spiking"), "--no-quantized"])
    return folder


def test_a_flag_overrides_the_file_and_the_file_the_defaults(folder, capsys):
    value = run_json(
        capsys, "train", folder / "small.toml", "--out", folder / "flags", "--training.steps", 20, "--model.cols", 3,
        "--tensorboard",
    )  # fmt: skip
    assert value["metrics"]["step"] == 20
    assert list((folder / "flags" / "tensorboard").iterdir())
    text = (folder / "flags" / "config.toml").read_text()
    assert "cols = 3" in text
    assert "rows = 4" in text
    assert '"dms"' in text
    assert '"dnms"' not in text


def test_a_spiking_run_has_its_rate_runs_settings(folder):
    text = (folder / "spiking" / "config.toml").read_text()
    assert 'kind = "spiking"' in text
    assert "cols = 4" in text
    assert "steps = 40" in text


@pytest.mark.parametrize("run_name", ["rate", "spiking"])
def test_every_stage_prints_what_it_wrote(folder, capsys, run_name):
    path = folder / run_name
    measured = run_json(capsys, "analyze", path, "--trials", 20)
    analysis = json.loads((path / "analysis.json").read_text())
    performance = measured["performance"]
    assert performance["mean"] == pytest.approx(np.mean(analysis["performance_K"]))
    assert performance["ceiling"] == pytest.approx(np.mean(analysis["ceiling_K"]))
    assert list(performance["per_task"].values()) == analysis["performance_K"]
    assert list(performance["ceiling_per_task"].values()) == analysis["ceiling_K"]
    assert measured["isolated"]["fraction"] == analysis["chosen"]["isolated_fraction"]["value"]
    for measure, null in (("isolated", "isolated_fraction"), ("cluster_size", "cluster_size")):
        assert measured[measure]["z"] == analysis["chosen"][null]["z"]
    assert measured["cluster_size"]["value"] == analysis["chosen"]["cluster_size"]["value"]
    assert run_json(capsys, "prune", path)["neurons"] <= 16
    exported = run_json(capsys, "export", path, "--no-quantized", "--readers", "numpy", "--readers", "snntorch")
    parity = json.loads((path / "parity.json").read_text())
    assert exported["onnx"] == parity["onnx"] | {"path": str(path / "network.onnx")}
    in_onnxruntime = exported["parity"]["onnxruntime"]
    assert in_onnxruntime["max_abs_diff"] < 1e-5
    assert in_onnxruntime["max_abs_diff_logits"] < 1e-6 * max(1, in_onnxruntime["max_abs_logit"])
    if run_name == "spiking":
        assert exported["nir"] == parity["nir"] | {"path": str(path / "network.nir")}
        for name in ("numpy", "snntorch", "onnxruntime"):
            assert exported["parity"][name]["mismatched_bins"] == 0
    else:
        assert exported["nir"] is None
    for file in exported["files"]:
        assert Path(file).exists()


def test_export_shows_its_dialects(capsys):
    shown = run_json(capsys, "export", "--dialects")["dialects"]
    assert list(shown) == ["norse", "spikingjelly", "snntorch", "rockpool", "spyx", "sinabs"]
    assert shown["norse"]["exact"]
    assert not shown["spyx"]["exact"]
    status, out, _ = run(capsys, "export", "--dialects")
    assert status == 0
    assert "reset by subtraction" in out
    status, _, err = run(capsys, "export")
    assert status == 2
    assert "The run is missing" in err


def test_map_compare_and_report(folder, capsys):
    mapped = run_json(capsys, "map", folder / "spiking", "--chip", "loihi1", "--neurons-per-core", 3)
    assert mapped["valid"]
    assert mapped["random"]["cores_used"] >= 1
    by_file = run_json(
        capsys, "map", folder / "spiking" / "network.nir", "--spikes", folder / "spiking" / "spikes.npz",
        "--chip", "loihi1", "--neurons-per-core", 3, "--out", folder,
    )  # fmt: skip
    assert by_file["spike_hops"] == mapped["spike_hops"]
    elsewhere = run_json(capsys, "map", folder / "spiking", "--chip", "loihi1", "--out", folder / "mapped")
    assert Path(elsewhere["file"]) == folder / "mapped" / "mapping-loihi1.json"
    assert elsewhere["cores_used"] == 1
    kept = json.loads((folder / "spiking" / "mapping-loihi1.json").read_text())
    assert kept["cores_used"] == mapped["cores_used"]
    nir_file = folder / "spiking" / "network.nir"
    at_one_rate = run_json(capsys, "map", nir_file, "--chip", "loihi1", "--rate", 0.5, "--out", folder / "guessed")
    written = json.loads(Path(at_one_rate["file"]).read_text())
    spiking = sum(each["stop"] - each["start"] for each in written["workload"]["populations"] if each["kind"] == "LIF")
    assert written["workload"]["spikes"] == 500 * spiking
    assert "0.5 times per tick" in written["assumptions"][0]
    (folder / "tiny.toml").write_text(TINY_CHIP)
    several = run_json(
        capsys, "map", folder / "spiking", "--chip", "loihi1", "--chip", folder / "tiny.toml", "--chip", "loihi2",
        "--out", folder / "several",
    )  # fmt: skip
    assert [each["chip"] for each in several["chips"]] == ["loihi1", "tiny", "loihi2"]
    assert [each.get("valid") for each in several["chips"]] == [True, None, True]
    assert "neurons" in several["chips"][1]["refused"]
    compared = run_json(capsys, "compare", folder / "rate", folder / "spiking", "--out", folder / "both")
    assert [0.9 < row["ceiling"] <= 1 for row in compared["rows"]] == [True, True]
    assert [row["name"] for row in compared["rows"]] == ["rate", "spiking"]
    assert (folder / "both" / "comparison.png").stat().st_size > 10_000
    page = run_json(capsys, "report", folder / "rate", folder / "spiking", "--out", folder / "report.html")
    assert "<html" in Path(page["file"]).read_text()[:1000]


def test_sweep(folder, capsys):
    (folder / "sweep.toml").write_text(CONFIG + '[sweep]\n"growth.strength" = [0.0, 1e-3]\n')
    value = run_json(capsys, "sweep", folder / "sweep.toml", "--out", folder / "sweep")
    assert [row["growth.strength"] for row in value["runs"]] == [0.0, 1e-3]
    assert [row["finished"] for row in value["runs"]] == [True, True]
    assert value["diverged"] == []
    status, out, _ = run(capsys, "sweep", folder / "sweep.toml", "--out", folder / "sweep")
    assert (status, "0001" in out) == (0, True)
    areas = run_json(capsys, "tradeoff", folder / "sweep", "--out", folder / "trade-off", "--worst-error", 1)
    assert areas["worst_error"] == 1
    assert [network["strength"] for network in areas["networks"]] == [0.0, 1e-3]
    page = run_json(capsys, "report", folder / "trade-off", folder / "rate")
    assert Path(page["file"]) == folder / "trade-off" / "report.html"
    assert "Sparsity against error" in Path(page["file"]).read_text()
    status, _, err = run(capsys, "report", folder / "sweep")
    assert (status, "neurogrow tradeoff" in err) == (2, True)


def test_a_sweep_names_the_networks_that_diverge(folder, capsys, monkeypatch):
    def run_sweep(*arguments):
        return [{"run": "0000", "finished": True, "step": 30.0}, {"run": "0001", "finished": False, "step": None}]

    monkeypatch.setattr("neurogrow.training.sweep.run_sweep", run_sweep)
    status, out, err = run(capsys, "sweep", folder / "small.toml", "--json")
    assert (status, json.loads(out)["diverged"]) == (0, ["0001"])
    assert "Diverged: 0001" in err


def test_what_there_is(capsys):
    tasks = run_json(capsys, "tasks")["tasks"]
    assert len(tasks) == 82
    assert tasks[0]["collections"] == ["yang19", "modcog"]
    assert tasks[-1]["collections"] == ["modcog"]
    assert run_json(capsys, "tasks", "yang19")["tasks"] == tasks[:20]
    assert "loihi1" in [chip["name"] for chip in run_json(capsys, "chips")["chips"]]
    assert run_json(capsys, "chips", "loihi1")["limits"]["neurons_per_core"]["value"] == 1024
    names = [preset["name"] for preset in run_json(capsys, "presets")["presets"]]
    assert {"paper-bimt", "paper-l1", "paper-none", "small-bimt"} <= set(names)
    assert "[training]" in run_json(capsys, "presets", "small-bimt")["toml"]


def test_a_preset_is_printed_as_a_toml_file(capsys):
    _, out, _ = run(capsys, "presets", "small-bimt")
    assert out == run_json(capsys, "presets", "small-bimt")["toml"]
    assert tomllib.loads(out)["training"]["steps"] > 0


def test_square_brackets_in_names_are_no_markup(folder, capsys):
    status, out, err = run(capsys, "train", folder / "small.toml", "--training.steps", 1, "--out", folder / "[b] [/x]")
    assert status == 0
    assert "[b] [/x]" in "".join(out.split("\n")[:3])
    assert "[b] [/x]" in " ".join(err.split())


def test_a_run_can_be_named_from_within(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder / "rate")
    run_json(capsys, "spike", ".", "--training.steps", 1)
    assert (folder / "rate-spiking" / "model.safetensors").exists()


COMMANDS = [
    "demo",
    "train",
    "spike",
    "analyze",
    "prune",
    "export",
    "map",
    "compare",
    "sweep",
    "report",
    "tasks",
    "chips",
    "presets",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(capsys, command):
    status, out, _ = run(capsys, command, "--help")
    assert status == 0
    assert "--json" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "{}/unknown-key.toml", "--out", "{}/new"], "Did you mean 'steps'"),
        (["train", "{}/unknown-task.toml", "--out", "{}/new"], "Did you mean 'dm1'"),
        (["train", "{}/none.toml", "--out", "{}/new"], "does not exist"),
        (["train", "smal-bimt", "--out", "{}/new"], "Did you mean 'small-bimt'"),
        (["train", "{}/small.toml", "--training.steps", "-3", "--out", "{}/new"], "greater than or equal to 1"),
        (["train", "{}/small.toml", "--training.step", "3", "--out", "{}/new"], "Did you mean --training.steps"),
        (["train", "{}/small.toml", "--out", "{}/rate"], "already holds a run"),
        (["train", "{}/small.toml", "--out", "{}/" + "x" * 300], "File name too long"),
        (["train", "{}/small.toml", "--model.rows", "1000000", "--out", "{}/new"], "Not enough memory"),
        (["analyze", "{}"], "not a run folder"),
        (["analyze", "{}/untrained"], "no model.safetensors"),
        (["export", "{}/nothing"], "no run folder"),
        (["map", "{}/small.toml", "--spikes", "{}/small.toml", "--chip", "loihi1"], "cannot be read as a NIR file"),
        (["map", "{}/spiking/network.nir", "--chip", "loihi1", "--rate", "2"], "from 0 to 1"),
        (
            ["map", "{}/spiking/network.nir", "--chip", "loihi1", "--rate", "1", "--spikes", "{}/s"],
            "give only one of them",
        ),
        (["map", "{}/spiking", "--chip", "loihi1", "--rate", "0.1"], "only for NIR files"),
        (["map", "{}/spiking", "--chip", "{}/tiny.toml", "--chip", "xyloaudio2", "--neurons-per-core", "9"], "tiny"),
        (["map", "{}/rate", "--chip", "loihi1"], "neurogrow spike"),
        (["map", "{}/spiking", "--chip", "{}/tiny.toml"], "neurons"),
        (["map", "{}/spiking", "--chip", "loihi1", "--chip", "loihi1"], "loihi1 is named twice"),
        (["map", "{}/spiking", "--chip", "loihi"], "Did you mean 'loihi1'"),
        (["map", "{}/none.nir", "--chip", "loihi1"], "no run folder or NIR file"),
        (["compare", "{}/rate"], "at least two"),
        (["compare", "a={}/rate", "{}/spiking"], "belongs to no condition"),
        (["compare", "{}/rate", "{}/spiking/../rate"], "occurs twice"),
        (["sweep", "{}/small.toml", "--out", "{}/new"], "no table"),
        (["sweep", "{}/small.toml", "--out", "{}/new", "--workers", "-1"], "not negative"),
        (["chips", "nochip"], "nochip"),
        (["presets", "paper-bint"], "Did you mean 'paper-bimt'"),
        (["trian"], "trian"),
    ],
)
def test_mistakes_end_with_status_2_one_message_and_nothing_written(folder, capsys, arguments, message):
    (folder / "unknown-key.toml").write_text("[training]\nstep = 3\n")
    (folder / "unknown-task.toml").write_text('[tasks]\nnames = ["dm11"]\n')
    (folder / "untrained").mkdir(exist_ok=True)
    (folder / "untrained" / "config.toml").write_text(CONFIG)
    (folder / "tiny.toml").write_text(TINY_CHIP)
    before = sorted(folder.rglob("*"))
    status, out, err = run(capsys, *(argument.format(folder) for argument in arguments))
    assert (status, out) == (2, "")
    assert message in " ".join(err.split())
    assert "Traceback" not in err
    assert sorted(folder.rglob("*")) == before


def test_an_interrupted_run_says_how_to_go_on(folder, capsys, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("neurogrow.training.train", interrupted)
    status, out, err = run(capsys, "train", folder / "small.toml", "--out", folder / "interrupted")
    assert (status, out) == (130, "")
    assert "--resume" in err


def test_the_module_runs_as_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "neurogrow", "analyze", "/nowhere"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: There is no run folder /nowhere")
