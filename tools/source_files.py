"""The modules of the three packages, for the tools that check their source."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The repository."""
PACKAGES = ("neurogrow", "export", "hardware_models")


def modules(root: Path = ROOT) -> dict[str, Path]:
    """Return the file of every module by the module's name; a package has the name of its folder."""
    files = sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))
    return {_name(path.relative_to(root)): path for path in files}


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
