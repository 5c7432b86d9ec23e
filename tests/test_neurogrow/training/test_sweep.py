import csv
from dataclasses import replace

import pyarrow.parquet
import pytest
import torch

from neurogrow.errors import InputError
from neurogrow.io.files import locked
from neurogrow.progress import heard_by
from neurogrow.training import Run, sweep
from neurogrow.training.shards import run_folder, train_shard
from neurogrow.training.sweep import run_sweep
from neurogrow.training.sweep_file import lay_out

BASE = """
[tasks]
names = ["go"]
ring = 4
[model]
rows = 2
cols = 3
[training]
steps = 4
batch_size = 2
ticks = 15
log_every = 2
checkpoint_every = 2
device = "cpu"
"""
GRID = BASE + "[sweep]\ngrowth.strength = [0.0, 1e-4]\ntraining.seed = [3, 4]\n"
CONDITIONS = BASE + '[[sweep.condition]]\nname = "a"\n[[sweep.condition]]\nname = "b"\ntraining.seed = 1\n'


class StoppedError(Exception):
    pass


@pytest.fixture
def grid(tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_text(GRID)
    return path


def columns(rows, *names):
    return [tuple(row[name] for name in names) for row in rows]


def test_a_sweep_trains_each_network_once_and_tables_them(grid, tmp_path):
    out, seen = tmp_path / "out", []
    with heard_by(lambda what, done, steps, row=None: seen.append((done, steps))):
        rows = run_sweep(grid, out)
    assert seen == [(2 * step, 16) for step in range(1, 9)]  # two shards of two networks each
    assert columns(rows, "run", "growth.strength", "training.seed", "finished", "step") == [
        ("0000", 0.0, 3, True, 4),
        ("0001", 0.0, 4, True, 4),
        ("0002", 1e-4, 3, True, 4),
        ("0003", 1e-4, 4, True, 4),
    ]
    assert Run.open(out / "0003").config.training.seed == 4
    assert sorted(path.name for path in (out / "shards").iterdir()) == ["0000.safetensors", "0001.safetensors"]
    again = run_sweep(grid, out, hooks=[lambda state: pytest.fail("it trains again")])
    assert again == rows


def test_both_tables_hold_the_rows(grid, tmp_path):
    rows = run_sweep(grid, tmp_path / "out")
    assert pyarrow.parquet.read_table(tmp_path / "out" / "sweep.parquet").to_pylist() == rows
    with (tmp_path / "out" / "sweep.csv").open() as file:
        assert list(csv.DictReader(file)) == [{name: str(value) for name, value in row.items()} for row in rows]


def test_conditions_are_a_column(tmp_path):
    (tmp_path / "sweep.toml").write_text(CONDITIONS)
    rows = run_sweep(tmp_path / "sweep.toml", tmp_path / "out")
    assert columns(rows, "run", "condition", "training.seed") == [("0000", "a", 0), ("0001", "b", 1)]


def test_an_interrupted_sweep_resumes_what_is_missing(grid, tmp_path):
    def stop(state):
        if (state.ensemble.shared.training.seed, state.step) == (4, 3):  # the third step of the second shard
            raise StoppedError

    with pytest.raises(StoppedError):
        run_sweep(grid, tmp_path / "cut", hooks=[stop])
    between = pyarrow.parquet.read_table(tmp_path / "cut" / "sweep.parquet").to_pylist()
    assert columns(between, "finished", "step") == [(True, 4), (False, None), (True, 4), (False, None)]
    resumed = []
    with heard_by(lambda what, done, steps, row=None: resumed.append(done)):
        rows = run_sweep(grid, tmp_path / "cut")
    assert resumed == [14, 16]
    whole = run_sweep(grid, tmp_path / "whole")
    for one, other in zip(rows, whole, strict=True):
        assert one | {"seconds": 0} == other | {"seconds": 0}
        weights = [(tmp_path / name / one["run"] / "model.safetensors").read_bytes() for name in ("cut", "whole")]
        assert weights[0] == weights[1]


def test_a_shard_that_diverges_does_not_stop_the_others(grid, tmp_path):
    def poison(state):
        if state.ensemble.shared.training.seed == 3:
            torch.nn.init.constant_(state.model.hidden_bias_RN, torch.nan)

    rows = run_sweep(grid, tmp_path / "out", hooks=[poison])
    assert columns(rows, "finished", "step") == [(False, None), (True, 4), (False, None), (True, 4)]


def test_another_error_does(grid, tmp_path, monkeypatch):
    def refuse(shard, **arguments):
        trained.append(shard)
        raise InputError("The disk is full.")

    trained = []
    monkeypatch.setattr(sweep, "train_shard", refuse)
    with pytest.raises(InputError, match="disk"):
        run_sweep(grid, tmp_path / "out")
    assert len(trained) == 1


def test_runs_with_other_settings_are_refused_before_anything_is_trained(grid, tmp_path):
    config = lay_out(grid)[3].config
    Run.create(run_folder(tmp_path, 3), replace(config, training=replace(config.training, steps=5)))
    with pytest.raises(InputError, match="0003 holds a run with other settings"):
        run_sweep(grid, tmp_path)
    assert not run_folder(tmp_path, 0).exists()


def test_one_process_trains_a_sweep(grid, tmp_path):
    with locked(tmp_path / "sweep", "taken"), pytest.raises(InputError, match="Another process is training the sweep"):
        run_sweep(grid, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["sweep.toml"]


def test_nothing_is_made_of_a_file_that_is_no_sweep(tmp_path):
    (tmp_path / "sweep.toml").write_text(BASE)
    with pytest.raises(InputError, match="no table"):
        run_sweep(tmp_path / "sweep.toml", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_shard_is_trained_by_itself_as_in_its_sweep(grid, tmp_path):
    run_sweep(grid, tmp_path / "sweep")
    configs = [network.config for network in lay_out(grid)]
    for shard in sweep.lay_out_shards(configs, tmp_path / "alone"):
        train_shard(shard)
    for index in range(4):
        one, other = (Run(run_folder(tmp_path / name, index)) for name in ("sweep", "alone"))
        assert one.fingerprint() == other.fingerprint()
