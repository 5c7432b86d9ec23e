"""What a sweep file lays out: conditions x lists of settings, a network for every combination.

A sweep file is a configuration with one more table, whose keys name settings and whose values are lists::

    [sweep]
    growth.strength = [1e-5, 1e-4]
    model.seed = [0, 1, 2]

Conditions differ in several settings at once. They have a name and are crossed with the lists::

    [[sweep.condition]]
    name = "BIMT"

    [[sweep.condition]]
    name = "L1"
    growth.locality = 0.0
    growth.swap_every = 0

    [[sweep.condition]]
    name = "none"
    growth.strength = 0.0
    growth.swap_every = 0

A setting in a condition takes the place of the sweep's list of that name, so ``none`` above is not crossed with
strengths: it is three networks, one for each seed. A list in a condition is crossed like those of the sweep.
"""

from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from ..errors import InputError
from .build import build_tasks
from .config import TrainConfig, read_toml, validated

LARGEST = 10_000
"""Networks of one sweep: more would be a slip, or a file that is made to be laid out for ever."""


@dataclass(frozen=True)
class SweptNetwork:
    """One network of a sweep."""

    settings: dict[str, Any]
    """What sets it apart: its ``condition`` if there are any, and its value of every setting that is swept."""
    config: TrainConfig


def lay_out(path: Path) -> list[SweptNetwork]:
    """Return the networks of a sweep file, the first condition's first, then in the order of the lists.

    Raises
    ------
    InputError
        If the file is not a sweep, or a combination of its settings is not a configuration.
    """
    values = read_toml(path)
    axes = _axes(values.pop("sweep", None), path)
    names = dict.fromkeys(name for _, lists in axes for name in lists)
    networks = []
    if (count := sum(prod(len(choices) for choices in lists.values()) for _, lists in axes)) > LARGEST:
        raise InputError(f"{path} lays out {count:,} networks; at most {LARGEST:,} can be in one sweep.")
    for condition, lists in axes:
        for combination in product(*lists.values()):
            merged = _with(values, dict(zip(lists, combination, strict=True)))
            config = validated(TrainConfig, merged, str(path))
            build_tasks(config)  # a task that does not exist is said before anything is trained
            networks.append(SweptNetwork(condition | {name: _setting(config, name, path) for name in names}, config))
    return networks


def _axes(sweep: Any, path: Path) -> list[tuple[dict[str, str], dict[str, list[Any]]]]:  # noqa: ANN401  (parsed TOML)
    """Return the condition and the lists to cross, for every condition; one without a name where there are none."""
    if not isinstance(sweep, dict) or not sweep:
        raise InputError(f"{path} has no table [sweep] of lists, such as growth.strength = [1e-5, 1e-4].")
    conditions = sweep.pop("condition", [])
    lists = _flat(sweep)
    for name, choices in lists.items():
        if not isinstance(choices, list) or not choices:
            raise InputError(f"{path}: sweep.'{name}' must be a list of the values to try, not {choices!r}.")
    if not conditions:
        return [({}, lists)]
    _check_names(conditions, path)
    axes = []
    for condition in conditions:
        own = _flat({name: value for name, value in condition.items() if name != "name"})
        own = {name: value if isinstance(value, list) else [value] for name, value in own.items()}
        axes.append(({"condition": condition["name"]}, lists | own))
    return axes


def _check_names(conditions: Any, path: Path) -> None:  # noqa: ANN401  (parsed TOML)
    if not isinstance(conditions, list) or not all(isinstance(condition, dict) for condition in conditions):
        raise InputError(f"{path}: conditions are tables, each under a line [[sweep.condition]], not {conditions!r}.")
    names = [condition.get("name") for condition in conditions]
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        raise InputError(f"{path}: every [[sweep.condition]] needs a name of its own; theirs are {names}.")


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested tables as one, with dotted names: ``growth.strength`` may be written with quotes and without."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def _with(values: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of nested ``values`` with dotted ``settings`` put in."""
    merged = {name: dict(section) if isinstance(section, dict) else section for name, section in values.items()}
    for name, value in settings.items():
        section, _, field = name.partition(".")
        if not isinstance(merged.setdefault(section, {}), dict):
            raise InputError(f"'{section}' is a value, not a table: sweep.'{name}' sets nothing.")
        merged[section][field] = value
    return merged


def _setting(config: TrainConfig, name: str, path: Path) -> Any:  # noqa: ANN401  (of any setting's type)
    section, _, field = name.partition(".")
    if not hasattr(part := getattr(config, section, None), field):  # known to another condition, and refused there
        raise InputError(f"{path}: '{name}' is no setting of a configuration, such as growth.strength.")
    value = getattr(part, field)
    return " ".join(value) if isinstance(value, tuple) else value
