"""Anatomical modularity for each number of modules."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from ..arrays import FloatArray
from .canvas import GREY, INK, NEGATIVE, POSITIVE, axes_or_new, show_only_spines

if TYPE_CHECKING:
    from ..analysis.nulls import NullComparison
    from ..analysis.report import ModularityReport


def modularity_over_k(report: "ModularityReport", ax: Axes | None = None) -> Axes:
    """Draw z of the isolated fraction and of the cluster size against the number of modules.

    Modules with z below the grey band (|z| < 2) are more compact than shuffled modules. The dotted line marks the
    number of modules that the silhouette chose. A curve has a gap if z is undefined.

    Parameters
    ----------
    report
        Report of one network.
    ax
        Axes to draw on; by default those of a new figure.
    """
    ax = axes_or_new(ax, 5, 3.5)
    k = [measured.k for measured in report.over_k]
    ax.axhspan(-2, 2, color=GREY, alpha=0.4, linewidth=0, label="shuffled, |z| < 2")
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.axvline(report.chosen.k, color=INK, linestyle=":", linewidth=1, label=f"chosen, k = {report.chosen.k}")
    isolated = _z([measured.isolated_fraction for measured in report.over_k])
    extent = _z([measured.cluster_size for measured in report.over_k])
    ax.plot(k, isolated, marker="o", markersize=4, color=POSITIVE, label="isolated fraction")
    ax.plot(k, extent, marker="s", markersize=4, color=NEGATIVE, label="cluster size")
    ax.set_xlabel("number of modules k")
    ax.set_ylabel("z against shuffled modules")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    show_only_spines(ax, "left", "bottom")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=8)
    return ax


def _z(nulls: "list[NullComparison]") -> FloatArray:
    return np.array([np.nan if null.z is None else null.z for null in nulls])
