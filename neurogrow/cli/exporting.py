"""Commands that prune a network, export it to file formats, and map it onto chips."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import InputError
from ..io.files import replacing
from ..report.format import percent, significant
from ..training.pretrained import find_run, pretrained_names
from .app import Json
from .output import emit, note, table
from .quantizing import quantized_table

if TYPE_CHECKING:
    from hardware_models.chips.spec import ChipSpec

    from ..pipeline import Mapped


def prune(run: Path, *, threshold: float | None = None, json: Json = False) -> None:
    """Remove weak weights, and neurons without a path to an output. Writes network.safetensors.

    Parameters
    ----------
    run
        Folder of a run.
    threshold
        Weights with a magnitude up to this value are removed; by default 0.01, the paper's threshold for active
        connections.
    """
    from .. import pipeline
    from ..network import ACTIVE_WEIGHT

    opened, threshold = find_run(run), ACTIVE_WEIGHT if threshold is None else threshold
    pruned = pipeline.prune_run(opened, threshold)
    network = pruned.network
    rows, cols = network.grid
    value = {
        "neurons": network.n_neurons,
        "neurons_before": rows * cols,
        "connections": network.recurrent_weights_NN.nnz,
        "performance": pruned.performance,
        "file": str(opened.path / "network.safetensors"),
    }
    table_rows = [
        ("neurons left", f"{network.n_neurons} of {rows * cols}"),
        ("recurrent connections left", significant(network.recurrent_weights_NN.nnz)),
        ("performance after pruning", percent(pruned.performance)),
    ]
    emit(value, json, table(f"{opened.path}: pruned at {threshold}", ("measure", "value"), table_rows))


def export_command(
    run: Path | None = None,
    *,
    out: Path | None = None,
    dialect: list[str] | None = None,
    modular: bool = False,
    sparse: bool = False,
    double: bool = False,
    quantized: bool = True,
    readers: list[str] | None = None,
    dialects: bool = False,
    threshold: float | None = None,
    json: Json = False,
) -> None:
    """Export a run to network.onnx and, if it is spiking, to network.nir. Compares all readers in parity.json.

    Parameters
    ----------
    run
        Folder of a run, or name of a pretrained network.
    out
        Folder for the files; by default the run's folder.
    dialect
        Also write network-DIALECT.nir, in the form that one reader needs. Can be given more than once.
    modular
        Also write network-modular.nir, with one population of neurons for each functional module.
    sparse
        Store weights in network.onnx as sparse initialisers. The file is smaller, but some runtimes cannot read it.
    double
        Write a rate network's network.onnx in float64. It is exact, but slower than the RNN operator of runtimes.
    quantized
        Also round weights to 8 and 4 bits, as `neurogrow quantize` does. If performance drops by more than one
        percentage point, train further with rounded weights.
    readers
        Readers of NIR files to compare; by default all that are installed.
    dialects
        Only show the requirements and changes of each dialect; write nothing.
    threshold
        Pruning threshold, as for `prune`; by default that of an earlier `prune`, or 0.01.
    """
    from export.nir.dialects import dialect_rows

    from .. import pipeline
    from ..pipeline.network_files import ExportOptions
    from ..pipeline.quantizing import quantized_summary
    from .parity_tables import dialects_tables, parity_summary, parity_tables

    if dialects:
        emit({"dialects": dialect_rows()}, json, *dialects_tables())
        return
    if run is None:
        raise InputError("The run is missing; give its folder: neurogrow export RUN. Use --dialects to list dialects.")
    names = None if readers is None else tuple(readers)
    options = ExportOptions(tuple(dialect or ()), modular, sparse, double, names)
    found = find_run(run)
    exported = pipeline.export_run(found, threshold, out, options)
    in_bits = quantized_summary(found, out=out, network=exported.pruned.network) if quantized else {}
    paths = {path.name: str(path) for path in exported.files}
    value = {
        "files": list(paths.values()),
        "nir": exported.nir and {"path": paths["network.nir"]} | exported.nir.to_json(),
        "onnx": {"path": paths["network.onnx"]} | exported.onnx.to_json(),
        "parity": parity_summary(exported),
        "quantized": in_bits,
        "performance": exported.pruned.performance,
    }
    emit(value, json, *parity_tables(exported), *([quantized_table(in_bits)] if in_bits else ()))


def map_command(
    source: Path,
    *,
    chip: list[str],
    spikes: Path | None = None,
    rate: float | None = None,
    out: Path | None = None,
    partition: str | None = None,
    placement: str | None = None,
    effort: Literal["none", "fast", "balanced", "best"] = "fast",
    neurons_per_core: int | None = None,
    chips_used: int = 1,
    cost_set: str | None = None,
    seed: int = 0,
    sanafe_ticks: int | None = None,
    json: Json = False,
) -> None:
    """Map a network onto a chip: cores, routes, link loads and energy, compared with a random placement.

    Parameters
    ----------
    source
        Folder of a spiking run, or any NIR file.
    chip
        Name of a chip (`neurogrow chips`), or a TOML file. Give several chips to compare them.
    spikes
        For a NIR file: an .npz file that holds, under the name of each NIR node, a raster, rates, or counts (with the
        scalar `ticks`).
    rate
        For a NIR file without --spikes: spikes of every neuron per tick. By default 0.1.
    out
        Folder for mapping-CHIP.json; by default the folder of the run or of the NIR file.
    partition
        Method that assigns neurons to parts, one part per core. By default the network's layout, if the file has
        positions. The method `joint` partitions and places in one search, and needs no placement.
    placement
        Method that assigns parts to cores. By default the network's layout, if the file has positions.
    effort
        Duration of the refinement, which moves neurons and cores to lower energy: about 1, 5 or 20 seconds for some
        hundred neurons, longer for more neurons.
    neurons_per_core
        Largest number of neurons on a core; by default the chip's limit.
    chips_used
        Number of chips to spread the network over, if the chip can be joined.
    cost_set
        Name of the chip's cost set to use (`neurogrow chips NAME` lists them).
    seed
        Seed of the random placement and of random methods.
    sanafe_ticks
        Also write sanafe-architecture.yaml and sanafe-network.yaml for the simulator SANA-FE. They replay the mapping
        for this many ticks.
    """
    from hardware_models.chips.spec import load_chip

    from .. import pipeline
    from .tables import chips_summary, chips_tables, mapping_summary, mapping_table

    options: dict[str, Any] = {
        "partition": partition,
        "placement": placement,
        "effort": None if effort == "none" else effort,
        "neurons_per_core": neurons_per_core,
        "chips_used": chips_used,
        "cost_set": cost_set,
        "seed": seed,
        "sanafe_ticks": sanafe_ticks,
    }
    specs, onto = [load_chip(name) for name in chip], _mapper(source, spikes, rate, out, options)
    if len(specs) == 1:
        mapped = onto(specs[0])
        emit(mapping_summary(mapped), json, mapping_table(mapped))
    else:
        mapped_chips = pipeline.map_on_each(onto, specs)
        emit(chips_summary(mapped_chips), json, *chips_tables(mapped_chips))


def _mapper(
    source: Path, spikes: Path | None, rate: float | None, out: Path | None, options: dict[str, Any]
) -> "Callable[[ChipSpec], Mapped]":
    """Return the function that maps the source, a run or a NIR file, onto a chip."""
    from hardware_models.workload.spike_counts import RATE

    from .. import pipeline

    if not source.is_file():
        if not source.exists() and str(source) not in pretrained_names():
            raise InputError(f"There is no run folder or NIR file {source}; check the path.")
        if spikes is not None or rate is not None:
            raise InputError(f"{source} is a run with recorded spikes; --spikes and --rate are only for NIR files.")
        run = find_run(source)
        return lambda spec: pipeline.map_run(run, spec, out, **options)
    if spikes is not None and rate is not None:
        raise InputError("--spikes and --rate both set the activity; give only one of them.")
    if spikes is None:
        rate = RATE if rate is None else rate
        note(
            f"{source} has no recorded spikes; assuming {rate:g} per neuron and tick. Change it by --rate or --spikes."
        )
        options = options | {"rate": rate}
    return lambda spec: pipeline.map_network(source, spikes, spec, out or source.parent, **options)


def distances(
    chip: str,
    *,
    rows: int,
    cols: int,
    out: Path,
    neurons_per_core: int | None = None,
    cost_set: str | None = None,
    json: Json = False,
) -> None:
    """Write the distances between the places of a grid on a chip, to train with them (growth.distances).

    Parameters
    ----------
    chip
        Name of a chip (`neurogrow chips`), or a TOML file.
    rows
        Rows of the grid of neurons.
    cols
        Columns of the grid of neurons.
    out
        File to write (.npy).
    neurons_per_core
        Neurons of the grid per core; by default the smallest number with which the grid fits on the chip.
    cost_set
        Name of the chip's cost set to use (`neurogrow chips NAME` lists them).
    """
    import numpy as np

    from hardware_models.chips.spec import load_chip
    from hardware_models.layouts import chip_layout

    layout = chip_layout(load_chip(chip), rows, cols, neurons_per_core, cost_set)
    with replacing(out) as beside, beside.open("wb") as file:
        np.save(file, layout.distance_NN)
    value = {"file": str(out), "neurons": layout.n_neurons, "mean_distance": float(layout.distance_NN.mean())}
    table_rows = [(key.replace("_", " "), str(number)) for key, number in value.items()]
    emit(value, json, table(f"Distances on {chip}", ("measure", "value"), table_rows))
