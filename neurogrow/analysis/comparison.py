"""Several networks side by side, and whether two of them found the same modules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

from ..arrays import FloatArray, IntArray
from ..errors import InputError
from ..io.files import plain
from .firing import Firing
from .nulls import NullComparison
from .report import ModularityReport


@dataclass(frozen=True)
class NetworkSummary:
    """One network's row of the table."""

    name: str
    """What the network is called."""
    performance: float
    """Mean performance over tasks."""
    performance_of_task: dict[str, float]
    """Performance of each task."""
    ceiling: float | None
    """Mean performance of the ideal observer over the same tasks; None if not known."""
    important_neurons: int
    """Number of important neurons."""
    active_connections: int
    """Number of active recurrent connections."""
    wiring_length: float
    """Sum of distances over them."""
    modules: int
    """Chosen number of modules."""
    isolated_fraction: NullComparison
    """Isolated fraction at that number, with z and p."""
    cluster_size: NullComparison
    """Cluster size at that number, with z and p."""
    mean_activity: float
    """Mean activity over all neurons."""
    firing_rate: float | None
    """Spikes per second of a neuron that sends any; None for rate neurons, or where it was not measured."""
    synaptic_operations: float | None
    """Events carried by active connections in a trial; None where they were not measured."""
    communities: int | None
    """Number of communities of the wiring; this and what follows is None where a report does not have it."""
    community_q: NullComparison | None
    """Q of the communities, against weights shuffled at equal distance."""
    module_q: NullComparison | None
    """Q of the functional modules on the same graph, against the same."""
    agreement: NullComparison | None
    """Adjusted mutual information of communities and modules, against the same."""
    similarity_with_weight: NullComparison | None
    """Correlation of functional similarity with strength of connection, against the same."""


@dataclass(frozen=True)
class ModuleAgreement:
    """How far two networks on the same grid and tasks agree, neuron by neuron.

    Where one was trained from the other's weights, a neuron is the same one wherever swaps have taken it since;
    elsewhere all that two neurons can have in common is their place.
    """

    first: str
    """Name of one network."""
    second: str
    """Name of the other."""
    followed: bool
    """Whether neurons were followed through swaps; if not, neurons at the same place were compared."""
    shared_neurons: int
    """Neurons important in both."""
    adjusted_mutual_information: float | None
    """Of their modules over shared neurons: 0 by chance, 1 for the same modules; None without shared neurons."""
    matched_fraction: float | None
    """Fraction of shared neurons in matching modules under the best one-to-one matching; None without shared ones."""
    task_variance_correlation: float | None
    """Pearson correlation over tasks of a neuron's two task variances, mean over the neurons important in either. A
    neuron that varies alike in all tasks in one of the networks (a silent one, say) counts 0. None without neurons,
    or with a single task."""


@dataclass(frozen=True)
class Comparison:
    """A row per network, and an agreement per pair of networks with the same grid and tasks."""

    rows: tuple[NetworkSummary, ...]
    """In the order given."""
    agreements: tuple[ModuleAgreement, ...]
    """Pairs in the order given."""

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain values that JSON can hold."""
        value: dict[str, Any] = plain(self)
        return value


@dataclass(frozen=True, eq=False)
class Descent:
    """That a network was trained from another's weights, and where its neurons were there."""

    parent: str
    """Name of the other."""
    origin_N: IntArray
    """For each place, the place that its neuron had in the other network."""

    def returned(self, report: ModularityReport) -> ModularityReport:
        """Return the report with every neuron back where it comes from."""
        back_N = np.argsort(self.origin_N)
        return replace(
            report,
            important_N=report.important_N[back_N],
            module_N=report.module_N[back_N],
            task_variance_NK=report.task_variance_NK[back_N],
        )


def compare(
    reports: Mapping[str, ModularityReport],
    firing: Mapping[str, Firing] | None = None,
    descents: Mapping[str, Descent] | None = None,
) -> Comparison:
    """Compare networks by their reports.

    Parameters
    ----------
    reports
        Reports by the name of the network. Pairs with different grids or different sets of tasks have no agreement;
        the order of the tasks does not matter.
    firing
        What was measured of their activity, by the same names.
    descents
        Which of them was trained from which other's weights.

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
    """Fraction of neurons in matching modules when modules are matched one to one as well as can be.

    The matching is the assignment of largest total in the contingency table (Hungarian method).
    """
    table = contingency_matrix(first_N, second_N)
    return float(table[linear_sum_assignment(table, maximize=True)].sum() / len(first_N))


def matched_modules(reports: Mapping[str, ModularityReport], descents: Mapping[str, Descent]) -> list[IntArray]:
    """Return each network's modules, numbered as the modules of the first network that they match best.

    Modules are matched one to one by the neurons in common: those that come from the first network where it is the
    parent, else those at the same place. What matches none, or is on another grid, gets a number of its own.
    """
    (first, wanted), *others = reports.items()
    found = [wanted.module_N]
    for name, report in others:
        theirs = report
        if name in descents and descents[name].parent == first:
            theirs = descents[name].returned(report)
        n_modules, n_wanted = (int(each.module_N.max(initial=-1)) + 1 for each in (report, wanted))
        number_M = np.arange(n_wanted, n_wanted + n_modules)
        if report.grid == wanted.grid:
            both_N = (theirs.module_N >= 0) & (wanted.module_N >= 0)
            table_MM = np.zeros((n_modules, n_wanted), dtype=int)
            np.add.at(table_MM, (theirs.module_N[both_N], wanted.module_N[both_N]), 1)
            rows, columns = linear_sum_assignment(table_MM, maximize=True)
            number_M[rows] = np.where(table_MM[rows, columns] > 0, columns, number_M[rows])
        found.append(np.where(report.module_N >= 0, number_M[report.module_N], -1) if n_modules else report.module_N)
    return found


def mean_row_correlation(first_NK: FloatArray, second_NK: FloatArray) -> float:
    """Pearson correlation of each row of one array with the same row of the other, mean over rows.

    A row without variance in either array has no correlation and counts 0.
    """
    first, second = (array - array.mean(axis=1, keepdims=True) for array in (first_NK, second_NK))
    scale_N = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return float(((first * second).sum(axis=1) / np.where(scale_N > 0, scale_N, 1.0)).mean())


def _summary(name: str, report: ModularityReport, firing: Firing | None) -> NetworkSummary:
    found, alike = report.communities, report.similarity
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
        communities=None if found is None else found.count,
        community_q=None if found is None else found.q,
        module_q=None if found is None else found.module_q_spatial,
        agreement=None if found is None else found.agreement_spatial,
        similarity_with_weight=None if alike is None else alike.with_weight_spatial,
    )


def _agreement(
    first: str, second: str, reports: Mapping[str, ModularityReport], descents: Mapping[str, Descent]
) -> ModuleAgreement:
    one, other = reports[first], reports[second]
    if followed := second in descents and descents[second].parent == first:
        other = descents[second].returned(other)
    elif followed := first in descents and descents[first].parent == second:
        one = descents[first].returned(one)
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
