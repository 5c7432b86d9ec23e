"""A stage of a run folder: what it reads, what it writes, with which settings, and how it computes that.

A run folder is a small build graph. Its nodes are stages; a stage reads files of training and of earlier stages, and
writes files of its own. :mod:`~neurogrow.pipeline.runner` makes the stages that are missing or out of date.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from ..errors import InputError
from ..training import Run
from ..training.build import model_class

T = TypeVar("T")

Settings: TypeAlias = Mapping[str, Any]
"""Settings of a stage by name. Values are plain: numbers, texts, booleans, None, and lists and dicts of them."""

MODEL, CONFIG = "model.safetensors", "config.toml"
"""What nearly every stage reads: the trained weights, and the settings that say what network they are of."""


def _unknown(run: Run) -> Settings | None:  # noqa: ARG001  (the signature of Stage.stated_settings)
    return None


@dataclass(frozen=True, eq=False)
class Stage(Generic[T]):
    """One computation in a run folder; its result is of type T."""

    name: str
    """Name in messages, and of the stage's record: ``stages/<name>.json``."""
    reads: tuple[str, ...]
    """Files that decide the result, relative to the run folder; ``*`` stands for any characters of a name."""
    writes: Callable[[Run, Settings], tuple[str, ...]]
    """The files that the stage leaves in the run folder, from the run and the settings."""
    compute: Callable[..., T]
    """Called as ``compute(run, **settings)``; it writes the files, returns the result and touches nothing else."""
    load: Callable[[Run, Settings], T]
    """Reads the result from the files, given the settings. It raises one of :data:`DAMAGED` where that fails."""
    after: tuple["Stage[Any]", ...] = ()
    """The stages whose files are read. They are brought up to date first."""
    defaults: Settings = field(default_factory=dict)
    """Every setting, with the value that holds where nobody asks for another."""
    stated_settings: Callable[[Run], Settings | None] = _unknown
    """For folders without a record: the settings that the files themselves state, if they are of the present weights.
    None where the files are of other weights, do not say, or are not there."""
    sealed: bool = True
    """Whether files that were changed after they were written are made again."""


DAMAGED = (InputError, OSError, KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What reading a damaged file raises."""


def fixed(*names: str) -> Callable[[Run, Settings], tuple[str, ...]]:
    """Return :attr:`Stage.writes` of a stage that always writes the same files."""
    return lambda _run, _settings: names


def in_order(stages: Iterable[Stage[Any]]) -> list[Stage[Any]]:
    """Return the stages and all that they come after, each after those that it reads.

    Raises
    ------
    ValueError
        If a stage comes after itself.
    """
    ordered: list[Stage[Any]] = []

    def visit(stage: Stage[Any], path: tuple[Stage[Any], ...]) -> None:
        if stage in path:
            raise ValueError(f"The stages form a cycle: {' -> '.join(each.name for each in (*path, stage))}.")
        for earlier in stage.after:
            visit(earlier, (*path, stage))
        if stage not in ordered:
            ordered.append(stage)

    for stage in stages:
        visit(stage, ())
    return ordered


def is_spiking(run: Run) -> bool:
    """Return whether the run's network is one of spiking neurons."""
    return model_class(run.config, run.providers).is_spiking
