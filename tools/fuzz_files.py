"""Damage files at random and give them to every reader: ``python tools/fuzz_files.py [CASES] [WORKERS] [FIRST]``.

A reader may return, if the file still makes sense, or raise ``InputError`` with the file's name. These are failures:
another exception, the death of its process, more than 5 s of processor time (or 30 s of waiting, as for a pipe), more
than 512 MiB of additional memory, starting a process, unpickling an object, and opening a file that is not its own.
Cases are numbered and always the same. Each worker is a process with a limited address space.
The last line printed is a summary; the exit status is 1 if anything failed.
"""

import itertools
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import torch
from support.hostile import READERS, spoilt, traps, whole_files

from neurogrow.errors import InputError

SECONDS, PATIENCE = 5.0, 30.0
"""Processor time that a file may take, and time on the clock."""
MEMORY = 512 * 2**20
"""Bytes that reading a file may take beyond what the process had."""
ADDRESSES = 4 * 2**30
"""Bytes of address space that a worker may add to what it has after its imports."""
FORBIDDEN = (
    "os.system",
    "subprocess.Popen",
    "pickle.find_class",
    "os.exec",
    "os.spawn",
    "os.posix_spawn",
    "socket.connect",
)


def main(cases: int = 10_000, workers: int = 2, first: int = 0) -> int:
    """Run the traps and the cases, and print what failed and a summary."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lure = folder / "lure"
        lure.touch()
        jobs = [(kind, path, -1) for kind, path in traps(folder, lure)]
        lure.unlink()
        os.mkfifo(lure)  # whoever opens it waits for ever
        whole = [(kind, path) for kind, paths in whole_files(folder).items() for path in paths]
        chosen = itertools.islice(itertools.cycle(whole), cases)
        jobs += [(kind, path, seed) for seed, (kind, path) in enumerate(chosen, first)]
        shares = [jobs[index::workers] for index in range(workers)]
        with multiprocessing.get_context("spawn").Pool(workers, maxtasksperchild=1) as pool:
            parts = pool.starmap(_watched, [(share, folder) for share in shares])
    outcomes = sum((Counter(part["outcomes"]) for part in parts), Counter())
    failures = [failure for part in parts for failure in part["failures"]]
    for failure in failures[:50]:
        print(failure)  # noqa: T201
    kinds = dict(Counter(failure.split()[0] for failure in failures)) or "none"
    memory, seconds = (max(part[name] for part in parts) for name in ("memory", "seconds"))
    print(  # noqa: T201
        f"{sum(outcomes.values())} files: {outcomes['refused']} refused, {outcomes['read']} read; failures: {kinds}; "
        f"at most {memory / 2**20:.0f} MiB and {seconds:.1f} s of processor for one; {time.monotonic() - started:.0f} s"
    )
    return int(bool(failures))


def _watched(jobs: list, folder: Path) -> dict:
    """Have a process read the files; where one kills it or is not done with in time, note that and go on after it."""
    torch.set_num_threads(1)
    with suppress(InputError):
        READERS["model"](folder / "nothing")  # the imports of an optimiser take seconds: once, not in every process
    total = {"outcomes": Counter(), "failures": [], "memory": 0, "seconds": 0.0}
    at = 0
    while at < len(jobs):
        ours, theirs = multiprocessing.Pipe()
        worker = os.fork()
        if worker == 0:
            ours.close()
            try:
                _read_all(jobs[at:], folder, theirs)
            finally:
                os._exit(0)
        theirs.close()
        at += _listen(ours, jobs, at, total)
        os.kill(worker, 9)
        os.waitpid(worker, 0)
    return total


def _listen(ours: Connection, jobs: list, at: int, total: dict) -> int:
    """Note what the worker tells of its files; return how many it is done with, the one that ended it included."""
    for done, job in enumerate(jobs[at:]):
        try:
            told = json.loads(ours.recv()) if ours.poll(PATIENCE) else "hang"
        except EOFError:
            told = "crash"
        if isinstance(told, str):
            total["failures"].append(f"{told} {_named(job)}")
            total["outcomes"][told] += 1
            return done + 1
        total["outcomes"][told["outcome"]] += 1
        total["memory"] = max(total["memory"], told["memory"])
        total["seconds"] = max(total["seconds"], told["seconds"])
        total["failures"] += [f"{each} {_named(job)} {told['words']}" for each in told["wrong"]]
    return len(jobs) - at


def _named(job: tuple) -> str:
    return f"{job[0]} {job[1].name} seed {job[2]}"


def _read_all(jobs: list, folder: Path, theirs: Connection) -> None:
    own = [folder / f"worker-{os.getpid()}{suffix}" for suffix in ("", ".toml")]
    forbidden: list[str] = []
    sys.addaudithook(lambda event, args: _heard(event, args, folder, forbidden))
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + ADDRESSES, mapped + ADDRESSES))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)  # libraries talk
    data = {path: path.read_bytes() for _, path, _ in jobs if path.exists()}
    paths = list(data)
    for kind, path, seed in jobs:
        read = path
        if seed >= 0:
            read = own[kind in ("config", "sweep", "chip")]
            read.write_bytes(spoilt(kind, data[path], data[paths[seed % len(paths)]], seed))
        forbidden.clear()
        theirs.send(json.dumps(_one(kind, read, forbidden)))


def _one(kind: str, path: Path, forbidden: list[str]) -> dict:
    """Read one file; return what came of it, what was wrong, and what it took."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before, started, words = _status("VmRSS"), time.process_time(), ""
    wrong, outcome = [], "read"
    try:
        READERS[kind](path)
    except InputError as error:
        outcome, words = "refused", str(error)
        if path.name not in words or len(words) > 5000:
            wrong.append("message")
    except BaseException as error:
        outcome, words = "raised", f"{type(error).__name__}: {error}"
        wrong.append("raised")
    seconds, memory = time.process_time() - started, max(0, _status("VmHWM") - before)
    wrong += ["slow"] * (seconds > SECONDS) + ["large"] * (memory > MEMORY) + ["forbidden"] * bool(forbidden)
    told = " ".join(f"{words} {' '.join(forbidden)}".split())[:300]
    return {"outcome": outcome, "wrong": wrong, "words": told, "seconds": seconds, "memory": memory}


def _heard(event: str, args: tuple, folder: Path, forbidden: list[str]) -> None:
    if event in FORBIDDEN:
        forbidden.append(f"{event} {args!r}"[:200])
    if event == "open" and str(args[0]) == str(folder / "lure"):
        forbidden.append("the lure was opened")


def _status(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
