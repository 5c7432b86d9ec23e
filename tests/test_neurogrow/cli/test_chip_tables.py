"""`neurogrow chips` for every chip, and `neurogrow map` of a NIR file of one's own over several chips."""

import io
import json

import nir
import numpy as np
import pytest
from rich.console import Console

from hardware_models.chips.spec import chip_names, load_chip
from neurogrow.cli import main
from neurogrow.cli.chip_tables import chip_tables


def shown(tables):
    console = Console(file=io.StringIO(), width=400)
    for each in tables:
        console.print(each)
    return console.file.getvalue()


@pytest.mark.parametrize("name", chip_names())
def test_every_figure_is_shown_with_its_source(name):
    chip, text = load_chip(name), shown(chip_tables(load_chip(name)))
    assert chip.title in text
    assert chip.routing.source in text
    assert chip.limits.neurons_per_core.source in text
    for costs in chip.cost_sets.values():
        assert costs.title in text
        for cost in costs.energy.values():
            assert f"{cost.value:g} {cost.unit}" in text
            assert cost.source in text
            assert cost.conditions is None or cost.conditions.rstrip(".") in text
        assert ", ".join(costs.unpublished) in text
    if not chip.cost_sets:
        assert "not published" in text
    for figure in chip.other.values():
        assert figure.source in text


@pytest.fixture
def ring(tmp_path):
    """A ring of 40 neurons with its spikes, as files of another tool."""
    n = 40
    one = np.ones(n)
    nodes = {
        "input": nir.Input(np.array([n])),
        "cells": nir.LIF(tau=one, r=one, v_leak=0 * one, v_threshold=one, v_reset=0 * one),
        "loop": nir.Linear(weight=np.roll(np.eye(n), 1, axis=0)),
        "output": nir.Output(np.array([n])),
    }
    edges = [("input", "cells"), ("cells", "loop"), ("loop", "cells"), ("cells", "output")]
    nir.write(tmp_path / "ring.nir", nir.NIRGraph(nodes, edges))
    np.savez(tmp_path / "spikes.npz", cells=np.full(n, 3), ticks=10, trials=1)
    return tmp_path


def mapped(capsys, folder, *options):
    arguments = ["map", folder / "ring.nir", "--spikes", folder / "spikes.npz", "--json", *options]
    status = 0
    try:
        main([str(each) for each in arguments])
    except SystemExit as exit_:
        status = exit_.code or 0
    said = capsys.readouterr()
    return status, said.out, said.err


def test_a_network_is_spread_over_several_chips(ring, capsys):
    options = ("--chip", "dynapse2", "--neurons-per-core", 5)
    status, _, message = mapped(capsys, ring, *options)
    assert status == 2
    assert "40 neurons need 8 cores and there are 4" in " ".join(message.split())
    status, said, _ = mapped(capsys, ring, *options, "--chips-used", 2)
    assert status == 0
    numbers = json.loads(said)
    assert (numbers["cores_used"], numbers["valid"]) == (8, True)
    assert (numbers["energy_joules"], numbers["energy_unknown"]) == (None, None)
    kept = json.loads((ring / "mapping-dynapse2.json").read_text())
    assert kept["chip"]["chips"] == [2, 1]


def test_the_known_part_of_an_unknown_energy_is_said(ring, capsys):
    status, said, _ = mapped(capsys, ring, "--chip", "darwin3", "--neurons-per-core", 10)
    numbers = json.loads(said)
    assert status == 0
    assert numbers["energy_joules"] is None
    assert numbers["energy_joules_known"] == pytest.approx(40 * 3 * 5.47e-12)
    assert numbers["energy_unknown"] == ["neuron update", "packet", "hop"]


def test_a_chip_that_cannot_be_joined_says_so(ring, capsys):
    status, _, message = mapped(capsys, ring, "--chip", "odin", "--chips-used", 2)
    assert status == 2
    assert "odin cannot be spread over 2 chips" in " ".join(message.split())
