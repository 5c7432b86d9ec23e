"""Content of run folders, read once for the report."""

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
"""The command that writes each file."""

MAPPING_FORMAT = "neurogrow-mapping-1"
REFUSED_FORMAT = "neurogrow-refused-mapping-1"
"""Format of the file of a baseline that does not fit on the chip; its ``reason`` says why."""


@dataclass(frozen=True, eq=False)
class Raster:
    """Spikes of N neurons over T ticks in a few consecutive trials."""

    spikes_TN: AnyArray
    """Spikes, shape (T, N)."""
    trial_start: IntArray
    """First tick of each trial."""
    task: tuple[str, ...]
    """Task of each trial."""
    substeps: int
    """Ticks per task step."""


@dataclass(frozen=True, eq=False)
class RunFiles:
    """Content of a run folder. Fields of missing files are None or empty."""

    name: str
    """Unique name of the run in the report."""
    path: Path
    """The folder."""
    config: TrainConfig
    """Configuration."""
    config_text: str
    """Text of config.toml."""
    metrics: dict[str, FloatArray]
    """Columns of metrics.csv by name."""
    analysis: ModularityReport | None
    """Content of analysis.json."""
    network: GrownNetwork | None
    """The pruned network."""
    parity: dict[str, Any] | None
    """Content of parity.json."""
    mappings: tuple[dict[str, Any], ...]
    """Contents of mapping-<chip>.json, sorted by chip. Mappings of one chip with random methods come last."""
    raster: Raster | None
    """Example spikes."""
    lesions: LesionReport | None
    """Content of lesions.json."""
    transfer: TransferReport | None
    """Content of transfer.json."""
    environment: dict[str, Any] | None
    """Content of environment.json."""

    @property
    def module_N(self) -> IntArray | None:
        """Module of every neuron of the grid, or -1, shape (N,); None if modules are unknown."""
        if self.analysis is not None:
            return self.analysis.module_N
        if self.network is None or self.network.module_N is None:
            return None
        return self.on_grid(self.network.module_N, -1)

    def on_grid(self, value_N: AnyArray, fill: int) -> AnyArray:
        """Return values of the pruned network's neurons on the whole grid; pruned neurons get ``fill``."""
        grid_N = np.full(self.config.model.rows * self.config.model.cols, fill, dtype=value_N.dtype)
        if self.network is not None:
            grid_N[self.network.neuron_id_N] = value_N
        return grid_N

    def missing(self, file: str) -> Missing:
        """Return the line that names a missing file and the command that writes it."""
        option = " --chip NAME" if file.startswith("mapping") else ""
        return Missing(file, f"neurogrow {COMMANDS[file]} {shlex.quote(str(self.path))}{option}")


def read_run_files(runs: Sequence[Run]) -> tuple[RunFiles, ...]:
    """Read the run folders. Raises ``InputError`` with the name of the file if a file is damaged."""
    return tuple(_read_run(run, name) for run, name in zip(runs, _names(runs), strict=True))


def _names(runs: Sequence[Run]) -> list[str]:
    """Return folder names; paths if two folders have the same name; numbered paths if a run occurs twice."""
    names = [run.path.resolve().name for run in runs]
    if len(set(names)) < len(names):
        names = [str(run.path) for run in runs]
    return [name if names.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(names, 1)]


def _read_run(run: Run, name: str) -> RunFiles:
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
        parity=_read_object(folder / "parity.json"),
        mappings=_mappings(folder),
        raster=_raster(folder / "raster.npz"),
        lesions=LesionReport.from_json(read_json(lesions)) if lesions.exists() else None,
        transfer=TransferReport.from_json(read_json(transfer)) if transfer.exists() else None,
        environment=_read_object(folder / "environment.json"),
    )
    grid = (files.config.model.rows, files.config.model.cols)
    for file, content in (("analysis.json", files.analysis), ("network.safetensors", files.network)):
        if content is not None and content.grid != grid:
            raise InputError(
                f"{folder / file} is about a {content.grid} grid, but config.toml describes {grid}; "
                "write the file again."
            )
    return files


def _metrics(run: Run) -> dict[str, FloatArray]:
    try:
        return run.metrics()
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"{run.metrics_path} cannot be read as a table of numbers: {error}") from None


def _read_object(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    value = read_json(path)
    if not isinstance(value, dict):
        raise InputError(f"{path} does not contain a JSON object; write the file again.")
    return value


def _mappings(folder: Path) -> tuple[dict[str, Any], ...]:
    ranked = []
    for path in sorted(folder.glob("mapping-*.json")):
        mapping = _read_object(path)
        if mapping is not None and mapping.get("format") == REFUSED_FORMAT:
            continue  # a random baseline that does not fit on the chip
        if mapping is None or mapping.get("format") != MAPPING_FORMAT:
            raise InputError(f"{path} is not a mapping of neurogrow: its format is not {MAPPING_FORMAT!r}.")
        try:
            ranked.append((_rank(mapping), mapping))
        except (KeyError, TypeError) as error:
            raise InputError(f"{path} is not complete: {error} is missing. Map again.") from None
    return tuple(mapping for _, mapping in sorted(ranked, key=lambda pair: pair[0]))


def _rank(mapping: dict[str, Any]) -> tuple[str, int]:
    """Return the sort key of a mapping: its chip, then its number of random methods."""
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
        raise InputError(f"{path} does not contain example spikes: the shapes of its arrays do not agree.")
    return raster
