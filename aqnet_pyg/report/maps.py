"""Maps of a field and of the stations that it was made from."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
import xarray as xr
from matplotlib import font_manager, patheffects
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from sklearn.neighbors import BallTree

from aqnet_pyg.errors import InputError
from aqnet_pyg.files import replacing
from aqnet_pyg.stations import EARTH_RADIUS_KM, POLLUTANTS

__all__ = ["map_field", "save_figure"]

COLOURS = "viridis"
UNKNOWN = "0.92"
CITY_NAMES = 12
"""Names of at most this many cities are written."""

_CHINESE_FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "SimHei", "PingFang SC", "Heiti SC")


def map_field(
    grid: xr.DataArray | None,
    stations: xr.Dataset,
    hidden: Collection[str] = (),
    *,
    pollutant: str = "pm25",
    time: str | slice | np.datetime64 | None = None,
    title: str | None = None,
    borders: str | Path | None = None,
    reach_km: float = 100.0,
    ax: Axes | None = None,
) -> Figure:
    """Draw a field, the visible stations as circles and the hidden ones as triangles, all on one colour scale.

    Stations are filled with what they measured in the hours drawn; those that measured nothing then are left out. Cells
    whose centre is farther than ``reach_km`` from all visible stations that are drawn stay grey: no measurement is near
    enough to tell.

    Args:
        grid: The field, with dimensions ``latitude`` and ``longitude`` (degrees) and, where it has hours, ``time``;
            ``None`` draws the stations alone.
        stations: Station data.
        hidden: Codes of the hidden stations.
        pollutant: The variable of ``stations`` to draw, which the grid shows too.
        time: The hours to draw (UTC), as ``sel(time=...)`` takes them: an hour, a day, a slice. The mean of several
            hours is drawn; ``None`` is all hours.
        title: Above the map; ``None`` names the pollutant and the hours.
        borders: A GeoJSON file of outlines in degrees, to draw as thin lines.
        reach_km: How far from a visible station the field is shown, in kilometres of great circle.
        ax: Axes to draw in; ``None`` makes a new figure.

    Returns:
        The figure; :func:`save_figure` writes it.

    Raises:
        InputError: If a dimension, variable, station or hour asked for does not exist, or ``borders`` cannot be read.
    """
    table, hours = _measured(stations, hidden, pollutant, time)
    field = None
    if grid is not None:
        field = _within_reach(_mean(grid, time, "grid"), table[~table.hidden], reach_km)
        # The grid may count longitudes from 0 where the stations count from -180.
        middle = float(field.longitude.mean())
        table["longitude"] = (table.longitude - middle + 180) % 360 - 180 + middle
    ax = _frame(_extent(field, table), ax)

    shown = table.value.to_numpy() if field is None else np.append(field.values.ravel(), table.value)
    # Some extreme value would take the colours from all others: the scale spans 98 % of what is shown.
    low, high = np.nanquantile(shown, [0.01, 0.99])
    colours = ScalarMappable(Normalize(low, high if high > low else low + 1), COLOURS)
    if field is not None:
        cells = np.ma.masked_invalid(field.transpose("latitude", "longitude").values)
        ax.pcolormesh(field.longitude, field.latitude, cells, cmap=COLOURS, norm=colours.norm, rasterized=True)
    if borders is not None:
        ax.add_collection(LineCollection(_outlines(borders), colors="0.3", linewidths=0.5), autolim=False)
    _draw_stations(ax, table, colours)
    _write_cities(ax, table)

    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}
    beyond = bool(np.nanmin(shown) < colours.norm.vmin), bool(np.nanmax(shown) > colours.norm.vmax)
    bar = ax.figure.colorbar(colours, cax=ax.inset_axes([1.025, 0, 0.03, 1]), extend=extend[beyond])
    bar.set_label(f"{_name(pollutant)} ({_units(stations[pollutant])})")
    bar.outline.set_linewidth(0.5)
    _write_legend(ax, table, reach_km if field is not None and field.isnull().any() else None)
    ax.set_title(title or f"{_name(pollutant)}, {_period(hours, stations.attrs.get('time_zone', 'UTC'))}", fontsize=11)
    return ax.figure


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


def _measured(
    stations: xr.Dataset, hidden: Collection[str], pollutant: str, time: str | slice | np.datetime64 | None
) -> tuple[pd.DataFrame, np.ndarray]:
    """Stations that measured in the hours asked for, with their mean value; and these hours."""
    if pollutant not in stations:
        raise InputError(
            f"pollutant: {pollutant!r} is not in the station data; use one of {', '.join(stations.data_vars)}."
        )
    codes = stations.indexes["station"]
    unknown = sorted(set(hidden) - set(codes))
    if unknown:
        raise InputError(f"hidden: {unknown[0]!r} is not a station of the data; use codes such as {codes[0]!r}.")
    selected = _select(stations[pollutant], time, "stations")
    table = pd.DataFrame(
        {
            "value": _mean(stations[pollutant], time, "stations").values.astype(np.float64),
            "longitude": stations.longitude.values,
            "latitude": stations.latitude.values,
            "hidden": codes.isin(list(hidden)),
            "city": stations.city.values.astype(str) if "city" in stations.coords else "",
        }
    ).dropna(subset="value")
    if table.empty:
        raise InputError(f"stations: none measured {pollutant} in the hours to draw; choose other hours.")
    return table, np.atleast_1d(selected.time.values)


def _select(array: xr.DataArray, time: str | slice | np.datetime64 | None, what: str) -> xr.DataArray:
    if time is None or "time" not in array.dims:
        return array
    try:
        selected = array.sel(time=time)
    except (KeyError, ValueError) as error:
        raise InputError(f"time: {time} is not on the time axis of the {what}; choose an hour or day of it.") from error
    if selected.sizes.get("time", 1) == 0:
        raise InputError(f"time: {time} selects no hour of the {what}; choose an hour or day of its time axis.")
    return selected


def _mean(array: xr.DataArray, time: str | slice | np.datetime64 | None, what: str) -> xr.DataArray:
    selected = _select(array, time, what)
    return selected.mean("time") if "time" in selected.dims else selected


def _within_reach(field: xr.DataArray, visible: pd.DataFrame, reach_km: float) -> xr.DataArray:
    """The field where a visible station is within reach, and NaN elsewhere."""
    if set(field.dims) != {"latitude", "longitude"}:
        raise InputError(f"grid: dimensions {field.dims} were given; use latitude and longitude, and time or none.")
    if visible.empty:
        return xr.full_like(field, np.nan)
    latitude, longitude = xr.broadcast(field.latitude, field.longitude)
    cells = np.radians(np.stack([latitude.values.ravel(), longitude.values.ravel()], axis=1))
    tree = BallTree(np.radians(visible[["latitude", "longitude"]].to_numpy()), metric="haversine")
    nearest = tree.query(cells, k=1)[0].reshape(latitude.shape) * EARTH_RADIUS_KM
    return field.where(xr.DataArray(nearest, latitude.coords, latitude.dims) <= reach_km)


def _extent(field: xr.DataArray | None, table: pd.DataFrame) -> tuple[float, float, float, float]:
    """West, east, south and north of what is drawn, with a margin."""
    ends: list[float] = []
    for axis in ("longitude", "latitude"):
        places = table[axis].to_numpy()
        if field is not None:
            other = "latitude" if axis == "longitude" else "longitude"
            cells = field[axis].values[field.notnull().any(other).values]
            places = np.append(places, cells)
        margin = 0.02 * np.ptp(places) or 0.5
        ends += [places.min() - margin, places.max() + margin]
    west, east, south, north = ends
    # At least as wide as high, and not a mere strip.
    width, height = (east - west) * np.cos(np.radians((south + north) / 2)), north - south
    wider = max(0.0, height / width - 1) * (east - west) / 2
    higher = max(0.0, width / height / 2.5 - 1) * height / 2
    return west - wider, east + wider, south - higher, north + higher


def _frame(extent: tuple[float, float, float, float], ax: Axes | None) -> Axes:
    west, east, south, north = extent
    stretch = 1 / np.cos(np.radians((south + north) / 2))
    if ax is None:
        height = np.clip(6.6 * stretch * (north - south) / (east - west), 3.0, 8.0)
        figure = Figure(figsize=(8.4, height + 1.2), dpi=150, layout="constrained")
        figure.get_layout_engine().set(w_pad=0.15, h_pad=0.1)
        FigureCanvasAgg(figure)
        ax = figure.add_subplot()
    ax.set(xlim=(west, east), ylim=(south, north), aspect=stretch, facecolor=UNKNOWN)
    ax.locator_params(nbins=6)
    ax.tick_params(labelsize=9)
    ax.xaxis.set_major_formatter(lambda degrees, _: _degrees((degrees + 180) % 360 - 180, "EW"))
    ax.yaxis.set_major_formatter(lambda degrees, _: _degrees(degrees, "NS"))
    return ax


def _draw_stations(ax: Axes, table: pd.DataFrame, colours: ScalarMappable) -> None:
    size = float(np.clip(10000 / len(table), 15, 60))
    circles = {"marker": "o", "s": size, "edgecolors": "black", "linewidths": 0.5}
    triangles = {"marker": "^", "s": 2.5 * size, "edgecolors": "white", "linewidths": 1.0}
    for some, look in ((table[~table.hidden], circles), (table[table.hidden], triangles)):
        ax.scatter(some.longitude, some.latitude, c=some.value, cmap=COLOURS, norm=colours.norm, **look)


def _write_cities(ax: Axes, table: pd.DataFrame) -> None:
    """Names of the cities with most stations, where they do not run into each other."""
    cities = table[table.city != ""].groupby("city")[["longitude", "latitude"]].agg(["mean", "size"])
    if cities.empty:
        return
    cities = pd.DataFrame(
        {
            "longitude": cities["longitude", "mean"],
            "latitude": cities["latitude", "mean"],
            "stations": cities["longitude", "size"],
        }
    ).sort_values("stations", ascending=False, kind="stable")
    fonts = [font for font in _CHINESE_FONTS if font in font_manager.get_font_names()]
    ax.figure.draw_without_rendering()
    taken = []
    for name, city in cities.iterrows():
        if len(taken) == CITY_NAMES:
            break
        if not (name.isascii() or fonts):
            continue
        text = ax.annotate(
            name,
            (city.longitude, city.latitude),
            (0, 5),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=8,
            fontfamily=["sans-serif" if name.isascii() else fonts[0]],
            path_effects=[patheffects.withStroke(linewidth=2, foreground="white")],
        )
        text.set_in_layout(False)
        box = text.get_window_extent().padded(4)
        frame = ax.bbox
        inside = frame.x0 < box.x0 and box.x1 < frame.x1 and frame.y0 < box.y0 and box.y1 < frame.y1
        if inside and not any(box.overlaps(other) for other in taken):
            taken.append(box)
        else:
            text.remove()


def _write_legend(ax: Axes, table: pd.DataFrame, reach_km: float | None) -> None:
    look = {"linestyle": "none", "markerfacecolor": "0.6", "markersize": 8}
    hidden = int(table.hidden.sum())
    handles = [
        Line2D([], [], marker="o", markeredgecolor="black", label=f"visible station ({len(table) - hidden})", **look)
    ]
    if hidden:
        handles.append(Line2D([], [], marker="^", markeredgecolor="white", label=f"hidden station ({hidden})", **look))
    if reach_km is not None:
        handles.append(Patch(facecolor=UNKNOWN, edgecolor="0.6", label=f"no visible station within {reach_km:g} km"))
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.06),
        ncols=len(handles),
        frameon=False,
        fontsize=9,
    )


def _outlines(path: str | Path) -> list[np.ndarray]:
    """Lines of a GeoJSON file, each ``[point, 2]``."""
    try:
        shapes = shapely.from_geojson(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, shapely.errors.GEOSException) as error:
        raise InputError(f"{path}: the borders cannot be read ({error}); name a GeoJSON file.") from error
    parts = shapely.get_parts(shapely.get_parts(shapes))
    lines = shapely.get_parts(np.where(shapely.get_dimensions(parts) == 2, shapely.boundary(parts), parts))
    return [shapely.get_coordinates(line) for line in lines]


def _degrees(degrees: float, sides: str) -> str:
    side = "" if degrees == 0 else sides[0] if degrees > 0 else sides[1]
    return f"{abs(degrees):g}°{side}"


def _name(pollutant: str) -> str:
    label = POLLUTANTS[pollutant].label if pollutant in POLLUTANTS else pollutant
    return re.sub(r"(?<=[A-Z])([\d.]+)", r"$_{\1}$", label)


def _units(array: xr.DataArray) -> str:
    """Units as people write them: ``ug m-3`` becomes µg m⁻³."""
    units = str(array.attrs.get("units", "1"))
    return re.sub(r"(?<=[a-z])(-?\d+)", r"$^{\1}$", units.replace("ug", "µg"))


def _period(hours: np.ndarray, time_zone: str) -> str:
    local = pd.DatetimeIndex(hours).tz_localize("UTC").tz_convert(time_zone)
    first, last = (f"{hour:%Y-%m-%d %H:%M}" for hour in (local[0], local[-1]))
    return f"{first if first == last else f'mean of {first} to {last}'} ({time_zone})"
