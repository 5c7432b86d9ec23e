"""Kill training at random moments, and check that nothing is lost.

    python tools/kill_training.py [--kills 25] [--command-line 3] [--steps 48] [--seed 0] [--json]

A small run is trained without interruption. Runs of the same configuration are then killed by SIGKILL, resumed, killed
again and resumed until they finish. Moments are drawn uniformly over the duration of a run. Every third kill waits for
the next checkpoint, and comes while it is being written. A run survives if its weights equal those of the uninterrupted
run to the last byte, and so do its metrics except for the seconds. A run that is killed before its first checkpoint
must refuse to resume, and is started anew.

Processes are forked from this one, which has imported everything, so that a run takes a second or two instead of ten.
The last kills (``--command-line``) are of the real command, ``python -m neurogrow train``. The exit status is 1 if any
run did not survive. Needs a Unix.
"""
# ruff: noqa: T201  (a script's output)

import argparse
import csv
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a process that has threads cannot be forked safely

import torch

from neurogrow.errors import InputError
from neurogrow.growth import improving_permutation
from neurogrow.training import (
    GrowthConfig,
    ModelConfig,
    Run,
    TasksConfig,
    TrainConfig,
    TrainingConfig,
    save_config,
    train,
)

CONFIG = TrainConfig(
    tasks=TasksConfig(("go", "dlyanti", "dm1", "ctxdlydm2", "dms", "dmc"), ring=8),
    model=ModelConfig(rows=10, cols=10),
    growth=GrowthConfig(strength=1e-4, swap_every=4),
    training=TrainingConfig(
        steps=48, batch_size=8, ticks=40, log_every=2, checkpoint_every=3, warmup_steps=5, device="cpu"
    ),
)
CHECKPOINT = (".model.safetensors", ".state.safetensors")
"""How the files that are written beside a checkpoint's begin."""
WRITE = 0.004
"""About how many seconds the write of one of them takes: a kill strikes at a random moment of it."""
PATIENCE = 120.0
"""Seconds after which a process is assumed to hang."""
ENOUGH = 5
"""Number of lost runs after which the tool stops."""


class DataLostError(Exception):
    """A run that was killed did not come back as it would have been."""


@dataclass
class Life:
    """One process that trains into a folder, begun anew or resumed."""

    pid: int
    out: Path
    status: int | None = None

    def lives(self) -> bool:
        """Return whether it still runs; ``status`` is its exit status if not."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is None

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False, look_every: float = 0.002) -> bool:
        """Wait for some seconds, or less if ``until`` comes true or the life ends; return whether it still runs."""
        end = time.monotonic() + seconds
        while self.lives() and not until() and (left := end - time.monotonic()) > 0:
            time.sleep(min(look_every, left))
        return self.lives()

    def finish(self) -> int:
        """Wait for its end and return the exit status."""
        if self.wait(PATIENCE):
            self.kill()
            raise DataLostError("a process hangs")
        return self.status or 0

    def kill(self) -> None:
        """End it by SIGKILL, which no process sees coming."""
        os.kill(self.pid, signal.SIGKILL)
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def writes_checkpoint(self) -> bool:
        """Return whether there is a half-written checkpoint of this process."""
        return any(path.name.startswith(CHECKPOINT) for path in self.out.glob(f"**/.*.{self.pid}.part"))


Begin = Callable[[Path, bool], Life]
"""Starts a life in a folder; whether it resumes."""


def forked(config: TrainConfig, out: Path, resume: bool) -> Life:
    """Train in a fork of this process."""
    sys.stdout.flush()
    if pid := os.fork():
        return Life(pid, out)
    status = 1
    try:
        with out.with_name(out.name + ".log").open("a") as log:
            os.dup2(log.fileno(), sys.stderr.fileno())
        train(config, out, resume=resume)
        status = 0
    except InputError as error:
        print(error, file=sys.stderr)
        status = 2
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def commanded(config: TrainConfig, out: Path, resume: bool) -> Life:
    """Train by the real command; returns after the imports, when its log of metrics is there anew."""
    file = save_config(config, out.with_name(out.name + ".toml"))
    command = [sys.executable, "-m", "neurogrow", "train", str(file), "--out", str(out), *(["--resume"] * resume)]
    log = (os.POSIX_SPAWN_OPEN, 2, str(out.with_name(out.name + ".log")), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    before = _version(out / "metrics.csv")
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[log, (os.POSIX_SPAWN_DUP2, 2, 1)])
    life = Life(pid, out)
    life.wait(PATIENCE, until=lambda: _version(out / "metrics.csv") != before)
    return life


def _version(path: Path) -> tuple[int, int] | None:
    try:
        return path.stat().st_ino, path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


@dataclass
class Tally:
    """What became of the kills."""

    tried: int = 0
    survived: int = 0
    inside_a_checkpoint_write: int = 0
    began_anew: int = 0
    by_command_line: int = 0
    lost: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Return it in a line."""
        inside, lost = self.inside_a_checkpoint_write, len(self.lost)
        return f"survived {self.survived} / tried {self.tried} ({inside} inside a checkpoint write), data lost: {lost}"


def kill_and_resume(begin: Begin, out: Path, kills: int, seconds: float, chance: random.Random, tally: Tally) -> None:
    """Kill a run up to ``kills`` times in a life of ``seconds``, and resume it to its end.

    Raises ``DataLostError`` if a life ends in any other way than it should.
    """
    moments = sorted(chance.uniform(0, seconds) for _ in range(kills))
    life = begin(out, False)
    for before, moment in pairwise([0.0, *moments]):
        if not _killed(life, moment - before, chance, tally):
            break
        life = _again(begin, out, tally)
    if status := life.finish():
        raise DataLostError(f"training ended with status {status}")


def _killed(life: Life, seconds: float, chance: random.Random, tally: Tally) -> bool:
    """Kill a life after some seconds, or in the next checkpoint write after them; False if it had ended before."""
    life.wait(seconds)
    if tally.tried % 3 == 2:
        life.wait(PATIENCE, until=life.writes_checkpoint, look_every=0.0)
        life.wait(chance.uniform(0, WRITE), look_every=WRITE / 20)
    if not life.lives():
        return False
    life.kill()
    tally.tried += 1
    tally.inside_a_checkpoint_write += life.writes_checkpoint()
    return True


def _again(begin: Begin, out: Path, tally: Tally) -> Life:
    """Resume, or where there is no checkpoint yet see that resuming is refused, and start anew as a user would."""
    if Run(out).state_path.exists():
        return begin(out, True)
    if (status := begin(out, True).finish()) != 2:
        raise DataLostError(f"resuming without a checkpoint ended with status {status}, not 2")
    shutil.rmtree(out, ignore_errors=True)
    tally.began_anew += 1
    return begin(out, False)


def difference(whole: Path, other: Path) -> str:
    """Return in what a run is not the uninterrupted one, or an empty string."""
    if (whole / "model.safetensors").read_bytes() != (other / "model.safetensors").read_bytes():
        return "model.safetensors differs"
    for ours, theirs in zip(_rows(whole), _rows(other), strict=False):
        if ours != theirs:
            return f"metrics.csv differs: {theirs} instead of {ours}"
    ours, theirs = len(_rows(whole)), len(_rows(other))
    return f"metrics.csv has {theirs} rows instead of {ours}" if ours != theirs else ""


def _rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open(newline="") as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


def rehearse(begin: Begin, folder: Path) -> float:
    """Train without interruption into ``folder / "whole"``; return the seconds it takes."""
    torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # imports and compiles what is left, once for all forks
    improving_permutation(torch.zeros(1, 2, 2), torch.zeros(2, 2))
    start = time.monotonic()
    if status := begin(folder / "whole", False).finish():
        raise DataLostError(f"the uninterrupted run ended with status {status}: {_log(folder / 'whole')}")
    return time.monotonic() - start


def run_kills(config: TrainConfig, kills: int, by_command_line: int, seed: int, folder: Path) -> Tally:
    """Kill runs in ``folder`` until there were ``kills`` kills of forks, then ``by_command_line`` of commands."""
    chance, tally, in_all = random.Random(seed), Tally(by_command_line=by_command_line), kills + by_command_line
    seconds = rehearse(partial(forked, config), folder)
    while tally.tried < in_all and len(tally.lost) < ENOUGH:
        begin, until = (forked, kills) if tally.tried < kills else (commanded, in_all)
        at_once = min(until - tally.tried, chance.choice((1, 2, 3)))
        _one_run(partial(begin, config), folder, at_once, seconds, chance, tally)
        print(tally.summary(), file=sys.stderr)
    return tally


def _one_run(begin: Begin, folder: Path, kills: int, seconds: float, chance: random.Random, tally: Tally) -> None:
    out = folder / f"killed-{tally.tried}"
    tried = tally.tried
    try:
        kill_and_resume(begin, out, kills, seconds, chance, tally)
        if list(out.rglob("*.part")):
            raise DataLostError("half-written files are left")
        if what := difference(folder / "whole", out):
            raise DataLostError(what)
        tally.survived += tally.tried - tried
    except DataLostError as error:
        tally.lost.append(f"{out}: {error}; {_log(out)}")
        return
    shutil.rmtree(out)


def _log(out: Path) -> str:
    log = out.with_name(out.name + ".log")
    return log.read_text(errors="replace")[-500:] if log.exists() else ""


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments, kill, say how it went and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in {"kills": 25, "command-line": 3, "steps": CONFIG.training.steps, "seed": 0}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    config = replace(CONFIG, training=replace(CONFIG.training, steps=given.steps))
    with tempfile.TemporaryDirectory(prefix="kill-training-") as folder:
        tally = run_kills(config, given.kills, given.command_line, given.seed, Path(folder))
    for line in tally.lost:
        print(line, file=sys.stderr)
    print(json.dumps(asdict(tally)) if given.json else tally.summary())
    return 1 if tally.lost else 0


if __name__ == "__main__":
    sys.exit(main())
