"""A mapped chip: how full its cores are, and how many spikes each directed link carries."""

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
"""Side of a tile, where 1 is the step from tile to tile; links fill the rest."""
LANE = 0.1
"""How far the two directions between neighbouring tiles lie from the middle, each on its right-hand side."""
FULLNESS = [(0, "#f3f3f3"), (1, "#9a9a9a")]
LOADS = ["#fdca40", "#f48849", "#db5c68", "#b83289", "#8b0aa5", "#5402a3"]
"""From few to many spikes (the dark end of the colour map plasma)."""


@dataclass(frozen=True, eq=False)
class Frame:
    """What the maps of one chip share, so that they can be compared by eye."""

    low: IntArray
    """Column and row of the first tile drawn."""
    high: IntArray
    """Column and row of the last."""
    most_neurons: int
    """On any core."""
    busiest: int
    """Spikes on any link."""

    @classmethod
    def around(cls, mappings: Sequence[dict[str, Any]]) -> "Frame":
        """Return the part of the chip that any of the mappings uses, and one tile around it."""
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
    """Links that carry spikes from tile to tile, of the routing that the chip has."""
    links = mapping[mapping["chip"]["routing"]]["links"]
    return [link for link in links if len(link["from"]) == len(link["to"]) == 2]


def core_maps(mappings: Sequence[dict[str, Any]], names: Sequence[str]) -> tuple[Plot, ...]:
    """Draw mappings to one chip with common scales."""
    frame = Frame.around(mappings)
    return tuple(
        core_map(mapping, name, f"cores-{place}", frame)
        for place, (mapping, name) in enumerate(zip(mappings, names, strict=True))
    )


def core_map(mapping: dict[str, Any], title: str, name: str, frame: Frame) -> Plot:
    """Draw the used part of a chip, columns west to east and rows south to north."""
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
            f"{len(cores):,} of {chip['cores']:,} cores used. Grey: neurons on a core. Arrows: spikes that each "
            "directed link between neighbouring tiles carries over the whole recording, darker for more "
            f"({chip['routing'].replace('_', ' ')} routing).{per_tile}"
        ),
        height=int(np.clip(190 + 400 * height / width, 320, 640)),
    )


def _heading(title: str) -> dict[str, Any]:
    """Top left, beside the buttons."""
    place = {"x": 0, "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 10}}
    return {"text": label(title[:1].upper() + title[1:]), "font": {"size": 13}} | place


def _direction(title: str, low: int, high: int, spare: float) -> dict[str, Any]:
    return axis(title, range=[low - 0.5 - spare, high + 0.5 + spare], dtick=max(1, int(high - low) // 8), tick0=0) | {
        "showgrid": False,
        "constrain": "domain",
        "ticks": "",
    }


def _cores(mapping: dict[str, Any], low: AnyArray, high: AnyArray, most: int) -> go.Heatmap:
    """Cores as cells of unequal width: those of a tile next to each other, and gaps for the links between tiles."""
    chip = mapping["chip"]
    per_tile = chip["cores_per_tile"]
    across = math.ceil(math.sqrt(per_tile))
    down = math.ceil(per_tile / across)
    width, height = (high - low + 1) * [across + 1, down + 1] - 1
    neurons: AnyArray = np.full((height, width), np.nan)
    hover: AnyArray = np.full((height, width), "", dtype=object)
    held = {core["core"]: core for core in mapping["cores"]}
    for x in range(low[0], high[0] + 1):
        for y in range(low[1], high[1] + 1):
            for inside in range(per_tile):
                column, row = divmod(inside, down)
                at = (y - low[1]) * (down + 1) + row, (x - low[0]) * (across + 1) + column
                core = (x * chip["rows"] + y) * per_tile + inside
                neurons[at] = held.get(core, {}).get("neurons_per_core", 0)
                hover[at] = _said(core, held.get(core))
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
    """Edges of the cells along one direction: those of every tile's cores."""
    tiles = np.arange(low, high + 1)[:, None]
    return np.asarray((tiles - TILE / 2 + TILE * np.arange(inside + 1) / inside).ravel().round(4))


def _said(number: int, core: dict[str, Any] | None) -> str:
    if core is None:
        return f"core {number}: empty"
    lines = [f"<b>core {number}</b>: {core['neurons_per_core']:,} neurons"]
    for name, title in (("input_axons_per_core", "input axons"), ("output_axons_per_core", "output axons")):
        if name in core:
            lines.append(f"{core[name]:,} {title}")
    return "<br>".join(lines)


def _links(links: list[dict[str, Any]], busiest: int) -> list[go.Scatter]:
    """Stems as one path per class of load, then arrow heads with the colour scale and what the pointer reads."""
    if not links:
        return []
    load = np.array([link["load"] for link in links])
    start = np.array([link["from"] for link in links], dtype=float)
    step = np.array([link["to"] for link in links]) - start
    step = np.where(np.abs(step) > 1, -np.sign(step), step)  # around the border: an arrow that leaves the chip
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
    said = [f"({_at(link['from'])}) → ({_at(link['to'])})<br>{link['load']:,} spikes" for link in links]
    heads = go.Scatter(
        x=(head - 0.06 * step)[:, 0].round(3),
        y=(head - 0.06 * step)[:, 1].round(3),
        mode="markers",
        marker={
            "symbol": "triangle-up",
            "size": 9,
            "angle": np.degrees(np.arctan2(step[:, 0], step[:, 1])).round(),
            "color": load,
            "colorscale": [(place / (len(LOADS) - 1), colour) for place, colour in enumerate(LOADS)],
            "cmin": 0,
            "cmax": busiest,
            "opacity": 1,
            "colorbar": scale_below("spikes on a link"),
        },
        text=said,
        hovertemplate="%{text}<extra></extra>",
    )
    return [*stems, heads]


def _path(tail: FloatArray, head: FloatArray) -> dict[str, Any]:
    ends = np.stack([tail, head, np.full_like(tail, np.nan)], axis=1).round(3).astype(np.float32)
    return {"x": ends[..., 0].ravel(), "y": ends[..., 1].ravel()}


def _at(place: list[int]) -> str:
    return ", ".join(str(part) for part in place)
