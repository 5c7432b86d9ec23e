"""Co-emergence: functional and anatomical modularity of a network during its training.

The paper's title claims *co-emergence* of both. Functional modularity is the silhouette of normalised task variance at
a fixed number of modules. Anatomical modularity is the compactness of these modules on the grid: minus z of isolated
fraction and of cluster size, compared with shuffled labels. Larger values are more modular.
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
"""Labels of the measures during training, by their field in :class:`Emergence`."""


@dataclass(frozen=True, eq=False)
class Emergence:
    """Measures at S steps of one network's training; NaN if a measure is undefined."""

    step_S: IntArray
    """Number of training steps done."""
    performance_S: FloatArray
    """Fraction of trials performed correctly, averaged over tasks."""
    important_S: IntArray
    """Number of important neurons."""
    wiring_length_S: FloatArray
    """Sum of distances over active connections."""
    silhouette_S: FloatArray
    """Functional modularity: mean silhouette of ``k`` modules."""
    isolated_S: FloatArray
    """Anatomical modularity: minus z of the isolated fraction of these modules."""
    compactness_S: FloatArray
    """Anatomical modularity: minus z of their cluster size."""
    k: int
    """Number of modules. It is the same at all steps, so that values are comparable between steps."""

    @property
    def modularity_correlation(self) -> float:
        """Spearman correlation over training of functional (silhouette) and anatomical modularity (isolated fraction).

        NaN if both are defined at fewer than three steps.
        """
        both = np.isfinite(self.silhouette_S) & np.isfinite(self.isolated_S)
        if both.sum() < 3:
            return float("nan")
        return float(spearmanr(self.silhouette_S[both], self.isolated_S[both]).statistic)

    def to_json(self) -> dict[str, Any]:
        """Return values that JSON can store; undefined measures are None."""
        return {"format": FORMAT, **_nan_to_none(plain(self)), "together": _nan_to_none(self.modularity_correlation)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Emergence":
        """Return the measures that :meth:`to_json` wrote."""
        numbers: dict[str, Any] = {name: _none_to_nan(value[name]) for name in MEASURES}
        return cls(np.array(value["step_S"]), important_S=np.array(value["important_S"]), k=value["k"], **numbers)


@dataclass(frozen=True)
class Snapshot:
    """Measures of a network at one step of its training; None if a measure is undefined."""

    performance: float
    """Fraction of trials performed correctly, averaged over tasks."""
    important: int
    """Number of important neurons."""
    wiring_length: float
    """Sum of distances over active connections."""
    silhouette: float | None
    """Mean silhouette of the modules."""
    isolated_z: float | None
    """z of the isolated fraction."""
    cluster_size_z: float | None
    """z of the cluster size."""


def measure_snapshot(
    weights_NN: FloatArray, layout: GridLayout, recording: "Recording", k: int, seed: int = 0, n_shuffles: int = 1000
) -> Snapshot:
    """Measure a network with ``k`` functional modules.

    Parameters
    ----------
    weights_NN
        Recurrent weights, [post, pre], shape (N, N).
    layout
        Places of the neurons.
    recording
        Activity on single trials of every task.
    k
        Number of modules.
    seed, n_shuffles
        Seed of k-means and of the shuffles, and number of shuffles of each null distribution.
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
    """Join the measures of one network at several steps.

    Parameters
    ----------
    snapshots
        Measures by training step.
    k
        Number of modules at which they were measured.

    Raises
    ------
    InputError
        If there are fewer than two steps.
    """
    if len(snapshots) < 2:
        raise InputError("Emergence needs snapshots of at least two steps; train with training.snapshot_every.")
    steps = sorted(snapshots)
    ordered = [snapshots[step] for step in steps]
    return Emergence(
        step_S=np.array(steps),
        performance_S=np.array([snapshot.performance for snapshot in ordered]),
        important_S=np.array([snapshot.important for snapshot in ordered]),
        wiring_length_S=np.array([snapshot.wiring_length for snapshot in ordered]),
        silhouette_S=_none_to_nan([snapshot.silhouette for snapshot in ordered]),
        isolated_S=-_none_to_nan([snapshot.isolated_z for snapshot in ordered]),
        compactness_S=-_none_to_nan([snapshot.cluster_size_z for snapshot in ordered]),
        k=k,
    )


def _none_to_nan(values: list[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _nan_to_none(value: Any) -> Any:  # noqa: ANN401  (JSON is any nesting of plain values)
    if isinstance(value, dict):
        return {name: _nan_to_none(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_nan_to_none(part) for part in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
