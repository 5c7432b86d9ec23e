import subprocess
import sys
from pathlib import Path

import pytest
from support.networks import small_network

from neurogrow.errors import InputError
from neurogrow.io.files import locked, read_json, remove_leftovers, replacing, write_json, write_text
from neurogrow.network import RateNeurons


class StoppedError(Exception):
    pass


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    def stopped():
        with replacing(path) as beside:
            beside.write_text("half of the n")
            raise StoppedError

    path = write_text(tmp_path / "deep" / "file.txt", "old")
    with pytest.raises(StoppedError):
        stopped()
    assert path.read_text() == "old"
    assert [each.name for each in path.parent.iterdir()] == ["file.txt"]
    assert write_text(path, "new").read_text() == "new"


def test_what_a_killed_writer_left_can_be_removed(tmp_path):
    def left(path):
        with replacing(path) as beside:
            beside.write_text("half of the n")
            (folder / beside.name).write_bytes(beside.read_bytes())  # as if nobody had come back to remove it

    folder = tmp_path / "deep"
    kept = [write_text(folder / name, "text").name for name in ("file.txt", ".hidden", "movie.part", ".3.part")]
    for name in ("file.txt", ".hidden", "odd name.part"):
        left(tmp_path / name)
    assert len(list(folder.iterdir())) == 7
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == sorted(kept)


def test_json_has_no_nan_and_leaves_nothing_behind(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "file.json", {"value": float("nan")})
    assert not list(tmp_path.iterdir())
    assert read_json(write_json(tmp_path / "file.json", {"value": 0.1})) == {"value": 0.1}


@pytest.mark.parametrize("name", ["", ".", "folder", "file/inside", "x" * 300])
def test_a_place_that_cannot_be_written_is_refused_by_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write_text(Path(name), "text")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


def test_whoever_may_read_one_file_may_read_them_all(tmp_path):
    text, network = write_text(tmp_path / "a", "text"), small_network(RateNeurons()).save(tmp_path / "b")
    assert network.stat().st_mode == text.stat().st_mode


@pytest.mark.parametrize("text", ['{"value": NaN}', "[-Infinity]", "{", "[" * 100_000, "\xff"])
def test_what_is_not_json_is_refused_by_name(tmp_path, text):
    (tmp_path / "file.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"file\.json cannot be read as JSON"):
        read_json(tmp_path / "file.json")


HOLD = """
import sys, time
from pathlib import Path
from neurogrow.io.files import locked

with locked(Path(sys.argv[1]), "taken"):
    print("locked", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    """A second process that holds the lock until it is told to let go, or killed."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "new" / "file")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


@pytest.mark.parametrize("killed", [False, True])
def test_two_processes_do_not_hold_one_lock(tmp_path, holder, killed):
    path = tmp_path / "new" / "file"
    with pytest.raises(InputError, match="wait for it"), locked(path, "Another works here; wait for it."):
        pytest.fail("it is locked")
    if killed:
        holder.kill()
    else:
        holder.stdin.write("\n")
        holder.stdin.flush()
    with locked(path, "taken", patience=20):
        path.write_text("mine")
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_a_lock_leaves_nothing_behind_and_holds_within_a_process_too(tmp_path):
    path = tmp_path / "a" / "b" / "file"
    with locked(path, "taken"), pytest.raises(InputError, match="taken"), locked(path, "taken", patience=0.2):
        pytest.fail("it is locked")
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="cannot be written"), locked(tmp_path / ("x" * 300) / "file", "taken"):
        pytest.fail("there is no such place")
