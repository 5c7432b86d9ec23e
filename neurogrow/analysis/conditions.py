"""Comparison of conditions with several networks each, for example seeds of BIMT and of L1.

Each measure has a mean with its interval per condition, and a test for each pair of conditions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ..errors import InputError
from ..io.files import plain
from .report import ModularityReport
from .statistics import Difference, Interval, bootstrap_interval, mean_difference


def _community(measure: str, part: str = "value") -> Callable[[ModularityReport], float | None]:
    return lambda report: None if report.communities is None else getattr(getattr(report.communities, measure), part)


def _similarity(measure: str, part: str = "value") -> Callable[[ModularityReport], float | None]:
    return lambda report: None if report.similarity is None else getattr(getattr(report.similarity, measure), part)


MEASURES: dict[str, Callable[[ModularityReport], float | None]] = {
    "performance": lambda report: report.performance,
    "important_neurons": lambda report: report.n_important,
    "active_connections": lambda report: report.active_connections,
    "wiring_length": lambda report: report.wiring_length,
    "mean_activity": lambda report: report.mean_activity,
    "modules": lambda report: report.chosen.k,
    "isolated_fraction": lambda report: report.chosen.isolated_fraction.value,
    "isolated_fraction_z": lambda report: report.chosen.isolated_fraction.z,
    "cluster_size": lambda report: report.chosen.cluster_size.value,
    "cluster_size_z": lambda report: report.chosen.cluster_size.z,
    "communities": lambda report: None if report.communities is None else report.communities.count,
    "community_q": _community("q"),
    "community_q_z": _community("q", "z"),
    "module_q": _community("module_q_spatial"),
    "module_q_z": _community("module_q_spatial", "z"),
    "agreement": _community("agreement_spatial"),
    "agreement_z": _community("agreement_spatial", "z"),
    "similarity_with_weight": _similarity("with_weight_spatial"),
    "similarity_with_weight_z": _similarity("with_weight_spatial", "z"),
    "similarity_with_distance": _similarity("with_distance"),
}
"""Measures by which conditions are compared. z of isolated fraction and cluster size is relative to shuffled modules, z
of the other measures to weights shuffled at equal distance. A measure that a report lacks is None."""


@dataclass(frozen=True)
class Condition:
    """Networks that are treated as samples of one condition; usually they differ only in their seed."""

    name: str
    """Name of the condition."""
    runs: tuple[str, ...]
    """Names of its networks."""
    measures: dict[str, Interval | None]
    """Mean and interval of every measure over the networks that have it; None if no network has it."""


@dataclass(frozen=True)
class ConditionDifference:
    """Difference of two conditions in every measure."""

    first: str
    """Name of the first condition."""
    second: str
    """Name of the second condition."""
    measures: dict[str, Difference | None]
    """First minus second; None if a condition has no network with the measure."""


@dataclass(frozen=True)
class ConditionComparison:
    """Measures of each condition, and the difference of each pair of conditions."""

    conditions: tuple[Condition, ...]
    """Conditions in the order given."""
    differences: tuple[ConditionDifference, ...]
    """Pairs in the order given."""

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as values that JSON can store."""
        value: dict[str, Any] = plain(self)
        return value


def compare_conditions(conditions: Mapping[str, Mapping[str, ModularityReport]], seed: int = 0) -> ConditionComparison:
    """Compare conditions by the reports of their networks.

    p-values are not corrected for the number of measures and pairs.

    Parameters
    ----------
    conditions
        Reports by name of the condition, then by name of the network.
    seed
        Seed of the bootstrap and of the permutations.

    Raises
    ------
    InputError
        If there is no condition, if a condition has no network, or if networks were measured on different tasks.
    """
    if not conditions or not all(conditions.values()):
        raise InputError("There is nothing to compare; give each condition at least one network.")
    if len({frozenset(report.task_names) for reports in conditions.values() for report in reports.values()}) > 1:
        raise InputError("The networks were trained on different tasks; compare conditions of the same tasks.")
    values = {
        name: {measure: _defined_values(value_of, reports) for measure, value_of in MEASURES.items()}
        for name, reports in conditions.items()
    }
    return ConditionComparison(
        conditions=tuple(
            Condition(
                name, tuple(conditions[name]), {m: bootstrap_interval(v, seed) if v else None for m, v in per.items()}
            )
            for name, per in values.items()
        ),
        differences=tuple(
            ConditionDifference(first, second, _differences(values[first], values[second], seed))
            for first, second in combinations(values, 2)
        ),
    )


def _defined_values(
    measure: Callable[[ModularityReport], float | None], reports: Mapping[str, ModularityReport]
) -> list[float]:
    values = (measure(report) for report in reports.values())
    return [float(value) for value in values if value is not None]


def _differences(
    first: Mapping[str, list[float]], second: Mapping[str, list[float]], seed: int
) -> dict[str, Difference | None]:
    return {
        name: mean_difference(first[name], second[name], seed) if first[name] and second[name] else None
        for name in first
    }
