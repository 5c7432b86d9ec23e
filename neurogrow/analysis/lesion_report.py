"""Results of lesions: drop in performance per task, selectivity, and comparison with random lesions.

Letters: M modules, S draws of the control.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import FloatArray, IntArray
from ..errors import InputError
from ..io.files import plain

FORMAT = "neurogrow-lesions-1"
_ROUNDING = 1e-9
"""Values closer than this count as equal; they differ only by rounding."""


@dataclass(frozen=True)
class ControlComparison:
    """A measure of lesions, compared with its distribution over random lesions of equal size (the control)."""

    value: float
    """The measure for lesions of the modules."""
    control_mean: float
    """Mean over draws of the control."""
    control_sd: float
    """Standard deviation over draws of the control."""
    z: float | None
    """(value - control_mean) / control_sd; None if all draws give the same value, because z is then undefined."""
    p: float
    """Permutation p-value, (1 + number of draws with a measure >= value) / (1 + number of draws)."""


@dataclass(frozen=True, eq=False)
class ModuleLesion:
    """Effect of silencing one module, compared with silencing equally many random important neurons."""

    module: int
    """Number of the module."""
    neurons: int
    """Number of its neurons."""
    drop_K: FloatArray
    """Drop in performance of each task, shape (K,). A negative drop is a gain."""
    control_mean_K: FloatArray
    """Mean drop over draws of the control, shape (K,)."""
    control_sd_K: FloatArray
    """Standard deviation of the drop over draws of the control, shape (K,)."""
    mean_drop: ControlComparison
    """Drop, averaged over tasks."""
    selectivity: ControlComparison
    """:func:`selectivity` of the drops."""

    @property
    def drop_z_K(self) -> FloatArray:
        """Each task's z: (drop - control mean) / control SD; 0 if the control does not vary, shape (K,)."""
        varies = self.control_sd_K > _ROUNDING
        return np.where(varies, (self.drop_K - self.control_mean_K) / np.where(varies, self.control_sd_K, 1.0), 0.0)


@dataclass(frozen=True, eq=False)
class LesionReport:
    """Lesions of every module of one network."""

    task_names: tuple[str, ...]
    """Names of the K tasks."""
    intact_K: FloatArray
    """Performance of the network without a lesion, per task, shape (K,)."""
    modules: tuple[ModuleLesion, ...]
    """Lesions of the M modules, in ascending order of module number."""
    mean_drop: ControlComparison
    """Drop, averaged over tasks and modules."""
    selectivity: ControlComparison
    """:func:`selectivity` of the drops of all modules together."""
    trials_per_task: int
    """Trials of each task."""
    draws: int
    """Draws of the control, S."""
    seed: int
    """Seed of the trials and of the draws."""

    @property
    def drop_MK(self) -> FloatArray:
        """Drop in performance of each task for each module, shape (M, K)."""
        return np.stack([lesion.drop_K for lesion in self.modules])

    def to_json(self) -> dict[str, Any]:
        """Return the report as values that JSON can store; :meth:`from_json` restores floats exactly."""
        value: dict[str, Any] = plain(self)
        return {"format": FORMAT} | value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "LesionReport":
        """Return the report that :meth:`to_json` wrote. Raises ``InputError`` for other input.

        The key ``model``, which files add to identify the measured weights, is ignored.
        """
        if not isinstance(value, Mapping) or value.get("format") != FORMAT:
            raise InputError(f"This is not a lesion report: its format is not {FORMAT!r}.")
        try:
            return _from_parts({name: part for name, part in value.items() if name not in ("format", "model")})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"The lesion report is not complete; run the lesions again. Cause: {error}") from None


def selectivity(drop_XK: FloatArray) -> FloatArray:
    r"""Return the selectivity of lesions: 0 if performance drops equally on all tasks, 1 if it drops on a single task.

    .. math:: \frac{1 - \langle d \rangle^2 / \langle d^2 \rangle}{1 - 1/K}

    d are the drops, with negative ones set to 0, and the means run over K tasks. This is the sparseness of Vinje and
    Gallant (2000). It does not depend on the size of the drops. For L lesions together, the squared means and the mean
    squares are summed over lesions first, so that lesions with larger drops have more weight.

    Parameters
    ----------
    drop_XK
        Drops in performance, shape (..., L, K): L lesions that are evaluated together.

    Returns
    -------
    FloatArray
        Shape (...); 0 if performance drops on no task, or if there is a single task.

    References
    ----------
    .. [1] W. E. Vinje, J. L. Gallant, "Sparse coding and decorrelation in primary visual cortex during natural vision",
       Science 287, 1273-1276 (2000), doi:10.1126/science.287.5456.1273.
    """
    positive_XK = np.maximum(drop_XK, 0.0)
    _, exponent = np.frexp(positive_XK.max(axis=(-2, -1), keepdims=True))
    positive_XK = np.ldexp(positive_XK, -exponent)  # exact, and keeps squares of tiny drops from underflow
    squares, n_tasks = (positive_XK**2).mean(-1).sum(-1), drop_XK.shape[-1]
    ratio = (positive_XK.mean(-1) ** 2).sum(-1) / np.where(squares > 0, squares, 1.0)
    return np.asarray(np.where(squares > 0, (1 - ratio) / ((1 - 1 / n_tasks) or 1.0), 0.0))


def lesion_report(
    task_names: Sequence[str],
    intact_K: FloatArray,
    lesioned_MK: FloatArray,
    control_SMK: FloatArray,
    size_M: IntArray,
    trials_per_task: int,
    seed: int,
) -> LesionReport:
    """Compare lesions of the modules with the draws of the control.

    Parameters
    ----------
    task_names
        Names of the K tasks.
    intact_K, lesioned_MK, control_SMK
        Performance of the intact network, under the lesion of each module, and under each lesion of the control.
    size_M
        Number of neurons of each module.
    trials_per_task, seed
        Trials of each task, and seed of the trials and draws.
    """
    drop_SMK = intact_K - np.concatenate([lesioned_MK[None], control_SMK])  # index 0 holds the modules themselves
    drops, controls = drop_SMK[0], drop_SMK[1:]
    modules = tuple(
        ModuleLesion(
            module=m,
            neurons=int(size_M[m]),
            drop_K=drops[m],
            control_mean_K=controls[:, m].mean(0),
            control_sd_K=controls[:, m].std(0, ddof=1),
            mean_drop=_compare_with_control(drop_SMK[:, m].mean(-1)),
            selectivity=_compare_with_control(selectivity(drop_SMK[:, m : m + 1])),
        )
        for m in range(len(drops))
    )
    return LesionReport(
        task_names=tuple(task_names),
        intact_K=intact_K,
        modules=modules,
        mean_drop=_compare_with_control(drop_SMK.mean((1, 2))),
        selectivity=_compare_with_control(selectivity(drop_SMK)),
        trials_per_task=trials_per_task,
        draws=len(control_SMK),
        seed=seed,
    )


def _compare_with_control(measure_S: FloatArray) -> ControlComparison:
    """Compare the first value, that of the modules, with the others, those of the control."""
    value, control_S = float(measure_S[0]), measure_S[1:]
    mean, sd = float(control_S.mean()), float(control_S.std(ddof=1))
    return ControlComparison(
        value=value,
        control_mean=mean,
        control_sd=sd if sd > _ROUNDING else 0.0,
        z=(value - mean) / sd if sd > _ROUNDING else None,
        p=(1 + int(np.count_nonzero(control_S >= value - _ROUNDING))) / (1 + len(control_S)),
    )


def _from_parts(parts: dict[str, Any]) -> LesionReport:
    report = LesionReport(
        **parts
        | {
            "task_names": tuple(parts["task_names"]),
            "intact_K": np.array(parts["intact_K"], dtype=float),
            "modules": tuple(_lesion_from(part) for part in parts["modules"]),
            "mean_drop": _control_from(parts["mean_drop"]),
            "selectivity": _control_from(parts["selectivity"]),
        }
    )
    n_tasks = (len(report.task_names),)
    rows = [report.intact_K, *(getattr(m, name) for m in report.modules for name in _ROWS)]
    if not report.modules or any(row.shape != n_tasks for row in rows):
        raise ValueError(f"it has no modules, or they do not fit {n_tasks[0]} tasks")
    return report


_ROWS = ("drop_K", "control_mean_K", "control_sd_K")


def _lesion_from(part: dict[str, Any]) -> ModuleLesion:
    rows = {name: np.array(part[name], dtype=float) for name in _ROWS}
    compared = {name: _control_from(part[name]) for name in ("mean_drop", "selectivity")}
    return ModuleLesion(**part | rows | compared)


def _control_from(part: dict[str, Any]) -> ControlComparison:
    z = part["z"]
    return ControlComparison(
        **{name: float(part[name]) for name in ("value", "control_mean", "control_sd", "p")},
        z=None if z is None else float(z),
    )
