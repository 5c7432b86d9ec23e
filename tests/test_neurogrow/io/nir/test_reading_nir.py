"""Files that determine a network but fail nir's own type check, and files that determine none."""

from itertools import pairwise

import h5py
import nir
import numpy as np
import pytest
from scipy import sparse

from neurogrow.errors import InputError
from neurogrow.io.nir import flatten, invented_inputs, read_graph, size_of


def lif(*shape, dtype=np.float64):
    return nir.LIF(*(np.full(shape, value, dtype) for value in (2e-3, 1, 0, 1, 0)))


def ends(entering, leaving):
    return {"input": nir.Input({"input": np.array(entering)}), "output": nir.Output({"output": np.array(leaving)})}


def linear(rows, columns):
    return nir.Linear(np.random.default_rng(0).standard_normal((rows, columns)))


def written(folder, nodes, edges=None):
    """A chain of nodes in a file, or what the edges say, without nir's type check."""
    names = ["input", *(name for name in nodes if name not in ("input", "output")), "output"]
    path = folder / "network.nir"
    nir.write(path, nir.NIRGraph(nodes, list(pairwise(names)) if edges is None else edges, type_check=False))
    return path


def without(path, *data):
    """The file without these data."""
    with h5py.File(path, "r+") as file:
        for place in data:
            del file["node/nodes"][place]
    return path


def sizes(path):
    return {name: size_of(node) for name, node in read_graph(path).nodes.items()}


def shapes(path):
    graph = read_graph(path)
    return {name: tuple(node.output_type["output"].tolist()) for name, node in graph.nodes.items()}


@pytest.mark.parametrize("entering", [(20,), (1, 1, 20), (1, 20), (100, 20), (1, 100, 20)])
@pytest.mark.parametrize("leaving", [(4,), (1, 1, 4), (100, 4)])
def test_batch_and_time_axes_of_declared_shapes_are_left_out(tmp_path, entering, leaving):
    nodes = {"w": linear(15, 20), "a": lif(15), "w2": linear(4, 15), "b": lif(4)}
    read = shapes(written(tmp_path, ends(entering, leaving) | nodes))
    assert read == {"input": (20,), "w": (15,), "a": (15,), "w2": (4,), "b": (4,), "output": (4,)}


@pytest.mark.parametrize(("entering", "leaving"), [((21,), (4,)), ((20,), (5,)), ((20, 3), (4,))])
def test_declared_shapes_that_contradict_the_weights_are_refused(tmp_path, entering, leaving):
    nodes = {"w": linear(15, 20), "a": lif(15), "w2": linear(4, 15), "b": lif(4)}
    with pytest.raises(InputError, match=r"network\.nir: .*(declares the shape|takes)"):
        read_graph(written(tmp_path, ends(entering, leaving) | nodes))


@pytest.mark.parametrize("kind", ["LIF", "IF", "CubaLIF", "LI", "CubaLI"])
@pytest.mark.parametrize("is_scalar", [False, True])
def test_single_values_are_parameters_of_all_neurons(tmp_path, kind, is_scalar):
    one = np.ones(1)
    node = {
        "LIF": nir.LIF(one, one, 0 * one, one),
        "IF": nir.IF(one, one),
        "CubaLIF": nir.CubaLIF(one, one, one, 0 * one, one),
        "LI": nir.LI(one, one, 0 * one),
        "CubaLI": nir.CubaLI(one, one, one, 0 * one),
    }[kind]
    path = written(tmp_path, ends((20,), (15,)) | {"w": linear(15, 20), "a": node})
    if is_scalar:
        with h5py.File(path, "r+") as file:
            group = file["node/nodes/a"]
            for key in [key for key in group if key != "type" and isinstance(group[key], h5py.Dataset)]:
                value = float(group[key][0])
                del group[key]
                group[key] = value
    read = read_graph(path).nodes["a"]
    assert size_of(read) == 15
    assert {value.shape for key, value in vars(read).items() if key[0] in "tvrw"} == {(15,)}


def test_one_parameter_may_be_single_and_the_others_not(tmp_path):
    path = written(tmp_path, ends((20,), (15,)) | {"w": linear(15, 20), "a": lif(15)})
    with h5py.File(path, "r+") as file:
        del file["node/nodes/a/tau"]
        file["node/nodes/a/tau"] = 5e-3
    assert read_graph(path).nodes["a"].tau.tolist() == [5e-3] * 15


def test_single_values_get_their_size_from_what_follows_or_from_the_output(tmp_path):
    loop = [("a", "w"), ("w", "a"), ("a", "output")]
    nodes = {"a": lif(1), "w": linear(4, 4), "output": nir.Output({"output": np.array([4])})}
    assert sizes(written(tmp_path, nodes, loop))["a"] == 4
    alone = {"a": lif(1), "output": nir.Output({"output": np.array([4])})}
    assert sizes(written(tmp_path, alone, [("a", "output")]))["a"] == 4
    nodes = {"a": lif(1), "s": nir.Scale(np.ones(1)), "w": linear(3, 7), "b": lif(1)}
    assert sizes(written(tmp_path, nodes, list(pairwise(nodes)))) == {"a": 7, "s": 7, "w": 3, "b": 3}


def test_a_size_that_nothing_gives_is_refused_with_the_nodes_name(tmp_path):
    with pytest.raises(InputError, match=r"network\.nir: the file does not give the size of node 'a'"):
        read_graph(written(tmp_path, {"a": lif(1)}, []))


def convolution(weight, groups=1, padding=0, stride=1, input_shape=(9, 9)):
    return nir.Conv2d(input_shape, weight, stride, padding, 1, groups, np.zeros(len(weight)))


@pytest.mark.parametrize(
    ("entering", "node", "leaving"),
    [
        ((2, 9, 9), convolution(np.ones((4, 2, 3, 5))), (4, 7, 5)),
        ((3, 8, 8), convolution(np.ones((6, 1, 3, 3)), groups=3), (6, 6, 6)),
        ((4, 8, 8), convolution(np.ones((6, 2, 3, 3)), groups=2, stride=2), (6, 3, 3)),
        ((1, 2, 9, 9), convolution(np.ones((4, 2, 3, 3)), padding=1), (4, 9, 9)),
        ((9, 9), convolution(np.ones((4, 1, 3, 3)), padding="same"), (4, 9, 9)),
        ((2, 9), nir.Conv1d(9, np.ones((4, 2, 3)), 1, 0, 1, 1, np.zeros(4)), (4, 7)),
        ((2, 9), nir.Conv1d(9, np.ones((4, 1, 3)), 2, 1, 1, 2, np.zeros(4)), (4, 5)),
        ((2, 9, 8), nir.AvgPool2d(np.array([2, 4]), np.array([2, 4]), np.array([0, 0])), (2, 4, 2)),
    ],
)
def test_kernels_of_any_form_have_their_shapes_from_what_arrives(tmp_path, entering, node, leaving):
    path = written(tmp_path, ends(entering, (1,)) | {"c": node, "a": lif(1)})
    path = without(path, "output/shape", *(["c/input_shape"] if hasattr(node, "input_shape") else []))
    read = shapes(path)
    assert (read["c"], read["a"], read["output"]) == (leaving, leaving, leaving)


def test_one_value_for_each_channel_is_repeated(tmp_path):
    graph = read_graph(written(tmp_path, ends((2, 5, 5), (2, 5, 5)) | {"a": lif(2, 1, 1)}))
    assert graph.nodes["a"].tau.shape == (2, 5, 5)
    with pytest.raises(InputError, match=r"'a' has parameters of shape \(3, 1, 1\)"):
        read_graph(written(tmp_path, ends((2, 5, 5), (2, 5, 5)) | {"a": lif(3, 1, 1)}))


def test_an_array_without_the_channels_of_a_kernel_is_refused(tmp_path):
    path = written(tmp_path, ends((3, 9, 9), (1,)) | {"c": convolution(np.ones((4, 2, 3, 3))), "a": lif(1)})
    with pytest.raises(InputError, match=r"'input' declares the shape \[3, 9, 9\], and what it leads to takes 162"):
        read_graph(path)
    with pytest.raises(InputError, match=r"'c' is a Conv2d with a weight of shape \(4, 2, 3, 3\) in 1 groups"):
        read_graph(without(path, "c/input_shape"))


@pytest.mark.parametrize("axes", [(0, -1), (1, -1), (1, 3), (-3, -1)])
@pytest.mark.parametrize("declared", [None, np.array([2, 4, 4]), np.array([1, 2, 4, 4])])
def test_arrays_are_flattened_from_any_axis(tmp_path, axes, declared):
    flat = nir.Flatten({"input": None}, *axes)
    flat.input_type = {"input": np.zeros(0) if declared is None else declared}
    nodes = {"a": lif(2, 4, 4), "f": flat, "w": linear(3, 32), "b": lif(3)}
    path = written(tmp_path, ends((2, 4, 4), (3,)) | nodes)
    assert sizes(without(path, "f/input_type") if declared is None else path)["f"] == 32


def test_older_versions_of_the_format(tmp_path):
    nodes = {"c": convolution(np.ones((4, 2, 3, 3)), input_shape=(6, 6)), "a": lif(4, 4, 4), "f": nir.Flatten(
        {"input": np.array([4, 4, 4])}, 0), "w": linear(5, 64), "b": nir.CubaLIF(*[np.ones(5)] * 5)}  # fmt: skip
    path = written(tmp_path, ends((2, 6, 6), (5,)) | nodes)
    with h5py.File(path, "r+") as file:
        del file["version"]
        file["version"] = "0.2.0"
        for missing in ("c/input_shape", "a/v_reset", "f/input_type", "b/w_in", "b/v_reset"):
            del file["node/nodes"][missing]
    graph = read_graph(path)
    assert graph.nodes["c"].input_shape == (6, 6)
    assert not graph.nodes["a"].v_reset.any()
    assert graph.nodes["b"].w_in.tolist() == [1] * 5


def test_half_precision_is_read(tmp_path):
    half = nir.Linear(np.ones((8, 10), np.float16))
    graph = read_graph(written(tmp_path, ends((10,), (8,)) | {"w": half, "a": lif(8, dtype=np.float16)}))
    assert graph.nodes["w"].weight.dtype == np.float16


def test_a_slash_in_a_name_is_part_of_it(tmp_path):
    nodes = {"w": linear(4, 3), "a": lif(4), "a/b": lif(4), "a/c/d": lif(4)}
    assert set(sizes(written(tmp_path, ends((3,), (4,)) | nodes))) == {"input", "output", *nodes}


def subgraph(n):
    nodes = {"in": nir.Input(np.array([n])), "lif": lif(n), "w": linear(n, n), "out": nir.Output(np.array([n]))}
    return nir.NIRGraph(nodes, [("in", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "out")])


def test_nodes_whose_flat_names_would_be_the_same_stay_apart(tmp_path):
    nodes = ends((4,), (4,)) | {"rnn": subgraph(4), "rnn.lif": lif(4)}
    graph = flatten(read_graph(written(tmp_path, nodes)))
    assert set(graph.nodes) == {"input", "output", "rnn.lif", "rnn.lif_2", "rnn.w"}
    assert ("rnn.lif_2", "rnn.lif") in graph.edges
    assert ("input", "rnn.lif_2") in graph.edges
    assert graph.edges.count(("rnn.w", "rnn.lif_2")) == 1


def test_a_subgraph_that_hands_on_twice_counts_twice(tmp_path):
    passing = nir.NIRGraph({"in": nir.Input(np.array([4])), "out": nir.Output(np.array([4]))}, [("in", "out")])
    nodes = ends((4,), (4,)) | {"p": passing, "a": lif(4)}
    edges = [("input", "p"), ("p", "a"), ("input", "a"), ("a", "output")]
    assert flatten(read_graph(written(tmp_path, nodes, edges))).edges.count(("input", "a")) == 2


def test_a_subgraph_without_ends_is_followed_where_they_are_certain(tmp_path):
    inner = nir.NIRGraph({"w": linear(4, 3), "lif": lif(4)}, [("w", "lif")], type_check=False)
    graph = flatten(read_graph(written(tmp_path, ends((3,), (4,)) | {"p": inner})))
    assert set(graph.edges) == {("input", "p.w"), ("p.w", "p.lif"), ("p.lif", "output")}
    two = nir.NIRGraph({"a": lif(4), "b": lif(4)}, [], type_check=False)
    with pytest.raises(InputError, match="'p' has 2 Input nodes"):
        read_graph(written(tmp_path, ends((4,), (4,)) | {"p": two}))


def sources(*with_input):
    nodes = {"w": linear(4, 2), "a": lif(4), "src": lif(6), "ws": linear(4, 6)}
    edges = [("w", "a"), ("src", "ws"), ("ws", "a"), *((f"x{n}", name) for n, name in enumerate(with_input))]
    inputs = {f"x{n}": nir.Input(np.array([2 if name == "w" else 6])) for n, name in enumerate(with_input)}
    return nir.NIRGraph(nodes | inputs, edges)  # nir adds the inputs and outputs that are missing


def test_inputs_that_nir_has_added_to_neurons_are_no_inputs(tmp_path):
    path = tmp_path / "network.nir"
    nir.write(path, sources("w"))
    assert "input_src" in nir.read(path).nodes
    assert {name for name in read_graph(path).nodes if "input" in name} == set()
    nir.write(path, sources("w", "src"))
    assert {"x0", "x1"} < set(read_graph(path).nodes)
    nir.write(path, sources())
    assert invented_inputs(read_graph(path)) == set()  # the one before the weights stays, the one before neurons went
    assert {name for name in read_graph(path).nodes if "input" in name} == {"input_w"}
    nir.write(path, nir.NIRGraph({"src": lif(6), "ws": linear(4, 6), "a": lif(4)}, [("src", "ws"), ("ws", "a")]))
    assert invented_inputs(read_graph(path)) == {"input_src"}


def test_an_edge_to_nowhere_and_one_that_is_listed_twice_are_refused(tmp_path):
    nodes = ends((4,), (4,)) | {"lif1": lif(4)}
    with pytest.raises(InputError, match=r"names 'lif', which is no node\. Did you mean 'lif1'"):
        read_graph(written(tmp_path, nodes, [("input", "lif"), ("lif1", "output")]))
    with pytest.raises(InputError, match="input -> lif1 is listed 2 times"):
        read_graph(written(tmp_path, nodes, [("input", "lif1")] * 2 + [("lif1", "output")]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda group: group.__delitem__("tau"), "'a' has no 'tau', which NIR's LIF needs"),
        (lambda group: group.__setitem__("taus", 1.0), "'a' has the parameter 'taus', which NIR's LIF does not have"),
        (lambda group: group.__delitem__("type"), "'a' has no type"),
        (lambda group: (group.__delitem__("type"), group.__setitem__("type", "LIFF")), "'LIFF'.*Did you mean 'LIF'"),
        (lambda group: (group.__delitem__("tau"), group.__setitem__("tau", "fast")), "'tau' that is not a number"),
        (lambda group: (group.__delitem__("tau"), group.__setitem__("tau", np.ones(3))), "do not fit together"),
    ],
)
def test_a_broken_node_is_refused_with_its_name_and_the_cause(tmp_path, change, message):
    path = written(tmp_path, ends((4,), (4,)) | {"a": lif(4)})
    with h5py.File(path, "r+") as file:
        change(file["node/nodes/a"])
    with pytest.raises(InputError, match=rf"network\.nir cannot be read as a NIR file: the node .*{message}"):
        read_graph(path)


def test_large_matrices_that_are_mostly_zero_stay_sparse(tmp_path):
    rng = np.random.default_rng(0)
    weight = np.where(rng.random((600, 500)) < 0.01, rng.standard_normal((600, 500)), 0)
    path = written(tmp_path, ends((500,), (600,)) | {"w": nir.Linear(weight), "a": lif(600)})
    read = read_graph(path, sparse=True).nodes["w"].weight
    assert isinstance(read, sparse.csr_array)
    np.testing.assert_array_equal(read.toarray(), weight)
    np.testing.assert_array_equal(read_graph(path).nodes["w"].weight, weight)
    path = written(tmp_path, ends((500,), (600,)) | {"w": nir.Linear(weight + 1), "a": lif(600)})
    np.testing.assert_array_equal(read_graph(path, sparse=True).nodes["w"].weight, weight + 1)


def test_memory_is_bounded_by_numbers_not_by_a_ratio(tmp_path):
    n = 6000  # 288 MB of zeros in half a megabyte
    path = written(tmp_path, ends((n,), (n,)) | {"w": nir.Linear(np.eye(n)), "a": lif(n)})
    assert 8 * n**2 > 250 * path.stat().st_size
    assert read_graph(path, sparse=True).nodes["w"].weight.nnz == n
    path = written(tmp_path, ends((n,), (n,)) | {"w": nir.Linear(np.ones((n, n))), "a": lif(n)})
    with pytest.raises(InputError, match=r"network\.nir cannot be read as a NIR file: .*fill more than 268,435,456"):
        read_graph(path, sparse=True)


def test_sizes_that_are_only_declared_are_bounded(tmp_path):
    with pytest.raises(InputError, match="more than 4,194,304 elements, which are only declared"):
        read_graph(written(tmp_path, ends((10**9,), (10**9,)) | {"a": lif(1)}))
    layers = {f"a{layer}": lif(1) for layer in range(20)}
    with pytest.raises(InputError, match="hold more than 33,554,432 numbers"):
        read_graph(written(tmp_path, ends((4_000_000,), (4_000_000,)) | layers))
