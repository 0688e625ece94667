"""Data for the script of the page: stations, cells, hours, color scales and values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
import torch
import xarray as xr

from aqnet_pyg.graph import knn_edges
from aqnet_pyg.local_dates import zone_name
from aqnet_pyg.report.basemap import cell_edges, extent, outlines
from aqnet_pyg.report.html.color_scales import categories, color_tables, scale_limits
from aqnet_pyg.report.html.formatting import plain_name, plain_units
from aqnet_pyg.report.html.packing import MISSING, pack, step_for
from aqnet_pyg.report.land import SEA_KM, on_land
from aqnet_pyg.report.selection import predicted_pollutant
from aqnet_pyg.stations import EARTH_RADIUS_KM

_TIME = ("forecast_reference_time", "lead", "time")
_CELLS = ("latitude", "longitude")
_POINTS_ACROSS = 3000
"""Resolution of borders: details smaller than this fraction of the map are left out."""


def payload(
    stations: xr.Dataset, grid: xr.Dataset | None = None, borders: str | Path | None = None
) -> tuple[dict[str, Any], str]:
    """Return the metadata and the packed values of all that the page draws.

    Args:
        stations: Result at stations.
        grid: Result on a grid for the same hours, if there is one.
        borders: A GeoJSON file of outlines in degrees; ``None``: coasts and borders of Natural Earth.

    Returns:
        Metadata for JSON, and arrays packed by ``aqnet_pyg.report.html.packing.pack``: by hour (of forecasts, all hours of
        one after those of another) ``station_value``, ``station_measured``, ``station_lower``, ``station_upper`` and the same
        for cells (from south to north, from west to east in a row); ``cell_departure``, the prediction minus kriging, where the
        result has it; ``cell_distance`` in km; ``cell_sea``, 1 at sea; ``station_neighbors`` and
        ``cell_neighbors``, the indices of the nearest visible stations, nearest first.

    Raises:
        InputError: If ``stations`` is not a result at stations, or the borders cannot be read.
    """
    target = predicted_pollutant(stations)
    places = _places(stations, grid)
    values = _values(stations, target, "station", ("station",))
    if grid is not None:
        values |= _values(grid, target, "cell", _CELLS)
    concentrations = [array for array in values.values() if array.size]
    step = _step(concentrations)
    arrays = {name: (array, step) for name, array in values.items()} | _around(stations, grid, places)
    departure = np.empty((0, 0))
    if grid is not None and f"{target}_background" in grid:
        departure = values["cell_value"] - _by_hour(grid, f"{target}_background", _CELLS)
        arrays["cell_departure"] = departure, 10 * _step([departure])  # coarser, for a smaller page
    index, text = pack(arrays)
    about = {
        "pollutant": plain_name(target),
        "units": plain_units(str(stations[target].attrs.get("units", "1"))),
        "zone": stations.attrs.get("time_zone", "UTC"),
        "zone_name": zone_name(stations.attrs.get("time_zone", "UTC")),
        "radius_km": EARTH_RADIUS_KM,
        "sea_km": SEA_KM,
        "missing": MISSING,
        "stations": _table(stations, places),
        "cities": _cities(stations, places),
        "grid": None if grid is None else _cells(grid),
        "scales": _scales(values, departure, stations, grid),
        "colors": color_tables(),
        "categories": categories(target),
        "arrays": index,
    }
    about |= _hours(stations)
    about["start"] = _peak(values["station_value"], len(about["hours"][0]))
    about["bounds"] = _bounds(places, grid)
    about["borders"] = _lines(borders, about["bounds"])
    return about, text


def _step(arrays: list[np.ndarray]) -> float:
    return step_for(max((float(np.nanmax(np.abs(array), initial=0.0)) for array in arrays), default=0.0))


def _values(result: xr.Dataset, target: str, kind: str, places: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return predictions, measurements and intervals, each of shape ``[hour, place]``."""
    found = {}
    for name, part in (("value", target), *((part, f"{target}_{part}") for part in ("measured", "lower", "upper"))):
        if part in result:
            found[f"{kind}_{name}"] = _by_hour(result, part, places)
    return found


def _by_hour(result: xr.Dataset, name: str, places: tuple[str, ...]) -> np.ndarray:
    """Return a variable as an array of shape ``[hour, place]``."""
    array = result[name].transpose(*(axis for axis in _TIME if axis in result[name].dims), *places)
    return array.values.reshape(-1, np.prod([result.sizes[axis] for axis in places], dtype=int))


def _places(stations: xr.Dataset, grid: xr.Dataset | None) -> np.ndarray:
    """Return station coordinates, shape ``[station, 2]``; longitudes are within 180 degrees of the center of the grid."""
    places = np.stack([stations.longitude.values, stations.latitude.values], axis=1).astype(np.float64)
    if grid is not None:
        middle = float(grid.longitude.mean())
        places[:, 0] = (places[:, 0] - middle + 180) % 360 - 180 + middle
    return places


def _around(stations: xr.Dataset, grid: xr.Dataset | None, places: np.ndarray) -> dict[str, tuple[np.ndarray, float]]:
    """Return the neighbors of stations and cells, and the distances of cells, with their rounding steps."""
    k = int(stations.attrs.get("neighbors", 0))
    visible = stations.visible.values.astype(bool)
    found = {}
    if k and visible.sum() > 1:
        found["station_neighbors"] = _neighbors(places, visible, k, None), 1.0
    if grid is not None:
        found["cell_distance"] = grid.station_distance.transpose("latitude", "longitude").values.reshape(1, -1), 0.1
        cells = np.stack(np.meshgrid(grid.longitude, grid.latitude), axis=-1).reshape(-1, 2)
        found["cell_sea"] = ~on_land(*cells.T)[None], 1.0
        if k and visible.any():
            found["cell_neighbors"] = _neighbors(places, visible, k, cells), 1.0
    return found


def _neighbors(places: np.ndarray, visible: np.ndarray, k: int, cells: np.ndarray | None) -> np.ndarray:
    """Return the indices of the nearest visible stations, shape ``[target, k]``; NaN where there are fewer."""
    targets = None if cells is None else torch.from_numpy(cells)
    source, target = knn_edges(torch.from_numpy(places), k, visible=torch.from_numpy(visible), pos_dst=targets).numpy()
    count = len(places) if cells is None else len(cells)
    first = np.searchsorted(target, np.arange(count))
    found = np.full((count, k), np.nan)
    found[target, np.arange(len(target)) - first[target]] = source
    return found


def _hours(stations: xr.Dataset) -> dict[str, Any]:
    """Return valid hours since 1970, a list for each forecast, and the reference hours of the forecasts."""
    hours = stations.time.values.astype("datetime64[h]").astype(int)
    if "lead" not in stations.dims:
        return {"issued": None, "hours": [hours.tolist()]}
    hours = stations.time.transpose("forecast_reference_time", "lead").values.astype("datetime64[h]").astype(int)
    issued = stations.forecast_reference_time.values.astype("datetime64[h]").astype(int)
    return {"issued": issued.tolist(), "hours": hours.tolist()}


def _peak(predicted: np.ndarray, length: int) -> dict[str, int]:
    """Return the forecast and the hour in it with the highest mean prediction over stations.

    Args:
        predicted: Shape ``[hour, station]``; all hours of one forecast after those of another.
        length: Hours of a forecast; of a reconstruction, all.
    """
    known = np.isfinite(predicted)
    count = known.sum(axis=1)
    mean = np.where(known, predicted, 0.0).sum(axis=1) / np.maximum(count, 1)
    # Hours with predictions at less than half of the stations would compare different stations.
    highest = int(np.where(2 * count >= max(count.max(initial=0), 1), mean, -np.inf).argmax()) if mean.size else 0
    return {"round": highest // length, "step": highest % length}


def _table(stations: xr.Dataset, places: np.ndarray) -> dict[str, list[Any]]:
    """Return the columns of the table of stations."""

    def text(name: str) -> list[str]:
        if name not in stations.coords:
            return [""] * len(places)
        return ["" if value != value or value is None else str(value) for value in stations[name].values.tolist()]

    return {
        "code": [str(code) for code in stations.indexes["station"]],
        "name": text("name"),
        "city": text("city"),
        "longitude": places[:, 0].round(5).tolist(),
        "latitude": places[:, 1].round(5).tolist(),
        "visible": stations.visible.values.astype(int).tolist(),
        "km": [None if km != km else round(km, 2) for km in stations.station_distance.values.astype(float).tolist()],
    }


def _cities(stations: xr.Dataset, places: np.ndarray) -> list[dict[str, Any]]:
    """Return names and mean coordinates of cities, those with the most stations first."""
    if "city" not in stations.coords:
        return []
    names = stations.city.values.astype(str)
    found, inverse, count = np.unique(names, return_inverse=True, return_counts=True)
    middle = np.stack([np.bincount(inverse, places[:, axis]) / count for axis in (0, 1)], axis=1).round(4)
    order = np.argsort(-count, kind="stable")
    return [{"name": found[i], "at": middle[i].tolist()} for i in order if found[i] not in ("", "nan")][:40]


def _cells(grid: xr.Dataset) -> dict[str, Any]:
    """Return the outer edges of a regular grid in degrees, and its numbers of rows and columns."""
    west, east = _edges(grid.longitude.values)
    south, north = _edges(grid.latitude.values)
    return {
        "west": west,
        "east": east,
        "south": south,
        "north": north,
        "columns": grid.sizes["longitude"],
        "rows": grid.sizes["latitude"],
    }


def _edges(centers: np.ndarray) -> tuple[float, float]:
    low, high = cell_edges(centers)
    return float(low.min()), float(high.max())


def _bounds(places: np.ndarray, grid: xr.Dataset | None) -> list[float]:
    """Return west, east, south and north of stations and grid, with a margin."""
    longitude, latitude = places.T
    if grid is not None:
        longitude = np.append(longitude, _edges(grid.longitude.values))
        latitude = np.append(latitude, _edges(grid.latitude.values))
    return [round(float(end), 4) for end in extent(longitude, latitude)]


def _lines(borders: str | Path | None, bounds: list[float]) -> list[list[float]]:
    """Return outlines near the map, each ``[longitude, latitude, longitude, ...]``."""
    west, east, south, north = bounds
    lines = [shapely.LineString(line) for line in outlines(borders, (west, east, south, north))]
    simple = shapely.simplify(lines, max(east - west, north - south) / _POINTS_ACROSS)
    return [shapely.get_coordinates(line).round(3).ravel().tolist() for line in simple]


def _scales(
    values: dict[str, np.ndarray], departure: np.ndarray, stations: xr.Dataset, grid: xr.Dataset | None
) -> dict[str, dict[str, Any]]:
    """Return the color scales, each the same for all hours, stations and cells: ``low``, ``high``, ``below``, ``above``."""
    nothing = np.empty(0)

    def width(kind: str) -> np.ndarray:
        upper = values.get(f"{kind}_upper")
        return nothing if upper is None else upper - values[f"{kind}_lower"]

    km = stations.station_distance.values if grid is None else grid.station_distance.values
    concentrations = values["station_value"], values["station_measured"], values.get("cell_value", nothing)
    widths, errors = (width("station"), width("cell")), values["station_value"] - values["station_measured"]
    return {
        "value": _scale(scale_limits(*concentrations), *concentrations),
        "width": _scale((0.0, scale_limits(*widths)[1]), *widths),
        "error": _scale(scale_limits(errors, symmetric=True), errors),
        "departure": _scale(scale_limits(departure, symmetric=True), departure),
        "distance": _scale((0.0, scale_limits(km)[1]), km),
    }


def _scale(limits: tuple[float, float], *values: np.ndarray) -> dict[str, Any]:
    """Return the limits of a color scale, and whether values are ``below`` or ``above`` them."""
    low, high = limits
    return {
        "low": low,
        "high": high,
        "below": any(bool((array < low).any()) for array in values),
        "above": any(bool((array > high).any()) for array in values),
    }
