"""Common style of the page's plotly figures: font, axes and colour bars. Dragging is off, so that touch scrolls."""

import html
from typing import Any

import plotly.graph_objects as go

from ..figures.canvas import GREY, INK, MODULE_COLOURS, NEGATIVE, POSITIVE

__all__ = [
    "BARE",
    "GREY",
    "INK",
    "MODULE_COLOURS",
    "NEGATIVE",
    "PLOT_MARKERS",
    "POSITIVE",
    "axis",
    "figure",
    "label",
    "scale_below",
]

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

PLOT_MARKERS = ("circle", "square", "diamond", "triangle-up")
"""Names in plotly of :data:`neurogrow.figures.canvas.MODULE_MARKERS`."""


def figure(traces: list[Any], **layout: Any) -> go.Figure:  # noqa: ANN401  (plotly's own options)
    """Return a figure in the style of the page; ``layout`` adds plotly options."""
    return go.Figure(
        traces,
        {
            "template": "none",
            "autosize": True,
            "font": {"family": FONT, "size": 12, "color": INK},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 8, "r": 8, "t": 36, "b": 8},
            "dragmode": False,
            "hoverlabel": {"bgcolor": "white", "bordercolor": "#999999", "font": {"family": FONT, "color": INK}},
            "modebar": {"bgcolor": "rgba(255,255,255,0.8)", "color": "#888888", "activecolor": INK},
            "showlegend": False,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        }
        | layout,
    )


def axis(title: str = "", **changed: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return an axis with a faint grid, no zero line and automatic margins; ``changed`` overrides options."""
    return {
        "title": {"text": title, "standoff": 8},
        "automargin": True,
        "gridcolor": "#ececec",
        "zeroline": False,
        "linecolor": "#aaaaaa",
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": "#aaaaaa",
    } | changed


def scale_below(title: str) -> dict[str, Any]:
    """Return a horizontal colour bar below the figure; it needs a bottom margin of 80 pixels."""
    place = {"x": 0.5, "xanchor": "center", "y": 0, "yanchor": "bottom", "yref": "container"}
    return {
        "title": {"text": title, "side": "bottom", "font": {"size": 11}},
        "orientation": "h",
        "thickness": 8,
        "len": 0.6,
        "outlinewidth": 0,
        "tickfont": {"size": 10},
    } | place


BARE = {"visible": False, "showgrid": False, "zeroline": False}
"""An axis that is not drawn."""


def label(text: object) -> str:
    """Escape text from a file for use in a figure, because plotly interprets some tags, such as links."""
    return html.escape(str(text), quote=False)
