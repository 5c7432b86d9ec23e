"""The short form of ``python tools/faults.py``: each fault once to training and sweeps; a loss would be seen."""

import json
import subprocess
import sys

import pytest
from faults import FAULTS, STAGES, Bench, contents
from kill_training import DataLostError
from support import ROOT

HERE = ROOT / "tools"


@pytest.fixture(scope="module")
def outcome():
    """The tally of a process of its own, because it forks."""
    done = subprocess.run(
        [sys.executable, "faults.py", "training", "sweep", "--tries", "1", "--json"],
        capture_output=True,
        text=True,
        cwd=HERE,
        timeout=600,
    )
    return done.returncode, json.loads(done.stdout)


def test_nothing_is_lost_by_any_fault_in_training(outcome):
    status, tally = outcome
    assert tally["lost"] == []
    assert status == 0
    assert set(tally["faults"]) == {f"{fault}, {stage.name}" for fault in FAULTS for stage in STAGES[:2]}
    assert all(each == {"tried": 1, "survived": 1} for each in tally["faults"].values())


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda out: (out / "file").write_text("ha"), "neither the old file nor the new one"),
        (lambda out: (out / "file").unlink(), "gone"),
        (lambda out: (out / "further").write_text("left over"), "neither the old file nor the new one"),
    ],
)
def test_files_that_are_half_lost_or_left_over_are_seen(tmp_path, harm, message):
    stage = STAGES[2]
    for name, text in ((f"whole {stage.name}", "half a file, whole"), ("tried", "old")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(text)
    before = contents(tmp_path / "tried")
    harm(tmp_path / "tried")
    with pytest.raises(DataLostError, match=message):
        Bench(tmp_path, None).again(stage, tmp_path / "tried", before)
