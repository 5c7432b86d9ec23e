"""Transfer: how fast a network with frozen recurrent weights learns new tasks, compared with shuffled weights.

Letters: R replicas, P points of a learning curve, K new tasks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..arrays import FloatArray, IntArray
from ..errors import InputError
from ..io.files import plain

FORMAT = "neurogrow-transfer-1"
CRITERION = 0.8
"""A replica has learned when its mean performance reaches this fraction of the ideal observer's."""


@dataclass(frozen=True, eq=False)
class TransferCurve:
    """Learning curves of R replicas of one network on K new tasks."""

    performance_RPK: FloatArray
    """Fraction of single trials performed correctly at each point, shape (R, P, K)."""
    trials_to_criterion_R: tuple[float | None, ...]
    """Number of trials until each replica has learned; None if it did not learn."""

    @property
    def mean_RP(self) -> FloatArray:
        """Performance, averaged over tasks, shape (R, P)."""
        return np.asarray(self.performance_RPK.mean(-1))

    @property
    def final_R(self) -> FloatArray:
        """Performance at the last point, averaged over tasks, shape (R,)."""
        return np.asarray(self.mean_RP[:, -1])

    @property
    def median_trials(self) -> float | None:
        """Median over replicas of the trials to criterion; None if half of the replicas or more did not learn."""
        median = float(np.median([np.inf if trials is None else trials for trials in self.trials_to_criterion_R]))
        return median if np.isfinite(median) else None


@dataclass(frozen=True, eq=False)
class TransferReport:
    """Learning of K tasks on which a network was not trained.

    Recurrent weights are frozen. Only the new rule inputs, and by default the readout, are trained.
    """

    trained_names: tuple[str, ...]
    """Tasks on which the network was trained."""
    task_names: tuple[str, ...]
    """Names of the K new tasks."""
    trials_P: IntArray
    """Number of trials seen at each point, from 0, shape (P,)."""
    grown: TransferCurve
    """Curves with the recurrent weights of the trained network."""
    shuffled: TransferCurve
    """Curves with each neuron's recurrent weights shuffled among its own connections."""
    ceiling_K: FloatArray
    """Performance of the ideal observer per task, shape (K,)."""
    criterion: float
    """Fraction of the mean ceiling at which a replica has learned."""
    settings: dict[str, Any]
    """Settings of the training (:class:`neurogrow.training.transfer.TransferConfig`)."""

    def to_json(self) -> dict[str, Any]:
        """Return the report as values that JSON can store; :meth:`from_json` restores floats exactly."""
        value: dict[str, Any] = plain(self)
        return {"format": FORMAT} | value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "TransferReport":
        """Return the report that :meth:`to_json` wrote. Raises ``InputError`` for other input.

        The key ``model``, which files add to identify the frozen weights, is ignored.
        """
        if not isinstance(value, Mapping) or value.get("format") != FORMAT:
            raise InputError(f"This is not a transfer report: its format is not {FORMAT!r}.")
        try:
            return _from_parts({name: part for name, part in value.items() if name not in ("format", "model")})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"The transfer report is not complete; run the transfer again. Cause: {error}") from None


def pool_transfers(reports: Sequence[TransferReport]) -> TransferReport:
    """Join the replicas of several networks into one report, for the learning curve of a condition.

    Raises
    ------
    InputError
        If there is no report, or the reports differ in tasks, trials or settings.
    """
    if not reports:
        raise InputError("There is no transfer to pool.")
    first = reports[0]
    for other in reports[1:]:
        same_trials = np.array_equal(other.trials_P, first.trials_P)
        if other.task_names != first.task_names or other.settings != first.settings or not same_trials:
            raise InputError("Networks of a condition must learn the same tasks from the same trials.")
    return replace(
        first,
        grown=_pool_curves([report.grown for report in reports]),
        shuffled=_pool_curves([report.shuffled for report in reports]),
    )


def _pool_curves(curves: Sequence[TransferCurve]) -> TransferCurve:
    return TransferCurve(
        np.concatenate([curve.performance_RPK for curve in curves]),
        tuple(trials for curve in curves for trials in curve.trials_to_criterion_R),
    )


def transfer_curve(
    trials_P: IntArray, performance_RPK: FloatArray, ceiling_K: FloatArray, criterion: float = CRITERION
) -> TransferCurve:
    """Return the learning curves, with the trials that each replica needed to reach the criterion.

    Parameters
    ----------
    trials_P
        Number of trials seen at each point, shape (P,).
    performance_RPK
        Performance at each point, shape (R, P, K).
    ceiling_K
        Performance of the ideal observer, shape (K,).
    criterion
        A replica has learned when its mean performance reaches ``criterion`` times the mean ceiling.
    """
    level = criterion * float(ceiling_K.mean())
    needed = tuple(trials_to_level(trials_P, mean_P, level) for mean_P in performance_RPK.mean(-1))
    return TransferCurve(performance_RPK, needed)


def trials_to_level(trials_P: IntArray, value_P: FloatArray, level: float) -> float | None:
    """Return the number of trials at which a curve first reaches a level; None if it does not reach it.

    Between points, the curve is interpolated linearly over log(1 + trials).

    Examples
    --------
    >>> trials_to_level(np.array([0, 3, 15]), np.array([0.0, 0.2, 0.6]), 0.4)
    7.0
    """
    reached = np.flatnonzero(value_P >= level)
    if not len(reached):
        return None
    if (last := int(reached[0])) == 0:
        return float(trials_P[0])
    start, end = np.log1p(trials_P[last - 1 : last + 1])
    part = (level - value_P[last - 1]) / (value_P[last] - value_P[last - 1])
    return round(float(np.expm1(start + part * (end - start))), 6)


def _from_parts(parts: dict[str, Any]) -> TransferReport:
    report = TransferReport(
        **parts
        | {
            "trained_names": tuple(parts["trained_names"]),
            "task_names": tuple(parts["task_names"]),
            "trials_P": np.array(parts["trials_P"], dtype=int),
            "grown": _curve_from(parts["grown"]),
            "shuffled": _curve_from(parts["shuffled"]),
            "ceiling_K": np.array(parts["ceiling_K"], dtype=float),
            "criterion": float(parts["criterion"]),
            "settings": dict(parts["settings"]),
        }
    )
    shape = (len(report.trials_P), len(report.task_names))
    for curve in (report.grown, report.shuffled):
        if curve.performance_RPK.shape != (len(curve.trials_to_criterion_R), *shape):
            raise ValueError(f"a curve does not fit {shape[0]} points and {shape[1]} tasks")
    if report.ceiling_K.shape != shape[1:]:
        raise ValueError(f"ceiling_K does not fit {shape[1]} tasks")
    return report


def _curve_from(part: dict[str, Any]) -> TransferCurve:
    trials = tuple(None if value is None else float(value) for value in part["trials_to_criterion_R"])
    return TransferCurve(np.array(part["performance_RPK"], dtype=float), trials)
