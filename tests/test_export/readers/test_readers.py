"""Every reader that there is runs a written file: the exact ones spike for spike, the others by their own semantics."""

import numpy as np
import pytest
from parity import random_network
from support.spiking_networks import KINDS, currents, uniform_network

from export.nir.dialects import DIALECTS, write_dialect
from export.nir.graph import to_nir, write_nir
from export.nir.modular import to_modular_nir
from export.parity import own_reference
from export.readers import READERS, ToolReader
from neurogrow.equations import spiking_reference


def installed(name):
    """A reader; its tests are skipped where it is not installed (`make test` installs all of them)."""
    reader = READERS[name]
    return pytest.param(reader, id=name, marks=pytest.mark.skipif(bool(reader.missing), reason=f"{name} is missing"))


EXACT = [installed(name) for name in ("snntorch", "norse", "spikingjelly")]
OTHERS = [installed(name) for name in ("rockpool", "spyx")]


def written(graph, reader, folder):
    return write_dialect(graph, DIALECTS[reader.dialect], folder / f"{reader.name}.nir")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reader", EXACT)
def test_exact_readers_differ_nowhere(tmp_path, reader, kind):
    network = uniform_network(seed=1, **KINDS[kind])
    inputs = currents(network, 60, 2)
    reference = spiking_reference(network, inputs)
    given = reader.run(written(to_nir(network), reader, tmp_path), inputs)
    assert reference.spikes_TBN.mean() > 0.02
    assert int((given.spikes_TBN != reference.spikes_TBN).sum()) == 0
    np.testing.assert_allclose(given.readout_TBO, reference.readout_TBO, rtol=0, atol=1e-12)


@pytest.mark.parametrize("reader", OTHERS)
def test_readers_with_semantics_of_their_own_do_what_these_say(tmp_path, reader):
    network = uniform_network(seed=1, cuba=True)  # (Rockpool has no other neurons)
    inputs = currents(network, 60, 2)
    path = written(to_nir(network), reader, tmp_path)
    expected, given = own_reference(path, inputs, DIALECTS[reader.dialect]), reader.run(path, inputs)
    assert int((given.spikes_TBN != expected.spikes_TBN).sum()) == 0
    np.testing.assert_allclose(given.readout_TBO, expected.readout_TBO, rtol=0, atol=1e-11)
    assert (given.spikes_TBN != spiking_reference(network, inputs).spikes_TBN).any()


@pytest.mark.parametrize("reader", [installed("spyx")])
def test_lif_neurons_in_spyx_lose_their_threshold_after_the_decay(tmp_path, reader):
    network = uniform_network(seed=1)
    inputs = currents(network, 30, 2)
    path = written(to_nir(network), reader, tmp_path)
    expected, given = own_reference(path, inputs, DIALECTS["spyx"]), reader.run(path, inputs)
    assert int((given.spikes_TBN != expected.spikes_TBN).sum()) == 0


@pytest.mark.parametrize(("size", "kind"), [(5, {}), (37, {"cuba": True}), (110, {"encoder": True})])
@pytest.mark.parametrize("reader", [installed(name) for name in ("snntorch", "norse")])
def test_random_networks_with_time_constants_of_their_own(tmp_path, reader, size, kind):
    """The short form of benchmarks/parity.py."""
    network = random_network(size, seed=size, **kind)
    inputs = np.random.default_rng(size).normal(size=(150, 1, network.n_inputs))
    given, reference = (
        reader.run(written(to_nir(network), reader, tmp_path), inputs),
        spiking_reference(network, inputs),
    )
    assert reference.spikes_TBN.mean() > 0.01
    assert int((given.spikes_TBN != reference.spikes_TBN).sum()) == 0


@pytest.mark.parametrize("reader", [installed(name) for name in ("snntorch", "spikingjelly")])
def test_a_file_of_modules_gives_the_same_spikes(tmp_path, reader):
    network = uniform_network(seed=2)
    inputs = currents(network, 60, 2)
    given = reader.run(written(to_modular_nir(network), reader, tmp_path), inputs)
    np.testing.assert_array_equal(given.spikes_TBN, spiking_reference(network, inputs).spikes_TBN)


def test_the_numpy_reader_reads_the_canonical_file(tmp_path):
    network = uniform_network(seed=3)
    inputs = currents(network)
    given = READERS["numpy"].run(write_nir(network, tmp_path / "network.nir"), inputs)
    np.testing.assert_array_equal(given.spikes_TBN, spiking_reference(network, inputs).spikes_TBN)


def test_what_is_not_installed_is_known_before_it_is_imported():
    absent = ToolReader("nobody", "nobody_import", None, ("numpy", "no-such-distribution"))
    assert absent.missing == ("no-such-distribution",)
    assert absent.version == np.__version__
    assert READERS["numpy"].missing == ()
    assert READERS["numpy"].version is None
