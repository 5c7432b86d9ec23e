"""A dialect: its needs, its changes to the canonical graph, and how its reader steps the result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import nir

from neurogrow.errors import InputError

from ..semantics import NIR_EULER, Semantics

Change: TypeAlias = Callable[[nir.NIRGraph], nir.NIRGraph]
"""Returns a changed copy of a graph. The first line of its docstring is its row in the table of dialects."""
Need: TypeAlias = Callable[[nir.NIRGraph], str | None]
"""Returns the reason why a reader cannot represent a graph, or None. The first line of its docstring is its row."""


def as_row(rule: Change | Need) -> str:
    """Return the description of a change or a need for the table of dialects."""
    return (rule.__doc__ or "").split("\n", 1)[0].rstrip(".")


@dataclass(frozen=True)
class Dialect:
    """The form of the canonical graph that one reader takes."""

    name: str
    reader: str
    """Name of the tool that reads it, as users write it."""
    needs: tuple[Need, ...] = ()
    changes: tuple[Change, ...] = ()
    """In the order in which they are applied."""
    semantics: Semantics = NIR_EULER
    """How the reader steps the file. Other semantics than "nir-euler" give other spikes than the network's."""
    nir_version: str | None = None
    """The version of NIR whose files it reads, if that is an older one."""
    undo: tuple[Change, ...] = ()
    """Changes for importing a file of this dialect, if NIR itself would read it as a slightly different network."""

    @property
    def exact(self) -> bool:
        """Whether the reader gives the network's own spikes."""
        return self.semantics is NIR_EULER

    def translate(self, graph: nir.NIRGraph) -> nir.NIRGraph:
        """Return the canonical graph in this dialect. Raises ``InputError`` if the reader cannot represent it."""
        for need in self.needs:
            if reason := need(graph):
                raise InputError(f"This network cannot be written for {self.reader}: {reason}")
        for change in self.changes:
            graph = change(graph)
        graph.metadata = graph.metadata | {"dialect": self.name, "semantics": self.semantics.name}
        return graph
