"""Records of stages: from what, and with which settings, the files of a run folder were made.

Every stage has a file of its own, ``stages/<name>.json``. It holds digests of the content of files and no times, so a
copied folder is as up to date as the original.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..io.files import read_json, write_json
from ..training import Run
from .stage import CONFIG, Settings, Stage

FORMAT = "neurogrow-stage-1"
_TABLES = ("tasks", "model", "growth")
"""Tables of config.toml that say what the network is; ``[training]`` does not."""


@dataclass(frozen=True)
class StageRecord:
    """What a stage was made from, and what it wrote."""

    stage: str
    """Name of the stage."""
    model: str
    """Fingerprint of the run's weights."""
    reads: Mapping[str, str]
    """SHA-256 of every file that was read."""
    settings: Settings
    """The settings, all of them."""
    writes: Mapping[str, str]
    """SHA-256 of every file that was written."""


def record_path(run: Run, stage: Stage[Any]) -> Path:
    """Return where the record of a stage is kept."""
    return run.path / "stages" / f"{stage.name}.json"


def read_record(run: Run, stage: Stage[Any]) -> StageRecord | None:
    """Return the record of a stage; None if there is none. Raises ``InputError`` if it is damaged."""
    path = record_path(run, stage)
    if not path.exists():
        return None
    value = read_json(path)
    if not isinstance(value, dict) or value.pop("format", None) != FORMAT:
        raise InputError(f"{path} is not the record of a stage: its format is not {FORMAT!r}.")
    try:
        record = StageRecord(**value)
    except TypeError as error:
        raise InputError(f"{path} is not a complete record of a stage: {error}") from None
    if not all(isinstance(part, dict) for part in (record.reads, record.settings, record.writes)):
        raise InputError(f"{path} is not a complete record of a stage.")
    return record


def write_record(run: Run, stage: Stage[Any], reads: Mapping[str, str], settings: Settings) -> StageRecord:
    """Write the record of a stage that has just been computed."""
    written = digests(run, stage.writes(run, settings))
    record = StageRecord(stage.name, run.fingerprint(), reads, dict(settings), written)
    write_json(record_path(run, stage), {"format": FORMAT} | asdict(record))
    return record


def digests(run: Run, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of the run's files of these names, by name; files that do not exist are left out."""
    found = sorted({path for name in names for path in _paths(run, name)})
    return {path.relative_to(run.path).as_posix(): _digest(path) for path in found}


def _paths(run: Run, name: str) -> list[Path]:
    return list(run.path.glob(name)) if "*" in name else [path] if (path := run.path / name).is_file() else []


def _digest(path: Path) -> str:
    if path.name == CONFIG:
        return _config_digest(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def _config_digest(path: Path) -> str:
    """Return a digest of the settings that say what the network is: how it was trained changes no result."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    text = json.dumps({name: tables.get(name) for name in _TABLES}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
