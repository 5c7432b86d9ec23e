"""A mapped chip: how full its cores are, and how many spikes its links carry."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from ..arrays import FloatArray
from ..errors import InputError
from .canvas import GREY, INK, axes_or_new, figure_of

_TILE = 0.62
"""Side of a tile, where 1 is the step from tile to tile; links fill the rest."""
_LANE = 0.09
"""How far the two directions between neighbouring tiles lie from the middle, each on its right-hand side."""

_FULLNESS = LinearSegmentedColormap.from_list("fullness", ["white", "#999999"])
"""From an empty core to the fullest one, light enough for the count to be read on it."""


def core_map(mapping: Mapping[str, Any], ax: Axes | None = None) -> Axes:
    """Draw tiles with their cores, shaded by neurons, and an arrow for every directed link that carries spikes.

    Columns run west to east and rows south to north. Only the part of the chip that is used is drawn, with the tiles
    around it. Link loads are those of the chip's own kind of routing.

    Parameters
    ----------
    mapping
        What ``mapping-<chip>.json`` holds.
    ax
        Where to draw; a new figure by default.

    Raises
    ------
    InputError
        If it is no such mapping.
    """
    try:
        chip, cores = mapping["chip"], mapping["cores"]
        links = mapping[chip["routing"]]["links"]
        used_xy = np.array([[core["x"], core["y"]] for core in cores])
        load = {core["core"]: core["neurons_per_core"] for core in cores}
        low, high = _window(used_xy, chip)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"This is no mapping of a network to a chip; it lacks {error}.") from None
    width, height = high - low + 1
    scale = min(1.0, 8 / max(width, height))
    ax = axes_or_new(ax, 2.5 + width * scale, 1.2 + height * scale)
    _draw_cores(ax, chip, load, low, high)
    if links:
        _draw_links(ax, links)
    ax.set_xlim(low[0] - 0.5, high[0] + 0.5)
    ax.set_ylim(low[1] - 0.5, high[1] + 0.5)
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_title(f"{chip['title']}: {len(cores)} of {chip['cores']} cores used", fontsize=10)
    return ax


def _window(used_xy: FloatArray, chip: Mapping[str, Any]) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest (x, y) to draw: what is used and one tile around it."""
    last = np.array([chip["columns"], chip["rows"]]) - 1
    return np.maximum(used_xy.min(axis=0) - 1, 0), np.minimum(used_xy.max(axis=0) + 1, last)


def _draw_cores(ax: Axes, chip: Mapping[str, Any], load: Mapping[int, int], low: FloatArray, high: FloatArray) -> None:
    tiles = [(x, y) for x in range(low[0], high[0] + 1) for y in range(low[1], high[1] + 1)]
    per_tile = chip["cores_per_tile"]
    across = math.ceil(math.sqrt(per_tile))
    side = _TILE / across
    squares, neurons = [], []
    for x, y in tiles:
        for inside in range(per_tile):
            column, row = divmod(inside, math.ceil(per_tile / across))
            squares.append(Rectangle((x - _TILE / 2 + column * side, y - _TILE / 2 + row * side), side, side))
            neurons.append(load.get((x * chip["rows"] + y) * per_tile + inside, 0))
    drawn = PatchCollection(squares, cmap=_FULLNESS, edgecolor=GREY, linewidth=0.6, zorder=2)
    drawn.set_array(np.where(neurons, neurons, np.nan))  # an empty core stays bare
    drawn.set_clim(0, max(neurons))
    ax.add_collection(drawn)
    if len(squares) <= 150:
        for square, n in zip(squares, neurons, strict=True):
            if n:
                x, y = square.get_center()
                ax.text(x, y, str(n), ha="center", va="center", fontsize=7 if per_tile > 1 else 9, color=INK)
    figure_of(ax).colorbar(drawn, ax=ax, label="neurons on a core", shrink=0.6, pad=0.02)


def _draw_links(ax: Axes, links: list[Mapping[str, Any]]) -> None:
    ordered = sorted(links, key=lambda link: link["load"])  # the busiest on top
    start = np.array([link["from"] for link in ordered], dtype=float)
    step = np.array([link["to"] for link in ordered]) - start
    tail = start + step * _TILE / 2 + _LANE * np.stack([step[:, 1], -step[:, 0]], axis=1)
    arrows = ax.quiver(
        *tail.T,
        *(step * (1 - _TILE)).T,
        [link["load"] for link in ordered],
        cmap="plasma_r",
        angles="xy",
        scale_units="xy",
        scale=1,
        units="xy",
        width=0.05,
        headwidth=2.6,
        headlength=2.6,
        headaxislength=2.6,
        minlength=0,
        zorder=3,
    )
    arrows.set_clim(0, ordered[-1]["load"])
    figure_of(ax).colorbar(arrows, ax=ax, label="spikes on a link", shrink=0.6, pad=0.02)
