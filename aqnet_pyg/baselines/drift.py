"""Factors of first guesses, estimated in each hour by generalized least squares and shrunk to those of all hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from aqnet_pyg.baselines.coordinates import Coordinates
from aqnet_pyg.baselines.kriging import OrdinaryKriging
from aqnet_pyg.baselines.kriging_system import System, systems

STRENGTHS = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
"""Weights of the prior that are tried, in units of the information in a mean hour."""

MOST_STATIONS = 600
"""Stations from which factors are estimated, at most."""


class Factors(NamedTuple):
    """Factors of first guesses in all hours together, which are the prior of those of an hour.

    Args:
        mean: Shape ``[field]``.
        weight: Information of the prior, in units of that in the measurements of an hour, shape ``[field, field]``.
        range_km: Range of the covariance of departures from the first guesses, kilometers.
        nugget: Its nugget.
        used: Which of the fields that were given have a factor, bool.
    """

    mean: np.ndarray
    weight: np.ndarray
    range_km: float
    nugget: float
    used: np.ndarray


class DriftSums(NamedTuple):
    r"""Normal equations of generalized least squares: of measurements on first guesses, with an unknown mean in every hour.

    With P the precision matrix of the stations that measured, the mean estimated, they are :math:`F^\top P F` and
    :math:`F^\top P z`. The leading axes are hours, or hours and stations.

    Args:
        left: Left-hand side, shape ``[..., field, field]``.
        right: Right-hand side, shape ``[..., field]``.
    """

    left: np.ndarray
    right: np.ndarray

    @classmethod
    def of_hours(cls, kriging: OrdinaryKriging, values: np.ndarray, fields: np.ndarray) -> DriftSums:
        """Compute them for each hour, with the covariance of a kriging of all stations together.

        Args:
            kriging: Fitted to the stations.
            values: ``[time, station]``, NaN where missing.
            fields: First guesses, ``[time, station, field]``, NaN where ``values`` are.
        """
        sums = np.zeros((len(values), fields.shape[-1], fields.shape[-1] + 1))
        for system, dual in _duals(kriging, values, fields):
            sums[system.hours] = _of_hours(fields[system.hours], dual)
        return cls(sums[..., :-1], sums[..., -1])

    @classmethod
    def without_each(cls, kriging: OrdinaryKriging, values: np.ndarray, fields: np.ndarray) -> DriftSums:
        r"""Compute them for each hour and station, as if the station had not measured.

        With d the duals :math:`P F` and :math:`P z`, leaving out i reduces :math:`F^\top P F` by :math:`d_i d_i^\top / P_{ii}`.

        Args:
            kriging: As for :meth:`of_hours`.
            values: As for :meth:`of_hours`.
            fields: As for :meth:`of_hours`.
        """
        sums = np.zeros((*values.shape, fields.shape[-1], fields.shape[-1] + 1))
        for system, dual in _duals(kriging, values, fields):
            inverse = np.where(np.isfinite(system.precision), 1 / system.precision, 0.0)
            own = np.einsum("tif,tig,i->tifg", dual[..., :-1], dual, inverse)
            sums[system.hours] = _of_hours(fields[system.hours], dual)[:, None] - own
        return cls(sums[..., :-1], sums[..., -1])

    def of(self, fields: np.ndarray) -> DriftSums:
        """Return the normal equations of some first guesses, at the positions ``fields``."""
        return DriftSums(self.left[..., fields[:, None], fields], self.right[..., fields])

    def pooled(self) -> np.ndarray:
        """Return the factors of all hours together, shape ``[..., field]`` without the axis of hours."""
        return _solve(self.left.sum(axis=0), self.right.sum(axis=0))

    def factors(self, weight: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Return factors that are shrunk to a prior, shape ``[..., field]``.

        Args:
            weight: Information of the prior, shape ``[field, field]``.
            mean: Its factors, shape ``[field]``, or ``[station, field]`` where each station has its own.
        """
        return _solve(self.left + weight, self.right + mean @ weight)


def some_stations(coordinates: Coordinates) -> np.ndarray:
    """Return positions of stations from which factors are estimated: all, or evenly spaced ones in the order of longitudes.

    Args:
        coordinates: Longitudes and latitudes in degrees, each of shape ``[station]``.
    """
    longitude, latitude = coordinates
    order = np.lexsort((latitude, np.round(longitude % 360.0, 9)))
    if len(order) <= MOST_STATIONS:
        return np.arange(len(order))
    return np.sort(order[np.linspace(0, len(order) - 1, MOST_STATIONS).astype(int)])


def _duals(kriging: OrdinaryKriging, values: np.ndarray, fields: np.ndarray) -> Iterator[tuple[System, np.ndarray]]:
    """Yield the system of hours with two measurements or more, and the duals of first guesses and (last) measurements.

    The duals are of shape ``[hour, station, field + 1]``.
    """
    arrays = [*np.moveaxis(fields, -1, 0), values]
    for solved in zip(*(systems(kriging.inverse_, array) for array in arrays), strict=True):
        if values.shape[1] - len(solved[-1].missing) >= 2:
            yield solved[-1], np.stack([each.dual for each in solved], axis=-1)


def _of_hours(fields: np.ndarray, dual: np.ndarray) -> np.ndarray:
    """Return the sums of some hours, ``[hour, field, field + 1]``; ``dual`` as :func:`_duals` yields it."""
    anomaly = np.nan_to_num(fields - np.nanmean(fields, axis=1, keepdims=True))
    # A field that is constant but for rounding has no factor.
    anomaly[np.abs(anomaly) < 1e-9 * np.nan_to_num(np.abs(fields)).max(initial=0.0, axis=(0, 1))] = 0.0
    return np.einsum("tsf,tsg->tfg", anomaly, dual)


def _solve(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve small systems ``[..., field, field]`` and ``[..., field]``; 0 for a first guess that is constant.

    Fields are scaled first, so that their units do not matter.
    """
    diagonal = np.diagonal(left, axis1=-2, axis2=-1)
    largest = np.max(diagonal, axis=tuple(range(diagonal.ndim - 1)), initial=0.0)
    known = diagonal > 1e-12 * largest
    scale = np.where(known, 1.0, 0.0) / np.sqrt(np.where(known, diagonal, 1.0))
    if left.shape[-1] == 1:
        return right * scale**2
    correlation = left * scale[..., :, None] * scale[..., None, :]
    return scale * np.einsum("...fg,...g->...f", np.linalg.pinv(correlation, rcond=1e-9, hermitian=True), scale * right)
