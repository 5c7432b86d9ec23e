"""The modularity report: all measures of one network, and their storage as ``analysis.json``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import BoolArray, FloatArray, IntArray
from ..errors import InputError
from ..io.files import plain
from ..layout import GridLayout
from ..network import ACTIVE_WEIGHT
from .anatomy import Locality, active_connections, cluster_size, isolated_fraction, locality
from .anatomy import wiring_length as wiring_length_of
from .communities import Communities, communities
from .modules import FunctionalModules, choose_modules, modules_over_k
from .nulls import NullComparison, compare_with_null
from .pairs import neuron_pairs
from .similarity import SimilarityCorrelations, similarity_correlations
from .task_variance import important_neurons, mean_activity, task_variance

if TYPE_CHECKING:  # the recording comes from torch; reading a report must not wait for its import
    from .recording import Recording

FORMAT = "neurogrow-analysis-1"


@dataclass(frozen=True)
class ModularityAtK:
    """Measures of modularity when the important neurons are divided into ``k`` modules."""

    k: int
    """Number of modules."""
    silhouette: float | None
    """Mean silhouette; None below two modules."""
    isolated_fraction: NullComparison
    """Fraction of important neurons without a neighbour of their module, compared with shuffled modules."""
    cluster_size: NullComparison
    """Mean extent of a module on the unit square, compared with shuffled modules."""


@dataclass(frozen=True, eq=False)
class ModularityReport:
    """All measures of one network. N counts the neurons of the grid, K the tasks."""

    grid: tuple[int, int]
    """Rows and columns of the grid."""
    task_names: tuple[str, ...]
    """Names of the K tasks."""
    performance_K: FloatArray
    """Fraction of trials performed correctly, per task, shape (K,)."""
    task_variance_NK: FloatArray
    """Task variance, shape (N, K)."""
    important_N: BoolArray
    """Mask of the neurons whose task variance, summed over tasks, is above ``important_threshold``, shape (N,)."""
    module_N: IntArray
    """Functional module of each neuron at the chosen k, -1 if it is not important, shape (N,)."""
    chosen: ModularityAtK
    """Modularity at the k that the silhouette chose."""
    over_k: tuple[ModularityAtK, ...]
    """Modularity for all k, in ascending order."""
    active_connections: int
    """Number of recurrent connections with |w| above ``active_threshold``."""
    wiring_length: float
    """Sum of distances over active recurrent connections."""
    locality: Locality
    """Mean |w| by distance."""
    mean_activity_N: FloatArray
    """Mean activity of each neuron over all task steps of all trials, shape (N,)."""
    important_threshold: float
    """Threshold on summed task variance."""
    active_threshold: float
    """Threshold on |w|."""
    n_shuffles: int
    """Number of shuffles of each null distribution."""
    seed: int
    """Seed of k-means and of the shuffles."""
    ceiling_K: FloatArray | None = None
    """Performance of the ideal observer per task, an upper bound of expected performance; None if not known."""
    communities: Communities | None = None
    """Communities of the wiring, and their agreement with the chosen modules. None if important neurons are not
    connected, or if an earlier version wrote the analysis."""
    similarity: SimilarityCorrelations | None = None
    """Correlations of functional similarity with strength and distance. None if they are undefined, or if an earlier
    version wrote the analysis."""

    @property
    def performance(self) -> float:
        """Performance, averaged over tasks."""
        return float(self.performance_K.mean())

    @property
    def ceiling(self) -> float | None:
        """Performance of the ideal observer, averaged over tasks; None if not known."""
        return None if self.ceiling_K is None else float(self.ceiling_K.mean())

    @property
    def n_important(self) -> int:
        """Number of important neurons."""
        return int(self.important_N.sum())

    @property
    def mean_activity(self) -> float:
        """Mean activity over all neurons of the grid."""
        return float(self.mean_activity_N.mean())

    def null_comparisons(self) -> list[tuple[str, str, NullComparison]]:
        """Return every measure of modularity at the chosen number of modules, compared with its null, for tables.

        Returns
        -------
        list of (measure, shuffled, comparison)
            ``measure`` is a name. ``shuffled`` names what the null shuffles: "labels" permutes modules among their
            members, "weights" permutes weights among pairs at equal distance, "neurons" permutes neurons.
        """
        rows = [
            ("isolated fraction", "labels", self.chosen.isolated_fraction),
            ("cluster size", "labels", self.chosen.cluster_size),
        ]
        if wiring := self.communities:
            rows += [
                ("Q of communities", "weights", wiring.q),
                ("Q of modules", "labels", wiring.module_q),
                ("Q of modules", "weights", wiring.module_q_spatial),
                ("AMI of modules and communities", "labels", wiring.agreement),
                ("AMI of modules and communities", "weights", wiring.agreement_spatial),
            ]
        if similarity := self.similarity:
            rows += [
                ("similarity with |w|", "neurons", similarity.with_weight),
                ("similarity with |w|", "weights", similarity.with_weight_spatial),
                ("similarity with distance", "neurons", similarity.with_distance),
                ("similarity with |w|, given distance", "neurons", similarity.with_weight_given_distance),
            ]
        return rows

    def to_json(self) -> dict[str, Any]:
        """Return the report as values that JSON can store; :meth:`from_json` restores floats exactly."""
        value: dict[str, Any] = plain(self)
        return {"format": FORMAT} | value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "ModularityReport":
        """Return the report that :meth:`to_json` wrote. Raises ``InputError`` for other input.

        The key ``model``, which files add to identify the measured weights, is ignored.
        """
        if not isinstance(value, Mapping) or value.get("format") != FORMAT:
            raise InputError(f"This is not an analysis of a network: its format is not {FORMAT!r}.")
        try:
            return _from_parts({name: part for name, part in value.items() if name not in ("format", "model")})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"The analysis is not complete; run it again. Cause: {error}") from None


def modularity_report(
    weights_NN: FloatArray,
    layout: GridLayout,
    recording: "Recording",
    task_names: Sequence[str],
    seed: int = 0,
    *,
    n_shuffles: int = 1000,
    important_threshold: float = 1e-3,
    active_threshold: float = ACTIVE_WEIGHT,
    ceiling_K: FloatArray | None = None,
) -> ModularityReport:
    """Measure one network: functional measures from its recording, anatomical ones from its weights and layout.

    Parameters
    ----------
    weights_NN
        Recurrent weights, [post, pre], shape (N, N).
    layout
        Places of the neurons.
    recording
        Activity on single trials of every task (:func:`neurogrow.analysis.recording.record`).
    task_names
        Names of the K tasks, in the order of the recording's task indices.
    seed, n_shuffles
        Seed of k-means and of the shuffles, and number of shuffles of each null distribution.
    important_threshold, active_threshold
        Thresholds on summed task variance and on |w|; by default the paper's.
    ceiling_K
        Performance of the ideal observer per task (:func:`neurogrow.tasks.ideal_performance`), stored with the report.

    Raises
    ------
    InputError
        If weights, recording and layout differ in their number of neurons, if names, performances and ceilings differ
        in their number of tasks, or if a number is not finite.
    """
    weights_NN = np.asarray(weights_NN, dtype=np.float64)
    _check_sizes(weights_NN, layout, recording, task_names, ceiling_K)
    variance_NK = task_variance(recording.activity_TBN, recording.mask_TB, recording.task_B, len(task_names))
    important_N = important_neurons(variance_NK, important_threshold)
    candidates = modules_over_k(variance_NK, important_N, seed=seed)
    over_k = tuple(modularity_at_k(modules, layout, n_shuffles, seed) for modules in candidates)
    chosen = choose_modules(candidates)
    pairs = neuron_pairs(weights_NN, layout.distance_NN, variance_NK, important_N)
    return ModularityReport(
        grid=(layout.rows, layout.cols),
        task_names=tuple(task_names),
        performance_K=np.asarray(recording.performance_K, dtype=np.float64),
        task_variance_NK=variance_NK,
        important_N=important_N,
        module_N=chosen.module_N,
        chosen=next(measured for measured in over_k if measured.k == chosen.k),
        over_k=over_k,
        active_connections=active_connections(weights_NN, active_threshold),
        wiring_length=wiring_length_of(weights_NN, layout.distance_NN, active_threshold),
        locality=locality(weights_NN, layout.distance_NN),
        mean_activity_N=mean_activity(recording.activity_TBN, recording.mask_TB),
        important_threshold=important_threshold,
        active_threshold=active_threshold,
        n_shuffles=n_shuffles,
        seed=seed,
        ceiling_K=None if ceiling_K is None else np.asarray(ceiling_K, dtype=np.float64),
        communities=communities(pairs, chosen.module_N, n_shuffles, seed),
        similarity=similarity_correlations(pairs, n_shuffles, seed),
    )


def modularity_at_k(modules: FunctionalModules, layout: GridLayout, n_shuffles: int, seed: int) -> ModularityAtK:
    """Measure how compactly modules lie on the grid, compared with shuffled labels.

    Parameters
    ----------
    modules
        Division of the important neurons.
    layout
        Places of the neurons.
    n_shuffles, seed
        Number of shuffles, and their seed.
    """
    isolated = partial(isolated_fraction, neighbours_N8=layout.neighbours_N8)
    extent = partial(cluster_size, positions_N2=layout.positions_N2)
    return ModularityAtK(
        k=modules.k,
        silhouette=modules.silhouette,
        isolated_fraction=compare_with_null(isolated, modules.module_N, n_shuffles, seed),
        cluster_size=compare_with_null(extent, modules.module_N, n_shuffles, seed),
    )


def _check_sizes(
    weights_NN: FloatArray,
    layout: GridLayout,
    recording: "Recording",
    task_names: Sequence[str],
    ceiling_K: FloatArray | None,
) -> None:
    n, recorded = layout.n_neurons, recording.activity_TBN.shape[-1]
    if weights_NN.shape != (n, n) or recorded != n:
        raise InputError(
            f"The layout has {n} neurons, but the weights have shape {weights_NN.shape} and the recording has "
            f"{recorded} neurons; give weights, layout and recording of one network."
        )
    if not np.isfinite(weights_NN).all() or not np.isfinite(recording.activity_TBN[recording.mask_TB]).all():
        raise InputError(
            "The weights or the activity hold a number that is not finite, because training diverged; lower "
            "training.learning_rate and train again."
        )
    if len(recording.performance_K) != len(task_names):
        raise InputError(
            f"There are {len(task_names)} task names, but {len(recording.performance_K)} performances; give one name "
            "for each task."
        )
    if ceiling_K is not None and len(ceiling_K) != len(task_names):
        raise InputError(
            f"There are {len(task_names)} task names, but {len(ceiling_K)} ceilings; give one ceiling for each task."
        )


def _from_parts(parts: dict[str, Any]) -> ModularityReport:
    arrays = {"performance_K": float, "task_variance_NK": float, "important_N": bool, "module_N": int}
    arrays["mean_activity_N"] = float
    if parts.get("ceiling_K") is not None:
        arrays["ceiling_K"] = float
    report = ModularityReport(
        **parts
        | {name: np.array(parts[name], dtype=kind) for name, kind in arrays.items()}
        | {
            "grid": (int(parts["grid"][0]), int(parts["grid"][1])),
            "task_names": tuple(parts["task_names"]),
            "chosen": _modularity_from(parts["chosen"]),
            "over_k": tuple(_modularity_from(part) for part in parts["over_k"]),
            "locality": _locality_from(parts["locality"]),
            "active_connections": int(parts["active_connections"]),
            "wiring_length": float(parts["wiring_length"]),
            "communities": parts.get("communities") and Communities.from_json(parts["communities"]),
            "similarity": parts.get("similarity") and SimilarityCorrelations.from_json(parts["similarity"]),
        }
    )
    n, n_tasks = report.grid[0] * report.grid[1], len(report.task_names)
    shapes: dict[str, tuple[int, ...]] = {"task_variance_NK": (n, n_tasks), "performance_K": (n_tasks,)}
    shapes |= dict.fromkeys(("important_N", "module_N", "mean_activity_N"), (n,))
    if report.ceiling_K is not None:
        shapes["ceiling_K"] = (n_tasks,)
    if report.communities is not None and report.communities.community_N.shape != (n,):
        raise ValueError(f"community_N does not fit {n} neurons")
    for name, shape in shapes.items():
        if getattr(report, name).shape != shape:
            raise ValueError(f"{name} does not fit {n} neurons and {n_tasks} tasks")
    return report


def _locality_from(part: dict[str, Any]) -> Locality:
    kinds = {"distance_C": float, "mean_weight_C": float, "pairs_C": int}
    return Locality(**{name: np.array(part[name], dtype=kind) for name, kind in kinds.items()})


def _modularity_from(part: dict[str, Any]) -> ModularityAtK:
    nulls = {name: NullComparison.from_json(part[name]) for name in ("isolated_fraction", "cluster_size")}
    silhouette = part["silhouette"]
    return ModularityAtK(k=int(part["k"]), silhouette=None if silhouette is None else float(silhouette), **nulls)
