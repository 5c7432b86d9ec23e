"""Sweep files: conditions and lists of settings, with a network for every combination.

A sweep file is a configuration with one more table. Its keys name settings, and its values are lists::

    [sweep]
    growth.strength = [1e-5, 1e-4]
    model.seed = [0, 1, 2]

Settings of parts that are not built in are named the same way, such as ``model.settings.tau``. The values of
``growth.penalties`` are lists of tables, so a list of them has two pairs of brackets.

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

A setting in a condition replaces the sweep's list of that name. So ``none`` above is not crossed with strengths: it is
three networks, one for each seed. A list in a condition is crossed like the lists of the sweep.
"""

from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from ..errors import InputError
from .build import build_source
from .config import PenaltyConfig, TrainConfig, read_toml, validated

LARGEST = 10_000
"""Largest number of networks of a sweep. A file with more is a mistake, or made to take for ever."""


@dataclass(frozen=True)
class SweptNetwork:
    """One network of a sweep."""

    settings: dict[str, Any]
    """Its ``condition``, if the sweep has any, and its value of every swept setting."""
    config: TrainConfig
    """Its configuration."""


def lay_out(path: Path) -> list[SweptNetwork]:
    """Return the networks of a sweep file, in the order of the conditions, then of the lists.

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
            build_source(config)  # reports an unknown task before anything is trained
            networks.append(SweptNetwork(condition | {name: _setting(config, name, path) for name in names}, config))
    return networks


def _axes(sweep: Any, path: Path) -> list[tuple[dict[str, str], dict[str, list[Any]]]]:  # noqa: ANN401  (parsed TOML)
    """Return the name and the lists to cross of every condition; one without a name if there are no conditions."""
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
    """Return nested tables as one table with dotted names, because ``growth.strength`` may be quoted or not."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def _with(values: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of nested ``values`` in which ``settings`` with dotted names are set."""
    merged = deepcopy(values)
    for name, value in settings.items():
        *sections, field = name.split(".")
        table = merged
        for section in sections:
            table = table.setdefault(section, {})
            if not isinstance(table, dict):
                raise InputError(f"'{section}' is a value, not a table: sweep.'{name}' sets nothing.")
        table[field] = value
    return merged


def _setting(config: TrainConfig, name: str, path: Path) -> Any:  # noqa: ANN401  (of any setting's type)
    """Return the value of a setting for the sweep's table; lists are written as text."""
    value: Any = config
    for part in name.split("."):
        if isinstance(value, dict):
            value = value.get(part)  # None for a network of another condition, which does not have it
        elif hasattr(value, part):
            value = getattr(value, part)
        else:  # known to another condition, and refused there
            raise InputError(f"{path}: '{name}' is no setting of a configuration, such as growth.strength.")
    return " ".join(map(_text, value)) if isinstance(value, list | tuple) else value


def _text(value: object) -> str:
    if not isinstance(value, PenaltyConfig):
        return str(value)
    return f"{value.name}({', '.join(f'{name}={setting}' for name, setting in value.settings.items())})"
