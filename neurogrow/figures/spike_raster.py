"""Spikes of every neuron over time."""

import numpy as np
from matplotlib.axes import Axes

from ..arrays import AnyArray, IntArray
from .canvas import INK, axes_or_new, bare, module_colours

_MANY_SPIKES = 5000
"""Above this, spikes are drawn as pixels even in a vector file."""


def spike_raster(spikes_TN: AnyArray, ax: Axes | None = None, *, module_N: IntArray | None = None) -> Axes:
    """Draw a mark for each tick at which a neuron spikes.

    Parameters
    ----------
    spikes_TN
        Spikes, or spike counts, of N neurons over T ticks.
    ax
        Where to draw; a new figure by default.
    module_N
        Module of each neuron: sorts the rows, module 0 at the top and neurons of none (-1, grey) at the bottom, and
        colours them.
    """
    ax = axes_or_new(ax, 7, 4)
    n = spikes_TN.shape[1]
    order = np.arange(n) if module_N is None else np.argsort(np.where(module_N < 0, n, module_N), kind="stable")
    tick, row = np.nonzero(spikes_TN[:, order])
    colours = INK if module_N is None else module_colours(module_N[order])[row]
    height = 72 * 3.4 / max(n, 1)  # points between rows
    ax.scatter(
        tick,
        row,
        s=float(np.clip(height, 1.5, 12)) ** 2,
        c=colours,
        marker="|",
        linewidths=1,
        rasterized=len(tick) > _MANY_SPIKES,
    )
    ax.set_xlim(-0.5, len(spikes_TN) - 0.5)
    ax.set_ylim(n - 0.5, -0.5)
    ax.set_xlabel("tick")
    ax.set_ylabel("neuron" if module_N is None else "neurons by module")
    bare(ax, "left", "bottom")
    return ax
