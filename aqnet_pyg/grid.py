"""Regular grids in longitude and latitude."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM

LARGEST = 10_000_000
"""Maximum number of cells, to detect a mistaken spacing."""


@dataclass(frozen=True)
class Grid:
    """Cell centers of a regular grid.

    Args:
        longitude: Degrees east, ascending, shape ``[longitude]``.
        latitude: Degrees north, ascending, shape ``[latitude]``.
    """

    longitude: np.ndarray
    latitude: np.ndarray

    @classmethod
    def around(cls, stations: xr.Dataset, spacing: float = 0.25) -> Grid:
        """Return a grid over all stations, on multiples of the spacing.

        Its longitudes continue beyond 180 degrees if the network crosses the antimeridian (:func:`unwrap_longitude`).

        Args:
            stations: Station data.
            spacing: Grid spacing in degrees.

        Raises:
            InputError: If the spacing is not positive, or the grid would have more than 10,000,000 cells.
        """
        longitude, latitude = unwrap_longitude(stations.longitude.values), stations.latitude.values
        return cls.over((longitude.min(), latitude.min(), longitude.max(), latitude.max()), spacing)

    @classmethod
    def over(cls, bounds: tuple[float, float, float, float], spacing: float = 0.25) -> Grid:
        """Return a grid over a box, on multiples of the spacing.

        Args:
            bounds: West, south, east and north in degrees.
            spacing: Grid spacing in degrees.

        Raises:
            InputError: As for :meth:`around`, or if the bounds are not a box.
        """
        if not spacing > 0:
            raise InputError(f"spacing: {spacing} degrees was given; use a positive number.")
        west, south, east, north = bounds
        if west > east or south > north:
            raise InputError(f"bounds: {tuple(bounds)} is not a box; give west, south, east, north in degrees.")

        def axis(low: float, high: float) -> np.ndarray:
            first, last = math.floor(low / spacing), math.ceil(high / spacing)
            return np.round(np.arange(first, last + 1) * spacing, 9)

        grid = cls(axis(west, east), axis(south, north))
        if grid.longitude.size * grid.latitude.size > LARGEST:
            raise InputError(
                f"spacing: {spacing} degrees make {grid.longitude.size} x {grid.latitude.size} cells; use a larger spacing."
            )
        return grid

    @property
    def pos(self) -> np.ndarray:
        """Longitude and latitude of the cells in degrees, shape ``[cells, 2]``, row by row."""
        latitude, longitude = np.meshgrid(self.latitude, self.longitude, indexing="ij")
        return np.stack([longitude.ravel(), latitude.ravel()], axis=1)


def fold_longitude(longitude: np.ndarray) -> np.ndarray:
    """Shift longitudes into the range from -180 to 180 degrees, any shape; those already there are unchanged."""
    # Not a remainder, which rounds.
    return longitude - 360 * np.round(longitude / 360)


def unwrap_longitude(longitude: np.ndarray) -> np.ndarray:
    """Make longitudes contiguous: where the points cross the antimeridian, longitudes continue beyond 180.

    Args:
        longitude: Degrees east, shape ``[N]``, at least one.

    Returns:
        The same meridians, starting from the eastern end of the widest gap; unchanged if they span at most 180 degrees; shape
        ``[N]``.
    """
    if np.ptp(longitude) <= 180:
        return longitude
    folded = fold_longitude(longitude)
    around = np.sort(folded)
    gaps = np.diff(around, append=around[0] + 360)
    west = around[(gaps.argmax() + 1) % len(around)]
    return np.where(folded < west, folded + 360, folded)


def box_around(
    stations: xr.Dataset, grid: Grid | None = None, margin_km: float = 0.0
) -> tuple[float, float, float, float] | None:
    """Return west, south, east and north of all stations and cells in degrees; None if they cross the antimeridian.

    Args:
        stations: Station data.
        grid: A grid.
        margin_km: Kilometers that are added on each side, at least 0.01 degrees.
    """
    longitude, latitude = unwrap_longitude(stations.longitude.values), stations.latitude.values
    if grid is not None:
        longitude, latitude = np.append(longitude, grid.longitude), np.append(latitude, grid.latitude)
    margin = max(math.degrees(margin_km / EARTH_RADIUS_KM), 0.01)
    south, north = max(float(latitude.min()) - margin, -90.0), min(float(latitude.max()) + margin, 90.0)
    parallel = max(math.cos(math.radians(max(abs(south), abs(north)))), 1e-3)
    west, east = float(longitude.min()) - margin / parallel, float(longitude.max()) + margin / parallel
    return (west, south, east, north) if west >= -180 and east <= 180 else None


def parse_box(name: str, value: str | Sequence[float]) -> tuple[float, float, float, float]:
    """Return west, south, east and north of a box in degrees, of which west is less than east.

    Args:
        name: Name of the option, for the error message.
        value: Four numbers, or a text of them separated by commas.

    Raises:
        InputError: If it is no box of longitudes from -180 to 180 and latitudes from -90 to 90.
    """
    boxes = parse_boxes(name, value)
    if len(boxes) > 1:
        raise InputError(
            f"{name}: west, {boxes[0][0]:g}, is not below east, {boxes[1][2]:g}; {_ORDER}, and across the antimeridian two "
            "boxes, one after the other."
        )
    return boxes[0]


def parse_boxes(name: str, value: str | Sequence[float]) -> list[tuple[float, float, float, float]]:
    """Return a box, or if west is greater than east, its two parts on both sides of the antimeridian.

    Args:
        name: Name of the option, for the error message.
        value: As for :func:`parse_box`.

    Raises:
        InputError: If the numbers are out of range, west equals east, or south is not below north.
    """
    parts = value.split(",") if isinstance(value, str) else list(value)
    try:
        west, south, east, north = map(float, parts)
    except (TypeError, ValueError):
        raise InputError(f"{name}: {value!r} is not four numbers; {_ORDER}.") from None
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= 90 and -90 <= north <= 90):
        raise InputError(f"{name}: {value!r} has a longitude beyond 180 or a latitude beyond 90 degrees; {_ORDER}.")
    if south >= north:
        raise InputError(f"{name}: south, {south:g}, is not below north, {north:g}; {_ORDER}.")
    if west == east:
        raise InputError(f"{name}: west, {west:g}, is not below east, {east:g}; {_ORDER}.")
    if west < east:
        return [(west, south, east, north)]
    return [(west, south, 180.0, north), (-180.0, south, east, north)]


_ORDER = "give west,south,east,north in degrees, such as 5.9,45.8,10.5,47.8"
