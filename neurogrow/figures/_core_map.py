"""Core map: neurons on the cores of a mapped chip, and spikes on its links."""

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
"""Side of a drawn tile, relative to the distance between tiles. Links are drawn in the gaps."""
_LANE = 0.09
"""Offset of the two directed links between neighbouring tiles from the centre line, each to its right-hand side."""

_FULLNESS = LinearSegmentedColormap.from_list("fullness", ["white", "#999999"])
"""Colours from an empty core to the core with most neurons, light enough to read the count on them."""


def core_map(mapping: Mapping[str, Any], ax: Axes | None = None) -> Axes:
    """Draw the cores of each tile, shaded by their neurons, and an arrow for every directed link that carries spikes.

    Columns run from west to east, and rows from south to north. Only the used part of the chip is drawn, with one tile
    around it. Link loads are those of the chip's routing method.

    Parameters
    ----------
    mapping
        Content of ``mapping-<chip>.json``.
    ax
        Axes to draw on; by default those of a new figure.

    Raises
    ------
    InputError
        If ``mapping`` is not such a content.
    """
    try:
        chip, cores = mapping["chip"], mapping["cores"]
        links = mapping[chip["routing"]]["links"]
        used_xy = np.array([[core["x"], core["y"]] for core in cores])
        load = {core["core"]: core["neurons_per_core"] for core in cores}
        low, high = _window(used_xy, chip)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"This is not a mapping of a network to a chip: {error} is missing.") from None
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
    """Return the lowest and highest (x, y) to draw: the used tiles and one tile around them."""
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
    drawn.set_array(np.where(neurons, neurons, np.nan))  # empty cores are not filled
    drawn.set_clim(0, max(neurons))
    ax.add_collection(drawn)
    if len(squares) <= 150:
        for square, n in zip(squares, neurons, strict=True):
            if n:
                x, y = square.get_center()
                ax.text(x, y, str(n), ha="center", va="center", fontsize=7 if per_tile > 1 else 9, color=INK)
    figure_of(ax).colorbar(drawn, ax=ax, label="neurons on a core", shrink=0.6, pad=0.02)


def _draw_links(ax: Axes, links: list[Mapping[str, Any]]) -> None:
    ordered = sorted(links, key=lambda link: link["load"])  # links with higher load are drawn on top
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
