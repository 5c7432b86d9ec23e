"""Pretrained networks that are part of the package: run folders by name, each with a card that documents it."""

import shutil
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, nearest

if TYPE_CHECKING:
    from .run import Run

_FOLDER = Path(str(files("neurogrow"))) / "pretrained"
_CARD = "README.md"


def pretrained_names() -> list[str]:
    """Return the names of the pretrained networks, sorted."""
    return sorted(path.parent.name for path in _FOLDER.glob("*/config.toml"))


def pretrained_card(name: str) -> str:
    """Return the network's card: data, seeds, performance, modularity, and how to train it again.

    Raises ``InputError`` if there is no pretrained network of that name.
    """
    if name not in pretrained_names():
        raise InputError(f"There is no pretrained network '{name}'.{nearest(name, pretrained_names())}")
    return (_FOLDER / name / _CARD).read_text(encoding="utf-8")


def pretrained_summary(name: str) -> str:
    """Return the title of the network's card."""
    return pretrained_card(name).split("\n", 1)[0].lstrip("# ")


def find_run(source: str | Path, folder: Path = Path("runs")) -> "Run":
    """Return the run in the folder ``source``, or else the pretrained network of that name.

    The first call copies a pretrained network to ``folder``/NAME, and later calls find it there. Analyses, exported
    files and figures are written to a network's run folder, and the package's own folder must not change.

    Raises
    ------
    InputError
        If there is neither a folder nor a network of that name, or the folder is not a run.
    """
    from .run import Run  # imported here, so that names are listed without torch

    path = Path(source)
    if path.exists() or str(source) not in pretrained_names():
        return _opened(path)
    own = folder / str(source)
    if not own.exists():
        beside = own.with_name(f".{own.name}.part")
        shutil.rmtree(beside, ignore_errors=True)
        shutil.copytree(_FOLDER / str(source), beside)
        beside.rename(own)
    return Run.open(own)


def _opened(path: Path) -> "Run":
    from .run import Run

    try:
        return Run.open(path)
    except InputError as error:
        if path.exists() or len(path.parts) > 1:
            raise
        hint = nearest(str(path), pretrained_names())
        raise InputError(f"{error} Nor is there a pretrained network of that name.{hint}") from None
