"""Kriging with external drift: interpolation of the departures of measurements from a first guess."""

from __future__ import annotations

from functools import partial
from typing import Literal, Self, overload

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.baselines.base import checked_values, tuning_hours
from aqnet_pyg.baselines.coordinates import Coordinates, checked_coordinates
from aqnet_pyg.baselines.drift import DriftSums, Factors, some_stations
from aqnet_pyg.baselines.drift_selection import DriftTrial
from aqnet_pyg.baselines.error_variance import checked_error_variance
from aqnet_pyg.baselines.kriging import OrdinaryKriging
from aqnet_pyg.baselines.restricted_likelihood import most_likely
from aqnet_pyg.baselines.space_time import SpaceTimeKriging
from aqnet_pyg.errors import InputError


class FirstGuessKriging(BaseEstimator):
    r"""Interpolation of the departures of measurements from one or more first guesses.

    A first guess is a field that is known everywhere, such as that of a chemical transport model. Measurements are

    .. math::
        z(s, t) = \sum_j b_j(t) \, f_j(s, t) + \delta(s, t),

    and the departures :math:`\delta` are interpolated with an unknown mean in every hour: kriging with external drift
    (Wackernagel 2003, Multivariate Geostatistics, doi 10.1007/978-3-662-05294-5). The factors :math:`b_j` of an hour are
    estimated by generalized least squares, and shrunk to those of all hours of the fit, a prior as in Bayesian kriging (Omre
    1987, Mathematical Geology 19, 25-39). The weight of the prior is chosen by the leave-one-out error, with each station left
    out of the factors too. Of several first guesses, those are left out without which this error hardly rises
    (:meth:`~aqnet_pyg.baselines.drift_selection.DriftTrial.selected`); if the rest does not reduce that of ordinary kriging,
    none is used.

    Range and nugget of :class:`OrdinaryKriging` of departures are chosen by restricted maximum likelihood at up to 600 stations,
    and by the leave-one-out error in larger networks.

    A target, or an hour, for which a first guess is missing is estimated by the interpolator without first guesses. Where it is
    there, stations at which it is missing are not used.

    Args:
        interpolator: Kriging of the departures; default :class:`OrdinaryKriging`. Its parameters that are ``None`` are
            chosen on departures. Its covariance model is also that of the factors.
        log: Use :math:`\log(1 + z)` and :math:`\log(1 + f)`, so that a first guess scales the estimate, which is then a
            median; the standard deviation is a first-order approximation. The interpolator is given logarithms.
        factors: Prior of the factors of an earlier fit; ``None`` chooses it from the values of the fit. With it, and with
            all parameters of the interpolator, :meth:`fit` tunes nothing.
        covariates: Number of the last fields that are no concentrations but other covariates, such as elevation; ``log`` does
            not apply to them.

    Attributes:
        coordinates_: Longitudes and latitudes of the visible stations, degrees.
        interpolator_: The interpolator used.
        factors_: The prior of the factors; ``None`` if the first guesses are not used.
        loo_mae_: Leave-one-out mean absolute error at the visible stations where first guesses are known, by kriging with
            and without them, in the units of the values; only if the prior was chosen.
    """

    def __init__(
        self,
        interpolator: OrdinaryKriging | SpaceTimeKriging | None = None,
        log: bool = False,
        factors: Factors | None = None,
        covariates: int = 0,
    ) -> None:
        self.interpolator = interpolator
        self.log = log
        self.factors = factors
        self.covariates = covariates

    @property
    def reach_hours(self) -> int:
        """Hours before and after an hour that its estimate is made from too."""
        return 0 if self.interpolator is None else self.interpolator.reach_hours

    def fit(
        self,
        coordinates: Coordinates,
        values: np.ndarray,
        fields: np.ndarray,
        error_variance: np.ndarray | None = None,
    ) -> Self:
        """Fit to the training hours of the visible stations.

        Args:
            coordinates: Longitudes and latitudes of the visible stations in degrees, each of shape ``[station]``.
            values: Their measurements in the training hours: shape ``[time, station]``, NaN where missing.
            fields: First guesses at the stations: shape ``[time, station, field]``, NaN where missing, in any unit.
            error_variance: Of each station, as for :meth:`aqnet_pyg.baselines.OrdinaryKriging.fit`.

        Returns:
            This interpolator.

        Raises:
            InputError: If shapes or coordinates are invalid, or something has to be chosen and no hour has measurements and
                first guesses at two stations.
        """
        self.coordinates_ = checked_coordinates(coordinates)
        self.factors_ = self.factors
        plain, values, fields = self._transformed(values, fields)
        self._stations = some_stations(self.coordinates_)
        self._errors = checked_error_variance(error_variance, len(self.coordinates_[0]))
        some = self.coordinates_[0][self._stations], self.coordinates_[1][self._stations]
        if self.factors is None:
            hours = tuning_hours(values[:, self._stations], "the factors of the first guesses")
            self._choose(some, values[np.ix_(hours, self._stations)], fields[np.ix_(hours, self._stations)])
            if self.factors_ is not None:
                fields = fields[..., self.factors_.used]
        base = OrdinaryKriging() if self.interpolator is None else clone(self.interpolator)
        departures = plain
        if self.factors_ is not None:
            range_km, nugget = self.factors_.range_km, self.factors_.nugget
            self._kriging = OrdinaryKriging(self._of_factors().model, range_km, nugget).fit(
                some, values[:0, self._stations], self._errors[self._stations]
            )
            departures = values - fields @ self.factors_.mean
            if self.factors is None and isinstance(base, OrdinaryKriging) and len(self._stations) == values.shape[1]:
                base.set_params(range_km=range_km, nugget=nugget)
        self.interpolator_ = base.fit(self.coordinates_, departures, self._errors)
        return self

    @overload
    def predict(
        self,
        coordinates: Coordinates,
        values: np.ndarray,
        fields: np.ndarray,
        fields_at_targets: np.ndarray,
        return_std: Literal[False] = False,
    ) -> np.ndarray: ...

    @overload
    def predict(
        self,
        coordinates: Coordinates,
        values: np.ndarray,
        fields: np.ndarray,
        fields_at_targets: np.ndarray,
        return_std: Literal[True],
    ) -> tuple[np.ndarray, np.ndarray]: ...

    def predict(
        self,
        coordinates: Coordinates,
        values: np.ndarray,
        fields: np.ndarray,
        fields_at_targets: np.ndarray,
        return_std: bool = False,
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Interpolate each hour from the stations that measured in it.

        Args:
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
            values: Measurements of the visible stations, in the order given to :meth:`fit`, at the hours to predict:
                shape ``[time, station]``, NaN where missing.
            fields: First guesses at the stations, ``[time, station, field]``.
            fields_at_targets: First guesses at the targets, ``[time, target, field]``.
            return_std: Also return the standard deviation of a measurement at the target about the estimate; not of
                :class:`SpaceTimeKriging`, which has none.

        Returns:
            float64 array of shape ``[time, target]``, or a pair of them; NaN in hours in which no station measured
            (standard deviation: fewer than two).

        Raises:
            InputError: If shapes or coordinates are invalid.
        """
        check_is_fitted(self, "coordinates_")
        coordinates = checked_coordinates(coordinates)
        plain, values, fields = self._transformed(values, fields)
        at_targets = self._used(fields_at_targets, (len(values), len(coordinates[0])), "fields_at_targets")
        estimate = _predicted(self.interpolator_, coordinates, plain, return_std)
        if self.factors_ is not None:
            mean, some = self.factors_.mean, self._stations
            sums = DriftSums.of_hours(self._kriging, values[:, some], fields[:, some])
            change = (sums.factors(self.factors_.weight, mean) - mean)[:, None]
            departures = values - fields @ mean
            departure = _predicted(self.interpolator_, coordinates, departures, return_std)
            smooth = [self.interpolator_.predict(coordinates, field) for field in np.moveaxis(fields, -1, 0)]
            estimate = self._with_drift(estimate, departure, at_targets, np.stack(smooth, axis=-1), change)
        return self._restored(estimate, return_std)

    @overload
    def leave_one_out(
        self, values: np.ndarray, fields: np.ndarray, return_std: Literal[False] = False
    ) -> np.ndarray: ...

    @overload
    def leave_one_out(
        self, values: np.ndarray, fields: np.ndarray, return_std: Literal[True]
    ) -> tuple[np.ndarray, np.ndarray]: ...

    def leave_one_out(
        self, values: np.ndarray, fields: np.ndarray, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Estimate every visible station from the other stations, whether it measured in the hour or not.

        The result is that of :meth:`predict` at the coordinates of the station with its measurements set to NaN in all
        hours, with the fitted covariance and prior.

        Args:
            values: As for :meth:`predict`.
            fields: As for :meth:`predict`.
            return_std: As for :meth:`predict`.

        Returns:
            float64 array of shape ``[time, station]``, or a pair of them; NaN where no other station measured
            (standard deviation: fewer than two others).

        Raises:
            InputError: If shapes are invalid.
        """
        check_is_fitted(self, "coordinates_")
        at_targets = self._used(fields, np.shape(values), "fields")
        plain, values, fields = self._transformed(values, fields)
        estimate = _left_out(self.interpolator_, plain, return_std)
        if self.factors_ is not None:
            weight, mean, some = self.factors_.weight, self.factors_.mean, self._stations
            measured = values[:, some], fields[:, some]
            of_hours = DriftSums.of_hours(self._kriging, *measured).factors(weight, mean)
            factors = np.repeat(of_hours[:, None], values.shape[1], axis=1)
            factors[:, some] = DriftSums.without_each(self._kriging, *measured).factors(weight, mean)
            departures = values - fields @ mean
            departure = _left_out(self.interpolator_, departures, return_std)
            smooth = [self.interpolator_.leave_one_out(field) for field in np.moveaxis(fields, -1, 0)]
            change = factors - mean
            estimate = self._with_drift(estimate, departure, at_targets, np.stack(smooth, axis=-1), change)
        return self._restored(estimate, return_std)

    def _choose(self, coordinates: Coordinates, values: np.ndarray, fields: np.ndarray) -> None:
        """Choose fields and the prior of their factors on hours for tuning."""
        without = OrdinaryKriging().fit(coordinates, values, self._errors[self._stations])
        without_mae = float(np.nanmean(self._absolute(values, values - without.leave_one_out(values))))
        every = np.arange(fields.shape[-1])
        trial = self._trial(coordinates, values, fields)
        chosen = trial.selected()
        if len(chosen) < len(every):
            trial = self._trial(coordinates, values, fields[..., chosen])
        kept = np.arange(len(chosen))
        mae = float(np.nanmean(trial.absolute(kept)))
        self.loo_mae_ = mae, without_mae
        if mae < without_mae:
            weight = trial.strength(kept) * trial.sums.left.mean(axis=0)
            covariance = trial.kriging.range_km_, trial.kriging.nugget_
            self.factors_ = Factors(trial.sums.pooled(), weight, *covariance, np.isin(every, chosen))

    def _trial(self, coordinates: Coordinates, values: np.ndarray, fields: np.ndarray) -> DriftTrial:
        """Estimate factors of some fields in hours for tuning."""
        kriging = most_likely(self._of_factors(), coordinates, values, fields, self._errors[self._stations])
        return DriftTrial.of(kriging, values, fields, partial(self._absolute, values))

    def _of_factors(self) -> OrdinaryKriging:
        """Return the kriging whose covariance the factors are estimated with."""
        return self.interpolator if isinstance(self.interpolator, OrdinaryKriging) else OrdinaryKriging()

    def _absolute(self, values: np.ndarray, errors: np.ndarray) -> np.ndarray:
        """Return absolute errors in the units of the measurements; NaN at instruments that are no reference."""
        reference = self._errors[self._stations] == 0
        return np.where(reference, np.abs(self._back(values) - self._back(values - errors)), np.nan)

    def _with_drift(
        self,
        plain: list[np.ndarray],
        departure: list[np.ndarray],
        fields: np.ndarray,
        smooth: np.ndarray,
        change: np.ndarray,
    ) -> list[np.ndarray]:
        """Return estimates with the first guesses, and those without them where these are missing.

        Args:
            plain: Estimate without first guesses, and its standard deviation if wanted, ``[time, target]``.
            departure: Likewise of the departures with the factors of the prior.
            fields: First guesses at the targets, ``[time, target, field]``.
            smooth: First guesses as the interpolator estimates them from the stations, likewise.
            change: Factors of the hour minus those of the prior, ``[time, target or 1, field]``.
        """
        assert self.factors_ is not None
        value = departure[0] + fields @ self.factors_.mean + np.sum(change * (fields - smooth), axis=-1)
        known = np.isfinite(value)
        return [
            np.where(known, with_drift, without)
            for with_drift, without in zip((value, *departure[1:]), plain, strict=True)
        ]

    def _transformed(self, values: np.ndarray, fields: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return checked values, and values and fields where both are known; logarithms if wanted."""
        values = checked_values(values, len(self.coordinates_[0]))
        fields = self._used(fields, values.shape, "fields")
        if self.log:
            if np.nanmin(values, initial=0.0) <= -1:
                raise InputError(f"values: {np.nanmin(values):g} was given, and log=True needs values above -1.")
            values = np.log1p(values)
        known = np.isfinite(values) & np.isfinite(fields).all(axis=-1)
        return values, np.where(known, values, np.nan), np.where(known[..., None], fields, np.nan)

    def _used(self, fields: np.ndarray, shape: tuple[int, ...], name: str) -> np.ndarray:
        """Return the fields that have factors (before these are chosen, all), logarithms if wanted."""
        fields = np.asarray(fields, np.float64)
        count = len(self.factors.used) if self.factors is not None else max(fields.shape[-1:], default=0)
        if fields.ndim != 3 or fields.shape != (*shape, count) or not count:
            raise InputError(
                f"{name}: shape {fields.shape} was given; use [time, place, field], here "
                f"[{', '.join(map(str, shape))}, {count or 'one or more'}]."
            )
        if self.log:
            guesses = slice(count - self.covariates)
            fields = fields.copy()
            fields[..., guesses] = np.log1p(np.maximum(fields[..., guesses], 0.0))
        return fields if self.factors_ is None else fields[..., self.factors_.used]

    def _restored(self, estimate: list[np.ndarray], return_std: bool) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        value = self._back(estimate[0])
        if not return_std:
            return value
        return value, estimate[1] * (1 + value) if self.log else estimate[1]

    def _back(self, values: np.ndarray) -> np.ndarray:
        return np.expm1(values) if self.log else values


def _predicted(
    interpolator: OrdinaryKriging | SpaceTimeKriging, coordinates: Coordinates, values: np.ndarray, return_std: bool
) -> list[np.ndarray]:
    """Return the estimate at targets, and its standard deviation if wanted."""
    if not return_std:
        return [interpolator.predict(coordinates, values)]
    return [*_with_std(interpolator).predict(coordinates, values, return_std=True)]


def _left_out(
    interpolator: OrdinaryKriging | SpaceTimeKriging, values: np.ndarray, return_std: bool
) -> list[np.ndarray]:
    """Return the leave-one-out estimate, and its standard deviation if wanted."""
    if not return_std:
        return [interpolator.leave_one_out(values)]
    return [*_with_std(interpolator).leave_one_out(values, return_std=True)]


def _with_std(interpolator: OrdinaryKriging | SpaceTimeKriging) -> OrdinaryKriging:
    if not isinstance(interpolator, OrdinaryKriging):
        raise InputError(
            f"return_std: {type(interpolator).__name__} has no standard deviation; use OrdinaryKriging or LocalSillKriging."
        )
    return interpolator
