"""Disturb the stages of a run with real faults, such as kills and full disks, and count what is lost.

    python tools/faults.py [training sweep export map] [--tries 5] [--seed 0] [--json]

Training, a sweep, export and mapping first run once without a fault. Each then runs again in a process of its own, with
one fault:

- ``kill``: SIGKILL at a random moment.
- ``full disk``: files cannot grow beyond a random size (RLIMIT_FSIZE).
- ``read-only``: the run folder may not be written to.
- ``two processes``: a second process does the same in the same folder at the same time.
- ``clock``: the time of day jumps at every reading, and files appear years older or younger than they are.

A stage survives if (1) it ends as it should for the fault; (2) right afterwards, every file is whole, and is the one
from before or that of the undisturbed run; (3) repeated without a fault, it leaves the same bytes as the undisturbed
run, except for the seconds of training. The exit status is 1 if any stage did not survive. Needs a Unix.
kill_training.py kills training more often; test_training_faults.py tests damaged files, test_distributed.py lost
machines.
"""
# ruff: noqa: T201  (a script's output)

import argparse
import csv
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a process that has threads cannot be forked safely

import torch
from kill_training import DataLostError, Life

from neurogrow.errors import InputError
from neurogrow.growth import improving_permutation
from neurogrow.pipeline import export_run, map_run
from neurogrow.pipeline.network_files import ExportOptions
from neurogrow.training import GrowthConfig, ModelConfig, Run, TasksConfig, TrainConfig, TrainingConfig
from neurogrow.training.shards import Shard, train_shard
from neurogrow.training.sweep import run_sweep

CONFIG = TrainConfig(
    tasks=TasksConfig(("go", "dm1", "dms"), ring=8),
    model=ModelConfig(kind="spiking", rows=5, cols=5, substeps=2),
    growth=GrowthConfig(strength=1e-5, swap_every=4),
    training=TrainingConfig(
        steps=12, batch_size=8, ticks=40, log_every=2, checkpoint_every=3, warmup_steps=2, device="cpu"
    ),
)
SWEEP = """
[tasks]
names = ["go", "dm1"]
ring = 8
[model]
rows = 4
cols = 4
[training]
steps = 12
batch_size = 8
ticks = 30
log_every = 3
checkpoint_every = 3
device = "cpu"
[sweep]
training.seed = [0, 1]
"""
NOBODY = 65534
"""A user who owns nothing; root may write to read-only folders."""


@dataclass(frozen=True)
class Stage:
    """Something that is done in a folder, from what the stages before it left there."""

    name: str
    do: Callable[[Path], object]
    after: str | None = None


def _train(out: Path) -> None:
    run = Run(out / "run")
    train_shard(Shard((CONFIG,), (run.path,), run.state_path))  # looks whether to resume once it has the lock


def _sweep(out: Path) -> None:
    run_sweep(out.parent / "sweep.toml", out / "sweep")


def _export(out: Path) -> None:
    export_run(Run(out / "run"), options=ExportOptions(readers=("numpy",)))


def _map(out: Path) -> None:
    map_run(Run(out / "run"), "loihi1", neurons_per_core=4)


STAGES = (
    Stage("training", _train),
    Stage("sweep", _sweep),
    Stage("export", _export, after="training"),
    Stage("map", _map, after="export"),
)


def begin(action: Callable[[], object], out: Path) -> Life:
    """Do something in a fork of this process; status 0 if it is done, 2 for a mistake with a message, else 1."""
    sys.stdout.flush()
    if pid := os.fork():
        return Life(pid, out)
    status = 1
    try:
        log = os.open(out.with_name(out.name + ".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.dup2(log, sys.stderr.fileno())
        action()
        status = 0
    except InputError as error:
        print(error, file=sys.stderr)
        status = 2
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def contents(folder: Path) -> dict[str, object]:
    """Return every file of a folder by its name, without what may differ: seconds, machines, half-written files."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): _content(path, folder) for path in files}


def _content(path: Path, folder: Path) -> object:
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]
    if path.name in ("environment.json", "sweep.parquet") or path.parts[-2] == "resume":
        return path.stat().st_size > 0  # holds times, or how far a run has come
    return path.read_bytes().replace(bytes(folder), b"")  # some say where they are


@dataclass
class Bench:
    """Where faults are tried, and what stages leave where there are none."""

    folder: Path
    chance: random.Random
    seconds: dict[str, float] = field(default_factory=dict)

    def rehearse(self, names: Sequence[str]) -> None:
        """Do the stages undisturbed, and those that they need."""
        torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # imports and compiles what is left, once for all forks
        improving_permutation(torch.zeros(1, 2, 2), torch.zeros(2, 2))
        (self.folder / "sweep.toml").write_text(SWEEP)
        last = max(place for place, stage in enumerate(STAGES) if stage.name in names)
        for stage in STAGES[: last + 1]:
            out, start = self.fresh(stage, f"whole {stage.name}"), time.monotonic()
            if begin(partial(stage.do, out), out).finish():
                raise DataLostError(f"{stage.name} fails undisturbed: {log_of(out)}")
            self.seconds[stage.name] = time.monotonic() - start
        if stage.name == "map":
            _map(self.fresh(stage, "compiled"))

    def fresh(self, stage: Stage, name: str) -> Path:
        """Return a folder that holds what the stages before left."""
        out = self.folder / name
        if stage.after:
            return Path(shutil.copytree(self.folder / f"whole {stage.after}", out))
        out.mkdir()
        return out

    def again(self, stage: Stage, out: Path, before: dict[str, object]) -> None:
        """See that nothing is half or lost, and that the stage, done again, ends as it does undisturbed."""
        whole = contents(self.folder / f"whole {stage.name}")
        for name, content in contents(out).items():
            growing = stage.after is None  # files of training change from checkpoint to checkpoint
            if not growing and content not in (before.get(name), whole.get(name)):
                raise DataLostError(f"{name} is neither the old file nor the new one")
        if missing := [name for name in before if not (out / name).exists()]:
            raise DataLostError(f"{missing[0]} is gone")
        if status := begin(partial(stage.do, out), out).finish():
            raise DataLostError(f"done again, it ends with status {status}: {log_of(out)}")
        found = contents(out)
        if wrong := [name for name in {*whole, *found} if whole.get(name) != found.get(name)]:
            raise DataLostError(f"done again, {sorted(wrong)[0]} is not as undisturbed")


def log_of(out: Path) -> str:
    """Return the end of what processes in a folder had to say."""
    log = out.with_name(out.name + ".log")
    return log.read_text(errors="replace")[-500:] if log.exists() else ""


def ended(life: Life, *allowed: int) -> None:
    """Wait for the end of a life. Raises ``DataLostError`` for a status that is not allowed."""
    status = life.finish()
    if status not in allowed:
        raise DataLostError(f"it ends with status {status}, not {' or '.join(map(str, allowed))}: {log_of(life.out)}")


def kill(bench: Bench, stage: Stage, out: Path) -> None:
    """End it at a random moment by SIGKILL."""
    life = begin(partial(stage.do, out), out)
    if life.wait(bench.chance.uniform(0, bench.seconds[stage.name])):
        life.kill()


def full_disk(bench: Bench, stage: Stage, out: Path) -> None:
    """Let no file grow beyond a random size."""
    files = [path.stat().st_size for path in (bench.folder / f"whole {stage.name}").rglob("*") if path.is_file()]
    most = int(bench.chance.uniform(0, max(files)))

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        stage.do(out)

    ended(begin(limited, out), 0, 2)


def read_only(bench: Bench, stage: Stage, out: Path) -> None:
    """Take away the right to write, from the folder and all that is in it."""
    paths = [out, *out.rglob("*")]
    modes = [path.stat().st_mode for path in paths]

    def unprivileged() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        stage.do(out)

    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        ended(begin(unprivileged, out), 2)
    finally:
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


def two_processes(bench: Bench, stage: Stage, out: Path) -> None:
    """Do it twice at the same time; where only one can, the other is told."""
    first = begin(partial(stage.do, out), out)
    first.wait(bench.chance.uniform(0, bench.seconds[stage.name]))
    second = begin(partial(stage.do, out), out)
    ended(second, 0, 2)
    ended(first, 0, 2)


def clock(bench: Bench, stage: Stage, out: Path) -> None:
    """Let the time of day leap by years, and with it the times of files."""
    for path in out.rglob("*"):
        then = bench.chance.uniform(0, 4e9)
        os.utime(path, (then, then))
    leap, now = random.Random(bench.chance.random()), time.time

    def leaping() -> None:
        time.time = lambda: now() + leap.uniform(-1e9, 1e9)
        stage.do(out)

    life = begin(leaping, out)
    if stage.after is None and life.wait(bench.chance.uniform(0, bench.seconds[stage.name])):
        life.kill()
    elif life.lives():
        ended(life, 0)


FAULTS = {"kill": kill, "full disk": full_disk, "read-only": read_only, "two processes": two_processes, "clock": clock}


@dataclass
class Tally:
    """What became of the stages."""

    tried: int = 0
    survived: int = 0
    lost: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Return it in a line."""
        return f"tried {self.tried} / survived {self.survived} / data lost {len(self.lost)}"


def try_all(folder: Path, names: Sequence[str], tries: int, seed: int) -> Iterator[tuple[str, Tally]]:
    """Do every fault to every stage named, ``tries`` times; yield what came of each pair."""
    folder.chmod(0o755)  # for whom read_only has
    bench = Bench(folder, random.Random(seed))
    bench.rehearse(names)
    for what, fault in FAULTS.items():
        for stage in (stage for stage in STAGES if stage.name in names):
            tally = Tally()
            for number in range(tries):
                out = bench.fresh(stage, f"{what} {stage.name} {number}")
                _try(bench, stage, fault, out, tally)
            yield f"{what}, {stage.name}", tally


def _try(bench: Bench, stage: Stage, fault: Callable[..., None], out: Path, tally: Tally) -> None:
    before = contents(out)
    tally.tried += 1
    try:
        fault(bench, stage, out)
        bench.again(stage, out, before)
    except DataLostError as error:
        tally.lost.append(f"{out.name}: {error}")
        return
    tally.survived += 1
    shutil.rmtree(out)


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments, try all faults, say how it went and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = [stage.name for stage in STAGES]
    parser.add_argument("stages", nargs="*", default=known, choices=known)
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    total, each = Tally(), {}
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        for name, tally in try_all(Path(folder), given.stages, given.tries, given.seed):
            print(f"{name:<24} {tally.summary()}", file=sys.stderr)
            total = replace(
                total,
                tried=total.tried + tally.tried,
                survived=total.survived + tally.survived,
                lost=total.lost + tally.lost,
            )
            each[name] = {"tried": tally.tried, "survived": tally.survived}
    for line in total.lost:
        print(line, file=sys.stderr)
    print(json.dumps({"faults": each, "lost": total.lost}) if given.json else total.summary())
    return 1 if total.lost else 0


if __name__ == "__main__":
    sys.exit(main())
