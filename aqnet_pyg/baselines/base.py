"""The interface of interpolators, their input checks, and distances on the sphere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal, Self, overload

import numpy as np
import xarray as xr
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator
from sklearn.metrics.pairwise import haversine_distances
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM, check_coordinates

Coordinates = tuple[np.ndarray, np.ndarray]
"""Longitudes and latitudes of points in degrees, in this order, each of shape ``[point]``."""

TUNING_HOURS = 240
"""Number of hours, drawn from those of the fit, on which hyper-parameters are chosen; more do not change the choice."""


class Interpolator(BaseEstimator, ABC):
    """Estimator of values at places without measurements, from the visible stations that measured in the same hour.

    A subclass assigns its parameters in ``__init__``; ``_fit`` chooses those that are ``None`` by leave-one-out over the
    visible stations and stores them as attributes that end in ``_``; ``_predict`` interpolates. The base class checks the
    input and stores the coordinates of the visible stations.

    Parameters that are ``None`` are chosen to minimize the mean absolute error. Neither method takes values of hidden
    stations. Stations at equal distances are used in the order in which they are given.

    Attributes:
        reach_hours: Hours before and after an hour whose values its estimate (or its standard deviation) is made from too.
        coordinates_: Longitudes and latitudes of the visible stations, degrees.
    """

    reach_hours: int = 0

    def fit(self, coordinates: Coordinates, values: np.ndarray) -> Self:
        """Fit to the training hours of the visible stations.

        Args:
            coordinates: Longitudes and latitudes of the visible stations in degrees, each of shape ``[station]``.
            values: Their measurements in the training hours: shape ``[time, station]``, NaN where missing.

        Returns:
            This interpolator.

        Raises:
            InputError: If shapes or coordinates are invalid, or a parameter has to be chosen and no hour has measurements at two
                stations.
        """
        self.coordinates_ = checked_coordinates(coordinates)
        self._fit(self._checked_values(values))
        return self

    def predict(self, coordinates: Coordinates, values: np.ndarray) -> np.ndarray:
        """Interpolate each hour from the stations that measured in it.

        Args:
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
            values: Measurements of the visible stations, in the order given to :meth:`fit`, at the hours to predict:
                shape ``[time, station]``, NaN where missing.

        Returns:
            float64 array of shape ``[time, target]``; NaN in hours in which no station measured.

        Raises:
            InputError: If shapes or coordinates are invalid.
        """
        return self._predict(*self._checked(coordinates, values))

    @abstractmethod
    def _fit(self, values: np.ndarray) -> None:
        """Set the attributes that end in ``_``; ``values`` are checked."""

    @abstractmethod
    def _predict(self, coordinates: Coordinates, values: np.ndarray) -> np.ndarray:
        """Return ``[time, target]``; both arguments are checked."""

    def _checked(self, coordinates: Coordinates, values: np.ndarray) -> tuple[Coordinates, np.ndarray]:
        check_is_fitted(self)
        return checked_coordinates(coordinates), self._checked_values(values)

    def _checked_values(self, values: np.ndarray) -> np.ndarray:
        return checked_values(values, len(self.coordinates_[0]))


class InterpolatorWithStd(Interpolator):
    """Interpolator whose estimates have a standard deviation, that a subclass returns from ``_predict_with_std``."""

    @overload
    def predict(
        self, coordinates: Coordinates, values: np.ndarray, return_std: Literal[False] = False
    ) -> np.ndarray: ...

    @overload
    def predict(
        self, coordinates: Coordinates, values: np.ndarray, return_std: Literal[True]
    ) -> tuple[np.ndarray, np.ndarray]: ...

    def predict(
        self, coordinates: Coordinates, values: np.ndarray, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Interpolate each hour from the stations that measured in it.

        Args:
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
            values: Measurements of the visible stations, in the order given to :meth:`fit`, at the hours to predict:
                shape ``[time, station]``, NaN where missing.
            return_std: Also return the standard deviation of a measurement at the target about the estimate,
                measurement error included.

        Returns:
            float64 array of shape ``[time, target]``, or a pair of them; NaN in hours in which no station measured
            (standard deviation: fewer than two).

        Raises:
            InputError: If shapes or coordinates are invalid.
        """
        if not return_std:
            return super().predict(coordinates, values)
        return self._predict_with_std(*self._checked(coordinates, values))

    @abstractmethod
    def _predict_with_std(self, coordinates: Coordinates, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return estimates and standard deviations, each ``[time, target]``; both arguments are checked."""


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
    # scikit-learn wants (latitude, longitude).
    points, other_points = (np.radians(np.stack(pair[::-1], axis=1)) for pair in (coordinates, others))
    return haversine_distances(points, other_points) * EARTH_RADIUS_KM


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


def tuning_hours(values: np.ndarray, parameters: str) -> np.ndarray:
    """Return positions of hours for choosing parameters: at most :data:`TUNING_HOURS`, each with two measurements or more.

    They are drawn at random with a fixed seed, because evenly spaced hours may all be the same hour of the day.

    Args:
        values: ``[time, station]``, NaN where missing.
        parameters: Names of the parameters to be chosen, for the error message.

    Raises:
        InputError: If no hour has measurements at two stations.
    """
    usable = np.flatnonzero(np.isfinite(values).sum(axis=1) >= 2)
    if usable.size == 0:
        raise InputError(
            f"values: no hour has measurements at two visible stations, so {parameters} cannot be chosen; "
            "give these parameters or more data."
        )
    if usable.size > TUNING_HOURS:
        usable = np.sort(np.random.default_rng(0).choice(usable, TUNING_HOURS, replace=False))
    return usable


def checked_values(values: np.ndarray, stations: int) -> np.ndarray:
    """Return measurements as float64, shape ``[time, station]``, NaN where missing.

    Args:
        values: Measurements of the visible stations.
        stations: Number of visible stations.

    Raises:
        InputError: If the shape is another one, or a number is infinite.
    """
    values = np.asarray(values, np.float64)
    if values.ndim != 2 or values.shape[1] != stations:
        raise InputError(
            f"values: shape {values.shape} was given for {stations} visible stations; use [time, {stations}]."
        )
    if np.isinf(values).any():
        raise InputError("values: infinite numbers were given; use NaN where a measurement is missing.")
    return values


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
