"""Maps of stations as bubbles: what they measured, and how far off predictions are at the hidden ones."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

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
from aqnet_pyg.graph.regions import unwrap_longitude
from aqnet_pyg.report.basemap import (
    MAP_WIDTH,
    color_bar,
    draw_borders,
    extent,
    frame,
    legend_below,
    map_height,
    spread_colors,
    write_cities,
)
from aqnet_pyg.report.selection import Hours, measured, measured_table, newest_forecasts, select_hours, target_of
from aqnet_pyg.report.style import CONCENTRATIONS, ERRORS, FAINT, INK, new_figure, period, pollutant_name, unit_text
from aqnet_pyg.text import counted

__all__ = ["map_errors", "map_stations"]

DIAMETER = 9.0
"""Of a bubble of the value at the upper end of the colors, in points, where there are a hundred or fewer."""

TOUCHING = 10.0
"""Points between stations and their nearest ones, below which they are enlarged beside the map."""


def map_stations(
    stations: xr.Dataset,
    hidden: Collection[str] = (),
    *,
    pollutant: str = "pm25",
    time: Hours = None,
    title: str | None = None,
    borders: str | Path | None = None,
    zoom: tuple[float, float, float, float] | str | None = "densest",
) -> Figure:
    """Draw all stations, colored and sized by what they measured, and enlarge where they nearly touch.

    Args:
        stations: Station data, or the result at stations.
        hidden: Codes of the hidden stations, which are outlined; a result knows its own.
        pollutant: The variable to draw.
        time: The hours to draw (UTC), as ``sel(time=...)`` takes them; ``None`` is all. Their mean is drawn.
        title: Above the map; ``None`` names the pollutant and the hours.
        borders: A GeoJSON file of outlines in degrees, to draw as thin lines.
        zoom: West, east, south and north of what is enlarged beside the map, in degrees; ``densest`` chooses it where
            stations nearly touch, if they do; ``None`` enlarges nothing.

    Returns:
        The figure.

    Raises:
        InputError: If a variable, station or hour asked for does not exist, or ``borders`` cannot be read.
    """
    places, hours = measured_table(stations, hidden, pollutant, time)
    places["longitude"] = unwrap_longitude(places.longitude.to_numpy())
    table = places.dropna(subset="value")
    bounds = extent(table.longitude.to_numpy(), table.latitude.to_numpy())
    if zoom == "densest":
        zoom = _densest(table, bounds)
    units = unit_text(str(measured(stations, pollutant).attrs.get("units", "1")))
    scale = spread_colors(table.value.to_numpy(), CONCENTRATIONS)
    if zoom is None:
        ax = bar_at = frame(bounds, None)
    else:
        figure = new_figure(MAP_WIDTH + 5.4, map_height(bounds) + 1.2)
        ax, bar_at = figure.subplots(1, 2, width_ratios=[1.8, 1])
        frame(bounds, ax)
        frame(zoom, bar_at)
    for part in {ax, bar_at}:
        draw_borders(part, borders)
        _draw(part, table, scale, larger=1.0 if part is ax else 3.0)
        write_cities(part, places)
    if zoom is not None:
        ax.indicate_inset_zoom(bar_at, edgecolor=INK, alpha=0.6)
        bar_at.locator_params(nbins=4)
        bar_at.set_title("enlarged, circles three times", fontsize=9)
    color_bar(bar_at, scale, f"{pollutant_name(pollutant)} ({units})", table.value.to_numpy())
    handles = _sizes(scale, units, len(table))
    unseen = int(table.hidden.sum())
    if unseen:
        look = {"linestyle": "none", "marker": "o", "markersize": 7, "markerfacecolor": "white"}
        handles.append(Line2D([], [], label=f"hidden station ({unseen})", **look, **_outline(True)))
    legend_below(ax, handles)
    zone = stations.attrs.get("time_zone", "UTC")
    ax.set_title(
        title or f"{counted(len(table), 'station')}, {pollutant_name(pollutant)}, {period(hours, zone)}",
        fontsize=11,
    )
    return ax.figure


def map_errors(
    result: xr.Dataset,
    *,
    time: Hours = None,
    title: str | None = None,
    borders: str | Path | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw the hidden stations, colored and sized by the root-mean-square error there, and the visible ones as dots.

    Args:
        result: Result at stations, of :func:`aqnet_pyg.reanalyze`; of overlapping forecasts, the newest for
            each hour counts.
        time: The hours to compare (UTC), as ``sel(time=...)`` takes them; ``None`` is all.
        title: Above the map; ``None`` counts stations and gives the error over all their hours.
        borders: A GeoJSON file of outlines in degrees, to draw as thin lines.
        ax: Axes to draw in; ``None`` makes a new figure.

    Returns:
        The figure.

    Raises:
        InputError: If no station is hidden or none of them measured, an hour does not exist, or ``borders`` cannot be read.
    """
    target = target_of(result)
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
            "result: no hidden station measured in the hours to compare, so there is no error to draw; hide stations "
            "(--hidden) or choose other hours."
        )
    ax = frame(extent(table.longitude.to_numpy(), table.latitude.to_numpy()), ax)
    units = unit_text(str(result[target].attrs.get("units", "1")))
    scale = spread_colors(known.value.to_numpy(), ERRORS)
    draw_borders(ax, borders)
    visible = table[~table.hidden]
    ax.scatter(visible.longitude, visible.latitude, s=6, c=FAINT, linewidths=0, zorder=2)
    _draw(ax, known, scale, outlined=False)
    write_cities(ax, table)
    color_bar(ax, scale, f"RMSE of {pollutant_name(target)} ({units})", known.value.to_numpy())
    look = {"linestyle": "none", "marker": "o", "markersize": 3, "color": FAINT}
    dots = Line2D([], [], label=f"visible station ({len(visible)})", **look)
    legend_below(ax, [*_sizes(scale, units, len(known)), dots])
    overall = np.sqrt(np.nansum(square[:, table.hidden]) / count[table.hidden].sum())
    ax.set_title(
        title or f"{pollutant_name(target)} at {counted(len(known), 'hidden station')}, RMSE {overall:.3g} {units}",
        fontsize=11,
    )
    return ax.figure


def _densest(
    table: pd.DataFrame, bounds: tuple[float, float, float, float]
) -> tuple[float, float, float, float] | None:
    """The square of a sixteenth of the map with most stations, if they nearly touch there."""
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
    """Bubbles, the small ones on top."""
    for hidden, some in table.sort_values("value", ascending=False, kind="stable").groupby("hidden"):
        outline = _outline(bool(hidden) and outlined)
        ax.scatter(
            some.longitude,
            some.latitude,
            s=larger * _area(some.value.to_numpy(), scale, len(table)),
            c=some.value,
            cmap=scale.cmap,
            norm=scale.norm,
            edgecolors=outline["markeredgecolor"],
            linewidths=outline["markeredgewidth"],
            alpha=0.9,
            zorder=3,
        )


def _outline(hidden: bool) -> dict[str, object]:
    return {"markeredgecolor": "#d55e00" if hidden else "black", "markeredgewidth": 1.3 if hidden else 0.4}


def _area(value: np.ndarray, scale: ScalarMappable, count: int) -> np.ndarray:
    """Square points: the area grows with the value, and is enough to be seen at none."""
    largest = DIAMETER**2 * np.clip(100 / count, 0.6, 1.5)
    return largest * np.clip(np.asarray(value) / scale.norm.vmax, 0.06, 1.6)


def _sizes(scale: ScalarMappable, units: str, count: int) -> list[Line2D]:
    """Three bubbles for a legend."""
    ticks = MaxNLocator(3).tick_values(max(scale.norm.vmin, 0.0), scale.norm.vmax)
    ticks = ticks[(ticks > 0) & (ticks <= 1.6 * scale.norm.vmax)][:3]
    return [
        Line2D(
            *([], []),
            linestyle="none",
            marker="o",
            markersize=float(_area(tick, scale, count)) ** 0.5,
            markerfacecolor=scale.to_rgba(tick),
            label=f"{tick:g} {units}",
            **_outline(False),
        )
        for tick in ticks
    ]
