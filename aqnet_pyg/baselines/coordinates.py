"""Coordinates of stations and cells, and distances on the sphere; imports no scikit-learn."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM, check_coordinates

Coordinates = tuple[np.ndarray, np.ndarray]
"""Longitudes and latitudes of points in degrees, in this order, each of shape ``[point]``."""


def coordinates_of(data: xr.Dataset | xr.DataArray) -> Coordinates:
    """Return longitudes and latitudes of the stations of station data in degrees, each of shape ``[station]``."""
    return data.longitude.values, data.latitude.values


def values_of(data: xr.Dataset, target: str) -> np.ndarray:
    """Return the values of a pollutant in station data, float64, shape ``[time, station]``, NaN where missing.

    Args:
        data: Station data.
        target: The pollutant.
    """
    return data[target].transpose("time", "station").values.astype(np.float64)


def distance_matrix_km(coordinates: Coordinates, others: Coordinates) -> np.ndarray:
    """Return the great-circle distances from each point to each of the others.

    Args:
        coordinates: Longitudes and latitudes in degrees, each of shape ``[n]``.
        others: Likewise, each of shape ``[m]``.

    Returns:
        Kilometers, float64, shape ``[n, m]``.
    """
    # The haversine formula, which is exact at small distances.
    (longitude, latitude), (other_longitude, other_latitude) = np.radians(coordinates), np.radians(others)
    across = np.sin((longitude[:, None] - other_longitude) / 2) ** 2
    across *= np.cos(latitude)[:, None] * np.cos(other_latitude)
    across += np.sin((latitude[:, None] - other_latitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(np.sqrt(across, out=across), 1.0))


def nearest_km(coordinates: Coordinates, others: Coordinates | None = None) -> np.ndarray:
    """Return the great-circle distance from each point to the nearest of the others.

    Args:
        coordinates: Longitudes and latitudes in degrees, each of shape ``[n]``.
        others: Likewise, each of shape ``[m]``; ``None`` for the other ones of the points themselves.

    Returns:
        Kilometers, float64, shape ``[n]``; infinite where there is no other point.
    """
    points = unit_vectors(coordinates)
    if others is None:
        if len(points) < 2:
            return np.full(len(points), np.inf)
        return _great_circle_km(cKDTree(points).query(points, [2])[0][:, 0])
    return _great_circle_km(cKDTree(unit_vectors(others)).query(points)[0])


def chord_matrix_km(coordinates: Coordinates, others: Coordinates) -> np.ndarray:
    """Return the chords through the Earth from each point to each of the others.

    Args:
        coordinates: Longitudes and latitudes in degrees, each of shape ``[n]``.
        others: Likewise, each of shape ``[m]``.

    Returns:
        Kilometers, float64, shape ``[n, m]``.
    """
    chords = cdist(unit_vectors(coordinates), unit_vectors(others))
    chords *= EARTH_RADIUS_KM
    return chords


def _great_circle_km(chord: np.ndarray) -> np.ndarray:
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1.0))


def unit_vectors(coordinates: Coordinates) -> np.ndarray:
    """Return points on the unit sphere, float64, shape ``[point, 3]``.

    Args:
        coordinates: Longitudes and latitudes in degrees, each of shape ``[point]``.
    """
    longitude, latitude = np.radians(coordinates)
    across = np.cos(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=1)


def checked_coordinates(coordinates: Coordinates) -> Coordinates:
    """Return coordinates as float64 arrays, each of shape ``[point]``.

    Args:
        coordinates: Longitudes and latitudes in degrees.

    Raises:
        InputError: If shapes differ, there is no point, or a coordinate is impossible.
    """
    longitude, latitude = (np.asarray(axis, np.float64) for axis in coordinates)
    if longitude.ndim != 1 or longitude.shape != latitude.shape or longitude.size == 0:
        raise InputError(
            f"coordinates: shapes {longitude.shape} and {latitude.shape} were given; "
            "use longitudes and latitudes of one shape [n], n at least 1."
        )
    check_coordinates(longitude, latitude, "coordinates")
    return longitude, latitude
