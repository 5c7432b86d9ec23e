"""The performance of an ideal observer on a set of tasks, from a table where the table has it.

The ideal observer's performance on a built-in task is a constant. Simulating it takes seconds, so the values for rings
of :data:`TABLE_RING` directions are stored in ``ceilings.json``. ``tools/ideal_ceilings.py`` computes that file.
"""

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from ..arrays import FloatArray
from .encoding import TaskEncoding
from .ideal_observer import ideal_performance
from .modcog import MODCOG

CEILING_TRIALS, CEILING_SEED = 5_000, 30_000
"""Simulated trials of each task behind the ideal observer's performance, and their seed: the same for every network."""
TABLE_RING = 16
"""Directions on the ring for which the table holds values: the default of ``tasks.ring``."""
TABLE_FILE = "ceilings.json"


def ideal_ceiling(task_set: TaskEncoding) -> FloatArray:
    """Return the ideal observer's performance on each task of a set, shape (K,).

    Tasks that are not in the table are simulated, with :data:`CEILING_TRIALS` trials each.
    """
    table = ceiling_table() if task_set.ring == TABLE_RING else {}
    missing = tuple(name for name in task_set.names if name not in table)
    if missing:
        simulated = ideal_performance(replace(task_set, names=missing), CEILING_TRIALS, CEILING_SEED).mean_K
        table = table | dict(zip(missing, simulated.tolist(), strict=True))
    return np.array([table[name] for name in task_set.names])


@cache
def ceiling_table() -> dict[str, float]:
    """Return the stored performance of the ideal observer, by task."""
    value = json.loads((files("neurogrow.tasks") / TABLE_FILE).read_text(encoding="utf-8"))
    performance: dict[str, float] = value["performance"]
    return performance


def computed_table() -> dict[str, Any]:
    """Compute the content of ``ceilings.json``: every built-in task, with what the values depend on."""
    found = ideal_performance(TaskEncoding(MODCOG, TABLE_RING), CEILING_TRIALS, CEILING_SEED)
    return {
        "format": "neurogrow-ceilings-1",
        "ring": TABLE_RING,
        "trials_per_task": CEILING_TRIALS,
        "seed": CEILING_SEED,
        "performance": dict(zip(found.names, found.mean_K.tolist(), strict=True)),
    }
