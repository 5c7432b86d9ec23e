"""Detection of other packages with the same name as ours, because ``export`` is a common name."""

from importlib.util import find_spec
from pathlib import Path

_OURS = ("export", "hardware_models")


def shadowing_message(error: ImportError) -> str | None:
    """Return a message if an import failed because another package hides one of ours; otherwise None."""
    name = (error.name or "").partition(".")[0]
    if name not in _OURS:
        return None
    ours, spec = Path(__file__).parents[2] / name, find_spec(name)
    folders = (spec.submodule_search_locations or [spec.origin or ""]) if spec else []
    places = [Path(folder).resolve() for folder in folders]
    if ours.resolve() in places:
        return None
    if not places:
        return f"neurogrow's package '{name}' is missing beside {ours.parent / 'neurogrow'}; install neurogrow again."
    return (
        f"{places[0]} hides neurogrow's own package '{name}' ({ours}). Rename it, start in another folder, or remove "
        "its folder from the Python path."
    )
