"""Packages of other projects that stand in front of ours: ``export`` is a name that anybody may have taken."""

from importlib.util import find_spec
from pathlib import Path

_OURS = ("export", "hardware_models")


def shadowed(error: ImportError) -> str | None:
    """Say which package stands in front of one of ours, where that is why an import failed; else return None."""
    name = (error.name or "").partition(".")[0]
    if name not in _OURS:
        return None
    ours, found = Path(__file__).parents[2] / name, find_spec(name)
    folders = (found.submodule_search_locations or [found.origin or ""]) if found else []
    places = [Path(folder).resolve() for folder in folders]
    if ours.resolve() in places:
        return None
    if not places:
        return f"neurogrow's package '{name}' is missing beside {ours.parent / 'neurogrow'}; install neurogrow again."
    return (
        f"{places[0]} stands in front of neurogrow's own package '{name}' ({ours}); rename it, "
        "start in another folder, or take its folder off the Python path."
    )
