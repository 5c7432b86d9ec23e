"""Mean weight magnitude by distance."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from .canvas import POSITIVE, axes_or_new, show_only_spines

if TYPE_CHECKING:
    from ..analysis.anatomy import Locality


def weight_by_distance(locality: "Locality", ax: Axes | None = None, *, label: str | None = None) -> Axes:
    """Draw the mean weight magnitude of each distance bin on a logarithmic axis.

    A bin with only zero weights leaves a gap in the curve.

    Parameters
    ----------
    locality
        Mean |w| by distance.
    ax
        Axes to draw on; by default those of a new figure. Give the same Axes again to add another network.
    label
        Name of the network in the legend; without a name there is no legend.
    """
    ax = axes_or_new(ax, 5, 3.5)
    mean_C = np.where(locality.mean_weight_C > 0, locality.mean_weight_C, np.nan)
    colour = POSITIVE if label is None else None  # named networks take matplotlib's colour cycle
    ax.plot(locality.distance_C, mean_C, marker="o", markersize=4, linewidth=1.5, color=colour, label=label)
    if np.isfinite(mean_C).any():
        ax.set_yscale("log")
    ax.set_xlabel("distance on the unit square")
    ax.set_ylabel("mean |w|")
    show_only_spines(ax, "left", "bottom")
    if label is not None:
        ax.legend(frameon=False)
    return ax
