"""Mod-Cog: 82 tasks, which are the 20 tasks of Yang et al. (2019) and 62 variants of them.

A variant changes a task in one of two ways, to the right (``r``: towards higher directions) or to the left (``l``):

- **Interval** (``int``, of the 11 tasks with a delay): every 100 ms of the delay turn the response by one direction, so
  the network must measure the delay. See :func:`interval`.
- **Sequence** (``seq``, of all 20 tasks): the response moves by one direction per 100 ms of the decision. See
  :func:`sequence`.

The source is ``mod_cog_tasks.py`` and the README of https://github.com/mikailkhona/Mod_Cog (CC0), at commit 4110143.
The durations of variants are those of that code. The geometry here is one rule for all families, which that code
follows in 58 of the 62 variants. Three things differ:

- In that code, classes wrap around modulo the ring, and class 0 is one of them. So the class of the last direction
  becomes 0, to fixate. Here directions wrap around, and moving a response never turns it into fixating.
- In ``dlygoint`` and ``dlyantiint``, that code turns the stimulus away from the response instead of the response away
  from the stimulus. It turns by 1 radian per 100 ms, which ends between two directions: its velocity of 0.01 per ms
  means radians there and directions elsewhere. Here the response turns by one direction per 100 ms, and ``r`` has the
  same sense in all tasks.
- Its copies of the 20 tasks are older than NeuroGym 2.3.1 and partly changed. ``go`` and ``anti`` have the delay of
  ``dlygo`` and ``dlyanti``; the delay of the matching tasks is drawn once for all trials; the fixation input is on
  until the decision in all families. Here the 20 tasks are the records of :mod:`.catalog`, and a variant keeps
  everything that it does not change.

References
----------
M. Khona, S. Chandra, J. J. Ma, I. R. Fiete, "Winning the lottery with neural connectivity constraints: faster learning
across cognitive tasks with spatially constrained sparse RNNs", Neural Computation 35, 1850-1869 (2023).
https://arxiv.org/abs/2207.03523
"""

from dataclasses import replace
from types import MappingProxyType

from .catalog import TASKS, YANG19, Family, Task

_SIGNS = MappingProxyType({"r": 1, "l": -1})
_DELAYS: MappingProxyType[Family, tuple[int, ...]] = MappingProxyType(
    {"reach": tuple(range(12)), "decision": (5,), "matching": tuple(range(12))}
)
"""Durations of the delay of an interval task, in task steps."""
_SEQUENCE = (10,)
"""Durations of the decision of a sequence task, in task steps."""


def interval(task: Task, sign: int) -> Task:
    """Return a variant of a task with a delay: each task step of the delay turns the response by ``sign`` (1 or -1).

    The delay is drawn with the trial from 0, 100, ..., 1,100 ms, all equally likely. In the decision family it is
    500 ms in every trial, so the response turns by 5 directions.
    """
    periods = [
        replace(period, durations=_DELAYS[task.family]) if period.name == "delay" else period for period in task.periods
    ]
    summary = f"{task.summary}; turned {_side(sign)} by the delay"
    return replace(task, summary=summary, periods=tuple(periods), shift=sign)


def sequence(task: Task, sign: int) -> Task:
    """Return a variant of a task: the response moves by ``sign`` (1 or -1) directions per task step of the decision.

    The decision lasts 1,000 ms. Its first task step asks for the task's own response, its last one for the response
    9 directions further. The reaction tasks, which show their stimulus in the decision, keep their 500 ms.
    """
    *before, decision = task.periods
    if not decision.shows:
        decision = replace(decision, durations=_SEQUENCE)
    summary = f"{task.summary}; then moving {_side(sign)}"
    return replace(task, summary=summary, periods=(*before, decision), drift=sign)


def _side(sign: int) -> str:
    return "right" if sign > 0 else "left"


_DELAYED = tuple(name for name, task in TASKS.items() if any(period.name == "delay" for period in task.periods))

VARIANTS: MappingProxyType[str, Task] = MappingProxyType(
    {f"{name}int{letter}": interval(TASKS[name], sign) for name in _DELAYED for letter, sign in _SIGNS.items()}
    | {f"{name}seq{letter}": sequence(task, sign) for letter, sign in _SIGNS.items() for name, task in TASKS.items()}
)
"""Records of the interval and sequence tasks by name, in the order of Mod-Cog's README."""

MODCOG = (*YANG19, *VARIANTS)
"""Names of the 82 tasks of Mod-Cog, the 20 of Yang et al. (2019) first, in the order of Mod-Cog's README."""
