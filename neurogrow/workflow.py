"""The usual flow, one function to a stage: load, train, spike, record, analyze, prune, export, map, compare, report.

These functions are the public face of the package: ``import neurogrow as ng``, then ``ng.train(...)``. Each is a thin
layer over :mod:`neurogrow.training` and :mod:`neurogrow.pipeline`. Wherever a function takes a run, it takes a
:class:`~neurogrow.training.Run`, the folder of a run, or the name of a pretrained network. Every function writes its
files into the run's folder, and makes what is missing of the stages before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from . import pipeline
from .analysis import Comparison, ConditionComparison, ModularityReport
from .analysis.recording import Recording
from .analysis.recording import record as record_model
from .errors import InputError
from .growth import Penalty
from .io.files import plain
from .models import GridRNN
from .network import ACTIVE_WEIGHT
from .pipeline import Exported, Mapped, Pruned
from .pipeline.network_files import ExportOptions
from .pipeline.run_figures import draw_comparison, draw_conditions
from .report.page import write_report as write_page
from .tasks import TrialSource
from .training import Hook, Run, TrainConfig
from .training import train as train_in_folder
from .training.config import load_config, validated
from .training.presets import find_config
from .training.pretrained import find_run
from .training.providers import GivenObjects
from .training.run import grown

if TYPE_CHECKING:
    from hardware_models.chips.spec import ChipSpec

RunLike: TypeAlias = Run | str | Path
"""A run, its folder, or the name of a pretrained network."""

ConfigLike: TypeAlias = TrainConfig | str | Path
"""A configuration, the name of a preset, or a TOML file."""

RECORDING_SEED = pipeline.ANALYSIS_SEED
"""Seed of the trials of a recording: the trials that :func:`analyze` measures on."""


def load(run: RunLike, folder: str | Path = "runs") -> Run:
    """Open a trained network.

    Parameters
    ----------
    run
        A run's folder, or the name of a pretrained network (``neurogrow presets`` lists them).
    folder
        Where a pretrained network is copied to, so that later stages can add files to it.

    Returns
    -------
    Run
        The run. ``run.load_model()`` is the network, ``run.config`` its configuration, ``run.metrics()`` its training.

    Raises
    ------
    InputError
        If there is no such folder and no such pretrained network.
    """
    return run if isinstance(run, Run) else find_run(run, Path(folder))


def train(
    config: ConfigLike,
    out: str | Path | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    initial: GridRNN | None = None,
    source: TrialSource | None = None,
    model: type[GridRNN] | None = None,
    penalties: Iterable[Penalty] = (),
    hooks: Iterable[Hook] = (),
) -> Run:
    """Train a network and leave a run folder.

    A finished run with the same settings is opened, not trained again. An interrupted one continues from its last
    checkpoint.

    Parameters
    ----------
    config
        A :class:`~neurogrow.training.TrainConfig`, the name of a preset, or a TOML file.
    out
        The run's folder. By default it is ``runs/NAME`` after the preset or the file; a configuration object needs it.
    settings
        Values that replace those of the configuration, by dotted name: ``{"training.steps": 500, "model.rows": 8}``.
    initial
        A network to start from; by default weights are drawn.
    source
        A source of trials of your own, in place of the configured tasks.
    model
        A class of networks of your own, in place of the configured neuron model.
    penalties
        Penalties beside those of the configuration.
    hooks
        Functions that are called with the state of training after each step. One that raises
        :class:`~neurogrow.training.StopTraining` ends training.

    Returns
    -------
    Run
        The folder, with the trained weights.

    Raises
    ------
    InputError
        If a setting is wrong, or the folder holds a run with other settings.
    """
    wanted = _configuration(config, settings)
    if out is None and isinstance(config, TrainConfig):
        raise InputError('A configuration object has no name: give the folder of the run, such as out="runs/mine".')
    folder = Path("runs") / Path(str(config)).stem if out is None else Path(out)
    given = GivenObjects(source, model, tuple(penalties))
    parts = {"initial": initial, "source": source, "model": model, "penalties": given.penalties, "hooks": tuple(hooks)}
    grow = partial(train_in_folder, wanted, **parts)  # type: ignore[arg-type]  # each is of its own type
    return grown(given.stored_in(wanted), folder, grow)


def spike(
    run: RunLike,
    config: ConfigLike | None = None,
    out: str | Path | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    warm_start: bool = True,
    from_step: int | None = None,
) -> Run:
    """Train the spiking counterpart of a rate network: leaky integrate-and-fire neurons on the same grid and tasks.

    A finished run with the same settings is opened, not trained again. An interrupted one continues.

    Parameters
    ----------
    run
        The rate network, or a spiking network to train on.
    config
        The configuration of the spiking network; by default that of ``run``, with spiking neurons.
    out
        The run's folder; by default that of ``run`` with ``-spiking`` added.
    settings
        Values that replace those of the configuration, as for :func:`train`.
    warm_start
        Start from the weights of ``run``, balanced so that rates match; otherwise weights are drawn.
    from_step
        Start from the weights that ``run`` had after this many steps (``training.snapshot_every`` keeps them).

    Returns
    -------
    Run
        The spiking run.

    Raises
    ------
    InputError
        If a setting is wrong, or the configuration has another grid or other tasks than ``run``.
    """
    start = load(run)
    wanted = start.config if config is None else _configuration(config, None)
    if config is None:
        wanted = replace(wanted, model=replace(wanted.model, kind="spiking"))
    wanted = _with_settings(wanted, settings or {})
    folder = start.path.with_name(f"{start.path.name}-spiking") if out is None else Path(out)
    grow = partial(pipeline.spike_run, start, wanted, warm_start=warm_start, from_step=from_step)
    return grown(wanted, folder, grow)


def record(run: RunLike, trials_per_task: int = 100, seed: int = RECORDING_SEED, *, noise: bool = True) -> Recording:
    """Run a trained network on single trials of each of its tasks, and return the activity of all neurons.

    Parameters
    ----------
    run
        The trained network.
    trials_per_task
        Single trials of each task.
    seed
        Seed of the trials. Training never sees trials of the default seed.
    noise
        Whether inputs have the noise of the tasks.

    Returns
    -------
    Recording
        Activity ``activity_TBN`` (T task steps, B trials, N neurons), the task of each trial ``task_B``, and
        ``performance_K`` of each task.

    Raises
    ------
    InputError
        If there are fewer than two trials per task.
    """
    opened = load(run)
    return record_model(opened.load_model(), opened.load_source(), trials_per_task, seed, noise=noise)


def analyze(run: RunLike, trials_per_task: int = 100) -> ModularityReport:
    """Measure a trained network: performance, functional modules, their places, wiring, each against its null.

    Writes ``analysis.json`` and ``figures/``.

    Parameters
    ----------
    run
        The trained network.
    trials_per_task
        Single trials of each task that the measures are taken on.

    Returns
    -------
    ModularityReport
        The measures; ``report.chosen`` holds those for the chosen number of modules.
    """
    return pipeline.analyze(load(run), trials_per_task)


def prune(run: RunLike, threshold: float = ACTIVE_WEIGHT, trials_per_task: int = 100) -> Pruned:
    """Remove weak weights and the neurons that no longer reach an output, and measure the network that is left.

    Writes ``network.safetensors``.

    Parameters
    ----------
    run
        The trained network.
    threshold
        Weights up to this magnitude are removed.
    trials_per_task
        Single trials of each task that performance is measured on.

    Returns
    -------
    Pruned
        The :class:`~neurogrow.network.GrownNetwork` as ``network``, and its ``performance``.

    Raises
    ------
    InputError
        If no neuron is left.
    """
    return pipeline.prune_run(load(run), threshold, trials_per_task)


def export(
    run: RunLike,
    out: str | Path | None = None,
    *,
    threshold: float | None = None,
    dialects: Iterable[Any] = (),
    readers: Iterable[Any] | None = None,
    **options: bool,
) -> Exported:
    """Write the pruned network as ONNX and, if it spikes, as NIR; compare what readers of the files compute.

    Parameters
    ----------
    run
        The trained network; it is pruned first.
    out
        Folder for the files; by default the run's.
    threshold
        Pruning threshold; by default that of an earlier pruning of the same weights.
    dialects
        Further NIR files, in the form that a reader needs (``neurogrow export --dialects`` lists them).
    readers
        Readers of NIR to compare with; by default all that are installed.
    **options
        ``modular``, ``sparse`` and ``double``, as in :class:`~neurogrow.pipeline.network_files.ExportOptions`.

    Returns
    -------
    Exported
        The written ``files``, and the comparisons ``nir`` (None for a rate network) and ``onnx``.

    Raises
    ------
    InputError
        If a dialect or a reader is not known, or cannot represent the network.
    """
    chosen = ExportOptions(dialects=tuple(dialects), readers=None if readers is None else tuple(readers), **options)
    return pipeline.export_run(load(run), threshold, None if out is None else Path(out), chosen)


def map(
    network: RunLike,
    chip: "ChipSpec | str | Path",
    out: str | Path | None = None,
    *,
    spikes: str | Path | None = None,
    **options: Any,  # noqa: ANN401  (the options of neurogrow.pipeline.map_network)
) -> Mapped:
    """Place a spiking network on the cores of a chip, and count what its spikes travel and cost.

    Parameters
    ----------
    network
        A spiking run (it is exported first if need be), or a NIR file of any tool.
    chip
        The name of a chip (``neurogrow chips`` lists them), its TOML file, or a ``ChipSpec``.
    out
        Folder for ``mapping-<chip>.json``; by default that of the run or of the NIR file.
    spikes
        For a NIR file: the ``.npz`` file with the spikes of its neurons. Without it, every neuron is assumed to spike
        equally often.
    **options
        As for :func:`neurogrow.pipeline.map_network`: ``partition`` and ``placement`` (names or functions),
        ``neurons_per_core``, ``chips_used``, ``cost_set``, ``seed``, ``effort``, ``rate`` and others.

    Returns
    -------
    Mapped
        The mapping ``chosen``, and ``random``, the same network with neurons at random.

    Raises
    ------
    InputError
        If the network does not fit on the chip, or does not spike.
    """
    folder = None if out is None else Path(out)
    if not isinstance(network, Run) and Path(network).suffix == ".nir":
        path = Path(network)
        counts = None if spikes is None else Path(spikes)
        return pipeline.map_network(path, counts, chip, folder or path.parent, **options)
    if spikes is not None:
        raise InputError("A run has its own spikes; leave out `spikes`, or give a NIR file.")
    return pipeline.map_run(load(network), chip, folder, **options)


def compare(
    runs: Sequence[RunLike] | Mapping[str, Sequence[RunLike]], out: str | Path = "comparison"
) -> Comparison | ConditionComparison:
    """Compare networks by their measures. Writes ``comparison.json`` and ``comparison.png``.

    Parameters
    ----------
    runs
        Two or more networks; or conditions by name, each a list of networks that differ in their seeds.
    out
        Folder for the files.

    Returns
    -------
    Comparison or ConditionComparison
        A row of measures for each network and the agreement of each pair; for conditions, means and intervals.

    Raises
    ------
    InputError
        If there are fewer than two networks or conditions.
    """
    folder = Path(out)
    if isinstance(runs, str | Path | Run) or len(runs) < 2:
        raise InputError("A comparison needs at least two networks or two conditions.")
    if isinstance(runs, Mapping):
        conditions = {name: [load(run) for run in members] for name, members in runs.items()}
        over_seeds = pipeline.compare_conditions_of_runs(conditions, folder)
        draw_conditions(over_seeds, folder / "comparison.png")
        return over_seeds
    opened = [load(run) for run in runs]
    compared = pipeline.compare_runs(opened, folder)
    draw_comparison(opened, pipeline.matched_reports(opened), folder / "comparison.png")
    return compared


def write_report(runs: RunLike | Sequence[RunLike], path: str | Path | None = None) -> Path:
    """Write one HTML page about one or more runs, which works offline.

    Parameters
    ----------
    runs
        A run, or several in the order in which they are shown.
    path
        The file; by default ``report.html`` in the folder of the first run.

    Returns
    -------
    Path
        The file.
    """
    several = [runs] if isinstance(runs, Run | str | Path) else runs
    opened = [load(run) for run in several]
    if not opened:
        raise InputError("A report needs at least one run.")
    return write_page(opened, opened[0].path / "report.html" if path is None else Path(path))


def _configuration(config: ConfigLike, settings: Mapping[str, Any] | None) -> TrainConfig:
    named = config if isinstance(config, TrainConfig) else load_config(find_config(config))
    return _with_settings(named, settings or {})


def _with_settings(config: TrainConfig, settings: Mapping[str, Any]) -> TrainConfig:
    """Return the configuration with values replaced by their dotted names, checked as those of a TOML file."""
    values = plain(config)
    for name, value in settings.items():
        *tables, field = name.split(".")
        table = values
        for key in tables:
            table = table.setdefault(key, {}) if isinstance(table, dict) else {}
        if not tables or not isinstance(table, dict):
            raise InputError(f"'{name}' is no setting of a configuration; a setting is named as in growth.strength.")
        table[field] = value
    return validated(TrainConfig, values, "settings") if settings else config
