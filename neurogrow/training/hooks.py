"""Hooks: functions that see the state of training after every step, to log it or to stop early.

A hook takes a :class:`~neurogrow.training.state.TrainingState`. It finds the number of steps done in ``step``, the last
row of metrics in ``metrics``, and the networks in ``model``. This one stops when the networks are good enough::

    def good_enough(state):
        if state.metrics.get("performance", 0) > 0.95:
            raise StopTraining

    train(config, out, hooks=[good_enough])
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .state import TrainingState

Hook: TypeAlias = "Callable[[TrainingState], object]"
"""Called after each step, once its metrics and checkpoint are written. What it returns is ignored."""


class StopTraining(Exception):  # noqa: N818  (it ends training as asked, and reports no error)
    """Raised by a hook to end training. The networks are saved and logged at this step, and the run is finished."""
