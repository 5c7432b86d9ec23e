from types import SimpleNamespace

import pytest

from neurogrow.errors import InputError
from neurogrow.training import tensorboard
from neurogrow.training.tensorboard import tensorboard_log


def test_each_row_is_written_once_under_its_columns(tmp_path):
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    with tensorboard_log(tmp_path / "log") as hook:
        hook(SimpleNamespace(step=1, metrics={}))
        assert not (tmp_path / "log").exists()
        for done, row in ((2, {"step": 2, "performance": 0.25}), (3, {"step": 2, "performance": 0.25})):
            hook(SimpleNamespace(step=done, metrics=row))
        hook(SimpleNamespace(step=4, metrics={"step": 4, "performance": 0.5}))
    events = reading.EventAccumulator(str(tmp_path / "log")).Reload()
    assert events.Tags()["scalars"] == ["performance"]
    assert [(each.step, each.value) for each in events.Scalars("performance")] == [(2, 0.25), (4, 0.5)]


def test_without_tensorboard_the_message_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tensorboard, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install neurogrow\[tensorboard\]"), tensorboard_log(tmp_path):
        pass
