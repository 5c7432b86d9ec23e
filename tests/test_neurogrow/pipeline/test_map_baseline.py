"""A random baseline that does not fit on the chip is a line of the result, and never an end."""

import json

import nir
import numpy as np
import pytest

from hardware_models import load_chip, map_workload
from neurogrow.cli.tables import mapping_summary, mapping_table
from neurogrow.errors import InputError
from neurogrow.pipeline import map_network, mapping


def lif(n):
    return nir.LIF(*(np.full(n, value, np.float32) for value in (2e-3, 1, 0, 1, 0)))


@pytest.fixture
def fan(tmp_path):
    """40 neurons that all drive 8."""
    weights = np.random.default_rng(0).standard_normal((8, 40)).astype(np.float32)
    nodes = {
        "input": nir.Input({"input": np.array([40])}),
        "sender": lif(40),
        "weights": nir.Linear(weights),
        "receiver": lif(8),
        "output": nir.Output({"output": np.array([8])}),
    }
    edges = [("input", "sender"), ("sender", "weights"), ("weights", "receiver"), ("receiver", "output")]
    path = tmp_path / "fan.nir"
    nir.write(path, nir.NIRGraph(nodes, edges))
    return path


def test_a_baseline_that_does_not_fit_is_reported(fan, tmp_path, monkeypatch):
    def without_room_for_random(workload, chip, partition, *rest, **options):
        if partition == "random":
            raise InputError("136 cores are needed, and the chip has 128.")
        return map_workload(workload, chip, partition, *rest, **options)

    monkeypatch.setattr(mapping, "map_workload", without_room_for_random)
    mapped = map_network(fan, None, "loihi1", tmp_path, effort=None)
    assert mapped.chosen.valid
    assert mapped.random is None
    assert mapped.random_refused == "136 cores are needed, and the chip has 128."
    summary = mapping_summary(mapped)
    assert summary["cores_used"] == mapped.chosen.cores_used
    assert summary["random"] == {"refused": mapped.random_refused}
    assert mapping_table(mapped).row_count > 10
    kept = json.loads((tmp_path / "mapping-loihi1-random.json").read_text())
    assert kept == {"format": "neurogrow-refused-mapping-1", "reason": mapped.random_refused}


def test_a_network_that_does_not_fit_itself_is_refused(fan, tmp_path):
    with pytest.raises(InputError, match="mesh8x8"):
        map_network(fan, None, load_chip("mesh8x8"), tmp_path, neurons_per_core=0)
