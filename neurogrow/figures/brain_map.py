"""The network as a brain: neurons at their places, weights as lines (the paper's figure 1a and c)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba_array
from scipy import sparse

from ..arrays import FloatArray, IntArray
from ..network import ACTIVE_WEIGHT
from .canvas import INK, MODULE_COLOURS, MODULE_MARKERS, NEGATIVE, POSITIVE, axes_or_new, figure_of, module_colours

_MANY_LINES = 3000
"""Above this, lines are drawn as pixels even in a vector file, which would be slow to open otherwise."""

_CROWDED = 5000
"""Above this, lines become thinner and fainter, so that those of a dense network do not hide each other all."""


def brain_map(
    weights_NN: FloatArray | sparse.csr_array,
    positions_N2: FloatArray,
    module_N: IntArray | None = None,
    ax: Axes | None = None,
    *,
    threshold: float = ACTIVE_WEIGHT,
) -> Axes:
    """Draw every neuron at its place and every active connection as a line.

    Parameters
    ----------
    weights_NN
        Recurrent weights, dense or sparse, [post, pre]. Lines are blue where positive and red where negative; width and
        opacity grow with magnitude, and the strongest lie on top. A weight of a neuron to itself has no line.
    positions_N2
        Positions on the unit square (row, column); row 0 is drawn at the top.
    module_N
        Module of each neuron, -1 for none (small and grey). Without it all neurons are alike.
    ax
        Where to draw; a new figure by default.
    threshold
        Connections with |w| above it are drawn.
    """
    ax = axes_or_new(ax, 5, 5)
    ax.add_collection(_weight_lines(_triplets(weights_NN), positions_N2[:, ::-1], threshold))
    _draw_neurons(ax, positions_N2[:, ::-1], module_N)
    half = _spacing(positions_N2) / 2
    ax.set_xlim(positions_N2[:, 1].min() - half, positions_N2[:, 1].max() + half)
    ax.set_ylim(positions_N2[:, 0].max() + half, positions_N2[:, 0].min() - half)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def _triplets(weights_NN: FloatArray | sparse.csr_array) -> sparse.coo_array:
    return weights_NN.tocoo() if isinstance(weights_NN, sparse.csr_array) else sparse.coo_array(np.asarray(weights_NN))


def _weight_lines(weights: sparse.coo_array, xy_N2: FloatArray, threshold: float) -> LineCollection:
    post, pre = weights.coords
    wanted = np.flatnonzero((np.abs(weights.data) > threshold) & (post != pre))
    drawn = wanted[np.argsort(np.abs(weights.data[wanted]), kind="stable")]
    weight = weights.data[drawn].astype(np.float64)
    strength = np.abs(weight) / np.abs(weight).max(initial=threshold or 1.0)
    colours = to_rgba_array([NEGATIVE, POSITIVE])[(weight > 0).astype(int)]
    thinned = min(1.0, (_CROWDED / max(len(drawn), 1)) ** 0.5)
    colours[:, 3] = thinned * (0.05 + 0.85 * strength)
    return LineCollection(
        list(np.stack([xy_N2[pre[drawn]], xy_N2[post[drawn]]], axis=1)),
        colors=colours,
        linewidths=thinned * (0.3 + 2.0 * strength),
        capstyle="round",
        rasterized=len(drawn) > _MANY_LINES,
        zorder=1,
    )


def _draw_neurons(ax: Axes, xy_N2: FloatArray, module_N: IntArray | None) -> None:
    area = _marker_area(ax, xy_N2)
    x_N, y_N = xy_N2.T
    if module_N is None:
        ax.scatter(x_N, y_N, s=area / 2, color=INK, linewidths=0, zorder=2)
        return
    none, colours = module_N < 0, module_colours(module_N)
    ax.scatter(x_N[none], y_N[none], s=area / 6, c=colours[none], linewidths=0, zorder=2)
    for turn in range(int(module_N.max(initial=-1)) // len(MODULE_COLOURS) + 1):
        own = ~none & (module_N // len(MODULE_COLOURS) == turn)
        marker = MODULE_MARKERS[turn % len(MODULE_MARKERS)]
        ax.scatter(
            x_N[own], y_N[own], s=area, c=colours[own], marker=marker, edgecolors="white", linewidths=0.6, zorder=3
        )


def _marker_area(ax: Axes, xy_N2: FloatArray) -> float:
    """Area in square points of a marker half as wide as the step between neurons."""
    place = ax.get_position()
    inches = float(min(figure_of(ax).get_size_inches() * [place.width, place.height]))
    step = _spacing(xy_N2)
    extent = float(np.ptp(xy_N2, axis=0).max()) + step
    return float(np.clip((0.5 * 72 * inches * step / extent) ** 2, 3, 150))


def _spacing(positions_N2: FloatArray) -> float:
    """Smallest step between rows or columns that hold a neuron; 1 where there is but one of each."""
    steps = np.concatenate([np.diff(np.unique(axis.round(9))) for axis in positions_N2.T])
    return float(steps.min(initial=1.0))
