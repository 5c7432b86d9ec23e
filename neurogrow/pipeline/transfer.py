"""New tasks learned by a run's network with its recurrent weights frozen, in ``transfer.json``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..analysis.transfer import CRITERION, TransferReport, transfer_curve
from ..errors import InputError
from ..io.files import plain, read_json, write_json
from ..tasks import TaskSet, task_names
from ..tasks.ceilings import ideal_ceiling
from ..training import Run
from ..training.build import build_tasks, choose_device
from ..training.loop import processor_threads
from ..training.transfer import TransferConfig, learn_tasks, shuffled_recurrence
from .runner import bring, ensure, one_pass
from .stage import CONFIG, MODEL, Settings, Stage, fixed

TRANSFER_FILE = "transfer.json"
_FIGURE = "figures/transfer.png"


def transfer_run(run: Run, tasks: str | Sequence[str], config: TransferConfig | None = None) -> TransferReport:
    """Learn new tasks with frozen recurrent weights; write ``transfer.json`` and its figure.

    Only the rule inputs and the readout learn. As a control, the same is done with the recurrent weights of each neuron
    shuffled among its connections. Runs on one grid with the same tasks and settings see the same trials, from the same
    new rule inputs. Earlier measurements of the same network with the same settings are read, not made again.

    Raises
    ------
    InputError
        If a task does not exist, the run was trained on it, or the run's source of trials is not the built-in one.
    """
    config, trained = config or TransferConfig(), build_tasks(run.config)
    new = TaskSet(task_names(tasks), trained.ring)
    known = [name for name in new.names if name in trained.names]
    if known:
        raise InputError(
            f"{run.path} was trained on {', '.join(known)}; to learn a task later, train without it (tasks.names)."
        )
    with one_pass():
        report = bring(run, TRANSFER, {"task_names": list(new.names), "settings": plain(config)})
        ensure(run, TRANSFER_FIGURE)
    return report


def _learned(run: Run, task_names: Sequence[str], settings: dict[str, Any]) -> TransferReport:
    new, config = TaskSet(tuple(task_names), run.config.tasks.ring), TransferConfig(**settings)
    model = run.load_model().to(choose_device(run.config.training.device))
    ceiling_K = ideal_ceiling(new)
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
    write_json(run.path / TRANSFER_FILE, report.to_json() | {"model": run.fingerprint()})
    return report


def _stated_settings(run: Run) -> Settings | None:
    value = read_json(run.path / TRANSFER_FILE)
    return {name: value[name] for name in ("task_names", "settings")} if value["model"] == run.fingerprint() else None


TRANSFER = Stage(
    name="transfer",
    reads=(MODEL, CONFIG),
    writes=fixed(TRANSFER_FILE),
    compute=_learned,
    load=lambda run, _: TransferReport.from_json(read_json(run.path / TRANSFER_FILE)),
    defaults={"task_names": [], "settings": {}},
    stated_settings=_stated_settings,
)
"""Measures how soon new tasks are learned with the network frozen, and with its wiring shuffled."""


def _draw(run: Run) -> Path:
    from .run_figures import draw_transfer  # imports matplotlib

    return draw_transfer({run.path.name: bring(run, TRANSFER)}, run.path / _FIGURE)


TRANSFER_FIGURE = Stage(
    name="transfer-figure",
    reads=(TRANSFER_FILE,),
    writes=fixed(_FIGURE),
    compute=_draw,
    load=lambda run, _: run.path / _FIGURE,
    after=(TRANSFER,),
)
"""Draws the learning curves of new tasks."""
