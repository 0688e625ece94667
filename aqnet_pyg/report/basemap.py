"""Elements of all maps: axes in degrees, coasts and borders, city names, color bar and legend."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Normalize
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from aqnet_pyg.errors import InputError
from aqnet_pyg.report.coasts import coasts
from aqnet_pyg.report.style import FAINT, INK, figure_of, fonts_for, new_figure

Bounds = tuple[float, float, float, float]
"""West, east, south and north in degrees."""

MAP_WIDTH = 6.6
"""Width of the axes of a new map in inches."""

MAX_CITY_NAMES = 12
"""Largest number of city names on a map."""


def extent(longitude: np.ndarray, latitude: np.ndarray) -> Bounds:
    """Return the bounds of points or of a grid, with a margin.

    Args:
        longitude: Degrees, shape ``[n]``.
        latitude: Degrees, shape ``[m]``; of points (*m = n*), or of the axes of a grid.
    """
    ends: list[float] = []
    for places in (longitude, latitude):
        margin = 0.02 * np.ptp(places) or 0.5
        ends += [places.min() - margin, places.max() + margin]
    west, east, south, north = ends
    # Aspect ratio between 1 and 2.5.
    width, height = (east - west) * np.cos(np.radians((south + north) / 2)), north - south
    wider = max(0.0, height / width - 1) * (east - west) / 2
    higher = max(0.0, width / height / 2.5 - 1) * height / 2
    return west - wider, east + wider, south - higher, north + higher


def map_height(bounds: Bounds) -> float:
    """Return the height of the axes of a new map in inches."""
    west, east, south, north = bounds
    return float(np.clip(MAP_WIDTH * _stretch(south, north) * (north - south) / (east - west), 3.0, 8.0))


def map_axes(bounds: Bounds, ax: Axes | None) -> Axes:
    """Set up the axes of an equirectangular map, with true angles at its central latitude.

    Args:
        bounds: West, east, south and north in degrees.
        ax: Axes to use; ``None`` makes a new figure.
    """
    west, east, south, north = bounds
    if ax is None:
        ax = new_figure(MAP_WIDTH + 1.8, map_height(bounds) + 1.2).add_subplot()
    stretch = _stretch(south, north)
    ax.set(xlim=(west, east), ylim=(south, north), aspect=stretch)
    ax.locator_params(nbins=6)
    ax.tick_params(labelsize=9)
    ax.xaxis.set_major_formatter(lambda degrees, _: _degrees((degrees + 180) % 360 - 180, "EW"))
    ax.yaxis.set_major_formatter(lambda degrees, _: _degrees(degrees, "NS"))
    return ax


def draw_borders(ax: Axes, path: str | Path | None) -> None:
    """Draw outlines as thin lines below the stations.

    Args:
        ax: The map.
        path: A GeoJSON file; ``None``: coasts and borders of Natural Earth.

    Raises:
        InputError: If the file cannot be read.
    """
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    lines = outlines(path, (west, east, south, north))
    ax.add_collection(LineCollection(lines, colors=INK, linewidths=0.5, zorder=1.5, gid="borders"), autolim=False)


def hatch_cells(ax: Axes, longitude: np.ndarray, latitude: np.ndarray, mask: np.ndarray) -> None:
    """Hatch cells of a regular grid.

    Args:
        ax: The map.
        longitude: Cell centers in degrees, ascending or descending, shape ``[column]``.
        latitude: Cell centers in degrees, ascending or descending, shape ``[row]``.
        mask: Cells to hatch, shape ``[row, column]``.
    """
    if not mask.any():
        return
    (west, east), (south, north) = cell_edges(longitude), cell_edges(latitude)
    row, column = mask.nonzero()
    area = shapely.union_all(shapely.box(west[column], south[row], east[column], north[row]))
    # Holes are oriented the other way round, so that they are not filled.
    parts = [shapely.geometry.polygon.orient(part) for part in shapely.get_parts(area)]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    outline = Outline.make_compound_path(*(Outline(shapely.get_coordinates(ring), closed=True) for ring in rings))
    ax.add_patch(PathPatch(outline, facecolor="none", edgecolor=FAINT, hatch="////", linewidth=0.0, zorder=1.2))


def color_scale(values: np.ndarray, colors: str, limits: tuple[float, float] | None = None) -> ScalarMappable:
    """Return a color scale over the range of values; of more than 100 values, from the 1st to the 99th percentile.

    Args:
        values: Any shape, NaN where missing.
        colors: Name of the color map.
        limits: Ends of the scale, instead of those of the values.
    """
    cut = 0.01 if np.isfinite(values).sum() > 100 else 0.0
    low, high = np.nanquantile(values, [cut, 1 - cut]) if limits is None else limits
    if not high > low:  # a single value
        low, high = 0.0, max(high, 1.0)
    return ScalarMappable(Normalize(low, high), colors)


def color_bar(ax: Axes, scale: ScalarMappable, label: str, values: np.ndarray, left: float = 0.025) -> Colorbar:
    """Add a color bar at the right of the map, pointed at an end that values exceed.

    Args:
        ax: The map.
        scale: The color scale.
        label: Quantity and units.
        values: All values on the map, any shape.
        left: Gap between map and bar, as a fraction of the width of the map.
    """
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}
    norm = scale.norm
    beyond = bool(np.nanmin(values) < norm.vmin), bool(np.nanmax(values) > norm.vmax)
    bar = figure_of(ax).colorbar(scale, cax=ax.inset_axes((1 + left, 0, 0.03, 1)), extend=extend[beyond])
    bar.set_label(label)
    bar.ax.tick_params(labelsize=9)
    bar.outline.set_linewidth(0.5)
    return bar


def legend_below(ax: Axes, handles: Sequence[Any], columns: int | None = None) -> None:
    """Add a legend below the axes.

    Args:
        ax: The axes.
        handles: Entries of the legend.
        columns: Entries per row; by default all are in one row.
    """
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.06),
        ncols=columns or len(handles),
        frameon=False,
        fontsize=9,
    )


def write_cities(ax: Axes, table: pd.DataFrame) -> None:
    """Write the names of the cities with the most stations, without overlaps and where a font has their characters.

    Args:
        ax: The map, with its final limits.
        table: Stations with ``longitude``, ``latitude`` and ``city``.
    """
    west, east = sorted(ax.get_xlim())
    south, north = sorted(ax.get_ylim())
    inside = table.longitude.between(west, east) & table.latitude.between(south, north)
    cities = table[inside & (table.city != "")].groupby("city")[["longitude", "latitude"]].agg(["mean", "size"])
    if cities.empty:
        return
    cities = pd.DataFrame(
        {
            "longitude": cities["longitude", "mean"],
            "latitude": cities["latitude", "mean"],
            "stations": cities["longitude", "size"],
        }
    ).sort_values("stations", ascending=False, kind="stable")
    figure_of(ax).draw_without_rendering()
    taken: list[Any] = []
    for name, city in zip(map(str, cities.index), cities.itertuples(), strict=True):
        if len(taken) == MAX_CITY_NAMES:
            break
        fonts = fonts_for(name)
        if fonts is None:
            continue
        text = ax.annotate(
            name,
            (city.longitude, city.latitude),
            (0, 5),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=8,
            fontfamily=fonts,
            path_effects=[patheffects.withStroke(linewidth=2, foreground="white")],
            zorder=4,
        )
        text.set_in_layout(False)
        box, room = text.get_window_extent().padded(4), ax.bbox
        fits = room.x0 < box.x0 and box.x1 < room.x1 and room.y0 < box.y0 and box.y1 < room.y1
        if fits and not any(box.overlaps(other) for other in taken):
            taken.append(box)
        else:
            text.remove()


def outlines(path: str | Path | None, bounds: Bounds) -> list[np.ndarray]:
    """Return the outlines near a map, each of shape ``[point, 2]``: longitude and latitude in degrees.

    Args:
        path: A GeoJSON file; ``None``: coasts and borders of Natural Earth.
        bounds: West, east, south and north in degrees. On a map across the antimeridian, lines are also 360 degrees farther
            east.

    Raises:
        InputError: If the file cannot be read.
    """
    west, east, south, north = bounds
    lines = [*coasts()] if path is None else _read_lines(path)
    lines += [line + np.array([360, 0]) for line in lines] if east > 180 else []
    shapes = [shapely.LineString(line) for line in lines if len(line) > 1]
    wide, high = east - west, north - south
    clipped = shapely.get_parts(shapely.clip_by_rect(shapes, west - wide, south - high, east + wide, north + high))
    return [shapely.get_coordinates(line) for line in clipped if not line.is_empty]


def _read_lines(path: str | Path) -> list[np.ndarray]:
    try:
        shapes = shapely.from_geojson(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, shapely.errors.GEOSException) as error:
        raise InputError(f"{path}: the borders cannot be read ({error}); pass a GeoJSON file.") from error
    parts = shapely.get_parts(shapely.get_parts(shapes))
    lines = shapely.get_parts(np.where(shapely.get_dimensions(parts) == 2, shapely.boundary(parts), parts))
    return [shapely.get_coordinates(line) for line in lines]


def cell_edges(centers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper edges of the cells along an axis of a regular grid, each of shape ``[cell]``.

    Args:
        centers: Degrees, ascending or descending, shape ``[cell]``; a single cell is one degree wide.
    """
    half = np.abs(np.diff(centers)).mean() / 2 if len(centers) > 1 else 0.5
    return centers - half, centers + half


def _stretch(south: float, north: float) -> float:
    """Return the length of a degree of latitude in degrees of longitude."""
    return float(1 / np.cos(np.radians((south + north) / 2)))


def _degrees(degrees: float, sides: str) -> str:
    side = "" if degrees == 0 else sides[0] if degrees > 0 else sides[1]
    return f"{abs(degrees):g}°{side}"
