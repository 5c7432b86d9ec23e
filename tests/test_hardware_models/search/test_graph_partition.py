import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.workloads import any_workloads, local_workload, mesh_chip

from hardware_models.mapping import map_workload, mapping_report
from hardware_models.search.partition import PARTITIONS, partition_neurons
from hardware_models.workload.destinations import destinations
from neurogrow.errors import InputError


def packets(work, method):
    parts = partition_neurons(work, mesh_chip(4, 4, neurons=10), method)
    return destinations(work, parts.part_M, parts.n_parts).remote().spikes_P.sum()


def test_the_search_keeps_more_spikes_within_parts_than_the_layout_does():
    work = local_workload()
    assert packets(work, "multilevel") < packets(work, "layout") < packets(work, "sequential")


@pytest.mark.parametrize(("method", "library"), [("metis", "pymetis"), ("mt-kahypar", "mtkahypar")])
def test_what_a_library_finds_is_refined_and_keeps_the_size(method, library):
    pytest.importorskip(library)
    work = local_workload()
    assert packets(work, method) < 1.1 * packets(work, "layout")
    assert np.bincount(PARTITIONS[method](work, 16, 9, 0)).max() <= 9


@pytest.mark.parametrize(("method", "library"), [("metis", "pymetis"), ("mt-kahypar", "mtkahypar")])
def test_a_library_that_is_missing_is_named(method, library, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match=f"needs {library}: pip install 'neurogrow\\[mapping\\]'"):
        PARTITIONS[method](local_workload(), 16, 10, 0)


@given(any_workloads(), st.integers(0, 9), st.integers(2, 9))
@settings(deadline=None, max_examples=20)
def test_parts_keep_every_limit(work, seed, neurons):
    chip = mesh_chip(6, 6, neurons=neurons, input_axons_per_core=24, output_axons_per_core=30)
    try:
        report = mapping_report(map_workload(work, chip, "multilevel", "spectral", seed))
    except InputError:
        return
    assert report.valid, report.violations


@pytest.mark.parametrize(("method", "library"), [("multilevel", "numba"), ("mt-kahypar", "mtkahypar")])
def test_a_seed_is_a_partition(method, library):
    pytest.importorskip(library)
    first, again = (PARTITIONS[method](local_workload(), 16, 10, 3) for _ in range(2))
    np.testing.assert_array_equal(first, again)
