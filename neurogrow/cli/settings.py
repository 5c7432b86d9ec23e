"""Settings of `train` and `spike` from a TOML file, a preset or a run; flags override them."""

import tomllib
from contextvars import ContextVar
from dataclasses import asdict, replace
from typing import Any

from cyclopts import App, ArgumentCollection
from cyclopts.config import Dict

from ..io.files import plain
from ..training.config import TrainConfig, load_config, validated
from ..training.presets import find_config
from ..training.pretrained import find_run

_FREE = (("tasks", "settings"), ("model", "settings"), ("growth", "penalties"))
"""Tables with keys and types that only the part they are for knows. Flags would turn their values into text."""
_free_values: ContextVar[dict[tuple[str, str], Any]] = ContextVar("free_values")
"""These tables as the file of the present command has them."""


def settings_from_file(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Fill in settings without a flag: for ``train`` from a file or preset, for ``spike`` also from the run."""
    command = next((name for name in commands if name in ("train", "spike")), None)
    given = {a.name: a.tokens[0].value for a in arguments if a.name in ("--config", "--run") and a.tokens}
    source = given.get("--config", given.get("--run"))
    if command is None or source is None:
        return
    values = plain(load_config(find_config(source)) if "--config" in given else _spiking_config(source))
    _free_values.set({(section, name): values[section].pop(name) for section, name in _FREE})
    # The key is the command's name. Otherwise cyclopts takes the table [tasks] for the command `tasks` and drops it.
    Dict({command: values}, source=source)(app, commands, arguments)


def validate_settings(config: TrainConfig) -> TrainConfig:
    """Return the settings of a command, and check their ranges.

    ``config`` holds the settings of the file with flags applied. The tables ``tasks.settings``, ``model.settings`` and
    ``growth.penalties`` are put back from the file, because flags would turn their values into text. Flags for these
    tables still override the file.

    Raises ``InputError`` if a value is out of its range.
    """
    values = asdict(config)
    for (section, name), value in _free_values.get({}).items():
        flags = _typed(values[section][name])
        values[section][name] = value | flags if isinstance(value, dict) else flags or value
    return validated(TrainConfig, values, "The command line")


def _typed(value: Any) -> Any:  # noqa: ANN401  (any nesting of tables, lists and texts)
    """Return the texts of flags as the TOML values they are; a text that is no value stays a text."""
    if isinstance(value, dict):
        return {name: _typed(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_typed(item) for item in value]
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def _spiking_config(source: str) -> TrainConfig:
    """Return the configuration of a run, with spiking neurons."""
    config = find_run(source).config
    return replace(config, model=replace(config.model, kind="spiking"))
