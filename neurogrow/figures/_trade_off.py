"""Error against sparsity, with the Pareto frontier of each condition (the paper's figure 1 g and h)."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from ..analysis.frontier import TradeOff, pareto_frontier
from .canvas import CONDITION_COLOURS, MODULE_MARKERS, axes_or_new, show_only_spines


def trade_off(conditions: Mapping[str, TradeOff], ax: Axes | None = None, *, measure: str = "active neurons") -> Axes:
    """Draw every network as a marker, and the Pareto frontier of each condition as a step line.

    Parameters
    ----------
    conditions
        Networks by name of the condition.
    ax
        Axes to draw on; by default those of a new figure.
    measure
        Name of the sparsity measure, for the axis.
    """
    ax = axes_or_new(ax, 5, 3.8)
    for index, (name, points) in enumerate(conditions.items()):
        colour = CONDITION_COLOURS[index % len(CONDITION_COLOURS)]
        marker = MODULE_MARKERS[index % len(MODULE_MARKERS)]
        ax.scatter(points.sparsity_P, points.error_P, s=18, color=colour, marker=marker, alpha=0.6, linewidths=0)
        on_frontier = pareto_frontier(points.sparsity_P, points.error_P)
        x_F, y_F = points.sparsity_P[on_frontier], points.error_P[on_frontier]
        ax.plot(x_F, y_F, drawstyle="steps-post", color=colour, marker=marker, markersize=5, linewidth=1.5, label=name)
    ax.set_xscale("log")
    errors = np.concatenate([points.error_P for points in conditions.values()])
    if (errors > 0).all():
        ax.set_yscale("log")
    ax.set_xlabel(measure)
    ax.set_ylabel("error (1 - performance)")
    show_only_spines(ax, "left", "bottom")
    ax.legend(frameon=False, fontsize=8)
    return ax
