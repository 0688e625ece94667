"""Ordinary kriging in space and time, from the values of an hour and of the hours before and after it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import gstools
import numpy as np
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.baselines.base import Interpolator, tuning_hours
from aqnet_pyg.baselines.coordinates import Coordinates, chord_matrix_km
from aqnet_pyg.baselines.grid_search import Choice, least_along_ridge
from aqnet_pyg.baselines.kriging import MIN_NUGGET, NUGGET_GRID, RANGE_GRID, check_parameters
from aqnet_pyg.baselines.local_space_time import LocalSpaceTimeSystem
from aqnet_pyg.baselines.neighborhoods import DENSE_STATIONS, candidate_order
from aqnet_pyg.baselines.space_time_system import CompleteSystem, SpaceTimeSystem
from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM

TAU_GRID = (1.5, 3.0, 6.0, 12.0, 24.0, 48.0)

START = 400.0, 3.0, 0.05
"""Range, tau and nugget from which the search for better ones starts, and with which missing values are filled for it."""

SEARCH_HOURS = 96
"""The search runs on so many of the tuning hours, the more complete half of twice as many, with missing values filled ..."""

FEW_HOURS, FEW_VALUES = 24, 12_000
"""... and the best choices are then compared without filled values on so many hours, or on more until they have so many
values."""

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
    closed form; the search descends on a grid.

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
        system_: The system of all stations at all lags; only up to 1000 stations.
        local_: The systems of local kriging, for larger networks; else ``None``.
        loo_mae_: Leave-one-station-out mean absolute error at the visible stations in the hours on which the best choices are
            compared, in the units of the values; only if a parameter was chosen.
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
        estimate = np.full(values.shape, np.nan)
        for left_out in self.system_.leave_one_out(self._series(values)):
            estimate[left_out.hours] = left_out.estimate
        return estimate

    def _fit(self, values: np.ndarray) -> None:
        if self.lags < 0:
            raise InputError(f"lags: {self.lags} was given; use a number of hours that is not negative.")
        if self.tau_hours is not None and not self.tau_hours > 0:
            raise InputError(f"tau_hours: {self.tau_hours} was given; use a time above zero.")
        check_parameters(self.range_km, self.nugget)
        if self.range_km is not None and self.tau_hours is not None and self.nugget is not None:
            choice: Choice = float(self.range_km), self.tau_hours, float(self.nugget)
        else:
            choice, self.loo_mae_ = self._choose(values)
        self.range_km_, self.tau_hours_, self.nugget_ = choice
        self.local_ = None
        if len(self.coordinates_[0]) > DENSE_STATIONS:
            covariance = self.range_km_, self.tau_hours_, max(self.nugget_, MIN_NUGGET)
            self.local_ = LocalSpaceTimeSystem(self.coordinates_, self.lags, covariance)
        else:
            self.system_ = self._system(chord_matrix_km(self.coordinates_, self.coordinates_), *choice)

    def _choose(self, values: np.ndarray) -> tuple[Choice, float]:
        """Return the best range, tau and nugget found, and their error."""
        given = zip((self.range_km, self.tau_hours, self.nugget), (RANGE_GRID, TAU_GRID, NUGGET_GRID), strict=True)
        ranges, *others = (grid if value is None else (float(value),) for value, grid in given)
        if len(self.coordinates_[0]) > DENSE_STATIONS:
            return least_along_ridge(self._local_error(values), ranges, others, START)
        approximate, exact = self._errors(values)
        return least_along_ridge(approximate, ranges, others, START, exact)

    def _errors(self, values: np.ndarray) -> tuple[Callable[..., float], Callable[..., float]]:
        """Return the leave-one-out error as a function of range, tau and nugget, approximate and exact."""
        hours = tuning_hours(values, "range, tau and nugget")
        few_hours = max(FEW_HOURS, FEW_VALUES // values.shape[1])
        most = max(SEARCH_HOURS, few_hours)
        series = self._series(values)[np.random.default_rng(0).permutation(hours)[: 2 * most]]
        missing = np.isnan(series).sum(axis=(1, 2))
        series = series[np.sort(np.argsort(missing, kind="stable")[:most])]
        has_data = np.isfinite(series).any(axis=(0, 1))
        series = series[:, :, has_data]
        chords = chord_matrix_km(self.coordinates_, self.coordinates_)[np.ix_(has_data, has_data)]
        measured = np.isfinite(series[:, self.lags])
        filled, _ = self._system(chords, *START).filled(series)
        complete = lru_cache(1)(lambda range_km: CompleteSystem(_correlation(chords, range_km), filled))
        few = series[:few_hours]

        def approximate(range_km: float, tau_hours: float, nugget: float) -> float:
            errors = complete(range_km).errors(self._in_time(tau_hours), max(nugget, MIN_NUGGET))
            return float(np.mean(np.abs(errors), where=measured))

        def exact(range_km: float, tau_hours: float, nugget: float) -> float:
            left_out = self._system(chords, range_km, tau_hours, nugget).leave_one_out(few)
            errors = np.concatenate([each.estimate - few[each.hours, self.lags] for each in left_out])
            return float(np.nanmean(np.abs(errors)))

        return approximate, exact

    def _local_error(self, values: np.ndarray) -> Callable[..., float]:
        """Return the leave-one-out error by local kriging, at some stations and in some hours."""
        rng = np.random.default_rng(0)
        usable = tuning_hours(values, "range, tau and nugget")
        hours = np.sort(rng.permutation(usable)[:LOCAL_TUNING_HOURS])
        stations = rng.permutation(np.flatnonzero(np.isfinite(values[hours]).any(axis=0)))[:LOCAL_TUNING_STATIONS]
        order = candidate_order(self.coordinates_)
        series = self._series(values)[hours]
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
        mean, dual = self.system_.means_and_duals(self._series(values))
        weights = (1 - self.nugget_) * self._in_time(self.tau_hours_)[self.lags]
        space = _correlation(chord_matrix_km(coordinates, self.coordinates_), self.range_km_)
        return mean[:, None] + np.einsum("hls,l->hs", dual, weights) @ space.T

    def _system(self, chords: np.ndarray, range_km: float, tau_hours: float, nugget: float) -> SpaceTimeSystem:
        return SpaceTimeSystem(_correlation(chords, range_km), self._in_time(tau_hours), max(nugget, MIN_NUGGET))

    def _in_time(self, tau_hours: float) -> np.ndarray:
        """Return the correlations of lags, ``[lag, lag]``."""
        lag = np.arange(2 * self.lags + 1)
        return np.exp(-np.abs(lag[:, None] - lag) / tau_hours)

    def _series(self, values: np.ndarray) -> np.ndarray:
        """Return the values from ``-lags`` to ``lags`` hours around each hour, ``[time, lag, station]``."""
        padded = np.pad(values, ((self.lags, self.lags), (0, 0)), constant_values=np.nan)
        return np.lib.stride_tricks.sliding_window_view(padded, 2 * self.lags + 1, axis=0).transpose(0, 2, 1)


def _correlation(chords: np.ndarray, range_km: float) -> np.ndarray:
    return gstools.Exponential(latlon=True, geo_scale=EARTH_RADIUS_KM, len_scale=range_km).covariance(chords)
