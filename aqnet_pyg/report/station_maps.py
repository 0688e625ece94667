"""Maps of stations as bubbles: their measurements, and the errors of predictions at the hidden ones."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from sklearn.neighbors import BallTree

from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import unwrap_longitude
from aqnet_pyg.report.basemap import (
    MAP_WIDTH,
    Bounds,
    color_bar,
    color_scale,
    draw_borders,
    extent,
    legend_below,
    map_axes,
    map_height,
    write_cities,
)
from aqnet_pyg.report.selection import (
    Hours,
    measurements,
    newest_forecasts,
    predicted_pollutant,
    select_hours,
    station_means,
)
from aqnet_pyg.report.style import (
    CONCENTRATIONS,
    ERRORS,
    FAINT,
    INK,
    figure_of,
    mark_simulated,
    new_figure,
    period,
    pollutant_name,
    unit_text,
)
from aqnet_pyg.text import counted

DIAMETER = 9.0
"""Diameter in points of a bubble at the upper end of the color scale, on a map of up to a hundred stations."""

TOUCHING = 10.0
"""Median distance in points between nearest stations below which an area is enlarged beside the map."""


def map_stations(
    stations: xr.Dataset,
    hidden: Collection[str] = (),
    *,
    pollutant: str = "pm25",
    time: Hours = None,
    title: str | None = None,
    borders: str | Path | None = None,
    zoom: Bounds | str | None = "densest",
) -> Figure:
    """Draw the stations, colored and sized by their measurements, with an enlarged map of the densest area.

    Args:
        stations: Station data, or the result at stations.
        hidden: Codes of the hidden stations, which are outlined; not needed for a result, which contains them.
        pollutant: The variable to draw.
        time: The hours to draw (UTC), as in ``sel(time=...)``; ``None`` for all. Several hours are averaged.
        title: Title of the map; ``None`` for the pollutant and the period.
        borders: A GeoJSON file of outlines in degrees, drawn as thin lines; ``None``: coasts and borders of Natural Earth.
        zoom: West, east, south and north in degrees of the area that is enlarged beside the map; ``densest`` chooses the area
            where stations overlap, if there is one; ``None`` for no enlarged map.

    Returns:
        The figure.

    Raises:
        InputError: If a variable, station or hour does not exist, or ``borders`` cannot be read.
    """
    places, hours = station_means(stations, hidden, pollutant, time)
    places["longitude"] = unwrap_longitude(places.longitude.to_numpy())
    table = places.dropna(subset="value")
    bounds = extent(table.longitude.to_numpy(), table.latitude.to_numpy())
    area = _densest(table, bounds) if isinstance(zoom, str) else zoom
    units = unit_text(str(measurements(stations, pollutant).attrs.get("units", "1")))
    scale = color_scale(table.value.to_numpy(), CONCENTRATIONS)
    axes = [map_axes(bounds, None)] if area is None else _two_axes(bounds, area)
    for number, part in enumerate(axes):
        draw_borders(part, borders)
        _draw(part, table, scale, larger=3.0 if number else 1.0)
        write_cities(part, places)
    mark_simulated(axes[0], stations)
    ax, last = axes[0], axes[-1]
    if area is not None:
        ax.indicate_inset_zoom(last, edgecolor=INK, alpha=0.6)
        last.locator_params(nbins=4)
        last.set_title("enlarged, circles three times", fontsize=9)
    color_bar(last, scale, f"{pollutant_name(pollutant)} ({units})", table.value.to_numpy())
    handles = _sizes(scale, units, len(table))
    hidden_count = int(table.hidden.sum())
    if hidden_count:
        style: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 7, "markerfacecolor": "white"}
        handles.append(Line2D([], [], label=f"hidden station ({hidden_count})", **style, **_outline(True)))
    legend_below(ax, handles)
    zone = stations.attrs.get("time_zone", "UTC")
    ax.set_title(
        title or f"{counted(len(table), 'station')}, {pollutant_name(pollutant)}, {period(hours, zone)}",
        fontsize=11,
    )
    return figure_of(ax)


def map_errors(
    result: xr.Dataset,
    *,
    time: Hours = None,
    title: str | None = None,
    borders: str | Path | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the hidden stations, colored and sized by their root-mean-square error, and the visible ones as dots.

    Args:
        result: Result at stations, of :func:`aqnet_pyg.reanalyze`; of overlapping forecasts, the newest for each hour.
        time: The hours to compare (UTC), as in ``sel(time=...)``; ``None`` for all.
        title: Title of the map; ``None`` for the number of stations and the error over all their hours.
        borders: A GeoJSON file of outlines in degrees, drawn as thin lines; ``None``: coasts and borders of Natural Earth.
        ax: Axes to draw in; ``None`` makes a new figure.

    Returns:
        The figure.

    Raises:
        InputError: If there is no hidden station with measurements, an hour does not exist, or ``borders`` cannot be read.
    """
    target = predicted_pollutant(result)
    hourly = newest_forecasts(result)
    error = select_hours(hourly[target] - hourly[f"{target}_measured"], time, "result").transpose("time", "station")
    square = np.square(error.values.astype(np.float64))
    count = np.isfinite(square).sum(axis=0)
    with np.errstate(invalid="ignore"):
        value = np.sqrt(np.nansum(square, axis=0) / count)
    table = pd.DataFrame(
        {
            "value": value,
            "longitude": unwrap_longitude(result.longitude.values),
            "latitude": result.latitude.values,
            "hidden": result.visible.values == 0,
            "city": result.city.values.astype(str) if "city" in result.coords else "",
        },
        index=result.indexes["station"],
    )
    known = table[table.hidden].dropna(subset="value")
    if known.empty:
        raise InputError(
            "result: no hidden station has measurements in these hours, so there are no errors; hide stations (--hidden) or "
            "choose other hours."
        )
    ax = map_axes(extent(table.longitude.to_numpy(), table.latitude.to_numpy()), ax)
    units = unit_text(str(result[target].attrs.get("units", "1")))
    scale = color_scale(known.value.to_numpy(), ERRORS)
    draw_borders(ax, borders)
    visible = table[~table.hidden]
    ax.scatter(visible.longitude, visible.latitude, s=6, c=FAINT, linewidths=0, zorder=2)
    _draw(ax, known, scale, outlined=False)
    write_cities(ax, table)
    mark_simulated(ax, result)
    color_bar(ax, scale, f"RMSE of {pollutant_name(target)} ({units})", known.value.to_numpy())
    dots = Line2D(
        *([], []),
        linestyle="none",
        marker="o",
        markersize=3,
        color=FAINT,
        label=f"visible station ({len(visible)})",
    )
    legend_below(ax, [*_sizes(scale, units, len(known)), dots])
    overall = np.sqrt(np.nansum(square[:, table.hidden]) / count[table.hidden].sum())
    ax.set_title(
        title or f"{pollutant_name(target)} at {counted(len(known), 'hidden station')}, RMSE {overall:.3g} {units}",
        fontsize=11,
    )
    return figure_of(ax)


def _two_axes(bounds: Bounds, area: Bounds) -> list[Axes]:
    """Axes of a map and, at its right, of an enlarged area."""
    whole, enlarged = new_figure(MAP_WIDTH + 5.4, map_height(bounds) + 1.2).subplots(1, 2, width_ratios=[1.8, 1])
    return [map_axes(bounds, whole), map_axes(area, enlarged)]


def _densest(table: pd.DataFrame, bounds: Bounds) -> Bounds | None:
    """Bounds of the square with the most stations, a sixteenth of the map wide, if they overlap there."""
    west, east, south, north = bounds
    shrink = np.cos(np.radians((south + north) / 2))
    places = table[["longitude", "latitude"]].to_numpy() * [shrink, 1.0]
    half = max((east - west) * shrink, north - south) / 32
    count = BallTree(places, metric="chebyshev").query_radius(places, half, count_only=True)
    members = np.abs(places - places[count.argmax()]).max(axis=1) <= half
    if members.sum() < 8:
        return None
    nearest = BallTree(places[members]).query(places[members], k=2)[0][:, 1]
    if np.median(nearest) / shrink * MAP_WIDTH * 72 / (east - west) > TOUCHING:
        return None
    return extent(table.longitude.to_numpy()[members], table.latitude.to_numpy()[members])


def _draw(ax: Axes, table: pd.DataFrame, scale: ScalarMappable, outlined: bool = True, larger: float = 1.0) -> None:
    """Draw bubbles, small ones on top."""
    for hidden, some in table.sort_values("value", ascending=False, kind="stable").groupby("hidden"):
        outline = _outline(bool(hidden) and outlined)
        colors: dict[str, Any] = {"cmap": scale.cmap, "norm": scale.norm}
        ax.scatter(
            some.longitude,
            some.latitude,
            s=larger * _area(some.value.to_numpy(), scale, len(table)),
            c=some.value,
            **colors,
            edgecolors=outline["markeredgecolor"],
            linewidths=outline["markeredgewidth"],
            alpha=0.9,
            zorder=3,
        )


def _outline(hidden: bool) -> dict[str, Any]:
    return {"markeredgecolor": "#d55e00" if hidden else "black", "markeredgewidth": 1.3 if hidden else 0.4}


def _area(value: np.ndarray, scale: ScalarMappable, count: int) -> np.ndarray:
    """Areas of bubbles in square points: proportional to the value, within limits."""
    largest = DIAMETER**2 * np.clip(100 / count, 0.6, 1.5)
    return largest * np.clip(np.asarray(value) / _ends(scale)[1], 0.06, 1.6)


def _sizes(scale: ScalarMappable, units: str, count: int) -> list[Line2D]:
    """Legend entries of up to three bubble sizes."""
    low, high = _ends(scale)
    ticks = np.asarray(MaxNLocator(3).tick_values(max(low, 0.0), high))
    ticks = ticks[(ticks > 0) & (ticks <= 1.6 * high)][:3]
    return [
        Line2D(
            *([], []),
            linestyle="none",
            marker="o",
            markersize=float(_area(tick, scale, count)) ** 0.5,
            markerfacecolor=tuple(scale.to_rgba(tick)),
            label=f"{tick:g} {units}",
            **_outline(False),
        )
        for tick in ticks
    ]


def _ends(scale: ScalarMappable) -> tuple[float, float]:
    """The values at the ends of a color scale."""
    low, high = scale.get_clim()
    assert low is not None
    assert high is not None
    return low, high
