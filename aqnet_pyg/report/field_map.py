"""Map of a gridded field with the stations."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from sklearn.neighbors import BallTree

from aqnet_pyg.errors import InputError
from aqnet_pyg.report.basemap import (
    Bounds,
    color_bar,
    color_scale,
    draw_borders,
    extent,
    hatch_cells,
    legend_below,
    map_axes,
    write_cities,
)
from aqnet_pyg.report.land import SEA_KM, reach
from aqnet_pyg.report.selection import Hours, mean_over_hours, measurements, newest_forecasts, station_means
from aqnet_pyg.report.style import (
    CONCENTRATIONS,
    FAINT,
    UNKNOWN,
    figure_of,
    mark_simulated,
    period,
    pollutant_name,
    unit_text,
)
from aqnet_pyg.stations import EARTH_RADIUS_KM


def map_field(
    grid: xr.DataArray | xr.Dataset | None,
    stations: xr.Dataset,
    hidden: Collection[str] = (),
    *,
    pollutant: str = "pm25",
    time: Hours = None,
    title: str | None = None,
    borders: str | Path | None = None,
    max_distance_km: float = 100.0,
    max_width: float | None = None,
    masked: str = "blank",
    colors: str = CONCENTRATIONS,
    limits: tuple[float, float] | None = None,
    bounds: Bounds | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw a field with the visible stations as circles and the hidden ones as triangles, on one color scale.

    Stations have the colors of their measurements, averaged over the hours drawn; stations without measurements then are left
    out. Cells farther than ``max_distance_km`` from all visible stations on the map, or with a prediction interval wider than
    ``max_width``, are masked: they are gray, or hatched.

    Args:
        grid: The field, with dimensions ``latitude`` and ``longitude`` (degrees) and optionally ``time``; or the result on a
            grid with intervals that :func:`aqnet_pyg.reanalyze` returns (of overlapping forecasts, the newest for each hour);
            ``None`` draws the stations only.
        stations: Station data, or the result at stations.
        hidden: Codes of the hidden stations; not needed for a result, which contains them.
        pollutant: The variable to draw, of ``stations`` and ``grid``.
        time: The hours to draw (UTC), as in ``sel(time=...)``: an hour, a day, a slice; ``None`` for all. Several hours are
            averaged.
        title: Title of the map; ``None`` for the pollutant and the period.
        borders: A GeoJSON file of outlines in degrees, drawn as thin lines; ``None``: coasts and borders of Natural Earth.
        max_distance_km: Largest great-circle distance from a cell center to the nearest visible station, in kilometers; at sea
            at most 25. Infinite for no limit.
        max_width: Largest width of the 90 % interval, in the units of the pollutant. Widths of several hours are averaged;
            their mean is larger than the width of an interval for the mean.
        masked: How masked cells are drawn: ``blank`` or ``hatched``.
        colors: A color map of Matplotlib, or a standard (``china``, ``epa``) for the categories of its daily means.
        limits: Concentrations at the ends of the color map; ``None`` for the 1st and 99th percentiles of the values drawn.
        bounds: West, east, south and north of the map in degrees; ``None`` for all stations and all cells with values.
        ax: Axes to draw in; ``None`` makes a new figure.

    Returns:
        The figure; :func:`aqnet_pyg.report.save_figure` writes it to a file.

    Raises:
        InputError: If a dimension, variable, station or hour does not exist, or ``borders`` cannot be read.
    """
    if masked not in ("blank", "hatched"):
        raise InputError(f"masked: {masked!r} was given; use 'blank' or 'hatched'.")
    places, hours = station_means(stations, hidden, pollutant, time, measured=grid is None)
    field: xr.DataArray | None = None
    if grid is not None:
        field = mean_over_hours(_field(grid, pollutant), time, "grid").transpose("latitude", "longitude")
        # Longitudes of the grid may be 0 to 360 and those of the stations -180 to 180.
        middle = float(field.longitude.mean())
        places["longitude"] = (places.longitude - middle + 180) % 360 - 180 + middle
    table = places.dropna(subset="value")
    mask = np.zeros((0, 0), bool)
    if field is not None and grid is not None:
        around = places if table.empty else table  # nothing is measured in the hours of a forecast to come
        mask = _farther_than(field, around[~around.hidden], max_distance_km)
        if max_width is not None:
            width = mean_over_hours(_width(grid, pollutant), time, "grid").transpose(*field.dims)
            mask |= ~(width.values <= max_width)
        known = field.where(~mask)
        shown = np.append(known.values.ravel(), table.value)
        ends = [np.append(table[axis], known[axis][known.notnull().any(other)]) for axis, other in _AXES]
    else:
        shown = table.value.to_numpy()
        ends = [table[axis].to_numpy() for axis, _ in _AXES]

    ax = map_axes(bounds or extent(*ends), ax)
    ax.set_facecolor("white" if field is None else UNKNOWN)
    scale, categories = _scale(shown, pollutant, colors, limits)
    if field is not None:
        cells = np.ma.masked_invalid((known if masked == "blank" else field).values)
        style: dict[str, Any] = {"cmap": scale.cmap, "norm": scale.norm, "rasterized": True}
        ax.pcolormesh(field.longitude, field.latitude, cells, **style)
        if masked == "hatched":
            hatch_cells(ax, field.longitude.values, field.latitude.values, mask & field.notnull().values)
    draw_borders(ax, borders)
    if not table.empty:
        _draw_stations(ax, table, scale)
    write_cities(ax, places)
    mark_simulated(ax, stations, *([] if grid is None else [grid]))

    units = unit_text(str(measurements(stations, pollutant).attrs.get("units", "1")))
    label = f"{pollutant_name(pollutant)} ({units})"
    bar = color_bar(ax, scale, label, shown, left=0.13 if categories else 0.025)
    if categories:
        _name_categories(bar, categories)
    reasons = []
    if mask.any():
        at_sea = f" ({SEA_KM:g} km at sea)" if max_distance_km > SEA_KM else ""
        reasons.append(f"no visible station within {max_distance_km:g} km{at_sea}")
        if max_width is not None:
            reasons.append(f"90 % interval wider than {max_width:g} {units}")
    _write_legend(ax, table, reasons, masked)
    zone = stations.attrs.get("time_zone", "UTC")
    ax.set_title(title or f"{pollutant_name(pollutant)}, {period(hours, zone)}", fontsize=11)
    return figure_of(ax)


_AXES = (("longitude", "latitude"), ("latitude", "longitude"))


def _field(grid: xr.DataArray | xr.Dataset, pollutant: str) -> xr.DataArray:
    if isinstance(grid, xr.Dataset):
        if pollutant not in grid:
            raise InputError(f"grid: it has no variable {pollutant!r}; it has {', '.join(map(str, grid.data_vars))}.")
        grid = grid[pollutant]
    grid = newest_forecasts(grid)
    if set(grid.dims) - {"time"} != {"latitude", "longitude"}:
        raise InputError(f"grid: its dimensions are {grid.dims}; use latitude and longitude, and optionally time.")
    return grid


def _width(grid: xr.DataArray | xr.Dataset, pollutant: str) -> xr.DataArray:
    ends = [f"{pollutant}_upper", f"{pollutant}_lower"]
    if not (isinstance(grid, xr.Dataset) and set(ends) <= set(grid.data_vars)):
        raise InputError(f"max_width: the grid has no {' and '.join(ends)}; pass the result of a calibrated model.")
    upper, lower = (newest_forecasts(grid[end]) for end in ends)
    return upper - lower


def _farther_than(field: xr.DataArray, visible: pd.DataFrame, max_distance_km: float) -> np.ndarray:
    """Mask of cells without a visible station within a distance, shape ``[latitude, longitude]``."""
    if visible.empty:
        return np.ones(field.shape, bool)
    longitude, latitude = np.meshgrid(field.longitude, field.latitude)
    cells = np.stack([latitude, longitude], axis=-1).reshape(-1, 2)
    tree = BallTree(np.radians(visible[["latitude", "longitude"]].to_numpy()), metric="haversine")
    km = tree.query(np.radians(cells), k=1)[0].reshape(field.shape) * EARTH_RADIUS_KM
    return km > reach(longitude, latitude, max_distance_km)


def _scale(
    values: np.ndarray, pollutant: str, colors: str, limits: tuple[float, float] | None
) -> tuple[ScalarMappable, list[str]]:
    """Return the color scale, and the names of its colors if they are categories."""
    from aqnet_pyg.levels import STANDARDS
    from aqnet_pyg.report.categories import category_colors

    if colors in STANDARDS:
        return category_colors(pollutant, colors)
    try:
        return color_scale(values, colors, limits), []
    except (KeyError, ValueError):
        raise InputError(
            f"colors: {colors!r} is neither a color map of Matplotlib nor a standard; use 'viridis', 'cividis', or one of "
            f"{', '.join(STANDARDS)}."
        ) from None


def _name_categories(bar: Colorbar, names: list[str]) -> None:
    """Label the color bar with the names of the categories at its right and their bounds at its left."""
    assert isinstance(bar.norm, BoundaryNorm)
    edges = bar.norm.boundaries
    bar.ax.yaxis.set_ticks_position("left")
    bar.set_ticks(edges[1:-1].tolist(), labels=[f"{edge:.4g}" for edge in edges[1:-1]])
    bar.ax.yaxis.set_label_position("left")
    middle = (np.arange(len(names)) + 0.5) / len(names)
    for name, height in zip(names, middle, strict=True):
        text = "\n".join(wrap(name, 14))
        bar.ax.text(1.2, height, text, transform=bar.ax.transAxes, va="center", fontsize=8)


def _draw_stations(ax: Axes, table: pd.DataFrame, scale: ScalarMappable) -> None:
    size = float(np.clip(12000 / len(table), 18, 60))
    # A white edge inside a black one stands out from every color.
    style: dict[str, Any] = {
        "cmap": scale.cmap,
        "norm": scale.norm,
        "edgecolors": "white",
        "linewidths": 0.6,
        "path_effects": [patheffects.withStroke(linewidth=1.4, foreground="black")],
        "zorder": 3,
    }
    for hidden, marker, area in ((False, "o", size), (True, "^", 2.5 * size)):
        some = table[table.hidden == hidden]
        ax.scatter(some.longitude, some.latitude, s=area, c=some.value, marker=marker, **style)


def _write_legend(ax: Axes, table: pd.DataFrame, reasons: list[str], masked: str) -> None:
    hidden = int(table.hidden.sum())
    style: dict[str, Any] = {"linestyle": "none", "markerfacecolor": "0.6", "markeredgecolor": "black", "markersize": 8}
    kinds = (("o", "visible", len(table) - hidden), ("^", "hidden", hidden))
    handles: list[Line2D | Patch] = [
        Line2D([], [], marker=marker, label=f"{kind} station ({count})", **style)
        for marker, kind, count in kinds
        if count or kind == "visible"
    ]
    if reasons:
        label = "\nor ".join(reasons)
        blank = Patch(edgecolor="0.6", facecolor=UNKNOWN, label=label)
        handles.append(
            blank if masked == "blank" else Patch(edgecolor=FAINT, facecolor="white", hatch="////", label=label)
        )
    legend_below(ax, handles)
