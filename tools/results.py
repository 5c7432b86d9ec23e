"""Write the result files that the documents quote, each by the command that it names.

    python tools/results.py [NAME ...] [--work DIR]

``results/NAME.json`` holds the command, the versions, and what the command prints with ``--json``;
``results/NAME.txt`` is what it prints for people. Runs are kept in the work folder, so that results build on each other
and a second call is quick. Without names, all are written: about an hour on two cores. ``tools/quoted_numbers.py``
then says which quoted numbers have changed.
"""
# ruff: noqa: T201  (a script's output)

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from source_files import ROOT

RESULTS = {
    "demo": "neurogrow demo --out demo",
    "demo-export": "neurogrow export demo/spiking",
    "demo-map": "neurogrow map demo/spiking --chip loihi1 --neurons-per-core 4",
    "demo-compare": "neurogrow compare demo/rate demo/spiking",
    "paper-bimt": "neurogrow analyze paper-bimt --trials 500",
    "paper-bimt-8000": "neurogrow analyze paper-bimt-8000 --trials 500",
    "paper-spiking-bimt": "neurogrow analyze paper-spiking-bimt --trials 500",
    "modcog": "neurogrow analyze modcog --trials 500",
    "spiking-compare": "neurogrow compare paper-bimt-8000 paper-spiking-bimt",
    "spiking-map": "neurogrow map paper-spiking-bimt --chip loihi1 --neurons-per-core 4 --effort balanced",
}
"""The command of every result file, in the order in which they are run."""
PACKAGES = ("torch", "numpy", "nir", "snntorch", "onnxruntime")


def write(name: str, work: Path) -> None:
    """Run a command in the work folder, for machines and for people, and write both results."""
    command = RESULTS[name]
    value = json.loads(_run(command + " --json", work))
    versions = {"python": platform.python_version()} | {package: metadata.version(package) for package in PACKAGES}
    content = {"command": command, "versions": versions} | value
    folder = ROOT / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / f"{name}.txt").write_text(_run(command, work), encoding="utf-8")


def _run(command: str, work: Path) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "COLUMNS": "100"}
    words = [sys.executable, "-m", *shlex.split(command)]
    done = subprocess.run(words, cwd=work, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


def main(arguments: list[str] | None = None) -> int:
    """Write the results that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RESULTS))
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "results", help="folder of the runs")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in RESULTS]:
        parser.error(f"no result {unknown[0]}; there are {', '.join(RESULTS)}")
    given.work.mkdir(parents=True, exist_ok=True)
    for name in given.names or RESULTS:
        print(f"{name}: {RESULTS[name]}", file=sys.stderr)
        write(name, given.work.resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
