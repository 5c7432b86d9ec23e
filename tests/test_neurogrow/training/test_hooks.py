from dataclasses import replace

import pytest

from neurogrow.progress import TRAINING_STEPS, heard_by
from neurogrow.training import GrowthConfig, ModelConfig, StopTraining, TasksConfig, TrainConfig, TrainingConfig, train
from neurogrow.training.loop import DivergedError
from neurogrow.training.run import grown
from neurogrow.training.shards import Shard, train_shard

CONFIG = TrainConfig(
    tasks=TasksConfig(("go",), ring=4),
    model=ModelConfig(rows=2, cols=3),
    growth=GrowthConfig(swap_every=3),
    training=TrainingConfig(steps=8, batch_size=2, ticks=15, log_every=2, checkpoint_every=4, device="cpu"),
)


def stop_at(step):
    def stop(state):
        if state.step == step:
            raise StopTraining

    return stop


def test_hooks_see_every_step_in_turn_with_the_last_row_of_metrics(tmp_path):
    seen = []
    hooks = [lambda state: seen.append((state.step, state.metrics.get("step"))), lambda state: seen.append("next")]
    train(CONFIG, tmp_path / "run", hooks=hooks)
    assert seen[::2] == [(1, None), (2, 2), (3, 2), (4, 4), (5, 4), (6, 6), (7, 6), (8, 8)]
    assert seen[1::2] == ["next"] * 8


@pytest.mark.parametrize(("step", "logged"), [(1, [1]), (4, [2, 4]), (5, [2, 4, 5]), (8, [2, 4, 6, 8])])
def test_a_hook_ends_training_and_the_run_says_where(tmp_path, step, logged):
    heard = []
    with heard_by(lambda *words: heard.append(words[:3])):
        run = train(CONFIG, tmp_path / "run", hooks=[stop_at(step)])
    assert run.metrics()["step"].tolist() == logged
    assert run.is_finished(CONFIG)
    assert heard[-1] == (TRAINING_STEPS, 8, 8)
    short = replace(CONFIG, training=replace(CONFIG.training, steps=8))
    again = grown(short, run.path, lambda **_: pytest.fail("a run that was ended is not trained on"))
    assert again == run


def test_a_run_that_was_ended_can_be_resumed_to_the_same_end(tmp_path):
    whole = train(CONFIG, tmp_path / "whole")
    run = train(CONFIG, tmp_path / "run", hooks=[stop_at(5)])
    ended = run.fingerprint()
    resumed = train(CONFIG, tmp_path / "run", resume=True)
    assert resumed.fingerprint() == whole.fingerprint() != ended
    assert resumed.metrics()["step"].tolist() == [2, 4, 5, 6, 8]
    assert run.model_path.read_bytes() == whole.model_path.read_bytes()


def test_a_shard_that_was_ended_is_finished(tmp_path):
    shard = Shard((CONFIG, replace(CONFIG, growth=GrowthConfig(strength=1.0))), (tmp_path / "0", tmp_path / "1"),
                  tmp_path / "all.safetensors")  # fmt: skip
    train_shard(shard, hooks=[stop_at(3)])
    assert shard.is_finished
    assert shard.logged()[0] == 2 * 3


def test_training_that_is_ended_after_it_diverged_says_so(tmp_path):
    def poison(state):
        state.model.hidden_bias_RN.data.fill_(float("nan"))
        if state.step == 3:
            raise StopTraining

    with pytest.raises(DivergedError, match="diverged by step 2"):
        train(CONFIG, tmp_path / "run", hooks=[poison])


def test_another_error_in_a_hook_is_not_hidden(tmp_path):
    with pytest.raises(ZeroDivisionError):
        train(CONFIG, tmp_path / "run", hooks=[lambda state: 1 / (3 - state.step)])
