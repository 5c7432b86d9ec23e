"""Brain map: neurons at their places, and weights as lines (the paper's figure 1a and c)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba_array
from scipy import sparse

from ..arrays import FloatArray, IntArray
from ..network import ACTIVE_WEIGHT
from .canvas import INK, MODULE_COLOURS, MODULE_MARKERS, NEGATIVE, POSITIVE, axes_or_new, figure_of, module_colours

_MANY_LINES = 3000
"""Above this number, lines are drawn as pixels even in a vector file, because the file would be slow to open."""

_CROWDED = 5000
"""Above this number, lines become thinner and more transparent, so that they do not hide each other."""


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
        Recurrent weights, dense or sparse, [post, pre], shape (N, N). Positive weights are blue, negative weights red.
        Width and opacity grow with magnitude, and stronger lines are drawn on top. Weights of a neuron to itself are
        not drawn.
    positions_N2
        Positions on the unit square (row, column), shape (N, 2). Row 0 is drawn at the top.
    module_N
        Module of each neuron, or -1, shape (N,). Neurons with -1 are small and grey. Without modules, all neurons look
        the same.
    ax
        Axes to draw on; by default those of a new figure.
    threshold
        Only connections with |w| above the threshold are drawn.
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
    active = np.flatnonzero((np.abs(weights.data) > threshold) & (post != pre))
    drawn = active[np.argsort(np.abs(weights.data[active]), kind="stable")]
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
    no_module, colours = module_N < 0, module_colours(module_N)
    ax.scatter(x_N[no_module], y_N[no_module], s=area / 6, c=colours[no_module], linewidths=0, zorder=2)
    for cycle in range(int(module_N.max(initial=-1)) // len(MODULE_COLOURS) + 1):
        own = ~no_module & (module_N // len(MODULE_COLOURS) == cycle)
        marker = MODULE_MARKERS[cycle % len(MODULE_MARKERS)]
        ax.scatter(
            x_N[own], y_N[own], s=area, c=colours[own], marker=marker, edgecolors="white", linewidths=0.6, zorder=3
        )


def _marker_area(ax: Axes, xy_N2: FloatArray) -> float:
    """Return the area, in square points, of a marker half as wide as the spacing of neurons."""
    place = ax.get_position()
    inches = float(min(figure_of(ax).get_size_inches() * [place.width, place.height]))
    step = _spacing(xy_N2)
    extent = float(np.ptp(xy_N2, axis=0).max()) + step
    return float(np.clip((0.5 * 72 * inches * step / extent) ** 2, 3, 150))


def _spacing(positions_N2: FloatArray) -> float:
    """Return the smallest distance between two rows or columns with neurons; 1 if there is one row and one column."""
    steps = np.concatenate([np.diff(np.unique(axis.round(9))) for axis in positions_N2.T])
    return float(steps.min(initial=1.0))
