"""Map of a station graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import Tensor

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph.diagnostics import component_labels
from aqnet_pyg.graph.sphere import great_circle_distance
from aqnet_pyg.grid import unwrap_longitude
from aqnet_pyg.report.basemap import draw_borders, extent, legend_below, map_axes
from aqnet_pyg.report.style import figure_of, mark_simulated

COLORS = "viridis_r"
"""Color map of the lengths of edges."""

COMPONENTS = ("#d55e00", "#0072b2", "#e69f00", "#cc79a7", "#56b4e9")
"""Colors of the largest components where there are several, safe for color-blind readers (Okabe and Ito 2008)."""

OTHERS = "0.7"
"""Color of the smaller components."""


def map_graph(
    edge_index: Tensor,
    pos: Tensor,
    *,
    visible: Tensor | None = None,
    stations: xr.Dataset | None = None,
    title: str | None = None,
    borders: str | Path | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw stations and the edges between them, short edges on top of long ones.

    Visible stations are circles and hidden ones triangles. If the graph has several components, the stations of the largest
    ones are colored by component.

    Args:
        edge_index: Edges between stations, shape ``[2, E]``; directions are not shown.
        pos: Longitude and latitude in degrees, shape ``[N, 2]``.
        visible: Mask of the visible stations, shape ``[N]``; default all.
        stations: Station data of the graph; of simulated ones, the map says so.
        title: Title of the map; ``None`` for the numbers of stations, edges and components.
        borders: A GeoJSON file of outlines in degrees, drawn as thin lines; ``None``: coasts and borders of Natural Earth.
        ax: Axes to draw in; ``None`` makes a new figure.

    Returns:
        The figure; :func:`aqnet_pyg.report.save_figure` writes it to a file.

    Raises:
        InputError: If there are no stations, a coordinate is out of range, or ``borders`` cannot be read.
    """
    if len(pos) == 0:
        raise InputError("pos: there are no stations; pass one or more.")
    pos, edge_index = pos.cpu().double(), edge_index.cpu()
    pairs = np.unique(np.sort(edge_index.numpy(), axis=0), axis=1)
    labels = component_labels(edge_index, len(pos))
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    rank = np.argsort(order)[labels]
    table = pd.DataFrame(
        {
            "longitude": unwrap_longitude(pos[:, 0].numpy()),
            "latitude": pos[:, 1].numpy(),
            "hidden": np.zeros(len(pos), bool) if visible is None else ~visible.cpu().bool().numpy(),
            "color": "0.25" if len(sizes) == 1 else [(*COMPONENTS, OTHERS)[min(i, len(COMPONENTS))] for i in rank],
        }
    )
    ax = map_axes(extent(table.longitude.to_numpy(), table.latitude.to_numpy()), ax)
    draw_borders(ax, borders)
    if pairs.size:
        _draw_edges(ax, table, pairs, great_circle_distance(pos[pairs[0]], pos[pairs[1]]).numpy())
    size = float(np.clip(6000 / len(table), 8, 50))
    for hidden, marker, area in ((False, "o", size), (True, "^", 2 * size)):
        some = table[table.hidden == hidden]
        style: dict[str, Any] = {"marker": marker, "s": area, "edgecolors": "white", "linewidths": 0.4, "zorder": 3}
        ax.scatter(some.longitude, some.latitude, c=some.color.tolist(), **style)
    _write_legend(ax, table, sizes[order])
    many = f", {len(sizes)} components" if len(sizes) > 1 else ""
    ax.set_title(title or f"{len(pos)} stations, {edge_index.size(1)} edges{many}", fontsize=11)
    if stations is not None:
        mark_simulated(ax, stations)
    return figure_of(ax)


def _draw_edges(ax: Axes, table: pd.DataFrame, pairs: np.ndarray, km: np.ndarray) -> None:
    places = table[["longitude", "latitude"]].to_numpy()
    longest_first = np.argsort(-km, kind="stable")
    # A few long edges must not determine the color scale.
    high = float(np.quantile(km, 0.99)) or 1.0
    colors = ScalarMappable(Normalize(0, high), COLORS)
    lines = LineCollection(
        places[pairs.T][longest_first],
        array=km[longest_first],
        cmap=COLORS,
        norm=colors.norm,
        linewidths=float(np.clip(40 / np.sqrt(len(km)), 0.3, 1.5)),
        alpha=0.8,
        zorder=2,
    )
    ax.add_collection(lines, autolim=False)
    bar = figure_of(ax).colorbar(
        colors, cax=ax.inset_axes((1.025, 0, 0.03, 1)), extend="max" if km.max() > high else "neither"
    )
    bar.set_label("length of an edge (km)")
    bar.outline.set_linewidth(0.5)


def _write_legend(ax: Axes, table: pd.DataFrame, sizes: np.ndarray) -> None:
    style: dict[str, Any] = {"linestyle": "none", "markersize": 7, "markeredgecolor": "white"}
    hidden = int(table.hidden.sum())
    plain = "0.25" if len(sizes) == 1 else OTHERS
    kinds = (("o", "visible station", len(table) - hidden), ("^", "hidden station", hidden))
    handles = [
        Line2D([], [], marker=marker, color=plain, label=f"{kind} ({count})", **style)
        for marker, kind, count in kinds
        if count
    ]
    if len(sizes) > 1:
        shown = sizes[: len(COMPONENTS)]
        handles += [
            Line2D([], [], marker="s", color=color, label=f"component of {size}", **style)
            for color, size in zip(COMPONENTS, shown, strict=False)
        ]
        if len(sizes) > len(shown):
            more = f"{len(sizes) - len(shown)} smaller ones"
            handles.append(Line2D([], [], marker="s", color=OTHERS, label=more, **style))
    legend_below(ax, handles, columns=min(4, len(handles)))
