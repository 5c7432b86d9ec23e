"""The folder of a run: plain files that people can read, and no pickle."""

import csv
import hashlib
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .._internal.version import __version__
from ..arrays import FloatArray
from ..errors import InputError, nearest
from ..io.files import locked, write_json, write_text
from ..io.tensors import read_header, read_tensors, write_tensors
from ..models import GridRNN
from ..tasks import TrialSource
from .build import build_model, build_source
from .config import TrainConfig, load_config, save_config
from .providers import Providers, read_providers, write_providers

PACKAGES = ("torch", "snntorch", "numpy", "scipy", "scikit-learn", "nir", "onnx", "onnxruntime")


@dataclass(frozen=True)
class Run:
    """The folder of one training run.

    Training writes ``config.toml``, ``model.safetensors``, ``metrics.csv``, ``environment.json`` and ``resume/``. It
    writes ``providers.json`` if a part of the run is not built in. Later commands add their own files beside them.
    """

    path: Path
    """The folder."""

    @classmethod
    def create(cls, path: Path, config: TrainConfig) -> "Run":
        """Make the folder of a new run. Raises ``InputError`` if it holds a run already: nothing is overwritten."""
        run = cls(path)
        run.check_free()
        try:
            path.mkdir(parents=True, exist_ok=True)
            save_config(config, run.config_path)
            write_providers(config, run.providers_path)
            write_json(path / "environment.json", environment())
        except OSError as error:
            raise InputError(f"The run folder {path} cannot be written: {error}") from None
        return run

    def check_free(self) -> None:
        """Raise ``InputError`` if the folder holds a run already."""
        if self.config_path.exists():
            raise InputError(
                f"{self.path} already holds a run. Continue it with --resume, or choose another folder with --out."
            )

    @classmethod
    def open(cls, path: Path) -> "Run":
        """Open a folder that training made. Raises ``InputError`` if it is not one."""
        run = cls(path)
        if not path.is_dir():
            others = [config.parent.name for config in path.parent.glob("*/config.toml")]
            raise InputError(f"There is no run folder {path}.{nearest(path.name, others)}")
        if not run.config_path.exists():
            raise InputError(f"{path} is not a run folder: it has no config.toml. `neurogrow train` makes one.")
        return run

    @property
    def config_path(self) -> Path:
        """The file with the settings of the run."""
        return self.path / "config.toml"

    @property
    def providers_path(self) -> Path:
        """The file that says which distributions provide the parts that are not built in."""
        return self.path / "providers.json"

    @property
    def model_path(self) -> Path:
        """The file of the trained weights."""
        return self.path / "model.safetensors"

    @property
    def metrics_path(self) -> Path:
        """The table of metrics, with one row per logged step."""
        return self.path / "metrics.csv"

    @property
    def state_path(self) -> Path:
        """The file of the last checkpoint: weights, optimiser and random state."""
        return self.path / "resume" / "state.safetensors"

    @property
    def config(self) -> TrainConfig:
        """The settings of the run, read from ``config.toml``."""
        return load_config(self.config_path, stored=True)

    @property
    def providers(self) -> Providers:
        """Which distributions provide the parts of the run that are not built in, read from ``providers.json``."""
        return read_providers(self.providers_path)

    def is_finished(self, config: TrainConfig) -> bool:
        """Return whether this folder holds the trained network that ``config`` describes.

        A network whose training was ended by a hook is finished as well.
        """
        if not (self.model_path.exists() and self.config_path.exists() and self.config == config):
            return False
        return has_ended(self.model_path, config.training.steps)

    def save_model(
        self, model: GridRNN, replica: int, step: int, path: Path | None = None, *, stopped: bool = False
    ) -> Path:
        """Write the weights of one replica after this many steps.

        Parameters
        ----------
        model
            The networks.
        replica
            Index of the network to write.
        step
            Training steps done.
        path
            The file; by default that of the trained weights.
        stopped
            Whether a hook has ended training at this step.
        """
        tensors = dict(model.state_dict()) | model.some_replicas(slice(replica, replica + 1))
        return write_tensors(path or self.model_path, tensors, header_of(step, stopped))

    def snapshot_path(self, step: int) -> Path:
        """Return the file for a snapshot of the weights after this many steps (``training.snapshot_every``)."""
        return self.path / "snapshots" / f"{step:07d}.safetensors"

    def snapshots(self) -> dict[int, Path]:
        """Return the files of all snapshots by step, ascending."""
        return {int(path.stem): path for path in sorted((self.path / "snapshots").glob("[0-9]*.safetensors"))}

    def snapshot(self, step: int) -> Path:
        """Return the file of the snapshot after this many steps. Raises ``InputError`` if there is none."""
        if step not in (snapshots := self.snapshots()):
            steps = ", ".join(map(str, snapshots)) or "none: train with training.snapshot_every"
            raise InputError(f"{self.path} kept no snapshot after {step} steps; there are {steps}.")
        return snapshots[step]

    def fingerprint(self, step: int | None = None) -> str:
        """Return the SHA-256 of the trained weights, or of a snapshot; measurements are stored with it.

        Raises ``InputError`` if there are no such weights.
        """
        if step is None and not self.model_path.exists():
            raise InputError(f"{self.path} has no model.safetensors: training has not reached its first checkpoint.")
        with (self.model_path if step is None else self.snapshot(step)).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def load_model(self, path: Path | None = None) -> GridRNN:
        """Build the network and load its weights, or those of a snapshot, on the CPU.

        Raises
        ------
        InputError
            If there are no weights that fit, or the neurons or the tasks of the run are not known here.
        """
        if path is None and not self.model_path.exists():
            raise InputError(f"{self.path} has no model.safetensors: training has not reached its first checkpoint.")
        model, tensors = build_model(self.config, providers=self.providers), read_tensors(path or self.model_path)
        fit_state(model, tensors, path or self.model_path)
        return model

    def load_source(self) -> TrialSource:
        """Return the source of the trials that the network was trained on. Raises ``InputError`` if it is not known."""
        return build_source(self.config, self.providers)

    def metrics(self) -> dict[str, FloatArray]:
        """Read ``metrics.csv`` as one array per column; empty if nothing was logged.

        A last row that is cut off, because the process was killed as it wrote, is left out. Raises ``InputError`` if
        the file is not a table of numbers.
        """
        if not self.metrics_path.exists():
            return {}
        try:
            lines = self.metrics_path.read_text(encoding="utf-8").splitlines(keepends=True)
            rows = list(csv.DictReader(line for line in lines if line.endswith("\n")))
            return {name: np.array([float(row[name]) for row in rows]) for name in (rows[0] if rows else ())}
        except (OSError, TypeError, ValueError) as error:
            raise InputError(f"{self.metrics_path} cannot be read as a table of numbers: {error}") from None

    def last_metrics(self) -> dict[str, float]:
        """Return the last row of ``metrics.csv``; empty if nothing was logged."""
        return {name: float(column[-1]) for name, column in self.metrics().items()}

    def check_settings(self, config: TrainConfig) -> None:
        """Raise ``InputError`` if the folder holds a run with other settings."""
        if self.config_path.exists() and self.config != config:
            raise InputError(f"{self.path} holds a run with other settings; choose another folder with --out.")


def grown(config: TrainConfig, folder: Path, grow: Callable[..., Run]) -> Run:
    """Return the finished run in ``folder``; train it if it has not begun, resume it if it was interrupted.

    ``grow(out=..., resume=...)`` trains it. Raises ``InputError`` if the folder holds a run with other settings.
    """
    run = Run(folder)
    run.check_settings(config)
    if run.is_finished(config):
        return run
    return grow(out=folder, resume=resumable([run], run.state_path))


def training_lock(checkpoint: Path, folder: Path) -> AbstractContextManager[None]:
    """Lock the networks of a checkpoint for this process. Raises ``InputError`` if another process trains them."""
    return locked(checkpoint, f"Another process is training in {folder}; wait for it or stop it.")


def resumable(runs: Sequence[Run], checkpoint: Path) -> bool:
    """Return whether there is a checkpoint to resume. If there is none, the runs are cleared to be trained anew.

    Raises ``InputError`` if another process is training them; its runs are not cleared.
    """
    with training_lock(checkpoint, runs[0].path):
        if checkpoint.exists():
            return True
        for run in runs:
            run.config_path.unlink(missing_ok=True)
    return False


def environment() -> dict[str, object]:
    """Return versions, machine and command of this process."""
    return {
        "neurogrow": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "cuda": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "command": sys.argv,
    }


def fit_state(model: GridRNN, tensors: Mapping[str, Tensor], source: Path | str) -> None:
    """Load weights into a network. Raises ``InputError`` that names the weights that do not fit."""
    wanted = {name: (tensor.shape, tensor.dtype) for name, tensor in model.state_dict().items()}
    given = {name: (tensor.shape, tensor.dtype) for name, tensor in tensors.items()}
    if wanted != given:
        wrong = sorted(name for name in wanted | given if wanted.get(name) != given.get(name))
        raise InputError(f"{source} does not hold the network that config.toml describes: {', '.join(wrong)} differ.")
    model.load_state_dict(dict(tensors))


def header_of(step: int, stopped: bool) -> dict[str, str]:
    """Return the header of a file of weights or of a checkpoint; ``stopped`` is in it only if training was ended."""
    return {"step": str(step)} | ({"stopped": "true"} if stopped else {})


def has_ended(path: Path, steps: int) -> bool:
    """Return whether weights or a checkpoint are those of the last step, or of a step at which training was ended."""
    header = read_header(path)
    return header.get("step") == str(steps) or "stopped" in header


class MetricsLog:
    """``metrics.csv``, written and flushed row by row, so that a killed run keeps its rows."""

    def __init__(self, path: Path, last_step: int) -> None:
        """Open the log of a run that has done ``last_step`` steps, and drop rows of later steps.

        An interrupted run that is resumed may have such rows. Raises ``InputError`` if the file is no such log.
        """
        self.path = path
        try:
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() and last_step else []
            rows = [line for line in lines[1:] if line.endswith("\n") and int(line.split(",", 1)[0]) <= last_step]
        except ValueError as error:
            raise InputError(f"{path} is not the log of this run ({error}); move it away to go on.") from None
        write_text(path, "".join([*lines[:1], *rows]))

    def append(self, row: Mapping[str, float]) -> None:
        """Add a row; its first column is ``step``. Raises ``InputError`` if it cannot be written."""
        try:
            with self.path.open("a", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(row), lineterminator="\n")
                if file.tell() == 0:
                    writer.writeheader()
                writer.writerow(row)
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}.") from error


def describe(config: TrainConfig) -> str:
    """Return the network and its growth in one line, for titles and messages."""
    tasks, model, growth = config.tasks, config.model, config.growth
    rule = "unregularised" if not growth.strength else "BIMT" if growth.locality else "L1"
    trials = f"{len(tasks.names)} tasks" if tasks.source == "cognitive" else f"trials of {tasks.source}"
    return f"{rule} {model.kind} network of {model.rows} x {model.cols} neurons on {trials}"
