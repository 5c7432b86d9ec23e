"""What tasks there are, and the set of them that one network is trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..arrays import FloatArray
from ..errors import InputError, nearest
from .catalog import TASKS, YANG19, Task
from .modcog import MODCOG, VARIANTS
from .source import ClassificationSource

if TYPE_CHECKING:
    import torch

    from .batch import TaskBatch
    from .stream import TaskStream

COLLECTIONS: MappingProxyType[str, tuple[str, ...]] = MappingProxyType({"yang19": YANG19, "modcog": MODCOG})
"""Names of the tasks of each collection; ``modcog`` includes the tasks of ``yang19``."""

_ALL = MappingProxyType({**TASKS, **VARIANTS})


def find_task(name: str) -> Task:
    """Return the record of a task of any collection. Raises ``InputError`` for a name that is not one."""
    if name not in _ALL:
        raise InputError(f"There is no task '{name}'.{nearest(name, [*_ALL, *COLLECTIONS])}")
    return _ALL[name]


def task_names(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return names of tasks, the name of a collection standing for all of its tasks.

    Parameters
    ----------
    names
        One name or several, of tasks or of collections. Names of tasks are passed on as they are:
        :class:`TaskSet` refuses one that it does not know, or that comes twice.

    Examples
    --------
    >>> task_names(("go", "anti")), len(task_names("yang19")), len(task_names(["modcog"]))
    (('go', 'anti'), 20, 82)
    """
    listed = (names,) if isinstance(names, str) else names
    return tuple(task for name in listed for task in COLLECTIONS.get(name, (name,)))


@dataclass(frozen=True)
class TaskSet(ClassificationSource):
    """The tasks a network is trained on, and how their inputs and outputs are laid out.

    Inputs are fixation (1), the rings of the two modalities (2 x ring) and one rule input per task, in the order of
    ``names``; outputs are fixate (class 0) and one class per direction (1 + index on the ring). With all 20 tasks that
    is NeuroGym's own layout, 53 inputs and 17 outputs, rule inputs in its order.

    Parameters
    ----------
    names
        Names of tasks in any collection (:data:`COLLECTIONS`), at least one, without repeats.
    ring
        Number of directions, even (``anti`` and the matching tasks need opposites) and at least 2.

    Raises
    ------
    InputError
        If a name is unknown or repeated, there is none, or the ring is not as above.

    Examples
    --------
    >>> TaskSet().n_inputs, TaskSet(("go", "anti"), ring=8).n_inputs
    (53, 19)
    """

    names: tuple[str, ...] = YANG19
    ring: int = 16

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        for name in self.names:
            find_task(name)
        if not self.names:
            raise InputError("A task set needs at least one task.")
        if len(set(self.names)) < len(self.names):
            raise InputError("A task set names each task once.")
        if self.ring < 2 or self.ring % 2:
            raise InputError(f"The ring needs an even number of directions, at least 2, not {self.ring}.")

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The record of each task, in the order of ``names``."""
        return tuple(find_task(name) for name in self.names)

    @property
    def n_inputs(self) -> int:
        """Number of inputs, I = 1 + 2 ring + K."""
        return 1 + 2 * self.ring + len(self.names)

    @property
    def n_outputs(self) -> int:
        """Number of outputs, O = 1 + ring."""
        return 1 + self.ring

    @property
    def shortest(self) -> int:
        """Ticks of the shortest trial of any task."""
        return min(task.shortest for task in self.tasks)

    @property
    def longest(self) -> int:
        """Ticks of the longest trial of any task."""
        return max(task.longest for task in self.tasks)

    def stream(self, batch_size: int, task_steps: int, device: "torch.device | str", seed: int) -> "TaskStream":
        """Return a stream of batches."""
        from .stream import TaskStream

        return TaskStream(self, batch_size, task_steps, device, seed)

    def single_trials(
        self, trials_per_task: int, device: "torch.device | str" = "cpu", seed: int = 0, noise: bool = True
    ) -> "TaskBatch":
        """Return single trials, one per lane."""
        from .stream import single_trials

        return single_trials(self, trials_per_task, device, seed, noise)

    def ceiling(self) -> FloatArray | None:
        """Return the ideal observer's performance."""
        from .ideal_observer import ideal_performance

        return ideal_performance(self).mean_K
