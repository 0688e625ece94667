"""The interface of estimators that fill the gaps of stations, and their input checks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.baselines.coordinates import Coordinates, checked_coordinates
from aqnet_pyg.errors import InputError

_HOUR = np.timedelta64(1, "h")


class Estimate(NamedTuple):
    """Values with every gap filled, and their uncertainty.

    Args:
        value: Measurements as they are, and estimates in gaps, float64, shape ``[time, station]``; NaN where there is none.
        spread: Standard deviation of a measurement about the estimate, in the units of the values, of the same shape; 0 where
            measured, NaN where there is no estimate.
    """

    value: np.ndarray
    spread: np.ndarray


class GapFiller(BaseEstimator, ABC):
    """Estimator of the missing hours of stations that otherwise measure.

    An estimate may use all measurements: of the station before and after the gap, and of the other stations. A subclass assigns
    its parameters in ``__init__``; ``_fit`` stores its results as attributes that end in ``_``; ``_fill`` estimates. The base
    class checks the input, and returns measurements as they are.

    Attributes:
        coordinates_: Longitudes and latitudes of the stations, degrees.
    """

    def fit(self, coordinates: Coordinates, values: np.ndarray, time: np.ndarray) -> Self:
        """Fit to the training hours.

        Args:
            coordinates: Longitudes and latitudes of the stations in degrees, each of shape ``[station]``.
            values: Their measurements, shape ``[time, station]``, NaN where missing.
            time: Ends of the hours (UTC), consecutive, datetime64, shape ``[time]``.

        Returns:
            This estimator.

        Raises:
            InputError: If shapes, coordinates or hours are invalid, or there is no measurement.
        """
        self.coordinates_ = checked_coordinates(coordinates)
        values, time = self._checked(values, time)
        if np.isnan(values).all():
            raise InputError("values: there is no measurement in the training hours; give other hours or stations.")
        self._fit(values, time)
        return self

    def fill(self, values: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Estimate every missing hour of every station.

        Args:
            values: Measurements of the stations, in the order given to :meth:`fit`, at any consecutive hours: shape
                ``[time, station]``, NaN where missing.
            time: Ends of the hours (UTC), consecutive, datetime64, shape ``[time]``.

        Returns:
            float64 array of shape ``[time, station]``: measurements as they are, estimates in gaps, and NaN where there is no
            estimate.

        Raises:
            InputError: If shapes or hours are invalid.
        """
        check_is_fitted(self)
        values, time = self._checked(values, time)
        return np.where(np.isnan(values), self._fill(values, time), values)

    @abstractmethod
    def _fit(self, values: np.ndarray, time: np.ndarray) -> None:
        """Set the attributes that end in ``_``; both arguments are checked, times are ``datetime64[h]``."""

    @abstractmethod
    def _fill(self, values: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Return estimates, ``[time, station]``, NaN where there is none; what it returns at measurements is not used."""

    def _checked(self, values: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, hours = np.asarray(values, np.float64), _hours(time)
        stations = len(self.coordinates_[0])
        if values.shape != (len(hours), stations):
            raise InputError(
                f"values: shape {values.shape} was given for {len(hours)} hours of {stations} stations; "
                f"use [{len(hours)}, {stations}]."
            )
        if np.isinf(values).any():
            raise InputError("values: infinite numbers were given; use NaN where a measurement is missing.")
        return values, hours


def station_order(coordinates: Coordinates) -> np.ndarray:
    """Return positions of stations from west to east, an order that does not depend on how they are given, ``[station]``."""
    longitude, latitude = coordinates
    return np.lexsort((latitude, longitude % 360))


def _hours(time: np.ndarray) -> np.ndarray:
    """Return consecutive times as ``datetime64[h]``."""
    times = np.asarray(time)
    if times.dtype.kind != "M" or times.ndim != 1 or np.isnat(times).any():
        raise InputError(
            f"time: an array of {times.dtype} of shape {times.shape} was given; use datetime64 in UTC, [time], none missing."
        )
    hours = times.astype("datetime64[h]")
    if (hours != times).any() or (np.diff(hours) != _HOUR).any():
        raise InputError("time: hours are missing, repeated or not in order; give every hour, with NaN where missing.")
    return hours
