"""Configurations that are part of the package, by name."""

from importlib.resources import files
from pathlib import Path

from ..errors import InputError, nearest

_FOLDER = Path(str(files("neurogrow"))) / "presets"


def preset_names() -> list[str]:
    """Return the names of the presets, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def preset_path(name: str) -> Path:
    """Return the TOML file of a preset. Raises ``InputError`` if there is no preset of that name."""
    if name not in preset_names():
        raise InputError(f"There is no preset '{name}'.{nearest(name, preset_names())} `neurogrow presets` lists them.")
    return _FOLDER / f"{name}.toml"


def preset_summary(name: str) -> str:
    """Return the first line of a preset's file: a comment that says what the preset is for."""
    return preset_path(name).read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")


def find_config(source: str | Path) -> Path:
    """Return the TOML file for ``source``: the file at this path, or else the preset of this name."""
    path = Path(source)
    if path.exists() or path.suffix == ".toml" or len(path.parts) > 1:
        return path
    return preset_path(str(source))
