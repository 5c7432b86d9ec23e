"""How training went."""

from collections.abc import Mapping

from matplotlib.axes import Axes

from ..arrays import FloatArray
from ..errors import InputError, nearest
from .canvas import NEGATIVE, POSITIVE, axes_or_new, bare

LOGARITHMIC = ("cross_entropy", "connection_cost", "wiring_cost", "gradient_norm")
"""Columns that span orders of magnitude."""


def training_curves(
    metrics: Mapping[str, FloatArray],
    ax: Axes | None = None,
    *,
    left: str = "performance",
    right: str = "cross_entropy",
) -> Axes:
    """Draw two columns of the metrics against training steps, one on each side.

    Parameters
    ----------
    metrics
        Column -> values, with a column ``step``; what a run's ``metrics.csv`` holds.
    ax
        Where to draw; a new figure by default. The right-hand column is drawn on its twin.
    left, right
        The columns. Costs and errors have a logarithmic axis.

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
    bare(ax, "left", "bottom")
    bare(twin, "right", "bottom")
    return ax


def _curve(ax: Axes, metrics: Mapping[str, FloatArray], column: str, colour: str) -> None:
    ax.plot(metrics["step"], metrics[column], color=colour, linewidth=1.5)
    if column in LOGARITHMIC and (metrics[column] > 0).any():
        ax.set_yscale("log")
    if column == "performance":
        ax.set_ylim(0, 1.02)
    ax.set_ylabel(column.replace("_", " "), color=colour)
    ax.tick_params(axis="y", colors=colour)
