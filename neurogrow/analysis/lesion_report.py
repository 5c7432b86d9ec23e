"""What lesions did: drops in performance, how they spread over tasks, and how that compares with random lesions.

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
"""Values closer than this are the same value summed in another order."""


@dataclass(frozen=True)
class AgainstControl:
    """A measure of lesions, beside its distribution over draws of the control."""

    value: float
    """The measure of the modules as they are."""
    control_mean: float
    """Mean over draws."""
    control_sd: float
    """Standard deviation over draws."""
    z: float | None
    """(value - control_mean) / control_sd; None where every draw gives the same value, which leaves it undefined."""
    p: float
    """Permutation p-value, (1 + number of draws with a measure >= value) / (1 + number of draws)."""


@dataclass(frozen=True, eq=False)
class ModuleLesion:
    """What one module's silence does, beside that of as many important neurons at random."""

    module: int
    """Number of the module."""
    neurons: int
    """How many neurons it has."""
    drop_K: FloatArray
    """Drop in performance of each task; negative where a task gained."""
    control_mean_K: FloatArray
    """Mean drop over draws of the control."""
    control_sd_K: FloatArray
    """Standard deviation of the drop over draws of the control."""
    mean_drop: AgainstControl
    """Drop, mean over tasks."""
    selectivity: AgainstControl
    """:func:`selectivity` of the drops."""

    @property
    def falls_K(self) -> FloatArray:
        """Drop beyond the control's in its standard deviations, z; 0 where the control does not vary, shape (K,)."""
        varies = self.control_sd_K > _ROUNDING
        return np.where(varies, (self.drop_K - self.control_mean_K) / np.where(varies, self.control_sd_K, 1.0), 0.0)


@dataclass(frozen=True, eq=False)
class LesionReport:
    """Every module of one network silenced in turn."""

    task_names: tuple[str, ...]
    """Names of the K tasks."""
    intact_K: FloatArray
    """Performance of the whole network."""
    modules: tuple[ModuleLesion, ...]
    """A lesion for each of the M modules, in their order."""
    mean_drop: AgainstControl
    """Drop, mean over tasks and modules."""
    selectivity: AgainstControl
    """:func:`selectivity` of all modules together."""
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
        """Return the report as plain values that JSON can hold; floats come back bit for bit."""
        value: dict[str, Any] = plain(self)
        return {"format": FORMAT} | value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "LesionReport":
        """Return the report that :meth:`to_json` wrote. Raises ``InputError`` for anything else.

        A key ``model`` beside its own, which says what weights were measured, is passed over.
        """
        if not isinstance(value, Mapping) or value.get("format") != FORMAT:
            raise InputError(f"These are no lesions of a network: the format is not {FORMAT!r}.")
        try:
            return _from_parts({name: part for name, part in value.items() if name not in ("format", "model")})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"The lesions are not complete; make them again. What is wrong: {error}") from None


def selectivity(drop_XK: FloatArray) -> FloatArray:
    r"""How few of the tasks fall: 0 where all fall alike, 1 where a single one does.

    .. math:: \frac{1 - \langle d \rangle^2 / \langle d^2 \rangle}{1 - 1/K}

    with d the drops (no less than 0) and the means over tasks: the sparseness of Vinje and Gallant (2000). It does not
    depend on how large the drops are. Several lesions together, the axis before the last, have their squared means and
    mean squares summed, so that lesions count by the damage they do.

    Parameters
    ----------
    drop_XK
        Drops in performance, shape (..., L, K): L lesions that are judged together.

    Returns
    -------
    FloatArray
        Shape (...); 0 where no task falls, or there is one task only.

    References
    ----------
    .. [1] W. E. Vinje, J. L. Gallant, "Sparse coding and decorrelation in primary visual cortex during natural vision",
       Science 287, 1273-1276 (2000), doi:10.1126/science.287.5456.1273.
    """
    fall = np.maximum(drop_XK, 0.0)
    squares, n_tasks = (fall**2).mean(-1).sum(-1), drop_XK.shape[-1]
    alike = (fall.mean(-1) ** 2).sum(-1) / np.where(squares > 0, squares, 1.0)
    return np.asarray(np.where(squares > 0, (1 - alike) / ((1 - 1 / n_tasks) or 1.0), 0.0))


def lesion_report(
    task_names: Sequence[str],
    intact_K: FloatArray,
    lesioned_MK: FloatArray,
    control_SMK: FloatArray,
    size_M: IntArray,
    trials_per_task: int,
    seed: int,
) -> LesionReport:
    """Compare the performance with each module silent with that of the control, draw by draw.

    Parameters
    ----------
    task_names
        Names of the K tasks.
    intact_K, lesioned_MK, control_SMK
        Performance of the whole network, with each module silent, and with each draw's set of the module's size.
    size_M
        Neurons of each module.
    trials_per_task, seed
        How they were measured.
    """
    drop_SMK = intact_K - np.concatenate([lesioned_MK[None], control_SMK])  # the first draw is the modules themselves
    drops, controls = drop_SMK[0], drop_SMK[1:]
    modules = tuple(
        ModuleLesion(
            module=m,
            neurons=int(size_M[m]),
            drop_K=drops[m],
            control_mean_K=controls[:, m].mean(0),
            control_sd_K=controls[:, m].std(0, ddof=1),
            mean_drop=_against(drop_SMK[:, m].mean(-1)),
            selectivity=_against(selectivity(drop_SMK[:, m : m + 1])),
        )
        for m in range(len(drops))
    )
    return LesionReport(
        task_names=tuple(task_names),
        intact_K=intact_K,
        modules=modules,
        mean_drop=_against(drop_SMK.mean((1, 2))),
        selectivity=_against(selectivity(drop_SMK)),
        trials_per_task=trials_per_task,
        draws=len(control_SMK),
        seed=seed,
    )


def _against(measure_S: FloatArray) -> AgainstControl:
    """Compare the first value with the others."""
    value, control_S = float(measure_S[0]), measure_S[1:]
    mean, sd = float(control_S.mean()), float(control_S.std(ddof=1))
    return AgainstControl(
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


def _control_from(part: dict[str, Any]) -> AgainstControl:
    z = part["z"]
    return AgainstControl(
        **{name: float(part[name]) for name in ("value", "control_mean", "control_sd", "p")},
        z=None if z is None else float(z),
    )
