"""Comparison of several networks: their measures side by side, and the agreement of their modules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

from ..arrays import FloatArray, IntArray
from ..errors import InputError
from ..io.files import plain
from .nulls import NullComparison
from .report import ModularityReport

if TYPE_CHECKING:  # firing.py imports torch, which reading reports does not need
    from .firing import Firing


@dataclass(frozen=True)
class NetworkSummary:
    """The measures of one network in a comparison."""

    name: str
    """Name of the network."""
    performance: float
    """Performance, averaged over tasks."""
    performance_of_task: dict[str, float]
    """Performance of each task."""
    ceiling: float | None
    """Performance of the ideal observer, averaged over the same tasks; None if not known."""
    important_neurons: int
    """Number of important neurons."""
    active_connections: int
    """Number of active recurrent connections."""
    wiring_length: float
    """Sum of distances over active recurrent connections."""
    modules: int
    """Chosen number of modules."""
    isolated_fraction: NullComparison
    """Isolated fraction at the chosen number of modules, compared with shuffled modules."""
    cluster_size: NullComparison
    """Cluster size at the chosen number of modules, compared with shuffled modules."""
    mean_activity: float
    """Mean activity over all neurons."""
    firing_rate: float | None
    """Spikes per second, averaged over neurons with an outgoing active connection; None for a rate network, or if it
    was not measured."""
    synaptic_operations: float | None
    """Synaptic operations per trial; None if they were not measured."""
    communities: int | None
    """Number of communities of the wiring. This field and those below are None if the report lacks the measure."""
    community_q: NullComparison | None
    """Q of the communities, compared with weights shuffled at equal distance."""
    module_q: NullComparison | None
    """Q of the functional modules on the same graph, compared with weights shuffled at equal distance."""
    agreement: NullComparison | None
    """Adjusted mutual information of communities and modules, compared with weights shuffled at equal distance."""
    similarity_with_weight: NullComparison | None
    """Correlation of functional similarity with strength, compared with weights shuffled at equal distance."""


@dataclass(frozen=True)
class ModuleAgreement:
    """Agreement of two networks on the same grid and tasks, neuron by neuron.

    If one network was trained from the other's weights, each neuron is compared with its origin, even if swaps moved
    it. Otherwise neurons at the same place are compared.
    """

    first: str
    """Name of the first network."""
    second: str
    """Name of the second network."""
    followed: bool
    """True if neurons were followed through swaps; False if neurons at the same place were compared."""
    shared_neurons: int
    """Number of neurons that are important in both networks."""
    adjusted_mutual_information: float | None
    """Adjusted mutual information of the two divisions into modules, over shared neurons: 0 on average by chance, 1
    for the same modules; None without shared neurons."""
    matched_fraction: float | None
    """Fraction of shared neurons in matching modules under the best one-to-one matching; None without shared
    neurons."""
    task_variance_correlation: float | None
    """Pearson correlation over tasks of a neuron's two task variances, averaged over the neurons important in at least
    one network. A neuron with equal variance in all tasks of one network, for example a silent neuron, counts as 0.
    None without such neurons, or with a single task."""


@dataclass(frozen=True)
class Comparison:
    """Measures of each network, and the agreement of each pair of networks with the same grid and tasks."""

    rows: tuple[NetworkSummary, ...]
    """Networks in the order given."""
    agreements: tuple[ModuleAgreement, ...]
    """Pairs in the order given."""

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as values that JSON can store."""
        value: dict[str, Any] = plain(self)
        return value


@dataclass(frozen=True, eq=False)
class Descent:
    """Origin of a network that was trained from another network's weights, its parent."""

    parent: str
    """Name of the parent."""
    origin_N: IntArray
    """For each place, the place that its neuron had in the parent, shape (N,)."""

    def in_parent_order(self, report: ModularityReport) -> ModularityReport:
        """Return the report of the network with its neurons in the order of the parent."""
        back_N = np.argsort(self.origin_N)
        return replace(
            report,
            important_N=report.important_N[back_N],
            module_N=report.module_N[back_N],
            task_variance_NK=report.task_variance_NK[back_N],
        )


def compare(
    reports: Mapping[str, ModularityReport],
    firing: Mapping[str, "Firing"] | None = None,
    descents: Mapping[str, Descent] | None = None,
) -> Comparison:
    """Compare networks by their reports.

    Parameters
    ----------
    reports
        Reports by name of the network. Pairs with different grids or different sets of tasks have no agreement. The
        order of the tasks does not matter.
    firing
        Firing rates and synaptic operations by name of the network; may lack networks.
    descents
        Origin of each network that was trained from another network's weights, by name of the network.

    Raises
    ------
    InputError
        If there is no report.
    """
    firing, descents = firing or {}, descents or {}
    if not reports:
        raise InputError("There is nothing to compare; give at least one report.")
    return Comparison(
        rows=tuple(_summary(name, report, firing.get(name)) for name, report in reports.items()),
        agreements=tuple(
            _agreement(first, second, reports, descents)
            for first, second in combinations(reports, 2)
            if reports[first].grid == reports[second].grid
            and set(reports[first].task_names) == set(reports[second].task_names)
        ),
    )


def matched_fraction(first_N: IntArray, second_N: IntArray) -> float:
    """Return the fraction of neurons in matching modules under the best one-to-one matching of modules.

    The matching is the assignment with the largest sum in the contingency table (Hungarian method).
    """
    table = contingency_matrix(first_N, second_N)
    return float(table[linear_sum_assignment(table, maximize=True)].sum() / len(first_N))


def matched_modules(reports: Mapping[str, ModularityReport], descents: Mapping[str, Descent]) -> list[IntArray]:
    """Return each network's modules, renumbered to match the modules of the first network.

    Modules are matched one to one by the number of common neurons. If the first network is the parent, a neuron is
    compared with its origin; otherwise with the neuron at the same place. A module without a match, or on another
    grid, gets a new number.

    Returns
    -------
    list of IntArray
        Module of each neuron, or -1, shape (N,), for each network in the order given.
    """
    (first, reference), *others = reports.items()
    renumbered = [reference.module_N]
    for name, report in others:
        aligned = report
        if name in descents and descents[name].parent == first:
            aligned = descents[name].in_parent_order(report)
        n_modules, n_reference = (int(one.module_N.max(initial=-1)) + 1 for one in (report, reference))
        number_M = np.arange(n_reference, n_reference + n_modules)
        if report.grid == reference.grid:
            both_N = (aligned.module_N >= 0) & (reference.module_N >= 0)
            table_MM = np.zeros((n_modules, n_reference), dtype=int)
            np.add.at(table_MM, (aligned.module_N[both_N], reference.module_N[both_N]), 1)
            rows, columns = linear_sum_assignment(table_MM, maximize=True)
            number_M[rows] = np.where(table_MM[rows, columns] > 0, columns, number_M[rows])
        module_N = report.module_N
        renumbered.append(np.where(module_N >= 0, number_M[module_N], -1) if n_modules else module_N)
    return renumbered


def mean_row_correlation(first_NK: FloatArray, second_NK: FloatArray) -> float:
    """Return the Pearson correlation of each row of one array with the same row of the other, averaged over rows.

    A row that is constant in one of the arrays counts as 0.
    """
    first, second = (array - array.mean(axis=1, keepdims=True) for array in (first_NK, second_NK))
    scale_N = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return float(((first * second).sum(axis=1) / np.where(scale_N > 0, scale_N, 1.0)).mean())


def _summary(name: str, report: ModularityReport, firing: "Firing | None") -> NetworkSummary:
    wiring, similarity = report.communities, report.similarity
    return NetworkSummary(
        name=name,
        performance=report.performance,
        performance_of_task=dict(zip(report.task_names, report.performance_K.tolist(), strict=True)),
        ceiling=report.ceiling,
        important_neurons=report.n_important,
        active_connections=report.active_connections,
        wiring_length=report.wiring_length,
        modules=report.chosen.k,
        isolated_fraction=report.chosen.isolated_fraction,
        cluster_size=report.chosen.cluster_size,
        mean_activity=report.mean_activity,
        firing_rate=firing.rate if firing else None,
        synaptic_operations=firing.synaptic_operations if firing else None,
        communities=None if wiring is None else wiring.count,
        community_q=None if wiring is None else wiring.q,
        module_q=None if wiring is None else wiring.module_q_spatial,
        agreement=None if wiring is None else wiring.agreement_spatial,
        similarity_with_weight=None if similarity is None else similarity.with_weight_spatial,
    )


def _agreement(
    first: str, second: str, reports: Mapping[str, ModularityReport], descents: Mapping[str, Descent]
) -> ModuleAgreement:
    one, other = reports[first], reports[second]
    if followed := second in descents and descents[second].parent == first:
        other = descents[second].in_parent_order(other)
    elif followed := first in descents and descents[first].parent == second:
        one = descents[first].in_parent_order(one)
    both_N = one.important_N & other.important_N
    either_N = one.important_N | other.important_N
    modules = one.module_N[both_N], other.module_N[both_N]
    same_order = [other.task_names.index(name) for name in one.task_names]
    variances = one.task_variance_NK[either_N], other.task_variance_NK[either_N][:, same_order]
    return ModuleAgreement(
        first=first,
        second=second,
        followed=followed,
        shared_neurons=int(both_N.sum()),
        adjusted_mutual_information=float(adjusted_mutual_info_score(*modules)) if both_N.any() else None,
        matched_fraction=matched_fraction(*modules) if both_N.any() else None,
        task_variance_correlation=mean_row_correlation(*variances)
        if either_N.any() and len(one.task_names) > 1
        else None,
    )
