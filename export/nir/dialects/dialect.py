"""What a dialect is: changes to the canonical graph, what they need, and how its reader steps the result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import nir

from neurogrow.errors import InputError

from ..semantics import NIR_EULER, Semantics

Change: TypeAlias = Callable[[nir.NIRGraph], nir.NIRGraph]
"""Returns a changed copy of a graph. The first line of its docstring is its row in the table of dialects."""
Need: TypeAlias = Callable[[nir.NIRGraph], str | None]
"""Returns why a graph cannot be written for a reader, or None. The first line of its docstring says what is needed."""


def as_row(rule: Change | Need) -> str:
    """Return what a change or a need is, for the table of dialects."""
    return (rule.__doc__ or "").split("\n", 1)[0].rstrip(".")


@dataclass(frozen=True)
class Dialect:
    """The form of the canonical graph that one reader takes."""

    name: str
    reader: str
    """What reads it, as people know it."""
    needs: tuple[Need, ...] = ()
    changes: tuple[Change, ...] = ()
    """In the order in which they are made."""
    semantics: Semantics = NIR_EULER
    """How the reader steps the file: if not by "nir-euler", other spikes than the network's are to be expected."""
    nir_version: str | None = None
    """The version of NIR whose files it reads, where that is an older one."""

    @property
    def exact(self) -> bool:
        """Whether the reader gives the network's own spikes."""
        return self.semantics is NIR_EULER

    def of(self, graph: nir.NIRGraph) -> nir.NIRGraph:
        """Return the canonical graph in this dialect. Raises ``InputError`` where the reader cannot represent it."""
        for need in self.needs:
            if reason := need(graph):
                raise InputError(f"This network cannot be written for {self.reader}: {reason}")
        for change in self.changes:
            graph = change(graph)
        graph.metadata = graph.metadata | {"dialect": self.name, "semantics": self.semantics.name}
        return graph
