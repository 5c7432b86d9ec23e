from dataclasses import replace

import numpy as np
import pytest
import torch

from neurogrow.errors import InputError
from neurogrow.io.files import read_json
from neurogrow.pipeline import analyze, convert_run, spike_run
from neurogrow.training import GrowthConfig, ModelConfig, TasksConfig, TrainConfig, TrainingConfig, train
from neurogrow.training.counterpart import converted, descents


def config(kind="spiking", **model):
    return TrainConfig(
        tasks=TasksConfig(("go", "dm1"), ring=8),
        model=ModelConfig(kind=kind, rows=3, cols=4, substeps=2, **model),
        growth=GrowthConfig(strength=1e-3, swap_every=2),
        training=TrainingConfig(steps=6, batch_size=4, ticks=20, learning_rate=1e-2, warmup_steps=1, log_every=3),
    )


@pytest.fixture(scope="module")
def rate(tmp_path_factory):
    return train(config("rate"), tmp_path_factory.mktemp("rate") / "run")


def test_a_converted_run_holds_the_balanced_weights(rate, tmp_path):
    run = convert_run(rate, config(), tmp_path / "converted")
    wanted = converted(rate.load_model(), config())
    for name, tensor in run.load_model().state_dict().items():
        assert torch.equal(tensor, wanted.state_dict()[name])
    assert not run.is_finished(config())
    assert run.metrics() == {}
    analyze(run, trials_per_task=4)
    drawn = {path.stem for path in (run.path / "figures").iterdir()}
    assert "brain_map" in drawn
    assert "training" not in drawn


def test_neurons_of_a_warm_start_can_be_followed(rate, tmp_path):
    grown = spike_run(rate, config(), tmp_path / "grown")
    origin_N = grown.load_model().origin_RN[0].numpy()
    assert sorted(origin_N) == list(range(12))
    assert (origin_N != np.arange(12)).any()  # some did swap
    further = spike_run(grown, config(), tmp_path / "further")
    origin = {"run": rate.path.name, "model": rate.fingerprint()}
    assert read_json(grown.path / "origin.json") == origin
    assert read_json(further.path / "origin.json") == origin | {"via": ["grown"]}
    anew = spike_run(rate, config(), tmp_path / "anew", warm_start=False)
    found = descents({"rate": rate, "grown": grown, "further": further, "anew": anew})
    assert {name: descent.parent for name, descent in found.items()} == {"grown": "rate", "further": "rate"}
    np.testing.assert_array_equal(found["grown"].origin_N, origin_N)


def test_going_on_from_a_spiking_run_starts_with_its_weights(rate, tmp_path):
    first = spike_run(rate, config(), tmp_path / "first")
    still = replace(config().training, learning_rate=1e-30)
    on = spike_run(
        first, replace(config(), training=still, growth=GrowthConfig(strength=0, swap_every=0)), tmp_path / "on"
    )
    for name, tensor in on.load_model().state_dict().items():
        torch.testing.assert_close(tensor, first.load_model().state_dict()[name])


def test_a_spiking_run_can_start_from_a_snapshot(rate, tmp_path):
    kept = train(replace(config("rate"), training=replace(config().training, snapshot_every=3)), tmp_path / "kept")
    still = replace(
        config(), training=replace(config().training, learning_rate=1e-30), growth=GrowthConfig(0, swap_every=0)
    )
    grown = spike_run(kept, still, tmp_path / "early", from_step=3)
    early = converted(kept.load_model(kept.snapshot_path(3)), still)
    for name, tensor in grown.load_model().state_dict().items():
        torch.testing.assert_close(tensor, early.state_dict()[name])
    origin = {"run": "kept", "model": kept.fingerprint(3), "step": 3}
    assert read_json(grown.path / "origin.json") == origin
    assert kept.fingerprint(6) == kept.fingerprint() != kept.fingerprint(3)
    assert descents({"kept": kept, "early": grown}) == {}  # its neurons went on moving from there
    with pytest.raises(InputError, match="after 4 steps; there are 0, 3, 6"):
        spike_run(kept, still, tmp_path / "none", from_step=4)
    with pytest.raises(InputError, match="none: train with"):
        rate.snapshot(3)


def test_encoders_share_the_weights_of_the_input_they_hear(rate):
    plain, encoded = (converted(rate.load_model(), config(encoders=encoders)) for encoders in (0, 30))
    n_inputs = plain.n_inputs
    assert encoded.n_inputs == n_inputs < 30
    summed = encoded.input_weights_RNI[..., :n_inputs].clone()
    summed[..., : 30 - n_inputs] += encoded.input_weights_RNI[..., n_inputs:]
    torch.testing.assert_close(summed, plain.input_weights_RNI)


def test_a_network_with_encoders_trains_and_is_grown(rate, tmp_path):
    grown = spike_run(rate, config(encoders=19), tmp_path / "grown").load_model()
    begun = converted(rate.load_model(), config(encoders=19))
    assert not torch.equal(grown.encoder_weights_REI, begun.encoder_weights_REI)
    assert torch.equal(grown.encoder_beta_RE, begun.encoder_beta_RE)


def test_what_is_not_learned_is_the_new_settings(rate, tmp_path):
    first = convert_run(rate, config(readout_beta=0.6), tmp_path / "first")
    on = convert_run(first, config(readout_beta=0.9, beta=0.7), tmp_path / "on").load_model()
    assert on.readout_beta_O.tolist() == pytest.approx([0.9] * 9)
    assert on.beta_RN.unique().tolist() == pytest.approx([0.7])
    assert torch.equal(on.recurrent_weights_RNN, first.load_model().recurrent_weights_RNN)
    with pytest.raises(InputError, match="beta_logit_RN"):
        convert_run(first, config(learn_decays=True), tmp_path / "other")


def test_a_synaptic_current_receives_as_much_as_it_keeps(rate):
    plain, with_current = (converted(rate.load_model(), config(alpha=alpha)) for alpha in (0.0, 0.75))
    torch.testing.assert_close(with_current.input_weights_RNI * 4, plain.input_weights_RNI)
    torch.testing.assert_close(with_current.hidden_bias_RN * 4, plain.hidden_bias_RN)


@pytest.mark.parametrize(
    ("wrong", "message"), [(config("rate"), "spiking neurons"), (config(), "the grid and the tasks")]
)
def test_what_is_no_counterpart_is_refused(rate, tmp_path, wrong, message):
    if wrong.model.kind == "spiking":
        wrong = replace(wrong, model=replace(wrong.model, rows=4))
    with pytest.raises(InputError, match=message):
        spike_run(rate, wrong, tmp_path / "spikes")
