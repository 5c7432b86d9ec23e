"""The public names of the package, and what users bring to it as objects or by name."""

import subprocess
import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest
from support.spiking_networks import currents, spiking_network

import export
from export.nir.dialects import dialect_rows
from export.readers import find_readers
from neurogrow.errors import InputError
from neurogrow.response import Response

WANTED = {
    *("to_nir", "write_nir", "read_nir", "import_nir", "write_modular_nir", "write_onnx", "run_onnx", "simulate"),
    *("measure_nir", "measure_onnx", "DIALECTS", "READERS", "Dialect", "Reader", "write_dialect"),
}


def test_every_public_name_is_there_and_documented():
    assert not WANTED - set(export.__all__)
    for name in export.__all__:
        assert getattr(export, name).__doc__


def test_the_package_is_imported_without_torch():
    code = "import sys, export; export.read_nir, export.write_dialect, export.simulate; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.fixture
def network():
    return spiking_network(20, seed=5)


@pytest.fixture
def path(network, tmp_path):
    return export.write_nir(network, tmp_path / "network.nir")


def renamed(graph):
    """The graph carries a mark."""
    graph.metadata = graph.metadata | {"mark": "mine"}
    return graph


MINE = export.Dialect("mine", "a reader of mine", changes=(renamed,))


def test_a_dialect_is_an_object_or_a_registered_name(network, tmp_path):
    graph = export.to_nir(network)
    for dialect in (MINE, export.DIALECTS.register("mine", MINE) and "mine"):
        written = export.read_graph(export.write_dialect(graph, dialect, tmp_path / "mine.nir"))
        assert (written.metadata["mark"], written.metadata["dialect"]) == ("mine", "mine")
    assert dialect_rows()["mine"]["changes"] == ["The graph carries a mark"]
    export.DIALECTS.unregister("mine")
    with pytest.raises(InputError, match="There is no dialect 'mine'"):
        export.write_dialect(graph, "mine", tmp_path / "other.nir")
    assert not (tmp_path / "other.nir").exists()


class Simulator:
    """The least that a reader is: an object that runs a file."""

    def run(self, path, currents_TBI):
        outputs = export.simulate(export.read_graph(path), currents_TBI)
        return Response(outputs["hidden"], outputs["output"])


@dataclass(frozen=True)
class InDialect(Simulator):
    """A reader with a dialect of its own."""

    dialect: export.Dialect = MINE
    name: str = "in a dialect"

    def run(self, path, currents_TBI):
        assert export.read_graph(path).metadata["mark"] == "mine"
        return super().run(path, currents_TBI)


def test_a_reader_is_an_object_or_a_registered_name(network, path):
    inputs = currents(network)
    export.READERS.register("simulator", Simulator())
    assert isinstance(Simulator(), export.Reader)
    for readers in ({"simulator": Simulator()}, ["simulator"], [Simulator(), InDialect(), "numpy"]):
        rows = export.measure_nir(path, inputs, readers=readers).readers
        assert len(rows) == len(readers)
        assert {row.differing_bins for row in rows} == {0}
    assert [row.name for row in rows] == ["Simulator", "in a dialect", "numpy"]
    export.READERS.unregister("simulator")
    with pytest.raises(InputError, match="There is no reader 'simulator'"):
        find_readers(["simulator"])


def test_a_reader_of_ones_own_that_errs_is_reported(network, path):
    class Silent(Simulator):
        def run(self, path, currents_TBI):
            response = super().run(path, currents_TBI)
            return replace(response, spikes_TBN=np.zeros_like(response.spikes_TBN))

    (row,) = export.measure_nir(path, currents(network), readers=[Silent()]).readers
    assert row.differing_bins > 0
    assert row.cosine == 0
