"""Figures with matplotlib. Each function draws on the Axes ``ax``, or on a new one, and returns the Axes.

No function shows or saves a figure. Each lives in a file of its own, which is imported when the function is first used:
``from neurogrow.figures import brain_map`` loads matplotlib and what the brain map needs.
"""

from typing import TYPE_CHECKING

from .._internal.lazy import lazily

if TYPE_CHECKING:
    from ._brain_map import brain_map
    from ._co_emergence import co_emergence
    from ._condition_intervals import condition_intervals
    from ._core_map import core_map
    from ._emergence_curves import emergence_curves
    from ._importance import importance
    from ._lesion_matrix import lesion_matrix
    from ._modularity_over_k import modularity_over_k
    from ._null_histogram import null_histogram
    from ._performance_bars import performance_bars
    from ._spike_raster import spike_raster
    from ._task_variance_matrix import task_variance_matrix
    from ._trade_off import trade_off
    from ._training_curves import training_curves
    from ._transfer_curves import transfer_curves
    from ._weight_by_distance import weight_by_distance

__all__ = [
    "brain_map",
    "co_emergence",
    "condition_intervals",
    "core_map",
    "emergence_curves",
    "importance",
    "lesion_matrix",
    "modularity_over_k",
    "null_histogram",
    "performance_bars",
    "spike_raster",
    "task_variance_matrix",
    "trade_off",
    "training_curves",
    "transfer_curves",
    "weight_by_distance",
]

if not TYPE_CHECKING:
    __getattr__ = lazily(__name__, homes={name: f"_{name}" for name in __all__})
