"""Commands that grow networks."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import InputError
from ..report.format import significant
from ..training.config import TrainConfig
from .app import Json, app
from .output import emit, note, table, training_progress
from .settings import checked

if TYPE_CHECKING:
    from ..training import Run

Settings = Annotated[TrainConfig, Parameter(name="*")]
_DEFAULTS = TrainConfig()


@app.command
def demo(*, out: Path = Path("demo"), json: Json = False) -> None:
    """Go the whole way on a small network: train, spike, analyse, export, map, report. Minutes on two CPU cores.

    Parameters
    ----------
    out
        Folder for the two runs and the report; a demo that was interrupted there goes on.
    """
    from ..demo import run_demo
    from .tables import demo_table

    result = run_demo(out, training_progress, note)
    emit(result, json, demo_table(result))


@app.command(name="train")
def train_command(
    config: Path,
    *,
    settings: Settings = _DEFAULTS,
    out: Path | None = None,
    resume: bool = False,
    tensorboard: bool = False,
    json: Json = False,
) -> None:
    """Train a network and leave a run folder.

    Parameters
    ----------
    config
        A TOML file, or the name of a preset (`neurogrow presets`). Any setting in it can be overridden by a flag.
    out
        The run's folder; by default runs/NAME after the TOML file's name.
    resume
        Continue the run from its last checkpoint.
    tensorboard
        Write the metrics to the run's folder tensorboard as well, as training goes on.
    """
    from ..training import train
    from ..training.presets import find_config
    from ..training.run import describe

    folder = out or Path("runs") / find_config(config).stem
    wanted = checked(settings)
    note(f"Training a {describe(wanted)} into {folder}")
    with training_progress("training"), ExitStack() as stack:
        hooks = []
        if tensorboard:
            from ..training.tensorboard import tensorboard_log

            hooks.append(stack.enter_context(tensorboard_log(folder / "tensorboard")))
        run = train(wanted, folder, resume=resume, hooks=hooks)
    _show_run(run, json)


@app.command
def spike(
    run: Path,
    *,
    settings: Settings = _DEFAULTS,
    config: Path | None = None,
    out: Path | None = None,
    warm_start: bool = True,
    from_step: int | None = None,
    train: bool = True,
    resume: bool = False,
    json: Json = False,
) -> None:
    """Grow the spiking counterpart of a rate run: leaky integrate-and-fire neurons on the same grid, same tasks.

    Parameters
    ----------
    run
        Folder of a rate run, or of a spiking one to go on from. Its settings are taken over; any can be overridden by a
        flag.
    config
        A TOML file, or the name of a preset, to take the settings from in place of the run.
    out
        Folder of the spiking run; by default the rate run's with "-spiking" added.
    warm_start
        Start from the rate network's weights, balanced so that rates match; --no-warm-start draws new ones.
    from_step
        Start from the weights that the run had after so many steps (training.snapshot_every keeps them).
    train
        Train the network; --no-train leaves it as converted, for comparison.
    resume
        Continue the spiking run from its last checkpoint.
    """
    from .. import pipeline
    from ..training.presets import find_config
    from ..training.pretrained import find_run
    from ..training.run import describe

    rate = find_run(run)
    named = rate.path if rate.path.name else rate.path.resolve()
    folder = out or named.with_name(find_config(config).stem if config else f"{named.name}-spiking")
    wanted = checked(settings)
    if from_step is not None and not (train and warm_start):
        raise InputError("--from-step says which weights training starts from; leave out the --no- options beside it.")
    if not train:
        note(f"Converting into a {describe(wanted)} in {folder}, without training")
        _show_run(pipeline.convert_run(rate, wanted, folder), json)
        return
    note(f"Training a {describe(wanted)} into {folder}")
    with training_progress("spiking"):
        grown = pipeline.spike_run(rate, wanted, folder, warm_start=warm_start, from_step=from_step, resume=resume)
    _show_run(grown, json)


@app.command
def sweep(
    config: Path,
    *,
    out: Path | None = None,
    workers: int = 0,
    ray: str | None = None,
    gpus: float = 0.0,
    json: Json = False,
) -> None:
    """Train many networks from one file: a run folder for each and one table; what is finished is not trained again.

    Parameters
    ----------
    config
        A TOML file as for `train`, with a table [sweep] of lists, e.g. growth.strength = [1e-5, 1e-4], and under
        [[sweep.condition]] tables of settings with a name, which are crossed with the lists.
    out
        Folder of the sweep; by default runs/NAME after the TOML file's name.
    workers
        Train on so many processors of this machine at once, or in so many shards at least on a cluster. Needs Ray.
    ray
        Train on the Ray cluster at this address, HOST:PORT, or auto for this machine's; out is then on a shared disk.
    gpus
        GPUs for each shard on Ray, e.g. 0.25 for four shards on one; by default none.
    """
    from ..training.distributed import Cluster
    from ..training.sweep import run_sweep
    from .sweep_table import sweep_table

    folder = out or Path("runs") / config.stem
    cluster = Cluster(ray, workers, gpus) if ray is not None or workers or gpus else None
    with training_progress("sweep"):
        rows = run_sweep(config, folder, cluster)
    diverged = [row["run"] for row in rows if not row["finished"]]
    if diverged:
        note(f"Diverged: {', '.join(diverged)}. Lower training.learning_rate, or raise training.warmup_steps.")
    value = {"folder": str(folder), "runs": rows, "diverged": diverged}
    emit(value, json, sweep_table(f"{folder}/sweep.csv", rows))


def _show_run(run: "Run", as_json: bool) -> None:
    """Say where the run is and how it ended."""
    last = {name: float(column[-1]) for name, column in run.metrics().items()}
    rows = [(name.replace("_", " "), significant(value)) for name, value in last.items()]
    emit({"run": str(run.path), "metrics": last}, as_json, table(f"{run.path}: last step", ("metric", "value"), rows))
