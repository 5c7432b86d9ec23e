"""Spikes of every neuron over time."""

import numpy as np
from matplotlib.axes import Axes

from ..arrays import AnyArray, IntArray
from .canvas import INK, axes_or_new, module_colours, show_only_spines

_MANY_SPIKES = 5000
"""Above this number, spikes are drawn as pixels even in a vector file."""


def spike_raster(spikes_TN: AnyArray, ax: Axes | None = None, *, module_N: IntArray | None = None) -> Axes:
    """Draw a mark for each tick at which a neuron spikes.

    Parameters
    ----------
    spikes_TN
        Spikes, or spike counts, of N neurons over T ticks, shape (T, N).
    ax
        Axes to draw on; by default those of a new figure.
    module_N
        Module of each neuron, or -1, shape (N,). Rows are sorted and coloured by module: module 0 is at the top, and
        neurons with -1 are grey and at the bottom.
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
    show_only_spines(ax, "left", "bottom")
    return ax
