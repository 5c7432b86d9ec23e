"""Build the distribution, install it into an empty environment, and check that it is complete and works.

    python tools/check_package.py

1. A new virtual environment builds an sdist, and a wheel from what the sdist holds.
2. The wheel must hold every file of the three packages that git knows, and no other.
3. The wheel is installed there without its dependencies; it uses those of the Python that runs this tool. The command
   lists presets, pretrained networks and chips from the installed files, and maps a small network.

The exit status is 1 with a message if something is missing.
"""
# ruff: noqa: T201  (a script's output)

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("neurogrow", "export", "hardware_models")
MAP = """
import nir
import numpy as np
n = np.ones(6)
nodes = {"in": nir.Input(np.array([6])), "ring": nir.LIF(0.02 * n, n, 0 * n, n),
         "next": nir.Linear(np.roll(np.eye(6), 1, axis=0)), "out": nir.Output(np.array([6]))}
nir.write("ring.nir", nir.NIRGraph(nodes, [("in", "ring"), ("ring", "next"), ("next", "ring"), ("ring", "out")]))
np.savez("ring.npz", ring=np.arange(6), ticks=100, trials=1)
"""


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a command without this Python's paths and return what it prints."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def build(python: Path, folder: Path) -> Path:
    """Return the wheel that is built from the sdist of the files that git knows."""
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requires)
    tree = folder / "tree"
    for name in run("git", "ls-files").splitlines():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    run(python, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=tree)
    (sdist,) = folder.glob("*.tar.gz")
    pip = ("-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation")
    run(python, *pip, "-w", folder, sdist)
    (wheel,) = folder.glob("*.whl")
    return wheel


def check_contents(wheel: Path) -> None:
    """See that the wheel holds the files of the three packages, and no other."""
    known = {name for name in run("git", "ls-files", *PACKAGES).splitlines() if (ROOT / name).exists()}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    if known != held:
        sys.exit(f"Not in the wheel: {sorted(known - held)}; not in git: {sorted(held - known)}")
    for package in PACKAGES:
        if f"{package}/py.typed" not in held:
            sys.exit(f"{package} has no py.typed")


def check_installed(python: Path, wheel: Path, folder: Path) -> None:
    """See that the installed command finds its files and works."""
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", wheel)
    own = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (own / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = run(python, "-c", "import neurogrow, export, hardware_models; print(export.__file__)", cwd=folder)
    if not Path(where.strip()).is_relative_to(own):
        sys.exit(f"{where.strip()} is not the installed package")
    command = python.with_name("neurogrow")
    presets = json.loads(run(command, "presets", "--json", cwd=folder))
    chips = json.loads(run(command, "chips", "--json", cwd=folder))
    for found, pattern in (
        (presets["presets"], "neurogrow/presets/*.toml"),
        (presets["pretrained"], "neurogrow/pretrained/*/config.toml"),
        (chips["chips"], "hardware_models/chips/data/*.toml"),
    ):
        if len(found) != len(run("git", "ls-files", pattern).splitlines()):
            sys.exit(f"installed are not all of {pattern}: {found}")
    run(python, "-c", MAP, cwd=folder)
    options = ("--neurons-per-core", "2", "--partition", "sequential", "--placement", "swap", "--json")
    mapped = run(command, "map", "ring.nir", "--spikes", "ring.npz", "--chip", "mesh8x8", *options, cwd=folder)
    if not json.loads(mapped)["valid"]:
        sys.exit("the installed command maps, but not validly")


def main() -> None:
    """Build, look, install, try."""
    with tempfile.TemporaryDirectory(prefix="package-") as name:
        folder = Path(name)
        run(sys.executable, "-m", "venv", folder / "venv")
        python = folder / "venv" / "bin" / "python"
        wheel = build(python, folder)
        check_contents(wheel)
        check_installed(python, wheel, folder)
        print(f"{wheel.name}: whole, installed and working")


if __name__ == "__main__":
    main()
