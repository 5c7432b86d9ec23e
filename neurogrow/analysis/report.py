"""Everything measured about one network, in one value that goes to ``analysis.json`` and back."""

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
from .pairs import pairs_of
from .similarity import SimilarityCorrelations, similarity_correlations
from .task_variance import important_neurons, mean_activity, task_variance

if TYPE_CHECKING:  # the recording comes from torch; reading a report must not wait for its import
    from .recording import Recording

FORMAT = "neurogrow-analysis-1"


@dataclass(frozen=True)
class ModularityAtK:
    """How modular the network is when its important neurons are divided into ``k`` modules."""

    k: int
    """Number of modules."""
    silhouette: float | None
    """Mean silhouette; None below two modules."""
    isolated_fraction: NullComparison
    """Fraction of important neurons without a neighbour of their module, against shuffled modules."""
    cluster_size: NullComparison
    """Mean extent of a module on the unit square, against shuffled modules."""


@dataclass(frozen=True, eq=False)
class ModularityReport:
    """The measures of one network; N counts all neurons of the grid, K its tasks."""

    grid: tuple[int, int]
    """Rows and columns of the grid."""
    task_names: tuple[str, ...]
    """Names of the K tasks."""
    performance_K: FloatArray
    """Fraction of trials performed, per task."""
    task_variance_NK: FloatArray
    """Task variance."""
    important_N: BoolArray
    """Which neurons have a task variance, summed over tasks, above ``important_threshold``."""
    module_N: IntArray
    """Functional module of each neuron at the chosen k, -1 where it is not important."""
    chosen: ModularityAtK
    """Modularity at the k chosen by silhouette."""
    over_k: tuple[ModularityAtK, ...]
    """Modularity over the whole range of k, ascending."""
    active_connections: int
    """Recurrent connections with |w| above ``active_threshold``."""
    wiring_length: float
    """Sum of distances over active recurrent connections."""
    locality: Locality
    """Mean |w| by distance."""
    mean_activity_N: FloatArray
    """Mean activity of each neuron over all running ticks of all trials."""
    important_threshold: float
    """Threshold on summed task variance."""
    active_threshold: float
    """Threshold on |w|."""
    n_shuffles: int
    """Shuffles behind every null distribution."""
    seed: int
    """Seed of k-means and of the shuffles."""
    ceiling_K: FloatArray | None = None
    """Performance of the ideal observer per task, which nobody's expected performance exceeds; None if not known."""
    communities: Communities | None = None
    """Communities of the wiring and the chosen modules; None where important neurons have no connections among them,
    or in an analysis of an earlier version."""
    similarity: SimilarityCorrelations | None = None
    """Whether neurons that do the same are connected and near; None where that is undefined, or as above."""

    @property
    def performance(self) -> float:
        """Mean performance over tasks."""
        return float(self.performance_K.mean())

    @property
    def ceiling(self) -> float | None:
        """Mean performance of the ideal observer over tasks; None if not known."""
        return None if self.ceiling_K is None else float(self.ceiling_K.mean())

    @property
    def n_important(self) -> int:
        """Number of important neurons."""
        return int(self.important_N.sum())

    @property
    def mean_activity(self) -> float:
        """Mean activity over all neurons of the grid."""
        return float(self.mean_activity_N.mean())

    def against_nulls(self) -> list[tuple[str, str, NullComparison]]:
        """Return every measure of modularity at the chosen number of modules, for tables.

        Each is the name of the measure, what its null shuffles (labels: modules among the places of their members;
        weights: among pairs at equal distance; neurons: among each other), and the comparison.
        """
        rows = [
            ("isolated fraction", "labels", self.chosen.isolated_fraction),
            ("cluster size", "labels", self.chosen.cluster_size),
        ]
        if found := self.communities:
            rows += [
                ("Q of communities", "weights", found.q),
                ("Q of modules", "labels", found.module_q),
                ("Q of modules", "weights", found.module_q_spatial),
                ("AMI of modules and communities", "labels", found.agreement),
                ("AMI of modules and communities", "weights", found.agreement_spatial),
            ]
        if alike := self.similarity:
            rows += [
                ("similarity with |w|", "neurons", alike.with_weight),
                ("similarity with |w|", "weights", alike.with_weight_spatial),
                ("similarity with distance", "neurons", alike.with_distance),
                ("similarity with |w|, given distance", "neurons", alike.with_weight_given_distance),
            ]
        return rows

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values that JSON can hold; floats come back bit for bit."""
        value: dict[str, Any] = plain(self)
        return {"format": FORMAT} | value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "ModularityReport":
        """Return the report that :meth:`to_json` wrote. Raises ``InputError`` for anything else.

        A key ``model`` beside its own, which says what weights were measured, is passed over.
        """
        if not isinstance(value, Mapping) or value.get("format") != FORMAT:
            raise InputError(f"This is no analysis of a network: its format is not {FORMAT!r}.")
        try:
            return _from_parts({name: part for name, part in value.items() if name not in ("format", "model")})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"The analysis is not complete; run it again. What is wrong: {error}") from None


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
    """Measure one network: function from its recording, anatomy from its weights and layout.

    Parameters
    ----------
    weights_NN
        Recurrent weights, [post, pre].
    layout
        Where the neurons sit.
    recording
        Activity on single trials of every task (:func:`neurogrow.analysis.recording.record`).
    task_names
        Names of the K tasks, in the order of the recording's indices.
    seed, n_shuffles
        Seed of k-means and of the shuffles, and how many shuffles make a null distribution.
    important_threshold, active_threshold
        The paper's thresholds on summed task variance and on |w|.
    ceiling_K
        Performance of the ideal observer per task (:func:`neurogrow.tasks.ideal_performance`), to stand beside the
        network's.

    Raises
    ------
    InputError
        If the weights, the recording and the layout do not count the same neurons, or names, performances and ceilings
        the same tasks.
    """
    weights_NN = np.asarray(weights_NN, dtype=np.float64)
    _check_sizes(weights_NN, layout, recording, task_names, ceiling_K)
    variance_NK = task_variance(recording.activity_TBN, recording.mask_TB, recording.task_B, len(task_names))
    important_N = important_neurons(variance_NK, important_threshold)
    candidates = modules_over_k(variance_NK, important_N, seed=seed)
    over_k = tuple(modularity_at_k(modules, layout, n_shuffles, seed) for modules in candidates)
    chosen = choose_modules(candidates)
    pairs = pairs_of(weights_NN, layout.distance_NN, variance_NK, important_N)
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
    """Compare the places of modules with shuffled labels."""
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
            f"The layout has {n} neurons, but the weights are {weights_NN.shape} and the recording has {recorded}."
        )
    if not np.isfinite(weights_NN).all() or not np.isfinite(recording.activity_TBN[recording.mask_TB]).all():
        raise InputError("The weights or the activity hold a number that is not finite; the network has diverged.")
    if len(recording.performance_K) != len(task_names):
        raise InputError(f"{len(task_names)} task names, but {len(recording.performance_K)} performances.")
    if ceiling_K is not None and len(ceiling_K) != len(task_names):
        raise InputError(f"{len(task_names)} task names, but {len(ceiling_K)} ceilings.")


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
