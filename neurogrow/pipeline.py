"""The stages after training: each reads a run folder, computes, and adds its files to the folder.

The command line and the demo are thin layers over these; a notebook can call them as well. Every stage makes what it
needs of the stages before it, so any of them may be called first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from export.nir_graph import read_nir
from export.parity import NirParity, OnnxParity
from hardware_models.chips import ChipSpec, load_chip
from hardware_models.core_table import write_core_table
from hardware_models.mapping import MappingReport, map_workload, mapping_report
from hardware_models.sanafe_files import write_sanafe
from hardware_models.workload import Workload

from .analysis import Comparison, ModularityReport, compare, modularity_report
from .analysis.comparison import matched_modules
from .analysis.conditions import ConditionComparison, compare_conditions
from .analysis.emergence import Emergence, emergence, measure_snapshot
from .analysis.firing import Firing, firing
from .analysis.lesion_report import LesionReport
from .analysis.lesions import lesion_modules
from .analysis.recording import Recording, record
from .analysis.transfer import CRITERION, TransferReport, transfer_curve
from .counterpart import check_counterpart, descents, initial_network, write_origin
from .drawing import draw_emergence, draw_lesions, draw_run, draw_transfer
from .errors import InputError
from .exported import ExportOptions, encoder_counts, write_network
from .files import plain, read_json, replacing, write_json
from .models import SpikingRNN
from .network import ACTIVE_WEIGHT, GrownNetwork, SpikingNeurons
from .pruning import prune, restore
from .tasks import TaskBatch, TaskSet, ideal_performance, single_trials, task_names
from .training import Run, TrainConfig, train
from .training.build import build_tasks, choose_device
from .training.loop import Progress, processor_threads
from .training.transfer import TransferConfig, learn_tasks, shuffled_recurrence

ANALYSIS_SEED = 20_000
"""Trials that networks are measured on; training draws from small seeds."""
FIRING_TRIALS = 20
"""Trials of each task on which firing is measured."""
LESION_SEED = 40_000
"""Trials that lesions are measured on: not those on which the modules were found."""
CEILING_TRIALS, CEILING_SEED = 5_000, 30_000
"""Simulated trials of each task behind the ideal observer's performance, and their seed: the same for every network."""


def analyze(run: Run, trials_per_task: int = 100, seed: int = ANALYSIS_SEED) -> ModularityReport:
    """Measure the trained network and write ``analysis.json``; of a spiking one also example spikes, ``raster.npz``."""
    model, tasks = run.load_model(), build_tasks(run.config)
    recording = record(model, tasks, trials_per_task, seed)
    weights_NN = model.recurrent_weights_RNN[0].detach().double().numpy()
    ceiling_K = ideal_performance(tasks, CEILING_TRIALS, CEILING_SEED).mean_K
    report = modularity_report(weights_NN, model.layout, recording, tasks.names, seed, ceiling_K=ceiling_K)
    if isinstance(model, SpikingRNN):
        save_arrays(run.path / "raster.npz", example_spikes(model, tasks.names, single_trials(tasks, 2, seed=seed)))
    draw_run(run, report)
    write_json(run.path / "analysis.json", report.to_json() | {"model": run.fingerprint()})  # last of all
    return report


def emergence_run(run: Run, k: int = 10, trials_per_task: int = 50) -> Emergence:
    """Measure the network at every snapshot of its training; write ``emergence.json`` and its figure.

    Raises ``InputError`` if the run kept no snapshots (``training.snapshot_every``).
    """
    tasks, measured = build_tasks(run.config), {}
    for step, path in run.snapshots().items():
        model = run.load_model(path)
        recording = record(model, tasks, trials_per_task, ANALYSIS_SEED)
        weights_NN = model.recurrent_weights_RNN[0].detach().double().numpy()
        measured[step] = measure_snapshot(weights_NN, model.layout, recording, k, ANALYSIS_SEED)
    growth = emergence(measured, k)
    write_json(run.path / "emergence.json", growth.to_json())
    draw_emergence(run, growth)
    return growth


def analysis_of(run: Run) -> ModularityReport:
    """Return the run's report; it is measured now if it has not been, or was of weights that have changed since."""
    path = run.path / "analysis.json"
    value = read_json(path) if path.exists() else {}
    if not isinstance(value, dict) or value.get("model") != run.fingerprint():
        return analyze(run)
    return ModularityReport.from_json(value)


@dataclass(frozen=True)
class Pruned:
    """A pruned network and what it can still do."""

    network: GrownNetwork
    performance: float
    """Mean over tasks of the fraction of trials performed, after pruning."""
    recording: Recording
    """The pruned network on single trials of every task; N counts all neurons of the grid."""


def prune_run(run: Run, threshold: float = ACTIVE_WEIGHT, trials_per_task: int = 100) -> Pruned:
    """Prune the trained network, measure what is left, and write ``network.safetensors``."""
    modules_N = analysis_of(run).module_N
    config = run.config
    origin = {"run": run.path.name, "tasks": ",".join(config.tasks.names), "model": run.fingerprint()}
    network = prune(run.load_model(), threshold, modules_N, origin)
    recording = record(restore(network), build_tasks(config), trials_per_task, ANALYSIS_SEED)
    performance = float(recording.performance_K.mean())
    network = replace(network, metadata=network.metadata | {"performance": repr(performance)})
    network.save(run.path / "network.safetensors")
    return Pruned(network, performance, recording)


@dataclass(frozen=True)
class Exported:
    """The files written, and how they compare with the network."""

    pruned: Pruned
    files: tuple[Path, ...]
    nir: NirParity | None
    """None for a rate network: NIR has no rate neurons."""
    onnx: OnnxParity


def pruned_before(run: Run) -> GrownNetwork | None:
    """Return the run's ``network.safetensors`` if it was pruned from the weights that the run has now."""
    path = run.path / "network.safetensors"
    network = GrownNetwork.load(path) if path.exists() else None
    return network if network and network.metadata.get("model") == run.fingerprint() else None


def export_run(
    run: Run, threshold: float | None = None, out: Path | None = None, options: ExportOptions | None = None
) -> Exported:
    """Prune and write ``network.onnx`` and, of a spiking network, ``network.nir`` with its spikes; measure parity.

    What is compared is what a reader gets from the *file*, on trials of every task. Without a threshold it is that of
    an earlier pruning of the same weights, or else the paper's. Files go to ``out``, by default the run's folder.
    """
    before = pruned_before(run)
    kept = float(before.metadata["pruning_threshold"]) if before else ACTIVE_WEIGHT
    pruned, folder = prune_run(run, kept if threshold is None else threshold), out or run.path
    network, tasks = pruned.network, build_tasks(run.config)
    written = write_network(network, tasks, folder, options or ExportOptions(), seed=ANALYSIS_SEED)
    files = written.files
    if isinstance(network.neurons, SpikingNeurons):
        of_encoder = encoder_counts(network, tasks, pruned.recording.mask_TB, ANALYSIS_SEED)
        files = (*files, save_arrays(folder / "spikes.npz", of_encoder | spike_counts(pruned)))
    return Exported(pruned, files, written.nir, written.onnx)


def spike_counts(pruned: Pruned) -> dict[str, Any]:
    """Spikes of each neuron left, and the ticks and trials in which they were counted, as the chip models take them."""
    network, recording = pruned.network, pruned.recording
    if not isinstance(network.neurons, SpikingNeurons):
        raise InputError("Only a spiking network has spikes to count; grow one with `neurogrow spike`.")
    substeps = network.neurons.substeps
    per_step_TBN = recording.activity_TBN[:, :, network.neuron_id_N] * recording.mask_TB[:, :, None] * substeps
    return {
        "hidden": np.rint(per_step_TBN).astype(np.int64).sum((0, 1)),
        "ticks": int(recording.mask_TB.sum()) * substeps,
        "trials": recording.mask_TB.shape[1],
    }


@torch.no_grad()
def example_spikes(model: SpikingRNN, names: Sequence[str], batch: TaskBatch) -> dict[str, Any]:
    """Spikes of one trial of each task, one after the other: what a raster shows."""
    spikes_TBN = model.spikes(batch.inputs_TBI)[0].to(torch.uint8).numpy()
    _, first_lanes = np.unique(batch.task_TB[0].numpy(), return_index=True)
    lengths = batch.mask_TB.sum(0).numpy() * model.substeps
    trials = [spikes_TBN[: lengths[lane], lane] for lane in first_lanes]
    return {
        "spikes_TN": np.concatenate(trials),
        "trial_start": np.cumsum([0, *(len(trial) for trial in trials[:-1])]),
        "task": np.array(names),
        "substeps": model.substeps,
    }


@dataclass(frozen=True)
class Mapped:
    """A mapping, and the same network placed at random, as the baseline."""

    chosen: MappingReport
    random: MappingReport
    path: Path


def map_network(
    nir_path: Path,
    spikes_path: Path,
    chip: ChipSpec | str | Path,
    folder: Path,
    *,
    partition: str | None = None,
    placement: str | None = None,
    neurons_per_core: int | None = None,
    chips_used: int = 1,
    cost_set: str | None = None,
    seed: int = 0,
    effort: str | None = "fast",
    sanafe_ticks: int | None = None,
) -> Mapped:
    """Map a NIR file onto a chip, beside a random mapping; write ``mapping-<chip>.json``, its table and ``-random``.

    Where the file says where its neurons sit, the layout guides the mapping by default; otherwise neurons are taken in
    the file's order and cores are swapped until none improves. ``effort`` (``fast``, ``balanced``, ``best``, or None)
    says how long neurons and cores are then moved to lower what the chip spends. The random mapping is kept for
    comparison even where it exceeds a limit that only a finished mapping shows; its report says so. With
    ``sanafe_ticks``, a replay of that many ticks is written for SANA-FE.
    """
    spec = chip if isinstance(chip, ChipSpec) else load_chip(chip)
    workload = Workload.from_nir(nir_path, spikes_path)
    placed = workload.positions_M2 is not None
    methods = (partition or ("layout" if placed else "sequential"), placement or ("layout" if placed else "swap"))
    mappings = [
        map_workload(workload, spec, *each, seed, neurons_per_core, cost_set, chips_used, within_limits, search)
        for each, within_limits, search in ((methods, True, effort), (("random", "random"), False, None))
    ]
    if sanafe_ticks is not None:
        write_sanafe(mappings[0], folder, sanafe_ticks)
    chosen, baseline = (mapping_report(mapping) for mapping in mappings)
    path = chosen.save(folder)
    write_core_table(chosen, folder)
    write_json(path.with_name(f"mapping-{spec.name}-random.json"), baseline.to_json())
    return Mapped(chosen, baseline, path)


def map_run(
    run: Run,
    chip: ChipSpec | str | Path,
    folder: Path | None = None,
    **options: Any,  # noqa: ANN401  (map_network's options)
) -> Mapped:
    """Export the run if it has not been, and map its NIR file onto a chip; write into ``folder``, or the run's own."""
    chip = chip if isinstance(chip, ChipSpec) else load_chip(chip)  # a wrong name is said before anything is computed
    nir_path, spikes_path = run.path / "network.nir", run.path / "spikes.npz"
    if run.config.model.kind != "spiking":
        raise InputError(
            f"{run.path} is a rate network; chips run spiking ones. Grow one with `neurogrow spike {run.path}`."
        )
    network = pruned_before(run)
    if not (network and nir_path.exists() and spikes_path.exists() and read_nir(nir_path).metadata == network.metadata):
        export_run(run, options=ExportOptions(readers=("numpy",)))
    return map_network(nir_path, spikes_path, chip, folder or run.path, **options)


def spike_run(
    start: Run,
    config: TrainConfig,
    out: Path,
    *,
    warm_start: bool = True,
    resume: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Grow the spiking counterpart of a rate network on the same grid, from its balanced weights or from scratch.

    From a spiking run it goes on with its weights, under other settings.
    """
    check_counterpart(start, config)
    initial = initial_network(start, config) if warm_start else None
    run = train(config, out, initial=initial, resume=resume, progress=progress)
    if warm_start:
        write_origin(run, start)
    return run


def convert_run(rate_run: Run, config: TrainConfig, out: Path) -> Run:
    """Make a run of the rate network's balanced weights as they are, without training, for comparison."""
    check_counterpart(rate_run, config)
    spiking, run = initial_network(rate_run, config), Run.create(out, config)
    run.save_model(spiking, 0, step=0)
    write_origin(run, rate_run)
    return run


def lesion_run(run: Run, trials_per_task: int = 100, draws: int = 20, seed: int = LESION_SEED) -> LesionReport:
    """Silence each functional module in turn, beside random lesions of its size, and write ``lesions.json``."""
    module_N = analysis_of(run).module_N
    model = run.load_model().to(choose_device(run.config.training.device))
    with processor_threads(run.config):
        report = lesion_modules(model, build_tasks(run.config), module_N, trials_per_task, draws, seed)
    write_json(run.path / "lesions.json", report.to_json() | {"model": run.fingerprint()})
    draw_lesions(run, report)
    return report


def transfer_run(run: Run, tasks: str | Sequence[str], config: TransferConfig | None = None) -> TransferReport:
    """Learn tasks that the run was not trained on with all but the network's ends frozen; write ``transfer.json``.

    The same with each neuron's recurrent weights shuffled among its connections stands beside it. Runs on one grid that
    are given the same tasks and settings see the same trials, from the same new rule inputs.

    Raises
    ------
    InputError
        If a task does not exist, or the run was trained on it.
    """
    config, new = config or TransferConfig(), TaskSet(task_names(tasks), run.config.tasks.ring)
    known = [name for name in new.names if name in run.config.tasks.names]
    if known:
        raise InputError(
            f"{run.path} was trained on {', '.join(known)}; to learn a task later, train without it (tasks.names)."
        )
    model = run.load_model().to(choose_device(run.config.training.device))
    ceiling_K = ideal_performance(new, CEILING_TRIALS, CEILING_SEED).mean_K
    with processor_threads(run.config):
        grown, _ = learn_tasks(model, new, config)
        shuffled, _ = learn_tasks(shuffled_recurrence(model, config.seeds, config.seed), new, config)
    report = TransferReport(
        trained_names=run.config.tasks.names,
        task_names=new.names,
        trials_P=grown.trials_P,
        grown=transfer_curve(grown.trials_P, grown.performance_RPK, ceiling_K),
        shuffled=transfer_curve(shuffled.trials_P, shuffled.performance_RPK, ceiling_K),
        ceiling_K=ceiling_K,
        criterion=CRITERION,
        settings=plain(config),
    )
    write_json(run.path / "transfer.json", report.to_json() | {"model": run.fingerprint()})
    draw_transfer({run.path.name: report}, run.path / "figures" / "transfer.png")
    return report


def compare_runs(runs: Sequence[Run], out: Path) -> Comparison:
    """Compare networks by their measures and write ``comparison.json`` into ``out``."""
    names = [run.path.name for run in runs]
    if len(set(names)) < len(names):
        names = [str(run.path) for run in runs]
    named = dict(zip(names, runs, strict=True))
    comparison = compare(
        {name: analysis_of(run) for name, run in named.items()},
        {name: firing_of(run) for name, run in named.items()},
        descents(named),
    )
    write_json(out / "comparison.json", comparison.to_json())
    return comparison


def matched_reports(runs: Sequence[Run]) -> list[ModularityReport]:
    """Return the runs' reports with modules numbered as those of the first run that they match: for figures."""
    named = {str(run.path): run for run in runs}
    reports = {name: analysis_of(run) for name, run in named.items()}
    numbered = matched_modules(reports, descents(named))
    return [replace(report, module_N=number_N) for report, number_N in zip(reports.values(), numbered, strict=True)]


def firing_of(run: Run) -> Firing:
    """Measure how much happens in the trained network during a trial."""
    model = run.load_model()
    return firing(model, record(model, build_tasks(run.config), FIRING_TRIALS, ANALYSIS_SEED))


def compare_conditions_of_runs(conditions: Mapping[str, Sequence[Run]], out: Path) -> ConditionComparison:
    """Compare conditions of several networks each, with intervals over them, and write ``comparison.json``."""
    compared = compare_conditions(
        {name: {str(run.path): analysis_of(run) for run in runs} for name, runs in conditions.items()}
    )
    write_json(out / "comparison.json", compared.to_json())
    return compared


def save_arrays(path: Path, arrays: dict[str, Any]) -> Path:
    """Write numpy arrays as a compressed .npz, whole or not at all."""
    with replacing(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, **arrays)
    return path
