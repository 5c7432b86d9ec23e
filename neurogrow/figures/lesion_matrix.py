"""Which tasks fall when a module falls silent."""

import numpy as np
from matplotlib.axes import Axes

from ..analysis.lesion_report import LesionReport
from .canvas import axes_or_new, bare, figure_of

MARKED = 2.0
"""Drops this many standard deviations beyond the control's are marked."""


def lesion_matrix(report: LesionReport, ax: Axes | None = None) -> Axes:
    """Draw the drop in performance of every task (across) with each module silent (down).

    The colours (viridis, which everyone can order) go from no drop to the loss of all trials; a gain is shown as no
    drop. A dot marks a drop that is more than two standard deviations beyond that of random sets of as many important
    neurons.

    Parameters
    ----------
    report
        The lesions of one network.
    ax
        Where to draw; a new figure by default.
    """
    drop_MK = report.drop_MK
    ax = axes_or_new(ax, 2.2 + 0.3 * drop_MK.shape[1], 1.6 + 0.26 * len(drop_MK))
    image = ax.imshow(drop_MK, aspect="auto", interpolation="nearest", cmap="viridis", vmin=0, vmax=1)
    module, task = np.nonzero(np.stack([lesion.drop_z_K for lesion in report.modules]) > MARKED)
    dark = drop_MK[module, task] < 0.5
    ax.scatter(task, module, s=14, c=np.where(dark, "white", "black"), linewidths=0)
    ax.set_xticks(range(len(report.task_names)), report.task_names, fontsize=8, rotation=90)
    ax.set_yticks(range(len(drop_MK)), [f"{each.module} ({each.neurons})" for each in report.modules], fontsize=8)
    ax.set_ylabel("module silenced (neurons)", fontsize=9)
    ax.tick_params(length=0)
    bare(ax)
    label = "drop in performance"
    figure_of(ax).colorbar(image, ax=ax, label=label, pad=0.01).outline.set_visible(False)  # type: ignore[operator]
    return ax
