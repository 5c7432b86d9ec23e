"""Normalised task variance of all module members (Yang et al. 2019, figure 2)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ..analysis.task_variance import normalised_task_variance, sorted_by_module
from ..arrays import FloatArray, IntArray
from .canvas import axes_or_new, figure_of, module_colours, show_only_spines


def task_variance_matrix(
    task_variance_NK: FloatArray, module_N: IntArray, task_names: Sequence[str], ax: Axes | None = None
) -> Axes:
    """Draw normalised task variance as a matrix, with a row for each task and a column for each module member.

    Neurons are sorted by module, and within a module by the task in which they vary most. White lines separate the
    modules. A strip below shows their colours and, if there is room, their numbers. Neurons without a module are left
    out.

    Parameters
    ----------
    task_variance_NK
        Task variance, not normalised, shape (N, K).
    module_N
        Module of each neuron, or -1, shape (N,).
    task_names
        Names of the K tasks.
    ax
        Axes to draw on; by default those of a new figure.
    """
    ax = axes_or_new(ax, 8, 0.6 + 0.22 * len(task_names))
    order = sorted_by_module(task_variance_NK, module_N)
    image = ax.imshow(
        normalised_task_variance(task_variance_NK)[order].T,
        aspect="auto",
        interpolation="nearest",
        cmap="magma",
        vmin=0,
        vmax=1,
    )
    _mark_modules(ax, module_N[order], len(task_names))
    ax.set_yticks(range(len(task_names)), task_names, fontsize=8)
    ax.set_xticks([])
    ax.set_title("neurons by module", fontsize=9)
    ax.tick_params(length=0)
    show_only_spines(ax)
    aspect = max(20, len(task_names))  # keeps the width of the colour bar for any number of tasks
    scale = figure_of(ax).colorbar(image, ax=ax, label="normalised task variance", pad=0.01, aspect=aspect)
    scale.outline.set_visible(False)  # type: ignore[operator]
    return ax


def _mark_modules(ax: Axes, sorted_module_N: IntArray, n_tasks: int) -> None:
    numbers, starts, sizes = np.unique(sorted_module_N, return_index=True, return_counts=True)
    below, height = (
        n_tasks - 0.5,
        0.035 * min(n_tasks, 20),
    )  # in rows; equally high for any number of tasks
    for number, start, size, colour in zip(numbers, starts, sizes, module_colours(numbers), strict=True):
        if start:
            ax.axvline(start - 0.5, color="white", linewidth=1)
        corner = (start - 0.5, below + 0.4 * height)
        ax.add_patch(Rectangle(corner, size, height, clip_on=False, color=colour, linewidth=0))
        if size >= 0.02 * len(sorted_module_N):
            ax.text(start + (size - 1) / 2, below + 1.7 * height, str(number), ha="center", va="top", fontsize=7)
