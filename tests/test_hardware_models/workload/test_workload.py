from itertools import pairwise

import nir
import numpy as np
import pytest
import torch
from support.workloads import workload

from hardware_models.workload.linear_nodes import LINEAR
from hardware_models.workload.nir_file import centroids_filled
from hardware_models.workload.workload import Workload
from neurogrow.errors import InputError


def lif(n, **metadata):
    one = np.ones(n)
    return nir.LIF(tau=one, r=one, v_leak=0 * one, v_threshold=one, v_reset=0 * one, metadata=metadata)


def li(n):
    return nir.LI(tau=np.ones(n), r=np.ones(n), v_leak=np.zeros(n))


RECURRENT = np.array([[0.0, 2.0, 0.0], [0.0, 0.0, 3.0], [4.0, 0.0, 5.0]])
READOUT = np.array([[1.0, 0.0, 1.0]])
PLACES = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
SPIKES = {"hidden": np.array([4, 0, 7]), "ticks": np.array(10), "trials": np.array(2)}


def recurrent_graph(**changed):
    nodes = {
        "input": nir.Input(np.array([2])),
        "input_weights": nir.Affine(weight=np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]), bias=np.zeros(3)),
        "hidden": lif(3, positions=PLACES),
        "recurrent": nir.Linear(weight=RECURRENT),
        "output_weights": nir.Affine(weight=READOUT, bias=np.zeros(1)),
        "readout": li(1),
        "output": nir.Output(np.array([1])),
    }
    edges = [("input", "input_weights"), ("input_weights", "hidden"), ("hidden", "recurrent"), ("recurrent", "hidden")]
    edges += [("hidden", "output_weights"), ("output_weights", "readout"), ("readout", "output")]
    return nir.NIRGraph(nodes | changed, edges)


@pytest.fixture
def written(tmp_path):
    def write(graph, spikes=SPIKES):
        nir.write(tmp_path / "network.nir", graph)
        np.savez(tmp_path / "spikes.npz", **spikes)
        return tmp_path / "network.nir", tmp_path / "spikes.npz"

    return write


def test_a_recurrent_network_comes_back_from_its_files(written):
    found = Workload.from_nir(*written(recurrent_graph()))
    wanted = np.zeros((4, 4), int)
    wanted[:3, :3] = RECURRENT != 0
    wanted[3, :3] = READOUT != 0
    np.testing.assert_array_equal(found.connectivity.toarray(), wanted)
    assert found.spikes_M.tolist() == [4, 0, 7, 0]
    assert (found.ticks, found.trials, found.n_synapses, found.input_synapses) == (10, 2, 6, 3)
    assert [(p.name, p.kind, p.start, p.stop, p.spiking) for p in found.populations] == [
        ("hidden", "LIF", 0, 3, True),
        ("readout", "LI", 3, 4, False),
    ]
    assert found.positions_M2.tolist() == [*PLACES.tolist(), [0.5, 0.5]]  # the read-out between neurons 0 and 2
    assert found.events_M.tolist() == [0, 7, 11, 11]
    assert found.fan_out_M.tolist() == [2, 1, 3, 0]
    assert found.label(3) == "readout[0]"


def test_counts_may_come_from_memory(written):
    path, _ = written(recurrent_graph())
    given = {"hidden": [1, 2, 3], "ticks": 10, "trials": 1}
    assert Workload.from_nir(path, given).spikes_M.tolist() == [1, 2, 3, 0]


def test_chains_of_linear_nodes_are_multiplied_out_and_parallel_ones_counted(written):
    nodes = {
        "input": nir.Input(np.array([2])),
        "a": lif(2),
        "narrow": nir.Linear(weight=np.array([[1.0, 0.0], [0.0, 1.0]])),
        "gain": nir.Scale(scale=np.array([2.0, 0.0])),
        "b": lif(2),
        "direct": nir.Linear(weight=np.array([[1.0, 1.0], [0.0, 0.0]])),
        "output": nir.Output(np.array([2])),
    }
    edges = [("input", "a"), ("a", "narrow"), ("narrow", "gain"), ("gain", "b"), ("a", "direct"), ("direct", "b")]
    graph = nir.NIRGraph(nodes, [*edges, ("b", "output")])
    spikes = {"a": np.array([1, 1]), "b": np.array([0, 0]), "ticks": 5, "trials": 1}
    found = Workload.from_nir(*written(graph, spikes))
    assert found.connectivity.toarray()[2:, :2].tolist() == [[2, 1], [0, 0]]
    assert found.positions_M2 is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"hidden": np.array([1, 2])}, r"'hidden' must be 3 whole numbers"),
        (
            {"hidden": np.array([1.0, 2.0, 3.0])},
            r"'hidden' must be 3 whole numbers \(counts\), as many numbers from 0 to 1",
        ),
        ({"hidden": np.array([-1, 2, 3])}, r"hidden\[0\] has -1 spikes"),
        ({"hidden": np.array([1, 11, 3])}, r"hidden\[1\] has 11 spikes in 10 ticks"),
        ({"readout": np.array([1])}, "'readout' is LI, which never spikes"),
        ({"hiden": np.array([1])}, "Did you mean 'hidden'"),
        ({"ticks": np.array([1, 2])}, "'ticks' must be one whole number"),
        ({"trials": np.array(0)}, "must be at least 1"),
    ],
)
def test_spikes_of_another_network_are_refused(written, changed, message):
    with pytest.raises(InputError, match=message):
        Workload.from_nir(*written(recurrent_graph(), SPIKES | changed))


def test_a_raster_with_several_spikes_in_a_bin_keeps_all_of_them(written):
    path, _ = written(recurrent_graph())
    raster = np.zeros((4, 3), int)
    raster[:, 0] = 3
    found = Workload.from_nir(path, {"hidden": raster})
    assert (found.spikes_M.tolist(), found.ticks, found.most_per_tick) == ([12, 0, 0, 0], 4, 3)


def test_neurons_that_nothing_drives_have_no_inputs(written):
    nodes = {"src": lif(6), "ws": nir.Linear(np.ones((4, 6))), "cells": lif(4)}
    edges = [("src", "ws"), ("ws", "cells")]
    counts = {"src": np.ones(6, int), "cells": np.ones(4, int), "ticks": 10, "trials": 1}
    found = Workload.from_nir(*written(nir.NIRGraph(nodes, edges), counts))  # nir adds an Input before 'src'
    assert (found.n_synapses, found.input_synapses) == (24, 0)


def test_small_whole_numbers_do_not_overflow(written):
    weight = np.full((1, 1), 16, np.int8)
    nodes = {"input": nir.Input(np.array([1])), "a": lif(1), "w": nir.Linear(weight), "w2": nir.Linear(weight)}
    nodes |= {"b": lif(1), "output": nir.Output(np.array([1]))}
    counts = {"a": np.ones(1, int), "b": np.ones(1, int), "ticks": 10, "trials": 1}
    found = Workload.from_nir(*written(nir.NIRGraph(nodes, list(pairwise(nodes))), counts))
    assert found.n_synapses == 1  # 16 x 16 is 0 in 8 bits


def test_missing_spikes_are_not_taken_for_silence(written):
    path, _ = written(recurrent_graph())
    with pytest.raises(InputError, match="the spikes of 'hidden' are missing"):
        Workload.from_nir(path, {"ticks": 1, "trials": 1})


def test_pickled_spikes_are_never_unpickled(written, tmp_path):
    path, _ = written(recurrent_graph())
    np.savez(tmp_path / "bad.npz", hidden=np.array([object()], dtype=object), ticks=1, trials=1)
    with pytest.raises(InputError, match=r"bad\.npz cannot be read as an \.npz of plain arrays \(ValueError\); write"):
        Workload.from_nir(path, tmp_path / "bad.npz")


def test_files_of_another_kind_are_refused_by_name(written, tmp_path):
    path, spikes = written(recurrent_graph())
    junk = tmp_path / "junk"
    junk.write_bytes(b"not HDF5, not a zip file either")
    with pytest.raises(InputError, match="junk cannot be read as"):
        Workload.from_nir(junk, spikes)
    with pytest.raises(InputError, match="junk cannot be read as"):
        Workload.from_nir(path, junk)
    with pytest.raises(InputError, match="does not exist"):
        Workload.from_nir(tmp_path / "no.nir", spikes)
    with pytest.raises(InputError, match="does not exist"):
        Workload.from_nir(path, tmp_path / "no.npz")
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(InputError, match="holds one array"):
        Workload.from_nir(path, tmp_path / "one.npy")


def test_a_node_that_is_no_synapse_is_refused_by_name_and_type(written):
    nodes = {"input": nir.Input(np.array([2])), "wait": nir.Delay(np.ones(2)), "cells": lif(2)}
    graph = nir.NIRGraph(
        nodes | {"output": nir.Output(np.array([2]))}, [("input", "wait"), ("wait", "cells"), ("cells", "output")]
    )
    with pytest.raises(InputError, match="node 'wait' is of type Delay"):
        Workload.from_nir(*written(graph))


def test_a_graph_without_neurons_and_a_loop_without_one_are_refused(written):
    ends = {"input": nir.Input(np.array([2])), "output": nir.Output(np.array([2]))}
    square = {"w": nir.Linear(weight=np.ones((2, 2)))}
    with pytest.raises(InputError, match="holds no neurons"):
        Workload.from_nir(*written(nir.NIRGraph(ends | square, [("input", "w"), ("w", "output")])))
    edges = [("input", "w"), ("w", "w"), ("w", "cells"), ("cells", "output")]
    with pytest.raises(InputError, match="drives itself"):
        Workload.from_nir(*written(nir.NIRGraph(ends | square | {"cells": lif(2)}, edges)))


def test_positions_of_the_wrong_shape_are_refused(written):
    with pytest.raises(InputError, match="positions of node 'hidden' must be 3 pairs"):
        Workload.from_nir(*written(recurrent_graph(hidden=lif(3, positions=np.zeros((2, 2))))))


@pytest.mark.parametrize("positions", [np.full((3, 2), b"here"), np.full((3, 2), 1j), np.full((3, 2), 1e308), "here"])
def test_positions_that_are_no_places_are_refused(written, positions):
    with pytest.raises(InputError, match="hidden"):
        Workload.from_nir(*written(recurrent_graph(hidden=lif(3, positions=positions))))


@pytest.mark.parametrize("node", [nir.Linear(np.diag([1.0, np.nan, 1.0])), nir.Scale(np.array([1.0, np.inf, 1.0]))])
def test_weights_that_are_not_finite_are_no_synapses(written, node):
    with pytest.raises(InputError, match="not a finite number"):
        Workload.from_nir(*written(recurrent_graph(recurrent=node)))


def test_a_chain_of_linear_nodes_without_end_is_refused(written):
    links = [f"link{place}" for place in range(1200)]
    nodes = {"input": nir.Input(np.array([1])), "cells": lif(1), "output": nir.Output(np.array([1]))}
    path = ["input", *links, "cells", "output"]
    graph = nir.NIRGraph(nodes | {link: nir.Scale(np.ones(1)) for link in links}, list(pairwise(path)))
    counts = {"cells": np.array([1]), "ticks": 10, "trials": 1}
    with pytest.raises(InputError, match="chain of linear nodes is too long"):
        Workload.from_nir(*written(graph, counts))


def test_positions_spread_along_chains_and_what_nothing_reaches_sits_in_the_middle():
    chain = workload([(0, 2), (1, 2), (2, 3)], [0] * 5).connectivity
    places = np.full((5, 2), np.nan)
    places[:2] = [[0, 0], [0, 2]]
    filled = centroids_filled(places, chain)
    np.testing.assert_allclose(filled, [[0, 0], [0, 2], [0, 1], [0, 1], [0, 1]])


def test_a_workload_whose_parts_disagree_is_refused():
    with pytest.raises(InputError, match="holds no neurons"):
        workload([], [])
    with pytest.raises(InputError, match="positions of shape"):
        workload([], [1, 2], positions=np.zeros((3, 2)))


def test_a_subgraph_is_taken_apart_and_its_loop_closed(written):
    inner = nir.NIRGraph(
        {
            "input": nir.Input(np.array([3])),
            "lif": lif(3),
            "w_rec": nir.Linear(weight=RECURRENT),
            "output": nir.Output(np.array([3])),
        },
        [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
    )
    nodes = {
        "input": nir.Input(np.array([2])),
        "encoder": nir.Linear(weight=np.ones((3, 2))),
        "rnn": inner,
        "readout_weights": nir.Linear(weight=READOUT),
        "readout": li(1),
        "output": nir.Output(np.array([1])),
    }
    edges = [("input", "encoder"), ("encoder", "rnn"), ("rnn", "readout_weights"), ("readout_weights", "readout")]
    graph = nir.NIRGraph(nodes, [*edges, ("readout", "output")])
    spikes = {"rnn.lif": np.array([4, 0, 7]), "ticks": np.array(10), "trials": np.array(2)}
    found = Workload.from_nir(*written(graph, spikes))
    at = {each.name: each.start for each in found.populations}
    lo = at["rnn.lif"]
    wanted = np.zeros((4, 4), int)
    wanted[lo : lo + 3, lo : lo + 3] = RECURRENT != 0
    wanted[at["readout"], lo : lo + 3] = READOUT[0] != 0
    np.testing.assert_array_equal(found.connectivity.toarray(), wanted)
    assert found.input_synapses == 6


def spatial_lif(*shape):
    one = np.ones(shape)
    return nir.LIF(tau=one, r=one, v_leak=0 * one, v_threshold=one, v_reset=0 * one)


def convolutional_graph(stride, padding, dilation, kernel):
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(4, 2, *kernel))
    weight[0, 0, 0, 0] = 0
    conv = nir.Conv2d(input_shape=(6, 7), weight=weight, stride=stride, padding=padding, dilation=dilation,
                      groups=1, bias=np.zeros(4))  # fmt: skip
    with torch.no_grad():
        eye = torch.eye(84, dtype=torch.float64).reshape(84, 2, 6, 7)
        same = padding if isinstance(padding, str) else tuple(padding)
        out = torch.nn.functional.conv2d(eye, torch.from_numpy(weight), None, stride, same, dilation)
        pooled = torch.nn.functional.avg_pool2d(out, 2, 2, divisor_override=1)
    nodes = {
        "input": nir.Input(np.array([2, 6, 7])),
        "first": spatial_lif(2, 6, 7),
        "conv": conv,
        "pool": nir.SumPool2d(kernel_size=np.array([2, 2]), stride=np.array([2, 2]), padding=np.array([0, 0])),
        "flat": nir.Flatten({"input": np.array(pooled.shape[1:])}, start_dim=0),
        "second": lif(pooled[0].numel()),
        "output": nir.Output(np.array([pooled[0].numel()])),
    }
    names = list(nodes)
    graph = nir.NIRGraph(nodes, list(pairwise(names)))
    return graph, pooled.reshape(84, -1).T.numpy()


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "kernel"),
    [((1, 1), (0, 0), (1, 1), (3, 3)), ((1, 2), (2, 1), (2, 1), (2, 3)), ((1, 1), "same", (1, 1), (3, 2))],
)
def test_convolutions_and_pools_are_the_matrices_that_torch_applies(written, stride, padding, dilation, kernel):
    graph, matrix = convolutional_graph(stride, padding, dilation, kernel)
    spikes = {"first": np.zeros(84, int), "second": np.zeros(len(matrix), int)}
    found = Workload.from_nir(*written(graph, spikes | {"ticks": np.array(1), "trials": np.array(1)}))
    np.testing.assert_array_equal(found.connectivity.toarray()[84:, :84], matrix != 0)
    assert found.n_synapses == (matrix != 0).sum()
    assert found.input_synapses == 84


def test_a_convolution_in_one_dimension_by_hand(written):
    conv = nir.Conv1d(input_shape=4, weight=np.array([[[1.0, 0.0, 2.0]]]), stride=1, padding=1, dilation=1, groups=1,
                      bias=np.zeros(1))  # fmt: skip
    nodes = {"input": nir.Input(np.array([1, 4])), "a": spatial_lif(1, 4), "conv": conv, "b": spatial_lif(1, 4)}
    graph = nir.NIRGraph(nodes | {"output": nir.Output(np.array([1, 4]))},
                         [("input", "a"), ("a", "conv"), ("conv", "b"), ("b", "output")])  # fmt: skip
    spikes = {"a": np.zeros(4, int), "b": np.zeros(4, int), "ticks": np.array(1), "trials": np.array(1)}
    found = Workload.from_nir(*written(graph, spikes)).connectivity.toarray()[4:, :4]
    assert found.tolist() == [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]


def test_groups_of_channels_stay_apart():
    weight = np.ones((4, 1, 1, 1))
    conv = nir.Conv2d(None, weight, 1, 0, 1, 2, np.zeros(4))
    matrix, shape = LINEAR[nir.Conv2d](conv, (2, 1, 1))
    assert shape == (4, 1, 1)
    assert matrix.toarray().tolist() == [[1, 0], [1, 0], [0, 1], [0, 1]]
