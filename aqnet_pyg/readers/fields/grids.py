"""The grid of a file: its coordinates in standard form, and the cells in a box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.fields.form import LATITUDE, LONGITUDE, standard_longitude
from aqnet_pyg.readers.fields.projections import cells_of_ioapi, cells_of_projection

_NAMES = {
    "longitude": ("longitude", "lon", "long", "xlong", "nav_lon", "lons"),
    "latitude": ("latitude", "lat", "xlat", "nav_lat", "lats"),
}
_UNITS = {
    "longitude": ("degrees_east", "degree_east", "degrees_e", "degree_e", "degreese"),
    "latitude": ("degrees_north", "degree_north", "degrees_n", "degree_n", "degreesn"),
}


_TURNS = -360.0, 0.0, 360.0


@dataclass(frozen=True)
class FieldGrid:
    """The horizontal part of a field, and how it is taken from a file.

    Args:
        dims: Horizontal dimensions of the file, in the order of the standard ones.
        standard: Dimensions of the field: ``(latitude, longitude)``, ``(y, x)`` or ``(point,)``.
        longitude: Degrees east, shape ``[longitude]``, ``[y, x]`` or ``[point]``.
        latitude: Degrees north, shape ``[latitude]``, ``[y, x]`` or ``[point]``.
        positions: Positions in the file along each of its dimensions, in the order of the field.
        rule: Description in words; empty for a regular grid.
    """

    dims: tuple[str, ...]
    standard: tuple[str, ...]
    longitude: np.ndarray
    latitude: np.ndarray
    positions: Mapping[str, np.ndarray]
    rule: str = ""

    def coordinates(self) -> dict[str, Any]:
        """Return the coordinates of the field, for xarray."""
        regular = self.standard == ("latitude", "longitude")
        return {
            "longitude": ("longitude" if regular else self.standard, self.longitude, dict(LONGITUDE)),
            "latitude": ("latitude" if regular else self.standard, self.latitude, dict(LATITUDE)),
        }

    def same_cells(self, other: FieldGrid) -> bool:
        """Return whether another grid has the same cells.

        Args:
            other: The other grid.
        """
        return (
            self.standard == other.standard
            and np.array_equal(self.longitude, other.longitude)
            and np.array_equal(self.latitude, other.latitude)
        )


def read_grid(dataset: xr.Dataset, values: xr.DataArray, where: str) -> FieldGrid:
    """Return the grid of a variable in standard form: longitudes from -180 to 180 degrees, ascending axes.

    Args:
        dataset: The file.
        values: The variable.
        where: The file, for the message.

    Raises:
        InputError: If there are no longitudes and latitudes, nor a projection from which they follow, or they are invalid.
    """
    rule = ""
    east, north = _coordinate(dataset, values, "longitude"), _coordinate(dataset, values, "latitude")
    if east is None or north is None:
        found = cells_of_ioapi(dataset, values, where) or cells_of_projection(dataset, values, where)
        if found is None:
            raise InputError(
                f"{where}: there are no longitudes and latitudes along {', '.join(map(str, values.dims))}; add them with the "
                "units degrees_east and degrees_north, or the grid mapping of the projection."
            )
        east, north, rule = found
    if east.ndim == 3 and north.ndim == 3:
        east, north = _unmoved(east, where), _unmoved(north, where)
    longitude, latitude = (np.asarray(one.values, np.float64) for one in (east, north))
    bad = ~np.isfinite(longitude).all() or ~np.isfinite(latitude).all() or (np.abs(latitude) > 90).any()
    if bad or (np.abs(longitude) > 720).any():
        raise InputError(f"{where}: some longitudes or latitudes are missing or out of range; check the coordinates.")
    if east.ndim == north.ndim == 1 and east.dims != north.dims:
        return _regular(str(east.dims[0]), str(north.dims[0]), longitude, latitude, rule, where)
    if east.ndim == north.ndim == 2 and set(east.dims) == set(north.dims):
        dims = tuple(str(name) for name in values.dims if name in east.dims)
        longitude, latitude = (np.asarray(one.transpose(*dims).values, np.float64) for one in (east, north))
        return _curvilinear((dims[0], dims[1]), longitude, latitude, rule)
    if east.ndim == north.ndim == 1:
        dim = str(east.dims[0])
        if dim == "station" or dataset.attrs.get("featureType") == "timeSeries":
            raise InputError(
                f"{where}: its values are at stations, along {dim!r}, such as measurements; give the field of a model, which "
                "does not depend on measurements at hidden stations."
            )
        positions = {dim: np.arange(len(longitude))}
        rule = rule or f"Irregular points along {dim!r}."
        return FieldGrid((dim,), ("point",), standard_longitude(longitude), np.round(latitude, 9), positions, rule)
    raise InputError(
        f"{where}: longitudes have the dimensions {east.dims} and latitudes {north.dims}; both must have one or two in common "
        "with the variable."
    )


def _coordinate(dataset: xr.Dataset, values: xr.DataArray, kind: str) -> xr.DataArray | None:
    """Longitudes or latitudes along dimensions of the variable."""
    along = {
        str(name): dataset[name]
        for name in dataset.variables
        if dataset[name].ndim and set(dataset[name].dims) <= set(values.dims) and dataset[name].dtype.kind in "fiu"
    }
    for test in (
        lambda name, one: one.attrs.get("standard_name") == kind,
        lambda name, one: (
            str(one.attrs.get("units", "")).lower() in _UNITS[kind] and not name.endswith(("_bnds", "_bounds"))
        ),
        lambda name, one: name.lower() in _NAMES[kind],
    ):
        found = [name for name, one in along.items() if test(name, one)]
        if found:
            return along[min(found, key=lambda name: (name.lower() not in _NAMES[kind], name))]
    return None


def _unmoved(values: xr.DataArray, where: str) -> xr.DataArray:
    """Coordinates of a file that repeats them for every time."""
    first = values.isel({values.dims[0]: 0})
    if not np.array_equal(first.values, values.isel({values.dims[0]: -1}).values):
        raise InputError(f"{where}: the grid moves with time; regrid the field to a fixed grid first.")
    return first


def _regular(east: str, north: str, longitude: np.ndarray, latitude: np.ndarray, rule: str, where: str) -> FieldGrid:
    """Grid of parallels and meridians with ascending axes, each meridian once."""
    folded, latitude = standard_longitude(longitude), np.round(latitude, 9)
    folded, columns = np.unique(folded, return_index=True)
    if len(folded) < len(longitude) - 1:
        raise InputError(f"{where}: longitudes are repeated; give each meridian once.")
    if len(folded) > 2 and folded[0] == -180 and np.diff(folded).argmax() == 0 and folded[1] > 0:
        # The last meridian of a grid that ends at 180 degrees.
        folded, columns = np.append(folded[1:], 180.0), np.append(columns[1:], columns[0])
    rows = np.argsort(latitude, kind="stable")
    if (np.diff(latitude[rows]) == 0).any():
        raise InputError(f"{where}: latitudes are repeated; give each parallel once.")
    positions = {north: rows, east: columns}
    return FieldGrid((north, east), ("latitude", "longitude"), folded, latitude[rows], positions, rule)


def _curvilinear(dims: tuple[str, str], longitude: np.ndarray, latitude: np.ndarray, rule: str) -> FieldGrid:
    """Curvilinear grid whose rows go to the north and columns to the east, on the whole."""
    longitude, latitude = standard_longitude(longitude), np.round(latitude, 9)
    if _climb(latitude, 1) > _climb(latitude, 0):
        dims, longitude, latitude = (dims[1], dims[0]), longitude.T, latitude.T
    rows, columns = (np.arange(size) for size in longitude.shape)
    if np.sum(np.diff(latitude, axis=0)) < 0:
        rows = rows[::-1]
    if np.sum(standard_longitude(np.diff(longitude, axis=1))) < 0:
        columns = columns[::-1]
    longitude, latitude = longitude[np.ix_(rows, columns)], latitude[np.ix_(rows, columns)]
    rule = rule or f"Curvilinear grid along {dims[0]!r} and {dims[1]!r}."
    return FieldGrid(dims, ("y", "x"), longitude, latitude, {dims[0]: rows, dims[1]: columns}, rule)


def _climb(latitude: np.ndarray, axis: int) -> float:
    """Mean change of latitude along an axis, in degrees."""
    steps = np.abs(np.diff(latitude, axis=axis))
    return float(steps.mean()) if steps.size else 0.0


def cells_in_box(grid: FieldGrid, box: tuple[float, float, float, float], where: str) -> FieldGrid:
    """Return the rows and columns (or points) of a grid that a box takes, with those next to it for interpolation.

    Args:
        grid: The grid.
        box: West, south, east and north in degrees.
        where: The files, for the message.

    Raises:
        InputError: If no cell is in the box or next to it.
    """
    west, south, east, north = box
    longitude, latitude = grid.longitude, grid.latitude
    if grid.standard == ("latitude", "longitude"):
        columns = _with_neighbors((longitude >= west) & (longitude <= east), longitude, (west, east), around=True)
        rows = _with_neighbors((latitude >= south) & (latitude <= north), latitude, (south, north), around=False)
        chosen: tuple[np.ndarray, ...] = (rows, columns)
    else:
        curvilinear = grid.standard == ("y", "x")
        across, along = (_reach(axis) if curvilinear else 0.0 for axis in (longitude, latitude))
        inside = (latitude >= south - along) & (latitude <= north + along)
        # A reach across 180 degrees.
        inside &= np.any(
            [(longitude + turn >= west - across) & (longitude + turn <= east + across) for turn in _TURNS], 0
        )
        chosen = (
            tuple(_span(np.any(inside, axis=axis)) for axis in (1, 0)) if curvilinear else (np.flatnonzero(inside),)
        )
    if not all(map(len, chosen)):
        raise InputError(
            f"{where}: the field covers longitudes {longitude.min():g} to {longitude.max():g} and latitudes {latitude.min():g} "
            f"to {latitude.max():g}, and no cell in the box {west:g},{south:g},{east:g},{north:g}; give a box inside of it."
        )
    positions = {dim: grid.positions[dim][part] for dim, part in zip(grid.dims, chosen, strict=True)}
    if grid.standard == ("latitude", "longitude"):
        longitude, latitude = longitude[chosen[1]], latitude[chosen[0]]
    else:
        longitude, latitude = longitude[np.ix_(*chosen)], latitude[np.ix_(*chosen)]
    return FieldGrid(grid.dims, grid.standard, longitude, latitude, positions, grid.rule)


def _reach(coordinate: np.ndarray) -> np.ndarray:
    """Degrees by which the corners of a quadrilateral of cells differ from a cell at most, shape ``[y, x]``."""
    total = np.zeros(coordinate.shape)
    for axis in (0, 1):
        steps = np.abs(standard_longitude(np.diff(coordinate, axis=axis)))
        missing = np.zeros_like(np.take(coordinate, [0], axis))
        total += np.maximum(np.concatenate([missing, steps], axis), np.concatenate([steps, missing], axis))
    return total


def _with_neighbors(inside: np.ndarray, axis: np.ndarray, ends: tuple[float, float], around: bool) -> np.ndarray:
    """Positions inside of an interval, and those next to its ends; a longitude may be next to it across 180 degrees."""
    chosen = inside.copy()
    for end in ends:
        after = int(np.searchsorted(axis, end, side="left"))
        before = after - 1 if after >= len(axis) or axis[after] != end else after
        for position in (before, after):
            if 0 <= position < len(axis):
                chosen[position] = True
            elif around:
                chosen[position % len(axis)] = True
    if not inside.any() and (axis[-1] < ends[0] or axis[0] > ends[1]):
        return np.array([], np.intp)
    return np.flatnonzero(chosen)


def _span(inside: np.ndarray) -> np.ndarray:
    """Positions from one before the first to one after the last that is inside, as the sides of a cell are not parallels."""
    found = np.flatnonzero(inside)
    return np.arange(max(found[0] - 1, 0), min(found[-1] + 2, len(inside))) if len(found) else found
