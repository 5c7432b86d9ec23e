"""Penalties, sources and neurons of a user's own train as built-in ones: resumed, in ensembles, in sweeps, by name."""

import json
from dataclasses import replace

import pytest
import torch
from support.own_parts import ActivityPenalty, LeakyRNN, RoundingPenalty, ShiftedTrials

from neurogrow.errors import InputError
from neurogrow.growth import PENALTIES
from neurogrow.growth.penalty import PenaltyContext
from neurogrow.models import NEURONS, RateRNN
from neurogrow.tasks import SOURCES, TaskSet
from neurogrow.training import (
    GrowthConfig,
    ModelConfig,
    PenaltyConfig,
    Run,
    TasksConfig,
    TrainConfig,
    TrainingConfig,
    load_config,
    train,
)
from neurogrow.training.ensemble import shrinks
from neurogrow.training.loop import train_together
from neurogrow.training.pretrained import find_run, pretrained_names
from neurogrow.training.state import TrainingState
from neurogrow.training.step import train_step
from neurogrow.training.sweep import run_sweep

CONFIG = TrainConfig(
    tasks=TasksConfig(("go", "dm1"), ring=4),
    model=ModelConfig(rows=3, cols=4),
    growth=GrowthConfig(strength=1e-3, swap_every=3),
    training=TrainingConfig(
        steps=8, batch_size=4, ticks=20, log_every=2, checkpoint_every=4, warmup_steps=1, device="cpu"
    ),
)


@pytest.fixture
def registered():
    """The names of this test, taken back afterwards."""
    PENALTIES.register("activity", ActivityPenalty)
    PENALTIES.register("rounding", RoundingPenalty)
    SOURCES.register("shifted", ShiftedTrials)
    NEURONS.register("leaky", LeakyRNN)
    yield
    for registry, name in ((PENALTIES, "activity"), (PENALTIES, "rounding"), (SOURCES, "shifted"), (NEURONS, "leaky")):
        registry.unregister(name)


def paying(strength, config=CONFIG):
    penalty = PenaltyConfig("activity", {"strength": strength})
    return replace(config, growth=replace(config.growth, penalties=(penalty,)))


def own_config():
    return replace(
        paying(0.1),
        tasks=TasksConfig(source="shifted", settings={"shift": 0.25}),
        model=ModelConfig(kind="leaky", rows=3, cols=4, settings={"leak": 0.5}),
    )


def stop_at_6(state):
    if state.step == 6:
        raise KeyboardInterrupt


def test_a_run_of_ones_own_parts_is_stored_by_name_opened_and_resumed_bit_for_bit(registered, tmp_path):
    whole = train(own_config(), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(own_config(), tmp_path / "cut", hooks=[stop_at_6])
    resumed = train(load_config(tmp_path / "cut" / "config.toml"), tmp_path / "cut", resume=True)
    assert resumed.fingerprint() == whole.fingerprint()
    assert whole.config == own_config()
    model = whole.load_model()
    assert (type(model), model.leak) == (LeakyRNN, 0.5)
    assert whole.load_source() == ShiftedTrials(0.25)
    assert json.loads((whole.path / "providers.json").read_text()) == {
        "source": {"shifted": None},
        "neurons": {"leaky": None},
        "penalty": {"activity": None},
    }


def test_a_penaltys_state_is_saved_and_its_price_follows_the_step(registered, tmp_path):
    whole, cut = TrainingState.start(paying(0.1)), TrainingState.start(paying(0.1))
    for _ in range(3):
        train_step(whole)
        train_step(cut)
    cut.save(tmp_path / "state.safetensors", ["0"])
    resumed = TrainingState.start(paying(0.1))
    resumed.restore(tmp_path / "state.safetensors")
    (own,) = [p for p in resumed.penalties if isinstance(p, ActivityPenalty)]
    assert own.running_R.item() > 0
    assert own.steps == [3]
    for _ in range(2):
        train_step(whole)
        train_step(resumed)
    assert own.steps == [3, 3, 4]
    for ours, theirs in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    state = TrainingState.start(CONFIG)
    train_step(state)
    state.save(tmp_path / "other.safetensors", ["0"])
    with pytest.raises(InputError, match=r"not a complete checkpoint.*running_R"):
        resumed.restore(tmp_path / "other.safetensors")


def test_replicas_of_an_ensemble_pay_each_their_own_price(registered):
    configs = [paying(0.5), CONFIG, paying(2.0)]
    together = TrainingState.start(configs)
    (own,) = [p for p in together.penalties if isinstance(p, ActivityPenalty)]
    assert own.strength_R.tolist() == [0.5, 0.0, 2.0]
    alone = [TrainingState.start(config) for config in configs]
    for _ in range(4):
        for state in (together, *alone):
            train_step(state)
    for replica, state in enumerate(alone):
        for ours, theirs in zip(together.model.parameters(), state.model.parameters(), strict=True):
            torch.testing.assert_close(ours[replica], theirs[0], rtol=1e-3, atol=1e-5)
    assert not torch.equal(together.model.hidden_bias_RN[0], together.model.hidden_bias_RN[1])


def test_a_name_that_is_there_twice_is_two_penalties(registered):
    twice = PenaltyConfig("activity", {"strength": 0.5}), PenaltyConfig("activity", {"strength": 2.0})
    config = replace(CONFIG, growth=replace(CONFIG.growth, penalties=twice))
    state = TrainingState.start([config, paying(3.0)])
    own = [p.strength_R.tolist() for p in state.penalties if isinstance(p, ActivityPenalty)]
    assert own == [[0.5, 3.0], [2.0, 0.0]]


def test_a_sweep_crosses_settings_of_ones_own_parts(registered, tmp_path):
    (tmp_path / "sweep.toml").write_text(
        '[tasks]\nsource = "shifted"\n[model]\nkind = "leaky"\nrows = 3\ncols = 4\n'
        "[training]\nsteps = 2\nbatch_size = 2\nticks = 10\n[sweep]\nmodel.settings.leak = [0.2, 0.5]\n"
        'growth.penalties = [[], [{ name = "activity", settings = { strength = 0.1 } }]]\n'
    )
    rows = run_sweep(tmp_path / "sweep.toml", tmp_path / "out")
    assert [(row["model.settings.leak"], row["growth.penalties"], row["finished"]) for row in rows] == [
        (0.2, "", True),
        (0.2, "activity(strength=0.1)", True),
        (0.5, "", True),
        (0.5, "activity(strength=0.1)", True),
    ]
    assert Run(tmp_path / "out" / "0003").load_model().leak == 0.5


def test_objects_come_before_names_and_are_stored_by_the_registered_name(registered, tmp_path):
    source, penalty = ShiftedTrials(0.25), RoundingPenalty()
    config = replace(CONFIG, model=replace(CONFIG.model, settings={"leak": 0.5}))
    objects = {"source": source, "model": LeakyRNN, "penalties": [penalty]}
    run = train(config, tmp_path / "run", **objects)
    stored = run.config
    assert (stored.tasks.source, stored.tasks.settings) == ("shifted", {"shift": 0.25, "ring": 4})
    assert stored.model.kind == "leaky"
    assert stored.growth.penalties == (PenaltyConfig("rounding", {"size": 0.05}),)
    assert (run.load_model().recurrent_weights_RNN == 0).any()
    by_name = train(stored, tmp_path / "named")
    assert by_name.fingerprint() == run.fingerprint()
    assert train(config, tmp_path / "run", resume=True, **objects).fingerprint() == run.fingerprint()


def test_a_built_in_object_leaves_a_run_as_its_name_does(tmp_path):
    run = train(CONFIG, tmp_path / "named")
    other = replace(CONFIG, tasks=TasksConfig(), model=replace(CONFIG.model, kind="spiking"))
    same = train(other, tmp_path / "given", source=TaskSet(("go", "dm1"), 4), model=RateRNN)
    assert same.config_path.read_bytes() == run.config_path.read_bytes()
    assert same.fingerprint() == run.fingerprint()
    assert not same.providers_path.exists()


def test_an_object_without_a_name_trains_and_resumes_but_is_opened_only_once_it_is_registered(tmp_path):
    objects = {"source": ShiftedTrials(), "model": LeakyRNN, "penalties": [RoundingPenalty()]}
    whole = train(CONFIG, tmp_path / "whole", **objects)
    with pytest.raises(KeyboardInterrupt):
        train(CONFIG, tmp_path / "cut", hooks=[stop_at_6], **objects)
    run = train(CONFIG, tmp_path / "cut", resume=True, **objects)
    assert run.fingerprint() == whole.fingerprint()
    assert run.config.model.kind == "LeakyRNN"
    with pytest.raises(InputError, match=r"no trial source 'ShiftedTrials'.*Register your own with `register`"):
        run.load_model()
    SOURCES.register("ShiftedTrials", ShiftedTrials)
    try:
        with pytest.raises(InputError, match="no neuron model 'LeakyRNN'"):
            run.load_model()
    finally:
        SOURCES.unregister("ShiftedTrials")


def test_opening_a_run_whose_package_is_missing_names_the_package(registered, tmp_path):
    run = train(own_config(), tmp_path / "run")
    run.providers_path.write_text('{"neurons": {"gone": "leaky-neurons"}}')
    run.config_path.write_text(run.config_path.read_text().replace('kind = "leaky"', 'kind = "gone"'))
    assert run.config.model.kind == "gone"  # the settings can be read without the package
    assert run.last_metrics()["step"] == 8
    with pytest.raises(InputError, match="'gone' comes from the package 'leaky-neurons'; install that package"):
        run.load_model()
    for content in ("[]", '{"neurons": ["leaky"]}', '{"neurons": {"leaky": 3}}'):
        run.providers_path.write_text(content)
        with pytest.raises(InputError, match=r"providers\.json"):
            run.load_model()


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ({"model": RateRNN}, None),
        ({"model": type("rate", (LeakyRNN,), {})}, "its name stands for another neuron model"),
        ({"model": "leaky"}, "Pass the class of the model"),
    ],
)
def test_objects_that_cannot_be_stored_are_refused_before_anything_is_written(tmp_path, objects, message):
    if message is None:
        assert train(CONFIG, tmp_path / "run", **objects).path.exists()
        return
    with pytest.raises(InputError, match=message):
        train(CONFIG, tmp_path / "run", **objects)
    assert not (tmp_path / "run" / "config.toml").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tasks": TasksConfig(source="shifted", settings={"shfit": 1})}, "tasks.settings of the source 'shifted'"),
        ({"tasks": TasksConfig(settings={"ring": 4})}, "tasks.source is cognitive. Remove ring"),
        ({"model": ModelConfig(kind="leaky", settings={"tau": 1})}, "model.settings of the neurons 'leaky'"),
        ({"model": ModelConfig(settings={"tau": 1})}, "model.kind is rate. Remove tau"),
        ({"tasks": TasksConfig(source="shiftd")}, "no trial source 'shiftd'. Did you mean 'shifted'"),
        ({"model": ModelConfig(kind="leeky")}, "no neuron model 'leeky'. Did you mean 'leaky'"),
        ({"growth": GrowthConfig(penalties=(PenaltyConfig("activty"),))}, "no penalty 'activty'. Did you mean"),
        ({"growth": GrowthConfig(penalties=(PenaltyConfig("activity"),))}, "'activity'.* needs the setting 'strength'"),
        (
            {"growth": GrowthConfig(penalties=(PenaltyConfig("activity", {"strenght": 1}),))},
            "unknown setting 'strenght'. Did you mean 'strength'",
        ),
        (
            {"growth": GrowthConfig(penalties=(PenaltyConfig("activity", {"strength": "high"}),))},
            "must be a number, not 'high'",
        ),
    ],
)
def test_a_wrong_name_or_setting_is_one_clear_error(registered, tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        train(replace(CONFIG, **change), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", pretrained_names())
def test_pretrained_runs_keep_their_settings_and_get_no_new_keys(name, tmp_path):
    run = find_run(name, tmp_path)
    before = run.config_path.read_text()
    again = Run.create(tmp_path / "again", run.config)
    after = again.config_path.read_text()
    assert load_config(again.config_path) == run.config
    assert not again.providers_path.exists()
    assert not any(word in after for word in ("source", "settings", "penalties"))
    if "learn_decays" in before and "early_factor" in before and "firing_strength" in before:
        assert after == before  # written by a version that had all the fields of today


def test_neurons_leave_where_a_penalty_of_ones_own_makes_zeros(registered):
    growth = GrowthConfig(strength=0.0, penalties=(PenaltyConfig("rounding", {"size": 1e9}),), swap_every=0)
    config = replace(CONFIG, model=replace(CONFIG.model, rows=8, cols=8), growth=growth)
    assert shrinks(config)
    state = TrainingState.start(config)
    state.model.output_weights_RON.data[:, :, 5:] = 0
    state.model.output_weights_RON.register_hook(lambda gradient: 0 * gradient)
    state.step = 99
    train_step(state)
    assert state.neurons_RM.tolist() == [list(range(16))]
    train_step(state)  # with these neurons only
    assert not shrinks(paying(0.1))
    assert not TrainingState.start(paying(0.1)).may_shrink


def test_a_replica_without_a_penalty_has_its_neutral_value():
    model = RateRNN(TrainingState.start(CONFIG).model.layout, 3, 2, replicas=3)
    context = PenaltyContext(model, ({"a": 2}, None, {}), steps=1)
    assert context.values_R("a", default=5.0, without=-1.0).tolist() == [2, -1, 5]
    with pytest.raises(InputError, match="needs the setting 'a'"):
        context.values_R("a")


def test_networks_with_own_penalties_train_together(registered, tmp_path):
    configs = [paying(0.5), CONFIG]
    folders = [tmp_path / "0", tmp_path / "1"]
    runs = train_together(configs, folders, tmp_path / "all.safetensors")
    assert [run.is_finished(config) for run, config in zip(runs, configs, strict=True)] == [True, True]
    assert runs[0].providers == {"penalty": {"activity": None}}
    assert runs[1].providers == {}
