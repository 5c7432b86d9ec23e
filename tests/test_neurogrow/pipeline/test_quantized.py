import json
from dataclasses import replace

import h5py
import nir
import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from support.spiking_networks import spiking_network

from export.nir.graph import read_nir
from export.quantized_files import parameters, read_steps, write_quantized
from hardware_models.arithmetic.xylo_departures import DEPARTURES, departed
from hardware_models.chips.network_limits import LimitCheck, check_limits
from neurogrow.cli import main
from neurogrow.equations import spiking_reference
from neurogrow.errors import InputError
from neurogrow.network import RateNeurons
from neurogrow.pipeline.quantizing import quantize_run, quantized_summary
from neurogrow.quantization.grid import quantize
from neurogrow.training import ModelConfig, TasksConfig, TrainConfig, TrainingConfig, train


@pytest.fixture(scope="module")
def spiking_run(tmp_path_factory):
    config = TrainConfig(
        TasksConfig(("go", "anti"), ring=4),
        ModelConfig(kind="spiking", rows=5, cols=5, substeps=2),
        training=TrainingConfig(steps=60, batch_size=8, ticks=30, learning_rate=5e-3, warmup_steps=5),
    )
    return train(config, tmp_path_factory.mktemp("run") / "spiking")


def stored(path):
    """Every array of a NIR or an ONNX file, by the place that the JSON gives it."""
    if path.suffix == ".onnx":
        return {each.name: numpy_helper.to_array(each) for each in onnx.load(path).graph.initializer}
    nodes = nir.read(path).nodes
    places = [f"{node}.{name}" for node in nodes for name in ("weight", "bias", "v_threshold")]
    return {place: getattr(nodes[place.split(".")[0]], place.split(".")[1], None) for place in places}


@pytest.mark.parametrize("per", ["network", "neuron"])
@pytest.mark.parametrize("kind", ["spiking", "rate"])
def test_whole_numbers_come_back_from_the_files(tmp_path, kind, per):
    network = spiking_network(20)
    network = network if kind == "spiking" else replace(network, neurons=RateNeurons())
    quantized = quantize(network, 6, per)
    values, steps = write_quantized(quantized, tmp_path, {"performance": 0.5})
    said = read_steps(steps)
    assert (said["bits"], said["per"], said["file"], said["performance"]) == (6, per, values.name, 0.5)
    arrays = stored(values)
    for name, whole in (("input_weights", quantized.input_weights_NI), ("output_weights", quantized.output_weights_ON)):
        place = said["parameters"][name]
        value = np.squeeze(arrays[place["place"]])
        value = value if value.shape == whole.shape else value.T
        counted = value / np.array(place["step"])[:, None]
        np.testing.assert_array_equal(np.rint(counted), whole)
        np.testing.assert_allclose(counted, np.rint(counted), atol=1e-4)
        assert place["largest"] == 31
    if kind == "spiking":
        back = read_nir(values)
        np.testing.assert_array_equal(back.neurons.threshold_N, quantized.network().neurons.threshold_N)
        assert set(parameters(quantized)) == {*said["parameters"]}


def test_other_json_is_not_taken_for_steps(tmp_path):
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(InputError, match="does not say how"):
        read_steps(tmp_path / "a.json")


def test_limits_by_hand():
    network = spiking_network(20, n_inputs=3, density=0.2)
    weights = network.recurrent_weights_NN.toarray() != 0
    checks = {check.name: check for check in check_limits(network, {"fan-out": 5, "inputs": 3, "outputs": 3})}
    assert checks["fan-out"].used == (weights.sum(0) + 4).max()
    assert checks["fan-out"].exceeded
    assert checks["fan-out"].neuron in network.neuron_id_N
    assert not checks["inputs"].exceeded
    assert checks["outputs"].sentence == "outputs: needs 4, the chip allows 3"
    assert checks["fan-in"].sentence.endswith("no limit is published")
    silent = replace(network, input_weights_NI=np.zeros((20, 3)))
    assert check_limits(silent, {})[0] == LimitCheck("inputs", 0, None)


def test_departures_change_what_they_say_and_none_changes_nothing():
    network = spiking_network(30, n_inputs=6, substeps=2)
    inputs_TBI = np.random.default_rng(0).uniform(0, 1, (20, 4, 6))
    plain = spiking_reference(network, np.repeat(inputs_TBI, 2, axis=0)).readout_TBO[1::2]
    np.testing.assert_allclose(departed(network)(inputs_TBI), plain, atol=1e-9)
    for name in DEPARTURES:
        assert np.abs(departed(network, name)(inputs_TBI) - plain).max() > 1e-3, name
    eighths = np.rint(inputs_TBI * 8) / 8
    np.testing.assert_allclose(departed(network, "inputs")(eighths), departed(network)(eighths), atol=1e-9)


def test_a_run_in_eight_bits_on_both_chips(spiking_run):
    loihi = quantize_run(spiking_run, 8, chip="loihi1", trials=20)
    assert abs(loihi.performance - loihi.before) < 0.25
    assert loihi.on_chip.departures == {}
    xylo = quantize_run(spiking_run, 8, chip="xyloaudio3", trials=20)
    assert set(xylo.on_chip.departures) == set(DEPARTURES.values())
    checks = {check.name: check for check in xylo.on_chip.limits}
    assert (checks["hidden neurons"].limit, checks["outputs"].limit, checks["inputs"].limit) == (992, 32, 16)
    with pytest.raises(InputError, match="arithmetic of truenorth"):
        quantize_run(spiking_run, chip="truenorth")


def test_what_was_measured_is_not_measured_again_unless_weights_changed(spiking_run, tmp_path):
    first = quantize_run(spiking_run, 6, "neuron", steps=2, trials=5)
    known = quantized_summary(spiking_run, (6,))["6"]
    assert known == first.summary()
    elsewhere = quantized_summary(spiking_run, (6,), out=tmp_path)["6"]
    assert elsewhere["files"] == [str(tmp_path / "network-6bit.nir"), str(tmp_path / "network-6bit.json")]
    assert (tmp_path / "network-6bit.nir").read_bytes() == (spiking_run.path / "network-6bit.nir").read_bytes()
    path = spiking_run.path / "network-6bit.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model": "another"}))
    again = quantized_summary(spiking_run, (6,))["6"]
    assert again["fine_tuning_steps"] in (0, 300)


def test_the_command_prints_what_it_wrote(spiking_run, capsys):
    main(["quantize", str(spiking_run.path), "--bits", "5", "--chip", "loihi1", "--trials", "5", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["bits"] == 5
    assert 0 <= said["chip"]["performance"] <= 1
    with h5py.File(spiking_run.path / "network-5bit.nir") as file:
        assert file
    main(["quantize", str(spiking_run.path), "--bits", "5", "--trials", "5", "--fine-tune", "2"])
    assert "points lost" in capsys.readouterr().out


def test_export_tells_what_is_left_in_fewer_bits(spiking_run, tmp_path, capsys):
    for bits in (8, 4):
        quantize_run(spiking_run, bits, "neuron", steps=1, trials=5)
    main(["export", str(spiking_run.path), "--out", str(tmp_path), "--readers", "numpy", "--json"])
    said = json.loads(capsys.readouterr().out)["quantized"]
    assert {bits: found["fine_tuning_steps"] for bits, found in said.items()} == {"8": 1, "4": 1}
    assert all(0 <= found["performance"] <= 1 for found in said.values())
    assert {path.name for path in tmp_path.glob("network-*bit.*")} == {
        "network-8bit.nir", "network-8bit.json", "network-4bit.nir", "network-4bit.json",
    }  # fmt: skip
