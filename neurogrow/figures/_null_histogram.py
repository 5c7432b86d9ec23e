"""A measure of a network, and its null distribution over shuffles (the paper's figure 2 b)."""

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..arrays import FloatArray
from .canvas import GREY, NEGATIVE, axes_or_new, show_only_spines


def null_histogram(value: float, null_S: FloatArray, ax: Axes | None = None, *, measure: str = "") -> Axes:
    """Draw the distribution of a measure over shuffles as bars, and the value of the network as a line.

    Parameters
    ----------
    value
        The measure of the network.
    null_S
        The measure of S shuffles, shape (S,).
    ax
        Axes to draw on; by default those of a new figure.
    measure
        Name of the measure, for the axis.
    """
    ax = axes_or_new(ax, 4, 3)
    ax.hist(null_S, bins=30, color=GREY, density=True, label="shuffled")
    ax.axvline(value, color=NEGATIVE, linewidth=2, label="network")
    ax.set_xlabel(measure)
    ax.set_yticks([])
    ax.xaxis.set_major_locator(MaxNLocator(5))
    show_only_spines(ax, "bottom")
    ax.legend(frameon=False, fontsize=8)
    return ax
