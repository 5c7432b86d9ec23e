"""A grid of networks: every combination of a few settings, one run folder each, and one table.

A sweep file is a configuration with one more table, whose keys name settings and whose values are lists::

    [sweep]
    "growth.strength" = [1e-5, 1e-4]
    "training.seed" = [0, 1, 2]
"""

import csv
import io
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import write_text
from .build import build_tasks
from .config import TrainConfig, read_toml, validated
from .loop import Progress, train
from .run import Run


def run_sweep(path: Path, out: Path, progress: Progress | None = None) -> list[dict[str, Any]]:
    """Train what the sweep file lays out; return (and write to ``sweep.csv``) a row per network.

    A network whose folder holds a finished run is not trained again; one that was interrupted is resumed.

    Raises
    ------
    InputError
        If the file is not a sweep, or a combination of its settings is not a configuration. Nothing is trained then.
    """
    networks = lay_out(path)
    rows = []
    for index, (settings, config) in enumerate(networks):
        run = grown(config, out / f"{index:04d}", partial(train, config, progress=progress))
        last = {name: float(column[-1]) for name, column in run.metrics().items()}
        rows.append({"run": run.path.name} | settings | last)
        _write_table(out / "sweep.csv", rows)
    return rows


def lay_out(path: Path) -> list[tuple[dict[str, Any], TrainConfig]]:
    """Return every combination of the swept settings, in the file's order, with its configuration."""
    values = read_toml(path)
    swept = values.pop("sweep", None)
    if not isinstance(swept, dict) or not swept:
        raise InputError(f'{path} has no table [sweep] of lists, such as "growth.strength" = [1e-5, 1e-4].')
    for name, choices in swept.items():
        if not isinstance(choices, list) or not choices:
            raise InputError(f"{path}: sweep.'{name}' must be a list of the values to try, not {choices!r}.")
    networks = []
    for combination in product(*swept.values()):
        settings = dict(zip(swept, combination, strict=True))
        config = validated(TrainConfig, _with(values, settings), str(path))
        build_tasks(config)  # a task that does not exist is said before anything is trained
        networks.append((settings, config))
    return networks


def _with(values: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of nested ``values`` with dotted ``settings`` put in."""
    merged = {name: dict(section) if isinstance(section, dict) else section for name, section in values.items()}
    for name, value in settings.items():
        section, _, field = name.partition(".")
        if not isinstance(merged.setdefault(section, {}), dict):
            raise InputError(f"'{section}' is a value, not a table: sweep.'{name}' sets nothing.")
        merged[section][field] = value
    return merged


def grown(config: TrainConfig, folder: Path, grow: Callable[..., Run]) -> Run:
    """Return the run in ``folder``: as it is if finished, resumed if interrupted, otherwise begun.

    ``grow(out=..., resume=...)`` trains it. Raises ``InputError`` if the folder holds a run with other settings.
    """
    run = Run(folder)
    if not run.config_path.exists():
        return grow(out=folder, resume=False)
    if run.config != config:
        raise InputError(f"{folder} holds a run with other settings; choose another folder with --out.")
    if run.is_finished(config):
        return run
    if not run.state_path.exists():  # stopped before its first checkpoint: nothing to lose
        run.config_path.unlink()
    return grow(out=folder, resume=run.state_path.exists())


def _write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())
