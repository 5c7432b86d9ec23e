"""A pruned network written for other tools: NIR, ONNX, and how what readers make of them compares with the network."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from export.parity import NirParity, OnnxParity, ReaderParity

from ..io.files import plain, read_json
from ..network import SpikingNeurons
from ..training import Run
from .analyzing import ANALYSIS_SEED
from .freshness import would_replace
from .network_files import ExportOptions, Written, write_network
from .pruning import NETWORK_FILE, PRUNE, Pruned, pruned_at
from .raster import save_arrays
from .runner import bring, ensure, log, one_pass
from .spikes import NIR_FILE, SPIKES, SPIKES_FILE, all_spike_counts, written_from_network
from .stage import CONFIG, Settings, Stage, is_spiking

PARITY_FILE = "parity.json"


@dataclass(frozen=True)
class Exported:
    """The files written, and how they compare with the network."""

    pruned: Pruned
    files: tuple[Path, ...]
    nir: NirParity | None
    """None for a rate network: NIR has no rate neurons."""
    onnx: OnnxParity


def export_run(
    run: Run, threshold: float | None = None, out: Path | None = None, options: ExportOptions | None = None
) -> Exported:
    """Prune and write ``network.onnx`` and, of a spiking network, ``network.nir`` with its spikes; measure parity.

    What is compared is what a reader gets from the *file*, on trials of every task.

    Parameters
    ----------
    run
        The run.
    threshold
        Pruning threshold; by default that of an earlier pruning of the same weights, or else the paper's. In the run's
        own folder the run is pruned again with it, and later commands use that network. With ``out``, a pruning of the
        run with another threshold stays as it is.
    out
        Folder for the files; by default the run's.
    options
        What is written beside the canonical files, and which readers are run.
    """
    options = options or ExportOptions()
    with one_pass():
        if out is not None and out.resolve() != run.path.resolve():
            return _exported_elsewhere(run, threshold, out, options)
        if threshold is not None:
            _prune_again(run, threshold)
        written = bring(run, EXPORT, plain(asdict(options)))
        files = written.files
        if is_spiking(run):
            ensure(run, SPIKES)
            files = (*files, run.path / SPIKES_FILE)
        return Exported(bring(run, PRUNE), files, written.nir, written.onnx)


def _prune_again(run: Run, threshold: float) -> None:
    settings = {"threshold": float(threshold)}
    if would_replace(run, PRUNE, settings):
        before = bring(run, PRUNE).network.metadata["pruning_threshold"]
        log.warning(
            "%s: %s was pruned at %s and is now pruned at %g; map, quantize and others will use this network.",
            *(run.path, NETWORK_FILE, before, threshold),
        )
    ensure(run, PRUNE, settings)


def _warn_of_leftovers(run: Run, written: Written) -> None:
    """Name the NIR files of an earlier export that this one did not write."""
    quantized = {path.with_suffix(".nir") for path in run.path.glob("network-*bit.json")}
    left = sorted({*run.path.glob("network-*.nir")} - quantized - {*written.files})
    if left:
        names = ", ".join(path.name for path in left)
        log.warning("%s: not written again, and perhaps of another network: %s.", run.path, names)


def _exported_elsewhere(run: Run, threshold: float | None, folder: Path, options: ExportOptions) -> Exported:
    """Write into another folder; nothing of the run changes but what is missing."""
    settings = {} if threshold is None else {"threshold": float(threshold)}
    if threshold is not None and would_replace(run, PRUNE, settings):
        pruned = pruned_at(run, threshold)
    else:
        pruned = bring(run, PRUNE, settings)
    written = write_network(pruned.network, run.load_source(), folder, options, seed=ANALYSIS_SEED)
    files = written.files
    if isinstance(pruned.network.neurons, SpikingNeurons):
        files = (*files, save_arrays(folder / SPIKES_FILE, all_spike_counts(run, pruned)))
    return Exported(pruned, files, written.nir, written.onnx)


def _exported(run: Run, **options: Any) -> Written:  # noqa: ANN401  (fields of ExportOptions)
    network, tasks = bring(run, PRUNE).network, run.load_source()
    written = write_network(network, tasks, run.path, _options(options), seed=ANALYSIS_SEED)
    _warn_of_leftovers(run, written)
    return written


def _options(settings: Settings) -> ExportOptions:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()
    }
    return ExportOptions(**values)


def _names(run: Run, settings: Settings) -> tuple[str, ...]:
    """Return the files of an export, those of the network first."""
    options, nir = _options(settings), ()
    if is_spiking(run):
        modular = ("network-modular.nir",) if options.modular else ()
        nir = (NIR_FILE, *(f"network-{dialect}.nir" for dialect in options.dialects), *modular)
    return "network.onnx", *nir, PARITY_FILE


def _loaded(run: Run, settings: Settings) -> Written:
    value = read_json(run.path / PARITY_FILE)
    nir, onnx = value["nir"], OnnxParity(**value["onnx"])
    readers = tuple(ReaderParity(**reader) for reader in nir["readers"]) if nir else ()
    files = tuple(run.path / name for name in _names(run, settings) if name != PARITY_FILE)
    return Written(files, nir and NirParity(**nir | {"readers": readers}), onnx)


def _stated_settings(run: Run) -> Settings | None:
    return {} if written_from_network(run) else None


EXPORT = Stage(
    name="export",
    reads=(NETWORK_FILE, CONFIG),
    writes=_names,
    compute=_exported,
    load=_loaded,
    after=(PRUNE,),
    defaults=plain(asdict(ExportOptions(readers=("numpy",)))),  # what mapping needs; `export` runs every reader
    stated_settings=_stated_settings,
)
"""Writes the pruned network for other tools, and measures what readers make of the files."""
