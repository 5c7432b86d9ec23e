"""Summed task variance of all neurons in descending order (the paper's figure 1 e)."""

import numpy as np
from matplotlib.axes import Axes

from ..arrays import FloatArray
from .canvas import INK, POSITIVE, axes_or_new, show_only_spines


def importance(
    task_variance_NK: FloatArray, ax: Axes | None = None, *, threshold: float = 1e-3, label: str | None = None
) -> Axes:
    """Draw the summed task variance of all neurons in descending order, and the threshold of importance.

    Parameters
    ----------
    task_variance_NK
        Task variance, shape (N, K).
    ax
        Axes to draw on; by default those of a new figure. Give the same Axes again to add another network.
    threshold
        Neurons with a summed task variance above the threshold are important.
    label
        Name of the network in the legend. The number of important neurons is added to it.
    """
    ax = axes_or_new(ax, 5, 3.5)
    summed_N = np.sort(task_variance_NK.sum(1))[::-1]
    n_important = int((summed_N > threshold).sum())
    colour = POSITIVE if label is None else None  # named networks take matplotlib's colour cycle
    legend = f"{n_important} important" if label is None else f"{label}: {n_important} important"
    shown_N = np.where(summed_N > 0, summed_N, np.nan)
    ax.plot(np.arange(1, len(summed_N) + 1), shown_N, color=colour, linewidth=1.5, label=legend)
    ax.axhline(threshold, color=INK, linestyle=":", linewidth=1)
    if np.isfinite(shown_N).any():
        ax.set_yscale("log")
    ax.set_xlabel("neuron, by importance")
    ax.set_ylabel("summed task variance")
    show_only_spines(ax, "left", "bottom")
    ax.legend(frameon=False, fontsize=8)
    return ax
