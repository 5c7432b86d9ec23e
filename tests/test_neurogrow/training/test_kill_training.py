"""The short form of ``python tools/kill_training.py``: a few real kills, and proof that a loss would be seen."""

import json
import subprocess
import sys

import pytest
from kill_training import difference
from support import ROOT

BOTH = """
import kill_training
from neurogrow.training.state import TrainingState

def forgetful(state, run):
    restore(state, run)
    state.stream.next_batch()  # one batch is lost

few = ["--command-line", "0", "--steps", "18", "--json"]
honest = kill_training.main(["--kills", "4", *few])
restore, TrainingState.restore = TrainingState.restore, forgetful
sabotaged = kill_training.main(["--kills", "3", *few])
print([honest, sabotaged])
"""


@pytest.fixture(scope="module")
def outcomes():
    """Exit status and tally of training as it is, and of training whose resume loses a batch; in a process of their
    own, because they fork, and one process, because imports take longest."""
    done = subprocess.run([sys.executable, "-c", BOTH], capture_output=True, text=True, cwd=ROOT / "tools", timeout=120)
    *tallies, statuses = map(json.loads, done.stdout.splitlines())
    return list(zip(statuses, tallies, strict=True))


def test_runs_killed_at_any_moment_end_as_if_they_had_not_been(outcomes):
    status, tally = outcomes[0]
    assert (status, tally["tried"], tally["survived"], tally["lost"]) == (0, 4, 4, [])


def test_a_resume_that_loses_a_batch_is_seen(outcomes):
    status, tally = outcomes[1]
    assert status == 1
    assert tally["lost"]
    assert tally["survived"] < tally["tried"] == 3


@pytest.mark.parametrize(
    ("weights", "table", "found"),
    [
        (b"weights", "step,loss,seconds\n2,0.5,9\n4,0.25,10\n", ""),
        (b"weighty", "step,loss,seconds\n2,0.5,1\n4,0.25,3\n", "model.safetensors differs"),
        (b"weights", "step,loss,seconds\n2,0.5,1\n4,0.26,3\n", "metrics.csv differs"),
        (b"weights", "step,loss,seconds\n2,0.5,1\n", "1 rows instead of 2"),
        (b"weights", "step,loss,seconds\n2,0.5,1\n4,0.25,3\n4,0.25,3\n", "3 rows instead of 2"),
    ],
)
def test_what_differs_is_named_and_seconds_do_not(tmp_path, weights, table, found):
    whole, other = tmp_path / "whole", tmp_path / "other"
    for folder, model, metrics in (
        (whole, b"weights", "step,loss,seconds\n2,0.5,1\n4,0.25,2\n"),
        (other, weights, table),
    ):
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(model)
        (folder / "metrics.csv").write_text(metrics)
    assert found in difference(whole, other)
    assert bool(found) == bool(difference(whole, other))
