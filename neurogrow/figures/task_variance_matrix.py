"""Which modules take part in which tasks (Yang et al. 2019, figure 2)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ..analysis.task_variance import normalised_task_variance
from ..arrays import FloatArray, IntArray
from .canvas import axes_or_new, bare, figure_of, module_colours


def task_variance_matrix(
    task_variance_NK: FloatArray, module_N: IntArray, task_names: Sequence[str], ax: Axes | None = None
) -> Axes:
    """Draw normalised task variance, tasks down and neurons across, sorted by module.

    Only neurons of a module are shown; within one they are sorted by the task they vary most in. White lines part
    the modules, and a strip below carries their colours and, where there is room, their numbers.

    Parameters
    ----------
    task_variance_NK
        Task variance, not normalised.
    module_N
        Module of each neuron, -1 for none.
    task_names
        Names of the K tasks.
    ax
        Where to draw; a new figure by default.
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
    bare(ax)
    aspect = max(20, len(task_names))  # as wide beside 80 tasks as beside 20
    scale = figure_of(ax).colorbar(image, ax=ax, label="normalised task variance", pad=0.01, aspect=aspect)
    scale.outline.set_visible(False)  # type: ignore[operator]
    return ax


def sorted_by_module(task_variance_NK: FloatArray, module_N: IntArray) -> IntArray:
    """Return the neurons of modules by module, then by the task they vary most in, then by how much they do."""
    members = np.flatnonzero(module_N >= 0)
    variance = task_variance_NK[members]
    return np.asarray(members[np.lexsort((-variance.max(axis=1), variance.argmax(axis=1), module_N[members]))])


def _mark_modules(ax: Axes, sorted_module_N: IntArray, n_tasks: int) -> None:
    numbers, starts, sizes = np.unique(sorted_module_N, return_index=True, return_counts=True)
    below, height = n_tasks - 0.5, 0.035 * min(n_tasks, 20)  # in rows: a strip is as high below 20 tasks as below 80
    for number, start, size, colour in zip(numbers, starts, sizes, module_colours(numbers), strict=True):
        if start:
            ax.axvline(start - 0.5, color="white", linewidth=1)
        corner = (start - 0.5, below + 0.4 * height)
        ax.add_patch(Rectangle(corner, size, height, clip_on=False, color=colour, linewidth=0))
        if size >= 0.02 * len(sorted_module_N):
            ax.text(start + (size - 1) / 2, below + 1.7 * height, str(number), ha="center", va="top", fontsize=7)
