"""Ordinary kriging in space and time: the hours on both sides have their say."""

from __future__ import annotations

from itertools import product

import gstools
import numpy as np
from scipy.linalg import eigh, solve_triangular

from aqnet_pyg.baselines.base import Coordinates, Interpolator, distance_matrix_km, tuning_hours
from aqnet_pyg.baselines.kriging import MIN_NUGGET, NUGGET_GRID, RANGE_GRID, OrdinaryKriging, systems
from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = ["SpaceTimeKriging"]

TAU_GRID = (1.5, 3.0, 6.0, 12.0, 24.0, 48.0)


class SpaceTimeKriging(Interpolator):
    r"""Ordinary kriging from the values of an hour and of the hours next to it.

    The covariance is separable, but for the nugget, which is error of measurement, new in every hour:

    .. math::
        C = (1 - \nu) \, e^{-d / r} \, e^{-|h| / \tau} + \nu \, [d = 0, h = 0]

    with chords :math:`d` through the Earth and lags :math:`h` in hours. So the hours on both sides average out errors of
    measurement and stand in where a value is missing. All stations take part, with one unknown mean for all lags.

    Rows of ``values`` are consecutive hours, in :meth:`fit` and in :meth:`predict`; hours beyond the first and last
    row count as missing. An hour without any measurement is estimated from its neighbors, and is NaN only if these
    have none either.

    Range, :math:`\tau` and nugget are chosen for the least error when all lags of a station are left out, which has a
    closed form; the search climbs on a grid, from the range and nugget of :class:`OrdinaryKriging`.

    Args:
        lags: Hours on each side.
        range_km: Distance over which the correlation falls to 1/e, kilometers; ``None`` chooses it.
        tau_hours: Lag over which it falls to 1/e, hours; ``None`` chooses it.
        nugget: Share of the sill that is error of measurement, 0 to 1; ``None`` chooses it. At least 1e-6 is used.

    Attributes:
        range_km_: The range used.
        tau_hours_: The :math:`\tau` used.
        nugget_: The nugget used.
        inverse_: Inverse covariance matrix of all stations at all lags, lag by lag.
        loo_mae_: Leave-one-station-out mean absolute error at the visible stations, in the units of the values; only if
            a parameter was chosen.
    """

    def __init__(
        self,
        lags: int = 2,
        range_km: float | None = None,
        tau_hours: float | None = None,
        nugget: float | None = None,
    ) -> None:
        self.lags = lags
        self.range_km = range_km
        self.tau_hours = tau_hours
        self.nugget = nugget

    def _fit(self, values: np.ndarray) -> None:
        if self.lags < 0:
            raise InputError(f"lags: {self.lags} was given; use a number of hours that is not negative.")
        if self.tau_hours is not None and not self.tau_hours > 0:
            raise InputError(f"tau_hours: {self.tau_hours} was given; use a time above zero.")
        start = OrdinaryKriging(range_km=self.range_km, nugget=self.nugget).fit(self.coordinates_, values)
        distances = distance_matrix_km(self.coordinates_, self.coordinates_)
        choice = (start.range_km_, self.tau_hours, start.nugget_)
        if None in (self.range_km, self.tau_hours, self.nugget):
            chosen = tuning_hours(values, "range, tau and nugget")
            choice, self.loo_mae_ = self._choose(distances, self._lagged(values)[chosen], choice)
        self.range_km_, self.tau_hours_, self.nugget_ = choice
        self.inverse_ = self._inverse(distances, *choice)

    def _choose(
        self, distances: np.ndarray, lagged: np.ndarray, choice: tuple[float, float | None, float]
    ) -> tuple[tuple[float, float, float], float]:
        """The best range, tau and nugget that are found from the given ones, and their error."""
        count = len(distances)
        heard = np.isfinite(lagged).reshape(len(lagged), -1, count).any(axis=(0, 1))
        distances = distances[np.ix_(heard, heard)]
        lagged = lagged[:, np.tile(heard, 2 * self.lags + 1)]
        truth = lagged[:, self.lags * heard.sum() :][:, : heard.sum()]
        errors = {}

        def error(choice: tuple[float, float, float]) -> float:
            if choice not in errors:
                estimate = self._leave_one_out(self._inverse(distances, *choice), lagged)
                errors[choice] = float(np.nanmean(np.abs(estimate - truth)))
            return errors[choice]

        grids = (
            RANGE_GRID if self.range_km is None else (float(self.range_km),),
            TAU_GRID if self.tau_hours is None else (float(self.tau_hours),),
            NUGGET_GRID if self.nugget is None else (float(self.nugget),),
        )
        best = tuple(_nearest(grid, value) for grid, value in zip(grids, choice, strict=True))
        while True:
            before = best
            # Diagonal steps too: a longer range with a smaller nugget is much the same, and better with both is a ridge.
            around = (
                grid[max(grid.index(at) - 1, 0) : grid.index(at) + 2] for grid, at in zip(grids, best, strict=True)
            )
            best = min(product(*around), key=error)
            if best == before:
                return best, errors[best]

    def _predict(self, coordinates: Coordinates, values: np.ndarray) -> np.ndarray:
        lagged = self._lagged(values)
        # What a station sends, over its lags.
        sent, mean = np.zeros(values.shape), np.full(len(values), np.nan)
        weights = (1 - self.nugget_) * np.exp(-self._hours() / self.tau_hours_)[self.lags]
        for system in systems(self.inverse_, lagged):
            sent[system.hours] = np.einsum(
                "hls,l->hs", system.dual.reshape(len(system.hours), len(weights), -1), weights
            )
            mean[system.hours] = system.mean
        space = _correlation(distance_matrix_km(coordinates, self.coordinates_), self.range_km_)
        return mean[:, None] + sent @ space.T

    def _hours(self) -> np.ndarray:
        """Hours between the lags, ``[lag, lag]``."""
        lag = np.arange(2 * self.lags + 1)
        return np.abs(lag[:, None] - lag)

    def _lagged(self, values: np.ndarray) -> np.ndarray:
        """The hours from ``-lags`` to ``lags`` about each, ``[time, lag * station]``."""
        padded = np.pad(values, ((self.lags, self.lags), (0, 0)), constant_values=np.nan)
        return np.concatenate([padded[lag : lag + len(values)] for lag in range(2 * self.lags + 1)], axis=1)

    def _inverse(self, distances: np.ndarray, range_km: float, tau_hours: float, nugget: float) -> np.ndarray:
        """Inverse covariance, ``[lag * station, lag * station]``, from the eigenvectors of its two factors."""
        nugget = max(nugget, MIN_NUGGET)
        in_space, space = eigh(_correlation(distances, range_km))
        in_time, time = eigh(np.exp(-self._hours() / tau_hours))
        # Rounding can leave eigenvalues of coincident stations a little below zero.
        inverse = 1 / ((1 - nugget) * np.maximum(in_space, 0.0) * in_time[:, None] + nugget)
        size = len(in_space) * len(in_time)
        result = np.zeros((len(in_time), len(in_space), len(in_time), len(in_space)))
        for vector, row in zip(time.T, inverse, strict=True):
            result += np.multiply.outer(np.outer(vector, vector), (space * row) @ space.T).transpose(0, 2, 1, 3)
        return result.reshape(size, size)

    def _leave_one_out(self, inverse: np.ndarray, lagged: np.ndarray) -> np.ndarray:
        """Estimate each measurement of the middle lag without its station, ``[time, station]``.

        With Q the inverse of the kriging system and z the values, the error at a left-out station is the middle lag of
        ``Q_ss^-1 (Q z)_s``, where s are its lags: a small system a station.
        """
        lags = 2 * self.lags + 1
        stations = lagged.shape[1] // lags
        every = np.arange(stations)
        blocks = inverse.reshape(lags, stations, lags, stations)[:, every, :, every]  # [station, lag, lag]
        estimate = np.full((len(lagged), stations), np.nan)
        for system in systems(inverse, lagged):
            missing = np.zeros(lags * stations, bool)
            missing[system.missing] = True
            missing = missing.reshape(lags, stations).T
            if (~missing).any(axis=1).sum() < 2:
                continue
            rows = inverse[system.missing]
            factor = np.linalg.cholesky(rows[:, system.missing])
            rows = solve_triangular(factor, rows, lower=True).reshape(-1, lags, stations)
            ones = system.ones.reshape(lags, stations)
            left_out = blocks - np.einsum("mas,mbs->sab", rows, rows)
            left_out -= np.einsum("as,bs->sab", ones, ones) / ones.sum()
            gone = missing[:, :, None] | missing[:, None, :]
            left_out = np.where(gone, np.eye(lags), left_out)
            dual = system.dual.reshape(-1, lags, stations).transpose(2, 1, 0)  # [station, lag, hour]
            residual = np.linalg.solve(left_out, dual)[:, self.lags]
            middle = lagged[system.hours, self.lags * stations : (self.lags + 1) * stations]
            estimate[system.hours] = middle - residual.T
        return estimate


def _correlation(distances: np.ndarray, range_km: float) -> np.ndarray:
    return gstools.Exponential(latlon=True, geo_scale=EARTH_RADIUS_KM, len_scale=range_km).cov_yadrenko(distances)


def _nearest(grid: tuple[float, ...], value: float | None) -> float:
    """The point of a grid that is the nearest by ratio; the middle one where there is no value."""
    return (
        grid[len(grid) // 2]
        if value is None or len(grid) == 1
        else min(grid, key=lambda point: abs(np.log(point / value)))
    )
