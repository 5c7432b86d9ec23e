"""One measure over seeds for several conditions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from .canvas import INK, POSITIVE, axes_or_new, show_only_spines

if TYPE_CHECKING:
    from ..analysis.statistics import Interval


def condition_intervals(
    intervals: Mapping[str, "Interval | None"], ax: Axes | None = None, *, null: bool = False
) -> Axes:
    """Draw each network as a point, and each condition's mean and bootstrap interval as bars.

    Parameters
    ----------
    intervals
        The measure by name of the condition. A condition with None stays empty.
    ax
        Axes to draw on; by default those of a new figure.
    null
        True if the measure is a z score. The band of its null, |z| < 2, is then drawn in grey.
    """
    ax = axes_or_new(ax, 3, 3)
    if null:
        ax.axhspan(-2, 2, color="#eeeeee", linewidth=0)
    for place, interval in enumerate(intervals.values()):
        if interval is None:
            continue
        spread = np.linspace(-0.12, 0.12, interval.n) if interval.n > 1 else np.zeros(1)
        ax.scatter(place + spread, interval.values, s=14, color=POSITIVE, alpha=0.6, linewidths=0, zorder=2)
        ax.plot([place - 0.25, place + 0.25], [interval.mean] * 2, color=INK, linewidth=1.5, zorder=3)
        if interval.low is not None and interval.high is not None:
            ax.plot([place] * 2, [interval.low, interval.high], color=INK, linewidth=1.5, zorder=3)
    ax.set_xticks(range(len(intervals)), list(intervals), rotation=30 if len(intervals) > 3 else 0)
    ax.set_xlim(-0.6, len(intervals) - 0.4)
    show_only_spines(ax, "left", "bottom")
    return ax
