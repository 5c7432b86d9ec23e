"""Files that no reader should trust: whole ones, ways to spoil them, and a fixed corpus of traps."""

import json
import random
import zipfile
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import onnx
import safetensors.numpy
from onnx import TensorProto, helper

from export.nir.graph import read_nir, write_nir
from export.onnx.model import run_onnx, write_onnx
from hardware_models.chips.spec import load_chip
from hardware_models.workload.nir_file import read_neurons
from hardware_models.workload.spike_counts import read_spikes
from neurogrow.io.tensors import read_tensors
from neurogrow.network import CubaLIFNeurons, GrownNetwork, RateNeurons
from neurogrow.training import GrowthConfig, ModelConfig, TasksConfig, TrainConfig, TrainingConfig
from neurogrow.training.config import load_config, save_config
from neurogrow.training.run import Run, fit_state
from neurogrow.training.state import TrainingState
from neurogrow.training.sweep_file import lay_out
from support.networks import small_network
from support.spiking_networks import spiking_network

CONFIG = TrainConfig(
    TasksConfig(("go", "dm1"), 4),
    ModelConfig(rows=3, cols=3),
    GrowthConfig(),
    TrainingConfig(steps=4, batch_size=2, ticks=5),
)
SWEEP = '[model]\nrows = 3\ncols = 3\n[sweep]\ngrowth.strength = [1e-5, 1e-4]\n[[sweep.condition]]\nname = "BIMT"\n'
SWEEP += '[[sweep.condition]]\nname = "L1"\ngrowth.locality = 0.0\n'


def read_model(path: Path) -> None:
    fit_state(TrainingState.start(CONFIG).model, read_tensors(path), path)


def read_checkpoint(path: Path) -> None:
    TrainingState.start(CONFIG).restore(path)


READERS = {
    "nir": read_nir,
    "nir-neurons": read_neurons,
    "onnx": lambda path: run_onnx(path, np.zeros((3, 2, 3))),
    "network": GrownNetwork.load,
    "model": read_model,
    "resume": read_checkpoint,
    "config": load_config,
    "sweep": lay_out,
    "chip": load_chip,
    "spikes": read_spikes,
}
"""What reads a file, by the kind of file."""


def whole_files(folder: Path) -> dict[str, list[Path]]:
    """Files as they should be, by kind."""
    lif = spiking_network(6, n_inputs=3, n_outputs=2)
    cuba = replace(lif, neurons=CubaLIFNeurons(**vars(lif.neurons), alpha_N=np.full(6, 0.7)))
    rate = small_network(RateNeurons())
    nirs = [write_nir(network, folder / f"{index}.nir") for index, network in enumerate((lif, cuba))]
    state = TrainingState.start(CONFIG)
    for _ in range(2):
        state.model(state.stream.next_batch().inputs_TBI).logits_RTBO.sum().backward()
        state.optimiser.step()
        state.step += 1
    state.save(folder / "state.safetensors", ["a"])
    (folder / "sweep.toml").write_text(SWEEP)
    chips = Path(load_chip.__code__.co_filename).parent / "data"
    np.savez_compressed(folder / "spikes.npz", hidden=np.arange(6), ticks=30, trials=2)
    return {
        "nir": nirs,
        "nir-neurons": nirs,
        "onnx": [write_onnx(network, folder / f"{index}.onnx") for index, network in enumerate((lif, rate))],
        "network": [network.save(folder / f"{index}.network") for index, network in enumerate((lif, cuba, rate))],
        "model": [Run(folder).save_model(state.model, 0, 2, folder / "model.safetensors")],
        "resume": [folder / "state.safetensors"],
        "config": [save_config(CONFIG, folder / "config.toml")],
        "sweep": [folder / "sweep.toml"],
        "chip": [chips / "loihi1.toml", chips / "mesh8x8.toml"],
        "spikes": [folder / "spikes.npz"],
    }


NUMBERS = (0, 1, 2**7, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1)
WORDS = (
    *(
        "nan",
        "inf",
        "-inf",
        "1e999",
        "-1",
        "0",
        "9" * 5000,
        "9" * 30,
        "true",
        '""',
        "[]",
        "{}",
        "[" * 3000,
        "{a=" * 2000,
    ),
    *('"\\u0000"', "'''", '"' + "x" * 9999 + '"', "1979-05-27", "[[[]]]", "a." * 3000 + "a = 1", "\ufeff"),
)


def spoilt(kind: str, data: bytes, other: bytes, seed: int) -> bytes:
    """Return a file's bytes, spoilt in one to four ways that the seed chooses; ``other`` is another file."""
    rng = random.Random(seed)
    ways = [flipped, cut, spliced, moved, numbered]
    ways += {"onnx": [renamed] * 3}.get(kind, [reworded] * 3 if kind in ("config", "sweep", "chip") else [])
    ways += [reheaded] * 3 if kind in ("network", "model", "resume") else []
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = rng.choice(ways)(data, other, rng) if data else other
    return data


def flipped(data, other, rng):
    spoilt_ = bytearray(data)
    for _ in range(rng.choice((1, 2, 8, 64))):
        spoilt_[rng.randrange(len(spoilt_))] ^= 1 << rng.randrange(8)
    return bytes(spoilt_)


def cut(data, other, rng):
    at = rng.randrange(len(data))
    return rng.choice((data[:at], data[at:], data[:at] + data[at + rng.randrange(1, 64) :]))


def spliced(data, other, rng):
    source = rng.choice((data, other, bytes(64), b"\xff" * 64))
    first, length, at = rng.randrange(len(source)), rng.choice((1, 8, 64, 512)), rng.randrange(len(data))
    return data[:at] + source[first : first + length] + data[at + rng.choice((0, length)) :]


def moved(data, other, rng):
    a, b = sorted((rng.randrange(len(data)), rng.randrange(len(data))))
    return data[b:] + data[a:b] + data[:a]


def numbered(data, other, rng):
    width, at = rng.choice((1, 2, 4, 8)), rng.randrange(len(data))
    number = rng.choice(NUMBERS) % 2 ** (8 * width)
    return data[:at] + number.to_bytes(width, rng.choice(("little", "big"))) + data[at + width :]


def reworded(data, other, rng):
    """Text with a value, a name or a line exchanged."""
    lines = data.decode("utf-8", "replace").splitlines() or [""]
    at = rng.randrange(len(lines))
    name, _, value = lines[at].partition("=")
    word = rng.choice(WORDS)
    lines[at] = rng.choice(
        (
            f"{name}={word}",
            f"{word} ={value}",
            f"[{word}]",
            lines[rng.randrange(len(lines))],
            f"{lines[at]}\n{lines[at]}",
        )
    )
    return "\n".join(lines).encode("utf-8", "replace")


def renamed(data, other, rng):
    """A model with something in it exchanged for something else of the format."""
    try:
        model = onnx.load_model_from_string(data)
    except Exception:
        return flipped(data, other, rng)
    graph = model.graph
    node = rng.choice(graph.node) if graph.node else None
    tensor = rng.choice(graph.initializer) if graph.initializer else None
    change = rng.randrange(6)
    if change == 0 and node:
        node.op_type = rng.choice(("Loop", "If", "MatMul", "Tile", "ConstantOfShape", "PyOp", "Add", "Scan", "RNN"))
    elif change == 1 and node and node.input:
        node.input[rng.randrange(len(node.input))] = rng.choice([*node.output, "inputs", "", "nothing"])
    elif change == 2 and tensor:
        tensor.dims[:] = [rng.choice(NUMBERS[:8]) for _ in range(rng.randrange(4))]
    elif change == 3 and tensor:
        tensor.data_type = rng.randrange(25)
    elif change == 4 and tensor:
        tensor.raw_data = np.full(len(tensor.raw_data) // 4, rng.choice((np.nan, np.inf, 3e38)), "<f4").tobytes()
    elif node and node.attribute:
        node.attribute[0].i = rng.choice(NUMBERS[:9])
        node.attribute[0].ints.append(rng.choice(NUMBERS[:9]))
    return model.SerializeToString()


def reheaded(data, other, rng):
    """A safetensors file whose header says something else."""
    try:
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        names = [name for name in header if name != "__metadata__"]
        name = rng.choice(names)
        change = rng.randrange(6)
        if change == 0:
            header[name]["dtype"] = rng.choice(
                ("F16", "BF16", "F32", "F64", "I64", "U8", "BOOL", "F8_E4M3", "C64", "X")
            )
        elif change == 1:
            header[name]["shape"] = [rng.choice(NUMBERS) for _ in range(rng.randrange(4))]
        elif change == 2:
            swapped = rng.choice(names)
            header[name], header[swapped] = header[swapped], header[name]
        elif change == 3:
            header[rng.choice(("extra", "grid", "recurrent_data", "é\0"))] = header.pop(name)
        elif change == 4:
            words = ("{", "[]", "null", "[" * 3000, '{"format": 1}', '{"format": "neurogrow-network-1"}', "9" * 5000)
            header["__metadata__"] = {"neurogrow": rng.choice(words)}
        else:
            _exchange(header, rng)
        text = json.dumps(header).encode()
        return len(text).to_bytes(8, "little") + text + data[8 + length :]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):  # it is spoilt already
        return flipped(data, other, rng)


def _exchange(header, rng):
    """Another value somewhere in our own part of a header."""
    words = json.loads(header["__metadata__"]["neurogrow"])
    place = words if rng.random() < 0.5 or "neurons" not in words else words["neurons"]
    key = rng.choice(list(place))
    place[key] = rng.choice(
        (None, -1, 0, 10**30, 1e308, "", "LIFNeurons", [], [10**9, 10**9], {"a": 1}, [[]] * 99, True)
    )
    header["__metadata__"]["neurogrow"] = json.dumps(words)


def traps(folder: Path, lure: Path) -> list[tuple[str, Path]]:
    """The fixed corpus: files made to mislead a reader, with their kinds. ``lure`` is a file that none may open."""
    whole = whole_files(folder)
    found = [(kind, path) for kind in ("nir", "nir-neurons") for path in _hdf5_traps(whole["nir"][0], folder, lure)]
    found += [("onnx", path) for path in _onnx_traps(whole["onnx"][0], folder, lure)]
    found += [(kind, path) for kind in ("network", "model", "resume") for path in _safetensors_traps(whole, folder)]
    found += [(kind, path) for kind in ("config", "sweep", "chip") for path in _text_traps(folder)]
    with zipfile.ZipFile(folder / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        declared = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,), }"
        archive.writestr("hidden.npy", declared.ljust(127) + b"\n" + bytes(64))
        archive.writestr("ticks.npy", bytes(100_000_000))
    return [*found, ("spikes", folder / "bomb.npz")]


def _hdf5_traps(source: Path, folder: Path, lure: Path) -> list[Path]:
    def trap(name, change):
        path = folder / f"trap-{name}.nir"
        path.write_bytes(source.read_bytes())
        with h5py.File(path, "r+") as file:
            change(file.get("node", file))
        return path

    def put(group, **data):
        weight = group["nodes/recurrent/weight"]
        del group["nodes/recurrent/weight"]
        return group["nodes/recurrent"].create_dataset(
            "weight", **({"dtype": weight.dtype, "shape": weight.shape} | data)
        )

    def link(to):
        def change(group):
            del group["nodes/recurrent/weight"]
            group["nodes/recurrent/weight"] = to

        return change

    def virtual(group):
        layout = h5py.VirtualLayout(shape=(6, 6), dtype="f8")
        layout[:] = h5py.VirtualSource(str(lure), "data", shape=(6, 6))
        del group["nodes/recurrent/weight"]
        group["nodes/recurrent"].create_virtual_dataset("weight", layout)

    def deep(group):
        for _ in range(500):
            group = group.create_group("deeper")

    def loop(group):
        group["nodes/loop"] = group["nodes"]

    def foreign(group):
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((6, 6))
        properties.set_filter(32_015, h5py.h5z.FLAG_OPTIONAL, ())
        del group["nodes/recurrent/weight"]
        space = h5py.h5s.create_simple((6, 6))
        h5py.h5d.create(group["nodes/recurrent"].id, b"weight", h5py.h5t.IEEE_F64LE, space, properties)

    bomb = {"shape": (9000, 9000), "chunks": (500, 500), "compression": "gzip", "fillvalue": 1.0}
    return [
        trap("huge", lambda group: put(group, shape=(10**6, 10**6), chunks=(8, 8))),
        trap("huger", lambda group: put(group, shape=(2**40, 2**20), chunks=(8, 8))),
        trap("chunk", lambda group: put(group, shape=(6, 6), maxshape=(None, None), chunks=(20_000, 20_000))),
        trap("bomb", lambda group: put(group, **bomb).__setitem__((slice(500), slice(500)), 0.0)),
        trap("external", lambda group: put(group, external=[(str(lure), 0, 288)])),
        trap("external-link", link(h5py.ExternalLink(str(lure), "/data"))),
        trap("soft-link", link(h5py.SoftLink("/node/nodes/hidden/tau"))),
        trap("missing-link", link(h5py.SoftLink("/nowhere"))),
        trap("virtual", virtual),
        trap("deep", deep),
        trap("loop", loop),
        trap("plugin", foreign),
        trap("text", lambda group: put(group, shape=(6, 6), dtype=h5py.string_dtype())),
        trap("complex", lambda group: put(group, shape=(6, 6), dtype="c16")),
        trap("nan", lambda group: put(group, data=np.full((6, 6), np.nan))),
        trap("flat", lambda group: put(group, shape=(36,))),
        trap("empty", lambda group: put(group, shape=(0, 6))),
    ]


def _onnx_traps(source: Path, folder: Path, lure: Path) -> list[Path]:  # noqa: C901  (a trap is a function)
    def trap(name, change):
        model = onnx.load_model_from_string(source.read_bytes())
        change(model.graph)
        path = folder / f"trap-{name}.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    def external(graph):
        tensor = graph.initializer[-1]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in {"location": str(lure), "offset": "0", "length": "64"}.items():
            tensor.external_data.add(key=key, value=value)

    def endless(graph):
        body = helper.make_graph([], "b", [], [])
        graph.node.append(helper.make_node("Loop", ["", ""], ["x"], body=body))

    def fill(graph):
        graph.node.insert(0, helper.make_node("Constant", [], ["s"], value_ints=[2**33, 2**10]))
        graph.node.insert(1, helper.make_node("Expand", ["hidden_bias", "s"], ["filled"]))

    def fill_stored(graph):
        graph.initializer.append(helper.make_tensor("t", TensorProto.INT64, [2], [2**20, 2**20]))
        graph.node.insert(0, helper.make_node("Expand", ["hidden_bias", "t"], ["filled"]))

    def deep(graph):
        for depth in range(90):
            graph.node.append(helper.make_node("Scan", [], [], num_scan_inputs=0, name=str(depth)))
            graph.node[-1].attribute.append(helper.make_attribute("body", helper.make_graph([], "b", [], [])))
            graph = graph.node[-1].attribute[-1].g

    def declared(graph):
        graph.initializer[-1].dims[:] = [2**40, 2**40]

    def sparse(graph):
        values = helper.make_tensor("v", TensorProto.DOUBLE, [1], [1.0])
        indices = helper.make_tensor("i", TensorProto.INT64, [1], [0])
        graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [2**20, 2**20]))

    def other_maker(graph):
        graph.node.append(helper.make_node("PyOp", ["inputs"], ["x"], domain="ai.onnx.contrib", code="import os"))

    return [
        trap("external", external),
        trap("endless", endless),
        trap("fill", fill),
        trap("fill-stored", fill_stored),
        trap("nested", deep),
        trap("declared", declared),
        trap("sparse", sparse),
        trap("other-maker", other_maker),
    ]


def _safetensors_traps(whole, folder: Path) -> list[Path]:
    def raw(name, header: bytes, length=None, data=b""):
        path = folder / f"trap-{name}.safetensors"
        path.write_bytes((len(header) if length is None else length).to_bytes(8, "little") + header + data)
        return path

    huge = {"a": {"dtype": "F64", "shape": [2**31, 2**31], "data_offsets": [0, 8]}}
    overlap = {name: {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]} for name in ("a", "b")}
    arrays = safetensors.numpy.load(whole["network"][0].read_bytes())
    words = {"format": "neurogrow-network-1", "neurons": {"type": "LIFNeurons", "substeps": 3, "dt": 0.02}}

    def network(name, grid=(9, 9), **changed):
        path = folder / f"trap-{name}.safetensors"
        header = {"neurogrow": json.dumps(words | {"grid": grid, "metadata": {}})}
        path.write_bytes(safetensors.numpy.save(arrays | changed, header))
        return path

    far = arrays["recurrent_indices"] + 10**6
    return [
        raw("length", b"{}", length=2**63),
        raw("nested", b'{"__metadata__":' + b"[" * 100_000),
        raw("huge", json.dumps(huge).encode(), data=bytes(8)),
        raw("overlap", json.dumps(overlap).encode(), data=bytes(8)),
        raw("words", json.dumps({"__metadata__": {"neurogrow": "[" * 50_000}}).encode()),
        raw("list", json.dumps({"__metadata__": {"neurogrow": "[1]"}}).encode()),
        network("indices", recurrent_indices=far),
        network("pointers", recurrent_indptr=arrays["recurrent_indptr"][::-1].copy()),
        network("nan", hidden_bias_N=np.full(6, np.nan)),
        network("real-indices", recurrent_indices=arrays["recurrent_indices"].astype(np.float64)),
        network("grid", grid=[10**20, "9"]),
        network("flat", input_weights_NI=arrays["input_weights_NI"].ravel()),
        network("bytes", neuron_id_N=arrays["neuron_id_N"].astype(np.uint8).view(np.bool_)),
        network("many", extra=np.zeros(3)),
    ]


def _text_traps(folder: Path) -> list[Path]:
    texts = {
        "nested": "a = " + "[" * 100_000,
        "tables": "[" + "a." * 50_000 + "a]\n",
        "digits": "[training]\nsteps = " + "9" * 10_000,
        "bytes": b"\xff\xfe\x00",
        "zero": "\0" * 100,
        "sweep": "[sweep]\n" + "".join(f'"model.x{index}" = {list(range(50))}\n' for index in range(40)),
        "wide": "[sweep]\nmodel.seed = [" + "0," * 50_000 + "]\n",
        "types": "tasks = 1\nmodel = [1]\n[sweep]\ncondition = 3\n",
        "long": "x" * 100_000 + " = 1",
    }
    for name, text in texts.items():
        (folder / f"trap-{name}.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return [folder / f"trap-{name}.toml" for name in texts]
