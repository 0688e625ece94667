"""The kriging systems of all stations at all lags, solved from the eigenvectors of the covariance in space and in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh

from aqnet_pyg.baselines.kriging_system import lower_inverse, same_rows, solve_positive


class LeftOut(NamedTuple):
    """All lags of each station left out in turn, in the hours in which the same values are missing.

    Args:
        hours: Positions in time, shape ``[hour]``.
        estimate: Of the middle lag, shape ``[hour, station]``; NaN where no other station measured.
    """

    hours: np.ndarray
    estimate: np.ndarray


class SpaceTimeSystem:
    r"""Precision matrix of all stations at all lags with an unknown mean, as products in space and in time.

    The covariance is :math:`(1 - \nu) T \otimes R + \nu I` with correlations R of stations and T of lags. With the
    eigenvectors of both, its inverse is a sum over the eigenvectors v of T, of :math:`v v^\top \otimes G_v` with matrices
    :math:`G_v` of the size of the stations.

    Lags at which no station measured, such as those before the first hour, are left out of T; there is a system for each such set
    of lags, kept once it was needed.

    Stations may have errors of their own besides. With their variances e, the covariance is :math:`S^{-1} (\ldots) S^{-1}` for a
    diagonal S of :math:`\sqrt{\nu / (\nu + e)}`, where R is replaced by :math:`S R S`.

    Args:
        correlation: R, shape ``[station, station]``.
        lags: T, shape ``[lag, lag]``, an odd number of them; estimates are of the middle one.
        nugget: Fraction of the variance that is measurement error, above 0 and below 1.
        error_variance: Of each station beyond the nugget, shape ``[station]``.
    """

    def __init__(self, correlation: np.ndarray, lags: np.ndarray, nugget: float, error_variance: np.ndarray) -> None:
        self._in_space = _eigenvectors(correlation, nugget, error_variance)
        self._in_time, self._nugget = lags, nugget
        self._systems: dict[bytes, _SystemOfLags] = {}

    def filled(self, series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Replace missing values by their estimates from all others.

        Args:
            series: Values at all lags around each hour, ``[hour, lag, station]``, NaN where missing.

        Returns:
            Values minus the level of the hour, of the same shape, and the mean of all measurements as that level, ``[hour]``; 0
            and NaN in hours without any value.
        """
        return self._system(np.arange(len(self._in_time))).filled(series)

    def means_and_duals(self, series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the estimated mean, ``[hour]``, and ``C^-1 (z - mean)``, ``[hour, lag, station]``, 0 at missing values.

        Args:
            series: As for :meth:`filled`.
        """
        mean, dual = np.full(len(series), np.nan), np.zeros(series.shape)
        for hours, lags in self._measuring_lags(series):
            at = np.ix_(hours, lags)
            mean[hours], dual[at] = self._system(lags).means_and_duals(series[at])
        return mean, dual

    def leave_one_out(self, series: np.ndarray) -> Iterator[LeftOut]:
        """Estimate each station at the middle lag without all of its lags, in hours in which any value was measured.

        Args:
            series: As for :meth:`filled`.
        """
        for hours, lags in self._measuring_lags(series):
            middle = int(np.searchsorted(lags, len(self._in_time) // 2))
            for left_out in self._system(lags).leave_one_out(series[np.ix_(hours, lags)], middle):
                yield LeftOut(hours[left_out.hours], left_out.estimate)

    def _measuring_lags(self, series: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield hours, and the lags at which a station measured in them, with the middle one."""
        measuring = np.isfinite(series).any(axis=2)
        measuring[:, len(self._in_time) // 2] = True
        for hours in same_rows(measuring):
            yield hours, np.flatnonzero(measuring[hours[0]])

    def _system(self, lags: np.ndarray) -> _SystemOfLags:
        in_time = self._in_time[np.ix_(lags, lags)]
        key = in_time.tobytes()  # the first and the last lags have the same system
        if key not in self._systems:
            self._systems[key] = _SystemOfLags(*self._in_space, in_time, self._nugget)
        return self._systems[key]


class _SystemOfLags:
    """The system of lags at which stations measured, see :class:`SpaceTimeSystem`.

    Args:
        in_space: Eigenvalues of S R S, shape ``[mode]``.
        space: Its eigenvectors times S, shape ``[station, mode]``.
        lags: T, shape ``[lag, lag]``.
        nugget: As for :class:`SpaceTimeSystem`.
    """

    def __init__(self, in_space: np.ndarray, space: np.ndarray, lags: np.ndarray, nugget: float) -> None:
        in_time, self._time = eigh(lags)
        factors = _inverse_factors(in_space, in_time, nugget)
        self._space = np.stack([(space * row) @ space.T for row in factors])  # [mode, station, station]
        self._ones = self._time @ (self._time.sum(axis=0)[:, None] * self._space.sum(axis=2))  # [lag, station]
        self._total = self._ones.sum()

    def filled(self, series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As :meth:`SpaceTimeSystem.filled`."""
        measured, anomaly, level = _anomalies(series)
        flat, solved = (each.reshape(len(series), -1) for each in (anomaly, self._times(anomaly)))
        for hours in same_rows(measured):
            missing = np.flatnonzero(~measured[hours[0]])
            if 0 < missing.size < measured.shape[1]:
                at = np.ix_(hours, missing)
                flat[at] = -solve_positive(self._among(missing), solved[at].T).T
        return anomaly, level

    def means_and_duals(self, series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As :meth:`SpaceTimeSystem.means_and_duals`."""
        filled, level = self.filled(series)
        mean = level + np.tensordot(filled, self._ones, 2) / self._total
        return mean, np.where(np.isfinite(series), self._times(filled), 0.0)

    def leave_one_out(self, series: np.ndarray, middle: int) -> Iterator[LeftOut]:
        """As :meth:`SpaceTimeSystem.leave_one_out`, of the lag at a position.

        With P the precision matrix of the hour and z the values, the errors at the lags s of a left-out station are
        ``P_ss^-1 (P z)_s``: a small system for each station. Where the station did not measure, the estimate from all values is
        corrected by those of its own that are left out.
        """
        lags, stations = self._ones.shape
        measured, anomaly, level = _anomalies(series)
        solved = self._times(anomaly).reshape(len(series), -1)
        precision = self._precision()
        by_lag = precision.reshape(lags, stations, lags, stations)
        blocks = np.einsum("lsks->slk", by_lag)
        for hours in same_rows(measured):
            if not measured[hours[0]].any():
                continue
            missing = np.flatnonzero(~measured[hours[0]])
            at_lags = measured[hours[0]].reshape(lags, stations)
            rows = precision[missing]  # [missing, lag * station]
            whitening = lower_inverse(rows[:, missing])
            rows = whitening @ rows
            white = solved[np.ix_(hours, missing)] @ whitening.T
            dual = np.where(measured[hours[0]], solved[hours] - white @ rows, 0.0)
            has_data = at_lags.any(axis=0)
            alone = has_data & (has_data.sum() == 1)
            by_station = rows.reshape(-1, lags, stations).transpose(2, 1, 0)
            own = blocks - by_station @ by_station.transpose(0, 2, 1)
            use = at_lags.T & ~alone[:, None]
            own = np.where(use[:, :, None] & use[:, None], own, np.eye(lags))
            error = np.linalg.solve(own, dual.reshape(-1, lags, stations).transpose(2, 1, 0))  # [station, lag, hour]
            estimate = anomaly[hours, middle] - error[:, middle].T
            without = np.flatnonzero(~at_lags[middle])
            if without.size:
                position = np.searchsorted(missing, middle * stations + without)
                weights = (-whitening[:, position].T @ rows).reshape(-1, lags, stations)
                weights = np.where(at_lags[:, without].T, weights[np.arange(len(without)), :, without], 0.0)
                predicted = -white @ whitening[:, position]
                estimate[:, without] = predicted - np.einsum("kl,klh->hk", weights, error[without])
            estimate[:, alone] = np.nan
            yield LeftOut(hours, estimate + level[hours, None])

    def _times(self, series: np.ndarray) -> np.ndarray:
        """Return the product of the precision matrix and values, each ``[hour, lag, station]``."""
        parts = [
            np.tensordot(vector, series, (0, 1)) @ space
            for vector, space in zip(self._time.T, self._space, strict=True)
        ]
        product = np.einsum("lj,jhs->hls", self._time, parts)
        product -= np.tensordot(series, self._ones, 2)[:, None, None] * (self._ones / self._total)
        return product

    def _among(self, missing: np.ndarray) -> np.ndarray:
        """Return the part of the precision matrix of missing values, by their positions ``lag * stations + station``."""
        stations = self._ones.shape[1]
        lag, station = np.divmod(missing, stations)
        ones, pairs = self._ones[lag, station], station[:, None] * stations + station
        among = np.outer(ones, ones / -self._total)
        for vector, space in zip(self._time[lag].T, self._space, strict=True):
            among += vector[:, None] * vector * space.ravel().take(pairs)
        return among

    def _precision(self) -> np.ndarray:
        """Return the precision matrix of all stations at all lags, ``[lag * station, lag * station]``."""
        lags, stations = self._ones.shape
        precision = np.empty((lags, stations, lags, stations))
        for row, column in np.ndindex(lags, lags):
            block = np.tensordot(self._time[row] * self._time[column], self._space, 1)
            precision[row, :, column] = block - np.outer(self._ones[row], self._ones[column] / self._total)
        return precision.reshape(lags * stations, -1)


class CompleteSystem:
    """Errors where nothing is missing: products with eigenvectors, for one correlation of stations and many of lags.

    Args:
        correlation: Of stations, shape ``[station, station]``.
        series: Complete values, ``[hour, lag, station]``, minus the level of the hour, as of :meth:`SpaceTimeSystem.filled`.
        nugget: As for :class:`SpaceTimeSystem`; any where no station has an error variance of its own.
        error_variance: As for :class:`SpaceTimeSystem`.
    """

    def __init__(self, correlation: np.ndarray, series: np.ndarray, nugget: float, error_variance: np.ndarray) -> None:
        self._in_space, self._space = _eigenvectors(correlation, nugget, error_variance)
        self._series = series
        self._rotated = np.matmul(series, self._space).transpose(1, 0, 2)  # [lag, hour, mode]
        self._ones = self._space.sum(axis=0)
        self._squares = self._space**2

    def errors(self, lags: np.ndarray, nugget: float) -> np.ndarray:
        """Return the values at the middle lag minus their estimates without all lags of their stations, ``[hour, station]``.

        Args:
            lags: Correlation of lags, shape ``[lag, lag]``.
            nugget: As for :class:`SpaceTimeSystem`; the one given before where a station has an error variance of its own.
        """
        in_time, time = eigh(lags)
        factors = _inverse_factors(self._in_space, in_time, nugget)
        rotated = np.tensordot(time, self._rotated, (0, 0)) * factors[:, None]
        dual = np.tensordot(time, rotated, 1) @ self._space.T  # [lag, hour, station]
        ones = time @ (time.sum(axis=0)[:, None] * ((factors * self._ones) @ self._space.T))
        of_mean = ones / ones.sum()
        dual -= np.tensordot(self._series, ones, 2)[None, :, None] * of_mean[:, None]
        own = np.einsum("lj,kj,js->slk", time, time, factors @ self._squares.T)
        own -= np.einsum("ls,ks->slk", ones, of_mean)
        middle = np.linalg.inv(own)[:, len(lags) // 2]  # [station, lag]
        return np.einsum("sl,lhs->hs", middle, dual)


def _eigenvectors(correlation: np.ndarray, nugget: float, error_variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues ``[mode]`` of S R S and the eigenvectors times S, ``[station, mode]``."""
    scale = np.sqrt(nugget / (nugget + error_variance))
    values, vectors = eigh(correlation * scale[:, None] * scale, check_finite=False, driver="evd")
    return values, scale[:, None] * vectors


def _inverse_factors(in_space: np.ndarray, in_time: np.ndarray, nugget: float) -> np.ndarray:
    """Return the eigenvalues of the inverse covariance, ``[lag, station]``, from those of its two factors."""
    # Rounding can make eigenvalues of coincident stations slightly negative.
    return 1 / ((1 - nugget) * np.maximum(in_space, 0.0) * in_time[:, None] + nugget)


def _anomalies(series: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what was measured, ``[hour, lag * station]``, values minus their mean, ``[hour, lag, station]``, and the mean."""
    measured = np.isfinite(series)
    count = measured.sum(axis=(1, 2))
    level = np.sum(series, axis=(1, 2), where=measured) / np.where(count > 0, count, np.nan)
    # Relative to the mean, so that a constant field is exactly zero.
    anomaly = np.where(measured, series - level[:, None, None], 0.0)
    return measured.reshape(len(series), -1), np.ascontiguousarray(anomaly), level
