"""Learning curves of new tasks on networks with frozen recurrent weights."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from ..arrays import IntArray
from ..errors import InputError
from .canvas import INK, NETWORK_COLOURS, axes_or_new, show_only_spines

if TYPE_CHECKING:
    from ..analysis.transfer import TransferCurve, TransferReport


def transfer_curves(reports: Mapping[str, "TransferReport"], ax: Axes | None = None) -> Axes:
    """Draw performance on the new tasks against trials seen, with one colour per network.

    Solid lines are trained networks. Dashed lines are the same networks with each neuron's recurrent weights shuffled.
    Lines are means over tasks and replicas, and bands span the range over replicas. The dotted line is the criterion.
    The axis of trials is linear up to ten and logarithmic above.

    Parameters
    ----------
    reports
        Transfer reports by name of the network; all have the same new tasks.
    ax
        Axes to draw on; by default those of a new figure.

    Raises
    ------
    InputError
        If there is no report, or reports have different new tasks.
    """
    if len({report.task_names for report in reports.values()}) != 1:
        raise InputError("All curves of a figure need the same new tasks; give transfers with equal --tasks.")
    ax = axes_or_new(ax, 6, 3.8)
    for index, (name, report) in enumerate(reports.items()):
        colour = NETWORK_COLOURS[index % len(NETWORK_COLOURS)]
        _curve(ax, report.trials_P, report.grown, colour, "-", name)
        _curve(ax, report.trials_P, report.shuffled, colour, "--", f"{name}, shuffled")
    report = next(iter(reports.values()))
    ceiling = float(report.ceiling_K.mean())
    ax.axhline(ceiling, color=INK, linewidth=1, label="ideal observer")
    ax.axhline(report.criterion * ceiling, color=INK, linestyle=":", linewidth=1, label="criterion")
    ax.set_xscale("symlog", linthresh=10)
    ax.set_xlim(0, max(report.trials_P[-1] for report in reports.values()))
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("trials of the new tasks seen")
    ax.set_ylabel("performance (mean of new tasks)")
    show_only_spines(ax, "left", "bottom")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
    return ax


def _curve(ax: Axes, trials_P: IntArray, curve: "TransferCurve", colour: str, style: str, label: str) -> None:
    mean_RP = curve.mean_RP
    ax.plot(trials_P, np.mean(mean_RP, axis=0), color=colour, linestyle=style, linewidth=1.5, label=label)
    ax.fill_between(trials_P, mean_RP.min(axis=0), mean_RP.max(axis=0), color=colour, alpha=0.15, linewidth=0)
