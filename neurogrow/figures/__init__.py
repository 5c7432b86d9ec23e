"""Figures, one per file. Each draws on the Axes given or on one of its own and returns it; none shows or saves it."""

from .brain_map import brain_map
from .co_emergence import co_emergence
from .condition_intervals import condition_intervals
from .core_map import core_map
from .emergence_curves import emergence_curves
from .importance import importance
from .lesion_matrix import lesion_matrix
from .modularity_over_k import modularity_over_k
from .null_histogram import null_histogram
from .performance_bars import performance_bars
from .spike_raster import spike_raster
from .task_variance_matrix import task_variance_matrix
from .trade_off import trade_off
from .training_curves import training_curves
from .transfer_curves import transfer_curves
from .weight_by_distance import weight_by_distance

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
