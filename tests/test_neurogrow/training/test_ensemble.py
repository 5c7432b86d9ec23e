from dataclasses import replace

import numpy as np
import pytest
import torch

from neurogrow.errors import InputError
from neurogrow.growth import ProximalPenalty
from neurogrow.growth.strength import strength_at
from neurogrow.training import GrowthConfig, ModelConfig, Run, TasksConfig, TrainConfig, TrainingConfig, train
from neurogrow.training.ensemble import Ensemble, shared_part
from neurogrow.training.loop import train_together
from neurogrow.training.state import TrainingState
from neurogrow.training.step import train_step

CONFIG = TrainConfig(
    tasks=TasksConfig(("go", "dm1", "dms"), ring=8),
    model=ModelConfig(rows=3, cols=4, substeps=2),
    training=TrainingConfig(steps=12, batch_size=4, ticks=30, log_every=3, checkpoint_every=6, warmup_steps=2),
)
WAYS = (
    GrowthConfig(strength=0.0, swap_every=0),
    GrowthConfig(strength=1e-3, locality=0.0, swap_every=0),
    GrowthConfig(strength=1e-3, locality=1.0, swap_every=3),
    GrowthConfig(strength=1e-3, locality=2.0, rule="proximal", swap_every=3, early_factor=5.0, early_fraction=0.4),
    GrowthConfig(strength=1e-3, locality=1.0, rule="proximal", swap_every=2, swap_method="paper"),
)


def networks(kind="rate"):
    base = replace(CONFIG, model=replace(CONFIG.model, kind=kind))
    return [replace(base, growth=way, model=replace(base.model, seed=5 + r)) for r, way in enumerate(WAYS)]


def folders(path):
    return [path / f"{r}" for r in range(len(WAYS))]


def grow(path, **options):
    return train_together(networks(), folders(path), path / "all.safetensors", **options)


@pytest.mark.parametrize("kind", ["rate", "spiking"])
def test_each_replica_trains_as_it_would_alone(kind):
    configs = networks(kind)
    together = TrainingState.start(configs)
    alone = [TrainingState.start(config) for config in configs]
    for step in range(9):
        measured = train_step(together)
        for r, state in enumerate(alone):
            single = train_step(state)
            for name, value_R in measured.items():
                torch.testing.assert_close(value_R[r], single[name][0], rtol=1e-4, atol=1e-6, msg=f"{name} at {step}")
    for r, state in enumerate(alone):
        torch.testing.assert_close(together.wiring_R2[r], state.wiring_R2[0], rtol=1e-4, atol=1e-5)
        for ours, theirs in zip(together.model.parameters(), state.model.parameters(), strict=True):
            torch.testing.assert_close(ours[r], theirs[0], rtol=1e-3, atol=1e-5)


def test_replicas_grow_each_in_its_own_way():
    state = TrainingState.start(networks())
    for _ in range(3):
        train_step(state)
    zeros_R = (state.model.recurrent_weights_RNN == 0).sum((1, 2)).tolist()
    assert zeros_R[:3] == [0, 0, 0]  # the subgradient rule leaves none exactly
    assert min(zeros_R[3:]) > 0
    before_R, after_R = state.wiring_R2.unbind(1)
    assert (before_R[:2] == after_R[:2]).all()  # these do not swap
    assert (after_R[2:4] < before_R[2:4]).all()


def test_an_ensemble_leaves_a_run_of_each_network(tmp_path):
    runs = grow(tmp_path)
    for config, run in zip(networks(), runs, strict=True):
        assert run.is_finished(config)
        assert run.load_model().replicas == 1
        assert run.metrics()["step"].tolist() == [3, 6, 9, 12]
    assert len({run.fingerprint() for run in runs}) == len(runs)


def test_a_resumed_ensemble_ends_bit_for_bit_as_one_that_was_not_interrupted(tmp_path):
    def interrupt(state):
        if state.step == 10:
            raise KeyboardInterrupt

    whole = grow(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        grow(tmp_path / "cut", hooks=[interrupt])
    resumed = grow(tmp_path / "cut", resume=True)
    for one, other in zip(whole, resumed, strict=True):
        assert one.fingerprint() == other.fingerprint()
        for name, column in one.metrics().items():
            if name != "seconds":
                np.testing.assert_array_equal(other.metrics()[name], column)


def test_a_network_that_diverges_does_not_take_the_others_with_it(tmp_path):
    def poison(state):
        if state.step == 7:
            with torch.no_grad():
                state.model.recurrent_weights_RNN[1] = torch.nan

    runs = grow(tmp_path, hooks=[poison])
    finished = [run.is_finished(config) for run, config in zip(runs, networks(), strict=True)]
    assert finished == [True, False, True, True, True]
    assert runs[1].metrics()["step"].tolist() == [3, 6]
    assert runs[1].load_model().recurrent_weights_RNN.isfinite().all()  # as it was at its last good checkpoint
    alone = train(networks()[2], tmp_path / "alone").load_model()
    torch.testing.assert_close(
        runs[2].load_model().recurrent_weights_RNN, alone.recurrent_weights_RNN, rtol=1e-3, atol=1e-5
    )


def test_networks_that_differ_in_more_than_growth_and_seed_are_refused():
    other = replace(CONFIG, model=replace(CONFIG.model, rows=4), training=replace(CONFIG.training, seed=1))
    with pytest.raises(InputError, match=r"differ in model\.rows, training\.seed"):
        Ensemble((CONFIG, other))
    with pytest.raises(InputError, match="at least one network"):
        Ensemble(())


def test_the_shared_part_forgets_growth_and_seed_alone():
    assert len({repr(shared_part(config)) for config in networks()}) == 1
    assert shared_part(replace(CONFIG, training=replace(CONFIG.training, seed=1))) != shared_part(CONFIG)


def test_replicas_that_swap_alike_swap_together():
    ways = [WAYS[2], WAYS[0], WAYS[4], WAYS[2]]
    swaps = Ensemble(tuple(replace(CONFIG, growth=way) for way in ways)).swaps
    assert [(s.every, s.method, s.replicas) for s in swaps] == [(3, "full", (0, 3)), (2, "paper", (2,))]
    assert [step for step in range(1, 8) if swaps[0].due(step)] == [3, 6]


def test_lambda_is_high_or_low_at_first_goes_by_equal_ratios_and_stays():
    growth = GrowthConfig(strength=1e-5, early_factor=100.0, early_fraction=0.2)
    found = [strength_at(step, growth, 100) for step in (0, 19, 20, 25, 30, 40, 41, 100)]
    assert found == pytest.approx([1e-3, 1e-3, 1e-3, 1e-3 / 10**0.5, 1e-4, 1e-5, 1e-5, 1e-5])
    rising = [strength_at(step, replace(growth, early_factor=0.01), 100) for step in (0, 20, 30, 40)]
    assert rising == pytest.approx([1e-7, 1e-7, 1e-6, 1e-5])
    assert strength_at(0, replace(growth, early_fraction=0.0), 100) == 1e-5
    assert strength_at(0, replace(growth, early_factor=1.0), 100) == 1e-5


def test_prices_follow_lambda_along_training():
    state = TrainingState.start(networks())
    (proximal,) = [penalty for penalty in state.penalties if isinstance(penalty, ProximalPenalty)]
    found = []
    for _ in range(12):
        train_step(state)
        found.append(proximal.prices["output_bias_RO"].flatten().tolist())
    assert [row[3] for row in found[:5]] == pytest.approx([5e-3] * 5)
    assert found[-1][3] == pytest.approx(1e-3 * 5 ** max(0, 2 - 11 / 4.8), rel=1e-5)
    assert {row[4] for row in found} == {found[0][4]}
    assert all(row[:3] == [0, 0, 0] for row in found)


@pytest.mark.parametrize("pays", [True, False])
def test_bfloat16_products_train_nearly_as_float32_ones_and_are_used_where_they_pay(pays, monkeypatch):
    monkeypatch.setattr("neurogrow.training.step.BFLOAT16_PAYS_FROM", 4 * 12**2 + (not pays))
    precise = replace(CONFIG, training=replace(CONFIG.training, steps=40, learning_rate=5e-3))
    coarse = replace(precise, training=replace(precise.training, precision="bfloat16"))
    losses = []
    for config in (precise, coarse):
        state = TrainingState.start(config)
        losses.append([train_step(state)["cross_entropy"].item() for _ in range(40)])
        assert {parameter.dtype for parameter in state.model.parameters()} == {torch.float32}
    assert losses[0][-1] < 0.9 * losses[0][0]
    assert losses[1] == pytest.approx(losses[0], rel=0.05)
    assert (losses[1] != losses[0]) == pays


def test_a_spiking_network_in_bfloat16_starts_with_the_same_spikes():
    precise = replace(CONFIG, model=replace(CONFIG.model, kind="spiking"))
    coarse = replace(precise, training=replace(precise.training, precision="bfloat16"))
    states = [TrainingState.start(config) for config in (precise, coarse)]
    first, second = ([train_step(state)["cross_entropy"].item() for _ in range(4)] for state in states)
    assert first[0] == second[0]
    assert second == pytest.approx(first, rel=0.05)
    assert not torch.equal(*(state.model.recurrent_weights_RNN for state in states))


def test_every_run_of_an_ensemble_must_be_new(tmp_path):
    Run.create(tmp_path / "3", networks()[3])
    with pytest.raises(InputError, match="already holds a run"):
        grow(tmp_path)
    assert not (tmp_path / "0").exists()
