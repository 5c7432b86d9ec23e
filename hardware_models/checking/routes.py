"""Routes for the independent checker: every topology again, in plain loops, from its description alone."""

from typing import TypeAlias

from ..chips.spec import ChipSpec

Place: TypeAlias = tuple[int, ...]
"""(x, y) of a tile's router; in a hierarchy also (x, y, core of the tile)."""
_Link: TypeAlias = tuple[Place, Place]


class Surveyor:
    """Walks the routes of a chip, one step at a time."""

    def __init__(self, chip: ChipSpec) -> None:
        at = chip.topology
        self.kind_of_topology = at.kind
        self.chip_size = int(at.columns.value), int(at.rows.value)
        self.size = self.chip_size[0] * chip.chips[0], self.chip_size[1] * chip.chips[1]
        self.cores_per_tile = int(at.cores_per_tile.value)
        self.n_cores = self.size[0] * self.size[1] * self.cores_per_tile

    def tile(self, core: int) -> tuple[int, int]:
        """Coordinates of a core's tile: tiles are numbered up each column, columns from west to east."""
        tile = core // self.cores_per_tile
        return tile // self.size[1], tile % self.size[1]

    def at(self, core: int) -> Place:
        """The router that a core sends to first."""
        if self.kind_of_topology == "hierarchy":
            return (*self.tile(core), core % self.cores_per_tile)
        return self.tile(core)

    def route(self, home: int, core: int) -> list[_Link]:
        """Links from core to core, in the order in which a packet takes them."""
        start, end = self.tile(home), self.tile(core)
        if self.kind_of_topology != "hierarchy":
            return self._walk(start, self._steps(start, end))
        if home == core:
            return []
        return [(self.at(home), start), *self._walk(start, self._steps(start, end)), (end, self.at(core))]

    def _steps(self, start: Place, end: Place) -> list[tuple[int, int]]:
        """The steps (dx, dy) of a route, one by one."""
        dx, dy = end[0] - start[0], end[1] - start[1]
        if self.kind_of_topology == "torus":
            dx, dy = (_shorter(d, size) for d, size in zip((dx, dy), self.size, strict=True))
        if self.kind_of_topology == "hexagonal torus":
            return _hexagonal_steps(dx % self.size[0], dy % self.size[1], self.size)
        return [(_sign(dx), 0)] * abs(dx) + [(0, _sign(dy))] * abs(dy)

    def _walk(self, start: Place, steps: list[tuple[int, int]]) -> list[_Link]:
        links: list[_Link] = []
        x, y = start[0], start[1]
        for dx, dy in steps:
            there = (x + dx) % self.size[0], (y + dy) % self.size[1]
            links.append(((x, y), there))
            x, y = there
        return links

    def kind(self, link: _Link) -> str:
        """The cause of cost that crossing a link is."""
        start, end = link
        if len(start) != len(end):
            return "hop in chip"
        if start[1] == end[1]:
            return "hop east-west"
        return "hop north-south" if start[0] == end[0] else "hop diagonal"

    def way(self, link: _Link) -> tuple[int, int]:
        """Direction of a link, the same around the borders."""
        (x0, y0), (x1, y1) = link[0][:2], link[1][:2]
        return (x1 - x0) % self.size[0], (y1 - y0) % self.size[1]

    def crosses(self, link: _Link) -> bool:
        """Whether a link leads from one chip to another."""
        (x0, y0), (x1, y1) = link[0][:2], link[1][:2]
        wide, high = self.chip_size
        return (x0 // wide, y0 // high) != (x1 // wide, y1 // high)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _shorter(apart: int, size: int) -> int:
    """The shorter way around a ring; of two equal ones the way up."""
    forward = apart % size
    return forward if forward <= size - forward else forward - size


def _hexagonal_steps(east: int, north: int, size: tuple[int, int]) -> list[tuple[int, int]]:
    """Steps on a torus with diagonals: those of the shortest of four ways, diagonals first, then x, then y."""
    best: list[tuple[int, int]] | None = None
    for dx in (east, east - size[0]):
        for dy in (north, north - size[1]):
            steps, x, y = [], dx, dy
            while x and y and _sign(x) == _sign(y):
                steps.append((_sign(x), _sign(y)))
                x, y = x - _sign(x), y - _sign(y)
            steps += [(_sign(x), 0)] * abs(x) + [(0, _sign(y))] * abs(y)
            if best is None or len(steps) < len(best):
                best = steps
    return best or []
