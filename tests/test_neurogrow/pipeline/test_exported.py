import numpy as np
import pytest
from support.spiking_networks import KINDS, spiking_network

from hardware_models.workload.workload import Workload
from neurogrow.equations import encoded
from neurogrow.pipeline.network_files import ExportOptions, encoder_counts, write_network
from neurogrow.tasks import TaskSet, single_trials

TASKS = TaskSet(("go", "dm1"), ring=4)


def network(kind):
    made = spiking_network(20, TASKS.n_inputs, TASKS.n_outputs, seed=1, **kind)
    made.metadata.clear()
    made.neurons.threshold_N.fill(1.0)
    if made.encoder is not None:
        made.encoder.threshold_E.fill(1.0)
    return made


@pytest.mark.parametrize("kind", [{}, {"cuba": True}, {"encoders": 12}, {"cuba": True, "encoders": 12}], ids=str)
def test_every_kind_of_network_is_written_and_read_spike_for_spike(tmp_path, kind):
    options = ExportOptions(modular=True, sparse=True, readers=("numpy", "snntorch"))
    written = write_network(network(kind), TASKS, tmp_path, options, seed=3)
    assert [(row.name, row.differing_bins) for row in written.nir.readers] == [
        *(("numpy", 0), ("snntorch", 0), ("snntorch, modular", 0), ("training model", 0)),
    ]
    assert written.nir.spikes > 100
    assert (written.nir.not_run, written.onnx.differing_bins) == ({}, 0)
    assert written.onnx.max_logits_difference_to_training_model < 1e-12


def test_spikes_of_an_encoder_are_counted_within_trials(tmp_path):
    made, batch = network({"encoders": 12}), single_trials(TASKS, 3, seed=7)
    mask_TB, inputs_TBI = batch.mask_TB.numpy(), batch.inputs_TBI.double().numpy()
    expected = np.zeros(12)
    for lane in range(6):
        ticks = int(mask_TB[:, lane].sum()) * 3
        expected += encoded(made, np.repeat(inputs_TBI[:, lane : lane + 1], 3, axis=0))[:ticks].sum((0, 1))
    counts = encoder_counts(made, TASKS, mask_TB, seed=7)
    assert counts["encoder"].sum() > 0
    np.testing.assert_array_equal(counts["encoder"], expected)
    assert encoder_counts(network(KINDS["LIF"]), TASKS, mask_TB, seed=7) == {}
    write_network(made, TASKS, tmp_path, ExportOptions(readers=()), seed=7)
    ticks, hidden = int(mask_TB.sum()) * 3, np.ones(20, dtype=np.int64)
    workload = Workload.from_nir(
        tmp_path / "network.nir", counts | {"hidden": hidden, "ticks": ticks, "trials": batch.mask_TB.shape[1]}
    )
    assert [population.name for population in workload.populations if population.spiking] == ["encoder", "hidden"]
