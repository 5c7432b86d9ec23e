"""Functional and anatomical modularity of one network during training."""

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from .canvas import INK, NEGATIVE, POSITIVE, axes_or_new, show_only_spines

if TYPE_CHECKING:
    from ..analysis.emergence import Emergence


def co_emergence(growth: "Emergence", ax: Axes | None = None) -> Axes:
    """Draw functional modularity (left axis) and anatomical modularity (right axis) against training steps.

    Parameters
    ----------
    growth
        Measures of one network during its training.
    ax
        Axes to draw on; by default those of a new figure. Anatomical modularity is drawn on their twin.
    """
    ax = axes_or_new(ax, 6, 3.5)
    ax.plot(growth.step_S, growth.silhouette_S, color=POSITIVE, marker="o", markersize=3, linewidth=1.5)
    ax.set_xlabel("training step")
    ax.set_ylabel(f"functional: silhouette of {growth.k} modules", color=POSITIVE)
    twin = ax.twinx()
    for values_S, style, name in (
        (growth.isolated_S, "-", "isolated fraction"),
        (growth.compactness_S, "--", "cluster size"),
    ):
        twin.plot(growth.step_S, values_S, style, color=NEGATIVE, marker="s", markersize=3, linewidth=1.5, label=name)
    twin.axhline(2, color=INK, linestyle=":", linewidth=1)
    twin.set_ylabel("anatomical: -z against shuffled modules", color=NEGATIVE)
    twin.legend(loc="lower right", frameon=False, fontsize=8)
    show_only_spines(ax, "left", "bottom")
    show_only_spines(twin, "right", "bottom")
    return ax
