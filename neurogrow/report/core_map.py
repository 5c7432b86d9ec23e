"""Core map of the report: neurons on each core, and spikes on each directed link."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ..arrays import AnyArray, FloatArray, IntArray
from .blocks import Plot
from .style import axis, figure, label, scale_below

TILE = 0.62
"""Side of a drawn tile, relative to the distance between tiles. Links are drawn in the gaps."""
LANE = 0.1
"""Offset of the two directed links between neighbouring tiles from the centre line, each to its right-hand side."""
FULLNESS = [(0, "#f3f3f3"), (1, "#9a9a9a")]
"""Colours from an empty core to the core with most neurons."""
LOADS = ["#fdca40", "#f48849", "#db5c68", "#b83289", "#8b0aa5", "#5402a3"]
"""Colours from few to many spikes on a link (the dark end of the colour map plasma)."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Drawn part of the chip and scales, common to all maps of one chip so that they are comparable."""

    low: IntArray
    """Column and row of the first drawn tile."""
    high: IntArray
    """Column and row of the last drawn tile."""
    most_neurons: int
    """Largest number of neurons on a core."""
    busiest: int
    """Largest number of spikes on a link."""

    @classmethod
    def from_mappings(cls, mappings: Sequence[dict[str, Any]]) -> "Frame":
        """Return the frame around all tiles that at least one mapping uses, with one tile as margin."""
        chip = mappings[0]["chip"]
        cores = [core for mapping in mappings for core in mapping["cores"]]
        ends = [link["from"] for mapping in mappings for link in between_tiles(mapping)]  # routes around a border
        used_xy = np.array([*([core["x"], core["y"]] for core in cores), *ends])
        last = np.array([chip["columns"], chip["rows"]]) - 1
        return cls(
            low=np.maximum(used_xy.min(axis=0) - 1, 0),
            high=np.minimum(used_xy.max(axis=0) + 1, last),
            most_neurons=max(core["neurons_per_core"] for core in cores),
            busiest=max(mapping[chip["routing"]]["largest_link"] for mapping in mappings),
        )


def between_tiles(mapping: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the links between tiles that carry spikes under the chip's routing method."""
    links = mapping[mapping["chip"]["routing"]]["links"]
    return [link for link in links if len(link["from"]) == len(link["to"]) == 2]


def core_maps(mappings: Sequence[dict[str, Any]], names: Sequence[str]) -> tuple[Plot, ...]:
    """Draw several mappings onto one chip with common scales."""
    frame = Frame.from_mappings(mappings)
    return tuple(
        core_map(mapping, name, f"cores-{index}", frame)
        for index, (mapping, name) in enumerate(zip(mappings, names, strict=True))
    )


def core_map(mapping: dict[str, Any], title: str, name: str, frame: Frame) -> Plot:
    """Draw the used part of a chip, with columns from west to east and rows from south to north."""
    chip, cores = mapping["chip"], mapping["cores"]
    links = sorted(between_tiles(mapping), key=lambda link: link["load"])
    low, high = frame.low, frame.high
    spare = 0.3 if "torus" in chip["topology"] else 0.0  # room for arrows around the border
    drawn = figure(
        [_cores(mapping, low, high, frame.most_neurons), *_links(links, frame.busiest)],
        title=_heading(title),
        xaxis=_direction("column", low[0], high[0], spare),
        yaxis=_direction("row", low[1], high[1], spare) | {"scaleanchor": "x"},
        margin={"l": 8, "r": 8, "t": 36, "b": 104},
        hovermode="closest",
    )
    width, height = high - low + 1
    per_tile = "" if chip["cores_per_tile"] == 1 else " Cores of one tile share its router."
    return Plot(
        name,
        drawn,
        alt=f"Map of {len(cores)} used cores of {chip['title']} and the load of {len(links)} links, {title}",
        caption=(
            f"{len(cores):,} of {chip['cores']:,} cores are used. Darker grey means more neurons on a core. Arrows "
            "are directed links between neighbouring tiles. Darker arrows carry more spikes over the whole recording "
            f"({chip['routing'].replace('_', ' ')} routing).{per_tile}"
        ),
        height=int(np.clip(190 + 400 * height / width, 320, 640)),
    )


def _heading(title: str) -> dict[str, Any]:
    """Return the title of the figure, at the top left beside the buttons."""
    place = {"x": 0, "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 10}}
    return {"text": label(title[:1].upper() + title[1:]), "font": {"size": 13}} | place


def _direction(title: str, low: int, high: int, spare: float) -> dict[str, Any]:
    return axis(title, range=[low - 0.5 - spare, high + 0.5 + spare], dtick=max(1, int(high - low) // 8), tick0=0) | {
        "showgrid": False,
        "constrain": "domain",
        "ticks": "",
    }


def _cores(mapping: dict[str, Any], low: AnyArray, high: AnyArray, most: int) -> go.Heatmap:
    """Return the cores as a heat map. Cores of a tile are adjacent; gaps between tiles leave room for links."""
    chip = mapping["chip"]
    per_tile = chip["cores_per_tile"]
    across = math.ceil(math.sqrt(per_tile))
    down = math.ceil(per_tile / across)
    width, height = (high - low + 1) * [across + 1, down + 1] - 1
    neurons: AnyArray = np.full((height, width), np.nan)
    hover: AnyArray = np.full((height, width), "", dtype=object)
    used = {core["core"]: core for core in mapping["cores"]}
    for x in range(low[0], high[0] + 1):
        for y in range(low[1], high[1] + 1):
            for inside in range(per_tile):
                column, row = divmod(inside, down)
                at = (y - low[1]) * (down + 1) + row, (x - low[0]) * (across + 1) + column
                core = (x * chip["rows"] + y) * per_tile + inside
                neurons[at] = used.get(core, {}).get("neurons_per_core", 0)
                hover[at] = _core_text(core, used.get(core))
    return go.Heatmap(
        x=_edges(low[0], high[0], across),
        y=_edges(low[1], high[1], down),
        z=neurons,
        zmin=0,
        zmax=most,
        colorscale=FULLNESS,
        showscale=False,
        xgap=1,
        ygap=1,
        hoverongaps=False,
        text=hover,
        hovertemplate="%{text}<extra></extra>",
    )


def _edges(low: int, high: int, inside: int) -> FloatArray:
    """Return the edges of the cells of all tiles along one direction."""
    tiles = np.arange(low, high + 1)[:, None]
    return np.asarray((tiles - TILE / 2 + TILE * np.arange(inside + 1) / inside).ravel().round(4))


def _core_text(number: int, core: dict[str, Any] | None) -> str:
    if core is None:
        return f"core {number}: empty"
    lines = [f"<b>core {number}</b>: {core['neurons_per_core']:,} neurons"]
    for name, title in (("input_axons_per_core", "input axons"), ("output_axons_per_core", "output axons")):
        if name in core:
            lines.append(f"{core[name]:,} {title}")
    return "<br>".join(lines)


def _links(links: list[dict[str, Any]], busiest: int) -> list[go.Scatter]:
    """Return one path of arrow stems per class of load, then the arrow heads with colour scale and hover texts."""
    if not links:
        return []
    load = np.array([link["load"] for link in links])
    start = np.array([link["from"] for link in links], dtype=float)
    step = np.array([link["to"] for link in links]) - start
    step = np.where(np.abs(step) > 1, -np.sign(step), step)  # links around the border leave the chip
    aside = LANE * np.stack([step[:, 1], -step[:, 0]], axis=1)
    tail = start + step * TILE / 2 + aside
    head = tail + step * (1 - TILE)
    load_class = np.minimum((load / max(busiest, 1) * len(LOADS)).astype(int), len(LOADS) - 1)
    stems = [
        go.Scatter(
            **_path(tail[load_class == number], head[load_class == number]),
            mode="lines",
            line={"color": LOADS[number], "width": 1.5 + 0.5 * number},
            hoverinfo="skip",
        )
        for number in np.unique(load_class).tolist()
    ]
    texts = [f"({_at(link['from'])}) → ({_at(link['to'])})<br>{link['load']:,} spikes" for link in links]
    heads = go.Scatter(
        x=(head - 0.06 * step)[:, 0].round(3),
        y=(head - 0.06 * step)[:, 1].round(3),
        mode="markers",
        marker={
            "symbol": "triangle-up",
            "size": 9,
            "angle": np.degrees(np.arctan2(step[:, 0], step[:, 1])).round(),
            "color": load,
            "colorscale": [(index / (len(LOADS) - 1), colour) for index, colour in enumerate(LOADS)],
            "cmin": 0,
            "cmax": busiest,
            "opacity": 1,
            "colorbar": scale_below("spikes on a link"),
        },
        text=texts,
        hovertemplate="%{text}<extra></extra>",
    )
    return [*stems, heads]


def _path(tail: FloatArray, head: FloatArray) -> dict[str, Any]:
    ends = np.stack([tail, head, np.full_like(tail, np.nan)], axis=1).round(3).astype(np.float32)
    return {"x": ends[..., 0].ravel(), "y": ends[..., 1].ravel()}


def _at(place: list[int]) -> str:
    return ", ".join(str(part) for part in place)
