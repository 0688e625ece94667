"""Ordinary kriging, one spatial problem an hour, with a covariance that is chosen by leave-one-out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import gstools
import numpy as np
from scipy.linalg import cho_factor, cho_solve

from aqnet_pyg.baselines.base import Coordinates, Interpolator, distance_matrix_km, tuning_hours
from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM

__all__ = ["OneSillKriging", "OrdinaryKriging"]

MODELS = {
    "exponential": gstools.Exponential,
    "gaussian": gstools.Gaussian,
    "matern": gstools.Matern,
    "spherical": gstools.Spherical,
}

RANGE_GRID = (50.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0)
NUGGET_GRID = (0.003, 0.01, 0.03, 0.05, 0.1, 0.2, 0.4)

MIN_NUGGET = 1e-6
"""Stations at one place would make the covariance matrix singular without it."""

_CHUNK = 4_000_000
"""Target-station pairs that one step works on, to bound the memory."""


class OrdinaryKriging(Interpolator):
    r"""Ordinary kriging on the sphere: the best linear unbiased estimate under an unknown mean of the hour.

    .. math::
        \hat z = \hat\mu + c^\top C^{-1} (z - \hat\mu 1), \qquad
        \hat\mu = \frac{1^\top C^{-1} z}{1^\top C^{-1} 1}

    with the covariance a function of the chord through the Earth, which keeps it valid on the sphere (Yadrenko). The
    nugget counts as error of measurement: it is on the diagonal of :math:`C` and not in :math:`c`, so that the estimate
    at a station is smoothed unless the nugget is zero. The sill drops out of the estimate; for the standard deviation
    it is estimated anew in every hour, :math:`z^\top C^{-1} (z - \hat\mu 1) / (n - 1)`.

    Range and nugget are chosen on a grid for the least leave-one-out error, which has a closed form (Dubrule 1983,
    doi 10.1007/BF01033232). The matrix of all visible stations is inverted once; hours in which some did not measure
    are served from this inverse.

    Args:
        model: Covariance model of GSTools: ``"exponential"``, ``"gaussian"``, ``"matern"`` or ``"spherical"``.
        range_km: Its ``len_scale`` in kilometers (where an exponential has fallen to 1/e); ``None`` chooses it.
        nugget: Share of the sill that is error of measurement, 0 to 1; ``None`` chooses it. At least 1e-6 is used.
        log: Krige :math:`\log(1 + z)` and transform back, which gives the median; the standard deviation is then of
            first order.

    Attributes:
        range_km_: The range used.
        nugget_: The nugget used.
        covariance_: The :class:`gstools.CovModel` with them, of unit sill.
        loo_mae_: Leave-one-out mean absolute error at the visible stations, in the units of the values; only if a
            parameter was chosen.
    """

    def __init__(
        self,
        model: str = "exponential",
        range_km: float | None = None,
        nugget: float | None = None,
        log: bool = False,
    ) -> None:
        self.model = model
        self.range_km = range_km
        self.nugget = nugget
        self.log = log

    def predict(
        self, coordinates: Coordinates, values: np.ndarray, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Interpolate, each hour from the stations that measured in it.

        Args:
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
            values: Measurements of the visible stations, in the order given to :meth:`fit`, at the wanted hours:
                shape ``[time, station]``, NaN where missing.
            return_std: Also return the standard deviation of a measurement at the target, error of measurement
                included, about the estimate.

        Returns:
            float64 array of shape ``[time, target]``, or a pair of them; NaN in hours in which no station measured
            (standard deviation: fewer than two).

        Raises:
            InputError: If shapes or coordinates do not fit.
        """
        estimate = super().predict(coordinates, values)
        if not return_std:
            return estimate
        std = self._std(*self._checked(coordinates, values))
        return estimate, std * (1 + estimate) if self.log else std

    def _fit(self, values: np.ndarray) -> None:
        if self.model not in MODELS:
            raise InputError(f"model: {self.model!r} is not known; use one of {', '.join(MODELS)}.")
        if self.range_km is not None and not self.range_km > 0:
            raise InputError(f"range_km: {self.range_km} was given; use a length above zero.")
        if self.nugget is not None and not 0 <= self.nugget < 1:
            raise InputError(f"nugget: {self.nugget} was given; use a share of the sill, from 0 to below 1.")
        distances = distance_matrix_km(self.coordinates_, self.coordinates_)
        if self.range_km is not None and self.nugget is not None:
            self.range_km_, self.nugget_ = float(self.range_km), float(self.nugget)
        else:
            self._choose(distances, values[tuning_hours(values, "range and nugget")])
        self.covariance_ = self._covariance(self.range_km_, self.nugget_)
        self.inverse_ = _inverse(self.covariance_, distances)

    def _choose(self, distances: np.ndarray, values: np.ndarray) -> None:
        ranges = RANGE_GRID if self.range_km is None else (float(self.range_km),)
        nuggets = NUGGET_GRID if self.nugget is None else (float(self.nugget),)
        heard = np.isfinite(values).any(axis=0)
        values, distances = values[:, heard], distances[np.ix_(heard, heard)]
        errors = {}
        for choice in product(ranges, nuggets):
            estimate = self._leave_one_out(_inverse(self._covariance(*choice), distances), values)
            errors[choice] = float(np.nanmean(np.abs(estimate - values)))
        self.range_km_, self.nugget_ = min(errors, key=errors.get)
        self.loo_mae_ = errors[self.range_km_, self.nugget_]

    def _covariance(self, range_km: float, nugget: float) -> gstools.CovModel:
        nugget = max(nugget, MIN_NUGGET)
        return MODELS[self.model](
            latlon=True, geo_scale=EARTH_RADIUS_KM, len_scale=range_km, var=1 - nugget, nugget=nugget
        )

    def _leave_one_out(self, inverse: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Estimate each measurement from the others of its hour, ``[time, station]``, in the units of the values."""
        values = self._transform(values)
        estimate = np.full(values.shape, np.nan)
        for system in systems(inverse, values):
            estimate[system.hours] = values[system.hours] - system.dual / left_out_precision(inverse, system)
        return self._restore(estimate)

    def _predict(self, coordinates: Coordinates, values: np.ndarray) -> np.ndarray:
        values = self._transform(values)
        dual, mean = np.zeros(values.shape), np.full(len(values), np.nan)
        for system in systems(self.inverse_, values):
            dual[system.hours], mean[system.hours] = system.dual, system.mean
        estimate = [mean[:, None] + dual @ covariance.T for covariance in self._covariances(coordinates)]
        return self._restore(np.concatenate(estimate, axis=1))

    def _std(self, coordinates: Coordinates, values: np.ndarray) -> np.ndarray:
        values = self._transform(values)
        variances, sill = [], np.full(len(values), np.nan)
        for covariance in self._covariances(coordinates):
            weighted = covariance @ self.inverse_
            explained = np.sum(weighted * covariance, axis=1)
            part = np.full((len(values), len(covariance)), np.nan)
            for system in systems(self.inverse_, values):
                at_missing = weighted[:, system.missing]
                among_missing = self.inverse_[np.ix_(system.missing, system.missing)]
                not_explained = np.sum(at_missing * np.linalg.solve(among_missing, at_missing.T).T, axis=1)
                of_mean = (1 - covariance @ system.ones) ** 2 / system.ones.sum()
                part[system.hours] = np.maximum(1 - explained + not_explained + of_mean, 0.0)
                sill[system.hours] = system.sill
            variances.append(part)
        return np.sqrt(np.concatenate(variances, axis=1) * self._sill(coordinates, values, sill))

    def _sill(self, coordinates: Coordinates, values: np.ndarray, sill: np.ndarray) -> np.ndarray:
        """The sill at targets, ``[time, target]`` or ``[time, 1]``, from that of the hours, ``[time]``."""
        return sill[:, None]

    def _covariances(self, coordinates: Coordinates) -> Iterator[np.ndarray]:
        """Covariances of targets and stations, ``[target, station]``, some targets at a time."""
        targets = len(coordinates[0])
        for chunk in np.array_split(np.arange(targets), -(-targets * len(self.inverse_) // _CHUNK)):
            here = tuple(axis[chunk] for axis in coordinates)
            yield self.covariance_.cov_yadrenko(distance_matrix_km(here, self.coordinates_))

    def _transform(self, values: np.ndarray) -> np.ndarray:
        if not self.log:
            return values
        if np.nanmin(values, initial=0.0) <= -1:
            raise InputError(f"values: {np.nanmin(values):g} was given, and log=True needs values above -1.")
        return np.log1p(values)

    def _restore(self, values: np.ndarray) -> np.ndarray:
        return np.expm1(values) if self.log else values


class OneSillKriging(OrdinaryKriging):
    r"""Ordinary kriging with one sill for all hours; the estimate is that of :class:`OrdinaryKriging`.

    This is the kriging variance of textbooks and of other packages (GSTools, PyKrige): it depends on where stations
    measured, and not on what they measured. The sill is estimated from the hours of the fit together,

    .. math::
        \hat\sigma^2 = \frac{\sum_t z_t^\top C_t^{-1} (z_t - \hat\mu_t 1)}{\sum_t (n_t - 1)}

    Arguments and attributes are those of :class:`OrdinaryKriging`, and:

    Attributes:
        sill_: The sill, in squared units of the values (of their logarithms, with ``log``); NaN if no two stations measured
            in one hour.
    """

    def _fit(self, values: np.ndarray) -> None:
        super()._fit(values)
        total, freedom = 0.0, 0
        for system in systems(self.inverse_, self._transform(values)):
            of_hour = values.shape[1] - len(system.missing) - 1
            if of_hour > 0:
                total += of_hour * system.sill.sum()
                freedom += of_hour * len(system.hours)
        self.sill_ = float(total / freedom) if freedom else float("nan")

    def _sill(self, coordinates: Coordinates, values: np.ndarray, sill: np.ndarray) -> np.ndarray:
        return np.full((len(values), 1), self.sill_)


class System(NamedTuple):
    """The kriging system of the hours in which the same stations measured."""

    hours: np.ndarray  # [hour], positions in time
    missing: np.ndarray  # [missing], positions of the stations that did not measure
    ones: np.ndarray  # [station], C^-1 1 of the measuring stations, 0 at the others
    mean: np.ndarray  # [hour], the estimated mean
    dual: np.ndarray  # [hour, station], C^-1 (z - mean), 0 at the others
    sill: np.ndarray  # [hour], estimated sill; NaN if one station measured


def systems(inverse: np.ndarray, values: np.ndarray) -> Iterator[System]:
    """Solve the kriging system of every hour, from the inverse of the covariance matrix of all stations.

    With the stations in measuring and missing ones, and Q the inverse of all, the inverse of the measuring block is
    ``Q_oo - Q_om Q_mm^-1 Q_mo``: a system of the size of the few missing stations, instead of the many measuring.

    Args:
        inverse: Inverse covariance matrix, shape ``[station, station]``.
        values: ``[time, station]``, NaN where missing; hours without any value are left out.
    """
    measuring = np.isfinite(values)
    heard = measuring.any(axis=0)
    if heard.any() and not heard.all():
        yield from _systems_of_heard(inverse, values, heard)
        return
    count = measuring.sum(axis=1)
    level = np.sum(values, axis=1, where=measuring) / np.maximum(count, 1)
    # About the mean of the hour: a constant field then is exactly zero.
    anomaly = np.where(measuring, values - level[:, None], 0.0)
    solved = anomaly @ inverse
    patterns, group = np.unique(measuring, axis=0, return_inverse=True)
    solved_ones = patterns.astype(np.float64) @ inverse
    group = group.ravel()
    by_group = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    for pattern, ones, hours in zip(patterns, solved_ones, by_group, strict=True):
        if not pattern.any():
            continue
        missing = np.flatnonzero(~pattern)
        both = np.vstack([ones, solved[hours]])
        rows = inverse[missing]
        both -= np.linalg.solve(rows[:, missing], both[:, missing].T).T @ rows
        both[:, missing] = 0.0
        ones, dual = both[0], both[1:]
        mean = dual.sum(axis=1) / ones.sum()
        dual = dual - mean[:, None] * ones
        freedom = count[hours] - 1
        sill = np.sum(dual * anomaly[hours], axis=1) / np.where(freedom > 0, freedom, np.nan)
        yield System(hours, missing, ones, level[hours] + mean, dual, np.maximum(sill, 0.0))


def _systems_of_heard(inverse: np.ndarray, values: np.ndarray, heard: np.ndarray) -> Iterator[System]:
    """Stations that are silent in all hours, such as hidden ones, are taken out of the inverse once and not in every hour."""
    to_silent = inverse[np.ix_(heard, ~heard)]
    reduced = inverse[np.ix_(heard, heard)] - to_silent @ np.linalg.solve(inverse[np.ix_(~heard, ~heard)], to_silent.T)
    position = np.flatnonzero(heard)
    for system in systems(reduced, values[:, heard]):
        ones, dual = np.zeros(len(heard)), np.zeros((len(system.hours), len(heard)))
        ones[heard], dual[:, heard] = system.ones, system.dual
        missing = np.union1d(np.flatnonzero(~heard), position[system.missing])
        yield system._replace(missing=missing, ones=ones, dual=dual)


def left_out_precision(inverse: np.ndarray, system: System) -> np.ndarray:
    """The inverse variance of the error at each station when it is left out, sill one: the error is ``dual`` over it.

    Args:
        inverse: As for :func:`systems`.
        system: Of the hours.

    Returns:
        Shape ``[station]``; NaN where a station did not measure or is alone.
    """
    rows = inverse[system.missing]
    diagonal = np.diag(inverse) - np.sum(rows * np.linalg.solve(rows[:, system.missing], rows), axis=0)
    diagonal -= system.ones**2 / system.ones.sum()
    # Rounding leaves about nothing instead of nothing where a station is missing, or is alone in its hour.
    return np.where(diagonal > 1e-12 * np.diag(inverse), diagonal, np.nan)


def _inverse(covariance: gstools.CovModel, distances: np.ndarray) -> np.ndarray:
    matrix = covariance.cov_yadrenko(distances)
    matrix[np.diag_indices_from(matrix)] += covariance.nugget
    return cho_solve(cho_factor(matrix), np.eye(len(matrix)))
