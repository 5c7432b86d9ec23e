"""Colours, markers and helpers that all figures share."""

from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure

from ..arrays import FloatArray, IntArray

MODULE_COLOURS = (
    "#eedd00", "#0000ff", "#aa5566", "#8877ff", "#99ee88", "#cc6600", "#440099", "#661155", "#772200", "#6699cc",
)  # fmt: skip
"""Ten colours of modules. They differ by at least 30 CIELAB units from each other, from white and from grey, for normal
vision, protanopia and deuteranopia (simulated after Machado et al. 2009, doi:10.1109/TVCG.2009.113)."""

MODULE_MARKERS = ("o", "s", "D", "^")
"""Markers of modules. Modules 10 to 19 repeat the ten colours with the second marker, and so on, because more than ten
colours are hard to distinguish."""

CONDITION_COLOURS = ("#0000ff", "#cc6600", "#661155", "#6699cc", "#aa5566", "#772200", "#8877ff")
"""Colours of conditions, from the same set."""

NETWORK_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Colours of networks in learning curves: those of Okabe and Ito without light yellow. They are safe for colour-blind
readers."""

MARKED_Z = 2.0
"""Drops in performance with a z above this value are marked in lesion matrices."""

GREY = "#cccccc"
"""Colour of neurons without a module."""
INK = "#333333"
"""Colour of lines and marks that stand for no category."""
POSITIVE, NEGATIVE = "#2166ac", "#c2182b"
"""Blue for positive weights and red for negative weights, as in the paper."""


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """Return ``ax``, or the Axes of a new figure; ``width`` and ``height`` are in inches."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt  # a report uses the colours above, and need not wait for pyplot

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def figure_of(ax: Axes) -> Figure:
    """Return the figure that contains ``ax``."""
    return cast(Figure, ax.get_figure(root=True))


def module_colours(module_N: IntArray) -> FloatArray:
    """Return the RGBA colour of each neuron by module, shape (N, 4); grey for neurons with module -1."""
    palette = to_rgba_array([*MODULE_COLOURS, GREY])
    return np.asarray(palette[np.where(module_N >= 0, module_N % len(MODULE_COLOURS), -1)])


def show_only_spines(ax: Axes, *sides: str) -> None:
    """Hide the border lines (spines) of ``ax`` except those of the given sides."""
    for name, spine in ax.spines.items():
        spine.set_visible(name in sides)
