import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from support import TESTS

from neurogrow.errors import InputError
from neurogrow.io.tensors import read_header
from neurogrow.training import GrowthConfig, ModelConfig, Run, TasksConfig, TrainConfig, TrainingConfig, shards, train
from neurogrow.training.ensemble import shared_part
from neurogrow.training.loop import DivergedError
from neurogrow.training.shards import Shard, activity_bytes, cut_groups, largest_piece, lay_out_shards, train_shard

CONFIG = TrainConfig(
    tasks=TasksConfig(("go",), ring=4),
    model=ModelConfig(rows=2, cols=3),
    training=TrainingConfig(steps=8, batch_size=2, ticks=15, log_every=2, checkpoint_every=4, device="cpu"),
)


def network(initial=0, **training):
    config = replace(CONFIG, model=replace(CONFIG.model, seed=initial), growth=GrowthConfig(strength=initial * 1e-5))
    return replace(config, training=replace(CONFIG.training, **training))


NETWORKS = [network(0), network(1), network(0, seed=1), network(2), network(1, seed=1)]


class StoppedError(Exception):
    pass


def stop_at(step):
    def stop(state):
        if state.step == step:
            raise StoppedError

    return [stop]


def names(laid_out):
    return [[folder.name for folder in shard.folders] for shard in laid_out]


def test_activity_by_hand():
    assert activity_bytes(CONFIG) == 3 * 15 * 2 * 6 * 4
    assert activity_bytes(network(precision="bfloat16")) == 3 * 15 * 2 * 6 * 2
    spiking = replace(CONFIG, model=replace(CONFIG.model, kind="spiking", substeps=5))
    assert activity_bytes(spiking) == 5 * activity_bytes(CONFIG)


def test_on_a_processor_no_more_networks_train_together_than_keep_a_core_busy():
    small = replace(CONFIG, model=ModelConfig(rows=8, cols=8), training=replace(CONFIG.training, batch_size=64))
    large = replace(small, model=ModelConfig(rows=20, cols=20))
    assert [largest_piece(small), largest_piece(large)] == [4_000_000 // (64 * 64**2), 1]


def test_networks_with_like_prices_stay_together():
    strengths = [1e-4, 1e-6, 3e-4, 3e-6]
    networks = [replace(CONFIG, growth=GrowthConfig(strength=strength, rule="proximal")) for strength in strengths]
    assert cut_groups(networks, range(4), 2) == [[1, 3], [0, 2]]


def test_networks_that_share_their_trials_train_together(tmp_path):
    laid_out = lay_out_shards(NETWORKS, tmp_path)
    assert names(laid_out) == [["0000", "0001", "0003"], ["0002", "0004"]]
    assert [shard.checkpoint.relative_to(tmp_path).as_posix() for shard in laid_out] == [
        "shards/0000.safetensors",
        "shards/0002.safetensors",
    ]
    assert laid_out[1].configs == (NETWORKS[2], NETWORKS[4])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("workers", "cut"),
    [
        (2, [[0, 1, 3], [2, 4]]),
        (3, [[0], [1, 3], [2, 4]]),
        (4, [[0], [1, 3], [2], [4]]),
        (9, [[0], [1], [2], [3], [4]]),
    ],
)
def test_every_worker_gets_a_shard(workers, cut):
    assert sorted(cut_groups(NETWORKS, range(5), workers)) == cut


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 2), max_size=20), st.integers(1, 9), st.integers(1, 5))
def test_a_cut_keeps_every_network_once_in_order_and_within_memory(trials, pieces, most):
    configs = [network(index, seed=seed) for index, seed in enumerate(trials)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "ACTIVITY_BYTES", most * activity_bytes(CONFIG) + 1)
        cut = cut_groups(configs, range(len(configs)), pieces)
    assert sorted(index for part in cut for index in part) == list(range(len(configs)))
    assert all(part == sorted(part) and len(part) <= most for part in cut)
    assert all(len({shared_part(configs[index]) for index in part}) == 1 for part in cut)
    assert len(cut) >= min(pieces, len(configs))


def test_networks_that_shrink_train_apart_from_those_that_do_not():
    proximal = [replace(each, growth=GrowthConfig(strength=1e-4, rule="proximal")) for each in (network(1), network(2))]
    assert cut_groups([network(1), proximal[0], network(2), proximal[1]], range(4)) == [[0, 2], [1, 3]]


def test_a_network_too_large_for_the_bound_trains_by_itself(monkeypatch):
    monkeypatch.setattr(shards, "ACTIVITY_BYTES", 1)
    assert cut_groups([CONFIG, CONFIG], [0, 1]) == [[0], [1]]


def test_a_shard_is_trained_once(tmp_path):
    shard = lay_out_shards(NETWORKS, tmp_path)[0]
    assert not shard.is_finished
    assert shard.logged() == (0, {})
    train_shard(shard)
    assert shard.is_finished
    steps, row = shard.logged()
    assert steps == shard.steps == 24
    performances = [Run(folder).last_metrics()["performance"] for folder in shard.folders]
    assert row["performance"] == pytest.approx(sum(performances) / 3)
    train_shard(shard, hooks=stop_at(1))  # which would stop if it trained
    assert read_header(shard.checkpoint)["runs"] == "0000/0001/0003"


@pytest.mark.parametrize("stopped", [3, 6])
def test_a_shard_goes_on_from_its_checkpoint_or_begins_anew(tmp_path, stopped):
    whole, cut = (lay_out_shards(NETWORKS, tmp_path / name)[0] for name in ("whole", "cut"))
    train_shard(whole)
    with pytest.raises(StoppedError):
        train_shard(cut, hooks=stop_at(stopped))
    assert cut.checkpoint.exists() == (stopped > 4)
    half, others = (cut.checkpoint.with_name(f".{name}.safetensors.1.part") for name in ("0000", "0002"))
    half.parent.mkdir(exist_ok=True)
    half.touch()
    others.touch()
    seen = []
    train_shard(cut, hooks=[lambda state: seen.append(state.step)])
    assert seen[0] == (5 if stopped > 4 else 1)
    assert (half.exists(), others.exists()) == (False, True)  # that one may be being written
    for one, other in zip(whole.folders, cut.folders, strict=True):
        assert Run(one).model_path.read_bytes() == Run(other).model_path.read_bytes()
        assert Run(one).metrics()["step"].tolist() == Run(other).metrics()["step"].tolist() == [2, 4, 6, 8]


def test_what_a_checkpoint_holds_stays_together_and_the_rest_is_cut_anew(tmp_path):
    first = lay_out_shards(NETWORKS, tmp_path)[0]
    with pytest.raises(StoppedError):
        train_shard(first, hooks=stop_at(6))
    assert names(lay_out_shards(NETWORKS, tmp_path, workers=5)) == [["0000", "0001", "0003"], ["0002"], ["0004"]]
    more = [*NETWORKS, network(3)]
    assert names(lay_out_shards(more, tmp_path)) == [["0000", "0001", "0003"], ["0002", "0004"], ["0005"]]


def test_finished_networks_need_no_checkpoint(tmp_path):
    for shard in lay_out_shards(NETWORKS, tmp_path):
        train_shard(shard)
        shard.checkpoint.unlink()
    assert lay_out_shards(NETWORKS, tmp_path, workers=3) == []


def test_a_folder_of_another_sweep_is_refused(tmp_path):
    train_shard(lay_out_shards(NETWORKS, tmp_path)[1])
    with pytest.raises(InputError, match=r"0002 holds a run with other settings"):
        lay_out_shards([network(seed) for seed in range(5)], tmp_path)
    with pytest.raises(InputError, match=r"0002\.safetensors holds a network '0004' of which there is no run folder"):
        lay_out_shards(NETWORKS[:4], tmp_path)
    Run(tmp_path / "0004").config_path.unlink()
    with pytest.raises(InputError, match=r"remove that file to train its networks anew"):
        lay_out_shards(NETWORKS, tmp_path)


def poisoned(replicas, at):
    """From a step on these replicas' weights are no numbers."""

    def poison(state):
        if state.step == at:
            with torch.no_grad():
                state.model.recurrent_weights_RNN[replicas] = torch.nan

    return [poison]


def test_a_shard_with_a_diverged_network_is_finished_without_it(tmp_path):
    shard = lay_out_shards(NETWORKS, tmp_path)[0]
    train_shard(shard, hooks=poisoned([1], at=5))
    assert shard.is_finished
    assert [Run(f).is_finished(c) for f, c in zip(shard.folders, shard.configs, strict=True)] == [True, False, True]
    train_shard(shard, hooks=stop_at(1))
    assert shard.logged()[0] == shard.steps


def test_a_shard_whose_networks_all_diverge_says_so(tmp_path):
    shard = lay_out_shards(NETWORKS, tmp_path)[0]
    with pytest.raises(DivergedError, match="diverged by step 6"):
        train_shard(shard, hooks=poisoned([0, 1, 2], at=5))
    assert not shard.is_finished


TRAIN = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:4]
from test_shards import CONFIG
from neurogrow.training import train

def wait(state):
    if state.step == 5:
        print("training", flush=True)
        sys.stdin.readline()

train(CONFIG, Path(sys.argv[1]), hooks=[wait])
"""


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    run = Run(tmp_path / "run")
    command = [sys.executable, "-c", TRAIN, str(run.path), str(TESTS / "test_neurogrow" / "training"), str(TESTS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "training\n"
        shard = Shard((CONFIG,), (run.path,), run.state_path)
        for attempt in (lambda: train(CONFIG, run.path, resume=True), lambda: train_shard(shard)):
            with pytest.raises(InputError, match=r"Another process is training in .*run; wait for it or stop it"):
                attempt()
        other.kill()
    train(CONFIG, run.path, resume=True)
    assert run.metrics()["step"].tolist() == [2, 4, 6, 8]
    assert run.is_finished(CONFIG)
    assert sorted(path.name for path in run.state_path.parent.iterdir()) == ["state.safetensors"]
