"""What lies in a run folder, read once."""

import shlex
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..analysis import ModularityReport
from ..analysis.lesion_report import LesionReport
from ..analysis.transfer import TransferReport
from ..arrays import AnyArray, FloatArray, IntArray
from ..errors import InputError
from ..io.files import read_json
from ..network import GrownNetwork
from ..training import Run, TrainConfig
from .blocks import Missing

COMMANDS = {
    "metrics.csv": "train",
    "analysis.json": "analyze",
    "network.safetensors": "prune",
    "parity.json": "export",
    "raster.npz": "analyze",
    "mapping-<chip>.json": "map",
}
"""The command that makes each file."""

MAPPING_FORMAT = "neurogrow-mapping-1"


@dataclass(frozen=True, eq=False)
class Raster:
    """Spikes of N neurons over T ticks: a few trials, one after the other."""

    spikes_TN: AnyArray
    trial_start: IntArray
    """First tick of each trial."""
    task: tuple[str, ...]
    """Task of each trial."""
    substeps: int
    """Ticks per task step."""


@dataclass(frozen=True, eq=False)
class RunFiles:
    """A run and what its folder holds; None, or empty, where a file is not there."""

    name: str
    """Tells the runs of a report apart."""
    path: Path
    config: TrainConfig
    config_text: str
    metrics: dict[str, FloatArray]
    analysis: ModularityReport | None
    network: GrownNetwork | None
    parity: dict[str, Any] | None
    mappings: tuple[dict[str, Any], ...]
    """One chip after the other; of one chip, those guided by the layout come first."""
    raster: Raster | None
    lesions: LesionReport | None
    transfer: TransferReport | None
    environment: dict[str, Any] | None

    @property
    def module_N(self) -> IntArray | None:
        """Module of every neuron of the grid, -1 for none; None where modules are not known."""
        if self.analysis is not None:
            return self.analysis.module_N
        if self.network is None or self.network.module_N is None:
            return None
        return self.on_grid(self.network.module_N, -1)

    def on_grid(self, value_N: AnyArray, fill: int) -> AnyArray:
        """Spread values of the grown network's neurons over the whole grid."""
        spread = np.full(self.config.model.rows * self.config.model.cols, fill, dtype=value_N.dtype)
        if self.network is not None:
            spread[self.network.neuron_id_N] = value_N
        return spread

    def missing(self, file: str) -> Missing:
        """Say which command would make a file that is not there."""
        more = " --chip NAME" if file.startswith("mapping") else ""
        return Missing(file, f"neurogrow {COMMANDS[file]} {shlex.quote(str(self.path))}{more}")


def gather(runs: Sequence[Run]) -> tuple[RunFiles, ...]:
    """Read the folders. Raises ``InputError``, with the file's name, for one that is damaged."""
    return tuple(_gathered(run, name) for run, name in zip(runs, _names(runs), strict=True))


def _names(runs: Sequence[Run]) -> list[str]:
    """Folder names; whole paths where two runs have the same, numbered where it is the same run."""
    names = [run.path.resolve().name for run in runs]
    if len(set(names)) < len(names):
        names = [str(run.path) for run in runs]
    return [name if names.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(names, 1)]


def _gathered(run: Run, name: str) -> RunFiles:
    folder = run.path
    analysis, network = folder / "analysis.json", folder / "network.safetensors"
    lesions, transfer = folder / "lesions.json", folder / "transfer.json"
    files = RunFiles(
        name=name,
        path=folder,
        config=run.config,
        config_text=run.config_path.read_text(encoding="utf-8"),
        metrics=_metrics(run),
        analysis=ModularityReport.from_json(read_json(analysis)) if analysis.exists() else None,
        network=GrownNetwork.load(network) if network.exists() else None,
        parity=_object(folder / "parity.json"),
        mappings=_mappings(folder),
        raster=_raster(folder / "raster.npz"),
        lesions=LesionReport.from_json(read_json(lesions)) if lesions.exists() else None,
        transfer=TransferReport.from_json(read_json(transfer)) if transfer.exists() else None,
        environment=_object(folder / "environment.json"),
    )
    grid = (files.config.model.rows, files.config.model.cols)
    for file, found in (("analysis.json", files.analysis), ("network.safetensors", files.network)):
        if found is not None and found.grid != grid:
            raise InputError(f"{folder / file} is about a {found.grid} grid, but config.toml describes {grid}.")
    return files


def _metrics(run: Run) -> dict[str, FloatArray]:
    try:
        return run.metrics()
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"{run.metrics_path} cannot be read as a table of numbers: {error}") from None


def _object(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    value = read_json(path)
    if not isinstance(value, dict):
        raise InputError(f"{path} is not what its name says: it holds no JSON object.")
    return value


def _mappings(folder: Path) -> tuple[dict[str, Any], ...]:
    found = []
    for path in sorted(folder.glob("mapping-*.json")):
        mapping = _object(path)
        if mapping is None or mapping.get("format") != MAPPING_FORMAT:
            raise InputError(f"{path} is no mapping that neurogrow wrote: its format is not {MAPPING_FORMAT!r}.")
        try:
            found.append((_rank(mapping), mapping))
        except (KeyError, TypeError) as error:
            raise InputError(f"{path} is not complete; map again. It lacks {error}.") from None
    return tuple(mapping for _, mapping in sorted(found, key=lambda ranked: ranked[0]))


def _rank(mapping: dict[str, Any]) -> tuple[str, int]:
    """Sort by chip, then by how many of the two methods draw at random."""
    methods = mapping["methods"]
    return str(mapping["chip"]["name"]), sum(methods[part] == "random" for part in ("partition", "placement"))


def _raster(path: Path) -> Raster | None:
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            tasks = tuple(str(name) for name in file["task"])
            raster = Raster(file["spikes_TN"], file["trial_start"], tasks, int(file["substeps"]))
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path} cannot be read as example spikes: {error}") from None
    if raster.spikes_TN.ndim != 2 or len(raster.trial_start) != len(raster.task):
        raise InputError(f"{path} holds no example spikes: its arrays do not fit each other.")
    return raster
