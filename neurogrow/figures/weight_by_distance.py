"""How weights decay with distance."""

import numpy as np
from matplotlib.axes import Axes

from ..analysis.anatomy import Locality
from .canvas import POSITIVE, axes_or_new, bare


def weight_by_distance(locality: Locality, ax: Axes | None = None, *, label: str | None = None) -> Axes:
    """Draw the mean weight magnitude of each distance bin on a logarithmic axis; bins of zeros leave a gap.

    Parameters
    ----------
    locality
        Mean |w| by distance.
    ax
        Where to draw, also several networks one after another; a new figure by default.
    label
        Name of the network in the legend; no legend without it.
    """
    ax = axes_or_new(ax, 5, 3.5)
    mean_C = np.where(locality.mean_weight_C > 0, locality.mean_weight_C, np.nan)
    colour = POSITIVE if label is None else None  # several networks take the colours of the cycle
    ax.plot(locality.distance_C, mean_C, marker="o", markersize=4, linewidth=1.5, color=colour, label=label)
    if np.isfinite(mean_C).any():
        ax.set_yscale("log")
    ax.set_xlabel("distance on the unit square")
    ax.set_ylabel("mean |w|")
    bare(ax, "left", "bottom")
    if label is not None:
        ax.legend(frameon=False)
    return ax
