"""Commands that try a grown network as a substrate: without one of its modules, and on tasks learned later."""

from pathlib import Path
from typing import Any

from ..errors import InputError
from ..progress import counted
from ..training.pretrained import find_run
from .app import Json, app
from .output import emit


@app.command
def lesion(run: Path, *, trials: int = 100, draws: int = 20, json: Json = False) -> None:
    """Silence each functional module in turn, beside as many important neurons at random. Writes lesions.json.

    Parameters
    ----------
    run
        Folder of a run.
    trials
        Single trials of each task, the same for every lesion.
    draws
        Random lesions of each module's size.
    """
    from .. import pipeline
    from .substrate_tables import lesion_table, lesion_value

    found = find_run(run)
    report = pipeline.lesion_run(found, trials, draws)
    value = lesion_value(report) | {"file": str(found.path / "lesions.json")}
    emit(value, json, lesion_table(str(found.path), report))


@app.command
def transfer(
    *runs: str,
    tasks: str,
    out: Path = Path("transfer.png"),
    steps: int = 300,
    seeds: int = 5,
    readout: bool = True,
    json: Json = False,
) -> None:
    """Learn further tasks with the recurrent weights frozen, beside shuffled ones. Writes transfer.json.

    Parameters
    ----------
    runs
        Folders of runs that were not trained on those tasks; or two conditions or more, each as NAME=RUN,RUN,... with
        all its seeds. All learn from the same trials.
    tasks
        Tasks to learn, with commas between them.
    out
        Where to draw several runs together; each has a figure in its own folder as well.
    steps
        Steps of learning, of 16 lanes x 64 task steps.
    seeds
        Networks that learn, each with new rule inputs of its own.
    readout
        Whether the readout learns beside the rule inputs; --no-readout leaves it as it is.
    """
    from .. import pipeline
    from ..analysis.transfer import pool_transfers
    from ..pipeline.run_figures import draw_transfer
    from ..training.transfer import TransferConfig
    from .conditions import grouped
    from .substrate_tables import transfer_table, transfer_value

    if not runs:
        raise InputError("Name at least one run folder.")
    config, conditions = TransferConfig(steps=steps, seeds=seeds, readout=readout), grouped(runs)
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
