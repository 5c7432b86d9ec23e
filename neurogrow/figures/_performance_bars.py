"""Performance of each task."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..arrays import FloatArray
from .canvas import INK, POSITIVE, axes_or_new, show_only_spines


def performance_bars(
    performance_K: FloatArray,
    task_names: Sequence[str],
    ax: Axes | None = None,
    *,
    ceiling_K: FloatArray | None = None,
) -> Axes:
    """Draw the performance of each task as a bar, with the first task at the top, and the mean as a dashed line.

    Parameters
    ----------
    performance_K
        Fraction of trials performed correctly, per task, shape (K,).
    task_names
        Names of the K tasks.
    ax
        Axes to draw on; by default those of a new figure.
    ceiling_K
        Performance of the ideal observer per task, shape (K,), drawn as black marks. It is an upper bound, because the
        inputs are noisy.
    """
    ax = axes_or_new(ax, 5, 0.7 + 0.22 * len(task_names))
    places = np.arange(len(task_names))
    ax.barh(places, performance_K, height=0.7, color=POSITIVE, alpha=0.75, label="network")
    mean = float(np.mean(performance_K))
    ax.axvline(mean, color=INK, linestyle="--", linewidth=1, label=f"mean {mean:.3f}")
    if ceiling_K is not None:
        ax.vlines(ceiling_K, places - 0.4, places + 0.4, color="black", linewidth=2, label="ideal observer")
    ax.set_yticks(places, task_names, fontsize=8)
    ax.set_ylim(len(task_names) - 0.4, -0.6)
    ax.set_xlim(0, 1.02)
    ax.set_xlabel("performance (fraction of trials)")
    ax.tick_params(axis="y", length=0)
    show_only_spines(ax, "bottom")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize=8)
    return ax
