"""Ordinary kriging of each hour separately, with a covariance chosen by leave-one-out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, overload

import gstools
import numpy as np
from scipy.linalg import cholesky
from scipy.linalg.lapack import dpotri
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.baselines.base import Coordinates, Interpolator, chord_matrix_km, tuning_hours
from aqnet_pyg.baselines.grid_search import descend
from aqnet_pyg.baselines.kriging_system import left_out_estimates, systems
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

MIN_NUGGET = 1e-6
"""Smaller nuggets are raised to this, as coincident stations would otherwise make the covariance matrix singular."""

_CHUNK = 4_000_000
"""Target-station pairs in one step, to limit the memory."""


class OrdinaryKriging(Interpolator):
    r"""Ordinary kriging on the sphere: the best linear unbiased estimate, with an unknown mean in each hour.

    .. math::
        \hat z = \hat\mu + c^\top C^{-1} (z - \hat\mu 1), \qquad
        \hat\mu = \frac{1^\top C^{-1} z}{1^\top C^{-1} 1}

    The covariance is a function of the chord through the Earth, and therefore valid on the sphere (Yadrenko). The
    nugget is treated as measurement error: it is on the diagonal of :math:`C` and not in :math:`c`, so that the estimate
    at a station is smoothed unless the nugget is zero. The sill cancels in the estimate; for the standard deviation
    it is estimated separately in every hour, :math:`z^\top C^{-1} (z - \hat\mu 1) / (n - 1)`.

    Range and nugget are chosen by descent on a grid to minimize the leave-one-out error, which has a closed form (Dubrule
    1983, doi 10.1007/BF01033232). The covariance matrix of all visible stations is inverted once; hours in which some of them
    did not measure are solved from this inverse.

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
        inverse_: Inverse covariance matrix of the visible stations, shape ``[station, station]``.
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

    @overload
    def predict(
        self, coordinates: Coordinates, values: np.ndarray, return_std: Literal[False] = False
    ) -> np.ndarray: ...

    @overload
    def predict(
        self, coordinates: Coordinates, values: np.ndarray, return_std: Literal[True]
    ) -> tuple[np.ndarray, np.ndarray]: ...

    def predict(
        self, coordinates: Coordinates, values: np.ndarray, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Interpolate each hour from the stations that measured in it.

        Args:
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
            values: Measurements of the visible stations, in the order given to :meth:`fit`, at the hours to predict:
                shape ``[time, station]``, NaN where missing.
            return_std: Also return the standard deviation of a measurement at the target about the estimate,
                measurement error included.

        Returns:
            float64 array of shape ``[time, target]``, or a pair of them; NaN in hours in which no station measured
            (standard deviation: fewer than two).

        Raises:
            InputError: If shapes or coordinates are invalid.
        """
        estimate = super().predict(coordinates, values)
        if not return_std:
            return estimate
        std = self._std(*self._checked(coordinates, values))
        return estimate, std * (1 + estimate) if self.log else std

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
        estimate, variance = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
        for system in systems(self.inverse_, values):
            estimate[system.hours], variance[system.hours] = left_out_estimates(system, values[system.hours])
        estimate = self._restore(estimate)
        if not return_std:
            return estimate
        std = np.sqrt(variance * self._left_out_sill(values))
        return estimate, std * (1 + estimate) if self.log else std

    def _fit(self, values: np.ndarray) -> None:
        if self.model not in MODELS:
            raise InputError(f"model: {self.model!r} is unknown; use one of {', '.join(MODELS)}.")
        check_parameters(self.range_km, self.nugget)
        chords = chord_matrix_km(self.coordinates_, self.coordinates_)
        if self.range_km is not None and self.nugget is not None:
            self.range_km_, self.nugget_ = float(self.range_km), float(self.nugget)
        else:
            self._choose(chords, values[tuning_hours(values, "range and nugget")])
        self.covariance_ = self._covariance(self.range_km_, self.nugget_)
        self.inverse_ = _inverse(self.covariance_, chords)

    def _choose(self, chords: np.ndarray, values: np.ndarray) -> None:
        ranges = RANGE_GRID if self.range_km is None else (float(self.range_km),)
        nuggets = NUGGET_GRID if self.nugget is None else (float(self.nugget),)
        has_data = np.isfinite(values).any(axis=0)
        values, chords = values[:, has_data], chords[np.ix_(has_data, has_data)]

        def error(range_km: float, nugget: float) -> float:
            estimate = self._leave_one_out(_inverse(self._covariance(range_km, nugget), chords), values)
            return float(np.nanmean(np.abs(estimate - values)))

        (self.range_km_, self.nugget_), self.loo_mae_ = descend(error, (ranges, nuggets), START)

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
            estimate[system.hours] = values[system.hours] - system.dual / system.precision
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
        solved, sill = list(systems(self.inverse_, values)), np.full(len(values), np.nan)
        for system in solved:
            sill[system.hours] = system.sill
        ones = self.inverse_.sum(axis=1)
        variances = []
        for covariance in self._covariances(coordinates):
            weights = self.inverse_ @ covariance.T  # [station, target]
            of_mean = (1 - weights.sum(axis=0)) / ones.sum()
            complete = 1 - np.einsum("st,ts->t", weights, covariance) + of_mean**2 * ones.sum()
            weights += np.outer(ones, of_mean)
            variance = np.full((len(values), len(covariance)), np.nan)
            for system in solved:
                # The errors of the values predicted at the stations that did not measure.
                errors = system.whitening @ weights[system.missing]
                variance[system.hours] = np.maximum(complete + np.einsum("mt,mt->t", errors, errors), 0.0)
            variances.append(variance)
        return np.sqrt(np.concatenate(variances, axis=1) * self._sill(coordinates, values, sill))

    def _sill(self, coordinates: Coordinates, values: np.ndarray, sill: np.ndarray) -> np.ndarray:
        """Return the sill at targets, ``[time, target]`` or ``[time, 1]``, given that of the hours, ``[time]``."""
        return sill[:, None]

    def _left_out_sill(self, values: np.ndarray) -> np.ndarray:
        """Return the sill at each station, ``[time, station]``, without its own measurements."""
        sill = np.full(values.shape, np.nan)
        for system in systems(self.inverse_, values):
            measured = np.isfinite(values[system.hours])
            freedom = values.shape[1] - len(system.missing) - 1
            # The sum of squares decreases by the squared error of the station, in units of its variance.
            own = system.dual**2 / system.precision
            rest = np.maximum(system.sill[:, None] * freedom - np.where(measured, own, 0.0), 0.0)
            others = freedom - measured
            sill[system.hours] = rest / np.where(others > 0, others, np.nan)
        return sill

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


def _inverse(covariance: gstools.CovModel, chords: np.ndarray) -> np.ndarray:
    matrix = covariance.covariance(chords)
    matrix[np.diag_indices_from(matrix)] += covariance.nugget
    lower = cholesky(matrix, lower=True, overwrite_a=True, check_finite=False)
    inverse, _ = dpotri(lower, lower=1, overwrite_c=1)
    upper = np.triu_indices_from(inverse, 1)
    inverse[upper] = inverse.T[upper]
    return inverse
