"""A measure along the training of several conditions."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from ..analysis.emergence import MEASURES, Emergence
from ..errors import InputError, nearest
from .canvas import CONDITION_COLOURS, axes_or_new, bare


def emergence_curves(conditions: Mapping[str, Sequence[Emergence]], measure: str, ax: Axes | None = None) -> Axes:
    """Draw a measure against training steps: each condition's mean over networks, in a band from least to largest.

    Parameters
    ----------
    conditions
        Networks of each condition along their training, measured at the same steps within a condition.
    measure
        A key of :data:`neurogrow.analysis.emergence.MEASURES`.
    ax
        Where to draw; a new figure by default. Of a z score, the band of its null, |z| < 2, is drawn in grey.

    Raises
    ------
    InputError
        If the measure is not known, or networks of a condition were measured at different steps.
    """
    if measure not in MEASURES:
        raise InputError(
            f"Unknown measure '{measure}'; it is one of {list(MEASURES)}.{nearest(measure, list(MEASURES))}"
        )
    ax = axes_or_new(ax, 5, 3.5)
    if MEASURES[measure].endswith("-z"):
        ax.axhspan(-2, 2, color="#eeeeee", linewidth=0)
    for place, (name, grown) in enumerate(conditions.items()):
        steps_S = grown[0].step_S
        if any(not np.array_equal(each.step_S, steps_S) for each in grown):
            raise InputError(f"The networks of {name} were measured at different steps; train them alike.")
        values_RS = np.stack([getattr(each, measure) for each in grown])
        colour = CONDITION_COLOURS[place % len(CONDITION_COLOURS)]
        ax.plot(steps_S, values_RS.mean(0), color=colour, linewidth=1.5, label=f"{name} (n = {len(grown)})")
        ax.fill_between(steps_S, values_RS.min(0), values_RS.max(0), color=colour, alpha=0.15, linewidth=0)
    ax.set_xlabel("training step")
    ax.set_ylabel(MEASURES[measure])
    bare(ax, "left", "bottom")
    return ax
