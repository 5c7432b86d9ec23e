"""Drop in performance of each task under the lesion of each module."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from .canvas import MARKED_Z, axes_or_new, figure_of, show_only_spines

if TYPE_CHECKING:
    from ..analysis.lesion_report import LesionReport


def lesion_matrix(report: "LesionReport", ax: Axes | None = None) -> Axes:
    """Draw the drop in performance as a matrix, with a column for each task and a row for each silenced module.

    Colours (viridis) range from no drop to the loss of all trials. A gain has the colour of no drop. A dot marks a drop
    more than two standard deviations above the mean drop of random lesions of equal size.

    Parameters
    ----------
    report
        The lesions of one network.
    ax
        Axes to draw on; by default those of a new figure.
    """
    drop_MK = report.drop_MK
    ax = axes_or_new(ax, 2.2 + 0.3 * drop_MK.shape[1], 1.6 + 0.26 * len(drop_MK))
    image = ax.imshow(drop_MK, aspect="auto", interpolation="nearest", cmap="viridis", vmin=0, vmax=1)
    module, task = np.nonzero(np.stack([lesion.drop_z_K for lesion in report.modules]) > MARKED_Z)
    dark = drop_MK[module, task] < 0.5
    ax.scatter(task, module, s=14, c=np.where(dark, "white", "black"), linewidths=0)
    ax.set_xticks(range(len(report.task_names)), report.task_names, fontsize=8, rotation=90)
    ax.set_yticks(range(len(drop_MK)), [f"{lesion.module} ({lesion.neurons})" for lesion in report.modules], fontsize=8)
    ax.set_ylabel("module silenced (neurons)", fontsize=9)
    ax.tick_params(length=0)
    show_only_spines(ax)
    label = "drop in performance"
    figure_of(ax).colorbar(image, ax=ax, label=label, pad=0.01).outline.set_visible(False)  # type: ignore[operator]
    return ax
