import copy

import numpy as np
import pytest
from support.workloads import local_workload, mesh_chip, workload

from hardware_models.checking.checker import violations
from hardware_models.chips.spec import load_chip
from hardware_models.mapping import map_workload, mapping_report

WORK, CHIP = local_workload(), load_chip("loihi1")
REPORT = mapping_report(map_workload(WORK, CHIP, neurons_per_core=9)).to_json()


def found(change):
    said = copy.deepcopy(REPORT)
    change(said)
    return violations(WORK, CHIP, said)


def test_a_sound_report_has_no_violation():
    assert found(lambda said: None) == []


def _set(*path):
    *inner, last, value = path

    def change(said):
        for key in inner:
            said = said[key]
        said[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda said: said["core_of_neuron"].pop(), "144 neurons, but 143 of them have a core"),
        (_set("core_of_neuron", 7, 128), r"hidden[7] is on core 128, which does not exist"),
        (_set("core_of_neuron", 7, -1), r"hidden[7] is on core -1"),
        (_set("spike_hops", 1), "spike_hops is reported as 1"),
        (_set("unicast_hops", 1), "unicast_hops is reported as 1"),
        (_set("packets", "remote", 0), "packets.remote is reported as 0"),
        (_set("packets", "sent", 0), "packets.sent is reported as 0"),
        (_set("cores_used", 3), "cores_used is reported as 3"),
        (_set("cores", 0, "x", 5), ": x is reported as 5"),
        (_set("cores", 0, "input_axons_per_core", 0), ": input_axons_per_core is reported as 0"),
        (lambda said: said["cores"].pop(), "not the cores that hold neurons"),
        (_set("multicast", "links", 0, "load", -1), "multicast: link"),
        (lambda said: said["unicast"]["links"].pop(), "unicast: link"),
        (_set("multicast", "largest_link", 0), "multicast: largest_link is reported as 0"),
        (_set("unicast", "hops", 1), "unicast.hops is reported as 1"),
        (_set("multicast", "hops_east_west", 1), "multicast.hops_east_west is reported as 1"),
        (_set("unicast", "chip_crossings", 1), "unicast.chip_crossings is reported as 1"),
        (_set("limits", 0, "used", 0), "is reported as 0, the recount gives"),
        (_set("energy", "terms", 0, "joules", 1.0), "Energy of soma_access is reported as 1.0 J"),
        (_set("energy", "total", 1.0), "The energy is reported as 1.0 J"),
        (lambda said: said["energy"]["terms"].pop(), "terms are not those of the cost set"),
    ],
)
def test_every_wrong_number_is_found(change, message):
    assert any(message in wrong for wrong in found(change)), found(change)


def test_a_neuron_moved_in_silence_is_found():
    said = copy.deepcopy(REPORT)
    said["core_of_neuron"][0] = (said["core_of_neuron"][0] + 64) % 128
    assert any("spike_hops" in wrong for wrong in violations(WORK, CHIP, said))


def test_every_limit_is_checked():
    work = workload([(0, 2), (1, 2), (0, 3), (2, 0)], [1, 1, 1, 1])
    roomy = mesh_chip(2, 1, neurons=2, bits_per_synapse=10)
    said = mapping_report(map_workload(work, roomy, "sequential", "sequential")).to_json()
    assert violations(work, roomy, said) == []
    for limit, message in (
        ({"neurons": 1}, "Core 1 has 2 neurons, the chip allows 1."),
        ({"input_axons_per_core": 1}, "Core 1 has 2 input axons, the chip allows 1."),
        ({"output_axons_per_core": 1}, "Core 0 has 2 output axons, the chip allows 1."),
        ({"synapse_bits_per_core": 20}, "Core 1 has 30 bits of synapse memory, the chip allows 20."),
        ({"fan_in_per_neuron": 1}, "hidden[2] has fan-in 2, the chip allows 1."),
    ):
        tight = mesh_chip(2, 1, **({"neurons": 2, "bits_per_synapse": 10} | limit))
        assert violations(work, tight, said)[-1] == message


def test_the_recount_agrees_with_counting_by_hand():
    """One neuron, 3 spikes, two columns east and one row north of it two targets."""
    work = workload([(0, 1), (0, 2)], [3, 0, 0])
    chip = mesh_chip(3, 2, neurons=1)
    mapping = map_workload(work, chip, "sequential", "sequential")
    object.__setattr__(mapping.placement, "core_P", np.array([0, 4, 5]))
    report = mapping_report(mapping)
    assert report.valid
    assert (report.spike_hops, report.unicast_hops) == (9, 15)


def test_an_energy_that_cannot_be_known_is_not_believed():
    chip = load_chip("darwin3")
    said = mapping_report(map_workload(WORK, chip, neurons_per_core=9)).to_json()
    assert violations(WORK, chip, said) == []
    said["energy"]["total"] = said["energy"]["known"]
    assert any("no cost is published for some of its causes" in wrong for wrong in violations(WORK, chip, said))
    said["energy"]["known"] = 1.0
    assert any("reported as 1.0 J" in wrong for wrong in violations(WORK, chip, said))


@pytest.mark.parametrize("name", ["torus8x8", "spinnaker1", "dynapse2"])
def test_a_link_that_no_route_takes_is_found_on_every_topology(name):
    chip = load_chip(name) if name != "dynapse2" else load_chip(name).side_by_side(4)
    said = mapping_report(map_workload(WORK, chip, "random", "random", neurons_per_core=9)).to_json()
    assert violations(WORK, chip, said) == []
    link = said["multicast"]["links"][0]
    link["from"], link["to"] = link["to"], link["from"]
    assert any("multicast: link" in wrong for wrong in violations(WORK, chip, said))
