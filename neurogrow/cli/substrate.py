"""Commands for experiments on a trained network: lesions of its modules, and transfer to new tasks."""

from pathlib import Path
from typing import Any

from ..errors import InputError
from ..progress import counted
from ..training.pretrained import find_run
from .app import Json
from .output import emit


def lesion(run: Path, *, trials: int = 100, draws: int = 20, json: Json = False) -> None:
    """Silence each functional module in turn, compared with random important neurons. Writes lesions.json.

    Parameters
    ----------
    run
        Folder of a run.
    trials
        Number of single trials of each task. All lesions run on the same trials.
    draws
        Number of random lesions for each module, with as many neurons as the module.
    """
    from .. import pipeline
    from .substrate_tables import lesion_table, lesion_value

    opened = find_run(run)
    report = pipeline.lesion_run(opened, trials, draws)
    value = lesion_value(report) | {"file": str(opened.path / "lesions.json")}
    emit(value, json, lesion_table(str(opened.path), report))


def transfer(
    *runs: str,
    tasks: str,
    out: Path = Path("transfer.png"),
    steps: int = 300,
    seeds: int = 5,
    readout: bool = True,
    json: Json = False,
) -> None:
    """Train new tasks with frozen recurrent weights, compared with shuffled weights. Writes transfer.json.

    Parameters
    ----------
    runs
        Folders of runs that were not trained on the new tasks; or at least two conditions, each as NAME=RUN,RUN,...
        with the runs of all its seeds. All runs learn from the same trials.
    tasks
        New tasks, separated by commas.
    out
        File for the figure of several runs together. Each run also has a figure in its own folder.
    steps
        Training steps, each with 16 lanes x 64 task steps.
    seeds
        Number of replicas that learn, each with different random rule inputs.
    readout
        Train the readout and the rule inputs. --no-readout trains the rule inputs only.
    """
    from .. import pipeline
    from ..analysis.transfer import pool_transfers
    from ..pipeline.run_figures import draw_transfer
    from ..training.transfer import TransferConfig
    from .conditions import parse_conditions
    from .substrate_tables import transfer_table, transfer_value

    if not runs:
        raise InputError("Name at least one run folder.")
    config, conditions = TransferConfig(steps=steps, seeds=seeds, readout=readout), parse_conditions(runs)
    paths = [path for each in conditions.values() for path in each] or [Path(run) for run in runs]
    opened = {path: find_run(path) for path in paths}
    learned = {
        path: pipeline.transfer_run(opened[path], tasks.split(","), config) for path in counted(paths, "networks")
    }
    shown = {str(opened[path].path): report for path, report in learned.items()}
    value: dict[str, Any] = {"runs": {name: transfer_value(report) for name, report in shown.items()}}
    drawn = {Path(name).name: report for name, report in shown.items()}
    if conditions:
        shown = drawn = {name: pool_transfers([learned[path] for path in each]) for name, each in conditions.items()}
        value["conditions"] = {name: transfer_value(report) for name, report in shown.items()}
    if len(learned) > 1:
        value["figure"] = str(draw_transfer(drawn, out))
    emit(value, json, transfer_table(shown))
