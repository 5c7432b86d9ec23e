"""A run's folder: plain files that people can read, and no pickle."""

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
from .build import build_model
from .config import TrainConfig, load_config, save_config

PACKAGES = ("torch", "snntorch", "numpy", "scipy", "scikit-learn", "nir", "onnx", "onnxruntime")


@dataclass(frozen=True)
class Run:
    """The folder of one training run.

    ``config.toml``, ``model.safetensors``, ``metrics.csv``, ``environment.json`` and ``resume/`` are training's; later
    commands add their own files beside them.
    """

    path: Path

    @classmethod
    def create(cls, path: Path, config: TrainConfig) -> "Run":
        """Start a folder. Raises ``InputError`` where there is a run already, so that nothing is overwritten."""
        run = cls(path)
        run.check_free()
        try:
            path.mkdir(parents=True, exist_ok=True)
            save_config(config, run.config_path)
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
        """What decided the run."""
        return self.path / "config.toml"

    @property
    def model_path(self) -> Path:
        """The trained weights."""
        return self.path / "model.safetensors"

    @property
    def metrics_path(self) -> Path:
        """One row per logged step."""
        return self.path / "metrics.csv"

    @property
    def state_path(self) -> Path:
        """The last checkpoint: weights, optimiser and random state in one file."""
        return self.path / "resume" / "state.safetensors"

    @property
    def config(self) -> TrainConfig:
        """Read ``config.toml``."""
        return load_config(self.config_path)

    def is_finished(self, config: TrainConfig) -> bool:
        """Return whether this folder holds the trained network that ``config`` describes."""
        if not (self.model_path.exists() and self.config_path.exists() and self.config == config):
            return False
        return read_header(self.model_path).get("step") == str(config.training.steps)

    def save_model(self, model: GridRNN, replica: int, step: int, path: Path | None = None) -> Path:
        """Write the weights of one replica after this many steps, by default as the trained ones."""
        tensors = dict(model.state_dict()) | model.some_replicas(slice(replica, replica + 1))
        return write_tensors(path or self.model_path, tensors, {"step": str(step)})

    def snapshot_path(self, step: int) -> Path:
        """Where the weights after this many steps are kept, if ``training.snapshot_every`` asks for it."""
        return self.path / "snapshots" / f"{step:07d}.safetensors"

    def snapshots(self) -> dict[int, Path]:
        """Return the weights that were kept along training, by step, ascending."""
        return {int(path.stem): path for path in sorted((self.path / "snapshots").glob("[0-9]*.safetensors"))}

    def snapshot(self, step: int) -> Path:
        """Return where the weights after this many steps are. Raises ``InputError`` if they were not kept."""
        if step not in (kept := self.snapshots()):
            steps = ", ".join(map(str, kept)) or "none: train with training.snapshot_every"
            raise InputError(f"{self.path} kept no snapshot after {step} steps; there are {steps}.")
        return kept[step]

    def fingerprint(self, step: int | None = None) -> str:
        """SHA-256 of the trained weights, or of a snapshot: what is measured of one model is not another's."""
        if step is None and not self.model_path.exists():
            raise InputError(f"{self.path} has no model.safetensors: training has not reached its first checkpoint.")
        with (self.model_path if step is None else self.snapshot(step)).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def load_model(self, path: Path | None = None) -> GridRNN:
        """Build the network and load its weights, or those of a snapshot, on the CPU.

        Raises ``InputError`` if there are none that fit.
        """
        if path is None and not self.model_path.exists():
            raise InputError(f"{self.path} has no model.safetensors: training has not reached its first checkpoint.")
        model, tensors = build_model(self.config), read_tensors(path or self.model_path)
        fit_state(model, tensors, path or self.model_path)
        return model

    def metrics(self) -> dict[str, FloatArray]:
        """Read ``metrics.csv`` as one array per column; empty where nothing was logged.

        A last row that was cut off, by a kill while it was written, is left out. Raises ``InputError`` if the file
        holds anything but a table of numbers.
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
        """Return the last row of ``metrics.csv``; empty where nothing was logged."""
        return {name: float(column[-1]) for name, column in self.metrics().items()}

    def check_settings(self, config: TrainConfig) -> None:
        """Raise ``InputError`` if the folder holds a run with other settings."""
        if self.config_path.exists() and self.config != config:
            raise InputError(f"{self.path} holds a run with other settings; choose another folder with --out.")


def grown(config: TrainConfig, folder: Path, grow: Callable[..., Run]) -> Run:
    """Return the run in ``folder``: as it is if finished, resumed if interrupted, otherwise begun.

    ``grow(out=..., resume=...)`` trains it. Raises ``InputError`` if the folder holds a run with other settings.
    """
    run = Run(folder)
    run.check_settings(config)
    if run.is_finished(config):
        return run
    return grow(out=folder, resume=resumable([run], run.state_path))


def training_lock(checkpoint: Path, folder: Path) -> AbstractContextManager[None]:
    """Hold the networks of a checkpoint for this process alone; ``InputError`` says that another trains them."""
    return locked(checkpoint, f"Another process is training in {folder}; wait for it or stop it.")


def resumable(runs: Sequence[Run], checkpoint: Path) -> bool:
    """Return whether there is a checkpoint to resume; if not, what was begun is forgotten, with nothing to lose.

    Raises ``InputError`` if another process is training them: what it has begun is not forgotten.
    """
    with training_lock(checkpoint, runs[0].path):
        if checkpoint.exists():
            return True
        for run in runs:
            run.config_path.unlink(missing_ok=True)
    return False


def environment() -> dict[str, object]:
    """What the run ran on: versions, machine and command."""
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
    """Load weights into a network, or say which do not fit."""
    wanted = {name: (tensor.shape, tensor.dtype) for name, tensor in model.state_dict().items()}
    found = {name: (tensor.shape, tensor.dtype) for name, tensor in tensors.items()}
    if wanted != found:
        wrong = sorted(name for name in wanted | found if wanted.get(name) != found.get(name))
        raise InputError(f"{source} does not hold the network that config.toml describes: {', '.join(wrong)} differ.")
    model.load_state_dict(dict(tensors))


class MetricsLog:
    """``metrics.csv``: one row at a time, flushed, so that a killed run keeps what it logged."""

    def __init__(self, path: Path, last_step: int) -> None:
        """Open the log; rows past ``last_step`` (of an interrupted run that is being resumed) are dropped.

        Raises ``InputError`` if the file is no such log.
        """
        self.path = path
        try:
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() and last_step else []
            kept = [line for line in lines[1:] if line.endswith("\n") and int(line.split(",", 1)[0]) <= last_step]
        except ValueError as error:
            raise InputError(f"{path} is not the log of this run ({error}); move it away to go on.") from None
        write_text(path, "".join([*lines[:1], *kept]))

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
    """Return the network and its growth in a line, for titles and messages."""
    model, growth = config.model, config.growth
    rule = "unregularised" if not growth.strength else "BIMT" if growth.locality else "L1"
    return f"{rule} {model.kind} network of {model.rows} x {model.cols} neurons on {len(config.tasks.names)} tasks"
