"""Ordinary kriging in space and time, from the values of an hour and of the hours before and after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import gstools
import numpy as np
from scipy.linalg import eigh
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.baselines.base import Coordinates, Interpolator, chord_matrix_km, tuning_hours
from aqnet_pyg.baselines.grid_search import descend
from aqnet_pyg.baselines.kriging import MIN_NUGGET, NUGGET_GRID, RANGE_GRID, OrdinaryKriging, check_parameters
from aqnet_pyg.baselines.kriging_system import System, ordinary_precision, systems
from aqnet_pyg.baselines.local_space_time import LocalSpaceTimeSystem
from aqnet_pyg.baselines.neighborhoods import DENSE_STATIONS, candidate_order
from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM

TAU_GRID = (1.5, 3.0, 6.0, 12.0, 24.0, 48.0)

LOCAL_TUNING_HOURS, LOCAL_TUNING_STATIONS = 24, 250
"""Hours, and stations left out in them, on which the covariance of local kriging is chosen."""


class SpaceTimeKriging(Interpolator):
    r"""Ordinary kriging from the values of an hour and of the hours next to it.

    The covariance is separable, except for the nugget, which is measurement error and independent in every hour:

    .. math::
        C = (1 - \nu) \, e^{-d / r} \, e^{-|h| / \tau} + \nu \, [d = 0, h = 0]

    with chords :math:`d` through the Earth and lags :math:`h` in hours. The hours on both sides thus reduce the measurement
    error and replace missing values. All stations are used, with one unknown mean for all lags.

    Rows of ``values`` are consecutive hours, in :meth:`fit` and in :meth:`predict`; hours beyond the first and last
    row count as missing. An hour without any measurement is estimated from the neighboring hours, and is NaN only if these
    have none either.

    Range, :math:`\tau` and nugget are chosen to minimize the error when all lags of a station are left out, which has a
    closed form; the search descends on a grid, from the range and nugget of :class:`OrdinaryKriging`.

    Args:
        lags: Hours on each side.
        range_km: Distance at which the correlation has decreased to 1/e, kilometers; ``None`` chooses it.
        tau_hours: Lag at which it has decreased to 1/e, hours; ``None`` chooses it.
        nugget: Fraction of the sill that is measurement error, 0 to 1; ``None`` chooses it. At least 1e-6 is used.
            With all three given, :meth:`fit` tunes nothing.

    Attributes:
        range_km_: The range used.
        tau_hours_: The :math:`\tau` used.
        nugget_: The nugget used.
        inverse_: Inverse covariance matrix of all stations at all lags, lag by lag; only up to 1000 stations.
        local_: The systems of local kriging, for larger networks; else ``None``.
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

    @property
    def reach_hours(self) -> int:  # type: ignore[override]
        """The lags."""
        return self.lags

    def leave_one_out(self, values: np.ndarray) -> np.ndarray:
        """Estimate every visible station from the other stations, whether it measured in the hour or not.

        The result is that of :meth:`predict` at the coordinates of the station with its measurements set to NaN in all
        hours, with the fitted covariance.

        Args:
            values: Measurements of the visible stations, in the order given to :meth:`fit`, in consecutive hours: shape
                ``[time, station]``, NaN where missing.

        Returns:
            float64 array of shape ``[time, station]``; NaN where no other station measured, in the hour or at its lags.

        Raises:
            InputError: If the shape is invalid.
        """
        check_is_fitted(self)
        values = self._checked_values(values)
        if self.local_ is not None:
            return self.local_.estimates(values)
        lagged = self._lagged(values)
        estimate = np.full(values.shape, np.nan)
        for left_out in self._left_out(self.inverse_, lagged):
            hours = left_out.system.hours
            estimate[hours] = values[hours] - left_out.error[:, self.lags].T
            missing, prediction = self._missing_middle(left_out)
            estimate[np.ix_(hours, missing)] = prediction
        return estimate

    def _fit(self, values: np.ndarray) -> None:
        if self.lags < 0:
            raise InputError(f"lags: {self.lags} was given; use a number of hours that is not negative.")
        if self.tau_hours is not None and not self.tau_hours > 0:
            raise InputError(f"tau_hours: {self.tau_hours} was given; use a time above zero.")
        check_parameters(self.range_km, self.nugget)
        if self.range_km is not None and self.tau_hours is not None and self.nugget is not None:
            choice = float(self.range_km), self.tau_hours, float(self.nugget)
        else:
            choice, self.loo_mae_ = self._choose(values)
        self.range_km_, self.tau_hours_, self.nugget_ = choice
        self.local_ = None
        if len(self.coordinates_[0]) > DENSE_STATIONS:
            covariance = self.range_km_, self.tau_hours_, max(self.nugget_, MIN_NUGGET)
            self.local_ = LocalSpaceTimeSystem(self.coordinates_, self.lags, covariance)
        else:
            self.inverse_ = self._inverse(chord_matrix_km(self.coordinates_, self.coordinates_), *choice)

    def _choose(self, values: np.ndarray) -> tuple[tuple[float, float, float], float]:
        """Return the best range, tau and nugget found from those of the hours taken singly, and their error."""
        start = OrdinaryKriging(range_km=self.range_km, nugget=self.nugget).fit(self.coordinates_, values)
        error = self._local_error(values) if len(self.coordinates_[0]) > DENSE_STATIONS else self._error(values)
        ranges = RANGE_GRID if self.range_km is None else (float(self.range_km),)
        taus = TAU_GRID if self.tau_hours is None else (float(self.tau_hours),)
        nuggets = NUGGET_GRID if self.nugget is None else (float(self.nugget),)
        best, least = descend(error, (ranges, taus, nuggets), (start.range_km_, self.tau_hours, start.nugget_))
        return (best[0], best[1], best[2]), least

    def _error(self, values: np.ndarray) -> Callable[[float, float, float], float]:
        """Return the leave-one-out error as a function of range, tau and nugget."""
        chords = chord_matrix_km(self.coordinates_, self.coordinates_)
        lagged = self._lagged(values)[tuning_hours(values, "range, tau and nugget")]
        has_data = np.isfinite(lagged).reshape(len(lagged), -1, len(chords)).any(axis=(0, 1))
        chords = chords[np.ix_(has_data, has_data)]
        lagged = lagged[:, np.tile(has_data, 2 * self.lags + 1)]
        truth = lagged[:, self.lags * has_data.sum() :][:, : has_data.sum()]

        def error(range_km: float, tau_hours: float, nugget: float) -> float:
            estimate = self._leave_one_out(self._inverse(chords, range_km, tau_hours, nugget), lagged)
            return float(np.nanmean(np.abs(estimate - truth)))

        return error

    def _local_error(self, values: np.ndarray) -> Callable[[float, float, float], float]:
        """Likewise by local kriging, at some stations and in some hours."""
        rng = np.random.default_rng(0)
        usable = tuning_hours(values, "range, tau and nugget")
        hours = np.sort(rng.permutation(usable)[:LOCAL_TUNING_HOURS])
        stations = rng.permutation(np.flatnonzero(np.isfinite(values[hours]).any(axis=0)))[:LOCAL_TUNING_STATIONS]
        order = candidate_order(self.coordinates_)
        # Each hour with its lags is a series of its own.
        series = self._lagged(values)[hours].reshape(len(hours), 2 * self.lags + 1, -1)
        truth = values[np.ix_(hours, stations)]

        def error(range_km: float, tau_hours: float, nugget: float) -> float:
            local = LocalSpaceTimeSystem(
                self.coordinates_, self.lags, (range_km, tau_hours, max(nugget, MIN_NUGGET)), order
            )
            return float(np.nanmean(np.abs(local.middle(series, left_out=stations) - truth)))

        return error

    def _predict(self, coordinates: Coordinates, values: np.ndarray) -> np.ndarray:
        if self.local_ is not None:
            return self.local_.estimates(values, coordinates)
        lagged = self._lagged(values)
        # The dual of each station, summed over its lags.
        dual, mean = np.zeros(values.shape), np.full(len(values), np.nan)
        weights = (1 - self.nugget_) * np.exp(-self._hours() / self.tau_hours_)[self.lags]
        for system in systems(self.inverse_, lagged):
            dual[system.hours] = np.einsum(
                "hls,l->hs", system.dual.reshape(len(system.hours), len(weights), -1), weights
            )
            mean[system.hours] = system.mean
        space = _correlation(chord_matrix_km(coordinates, self.coordinates_), self.range_km_)
        return mean[:, None] + dual @ space.T

    def _hours(self) -> np.ndarray:
        """Return the hours between the lags, ``[lag, lag]``."""
        lag = np.arange(2 * self.lags + 1)
        return np.abs(lag[:, None] - lag)

    def _lagged(self, values: np.ndarray) -> np.ndarray:
        """Return the values from ``-lags`` to ``lags`` hours around each hour, ``[time, lag * station]``."""
        padded = np.pad(values, ((self.lags, self.lags), (0, 0)), constant_values=np.nan)
        return np.concatenate([padded[lag : lag + len(values)] for lag in range(2 * self.lags + 1)], axis=1)

    def _inverse(self, chords: np.ndarray, range_km: float, tau_hours: float, nugget: float) -> np.ndarray:
        """Inverse covariance, ``[lag * station, lag * station]``, from the eigenvectors of its two factors."""
        nugget = max(nugget, MIN_NUGGET)
        in_space, space = eigh(_correlation(chords, range_km))
        in_time, time = eigh(np.exp(-self._hours() / tau_hours))
        # Rounding can make eigenvalues of coincident stations slightly negative.
        inverse = 1 / ((1 - nugget) * np.maximum(in_space, 0.0) * in_time[:, None] + nugget)
        size = len(in_space) * len(in_time)
        result = np.zeros((len(in_time), len(in_space), len(in_time), len(in_space)))
        for vector, row in zip(time.T, inverse, strict=True):
            result += np.multiply.outer(np.outer(vector, vector), (space * row) @ space.T).transpose(0, 2, 1, 3)
        return result.reshape(size, size)

    def _leave_one_out(self, inverse: np.ndarray, lagged: np.ndarray) -> np.ndarray:
        """Estimate each measurement of the middle lag without all lags of its station, ``[time, station]``."""
        stations = lagged.shape[1] // (2 * self.lags + 1)
        middle = lagged[:, self.lags * stations : (self.lags + 1) * stations]
        estimate = np.full(middle.shape, np.nan)
        for left_out in self._left_out(inverse, lagged):
            hours = left_out.system.hours
            estimate[hours] = middle[hours] - left_out.error[:, self.lags].T
        return estimate

    def _missing_middle(self, left_out: _LeftOut) -> tuple[np.ndarray, np.ndarray]:
        """Estimate the stations without a value at the middle lag, each without its values at other lags.

        It is the prediction from all values, with those of the station replaced by their left-out estimates.

        Returns:
            Positions of the stations, ``[missing]``, and their estimates, ``[hour, missing]``.
        """
        system = left_out.system
        stations, lags = left_out.missing.shape
        which = np.flatnonzero(left_out.missing[:, self.lags])
        if not which.size:
            return which, np.empty((len(system.hours), 0))
        position = np.searchsorted(system.missing, self.lags * stations + which)
        weights = -system.whitening[:, position].T @ system.rows
        weights[:, system.missing] = 0.0
        own = weights.reshape(-1, lags, stations)[np.arange(len(which)), :, which]
        return which, system.predicted[:, position] - np.einsum("kl,klh->hk", own, left_out.error[which])

    def _left_out(self, inverse: np.ndarray, lagged: np.ndarray) -> Iterator[_LeftOut]:
        """Leave out all lags of each station in turn, in the hours in which any station has a value.

        With P the precision matrix of the hour and z the values, the errors at the lags s of a left-out station are
        ``P_ss^-1 (P z)_s``: a small system for each station.
        """
        lags = 2 * self.lags + 1
        stations = lagged.shape[1] // lags
        every = np.arange(stations)
        blocks = ordinary_precision(inverse).reshape(lags, stations, lags, stations)[
            :, every, :, every
        ]  # [station, lag, lag]
        for system in systems(inverse, lagged):
            missing = np.zeros(lags * stations, bool)
            missing[system.missing] = True
            missing = missing.reshape(lags, stations).T
            has_data = ~missing.all(axis=1)
            alone = np.zeros(stations, bool)
            if has_data.sum() == 1:
                alone |= has_data
            rows = system.rows.reshape(-1, lags, stations).transpose(2, 1, 0)
            left_out = blocks - rows @ rows.transpose(0, 2, 1)
            excluded = missing[:, :, None] | missing[:, None, :] | alone[:, None, None]
            left_out = np.where(excluded, np.eye(lags), left_out)
            dual = system.dual.reshape(-1, lags, stations).transpose(2, 1, 0)  # [station, lag, hour]
            error = np.linalg.solve(left_out, dual)
            error[alone] = np.nan
            yield _LeftOut(system, missing, error)


class _LeftOut(NamedTuple):
    """All lags of each station left out in turn, in the hours in which the same values are missing."""

    system: System
    missing: np.ndarray  # [station, lag]
    error: (
        np.ndarray
    )  # [station, lag, hour], of the left-out estimates; 0 where missing, NaN if no other station measured


def _correlation(chords: np.ndarray, range_km: float) -> np.ndarray:
    return gstools.Exponential(latlon=True, geo_scale=EARTH_RADIUS_KM, len_scale=range_km).covariance(chords)
