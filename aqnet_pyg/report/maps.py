"""Maps of a field and of the stations that it was made from."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from textwrap import wrap

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from sklearn.neighbors import BallTree

from aqnet_pyg.errors import InputError
from aqnet_pyg.io.files import replacing
from aqnet_pyg.report.basemap import (
    color_bar,
    draw_borders,
    extent,
    frame,
    hatch_cells,
    legend_below,
    spread_colors,
    write_cities,
)
from aqnet_pyg.report.selection import Hours, measured, measured_table, newest_forecasts, over_hours
from aqnet_pyg.report.style import CONCENTRATIONS, FAINT, UNKNOWN, period, pollutant_name, unit_text
from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = ["map_field", "save_figure"]


def map_field(
    grid: xr.DataArray | xr.Dataset | None,
    stations: xr.Dataset,
    hidden: Collection[str] = (),
    *,
    pollutant: str = "pm25",
    time: Hours = None,
    title: str | None = None,
    borders: str | Path | None = None,
    reach_km: float = 100.0,
    widest: float | None = None,
    doubtful: str = "blank",
    colors: str = CONCENTRATIONS,
    limits: tuple[float, float] | None = None,
    bounds: tuple[float, float, float, float] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw a field, the visible stations as circles and the hidden ones as triangles, all on one color scale.

    Stations are filled with what they measured in the hours drawn; those that measured nothing then are left out. Cells
    whose center is farther than ``reach_km`` from all visible stations that are drawn, or whose interval is wider than
    ``widest``, are doubtful: no measurement is near enough to tell. They stay gray, or are hatched.

    Args:
        grid: The field, with dimensions ``latitude`` and ``longitude`` (degrees) and, where it has hours, ``time``;
            or the whole result on a grid, intervals and all, of :func:`aqnet_pyg.reanalyze` (of overlapping
            forecasts, the newest for each hour); ``None`` draws the stations alone.
        stations: Station data, or the result at stations.
        hidden: Codes of the hidden stations; a result knows its own.
        pollutant: The variable of ``stations`` to draw, which the grid shows too.
        time: The hours to draw (UTC), as ``sel(time=...)`` takes them: an hour, a day, a slice. The mean of several
            hours is drawn; ``None`` is all hours.
        title: Above the map; ``None`` names the pollutant and the hours.
        borders: A GeoJSON file of outlines in degrees, to draw as thin lines.
        reach_km: How far from a visible station the field is shown, in kilometers of great circle.
        widest: Largest width of the 90 % interval at which the field is shown, in the units of the pollutant. Of several
            hours it is the mean of their widths, which is more than the width for the mean.
        doubtful: What is done to cells beyond these: ``blank`` or ``hatched``.
        colors: A color map of Matplotlib, or a standard (``china``, ``epa``) for the categories of its daily means.
        limits: Concentrations at the ends of the colors; ``None`` spans 98 % of what is shown.
        bounds: West, east, south and north of the map in degrees; ``None`` shows all that is known.
        ax: Axes to draw in; ``None`` makes a new figure.

    Returns:
        The figure; :func:`save_figure` writes it.

    Raises:
        InputError: If a dimension, variable, station or hour asked for does not exist, or ``borders`` cannot be read.
    """
    if doubtful not in ("blank", "hatched"):
        raise InputError(f"doubtful: {doubtful!r} was given; use 'blank' or 'hatched'.")
    places, hours = measured_table(stations, hidden, pollutant, time)
    field = None
    if grid is not None:
        field = over_hours(_field(grid, pollutant), time, "grid").transpose("latitude", "longitude")
        # The grid may count longitudes from 0 where the stations count from -180.
        middle = float(field.longitude.mean())
        places["longitude"] = (places.longitude - middle + 180) % 360 - 180 + middle
    table = places.dropna(subset="value")
    if field is not None:
        doubt = _farther_than(field, table[~table.hidden], reach_km)
        if widest is not None:
            doubt |= ~(over_hours(_width(grid, pollutant), time, "grid").transpose(*field.dims).values <= widest)
        known = field.where(~doubt)
        shown = np.append(known.values.ravel(), table.value)
        ends = [np.append(table[axis], known[axis][known.notnull().any(other)]) for axis, other in _AXES]
    else:
        shown = table.value.to_numpy()
        ends = [table[axis].to_numpy() for axis, _ in _AXES]

    ax = frame(bounds or extent(*ends), ax)
    ax.set_facecolor("white" if field is None else UNKNOWN)
    scale, categories = _scale(shown, pollutant, colors, limits)
    if field is not None:
        cells = np.ma.masked_invalid((known if doubtful == "blank" else field).values)
        look = {"cmap": scale.cmap, "norm": scale.norm, "rasterized": True}
        ax.pcolormesh(field.longitude, field.latitude, cells, **look)
        if doubtful == "hatched":
            hatch_cells(ax, field.longitude.values, field.latitude.values, doubt & field.notnull().values)
    draw_borders(ax, borders)
    _draw_stations(ax, table, scale)
    write_cities(ax, places)

    units = unit_text(str(measured(stations, pollutant).attrs.get("units", "1")))
    label = f"{pollutant_name(pollutant)} ({units})"
    bar = color_bar(ax, scale, label, shown, left=0.13 if categories else 0.025)
    if categories:
        _name_categories(bar, categories)
    reasons = None
    if field is not None and doubt.any():
        reasons = [f"no visible station within {reach_km:g} km"]
        if widest is not None:
            reasons.append(f"90 % interval wider than {widest:g} {units}")
    _write_legend(ax, table, reasons, doubtful)
    zone = stations.attrs.get("time_zone", "UTC")
    ax.set_title(title or f"{pollutant_name(pollutant)}, {period(hours, zone)}", fontsize=11)
    return ax.figure


_AXES = (("longitude", "latitude"), ("latitude", "longitude"))


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure; a file that is there is replaced at once, or stays as it was.

    Args:
        figure: The figure.
        path: Its suffix (``.png``, ``.pdf``, ``.svg``) is the format.

    Raises:
        InputError: If the format is not known or the file cannot be written.
    """
    try:
        with replacing(path) as beside:
            figure.savefig(beside, format=Path(path).suffix.removeprefix(".") or "png")
    except ValueError as error:
        raise InputError(f"{path}: the figure cannot be written ({error}).") from error


def _field(grid: xr.DataArray | xr.Dataset, pollutant: str) -> xr.DataArray:
    if isinstance(grid, xr.Dataset):
        if pollutant not in grid:
            raise InputError(f"grid: {pollutant!r} is not in it; it has {', '.join(map(str, grid.data_vars))}.")
        grid = grid[pollutant]
    grid = newest_forecasts(grid)
    if set(grid.dims) - {"time"} != {"latitude", "longitude"}:
        raise InputError(f"grid: dimensions {grid.dims} were given; use latitude and longitude, and time or none.")
    return grid


def _width(grid: xr.DataArray | xr.Dataset, pollutant: str) -> xr.DataArray:
    ends = [f"{pollutant}_upper", f"{pollutant}_lower"]
    if not (isinstance(grid, xr.Dataset) and set(ends) <= set(grid.data_vars)):
        raise InputError(f"widest: the grid has no {' and '.join(ends)}; pass the whole result of a calibrated model.")
    upper, lower = (newest_forecasts(grid[end]) for end in ends)
    return upper - lower


def _farther_than(field: xr.DataArray, visible: pd.DataFrame, reach_km: float) -> np.ndarray:
    """Cells with no visible station within reach: shape ``[latitude, longitude]``."""
    if visible.empty:
        return np.ones(field.shape, bool)
    cells = np.stack(np.meshgrid(field.latitude, field.longitude, indexing="ij"), axis=-1).reshape(-1, 2)
    tree = BallTree(np.radians(visible[["latitude", "longitude"]].to_numpy()), metric="haversine")
    return tree.query(np.radians(cells), k=1)[0].reshape(field.shape) * EARTH_RADIUS_KM > reach_km


def _scale(
    values: np.ndarray, pollutant: str, colors: str, limits: tuple[float, float] | None
) -> tuple[ScalarMappable, list[str]]:
    """Colors, and their names if they are categories."""
    from aqnet_pyg.levels import STANDARDS
    from aqnet_pyg.report.categories import category_colors

    if colors in STANDARDS:
        return category_colors(pollutant, colors)
    try:
        return spread_colors(values, colors, limits), []
    except (KeyError, ValueError):
        raise InputError(
            f"colors: {colors!r} is no color map of Matplotlib and no standard; use 'viridis', 'cividis', or one of "
            f"{', '.join(STANDARDS)}."
        ) from None


def _name_categories(bar: Colorbar, names: list[str]) -> None:
    """Write the names of the categories at the right of the bar and their bounds at its left."""
    edges = bar.norm.boundaries
    bar.ax.yaxis.set_ticks_position("left")
    bar.set_ticks(edges[1:-1], labels=[f"{edge:.4g}" for edge in edges[1:-1]])
    bar.ax.yaxis.set_label_position("left")
    middle = (np.arange(len(names)) + 0.5) / len(names)
    for name, height in zip(names, middle, strict=True):
        text = "\n".join(wrap(name, 14))
        bar.ax.text(1.2, height, text, transform=bar.ax.transAxes, va="center", fontsize=8)


def _draw_stations(ax: Axes, table: pd.DataFrame, scale: ScalarMappable) -> None:
    size = float(np.clip(12000 / len(table), 18, 60))
    # White in black is seen on every color.
    look = {
        "cmap": scale.cmap,
        "norm": scale.norm,
        "edgecolors": "white",
        "linewidths": 0.6,
        "path_effects": [patheffects.withStroke(linewidth=1.4, foreground="black")],
        "zorder": 3,
    }
    for hidden, marker, area in ((False, "o", size), (True, "^", 2.5 * size)):
        some = table[table.hidden == hidden]
        ax.scatter(some.longitude, some.latitude, s=area, c=some.value, marker=marker, **look)


def _write_legend(ax: Axes, table: pd.DataFrame, reasons: list[str] | None, doubtful: str) -> None:
    hidden = int(table.hidden.sum())
    look = {"linestyle": "none", "markerfacecolor": "0.6", "markeredgecolor": "black", "markersize": 8}
    kinds = (("o", "visible", len(table) - hidden), ("^", "hidden", hidden))
    handles: list[Line2D | Patch] = [
        Line2D([], [], marker=marker, label=f"{kind} station ({count})", **look)
        for marker, kind, count in kinds
        if count or kind == "visible"
    ]
    if reasons:
        hatch = {"hatch": "////", "facecolor": "white"} if doubtful == "hatched" else {"facecolor": UNKNOWN}
        handles.append(Patch(edgecolor="0.6" if doubtful == "blank" else FAINT, label="\nor ".join(reasons), **hatch))
    legend_below(ax, handles)
