"""Example spikes of a spiking run, ``raster.npz``: one trial of each task, for the report's raster plot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..errors import InputError
from ..io.files import replacing
from ..models import SpikingRNN
from ..tasks import TaskBatch
from ..training import Run
from .analyzing import ANALYSIS_SEED
from .stage import CONFIG, MODEL, Stage, fixed

RASTER_FILE = "raster.npz"


@torch.no_grad()
def example_spikes(model: SpikingRNN, names: Sequence[str], batch: TaskBatch) -> dict[str, Any]:
    """Return the spikes of one trial of each task, one trial after the other."""
    spikes_TBN = model.spikes(batch.inputs_TBI)[0].to(torch.uint8).numpy()
    _, first_lanes = np.unique(batch.task_TB[0].numpy(), return_index=True)
    lengths = batch.mask_TB.sum(0).numpy() * model.substeps
    trials = [spikes_TBN[: lengths[lane], lane] for lane in first_lanes]
    return {
        "spikes_TN": np.concatenate(trials),
        "trial_start": np.cumsum([0, *(len(trial) for trial in trials[:-1])]),
        "task": np.array(names),
        "substeps": model.substeps,
    }


def save_arrays(path: Path, arrays: dict[str, Any]) -> Path:
    """Write numpy arrays as a compressed .npz, whole or not at all."""
    with replacing(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, **arrays)
    return path


def load_arrays(path: Path) -> dict[str, Any]:
    """Read what :func:`save_arrays` wrote."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _recorded(run: Run, seed: int) -> dict[str, Any]:
    model, tasks = run.load_model(), run.load_source()
    if not isinstance(model, SpikingRNN):
        raise InputError(f"{run.path} is a rate network, which has no spikes.")
    arrays = example_spikes(model, tasks.names, tasks.single_trials(2, seed=seed))
    save_arrays(run.path / RASTER_FILE, arrays)
    return arrays


RASTER = Stage(
    name="raster",
    reads=(MODEL, CONFIG),
    writes=fixed(RASTER_FILE),
    compute=_recorded,
    load=lambda run, _: load_arrays(run.path / RASTER_FILE),
    defaults={"seed": ANALYSIS_SEED},
)
"""Records the example spikes of a spiking network."""
