"""Do function and anatomy become modular together? Measures of a network along its training, and how they go together.

The paper's title claims *co-emergence*. Here it is a pair of curves: how clearly neurons fall into functional modules
(silhouette of the normalised task variance at a fixed number of modules), and how compactly these modules lie (z of
isolated fraction and cluster size against shuffled labels, with the sign turned so that larger is more modular).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import spearmanr

from ..arrays import FloatArray, IntArray
from ..errors import InputError
from ..io.files import plain
from ..layout import GridLayout
from .anatomy import wiring_length
from .modules import modules_over_k
from .report import modularity_at_k
from .task_variance import important_neurons, task_variance

if TYPE_CHECKING:
    from .recording import Recording

FORMAT = "neurogrow-emergence-1"

MEASURES = {
    "performance_S": "performance",
    "wiring_length_S": "wiring length",
    "silhouette_S": "silhouette of the modules",
    "isolated_S": "isolated fraction, -z",
    "compactness_S": "cluster size, -z",
}
"""Measures along training, by their field in :class:`Emergence`, in words."""


@dataclass(frozen=True, eq=False)
class Emergence:
    """Measures at S steps of one network's training; NaN where a measure is undefined."""

    step_S: IntArray
    """Training steps done."""
    performance_S: FloatArray
    """Mean over tasks of the fraction of trials performed."""
    important_S: IntArray
    """Important neurons."""
    wiring_length_S: FloatArray
    """Summed length of active connections."""
    silhouette_S: FloatArray
    """Functional modularity: mean silhouette of ``k`` modules."""
    isolated_S: FloatArray
    """Anatomical modularity: minus z of the isolated fraction of these modules."""
    compactness_S: FloatArray
    """Anatomical modularity: minus z of their cluster size."""
    k: int
    """Number of modules, the same at all steps so that steps compare."""

    @property
    def together(self) -> float:
        """Spearman correlation of functional (silhouette) with anatomical modularity (isolated) over training."""
        both = np.isfinite(self.silhouette_S) & np.isfinite(self.isolated_S)
        if both.sum() < 3:
            return float("nan")
        return float(spearmanr(self.silhouette_S[both], self.isolated_S[both]).statistic)

    def to_json(self) -> dict[str, Any]:
        """Return plain values; undefined measures are None."""
        return {"format": FORMAT, **_without_nan(plain(self)), "together": _without_nan(self.together)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Emergence":
        """Return what :meth:`to_json` wrote."""
        numbers: dict[str, Any] = {name: _numbers(value[name]) for name in MEASURES}
        return cls(np.array(value["step_S"]), important_S=np.array(value["important_S"]), k=value["k"], **numbers)


@dataclass(frozen=True)
class Snapshot:
    """What is measured of a network at one step of its training; None where it is undefined."""

    performance: float
    important: int
    wiring_length: float
    silhouette: float | None
    isolated_z: float | None
    cluster_size_z: float | None


def measure_snapshot(
    weights_NN: FloatArray, layout: GridLayout, recording: "Recording", k: int, seed: int = 0, n_shuffles: int = 1000
) -> Snapshot:
    """Measure a network with ``k`` functional modules.

    Parameters
    ----------
    weights_NN
        Recurrent weights, [post, pre].
    layout
        Where the neurons sit.
    recording
        Activity on single trials of every task.
    k
        Number of modules.
    seed, n_shuffles
        Seed of k-means and of the shuffles, and how many shuffles make a null distribution.
    """
    n_tasks = len(recording.performance_K)
    variance_NK = task_variance(recording.activity_TBN, recording.mask_TB, recording.task_B, n_tasks)
    important_N = important_neurons(variance_NK)
    modules = next((m for m in modules_over_k(variance_NK, important_N, (k,), seed) if m.k == k), None)
    at_k = modularity_at_k(modules, layout, n_shuffles, seed) if modules else None
    return Snapshot(
        performance=float(np.mean(recording.performance_K)),
        important=int(important_N.sum()),
        wiring_length=wiring_length(weights_NN, layout.distance_NN),
        silhouette=at_k.silhouette if at_k else None,
        isolated_z=at_k.isolated_fraction.z if at_k else None,
        cluster_size_z=at_k.cluster_size.z if at_k else None,
    )


def emergence(snapshots: Mapping[int, Snapshot], k: int) -> Emergence:
    """Line up what was measured of a network at several steps, each with ``k`` modules.

    Raises
    ------
    InputError
        If there are fewer than two steps.
    """
    if len(snapshots) < 2:
        raise InputError("Growth needs snapshots of at least two steps; train with training.snapshot_every.")
    steps = sorted(snapshots)
    ordered = [snapshots[step] for step in steps]
    return Emergence(
        step_S=np.array(steps),
        performance_S=np.array([each.performance for each in ordered]),
        important_S=np.array([each.important for each in ordered]),
        wiring_length_S=np.array([each.wiring_length for each in ordered]),
        silhouette_S=_numbers([each.silhouette for each in ordered]),
        isolated_S=-_numbers([each.isolated_z for each in ordered]),
        compactness_S=-_numbers([each.cluster_size_z for each in ordered]),
        k=k,
    )


def _numbers(values: list[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _without_nan(value: Any) -> Any:  # noqa: ANN401  (JSON is any nesting of plain values)
    if isinstance(value, dict):
        return {name: _without_nan(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_nan(part) for part in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
