"""Break the code in small ways, one at a time, and count how often the tests notice: the mutation score.

    python tools/mutate.py [growth recurrence spiking routing cost] [--sample 40] [--seed 0] [--json]

A mutant is the source with one comparison, operator, constant or condition changed. ``--sample`` mutants are drawn for
each part (0: all). The tests of that part run against each mutant in a process of its own, with a fixed seed for
hypothesis and without compilation (a cached compilation would hide the change). A mutant that no test notices is
printed with its line. Some are equivalent to the original; the others show which test is missing. Needs a Unix.
"""
# ruff: noqa: T201  (a script's output)

import argparse
import ast
import copy
import importlib.util
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Part:
    """Modules, and the tests that are to hold them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


PARTS = {
    "growth": Part(
        ("neurogrow.growth.swaps", "neurogrow.growth.cost", "neurogrow.growth.active", "neurogrow.growth.cpu_search"),
        ("test_neurogrow/growth",),
    ),
    "recurrence": Part(("neurogrow.models.recurrence",), ("test_neurogrow/models/test_models.py",)),
    "spiking": Part(
        ("neurogrow.models.spiking_recurrence", "neurogrow.models.ticks", "neurogrow.models.tangents"),
        ("test_neurogrow/models/test_spiking.py", "test_neurogrow/models/test_ticks.py"),
    ),
    "routing": Part(
        (
            "hardware_models.topology.routing",
            "hardware_models.topology.base",
            "hardware_models.topology.mesh",
            "hardware_models.topology.torus",
            "hardware_models.topology.hexagonal",
            "hardware_models.topology.hierarchy",
        ),
        ("test_hardware_models/topology",),
    ),
    "cost": Part(("hardware_models.cost.cost", "hardware_models.cost.latency"), ("test_hardware_models/cost",)),
}

OTHER = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
"""What an operator becomes."""


@dataclass(frozen=True)
class Mutant:
    """A module's source with one change."""

    module: str
    line: int
    before: str
    after: str
    tree: ast.Module = field(repr=False, compare=False)


def mutants(module: str) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    path = ROOT / (module.replace(".", "/") + ".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for index, node in enumerate(_computing(tree)):
        for change in _changes(node):
            changed = copy.deepcopy(tree)
            twin = list(_computing(changed))[index]
            before = ast.unparse(twin)
            change(twin)
            yield Mutant(
                module, getattr(node, "lineno", 0), before, ast.unparse(twin), ast.fix_missing_locations(changed)
            )


def _computing(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what decides what is computed: no annotations, no words, no names of types."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_comment") or isinstance(
            node, ast.Raise | ast.JoinedStr
        ):
            continue
        if isinstance(node, ast.AnnAssign) and name == "target":
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _computing(child)


def _changes(node: ast.AST) -> list[Callable[[ast.AST], None]]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in OTHER:
            return [lambda twin: setattr(twin, "ops", [OTHER[type(twin.ops[0])]()])]
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op) if type(op) in OTHER:
            return [lambda twin: setattr(twin, "op", OTHER[type(twin.op)]())]
        case ast.Constant(value=bool()):
            return [lambda twin: setattr(twin, "value", not twin.value)]
        case ast.Constant(value=int() | float()):
            return [lambda twin: setattr(twin, "value", twin.value + 1)]
        case ast.UnaryOp(op=ast.USub()):
            return [lambda twin: setattr(twin, "op", ast.UAdd())]
        case ast.If() | ast.While() | ast.IfExp():
            return [lambda twin: setattr(twin, "test", ast.UnaryOp(ast.Not(), twin.test))]
    return []


class _Broken(MetaPathFinder, Loader):
    """Imports the mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self.mutant.module:
            return None
        return importlib.util.spec_from_file_location(name, ROOT / (name.replace(".", "/") + ".py"), loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.mutant.tree, str(module.__file__), "exec"), module.__dict__)


def noticed(part: Part, mutant: Mutant | None, seconds: float) -> bool:
    """Return whether the tests fail, or do not end, with a mutant in place of its module."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        if mutant:
            sys.meta_path.insert(0, _Broken(mutant))
        quiet = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
        os._exit(int(pytest.main([*quiet, *(str(ROOT / "tests" / test) for test in part.tests)])))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return status != 0
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return True


def score(part: Part, sample: int, seed: int) -> dict[str, object]:
    """Return how many mutants there are, how many were tried and noticed, and those that were not."""
    every = [mutant for module in part.modules for mutant in mutants(module)]
    tried = random.Random(seed).sample(every, min(sample, len(every))) if sample else every
    start = time.monotonic()
    if noticed(part, None, 3600):
        raise SystemExit(f"The tests fail without a mutant: {' '.join(part.tests)}")
    patience = 10 * (time.monotonic() - start) + 10
    survivors: list[str] = []
    for number, mutant in enumerate(tried):
        print(f"{number - len(survivors)} of {number} noticed", end="\r", file=sys.stderr)
        if not noticed(part, mutant, patience):
            survivors.append(f"{mutant.module}:{mutant.line}: {mutant.before}  ->  {mutant.after}")
            print(survivors[-1], file=sys.stderr, flush=True)
    return {"mutants": len(every), "tried": len(tried), "noticed": len(tried) - len(survivors), "survivors": survivors}


def import_what_tests_need(names: Sequence[str]) -> None:
    """Import the libraries once, before processes are forked, and nothing of what is mutated."""
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # a process that has threads cannot be forked safely
    for library in ("hypothesis.strategies", "nir", "numba", "pydantic", "scipy.sparse", "scipy.spatial"):
        importlib.import_module(library)
    if {"growth", "recurrence"} & set(names):
        importlib.import_module("snntorch")


def main(arguments: list[str] | None = None) -> int:
    """Read the arguments, try the mutants and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=list(PARTS), choices=list(PARTS))
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    import_what_tests_need(given.parts)
    found = {name: score(PARTS[name], given.sample, given.seed) for name in given.parts}
    for name, each in found.items():
        print(f"{name:<12} noticed {each['noticed']} of {each['tried']} (of {each['mutants']})", file=sys.stderr)
    if given.json:
        print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
