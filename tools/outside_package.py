"""Build a package that extends neurogrow from outside, install it, use it, remove it: does every door open by name?

    python tools/outside_package.py [--json]

The package is ``tools/fixtures/neurogrow-outside``. It adds a source of trials and a task, a neuron model, a penalty, a
chip, a placement and a dialect, each as an entry point.

1. Its wheel is built and installed in a temporary environment, to which the libraries of this Python are lent.
2. There, networks train with its source, task, neurons and penalty, are mapped with its chip and placement, and are
   exported in its dialect (``tools/fixtures/use_outside_package.py``).
3. The package is removed. Commands on a run that needs it must end with one error that names the package.
4. Private names in its source are counted: imports of names or modules that begin with ``_``, private attributes of
   other objects, and ``mock`` and ``patch``.

Nothing is downloaded. The exit status is 1 if something does not work.
"""
# ruff: noqa: T201  (a script's output)

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

from source_files import ROOT

FIXTURES = Path(__file__).parent / "fixtures"
PACKAGE = FIXTURES / "neurogrow-outside"
NAME = "neurogrow-outside"
KINDS = ("task", "neuron", "cost", "chip", "placement", "dialect")


class FailedError(Exception):
    """A step that does not do what it should."""


def run(*command: str | Path, cwd: Path, expected: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command with neurogrow's source on the path; raise ``FailedError`` if it ends otherwise than expected."""
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environment |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "PIP_NO_INDEX": "1"}
    environment |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != expected:
        raise FailedError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def environment(folder: Path) -> Path:
    """Make an environment that borrows this Python's libraries, and return its Python."""
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = Path(run(python, "-c", code, cwd=folder).stdout.strip())
    (own / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def install(python: Path, folder: Path) -> None:
    """Build the package's wheel and install it."""
    source = shutil.copytree(PACKAGE, folder / "source")  # building leaves files beside the source
    pip = (sys.executable, "-m", "pip")
    run(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, source, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    run(*pip, "--python", python, "install", "--quiet", "--no-deps", wheel, cwd=folder)


def check_removed(python: Path, folder: Path) -> None:
    """Remove the package, and see that every command that needs it ends with one error that names it."""
    run(sys.executable, "-m", "pip", "--python", python, "uninstall", "--quiet", "--yes", NAME, cwd=folder)
    for run_folder in ("runs/echo-0.0", "runs/longgo"):
        error = run(python, "-m", "neurogrow", "analyze", run_folder, cwd=folder, expected=2).stderr
        if "Traceback" in error or NAME not in error:
            raise FailedError(f"Without the package, opening {run_folder} does not name it: {error}")
    error = run(python, "-m", "neurogrow", "chips", "quad", cwd=folder, expected=2).stderr
    if "Traceback" in error or "quad" not in error:
        raise FailedError(f"Without the package, its chip is not refused clearly: {error}")


def private_names(folder: Path = PACKAGE) -> list[str]:
    """Return every private name that the package's source uses, with its file and line."""
    return [
        f"{path.name}:{line}: {name}"
        for path in sorted(folder.rglob("*.py"))
        for line, name in _private(ast.parse(path.read_text(encoding="utf-8")))
    ]


def _private(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module or ''}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) not in ("self", "cls", "super()"):
            names = [node.attr]
        for name in names:
            if any(_is_private(part) for part in name.split(".")):
                yield node.lineno, name


def _is_private(part: str) -> bool:
    dunder = part.startswith("__") and part.endswith("__")
    return (part.startswith("_") and not dunder) or part in ("mock", "patch", "monkeypatch")


def try_package(folder: Path) -> dict[str, bool]:
    """Install, use and remove the package in a folder; return what worked."""
    python = environment(folder)
    install(python, folder)
    used = run(python, FIXTURES / "use_outside_package.py", cwd=folder)
    worked = json.loads(used.stdout.splitlines()[-1])
    check_removed(python, folder)
    return {kind: bool(worked[kind]) for kind in KINDS}


def main(arguments: list[str] | None = None) -> int:
    """Try the package, print what worked, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args(arguments).json
    private = private_names()
    with tempfile.TemporaryDirectory(prefix="outside-package-") as folder:
        try:
            worked = try_package(Path(folder))
        except FailedError as error:
            print(error, file=sys.stderr)
            worked = dict.fromkeys(KINDS, False)
    for name in private:
        print(f"private name: {name}", file=sys.stderr)
    result = worked | {"private_names_used": len(private)}
    print(json.dumps(result) if as_json else "\n".join(f"{name:<20} {value}" for name, value in result.items()))
    return 0 if all(worked.values()) and not private else 1


if __name__ == "__main__":
    sys.exit(main())
