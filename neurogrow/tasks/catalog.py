"""The record of a task, and the records of the 20 tasks of Yang et al. (2019).

A record holds everything that distinguishes one task from another. The same functions draw (:mod:`.trials`) and render
(:mod:`.rendering`) the trials of every record. Timing, stimuli and noise are those of the ``yang19`` collection of
NeuroGym 2.3.1; the tests compare them trial by trial. Four peculiarities of that collection are kept, so that results
can be compared:

- In the decision and matching families, the fixation input is on in the fixation period only. In the reach family it
  stays on until the decision.
- Only ``dm1`` draws the duration of its stimulus. The other direct decisions show it for 500 ms.
- In a decision task both rings are noisy, even the ring that shows nothing. In a matching task only the ring that shows
  the stimuli is noisy. The reach family has no noise. Fixation and rule inputs are never noisy.
- In ``dmc`` and ``dnmc`` the boundary direction (index ring / 2) belongs to the first half of the ring as a sample, and
  to the second half as a test.

References
----------
G. R. Yang, M. R. Joglekar, H. F. Song, W. T. Newsome, X.-J. Wang, "Task representations in neural networks trained to
perform many cognitive tasks", Nature Neuroscience 22, 297-306 (2019). https://doi.org/10.1038/s41593-018-0310-2
"""

from dataclasses import dataclass, replace
from itertools import permutations
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from ..errors import InputError, nearest
from ..timing import TASK_STEP as TASK_STEP

NOISE = 0.1
"""Standard deviation of the input noise at each task step: 1 / sqrt(100), for task steps of 100 ms."""

Family: TypeAlias = Literal["reach", "decision", "matching"]
"""How the correct response follows from the stimuli; see :class:`Task`."""
Modalities: TypeAlias = Literal["none", "first", "second", "both", "either"]
"""Which of the two rings take part. ``"either"`` is one of the two, drawn with the trial."""


@dataclass(frozen=True)
class Period:
    """A part of a trial in which the target and the inputs, except for their noise, are constant.

    Raises
    ------
    InputError
        If there is no duration, a duration is negative or no integer, or ``shows`` is not as described.
    """

    name: str
    durations: tuple[int, ...]
    """Durations in task steps, all equally likely. NeuroGym draws uniformly from 200 to 500 ms and cuts the result to
    whole task steps: 2, 3 or 4."""
    fixation: bool = False
    """Whether the fixation input is on."""
    shows: tuple[int, ...] = ()
    """Which of the trial's two stimuli are shown: ``()``, ``(0,)``, ``(1,)`` or ``(0, 1)``."""

    def __post_init__(self) -> None:
        whole = all(isinstance(duration, int) and duration >= 0 for duration in self.durations)
        if not self.durations or not whole:
            raise InputError(
                f"The period '{self.name}' needs durations in whole task steps from 0 up, not {self.durations}."
            )
        if self.shows not in ((), (0,), (1,), (0, 1)):
            raise InputError(f"The period '{self.name}' shows (), (0,), (1,) or (0, 1), not {self.shows}.")


@dataclass(frozen=True)
class Task:
    """The record of a cognitive task: what a trial shows, and which response is correct.

    A trial has two stimuli, each at a direction on the ring. A task that needs one stimulus gives the second strength
    0. The last period is the decision: the network must respond there, and must fixate before it. By family:

    - ``reach``: respond in the direction of the stimulus, or in the opposite one (``anti``).
    - ``decision``: respond in the direction of the stronger stimulus. Strengths are summed over the attended
      modalities; a fair coin decides a tie. The two directions differ.
    - ``matching``: respond in the direction of the second stimulus (the test) if it matches the first (the sample), or
      if it does not (``respond_on_match = False``); otherwise keep fixating. A trial matches with probability 1/2.

    In every family, the length of the delay may turn the response (``shift``), and the response may move during the
    decision (``drift``). Let d be the direction above, L the task steps of the delay, and t the task steps since the
    decision began. Then the correct direction is d + shift L + drift t, modulo the ring. Where fixating is correct,
    shift and drift have no effect.

    Raises
    ------
    InputError
        If a family or a set of modalities is unknown, a period or a pair of strengths is missing, the decision may
        last no time, or ``shift`` is given without a period named ``"delay"``.
    """

    summary: str
    """A description in one line."""
    family: Family
    periods: tuple[Period, ...]
    strengths: tuple[tuple[float, float], ...]
    """Pairs (strength of stimulus 0, of stimulus 1), all equally likely. Each modality draws its own pair."""
    shown: Modalities = "either"
    """Modalities that show the stimuli."""
    attended: Modalities = "both"
    """Modalities whose strengths decide (decision family)."""
    noisy: Modalities = "none"
    """Modalities with noise while a stimulus is shown."""
    anti: bool = False
    """Respond opposite to the stimulus (reach family)."""
    category: bool = False
    """Whether two directions match if they lie in the same half of the ring. Otherwise they match if they are equal
    (matching family)."""
    respond_on_match: bool = True
    """Whether to respond on a match. Otherwise the network responds on a non-match (matching family)."""
    shift: int = 0
    """Directions by which each task step of the delay turns the response."""
    drift: int = 0
    """Directions by which the response moves at each task step of the decision after the first."""

    def __post_init__(self) -> None:
        _check_choice("family", self.family, get_args(Family))
        for field in ("shown", "attended", "noisy"):
            _check_choice(field, getattr(self, field), get_args(Modalities))
        if not self.periods or min(self.periods[-1].durations) < 1:
            raise InputError("The last period of a task is its decision, which lasts at least one task step.")
        if not self.strengths or any(len(pair) != 2 for pair in self.strengths):
            raise InputError(f"The strengths of a task are pairs, at least one, not {self.strengths}.")
        if self.shift and not any(period.name == "delay" for period in self.periods):
            raise InputError("A task with a shift needs a period named 'delay'; its length turns the response.")

    @property
    def shortest(self) -> int:
        """Task steps of the shortest trial."""
        return sum(min(period.durations) for period in self.periods)

    @property
    def longest(self) -> int:
        """Task steps of the longest trial."""
        return sum(max(period.durations) for period in self.periods)


def _check_choice(field: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(f"{field} of a task is one of {', '.join(known)}, not '{value}'.{nearest(value, list(known))}")


_JITTERED = Period("fixation", (2, 3, 4), fixation=True)

_GO = Task(
    summary="respond at the stimulus when fixation goes off",
    family="reach",
    periods=(
        Period("fixation", (5,), fixation=True),
        Period("stimulus", (5,), fixation=True, shows=(0,)),
        Period("decision", (5,)),
    ),
    strengths=((1.0, 0.0),),
)
_RT_GO = replace(
    _GO,
    summary="respond at the stimulus as soon as it appears",
    periods=(Period("fixation", (5,), fixation=True), Period("decision", (5,), shows=(0,))),
)
_DLY_GO = replace(
    _GO,
    summary="respond at the remembered stimulus when fixation goes off",
    periods=(*_GO.periods[:2], Period("delay", (5,), fixation=True), _GO.periods[2]),
)

_DM1 = Task(
    summary="respond at the stronger of two simultaneous stimuli, shown in modality 1 for a drawn time",
    family="decision",
    periods=(_JITTERED, Period("stimulus", (2, 4, 6), shows=(0, 1)), Period("decision", (2,))),
    strengths=tuple(
        (0.5 + sign * coherence / 2, 0.5 - sign * coherence / 2)
        for coherence in (0.08, 0.16, 0.32, 0.64)
        for sign in (1, -1)
    ),
    shown="first",
    noisy="both",
)
_DM2 = replace(
    _DM1,
    summary="respond at the stronger of two simultaneous stimuli, shown in modality 2",
    periods=(_JITTERED, Period("stimulus", (5,), shows=(0, 1)), Period("decision", (2,))),
    shown="second",
)
_MULTI_DM = replace(_DM2, summary="as dm2, over the sum of both modalities", shown="both")
_DLY_DM1 = replace(
    _DM1,
    summary="respond at the stronger of two stimuli shown one after the other, in modality 1",
    periods=(
        _JITTERED,
        Period("stim1", (5,), shows=(0,)),
        Period("delay", (10,)),
        Period("stim2", (5,), shows=(1,)),
        Period("decision", (2,)),
    ),
    strengths=tuple(permutations((0.3, 0.6, 1.0), 2)),
)
_MULTI_DLY_DM = replace(_DLY_DM1, summary="as dlydm1, over the sum of both modalities", shown="both")

_DMS = Task(
    summary="respond at the test if its direction is the sample's",
    family="matching",
    periods=(
        Period("fixation", (3,), fixation=True),
        Period("sample", (5,), shows=(0,)),
        Period("delay", (10,)),
        Period("test", (5,), shows=(1,)),
        Period("decision", (9,)),
    ),
    strengths=((1.0, 1.0),),
    noisy="either",
)

TASKS: MappingProxyType[str, Task] = MappingProxyType(
    {
        "go": _GO,
        "rtgo": _RT_GO,
        "dlygo": _DLY_GO,
        "anti": replace(_GO, summary="respond opposite to the stimulus when fixation goes off", anti=True),
        "rtanti": replace(_RT_GO, summary="respond opposite to the stimulus as soon as it appears", anti=True),
        "dlyanti": replace(
            _DLY_GO, summary="respond opposite to the remembered stimulus when fixation goes off", anti=True
        ),
        "dm1": _DM1,
        "dm2": _DM2,
        "ctxdm1": replace(_MULTI_DM, summary="both modalities shown, only the first counts", attended="first"),
        "ctxdm2": replace(_MULTI_DM, summary="both modalities shown, only the second counts", attended="second"),
        "multidm": _MULTI_DM,
        "dlydm1": _DLY_DM1,
        "dlydm2": replace(_DLY_DM1, summary="as dlydm1, in modality 2", shown="second"),
        "ctxdlydm1": replace(_MULTI_DLY_DM, summary="as multidlydm, only the first modality counts", attended="first"),
        "ctxdlydm2": replace(
            _MULTI_DLY_DM, summary="as multidlydm, only the second modality counts", attended="second"
        ),
        "multidlydm": _MULTI_DLY_DM,
        "dms": _DMS,
        "dnms": replace(_DMS, summary="respond at the test if it is opposite to the sample", respond_on_match=False),
        "dmc": replace(_DMS, summary="respond at the test if it is in the sample's half of the ring", category=True),
        "dnmc": replace(
            _DMS,
            summary="respond at the test if it is in the other half of the ring",
            category=True,
            respond_on_match=False,
        ),
    }
)
"""Records of the tasks of Yang et al. (2019) by name, in the order of NeuroGym's ``get_collection("yang19")``."""

YANG19 = tuple(TASKS)
"""Names of the 20 tasks of Yang et al. (2019)."""
