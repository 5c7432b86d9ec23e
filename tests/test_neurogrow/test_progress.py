import pytest
from rich.console import Console

from neurogrow.cli import output
from neurogrow.progress import TRAINING_STEPS, counted, counted_as_part, heard_by, tell


def heard(items):
    said = []
    with heard_by(lambda *words: said.append(words)):
        assert list(counted(items, "things")) == list(items)
    return said


def test_a_listener_hears_what_is_done_before_each_and_at_the_end():
    assert heard("ab") == [("things", 0, 2), ("things", 1, 2), ("things", 2, 2)]
    assert heard("") == [("things", 0, 0)]


def test_without_a_listener_nothing_is_said_and_the_one_before_is_back_afterwards():
    said = []
    with heard_by(lambda *words: said.append(words)):
        with heard_by(None):
            assert list(counted("ab", "inner")) == ["a", "b"]
        assert not said
        with pytest.raises(KeyError), heard_by(None):
            raise KeyError
        list(counted("c", "outer"))
    list(counted("d", "afterwards"))
    assert {what for what, _, _ in said} == {"outer"}


@pytest.fixture
def screen(monkeypatch):
    """A terminal, and bars for all that is counted, however short."""
    console = Console(force_terminal=True, width=100, record=True)
    monkeypatch.setattr(output, "_errors", console)
    monkeypatch.setattr(output, "WORTH_A_BAR", -1)
    return console


def test_who_watches_sees_bars_one_inside_the_other(screen, capsys):
    with output.progress_bars():
        for _ in counted(range(3), "networks"):
            for _ in counted(range(2), "snapshots"):
                pass
        list(counted(range(4), "readers"))
    seen = capsys.readouterr().out
    assert all(word in seen for word in ("networks", "snapshots", "readers", "0/3"))


def test_bars_end_with_the_work_even_if_it_fails(screen, capsys):
    bars = output._Bars()
    bars.hear("networks", 0, 2)
    assert bars.live is not None
    bars.hear("networks", 2, 2)
    assert bars.live is None
    half_done = counted(range(3), "networks")
    with pytest.raises(ZeroDivisionError), output.progress_bars():
        1 / next(half_done)
    with output.progress_bars():
        list(counted(range(2), "networks"))  # rich refuses a second live display beside one that was left open


def test_what_is_short_and_what_nobody_watches_gets_no_bar(screen, monkeypatch, capsys):
    monkeypatch.setattr(output, "WORTH_A_BAR", 60)
    with output.progress_bars():
        list(counted(range(3), "networks"))
    monkeypatch.setattr(output, "WORTH_A_BAR", -1)
    monkeypatch.setattr(output, "_errors", Console(force_terminal=False))
    with output.progress_bars():
        list(counted(range(3), "networks"))
    assert capsys.readouterr().out == ""


def test_training_has_a_bar_of_its_own_alone(screen, capsys):
    with output.progress_bars(), output.training_progress("training"):
        list(counted(range(3), "recordings"))
        tell(TRAINING_STEPS, 1, 2, {"performance": 0.5})
    seen = capsys.readouterr().out
    assert "performance 0.50" in seen
    assert "recordings" not in seen


def test_values_come_as_a_fourth_argument_and_only_where_there_are_some():
    said = []
    with heard_by(lambda *words: said.append(words)):
        tell("steps", 1, 2)
        tell("steps", 2, 2, {"performance": 0.5})
        tell("steps", 2, 2, {})
    assert said == [("steps", 1, 2), ("steps", 2, 2, {"performance": 0.5}), ("steps", 2, 2)]


def test_a_part_of_more_work_is_counted_within_it_and_other_work_as_it_is():
    said = []
    with heard_by(lambda *words: said.append(words)), counted_as_part("steps", 10, 2, 20):
        tell("steps", 3, 5, {"a": 1.0})
        tell("others", 1, 2)
    assert said == [("steps", 16, 20, {"a": 1.0}), ("others", 1, 2)]
    with counted_as_part("steps", 10, 2, 20):
        tell("steps", 1, 5)  # nobody listens
