"""What can go wrong with a checkpoint: a full disk, a damaged or tampered file, a loss that is no number.

Each must end in one message that names the file or the measure, leave the last good checkpoint as it was, and not be in
the way of resuming once the fault is gone.
"""

import json
import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save
from support import TESTS

from neurogrow.errors import InputError
from neurogrow.io.tensors import read_header, read_tensors, write_tensors
from neurogrow.tasks import TaskStream
from neurogrow.training import GrowthConfig, ModelConfig, Run, TasksConfig, TrainConfig, TrainingConfig, train
from neurogrow.training.run import resumable

CONFIG = TrainConfig(
    tasks=TasksConfig(("go", "dm1", "dms"), ring=8),
    model=ModelConfig(rows=5, cols=6),
    growth=GrowthConfig(strength=1e-4, swap_every=3),
    training=TrainingConfig(
        steps=8, batch_size=4, ticks=20, log_every=2, checkpoint_every=4, warmup_steps=2, device="cpu"
    ),
)
WEIGHTS = "model.recurrent_weights_RNN"
MOMENT = "optimiser.exp_avg.recurrent_weights_RNN"


class StoppedError(Exception):
    pass


def stop_at_6(done, steps, row):
    if done == 6:
        raise StoppedError


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A run that was not interrupted, and one that was stopped at step 6, two steps after its checkpoint."""
    folder = tmp_path_factory.mktemp("faults")
    train(CONFIG, folder / "whole")
    with pytest.raises(StoppedError):
        train(CONFIG, folder / "stopped", progress=stop_at_6)
    return folder


@pytest.fixture
def stopped(folders, tmp_path):
    """A copy of the stopped run."""
    return Run(Path(shutil.copytree(folders / "stopped", tmp_path / "run")))


def resumes_to_the_same_end(run, folders):
    train(CONFIG, run.path, resume=True)
    assert run.model_path.read_bytes() == Run(folders / "whole").model_path.read_bytes()
    assert run.metrics()["step"].tolist() == [2, 4, 6, 8]
    return True


@contextmanager
def files_no_longer_than(n_bytes):
    """The system refuses to let files grow beyond this, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_stopped_run_resumes(stopped, folders):
    assert resumes_to_the_same_end(stopped, folders)


@pytest.mark.parametrize("full", ["model_path", "state_path"])
def test_a_disk_that_fills_up_in_a_checkpoint_leaves_the_one_before(stopped, folders, full):
    path = getattr(stopped, full)
    checkpoint = stopped.state_path.read_bytes()
    with (
        files_no_longer_than(path.stat().st_size // 2),
        pytest.raises(InputError, match=rf"{path.name} cannot be written"),
    ):
        train(CONFIG, stopped.path, resume=True)
    assert stopped.state_path.read_bytes() == checkpoint
    assert not list(stopped.path.rglob("*.part"))
    assert resumes_to_the_same_end(stopped, folders)


def test_a_disk_that_is_full_from_the_start_leaves_nothing_in_the_way(tmp_path):
    with files_no_longer_than(100), pytest.raises(InputError, match=r"config.toml cannot be written"):
        train(CONFIG, tmp_path / "run")
    assert train(CONFIG, tmp_path / "run").is_finished(CONFIG)


FILL = """
import json, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:4]
from test_training_faults import CONFIG
from neurogrow.errors import InputError
from neurogrow.training import Run, train

disk, messages = Path(sys.argv[1]), []
filler = disk / "filler"

def fill(done, steps, row):
    if done == 5:
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(1024)):
                    pass
            except OSError:
                file.truncate(max(0, filler.stat().st_size - room))

for room in (0, 8192):  # for the weights too little, for the checkpoint too little
    run = Run(disk / str(room))
    try:
        train(CONFIG, run.path, progress=fill)
    except InputError as error:
        messages.append(str(error))
    filler.unlink()
    assert not list(run.path.rglob("*.part"))
    train(CONFIG, run.path, resume=True)
    assert run.is_finished(CONFIG)
    messages.append(run.fingerprint())
print(json.dumps(messages))
"""


def test_a_disk_that_is_really_full(tmp_path, folders):
    """On a file system of 1 MiB, mounted where this process and its children alone see it."""
    script = 'mount -t tmpfs -o size=1m none "$1" && exec "$2" -c "$3" "$1" "$4" "$5"'
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(tmp_path), sys.executable, FILL]
    if not shutil.which("unshare") or subprocess.run([*command[:3], "sh", "-c", "mount -t tmpfs none /mnt"]).returncode:
        pytest.skip("file systems cannot be mounted here")
    done = subprocess.run(
        [*command, str(Path(__file__).parent), str(TESTS)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for message, name in zip(found[::2], ("model.safetensors", "state.safetensors"), strict=True):
        assert f"{name} cannot be written" in message
        assert "No space left on device" in message
    assert set(found[1::2]) == {Run(folders / "whole").fingerprint()}


def refused(run, damaged, match=r"state\.safetensors"):
    """Resuming is refused with a message that names the checkpoint, and no file is touched but the log."""
    run.state_path.write_bytes(damaged)
    weights = run.model_path.read_bytes()
    with pytest.raises(InputError, match=match):
        train(CONFIG, run.path, resume=True)
    assert run.state_path.read_bytes() == damaged
    assert run.model_path.read_bytes() == weights


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 1, exclude_max=True))
def test_a_truncated_checkpoint_is_refused(folders, part):
    run = Run(folders / "stopped")
    whole = run.state_path.read_bytes()
    try:
        refused(run, whole[: int(part * len(whole))])
    finally:
        run.state_path.write_bytes(whole)


def with_a_bit_flipped(content, position, bit=0):
    return content[:position] + bytes([content[position] ^ (1 << bit)]) + content[position + 1 :]


def header_ends(content):
    return 8 + int.from_bytes(content[:8], "little")


def test_a_checkpoint_with_a_flipped_bit_in_its_header_is_refused(stopped):
    whole = stopped.state_path.read_bytes()
    checksum, tensors = whole.index(b"sha256") + 12, whole.index(b"},")  # between: the checksum
    for position in [*range(9), checksum, *range(tensors, header_ends(whole), 23)]:
        refused(stopped, with_a_bit_flipped(whole, position))


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 1, exclude_max=True), st.integers(0, 7))
def test_a_checkpoint_with_a_flipped_bit_in_its_tensors_is_refused(folders, part, bit):
    run = Run(folders / "stopped")
    whole = run.state_path.read_bytes()
    position = header_ends(whole) + int(part * (len(whole) - header_ends(whole)))
    try:
        refused(run, with_a_bit_flipped(whole, position, bit), r"state\.safetensors is damaged")
    finally:
        run.state_path.write_bytes(whole)


@pytest.mark.parametrize("missing", ["step", MOMENT, WEIGHTS, "optimiser.step.hidden_bias_RN"])
def test_an_incomplete_checkpoint_is_refused(stopped, missing):
    refused(stopped, rewritten(stopped, lambda tensors: tensors.pop(missing)))


@pytest.mark.parametrize("name", [WEIGHTS, MOMENT])
def test_a_checkpoint_of_other_shapes_is_refused(stopped, name):
    refused(stopped, rewritten(stopped, lambda tensors: tensors.update({name: tensors[name][:, :-1].contiguous()})))


@pytest.mark.parametrize("name", [WEIGHTS, MOMENT])
def test_a_checkpoint_that_holds_nan_is_refused(stopped, name):
    refused(
        stopped, rewritten(stopped, lambda tensors: tensors[name].view(-1)[3].fill_(torch.nan)), "is not finite|NaN"
    )


def rewritten(run, change):
    """Return the checkpoint as it would be with other tensors, and a checksum that fits them."""
    tensors = read_tensors(run.state_path)
    change(tensors)
    other = write_tensors(run.path / "other.safetensors", tensors, read_header(run.state_path))
    damaged = other.read_bytes()
    other.unlink()
    return damaged


def test_a_loss_that_is_no_number_is_named_and_the_checkpoint_kept(stopped, folders, monkeypatch):
    def poisoned(stream):
        batch = next_batch(stream)
        batch.inputs_TBI.fill_(torch.nan)
        return batch

    checkpoint, next_batch = stopped.state_path.read_bytes(), TaskStream.next_batch
    with monkeypatch.context() as patched:
        patched.setattr(TaskStream, "next_batch", poisoned)
        with pytest.raises(
            InputError, match=r"diverged by step 6: .*cross_entropy.* is not finite.*state\.safetensors"
        ):
            train(CONFIG, stopped.path, resume=True)
    assert stopped.state_path.read_bytes() == checkpoint
    assert "nan" not in stopped.metrics_path.read_text()
    assert resumes_to_the_same_end(stopped, folders)


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors: tensors.update(step=torch.tensor(-3)),
        lambda tensors: tensors.update(step=torch.tensor(9)),  # of 8
        lambda tensors: tensors.update(step=torch.tensor(5.5)),
        lambda tensors: tensors.update(step=torch.tensor([4, 4])),
        lambda tensors: tensors.update({"optimiser.step.hidden_bias_RN": torch.ones(2)}),
        lambda tensors: tensors.update({MOMENT: tensors[MOMENT].int()}),
        lambda tensors: tensors.update({WEIGHTS: tensors[WEIGHTS].int()}),
        lambda tensors: tensors.pop("stream.generator"),
        lambda tensors: tensors["stream.generator"].zero_(),
    ],
)
def test_a_checkpoint_that_could_not_have_been_written_is_refused(stopped, change):
    refused(stopped, rewritten(stopped, change))


def test_a_checkpoint_without_a_checksum_is_refused(stopped):
    refused(stopped, save(load(stopped.state_path.read_bytes())), r"state\.safetensors is damaged")


def test_a_disk_that_fills_up_in_the_log_leaves_the_checkpoint(stopped, folders):
    checkpoint, room = stopped.state_path.read_bytes(), len(stopped.metrics_path.read_bytes()) + 20

    def fill(done, steps, row):
        if done == 5:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    with files_no_longer_than(10**6), pytest.raises(InputError, match=r"metrics\.csv cannot be written"):
        train(CONFIG, stopped.path, resume=True, progress=fill)
    assert stopped.state_path.read_bytes() == checkpoint
    assert resumes_to_the_same_end(stopped, folders)


def test_resuming_removes_what_a_killed_writer_left(stopped, folders):
    for path in (stopped.state_path, stopped.model_path):
        path.with_name(f".{path.name}.123.part").write_bytes(b"half of the n")
    assert resumes_to_the_same_end(stopped, folders)
    assert not list(stopped.path.rglob("*.part"))


def test_a_run_that_another_process_has_begun_is_not_forgotten(tmp_path):
    run = Run(tmp_path / "run")
    seen = []

    def look(done, steps, row):  # before the first checkpoint; the lock holds between threads of a process, too
        if done == 1:
            with pytest.raises(InputError, match="Another process is training"):
                resumable([run], run.state_path)
            seen.append(run.config_path.exists())

    train(CONFIG, run.path, progress=look)
    assert seen == [True]
    assert run.is_finished(CONFIG)
