"""The public face of the chip models: its names, what importing it loads, and methods by name or as objects."""

import json
import subprocess
import sys

import numpy as np
import pytest
from support.workloads import local_workload, mesh_chip

import hardware_models as hw
from hardware_models._methods import checked_numbers, checked_order, name_of, resolve
from neurogrow.errors import InputError
from neurogrow.registry import Registry


def test_every_public_name_is_there_and_importing_loads_nothing_heavy():
    code = (
        "import sys, json, hardware_models as hw; before = sorted({'numpy', 'torch', 'pydantic'} & set(sys.modules));"
        "values = [getattr(hw, name) for name in hw.__all__]; "
        "print(json.dumps([before, 'torch' in sys.modules, dir(hw)]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, torch, listed = json.loads(done.stdout)
    assert (before, torch) == ([], False)
    assert listed == sorted(hw.__all__)


def test_no_public_name_is_hidden_by_a_module_of_the_same_name():
    code = "import hardware_models.layouts, hardware_models as hw; assert callable(hw.chip_layout)"
    subprocess.run([sys.executable, "-c", code], check=True)


def diagonal(workload, parts, fabric, rng):
    return np.argsort(fabric.router_C2.sum(1), kind="stable")


def striped(workload, n_parts, size, seed):
    return np.arange(workload.n_neurons) % n_parts


def backwards(workload, size, rng):
    return np.arange(workload.n_neurons)[::-1]


def mirrored(workload, chip, core_M, settings):
    return chip.fabric.n_cores - 1 - core_M


WORK, CHIP = local_workload(54), mesh_chip(4, 4, neurons=6)


@pytest.mark.parametrize(
    ("methods", "names"),
    [
        ({"partition": striped}, {"partition": "striped", "placement": "layout"}),
        ({"partition": hw.NeuronOrder(backwards)}, {"partition": "backwards"}),
        ({"placement": diagonal}, {"placement": "diagonal", "partition": "layout"}),
        ({"placement": (diagonal, hw.swap_search)}, {"placement": "diagonal+swap_search"}),
        ({"placement": hw.PLACEMENTS["spectral"]}, {"placement": "spectral"}),
        ({"partition": hw.PARTITIONS["random"]}, {"partition": "random"}),
        ({"refinement": mirrored}, {"refinement": "mirrored", "effort": "fast"}),
        ({"effort": "fast"}, {"refinement": "joint", "effort": "fast"}),
        ({}, {"refinement": None, "effort": None}),
    ],
)
def test_a_method_is_an_object_and_the_report_has_its_name(methods, names):
    report = hw.mapping_report(hw.map_workload(WORK, CHIP, **methods))
    assert report.valid, report.violations
    assert {name: report.methods[name] for name in names} == names


def test_a_search_for_whole_mappings_may_be_ones_own():
    def corner(workload, chip, core_M, settings):
        assert core_M is None
        return np.arange(workload.n_neurons) // 6

    report = hw.mapping_report(hw.map_workload(WORK, CHIP, hw.WholeMapping(corner)))
    assert report.valid, report.violations
    assert (report.methods["partition"], report.methods["placement"]) == ("corner", "corner")
    assert report.core_of_neuron[:7] == [0] * 6 + [1]


def test_a_registered_name_stands_for_the_object():
    hw.PLACEMENTS.register("by diagonals", diagonal)
    try:
        named, given = (hw.map_workload(WORK, CHIP, placement=method) for method in ("by diagonals", diagonal))
        assert named.placement.method == given.placement.method == "by diagonals"
        np.testing.assert_array_equal(named.core_M, given.core_M)
    finally:
        hw.PLACEMENTS.unregister("by diagonals")


def test_an_object_that_is_called_like_a_built_in_is_told_apart():
    def layout(workload, n_parts, size, seed):
        return striped(workload, n_parts, size, seed)

    assert hw.map_workload(WORK, CHIP, layout).partition.method == f"{__name__}.layout"


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (
            {"partition": lambda *_: np.zeros(3, int)},
            r"partition method '<lambda>' must return a part for every neuron: 54",
        ),
        ({"partition": lambda *_: np.full(54, -1)}, r"from 0 to 53; the number at index 0 is -1"),
        ({"partition": lambda *_: np.full(54, 0.5)}, r"54 whole numbers, not an array of float64"),
        ({"partition": lambda *_: [[1], [2, 3]]}, r"54 whole numbers in one array"),
        ({"partition": lambda *_: None}, r"not an array of object"),
        (
            {"partition": hw.NeuronOrder(lambda *_: np.zeros(54, int))},
            r"every neuron in some order, each once; 1 is mis",
        ),
        (
            {"placement": lambda *_: np.arange(9)},
            r"placement method '<lambda>' must return every core in some order: 16",
        ),
        ({"placement": lambda *_: np.zeros(16, int)}, r"each once; 1 is missing"),
        ({"placement": lambda *_: []}, r"one or more orders of all 16 cores, not \[\]"),
        (
            {"placement": (diagonal, lambda *_: np.full(16, 16))},
            r"'diagonal\+<lambda>' must return every core .* is 16",
        ),
        (
            {"refinement": lambda *_: np.full(54, 16)},
            r"refinement '<lambda>' must return a core for every .* index 0 is 16",
        ),
        ({"refinement": lambda *_: np.zeros(54, int)}, r"puts 54 neurons on core 0; at most 6 are allowed"),
        ({"router": lambda *_: None}, r"router '<lambda>' must return a Traffic"),
        ({"partition": "layuot"}, r"Did you mean 'layout'"),
        ({"placement": "swop"}, r"Did you mean 'swap'"),
        ({"refinement": "joined"}, r"no refinement 'joined'"),
        ({"router": "manycast"}, r"no router 'manycast'"),
    ],
)
def test_a_method_that_returns_nonsense_is_named(methods, message):
    with pytest.raises(InputError, match=message):
        hw.mapping_report(hw.map_workload(WORK, CHIP, **methods))


def test_a_search_that_makes_a_placement_worse_is_not_followed():
    placed = hw.map_workload(WORK, CHIP, placement=(diagonal, lambda flow, distance, cores: cores[::-1])).placement
    assert placed.cost <= placed.start_cost


def test_names_and_objects_are_resolved():
    constants = Registry("constant", "example.constants", {"pi": "math:pi", "pair": (1, 2)})
    assert resolve(constants, "pi") == ("pi", constants["pi"])
    assert name_of(constants, (1, 2)) == "pair"
    assert name_of(constants, len) == "len"
    with pytest.raises(InputError, match="no constant 'e'"):
        resolve(constants, "e")


def test_numbers_are_checked_and_copied():
    given = np.array([0, 2, 1])
    numbers = checked_numbers(given, 3, 3, "method", "numbers")
    numbers[0] = 2
    assert given[0] == 0
    assert checked_order([1, 0], 2, "method", "numbers").tolist() == [1, 0]
