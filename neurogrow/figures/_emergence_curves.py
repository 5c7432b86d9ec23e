"""One measure during training for several conditions."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from ..analysis.emergence import MEASURES, Emergence
from ..errors import InputError, nearest
from .canvas import CONDITION_COLOURS, axes_or_new, show_only_spines


def emergence_curves(conditions: Mapping[str, Sequence[Emergence]], measure: str, ax: Axes | None = None) -> Axes:
    """Draw a measure against training steps: the mean over each condition's networks, with a band from min to max.

    For a z score, the band of its null, |z| < 2, is drawn in grey.

    Parameters
    ----------
    conditions
        Networks by name of the condition. All networks of a condition have the same training steps.
    measure
        A key of :data:`neurogrow.analysis.emergence.MEASURES`.
    ax
        Axes to draw on; by default those of a new figure.

    Raises
    ------
    InputError
        If the measure is unknown, or networks of a condition were measured at different steps.
    """
    if measure not in MEASURES:
        raise InputError(
            f"Unknown measure '{measure}'; it is one of {list(MEASURES)}.{nearest(measure, list(MEASURES))}"
        )
    ax = axes_or_new(ax, 5, 3.5)
    if MEASURES[measure].endswith("-z"):
        ax.axhspan(-2, 2, color="#eeeeee", linewidth=0)
    for index, (name, networks) in enumerate(conditions.items()):
        steps_S = networks[0].step_S
        if any(not np.array_equal(network.step_S, steps_S) for network in networks):
            raise InputError(
                f"The networks of {name} were measured at different steps; train them with equal training.steps and "
                "training.snapshot_every."
            )
        values_RS = np.stack([getattr(network, measure) for network in networks])
        colour = CONDITION_COLOURS[index % len(CONDITION_COLOURS)]
        ax.plot(steps_S, values_RS.mean(0), color=colour, linewidth=1.5, label=f"{name} (n = {len(networks)})")
        ax.fill_between(steps_S, values_RS.min(0), values_RS.max(0), color=colour, alpha=0.15, linewidth=0)
    ax.set_xlabel("training step")
    ax.set_ylabel(MEASURES[measure])
    show_only_spines(ax, "left", "bottom")
    return ax
