"""The names of tasks and of collections of tasks."""

from collections.abc import Sequence
from types import MappingProxyType

from ..errors import InputError, nearest
from ..registry import Registry
from .catalog import TASKS, YANG19, Task
from .modcog import MODCOG, VARIANTS

TASK_RECORDS: Registry[Task] = Registry("task", "neurogrow.tasks", {**TASKS, **VARIANTS})
"""Records of tasks by name. ``TASK_RECORDS.register("longgo", task)`` adds one of your own."""

COLLECTIONS: MappingProxyType[str, tuple[str, ...]] = MappingProxyType({"yang19": YANG19, "modcog": MODCOG})
"""Names of the tasks of each collection. ``modcog`` includes the tasks of ``yang19``."""


def find_task(name: str) -> Task:
    """Return the record of a task.

    Raises
    ------
    InputError
        If no task has this name, or what an installed package declares under it is not a :class:`Task`.
    """
    if name not in TASK_RECORDS:
        raise InputError(
            f"There is no task '{name}'.{nearest(name, [*TASK_RECORDS, *COLLECTIONS])} "
            "Register a task of your own with TASK_RECORDS.register, or install the package that declares it."
        )
    task = TASK_RECORDS[name]
    if not isinstance(task, Task):
        raise InputError(f"The task '{name}' must be a neurogrow.tasks.Task, not a {type(task).__name__}.")
    return task


def task_names(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return names of tasks, with the name of a collection replaced by the names of all its tasks.

    Parameters
    ----------
    names
        One name or several, of tasks or of collections. Names that are not collections are returned unchanged;
        :class:`TaskSet` refuses an unknown or repeated one.

    Examples
    --------
    >>> task_names(("go", "anti")), len(task_names("yang19")), len(task_names(["modcog"]))
    (('go', 'anti'), 20, 82)
    """
    listed = (names,) if isinstance(names, str) else names
    return tuple(task for name in listed for task in COLLECTIONS.get(name, (name,)))
