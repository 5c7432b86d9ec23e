import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neurogrow.errors import InputError
from neurogrow.models import RateRNN, SpikingRNN
from neurogrow.progress import heard_by
from neurogrow.training import GrowthConfig, ModelConfig, Run, TasksConfig, TrainConfig, TrainingConfig, train
from neurogrow.training.build import build_model
from neurogrow.training.loop import processor_threads
from neurogrow.training.state import TrainingState
from neurogrow.training.step import clip_gradients, learning_rate_at


def tiny(kind="rate", **training):
    return TrainConfig(
        tasks=TasksConfig(("go", "dm1", "dms"), ring=8),
        model=ModelConfig(kind=kind, rows=3, cols=4, substeps=2),
        growth=GrowthConfig(strength=1e-4, swap_every=3),
        training=TrainingConfig(
            **(
                {"steps": 8, "batch_size": 4, "ticks": 30, "log_every": 2, "checkpoint_every": 4, "warmup_steps": 2}
                | training
            )
        ),
    )


def weights(run):
    return run.load_model().state_dict()


@pytest.mark.parametrize(("kind", "model"), [("rate", RateRNN), ("spiking", SpikingRNN)])
def test_training_leaves_a_readable_run(tmp_path, kind, model):
    seen = []
    config = tiny(kind)
    with heard_by(lambda what, done, steps, row=None: seen.append((done, steps))):
        run = train(config, tmp_path / "run")
    assert seen == [(step, 8) for step in range(1, 9)]
    assert run.config == config
    assert isinstance(run.load_model(), model)
    metrics = run.metrics()
    assert metrics["step"].tolist() == [2, 4, 6, 8]
    assert all(np.isfinite(column).all() for column in metrics.values())
    assert (metrics["performance"] >= 0).all()
    assert not list(run.path.rglob("*.part"))


def test_training_learns(tmp_path):
    config = TrainConfig(
        tasks=TasksConfig(("go", "anti"), ring=4),
        model=ModelConfig(rows=4, cols=5),
        training=TrainingConfig(steps=150, batch_size=16, ticks=30, learning_rate=1e-2, warmup_steps=10, log_every=150),
    )
    assert train(config, tmp_path / "run").metrics()["performance"][-1] > 0.9


def test_the_penalty_makes_the_wiring_shorter(tmp_path):
    def wiring(name, strength):
        config = TrainConfig(
            tasks=TasksConfig(("go",), ring=8),
            model=ModelConfig(rows=4, cols=4),
            growth=GrowthConfig(strength=strength, swap_every=10),
            training=TrainingConfig(steps=60, batch_size=4, ticks=20, log_every=60, learning_rate=5e-3, warmup_steps=5),
        )
        return train(config, tmp_path / name).metrics()["wiring_cost"][-1]

    assert wiring("grown", 1e-2) < 0.7 * wiring("free", 0.0)


@pytest.mark.parametrize("kind", ["rate", "spiking"])
def test_a_resumed_run_ends_bit_for_bit_as_one_that_was_not_interrupted(tmp_path, kind):
    class StoppedError(Exception):
        pass

    def interrupt(state):
        if state.step == 6:
            raise StoppedError

    whole = train(tiny(kind), tmp_path / "whole")
    with pytest.raises(StoppedError):
        train(tiny(kind), tmp_path / "cut", hooks=[interrupt])
    resumed = train(tiny(kind), tmp_path / "cut", resume=True)
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(resumed)[name]), name
    assert resumed.metrics()["step"].tolist() == [2, 4, 6, 8]
    assert (np.diff(resumed.metrics()["seconds"]) >= 0).all()
    np.testing.assert_array_equal(resumed.metrics()["cross_entropy"], whole.metrics()["cross_entropy"])


def test_a_run_is_never_overwritten_and_resumes_only_as_itself(tmp_path):
    train(tiny(steps=2), tmp_path / "run")
    with pytest.raises(InputError, match="already holds a run"):
        train(tiny(steps=2), tmp_path / "run")
    with pytest.raises(InputError, match="differs from the configuration"):
        train(tiny(steps=3), tmp_path / "run", resume=True)


def test_a_run_without_a_checkpoint_cannot_be_resumed(tmp_path):
    Run.create(tmp_path / "run", tiny(steps=2))
    with pytest.raises(InputError, match="stopped before its first checkpoint"):
        train(tiny(steps=2), tmp_path / "run", resume=True)


@pytest.mark.parametrize(("side", "threads", "wanted"), [(3, 0, 1), (3, 2, 2), (400, 0, 3), (400, 1, 1)])
def test_only_large_networks_share_their_products_among_threads(side, threads, wanted):
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        config = replace(tiny(threads=threads), model=ModelConfig(rows=side, cols=10))
        with processor_threads(config):
            assert torch.get_num_threads() == wanted
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("written", [(), ("model",)])
def test_a_run_killed_while_it_saves_for_the_last_time_is_made_whole(tmp_path, monkeypatch, written):
    def killed(state, path, names):
        if state.step < 8:
            return save(state, path, names)
        if "model" not in written:
            run.model_path.write_bytes(before)
        raise KeyboardInterrupt

    def keep_first(state):
        if state.step == 7:
            nonlocal before
            before = run.model_path.read_bytes()

    run, before, save = Run(tmp_path / "cut"), b"", TrainingState.save
    monkeypatch.setattr(TrainingState, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        train(tiny(), run.path, hooks=[keep_first])
    monkeypatch.undo()
    assert run.metrics()["step"][-1] == 8
    assert run.is_finished(tiny()) == ("model" in written)
    whole, resumed = train(tiny(), tmp_path / "whole"), train(tiny(), run.path, resume=True)
    assert resumed.is_finished(tiny())
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(resumed)[name])


def test_a_network_of_another_shape_is_no_start(tmp_path):
    other = build_model(replace(tiny(), model=ModelConfig(rows=2, cols=2)))
    with pytest.raises(InputError, match="The network to start from does not hold"):
        train(tiny(), tmp_path / "run", initial=other)
    assert not (tmp_path / "run").exists()


def test_a_damaged_checkpoint_is_refused_by_name(tmp_path):
    run = train(tiny(steps=2), tmp_path / "run")
    run.state_path.write_bytes(run.state_path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"state.safetensors is damaged"):
        train(tiny(steps=2), tmp_path / "run", resume=True)


def test_weights_of_another_network_are_refused(tmp_path):
    run = train(tiny(steps=2), tmp_path / "run")
    config = run.config_path.read_text()
    run.config_path.write_text(config.replace("rows = 3", "rows = 5"))
    with pytest.raises(InputError, match="does not hold the network"):
        run.load_model()


def test_a_row_cut_off_while_it_was_written_is_left_out_of_the_metrics(tmp_path):
    run = train(tiny(steps=4), tmp_path / "run")
    whole = run.metrics_path.read_text()
    steps = run.metrics()["step"].tolist()
    for cut in range(1, len(whole) - whole[:-1].rfind("\n") - 1):
        run.metrics_path.write_text(whole[:-cut])
        assert run.metrics()["step"].tolist() == steps[:-1]


def test_metrics_that_are_no_table_of_numbers_are_refused_by_name(tmp_path):
    run = train(tiny(steps=2), tmp_path / "run")
    for content in (b"step,loss\na,b\n", b"step,loss\n1\n", b"\xff\xfe\n\xff\n"):
        run.metrics_path.write_bytes(content)
        with pytest.raises(InputError, match=r"metrics.csv cannot be read"):
            run.metrics()
    with pytest.raises(InputError, match=r"metrics.csv is not the log"):
        train(tiny(steps=2), tmp_path / "run", resume=True)


@pytest.mark.parametrize(("make", "message"), [(False, "no run folder"), (True, "not a run folder")])
def test_a_folder_that_is_no_run_is_refused(tmp_path, make, message):
    folder = tmp_path / "folder"
    if make:
        folder.mkdir()
    with pytest.raises(InputError, match=message):
        Run.open(folder)


def test_divergence_is_reported_and_the_last_checkpoint_kept(tmp_path):
    config = tiny(learning_rate=1e30, log_every=1, checkpoint_every=1, warmup_steps=10**6, steps=50, clip_norm=1e30)
    with pytest.raises(InputError, match=r"diverged by step \d+.*Lower training.learning_rate"):
        train(config, tmp_path / "run")
    kept = Run.open(tmp_path / "run")
    assert kept.state_path.exists()
    assert all(t.isfinite().all() for t in weights(kept).values())


def test_an_unknown_task_or_device_writes_nothing(tmp_path):
    with pytest.raises(InputError, match="Did you mean 'dm1'"):
        train(TrainConfig(tasks=TasksConfig(("dm11",))), tmp_path / "run")
    with pytest.raises(InputError, match="device 'gpu7'"):
        train(tiny(device="gpu7"), tmp_path / "run")
    with pytest.raises(InputError, match="device 'meta'"):
        train(tiny(device="meta"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@settings(deadline=None, max_examples=20)
@given(st.floats(1e-3, 10), st.integers(0, 100))
def test_clipping_bounds_each_replica_by_itself(largest, seed):
    generator = torch.Generator().manual_seed(seed)
    parameters = [torch.nn.Parameter(torch.zeros(2, *shape)) for shape in ((3, 4), (5,))]
    for parameter in parameters:
        parameter.grad = torch.randn(parameter.shape, generator=generator) * torch.tensor([10.0, 1e-4]).view(
            2, *[1] * (parameter.ndim - 1)
        )
    before = [p.grad.clone() for p in parameters]
    norms = clip_gradients(parameters, largest)
    after = torch.cat([p.grad.flatten(1) for p in parameters], 1).norm(dim=1)
    torch.testing.assert_close(after, norms.clamp(max=largest))
    for parameter, gradient in zip(parameters, before, strict=True):
        torch.testing.assert_close(parameter.grad[1] if norms[1] <= largest else gradient[1], gradient[1])


def test_the_learning_rate_rises_stays_and_falls():
    training = TrainingConfig(steps=100, learning_rate=2.0, warmup_steps=10, decay_fraction=0.5)
    rates = [learning_rate_at(step, training) for step in range(101)]
    assert rates[0] == pytest.approx(0.2)
    assert rates[9] == rates[50] == 2.0
    assert rates[75] == pytest.approx(1.0)
    assert rates[100] == pytest.approx(0.0, abs=1e-12)
    assert math.isclose(max(rates), 2.0)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("kind", ["rate", "spiking"])
def test_training_on_a_gpu_resumes_and_loads_on_the_cpu(tmp_path, kind):
    config = tiny(kind, device="cuda")
    whole = train(config, tmp_path / "whole")
    cut = tmp_path / "cut"

    def stop(state):
        if state.step == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(config, cut, hooks=[stop])
    resumed = train(config, cut, resume=True)
    for name, tensor in weights(whole).items():
        assert tensor.device.type == "cpu"
        torch.testing.assert_close(tensor, weights(resumed)[name])
