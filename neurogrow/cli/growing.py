"""Commands that train networks."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import InputError
from ..report.format import significant
from ..training.config import TrainConfig
from .app import Json
from .output import emit, note, table, training_progress
from .settings import validate_settings

if TYPE_CHECKING:
    from ..training import Run

Settings = Annotated[TrainConfig, Parameter(name="*")]
_DEFAULTS = TrainConfig()


def demo(*, out: Path = Path("demo"), json: Json = False) -> None:
    """Run all stages on a small network: train, spike, analyse, export, map, report. Takes minutes on two cores.

    Parameters
    ----------
    out
        Folder for the two runs and the report. An interrupted demo in this folder continues.
    """
    from ..demo import run_demo
    from .tables import demo_table

    result = run_demo(out, training_progress, note)
    emit(result, json, demo_table(result))


def train_command(
    config: Path,
    *,
    settings: Settings = _DEFAULTS,
    out: Path | None = None,
    resume: bool = False,
    tensorboard: bool = False,
    json: Json = False,
) -> None:
    """Train a network, and write a run folder.

    Parameters
    ----------
    config
        A TOML file, or the name of a preset (`neurogrow presets`). Flags override its settings.
    out
        Folder of the run; by default runs/NAME, with the name of the TOML file.
    resume
        Continue the run from its last checkpoint.
    tensorboard
        Also write the metrics for TensorBoard during training, to the folder `tensorboard` of the run.
    """
    from ..training import train
    from ..training.presets import find_config
    from ..training.run import describe

    folder = out or Path("runs") / find_config(config).stem
    wanted = validate_settings(settings)
    note(f"Training a {describe(wanted)} into {folder}")
    with training_progress("training"), ExitStack() as stack:
        hooks = []
        if tensorboard:
            from ..training.tensorboard import tensorboard_log

            hooks.append(stack.enter_context(tensorboard_log(folder / "tensorboard")))
        run = train(wanted, folder, resume=resume, hooks=hooks)
    _show_run(run, json)


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
    """Train the spiking counterpart of a rate run: leaky integrate-and-fire neurons, same grid, same tasks.

    Parameters
    ----------
    run
        Folder of a rate run, or of a spiking run to continue from. The new run has its settings; flags override them.
    config
        A TOML file, or the name of a preset, with settings to use instead of those of the run.
    out
        Folder of the spiking run; by default the folder of the rate run with "-spiking" added.
    warm_start
        Start from the weights of the rate network, scaled so that rates match. --no-warm-start starts from random
        weights.
    from_step
        Start from the weights that the run had after this many steps. They exist if the run was trained with
        training.snapshot_every.
    train
        Train the network. --no-train only converts it, for comparison.
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
    wanted = validate_settings(settings)
    if from_step is not None and not (train and warm_start):
        raise InputError(
            "--from-step sets the weights that training starts from; leave out --no-train and --no-warm-start."
        )
    if not train:
        note(f"Converting into a {describe(wanted)} in {folder}, without training")
        _show_run(pipeline.convert_run(rate, wanted, folder), json)
        return
    note(f"Training a {describe(wanted)} into {folder}")
    with training_progress("spiking"):
        spiking = pipeline.spike_run(rate, wanted, folder, warm_start=warm_start, from_step=from_step, resume=resume)
    _show_run(spiking, json)


def sweep(
    config: Path,
    *,
    out: Path | None = None,
    workers: int = 0,
    ray: str | None = None,
    gpus: float = 0.0,
    json: Json = False,
) -> None:
    """Train many networks from one file. Writes a run folder for each and one table. Skips finished networks.

    Parameters
    ----------
    config
        A TOML file as for `train`, with a table [sweep] of lists, for example growth.strength = [1e-5, 1e-4]. Tables
        [[sweep.condition]] hold named settings, which are combined with every element of the lists.
    out
        Folder of the sweep; by default runs/NAME, with the name of the TOML file.
    workers
        Number of processes to train in on this machine. On a cluster, the smallest number of shards. Needs Ray.
    ray
        Address of a Ray cluster to train on, HOST:PORT, or `auto` for the cluster of this machine. The folder of the
        sweep must then be on a shared disk.
    gpus
        GPUs per shard on Ray, for example 0.25 to train four shards on one GPU; by default none.
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
    """Print the folder of the run, and the metrics of its last step."""
    last = {name: float(column[-1]) for name, column in run.metrics().items()}
    rows = [(name.replace("_", " "), significant(value)) for name, value in last.items()]
    emit({"run": str(run.path), "metrics": last}, as_json, table(f"{run.path}: last step", ("metric", "value"), rows))
