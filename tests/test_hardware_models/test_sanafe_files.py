import json
from dataclasses import replace

import pytest
from sanafe_replay import compared
from support.workloads import local_workload, mesh_chip, workload

from hardware_models.chips.spec import load_chip
from hardware_models.mapping import map_workload
from hardware_models.sanafe_files import write_sanafe
from neurogrow.errors import InputError

LOIHI = load_chip("loihi1")


def test_both_files_are_what_the_mapping_says(tmp_path):
    work = workload([(0, 1), (0, 2), (2, 0)], [4, 0, 2], ticks=4)
    mapped = map_workload(work, LOIHI, "sequential", "sequential", neurons_per_core=2)
    architecture, network = (json.loads(path.read_text()) for path in write_sanafe(mapped, tmp_path))
    tile = architecture["architecture"]["tile"][0]
    assert tile["name"] == "tile[0..31]"
    assert tile["attributes"]["energy_north_hop"] == pytest.approx(4.2e-12)
    soma = tile["core"][0]["soma"][0]
    assert soma["attributes"]["energy_access_neuron"] == pytest.approx((51.2 + 21.6) * 1e-12)
    assert soma["name"] == "neuron[0..1]"
    assert network["network"]["groups"][0]["neurons"][2] == {"2": [{"spikes": [0, 1, 0, 1]}]}
    assert sorted(name for edge in network["network"]["edges"] for name in edge) == [
        "n.0 -> n.1", "n.0 -> n.2", "n.2 -> n.0",
    ]  # fmt: skip
    assert network["mappings"][2] == {"n.2": [{"core": "0.1"}, {"soma": "neuron[0]"}]}
    assert network["mappings"][1] == {"n.1": [{"core": "0.0"}, {"soma": "neuron[1]"}]}


def test_what_sana_fe_cannot_say_is_refused(tmp_path):
    mapped = map_workload(workload([(0, 1)], [1, 0]), LOIHI, "sequential", "sequential")
    with pytest.raises(InputError, match="at least one tick"):
        write_sanafe(mapped, tmp_path, ticks=0)
    other = replace(mapped, chip=mesh_chip(3, 3), cost_set=None)
    with pytest.raises(InputError, match="one packet to each destination core"):
        write_sanafe(other, tmp_path)
    with pytest.raises(InputError, match="no costs per term"):
        write_sanafe(replace(mapped, chip=mesh_chip(3, 3, kind="unicast", own=True), cost_set=None), tmp_path)


def test_sana_fe_counts_the_same():
    pytest.importorskip("sanafe")
    networks = {
        "local": replace(local_workload(96, 5), ticks=12),
        "chain": workload([(n, (n + 1) % 40) for n in range(40)], [n % 9 for n in range(40)], ticks=9),
        "dense": workload([(a, b) for a in range(30) for b in range(30)], [n % 5 for n in range(30)], ticks=6),
    }
    found = compared(networks)
    assert found["sanafe.max_relative_error"] < 1e-6
    assert found["sanafe.max_latency_error"] < 1e-6
