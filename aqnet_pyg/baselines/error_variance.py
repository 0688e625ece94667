"""Kriging of stations whose measurements have different errors."""

from __future__ import annotations

from typing import Self

import numpy as np
import xarray as xr

from aqnet_pyg.baselines.base import Interpolator
from aqnet_pyg.baselines.coordinates import Coordinates, checked_coordinates
from aqnet_pyg.errors import InputError

ERROR_VARIANCE = "error_variance"
"""Coordinate of station data: the error variance of each station, see :class:`WithErrorVariance`."""


class WithErrorVariance(Interpolator):
    """Kriging in which the nugget of a station is the common one plus an error variance of its own.

    Parameters are chosen to minimize the leave-one-out error at the reference, which are the stations without an error variance
    of their own. Estimates and standard deviations are those of measurements by instruments of the reference, at all stations and
    targets.

    Attributes:
        error_variance_: Error variance of each visible station, as a fraction of the sill, shape ``[station]``.
    """

    def fit(self, coordinates: Coordinates, values: np.ndarray, error_variance: np.ndarray | None = None) -> Self:
        """Fit to the training hours of the visible stations.

        Args:
            coordinates: Longitudes and latitudes of the visible stations in degrees, each of shape ``[station]``.
            values: Their measurements in the training hours: shape ``[time, station]``, NaN where missing.
            error_variance: Variance of the errors of each station in addition to the nugget, as a fraction of the sill: shape
                ``[station]``, 0 for instruments of the reference. ``None`` for zeros.

        Returns:
            This interpolator.

        Raises:
            InputError: If shapes, coordinates or variances are invalid, or a parameter has to be chosen and no hour has
                measurements at two stations, or no station of the reference.
        """
        self.coordinates_ = checked_coordinates(coordinates)
        self.error_variance_ = checked_error_variance(error_variance, len(self.coordinates_[0]))
        self._fit(self._checked_values(values))
        return self


def checked_error_variance(error_variance: np.ndarray | None, stations: int) -> np.ndarray:
    """Return error variances as float64, shape ``[station]``.

    Args:
        error_variance: As for :meth:`WithErrorVariance.fit`.
        stations: Number of stations.

    Raises:
        InputError: If the shape is another one, or one is negative or not finite.
    """
    if error_variance is None:
        return np.zeros(stations)
    found = np.asarray(error_variance, np.float64)
    if found.shape != (stations,):
        raise InputError(f"error_variance: shape {found.shape} was given for {stations} stations; use [{stations}].")
    if not (np.isfinite(found) & (found >= 0)).all():
        raise InputError(
            "error_variance: negative or infinite numbers were given; use fractions of the sill, 0 or more."
        )
    return found


def error_variance_of(data: xr.Dataset) -> np.ndarray:
    """Return the error variance of each station of station data, shape ``[station]``; 0 where it is not known.

    Args:
        data: Station data.
    """
    if ERROR_VARIANCE not in data.coords:
        return np.zeros(data.sizes["station"])
    return np.nan_to_num(data[ERROR_VARIANCE].values.astype(np.float64))
