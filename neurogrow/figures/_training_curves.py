"""Metrics of a run against training steps."""

from collections.abc import Mapping

from matplotlib.axes import Axes

from ..arrays import FloatArray
from ..errors import InputError, nearest
from .canvas import NEGATIVE, POSITIVE, axes_or_new, show_only_spines

LOGARITHMIC = ("cross_entropy", "connection_cost", "wiring_cost", "gradient_norm")
"""Metrics with a logarithmic axis, because they span orders of magnitude."""


def training_curves(
    metrics: Mapping[str, FloatArray],
    ax: Axes | None = None,
    *,
    left: str = "performance",
    right: str = "cross_entropy",
) -> Axes:
    """Draw two metrics against training steps, one on the left axis and one on the right axis.

    Parameters
    ----------
    metrics
        Columns of a run's ``metrics.csv`` by name; one of them is ``step``.
    ax
        Axes to draw on; by default those of a new figure. The right metric is drawn on their twin.
    left, right
        Names of the two columns. Those in :data:`LOGARITHMIC` have a logarithmic axis.

    Raises
    ------
    InputError
        If a column is missing.
    """
    for column in ("step", left, right):
        if column not in metrics:
            raise InputError(f"The metrics have no column '{column}'.{nearest(column, list(metrics))}")
    ax = axes_or_new(ax, 6, 3.5)
    _curve(ax, metrics, left, POSITIVE)
    twin = ax.twinx()
    _curve(twin, metrics, right, NEGATIVE)
    ax.set_xlabel("training step")
    show_only_spines(ax, "left", "bottom")
    show_only_spines(twin, "right", "bottom")
    return ax


def _curve(ax: Axes, metrics: Mapping[str, FloatArray], column: str, colour: str) -> None:
    ax.plot(metrics["step"], metrics[column], color=colour, linewidth=1.5)
    if column in LOGARITHMIC and (metrics[column] > 0).any():
        ax.set_yscale("log")
    if column == "performance":
        ax.set_ylim(0, 1.02)
    ax.set_ylabel(column.replace("_", " "), color=colour)
    ax.tick_params(axis="y", colors=colour)
