"""Check that the import contracts cover every module, and that no modules import each other in a circle.

    python tools/contracts.py

import-linter checks the contracts themselves. A module is covered if a contract of layers in pyproject.toml names it,
or a package that it is in. A package as a whole (neurogrow, export, hardware_models) does not count. A circle counts
wherever its imports are: at the top of a module, in a function, or for type checkers only.
"""
# ruff: noqa: T201  (a script's output)

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from source_files import PACKAGES, ROOT, modules


def named_in_contracts(settings: Mapping) -> set[str]:
    """Return the modules that the contracts of layers name, and the packages whose parts they order."""
    names: set[str] = set()
    for contract in settings["tool"]["importlinter"]["contracts"]:
        if contract["type"] != "layers":
            continue
        containers = contract.get("containers", [])
        names.update(containers)
        for layer in contract["layers"]:
            for name in re.findall(r"[\w.]+", layer):
                names.update([f"{container}.{name}" for container in containers] or [name])
    return names


def uncovered(names: Iterable[str], contracts: set[str]) -> list[str]:
    """Return the modules that no contract names, neither themselves nor by a package below the top."""
    return [name for name in names if not any(part in contracts for part in _from_room_on(name))]


def _from_room_on(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(2, len(parts) + 1)] or [name]


def imports(name: str, path: Path, known: Mapping[str, Path]) -> set[str]:
    """Return which known modules a module imports, anywhere in its source."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(name, path, node)
            found.update(f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names)
    return {module for module in found if module in known and module != name}


def _base(name: str, path: Path, node: ast.ImportFrom) -> str:
    """Return the module that ``from ... import`` names, without dots in front."""
    if not node.level:
        return node.module or ""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    parts = package[: len(package) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)


def circles(graph: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Yield circles of imports, each as a path from a module back to it, until none is left."""
    left = {name: set(targets) for name, targets in graph.items()}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            path = list(reversed(error.args[1]))  # graphlib lists each module before those that import it
            yield path
            left[path[0]].discard(path[1])
        else:
            return


def main() -> int:
    """Print how many modules are covered, and what is wrong; return the exit status."""
    known = modules()
    contracts = named_in_contracts(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    missing = uncovered(known, contracts)
    print(f"contracts cover {len(known) - len(missing)} of {len(known)} modules")
    for name in missing:
        print(f"  in no contract: {name}. Give it a place in the layers of {name.split('.')[0]} in pyproject.toml.")
    found = list(circles({name: imports(name, path, known) for name, path in known.items()}))
    print(f"circles of imports: {len(found)}")
    for circle in found:
        print(f"  {' -> '.join(circle)}")
    return 1 if missing or found or not set(PACKAGES) <= contracts else 0


if __name__ == "__main__":
    sys.exit(main())
