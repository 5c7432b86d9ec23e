import csv

import pytest

from neurogrow.errors import InputError
from neurogrow.training import Run
from neurogrow.training.sweep import lay_out, run_sweep

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
"""
GRID = BASE + '[sweep]\n"growth.strength" = [0.0, 1e-4]\n"training.seed" = [3, 4]\n'


def write(tmp_path, text):
    path = tmp_path / "sweep.toml"
    path.write_text(text)
    return path


def test_every_combination_is_laid_out_once(tmp_path):
    networks = lay_out(write(tmp_path, GRID))
    found = [(config.growth.strength, config.training.seed) for _, config in networks]
    assert found == [(0.0, 3), (0.0, 4), (1e-4, 3), (1e-4, 4)]
    assert all(config.model.cols == 3 for _, config in networks)


def test_a_sweep_trains_each_network_once_and_tables_them(tmp_path):
    path, out = write(tmp_path, GRID), tmp_path / "out"
    rows = run_sweep(path, out)
    assert [row["growth.strength"] for row in rows] == [0.0, 0.0, 1e-4, 1e-4]
    assert Run.open(out / "0003").config.training.seed == 4
    with (out / "sweep.csv").open() as file:
        assert [float(row["cross_entropy"]) for row in csv.DictReader(file)] == [row["cross_entropy"] for row in rows]
    trained = []
    again = run_sweep(path, out, progress=lambda done, steps, row: trained.append(done))
    assert (again, trained) == (rows, [])


def test_an_interrupted_sweep_resumes_what_is_missing(tmp_path):
    class StoppedError(Exception):
        pass

    def stop(done, steps, row):
        calls.append(done)
        if len(calls) == 7:
            raise StoppedError

    path, calls = write(tmp_path, GRID), []
    with pytest.raises(StoppedError):
        run_sweep(path, tmp_path / "cut", progress=stop)
    resumed = []
    rows = run_sweep(path, tmp_path / "cut", progress=lambda done, steps, row: resumed.append(done))
    assert resumed == [3, 4, 1, 2, 3, 4, 1, 2, 3, 4]
    whole = run_sweep(path, tmp_path / "whole")
    assert [row["cross_entropy"] for row in rows] == [row["cross_entropy"] for row in whole]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BASE, "no table"),
        (BASE + '[sweep]\n"training.seed" = 3\n', "must be a list"),
        (BASE + '[sweep]\n"growth.strenth" = [1.0]\n', "Did you mean 'strength'"),
        (BASE + '[sweep]\n"training.seed" = [1, -1]\n', "training.seed"),
        (BASE + '[sweep]\n"tasks.ring" = [4, 5]\n', "even number of directions"),
        (BASE + '[sweep]\n"tasks.names" = [["go"], ["og"]]\n', "no task 'og'"),
        ('model = 3\n[sweep]\n"model.rows" = [1]\n', "not a table"),
    ],
)
def test_a_file_that_is_no_sweep_is_refused_before_anything_is_trained(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        run_sweep(write(tmp_path, text), tmp_path / "out")
    assert not (tmp_path / "out").exists()
