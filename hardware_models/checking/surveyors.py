"""Routes for the independent checker: each topology again, in plain loops, from its description alone.

A surveyor shares no code with the topology that it checks. Whoever brings a topology brings a surveyor beside it, and
registers it in :data:`SURVEYORS` under the name of the topology. Without one, a mapping is reported as not checked.
"""

from typing import TypeAlias

from neurogrow.errors import InputError
from neurogrow.registry import Registry

from ..chips.spec import ChipSpec

Place: TypeAlias = tuple[int, ...]
"""(x, y) of a tile's router; in a hierarchy also (x, y, core of the tile)."""
Link: TypeAlias = tuple[Place, Place]
"""Place at the start of a directed link, and place at its end."""


class Surveyor:
    """Walks the routes of a chip, one step at a time.

    A subclass gives :meth:`steps` or, if its routes do not just step from tile to tile, :meth:`route`.

    Parameters
    ----------
    chip
        The chip; only its sizes are read.
    """

    def __init__(self, chip: ChipSpec) -> None:
        wiring = chip.topology
        self.chip_size = int(wiring.columns.value), int(wiring.rows.value)
        """Columns and rows of one chip."""
        self.size = self.chip_size[0] * chip.chips[0], self.chip_size[1] * chip.chips[1]
        """Columns and rows of all chips together."""
        self.cores_per_tile = int(wiring.cores_per_tile.value)
        self.n_cores = self.size[0] * self.size[1] * self.cores_per_tile

    def tile(self, core: int) -> tuple[int, int]:
        """Return the coordinates of a core's tile; tiles are numbered up each column, columns from west to east."""
        tile = core // self.cores_per_tile
        return tile // self.size[1], tile % self.size[1]

    def entry(self, core: int) -> Place:
        """Return the router to which a core sends first; by default that of its tile."""
        return self.tile(core)

    def steps(self, start: Place, end: Place) -> list[tuple[int, int]]:
        """Return the steps (dx, dy) of the route from tile to tile, in order."""
        raise InputError(
            f"The surveyor {type(self).__name__} has no route from {start} to {end}: give it steps(start, end) or "
            "route(home, core)."
        )

    def route(self, home: int, core: int) -> list[Link]:
        """Return the links from core to core, in the order in which a packet takes them."""
        start = self.tile(home)
        return self.walk(start, self.steps(start, self.tile(core)))

    def walk(self, start: Place, steps: list[tuple[int, int]]) -> list[Link]:
        """Return the links of some steps from a tile, across the borders too."""
        links: list[Link] = []
        x, y = start[0], start[1]
        for dx, dy in steps:
            there = (x + dx) % self.size[0], (y + dy) % self.size[1]
            links.append(((x, y), there))
            x, y = there
        return links

    def kind(self, link: Link) -> str:
        """Return the kind of a link, as causes of cost name it."""
        start, end = link
        if len(start) != len(end):
            return "hop in chip"
        if start[1] == end[1]:
            return "hop east-west"
        return "hop north-south" if start[0] == end[0] else "hop diagonal"

    def direction(self, link: Link) -> tuple[int, int]:
        """Return the direction of a link; links across the borders have the same direction as others."""
        (x0, y0), (x1, y1) = link[0][:2], link[1][:2]
        return (x1 - x0) % self.size[0], (y1 - y0) % self.size[1]

    def crosses(self, link: Link) -> bool:
        """Return whether a link leads from one chip to another."""
        (x0, y0), (x1, y1) = link[0][:2], link[1][:2]
        wide, high = self.chip_size
        return (x0 // wide, y0 // high) != (x1 // wide, y1 // high)


class MeshSurveyor(Surveyor):
    """Along x, then along y."""

    def steps(self, start: Place, end: Place) -> list[tuple[int, int]]:
        """Return the steps along x, then along y."""
        return _straight(end[0] - start[0], end[1] - start[1])


class TorusSurveyor(Surveyor):
    """Along x, then along y, each the shorter way around."""

    def steps(self, start: Place, end: Place) -> list[tuple[int, int]]:
        """Return the steps along x, then along y, each the shorter way around."""
        return _straight(_shorter(end[0] - start[0], self.size[0]), _shorter(end[1] - start[1], self.size[1]))


class HexagonalSurveyor(Surveyor):
    """The shortest of four ways around a torus with diagonals: diagonal steps first, then along x, then along y."""

    def steps(self, start: Place, end: Place) -> list[tuple[int, int]]:
        """Return the steps of the shortest way; of equal ways the first of those east, then of those north."""
        east, north = (end[0] - start[0]) % self.size[0], (end[1] - start[1]) % self.size[1]
        ways = [(dx, dy) for dx in (east, east - self.size[0]) for dy in (north, north - self.size[1])]
        return min((_with_diagonals(dx, dy) for dx, dy in ways), key=len)


class HierarchySurveyor(Surveyor):
    """Up to the tile's router, along x, along y, and down to the core."""

    def entry(self, core: int) -> Place:
        """Return the core's own router."""
        return (*self.tile(core), core % self.cores_per_tile)

    def route(self, home: int, core: int) -> list[Link]:
        """Return the links up, across and down; none within a core."""
        if home == core:
            return []
        (x0, y0), (x, y) = self.tile(home), self.tile(core)
        across = self.walk((x0, y0), _straight(x - x0, y - y0))
        return [(self.entry(home), (x0, y0)), *across, ((x, y), self.entry(core))]


SURVEYORS: Registry[type[Surveyor]] = Registry(
    "surveyor",
    "neurogrow.surveyors",
    {
        "mesh": MeshSurveyor,
        "single core": MeshSurveyor,
        "torus": TorusSurveyor,
        "hexagonal torus": HexagonalSurveyor,
        "hierarchy": HierarchySurveyor,
    },
)
"""Surveyors by the name of the topology that they check."""


def unchecked(chip: ChipSpec) -> str | None:
    """Return why the checker cannot check mappings on a chip, and how to change that; None if it can."""
    topology, routing = chip.topology.name, chip.routing
    if topology not in SURVEYORS:
        return (
            f"The checker does not know the topology '{topology}'. Give it a surveyor: a subclass of "
            "hardware_models.Surveyor with the method steps(start, end) or route(home, core), registered by "
            f"SURVEYORS.register('{topology}', ...) or declared in the group '{SURVEYORS.group}'."
        )
    if routing.name not in COUNTED and routing.router.survey is None:
        return (
            f"The checker does not know the router '{routing.name}'. Pass a hardware_models.Router with the function "
            "survey(route, home, cores), which returns the links that one spike crosses."
        )
    return None


COUNTED = ("multicast", "unicast", "core_multicast")
"""Routers that the checker counts by itself."""


def surveyor_of(chip: ChipSpec) -> Surveyor:
    """Return the surveyor of a chip's topology.

    Raises
    ------
    InputError
        If the checker does not know the chip's topology or router; the message says what to give it.
    """
    if reason := unchecked(chip):
        raise InputError(reason)
    return SURVEYORS.find(chip.topology.name)(chip)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _straight(dx: int, dy: int) -> list[tuple[int, int]]:
    """Return the steps along x, then along y."""
    return [(_sign(dx), 0)] * abs(dx) + [(0, _sign(dy))] * abs(dy)


def _shorter(apart: int, size: int) -> int:
    """Return the shorter way around a ring; of two equal ones the way up."""
    forward = apart % size
    return forward if forward <= size - forward else forward - size


def _with_diagonals(dx: int, dy: int) -> list[tuple[int, int]]:
    """Return the steps to an offset: diagonal steps while both parts have one sign, then along x, then along y."""
    steps = []
    while dx and dy and _sign(dx) == _sign(dy):
        steps.append((_sign(dx), _sign(dy)))
        dx, dy = dx - _sign(dx), dy - _sign(dy)
    return steps + _straight(dx, dy)
