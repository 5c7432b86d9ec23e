"""What figures share: colours of modules and signs, and an Axes where none is given."""

from typing import cast

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure

from ..arrays import FloatArray, IntArray

MODULE_COLOURS = (
    "#eedd00", "#0000ff", "#aa5566", "#8877ff", "#99ee88", "#cc6600", "#440099", "#661155", "#772200", "#6699cc",
)  # fmt: skip
"""Ten colours at least 30 CIELAB units from each other, from white and from grey, for normal vision and as protanopes
and deuteranopes see them (simulated after Machado et al. 2009, doi:10.1109/TVCG.2009.113)."""

MODULE_MARKERS = ("o", "s", "D", "^")
"""More than ten colours cannot be told apart: modules 10 to 19 repeat the colours with the second marker, and so on."""

CONDITION_COLOURS = ("#0000ff", "#cc6600", "#661155", "#6699cc", "#aa5566", "#772200", "#8877ff")
"""Colours of conditions that are compared, from the same set."""

GREY = "#cccccc"
"""Neurons of no module."""
INK = "#333333"
"""Lines and marks that carry no category."""
POSITIVE, NEGATIVE = "#2166ac", "#c2182b"
"""Blue for positive weights, red for negative ones, as in the paper."""


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """Return ``ax``, or the Axes of a new figure of that size in inches."""
    return plt.subplots(figsize=(width, height), layout="constrained")[1] if ax is None else ax


def figure_of(ax: Axes) -> Figure:
    """Return the figure that ``ax`` belongs to."""
    return cast(Figure, ax.get_figure(root=True))


def module_colours(module_N: IntArray) -> FloatArray:
    """Colour of each neuron by module as RGBA, shape (N, 4); grey where there is none (-1)."""
    palette = to_rgba_array([*MODULE_COLOURS, GREY])
    return np.asarray(palette[np.where(module_N >= 0, module_N % len(MODULE_COLOURS), -1)])


def bare(ax: Axes, *sides: str) -> None:
    """Remove the frame of ``ax`` but for the sides named."""
    for name, spine in ax.spines.items():
        spine.set_visible(name in sides)
