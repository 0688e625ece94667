"""Factors of first guesses, estimated in each hour by leave-one-out regression and shrunk to those of all hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from aqnet_pyg.baselines.coordinates import Coordinates
from aqnet_pyg.baselines.kriging import OrdinaryKriging
from aqnet_pyg.baselines.kriging_system import System, ordinary_precision, systems

STRENGTHS = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
"""Weights of the prior that are tried, in units of the information in a mean hour."""

MOST_STATIONS = 600
"""Stations from which factors are estimated, at most."""


class Factors(NamedTuple):
    """Factors of first guesses in all hours together, which are the prior of those of an hour.

    Args:
        mean: Shape ``[field]``.
        weight: Information of the prior, in units of that in the measurements of an hour, shape ``[field, field]``.
        range_km: Range of the covariance of measurements, for unit sill, kilometers.
        nugget: Its nugget.
    """

    mean: np.ndarray
    weight: np.ndarray
    range_km: float
    nugget: float


class DriftSums(NamedTuple):
    r"""Normal equations of the regression of leave-one-out errors of measurements on those of first guesses.

    An error is what kriging of the other stations does not explain; it counts by its inverse variance. Factors found in this way
    minimize the leave-one-out error of the estimate itself. The leading axes are hours, or hours and stations.

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
            inverse = np.where(np.isfinite(system.precision), 1 / system.precision, 0.0)
            sums[system.hours] = np.einsum("tjf,tjg,j->tfg", dual[..., :-1], dual, inverse)
        return cls(sums[..., :-1], sums[..., -1])

    @classmethod
    def without_each(cls, kriging: OrdinaryKriging, values: np.ndarray, fields: np.ndarray) -> DriftSums:
        r"""Compute them for each hour and station, as if the station had not measured.

        With P the precision matrix of the hour (the mean estimated) and d the dual, leaving out i changes the dual of j to
        :math:`d_j - P_{ij} d_i / P_{ii}` and its precision to :math:`P_{jj} - P_{ij}^2 / P_{ii}`.

        Args:
            kriging: As for :meth:`of_hours`.
            values: As for :meth:`of_hours`.
            fields: As for :meth:`of_hours`.
        """
        sums = np.zeros((*values.shape, fields.shape[-1], fields.shape[-1] + 1))
        precision = ordinary_precision(kriging.inverse_)
        for system, dual in _duals(kriging, values, fields):
            sums[system.hours] = _without_each(precision - system.rows.T @ system.rows, system.precision, dual)
        return cls(sums[..., :-1], sums[..., -1])

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


def _without_each(precision: np.ndarray, diagonal: np.ndarray, dual: np.ndarray) -> np.ndarray:
    """Return the sums as if a station had not measured, ``[hour, station, field, field + 1]``.

    Args:
        precision: Precision matrix of the hours, ``[station, station]``.
        diagonal: Its diagonal, NaN at stations that did not measure, or alone.
        dual: Of first guesses, and in the last column of measurements, ``[hour, station, field + 1]``.
    """
    measured = np.isfinite(diagonal)
    share = np.where(measured[:, None], precision / np.where(measured, diagonal, 1.0)[:, None], 0.0)
    remaining = np.where(measured, diagonal, 1.0) - share * precision
    # Zero up to rounding where no other station is left for the estimate at j, and at the station itself.
    known = measured & (remaining > 1e-12 * np.where(measured, diagonal, 1.0))
    np.fill_diagonal(known, False)
    weight = np.where(known, 1.0, 0.0) / np.where(known, remaining, 1.0)
    cross = weight * share
    own = np.sum(cross * share, axis=1)
    fields = dual[..., :-1]
    result = np.empty((*dual.shape[:2], fields.shape[-1], dual.shape[-1]))
    of_cross = np.einsum("tjf,ij->tif", dual, cross, optimize=True)
    for first in range(fields.shape[-1]):
        for second in range(dual.shape[-1]):
            a, b = dual[..., first], dual[..., second]
            result[..., first, second] = (
                (a * b) @ weight.T - a * of_cross[..., second] - b * of_cross[..., first] + a * b * own
            )
    return result


def _solve(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve small systems ``[..., field, field]`` and ``[..., field]``; 0 for a first guess that is constant."""
    if left.shape[-1] == 1:
        known = left[..., 0] > 1e-12 * np.max(left, initial=0.0)
        return np.where(known, right, 0.0) / np.where(known, left[..., 0], 1.0)
    return np.einsum("...fg,...g->...f", np.linalg.pinv(left, rcond=1e-9, hermitian=True), right)
