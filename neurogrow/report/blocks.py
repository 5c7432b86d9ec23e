"""Building blocks of the page. A section has a title and blocks; the template renders each kind of block."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from markupsafe import Markup


@dataclass(frozen=True)
class Key:
    """One entry of a figure's legend, with a check box that shows or hides it."""

    value: int
    """What it shows or hides: the number of a module, -1 for neurons without one, or the index of a condition."""
    label: str
    """Text of the entry."""
    colour: str
    """Colour of its marker."""
    marker: int
    """Shape of its marker: 0 circle, 1 square, 2 diamond, 3 triangle."""
    count: int
    """Number of its neurons or networks."""


@dataclass(frozen=True)
class MapControls:
    """Check boxes and the weight slider beside the brain map."""

    keys: tuple[Key, ...]
    """Legend entries of the modules."""
    weakest: float | None
    """Smallest |w| drawn; None without connections."""
    strongest: float | None
    """Largest |w| drawn; None without connections."""
    connections: int
    """Number of connections drawn."""


@dataclass(frozen=True, eq=False)
class Plot:
    """An interactive figure with its caption."""

    kind: ClassVar[str] = "plot"
    name: str
    """Name within its section, for the id in the page."""
    figure: Any
    """The plotly figure."""
    alt: str
    """Alternative text for readers who cannot see the figure."""
    caption: str
    """Content of the figure, and how it was measured."""
    height: int = 380
    """Height in CSS pixels."""
    square: bool = False
    """True if the height equals the width; ``height`` is then ignored."""
    controls: MapControls | None = None
    """Controls of the brain map."""

    @property
    def json(self) -> Markup:
        """The figure as JSON inside a script element. ``<`` is escaped, so that no text can close the element."""
        return Markup(self.figure.to_json().replace("<", "\\u003c").replace("\u2028", " ").replace("\u2029", " "))


@dataclass(frozen=True)
class PlotRow:
    """Figures side by side on a wide page, and one below the other on a narrow page."""

    kind: ClassVar[str] = "plots"
    plots: tuple[Plot, ...]


@dataclass(frozen=True)
class Switches:
    """Common legend of a section's figures, with a check box per condition and one for dominated networks."""

    kind: ClassVar[str] = "switches"
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Table:
    """A table with its caption. The first column holds names."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    text_columns: tuple[int, ...] = ()
    """Indices of further columns with text, which is left-aligned; other columns hold numbers."""


@dataclass(frozen=True)
class Note:
    """A paragraph."""

    kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True)
class BulletList:
    """A bullet list under a small heading."""

    kind: ClassVar[str] = "bullets"
    title: str
    items: Sequence[str]


@dataclass(frozen=True)
class Missing:
    """One line that names a missing file and the command that writes it."""

    kind: ClassVar[str] = "missing"
    file: str
    command: str


Block: TypeAlias = Plot | PlotRow | Switches | Table | Note | BulletList | Missing


@dataclass(frozen=True)
class Section:
    """A section of the page, about one run or about sweeps."""

    name: str
    """Name in the addresses of the page."""
    title: str
    blocks: tuple[Block, ...]
