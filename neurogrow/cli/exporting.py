"""Commands that take a grown network elsewhere: pruned, as files that others read, onto chips."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import InputError
from ..io.files import replacing
from ..report.format import percent, significant
from ..training.pretrained import find_run, pretrained_names
from .app import Json, app
from .output import emit, note, table
from .quantizing import quantized_table

if TYPE_CHECKING:
    from hardware_models.chips.spec import ChipSpec

    from ..pipeline import Mapped


@app.command
def prune(run: Path, *, threshold: float | None = None, json: Json = False) -> None:
    """Remove weak weights and the neurons that no longer reach an output. Writes network.safetensors.

    Parameters
    ----------
    run
        Folder of a run.
    threshold
        Weights up to this magnitude are removed; by default 0.01, above which the paper counts connections.
    """
    from .. import pipeline
    from ..network import ACTIVE_WEIGHT

    found, threshold = find_run(run), ACTIVE_WEIGHT if threshold is None else threshold
    pruned = pipeline.prune_run(found, threshold)
    network = pruned.network
    rows, cols = network.grid
    value = {
        "neurons": network.n_neurons,
        "neurons_before": rows * cols,
        "connections": network.recurrent_weights_NN.nnz,
        "performance": pruned.performance,
        "file": str(found.path / "network.safetensors"),
    }
    words = [
        ("neurons left", f"{network.n_neurons} of {rows * cols}"),
        ("recurrent connections left", significant(network.recurrent_weights_NN.nnz)),
        ("performance after pruning", percent(pruned.performance)),
    ]
    emit(value, json, table(f"{found.path}: pruned at {threshold}", ("what", "value"), words))


@app.command(name="export")
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
    """Write network.onnx and, of a spiking run, network.nir; run the files in every reader (parity.json).

    Parameters
    ----------
    run
        Folder of a run, or the name of a pretrained one.
    out
        Folder for the files; by default the run's.
    dialect
        Also write network-DIALECT.nir, in the form that one reader wants; may be given more than once.
    modular
        Also write network-modular.nir, with one population of neurons for each functional module.
    sparse
        Store weights in network.onnx as sparse initialisers: smaller, and not read by every runtime.
    double
        Write a rate network's network.onnx in float64: exact, and slower than the RNN operator of runtimes.
    quantized
        Also round weights to 8 and 4 bits (`neurogrow quantize` says more), and train on where it costs over a point.
    readers
        Readers of NIR files to compare with; by default all that are installed.
    dialects
        Show what each dialect needs and changes, and write nothing.
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
        raise InputError("Which run? Give its folder: neurogrow export RUN (or --dialects, to see what there is).")
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


@app.command(name="map")
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
    """Map a network onto a chip: cores, routes, link loads, energy, beside a random placement.

    Parameters
    ----------
    source
        Folder of a spiking run, or any NIR file.
    chip
        Name of a chip (`neurogrow chips`) or a TOML file of your own; several, to compare them.
    spikes
        For a NIR file: an .npz file with counts (and the scalar ticks), a raster or rates of each NIR node by its name.
    rate
        For a NIR file without --spikes: how often every neuron spikes, per tick. By default 0.1.
    out
        Folder for mapping-CHIP.json; by default the run's folder, or the NIR file's.
    partition, placement
        Methods; by default the network's layout where its file has positions. The partition `joint` needs neither.
    effort
        How long neurons and cores then move to lower what the chip spends: about 1, 5 or 20 seconds for some hundred
        neurons, longer for more.
    neurons_per_core
        At most this many neurons on a core; the chip's limit by default.
    chips_used
        Spread the network over this many chips, where they can be joined.
    cost_set
        Which of the chip's sets of figures to use.
    seed
        Of the random placement and of methods that draw random numbers.
    sanafe_ticks
        Also write sanafe-architecture.yaml and sanafe-network.yaml: the mapping replayed for this many ticks, for
        SANA-FE to simulate.
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
        found = pipeline.map_on_each(onto, specs)
        emit(chips_summary(found), json, *chips_tables(found))


def _mapper(
    source: Path, spikes: Path | None, rate: float | None, out: Path | None, options: dict[str, Any]
) -> "Callable[[ChipSpec], Mapped]":
    """Return what maps the source, a run or a NIR file, onto a chip."""
    from hardware_models.workload.spike_counts import RATE

    from .. import pipeline

    if not source.is_file():
        if not source.exists() and str(source) not in pretrained_names():
            raise InputError(f"There is no run folder or NIR file {source}.")
        if spikes is not None or rate is not None:
            raise InputError(f"{source} is a run, whose spikes are counted; --spikes and --rate go with a NIR file.")
        run = find_run(source)
        return lambda spec: pipeline.map_run(run, spec, out, **options)
    if spikes is not None and rate is not None:
        raise InputError("--spikes say how often neurons spike, and so does --rate: give one of them.")
    if spikes is None:
        rate = RATE if rate is None else rate
        note(f"{source} does not say how often its neurons spike: {rate:g} per tick are assumed (--rate, --spikes).")
        options = options | {"rate": rate}
    return lambda spec: pipeline.map_network(source, spikes, spec, out or source.parent, **options)


@app.command
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
    """Write a chip's distances between the places of a grid, for networks to grow on (growth.distances).

    Parameters
    ----------
    chip
        Name of a chip (`neurogrow chips`) or a TOML file of your own.
    rows, cols
        Size of the neurons' grid.
    out
        File to write (.npy).
    neurons_per_core
        Neurons of the grid on one core; by default the fewest, so that the grid covers the chip.
    cost_set
        Which of the chip's sets of figures to use.
    """
    import numpy as np

    from hardware_models.chips.spec import load_chip
    from hardware_models.layouts import chip_layout

    layout = chip_layout(load_chip(chip), rows, cols, neurons_per_core, cost_set)
    with replacing(out) as beside, beside.open("wb") as file:
        np.save(file, layout.distance_NN)
    value = {"file": str(out), "neurons": layout.n_neurons, "mean_distance": float(layout.distance_NN.mean())}
    rows_said = [(key.replace("_", " "), str(said)) for key, said in value.items()]
    emit(value, json, table(f"Distances on {chip}", ("what", "value"), rows_said))
