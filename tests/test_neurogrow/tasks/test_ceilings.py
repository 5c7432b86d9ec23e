import json

import numpy as np
import pytest

from neurogrow.tasks import MODCOG, TaskSet, ceilings, ideal_performance
from neurogrow.tasks.ceilings import CEILING_SEED, CEILING_TRIALS, TABLE_RING, ceiling_table, ideal_ceiling


def test_the_table_has_every_built_in_task_and_says_how_it_was_made():
    value = json.loads((ceilings.files("neurogrow.tasks") / ceilings.TABLE_FILE).read_text())
    assert set(ceiling_table()) == set(MODCOG)
    assert (value["ring"], value["trials_per_task"], value["seed"]) == (TABLE_RING, CEILING_TRIALS, CEILING_SEED)
    assert all(0.5 < performance <= 1 for performance in ceiling_table().values())


@pytest.mark.parametrize("name", ["go", "dm1", "dms", "dlygointr"])
def test_entries_are_what_the_ideal_observer_gives(name):
    simulated = ideal_performance(TaskSet((name,), TABLE_RING), CEILING_TRIALS, CEILING_SEED)
    assert ceiling_table()[name] == pytest.approx(simulated.mean_K[0], abs=1e-9)  # sums may differ between processors


def test_values_come_in_the_order_of_the_tasks():
    names = ("dm2", "go", "dms")
    np.testing.assert_array_equal(ideal_ceiling(TaskSet(names)), [ceiling_table()[name] for name in names])


def test_another_ring_is_simulated(monkeypatch):
    monkeypatch.setattr(ceilings, "CEILING_TRIALS", 200)
    tasks = TaskSet(("go", "dm1"), ring=4)
    np.testing.assert_array_equal(ideal_ceiling(tasks), ideal_performance(tasks, 200, CEILING_SEED).mean_K)
