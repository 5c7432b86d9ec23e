"""What a grown network is made of, and what it is good for later: lesions and transfer."""

from collections.abc import Sequence

from ..analysis.lesion_report import LesionReport
from ..analysis.lesions import lesion_modules
from ..analysis.transfer import CRITERION, TransferReport, transfer_curve
from ..errors import InputError
from ..io.files import plain, write_json
from ..tasks import TaskSet, ideal_performance, task_names
from ..training import Run
from ..training.build import build_tasks, choose_device
from ..training.loop import processor_threads
from ..training.transfer import TransferConfig, learn_tasks, shuffled_recurrence
from .stage_records import kept
from .analyzing import CEILING_SEED, CEILING_TRIALS, analysis_of
from .run_figures import draw_lesions, draw_transfer

LESION_SEED = 40_000
"""Trials that lesions are measured on: not those on which the modules were found."""


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
    are given the same tasks and settings see the same trials, from the same new rule inputs. What was measured before
    of the same network in the same way is read, not measured again.

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
    path, fingerprint = run.path / "transfer.json", run.fingerprint()
    way = {"model": fingerprint, "task_names": list(new.names), "settings": plain(config)}
    report = kept(path, way, TransferReport.from_json)
    if report is None:
        report = _learned(run, new, config)
        write_json(path, report.to_json() | {"model": fingerprint})
    draw_transfer({run.path.name: report}, run.path / "figures" / "transfer.png")
    return report


def _learned(run: Run, new: TaskSet, config: TransferConfig) -> TransferReport:
    model = run.load_model().to(choose_device(run.config.training.device))
    ceiling_K = ideal_performance(new, CEILING_TRIALS, CEILING_SEED).mean_K
    with processor_threads(run.config):
        grown, _ = learn_tasks(model, new, config)
        shuffled, _ = learn_tasks(shuffled_recurrence(model, config.seeds, config.seed), new, config)
    return TransferReport(
        trained_names=run.config.tasks.names,
        task_names=new.names,
        trials_P=grown.trials_P,
        grown=transfer_curve(grown.trials_P, grown.performance_RPK, ceiling_K),
        shuffled=transfer_curve(shuffled.trials_P, shuffled.performance_RPK, ceiling_K),
        ceiling_K=ceiling_K,
        criterion=CRITERION,
        settings=plain(config),
    )
