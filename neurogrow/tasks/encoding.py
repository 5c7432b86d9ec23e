"""Several tasks, and how their trials are encoded in the inputs and outputs of one network."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import InputError
from .catalog import YANG19, Task
from .records import TASK_RECORDS, find_task


@dataclass(frozen=True)
class TaskEncoding:
    """The tasks of one network, and the layout of its inputs and outputs.

    The inputs are fixation (1), the rings of the two modalities (2 x ring) and one rule input per task, in the order of
    ``names``. The outputs are fixate (class 0) and one class per direction (1 + index on the ring). With all 20 tasks
    of Yang et al. (2019), this is NeuroGym's layout: 53 inputs and 17 outputs, rule inputs in its order.

    Parameters
    ----------
    names
        Names of tasks, at least one, without repeats.
    ring
        Number of directions: even, because ``anti`` and the matching tasks need opposites, and at least 2.
    records
        Records of tasks that are not registered, by name. Names that are not in it are looked up in
        :data:`~neurogrow.tasks.TASK_RECORDS`.

    Raises
    ------
    InputError
        If a name is unknown or repeated, there is none, the ring is not as above, or a record has the name of another
        task.
    """

    names: tuple[str, ...] = YANG19
    ring: int = 16
    records: Mapping[str, Task] = field(default_factory=dict, repr=False, compare=False)
    tasks: tuple[Task, ...] = field(init=False, repr=False, hash=False)
    """The record of each task, in the order of ``names``."""

    def __post_init__(self) -> None:
        names = (self.names,) if isinstance(self.names, str) else tuple(self.names)
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "records", dict(self.records))
        for name, record in self.records.items():
            if name in TASK_RECORDS and find_task(name) != record:
                raise InputError(f"There is another task '{name}' already; give your record another name.")
        tasks = tuple(self.records[name] if name in self.records else find_task(name) for name in self.names)
        object.__setattr__(self, "tasks", tasks)
        if not self.names:
            raise InputError("A task set needs at least one task.")
        if len(set(self.names)) < len(self.names):
            raise InputError("A task set names each task once.")
        if self.ring < 2 or self.ring % 2:
            raise InputError(f"The ring needs an even number of directions, at least 2, not {self.ring}.")

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
        """Task steps of the shortest trial of any task."""
        return min(task.shortest for task in self.tasks)

    @property
    def longest(self) -> int:
        """Task steps of the longest trial of any task."""
        return max(task.longest for task in self.tasks)
