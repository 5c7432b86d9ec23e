"""What a page is made of. A section is a title and blocks; the template knows how to write each kind of block."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from markupsafe import Markup


@dataclass(frozen=True)
class Key:
    """One entry of a figure's key, with its own switch."""

    value: int
    """Which of the figure's parts it switches: a module, -1 for the neurons of none; a condition."""
    label: str
    colour: str
    marker: int
    """Which of the markers: 0 circle, 1 square, 2 diamond, 3 triangle."""
    count: int
    """Of neurons, or of networks."""


@dataclass(frozen=True)
class MapControls:
    """Switches and the weight slider beside the brain map."""

    keys: tuple[Key, ...]
    weakest: float | None
    """Smallest |w| drawn; None where no connection is."""
    strongest: float | None
    connections: int


@dataclass(frozen=True, eq=False)
class Plot:
    """An interactive figure with its caption."""

    kind: ClassVar[str] = "plot"
    name: str
    """Names the figure within its section, for the id in the page."""
    figure: Any
    """A plotly figure."""
    alt: str
    """What is seen, for those who do not see it."""
    caption: str
    """What is seen and how it was measured."""
    height: int = 380
    """In CSS pixels."""
    square: bool = False
    """As high as it is wide, whatever ``height`` says."""
    controls: MapControls | None = None

    @property
    def json(self) -> Markup:
        """The figure as JSON that nothing can end early: ``<`` is escaped, so no text in it closes the script."""
        return Markup(self.figure.to_json().replace("<", "\\u003c").replace("\u2028", " ").replace("\u2029", " "))


@dataclass(frozen=True)
class PlotRow:
    """Figures side by side where there is room, one below the other where there is not."""

    kind: ClassVar[str] = "plots"
    plots: tuple[Plot, ...]


@dataclass(frozen=True)
class Switches:
    """The key of all figures of a section: a switch for each condition, and one for what is behind the frontiers."""

    kind: ClassVar[str] = "switches"
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Table:
    """A table with its caption. The first column holds names; ``words`` are further columns of text."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: tuple[int, ...] = ()


@dataclass(frozen=True)
class Note:
    """A paragraph."""

    kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True)
class Points:
    """A list under a small heading."""

    kind: ClassVar[str] = "points"
    title: str
    items: Sequence[str]


@dataclass(frozen=True)
class Missing:
    """One line in place of what a later command would add."""

    kind: ClassVar[str] = "missing"
    file: str
    command: str


Block: TypeAlias = Plot | PlotRow | Switches | Table | Note | Points | Missing


@dataclass(frozen=True)
class Section:
    """A part of the page, about one run or about sweeps."""

    name: str
    """Names the section in the page's addresses."""
    title: str
    blocks: tuple[Block, ...]
