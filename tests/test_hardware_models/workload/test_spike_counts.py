import numpy as np
import pytest

from hardware_models.workload.nir_file import NeuronGraph, Population
from hardware_models.workload.spike_counts import at_one_rate, counted
from neurogrow.errors import InputError

HIDDEN, READOUT = Population("hidden", "LIF", 0, 3, True), Population("readout", "LI", 3, 4, False)


@pytest.fixture
def graph():
    return NeuronGraph((HIDDEN, READOUT), np.zeros((4, 4)), None, 0)


def test_rasters_say_how_long_they_are(graph):
    raster = np.zeros((5, 2, 3))  # ticks, trials, neurons
    raster[:, 0, 0], raster[2:4, 1, 2] = 1, 7
    found = counted(graph, {"hidden": raster}, "memory")
    assert found.spikes_M.tolist() == [5, 0, 14, 0]  # several spikes in a bin are counted
    assert found.most_per_tick == 7
    assert (found.ticks, found.trials) == (10, 2)
    alone = counted(graph, {"hidden": raster[:, 0] != 0, "ticks": 5}, "memory")
    assert (alone.spikes_M.tolist(), alone.ticks, alone.trials) == ([5, 0, 0, 0], 5, 1)


def test_rates_are_per_tick(graph):
    rates = {"hidden": np.array([0.5, 0.0, 0.25])}
    assert counted(graph, rates, "memory").spikes_M.tolist() == [500, 0, 250, 0]
    found = counted(graph, rates | {"ticks": 40, "trials": 4}, "memory")
    assert (found.spikes_M.tolist(), found.ticks, found.trials) == ([20, 0, 10, 0], 40, 4)


def test_nobody_knows(graph):
    found = at_one_rate(graph, 0.2)
    assert (found.spikes_M.tolist(), found.ticks) == ([200, 200, 200, 0], 1000)
    assert "0.2 times per tick" in found.assumption


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hidden": np.ones(3, int)}, "'ticks' must be one whole number"),
        ({"hidden": np.ones((5, 3)), "ticks": 4}, "'ticks' is 4, but the rasters have 5"),
        ({"hidden": np.ones((5, 2)), "ticks": 5}, "'hidden' must be 3 whole numbers"),
        ({"hidden": np.array([0.5, 1.5, 0.0])}, "numbers from 0 to 1"),
        ({"hidden": np.array([0.5, np.nan, 0.0])}, "numbers from 0 to 1"),
        ({"hidden": np.array(["a", "b", "c"])}, "whole numbers"),
        ({"hidden": np.zeros((5, 3)), "readout": np.zeros((6, 1))}, "differ in length"),
        ({"hidden": np.full((5, 3), np.nan)}, "numbers of spikes, whole and not negative, not nan"),
        ({"hidden": np.full((5, 3), np.inf)}, "not inf"),
        ({"hidden": np.full((5, 3), -1)}, "not -1"),
        ({"hidden": np.full((5, 2, 3), 0.5)}, "not 0.5"),
        ({"hidden": np.full((5, 3), 1e300)}, "not 1e"),
    ],
)
def test_what_fits_nothing_is_refused(graph, given, message):
    with pytest.raises(InputError, match=message):
        counted(graph, given, "memory")
