"""Ordinary kriging of each hour separately, with a covariance chosen by leave-one-out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Literal, overload

import gstools
import numpy as np
from scipy.linalg import cholesky, get_lapack_funcs
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.baselines.base import InterpolatorWithStd, tuning_hours
from aqnet_pyg.baselines.coordinates import Coordinates, chord_matrix_km
from aqnet_pyg.baselines.error_variance import WithErrorVariance
from aqnet_pyg.baselines.grid_search import Choice, least_along_ridge
from aqnet_pyg.baselines.kriging_system import System, left_out_estimates, means_and_duals, systems
from aqnet_pyg.baselines.local_system import LocalSystem
from aqnet_pyg.baselines.neighborhoods import DENSE_STATIONS, candidate_order
from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM

MODELS = {
    "exponential": gstools.Exponential,
    "gaussian": gstools.Gaussian,
    "matern": gstools.Matern,
    "spherical": gstools.Spherical,
}

RANGE_GRID = (50.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0)
NUGGET_GRID = (0.003, 0.01, 0.03, 0.05, 0.1, 0.2, 0.4)

START = 400.0, 0.05
"""Range and nugget from which the search for better ones starts."""

FEW_HOURS, FEW_VALUES = 24, 12_000
"""The search runs on so many of the tuning hours, or on more until they have so many values; the best choices are then
compared on all of them."""

LOCAL_TUNING_HOURS, LOCAL_TUNING_STATIONS = 48, 500
"""Hours, and stations left out in them, on which the covariance of local kriging is chosen."""

MIN_NUGGET = 1e-6
"""Smaller nuggets are raised to this, as coincident stations would otherwise make the covariance matrix singular."""

_CHUNK = 4_000_000
"""Target-station pairs in one step, to limit the memory."""


class OrdinaryKriging(WithErrorVariance, InterpolatorWithStd):
    r"""Ordinary kriging on the sphere: the best linear unbiased estimate, with an unknown mean in each hour.

    .. math::
        \hat z = \hat\mu + c^\top C^{-1} (z - \hat\mu 1), \qquad
        \hat\mu = \frac{1^\top C^{-1} z}{1^\top C^{-1} 1}

    The covariance is a function of the chord through the Earth, and therefore valid on the sphere (Yadrenko). The
    nugget is treated as measurement error: it is on the diagonal of :math:`C` and not in :math:`c`, so that the estimate
    at a station is smoothed unless the nugget is zero. The sill cancels in the estimate; for the standard deviation
    it is estimated separately in every hour, :math:`z^\top C^{-1} (z - \hat\mu 1) / (n - 1)`. Stations may have errors of their
    own besides, see :meth:`fit`: their variance is added to the nugget of the station.

    Range and nugget are chosen by descent on a grid to minimize the leave-one-out error, which has a closed form (Dubrule
    1983, doi 10.1007/BF01033232). The covariance matrix of all visible stations is inverted once; hours in which some of them
    did not measure are solved from this inverse. Networks of more than 1000 stations are kriged locally: each place is
    estimated from up to 32 stations around it, see :func:`aqnet_pyg.baselines.neighborhoods.candidate_order`, and the sill
    of an hour is the mean of the squared leave-one-out errors over their variances.

    Args:
        model: Covariance model of GSTools: ``"exponential"``, ``"gaussian"``, ``"matern"`` or ``"spherical"``.
        range_km: Its ``len_scale`` in kilometers (at which an exponential has decreased to 1/e); ``None`` chooses it.
        nugget: Fraction of the sill that is measurement error, 0 to 1; ``None`` chooses it. At least 1e-6 is used.
            With range and nugget given, :meth:`fit` tunes nothing.
        log: Krige :math:`\log(1 + z)` and transform back, which gives the median; the standard deviation is then a
            first-order approximation.

    Attributes:
        range_km_: The range used.
        nugget_: The nugget used.
        covariance_: The :class:`gstools.CovModel` with them, of unit sill.
        inverse_: Inverse covariance matrix of the visible stations, shape ``[station, station]``; only where all stations
            are used.
        local_: The systems of local kriging; ``None`` where all stations are used.
        loo_mae_: Leave-one-out mean absolute error at the visible stations, in the units of the values, to single precision; only
            if a parameter was chosen.
    """

    _reaches_km: tuple[float | None, ...] = (None,)
    """Distances by which local kriging weights the estimates of the sill at other stations; ``None`` is that of the hour."""

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

    @overload
    def leave_one_out(self, values: np.ndarray, return_std: Literal[False] = False) -> np.ndarray: ...

    @overload
    def leave_one_out(self, values: np.ndarray, return_std: Literal[True]) -> tuple[np.ndarray, np.ndarray]: ...

    def leave_one_out(self, values: np.ndarray, return_std: bool = False) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Estimate every visible station from the other stations, whether it measured in the hour or not.

        The result is that of :meth:`predict` at the coordinates of the station with its measurements set to NaN in all
        hours, with the fitted covariance.

        Args:
            values: Measurements of the visible stations, in the order given to :meth:`fit`: shape ``[time, station]``,
                NaN where missing.
            return_std: Also return the standard deviation of a measurement at the station about the estimate,
                measurement error included.

        Returns:
            float64 array of shape ``[time, station]``, or a pair of them; NaN where no other station measured
            (standard deviation: fewer than two others).

        Raises:
            InputError: If the shape is invalid.
        """
        check_is_fitted(self)
        values = self._transform(self._checked_values(values))
        if self.local_ is not None:
            reaches = self._reaches_km if return_std else ()
            estimate, variance, sums = self.local_.left_out(values, reaches)
            sill = self._left_out_sill_from(sums) if return_std else None
        else:
            estimate, variance = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
            solved = list(systems(self.inverse_, values))
            for system in solved:
                estimate[system.hours], of_errors = left_out_estimates(system, values[system.hours])
                variance[system.hours] = of_errors - self.error_variance_
            sill = self._left_out_sill(solved, values) if return_std else None
        estimate = self._restore(estimate)
        if sill is None:
            return estimate
        std = np.sqrt(variance * sill)
        return estimate, std * (1 + estimate) if self.log else std

    def left_out(self, values: np.ndarray, stations: np.ndarray) -> np.ndarray:
        """Estimate some stations as :meth:`leave_one_out`, in less time where kriging is local.

        Args:
            values: As for :meth:`leave_one_out`.
            stations: Positions of the stations, shape ``[place]``.

        Returns:
            float64 array of shape ``[time, place]``.
        """
        if self.local_ is None:
            return self.leave_one_out(values)[:, stations]
        transformed = self._transform(self._checked_values(values))
        return self._restore(self.local_.estimates(transformed, left_out=stations)[0])

    def _fit(self, values: np.ndarray) -> None:
        if self.model not in MODELS:
            raise InputError(f"model: {self.model!r} is unknown; use one of {', '.join(MODELS)}.")
        check_parameters(self.range_km, self.nugget)
        if self.range_km is not None and self.nugget is not None:
            self.range_km_, self.nugget_ = float(self.range_km), float(self.nugget)
        else:
            chosen, self.loo_mae_ = self._choose(values[tuning_hours(values, "range and nugget")])
            self.range_km_, self.nugget_ = chosen
        self.covariance_ = self._covariance(self.range_km_, self.nugget_)
        self.local_ = None
        if len(self.coordinates_[0]) > DENSE_STATIONS:
            self.local_ = LocalSystem(self.coordinates_, self.covariance_, error_variance=self.error_variance_)
        else:
            chords = chord_matrix_km(self.coordinates_, self.coordinates_)
            self.inverse_ = _inverse(self.covariance_.correlation(chords), self.nugget_, self.error_variance_)

    def _choose(self, values: np.ndarray) -> tuple[Choice, float]:
        """Return the best range and nugget found, and their error."""
        ranges = RANGE_GRID if self.range_km is None else (float(self.range_km),)
        nuggets = NUGGET_GRID if self.nugget is None else (float(self.nugget),)
        has_data = np.isfinite(values).any(axis=0)
        values, coordinates = values[:, has_data], (self.coordinates_[0][has_data], self.coordinates_[1][has_data])
        errors = self.error_variance_[has_data]
        reference = np.flatnonzero(errors == 0)
        if not reference.size:
            raise InputError(
                "error_variance: no station without an error variance measured, so range and nugget cannot be chosen; give them."
            )
        rng = np.random.default_rng(0)
        if values.shape[1] > DENSE_STATIONS:
            hours = _some(rng, len(values), LOCAL_TUNING_HOURS)
            stations = reference[_some(rng, len(reference), LOCAL_TUNING_STATIONS)]
            order = candidate_order(coordinates)
            local_error = partial(self._local_error, coordinates, order, values[hours], errors, stations)
            return least_along_ridge(local_error, ranges, (nuggets,), START)
        chords = chord_matrix_km(coordinates, coordinates)
        # Half the digits take half the time, unless a given nugget may be too small for these.
        dtype = np.float32 if self.nugget is None else np.float64
        values = values.astype(dtype)
        correlation = lru_cache(len(ranges))(
            lambda range_km: self._covariance(range_km, 0.0).correlation(chords).astype(dtype)
        )
        hours = _some(rng, len(values), max(FEW_HOURS, FEW_VALUES // values.shape[1]))
        few = partial(self._error, correlation, values[hours], errors)
        if len(hours) == len(values):
            return least_along_ridge(few, ranges, (nuggets,), START)
        return least_along_ridge(few, ranges, (nuggets,), START, partial(self._error, correlation, values, errors))

    def _error(
        self,
        correlation: Callable[[float], np.ndarray],
        values: np.ndarray,
        errors: np.ndarray,
        range_km: float,
        nugget: float,
    ) -> float:
        """Return the leave-one-out error of a covariance at the reference, in the units of the values."""
        inverse, transformed = _inverse(correlation(range_km), nugget, errors), self._transform(values)
        estimate = np.full(values.shape, np.nan)
        for system in systems(inverse, transformed):
            estimate[system.hours] = transformed[system.hours] - system.dual / system.precision
        return float(np.nanmean(np.abs(self._restore(estimate) - values)[:, errors == 0]))

    def _local_error(
        self,
        coordinates: Coordinates,
        order: np.ndarray,
        values: np.ndarray,
        errors: np.ndarray,
        stations: np.ndarray,
        range_km: float,
        nugget: float,
    ) -> float:
        """Likewise by local kriging, at some stations."""
        local = LocalSystem(coordinates, self._covariance(range_km, nugget), order, errors)
        estimate, _ = local.estimates(self._transform(values), left_out=stations)
        return float(np.nanmean(np.abs(self._restore(estimate) - values[:, stations])))

    def _covariance(self, range_km: float, nugget: float) -> gstools.CovModel:
        nugget = max(nugget, MIN_NUGGET)
        return MODELS[self.model](
            latlon=True, geo_scale=EARTH_RADIUS_KM, len_scale=range_km, var=1 - nugget, nugget=nugget
        )

    def _predict(self, coordinates: Coordinates, values: np.ndarray) -> np.ndarray:
        values = self._transform(values)
        if self.local_ is not None:
            return self._restore(self.local_.estimates(values, coordinates)[0])
        mean, dual = means_and_duals(self.inverse_, values)
        estimate = [mean[:, None] + dual @ covariance.T for covariance in self._covariances(coordinates)]
        return self._restore(np.concatenate(estimate, axis=1))

    def _predict_with_std(self, coordinates: Coordinates, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        transformed = self._transform(values)
        if self.local_ is not None:
            estimate, variance = self.local_.estimates(transformed, coordinates)
            estimate = self._restore(estimate)
            squares, sill = _local_squares(self.local_, transformed)
        else:
            solved = list(systems(self.inverse_, transformed))
            estimate, variance = self._predict(coordinates, values), self._variance(coordinates, solved, len(values))
            squares, sill = _squares(solved, transformed)
        std = np.sqrt(variance * self._sill(coordinates, squares, sill))
        return estimate, std * (1 + estimate) if self.log else std

    def _variance(self, coordinates: Coordinates, solved: list[System], hours: int) -> np.ndarray:
        """Return the variance of a measurement about its estimate for unit sill, ``[time, target]``."""
        ones = self.inverse_.sum(axis=1)
        variances = []
        for covariance in self._covariances(coordinates):
            weights = self.inverse_ @ covariance.T  # [station, target]
            of_mean = (1 - weights.sum(axis=0)) / ones.sum()
            complete = 1 - np.einsum("st,ts->t", weights, covariance) + of_mean**2 * ones.sum()
            weights += np.outer(ones, of_mean)
            variance = np.full((hours, len(covariance)), np.nan)
            for system in solved:
                # The errors of the values predicted at the stations that did not measure.
                errors = system.whitening @ weights[system.missing]
                variance[system.hours] = np.maximum(complete + np.einsum("mt,mt->t", errors, errors), 0.0)
            variances.append(variance)
        return np.concatenate(variances, axis=1)

    def _sill(self, coordinates: Coordinates, squares: np.ndarray, sill: np.ndarray) -> np.ndarray:
        """Return the sill at targets, ``[time, target]`` or ``[time, 1]``.

        Args:
            coordinates: Of the targets.
            squares: Squared leave-one-out errors at the stations over their variances, ``[time, station]``.
            sill: Of each hour, ``[time]``.
        """
        return sill[:, None]

    def _left_out_sill(self, solved: list[System], values: np.ndarray) -> np.ndarray:
        """Return the sill at each station, ``[time, station]``, without its own measurements."""
        sill = np.full(values.shape, np.nan)
        for system in solved:
            measured = np.isfinite(values[system.hours])
            freedom = values.shape[1] - len(system.missing) - 1
            # The sum of squares decreases by the squared error of the station, in units of its variance.
            own = system.dual**2 / system.precision
            rest = np.maximum(system.sill[:, None] * freedom - np.where(measured, own, 0.0), 0.0)
            others = freedom - measured
            sill[system.hours] = rest / np.where(others > 0, others, np.nan)
        return sill

    def _left_out_sill_from(self, sums: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
        """Likewise by local kriging, from the sums of its estimates of the sill for each of ``_reaches_km``."""
        total, weights = sums[-1]
        return total / np.where(weights > 0, weights, np.nan)

    def _covariances(self, coordinates: Coordinates) -> Iterator[np.ndarray]:
        """Yield the covariances of targets and stations, ``[target, station]``, for some targets at a time."""
        targets = len(coordinates[0])
        for chunk in np.array_split(np.arange(targets), -(-targets * len(self.inverse_) // _CHUNK)):
            part = coordinates[0][chunk], coordinates[1][chunk]
            yield self.covariance_.covariance(chord_matrix_km(part, self.coordinates_))

    def _transform(self, values: np.ndarray) -> np.ndarray:
        if not self.log:
            return values
        if np.nanmin(values, initial=0.0) <= -1:
            raise InputError(f"values: {np.nanmin(values):g} was given, and log=True needs values above -1.")
        return np.log1p(values)

    def _restore(self, values: np.ndarray) -> np.ndarray:
        return np.expm1(values) if self.log else values


def _squares(solved: list[System], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return squared leave-one-out errors over their variances, ``[time, station]``, and the sill of hours, ``[time]``."""
    squares, sill = np.full(values.shape, np.nan), np.full(len(values), np.nan)
    for system in solved:
        squares[system.hours], sill[system.hours] = system.dual**2 / system.precision, system.sill
    return squares, sill


def _local_squares(local: LocalSystem, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Likewise by local kriging."""
    squares = local.squares(values)
    known = np.isfinite(squares).sum(axis=1)
    return squares, np.nansum(squares, axis=1) / np.where(known > 0, known, np.nan)


def check_parameters(range_km: float | None, nugget: float | None) -> None:
    """Check that range and nugget are in bounds.

    Args:
        range_km: Range in kilometers; ``None`` if it is to be chosen.
        nugget: Fraction of the sill; ``None`` if it is to be chosen.

    Raises:
        InputError: If one of them is out of bounds.
    """
    if range_km is not None and not range_km > 0:
        raise InputError(f"range_km: {range_km} was given; use a length above zero.")
    if nugget is not None and not 0 <= nugget < 1:
        raise InputError(f"nugget: {nugget} was given; use a fraction of the sill, from 0 to below 1.")


def _some(rng: np.random.Generator, count: int, most: int) -> np.ndarray:
    return np.sort(rng.permutation(count)[:most])


def _inverse(correlation: np.ndarray, nugget: float, error_variance: np.ndarray) -> np.ndarray:
    matrix = correlation * (1 - max(nugget, MIN_NUGGET))
    np.fill_diagonal(matrix, 1.0 + error_variance)
    # The factor is zero above the diagonal, and stays so.
    potri = get_lapack_funcs("potri", (matrix,))
    inverse = potri(cholesky(matrix, lower=True, overwrite_a=True, check_finite=False), lower=1)[0]
    diagonal = np.diag(inverse).copy()
    inverse += inverse.T
    np.fill_diagonal(inverse, diagonal)
    return inverse
