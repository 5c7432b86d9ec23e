"""The tasks that the ideal observer covers: those whose records meet the assumptions of its simulation."""

from itertools import pairwise

from .catalog import Period, Task


def uncovered(task: Task) -> str:
    """Return why the ideal observer's performance of a task is not known, or an empty text if it is known.

    It is known for all built-in tasks. A record of your own can break one of these assumptions:

    1. The observer sees every period begin: the fixation input goes on or off, or the stimuli do.
    2. Every stimulus that the response depends on is shown.
    3. A reach task is not noisy; a decision task is, in every ring that shows its stimuli. A matching task is either.
    4. Of the periods that show a stimulus, only the last may have a choice of durations.
    """
    needed = {0} if task.family == "reach" else {0, 1}
    appearances = [_appearance(period) for period in task.periods]
    if any(before == after for before, after in pairwise(appearances)):
        return "two successive periods look alike, so the beginning of the second cannot be seen"
    if task.shown == "none" or needed - {stimulus for period in task.periods for stimulus in period.shows}:
        return "a stimulus that the response depends on is not shown"
    if any(strength <= 0 for pair in task.strengths for strength in (pair if len(needed) > 1 else pair[:1])):
        return "a stimulus that the response depends on can have strength 0"
    return _uncovered_noise(task) or _uncovered_evidence(task)


def _appearance(period: Period) -> tuple[bool, bool]:
    return period.fixation, bool(period.shows)


def _uncovered_noise(task: Task) -> str:
    if task.family == "reach" and task.noisy != "none":
        return "a reach task with noise is not simulated"
    if task.noisy == "none":
        return "a decision task without noise is not simulated" if task.family == "decision" else ""
    if task.noisy != task.shown and (task.noisy != "both" or task.shown == "either"):
        return "the rings with noise are not those that show the stimuli"
    return ""


def _uncovered_evidence(task: Task) -> str:
    showing = [period for period in task.periods if period.shows]
    if task.noisy != "none" and any(len(set(period.durations)) > 1 for period in showing[:-1]):
        return "a stimulus before the last one has a choice of durations"
    counting = ("both", "first", "second") if task.shown == "both" else ("both", task.shown)
    if task.family == "decision" and task.attended not in counting:
        return "the attended modality is not the one that shows the stimuli"
    return ""
