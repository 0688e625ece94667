"""Kriging with external drift by GSTools, a peer of the kriging of departures from a first guess."""

from __future__ import annotations

from typing import Self

import gstools
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.baselines.base import tuning_hours
from aqnet_pyg.baselines.coordinates import Coordinates, checked_coordinates, chord_matrix_km
from aqnet_pyg.baselines.grid_search import least_along_ridge
from aqnet_pyg.baselines.kriging import FEW_HOURS, MIN_NUGGET, NUGGET_GRID, RANGE_GRID, START
from aqnet_pyg.errors import InputError
from aqnet_pyg.stations import EARTH_RADIUS_KM


class GSToolsDriftKriging(BaseEstimator):
    r"""Kriging with one external drift, as GSTools has it (``gstools.krige.ExtDrift``, Müller et al. 2022).

    In every hour :math:`a + b f(s)` is estimated by generalized least squares, with the same :math:`a` and :math:`b`
    everywhere. The exponential covariance, on chords through the Earth, is that of :class:`OrdinaryKriging`, with the nugget as
    measurement error. Range and nugget are chosen from the same values in the same way: by the leave-one-out mean absolute
    error, of which the closed form (Dubrule 1983, doi 10.1007/BF01033232) is used, on 24 hours at most.

    Args:
        range_km: ``len_scale`` in kilometers; ``None`` chooses it.
        nugget: Fraction of the sill that is measurement error; ``None`` chooses it.
        log: Krige :math:`\log(1 + z)` with the drift :math:`\log(1 + f)`, and transform back.

    Attributes:
        coordinates_: Longitudes and latitudes of the visible stations, degrees.
        range_km_: The range used.
        nugget_: The nugget used.
    """

    def __init__(self, range_km: float | None = None, nugget: float | None = None, log: bool = False) -> None:
        self.range_km = range_km
        self.nugget = nugget
        self.log = log

    def fit(self, coordinates: Coordinates, values: np.ndarray, fields: np.ndarray) -> Self:
        """Choose range and nugget.

        Args:
            coordinates: Longitudes and latitudes of the visible stations in degrees, each of shape ``[station]``.
            values: Their measurements in the training hours: shape ``[time, station]``, NaN where missing.
            fields: First guess at the stations: shape ``[time, station, 1]``, NaN where missing.

        Raises:
            InputError: If several fields are given, or no hour has measurements at two stations.
        """
        self.coordinates_ = checked_coordinates(coordinates)
        values, fields = self._transformed(values, fields)
        ranges = RANGE_GRID if self.range_km is None else (float(self.range_km),)
        nuggets = NUGGET_GRID if self.nugget is None else (float(self.nugget),)
        usable = tuning_hours(values, "range and nugget")
        hours = np.sort(np.random.default_rng(0).permutation(usable)[:FEW_HOURS])
        values, fields = values[hours], fields[hours]

        def error(range_km: float, nugget: float) -> float:
            return float(np.nanmean(np.abs(self._restored(self._left_out(values, fields, range_km, nugget)) - truth)))

        truth = self._restored(values)
        (self.range_km_, self.nugget_), _ = least_along_ridge(error, ranges, (nuggets,), START)
        return self

    def predict(
        self, coordinates: Coordinates, values: np.ndarray, fields: np.ndarray, fields_at_targets: np.ndarray
    ) -> np.ndarray:
        """Interpolate each hour from the stations that measured in it.

        Args:
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
            values: Measurements of the visible stations at the hours to predict, ``[time, station]``, NaN where missing.
            fields: First guess at the stations, ``[time, station, 1]``.
            fields_at_targets: First guess at the targets, ``[time, target, 1]``.

        Returns:
            float64 array of shape ``[time, target]``; NaN where the first guess is missing, and in hours with fewer than three
            stations.
        """
        check_is_fitted(self)
        longitude, latitude = checked_coordinates(coordinates)
        values, fields = self._transformed(values, fields)
        _, at_targets = self._transformed(fields_at_targets[..., 0], fields_at_targets)
        model = self._covariance(self.range_km_, self.nugget_)
        result = np.full(at_targets.shape, np.nan)
        for hour, (value, field, target) in enumerate(zip(values, fields, at_targets, strict=True)):
            known, wanted = np.isfinite(value), np.isfinite(target)
            if known.sum() < 3 or not wanted.any():
                continue
            krige = gstools.krige.ExtDrift(
                model,
                (self.coordinates_[1][known], self.coordinates_[0][known]),
                value[known],
                field[known],
                exact=False,
                cond_err="nugget",
                pseudo_inv=False,
            )
            result[hour, wanted] = krige(
                (latitude[wanted], longitude[wanted]), ext_drift=target[wanted], return_var=False, store=False
            )
        return self._restored(result)

    def _left_out(self, values: np.ndarray, fields: np.ndarray, range_km: float, nugget: float) -> np.ndarray:
        """Return the leave-one-out estimates, ``[time, station]``."""
        covariance = (1 - nugget) * np.exp(-chord_matrix_km(self.coordinates_, self.coordinates_) / range_km)
        np.fill_diagonal(covariance, 1.0)
        estimate = np.full(values.shape, np.nan)
        for hour, (value, field) in enumerate(zip(values, fields, strict=True)):
            known = np.isfinite(value)
            if known.sum() < 4:
                continue
            inverse = np.linalg.inv(covariance[np.ix_(known, known)])
            drift = np.stack([np.ones(known.sum()), field[known]], axis=1)
            weights = inverse @ drift
            precision = inverse - weights @ np.linalg.pinv(drift.T @ weights) @ weights.T
            estimate[hour, known] = value[known] - precision @ value[known] / np.diag(precision)
        return estimate

    def _covariance(self, range_km: float, nugget: float) -> gstools.CovModel:
        nugget = max(nugget, MIN_NUGGET)
        return gstools.Exponential(
            latlon=True, geo_scale=EARTH_RADIUS_KM, len_scale=range_km, var=1 - nugget, nugget=nugget
        )

    def _transformed(self, values: np.ndarray, fields: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return values and the field where both are known, ``[time, place]``; logarithms if wanted."""
        values, fields = np.asarray(values, np.float64), np.asarray(fields, np.float64)
        if fields.shape != (*values.shape, 1):
            raise InputError(
                f"fields: shape {fields.shape} was given; GSTools is given one field, {(*values.shape, 1)}."
            )
        values, field = (np.log1p(values), np.log1p(fields[..., 0])) if self.log else (values, fields[..., 0])
        known = np.isfinite(values) & np.isfinite(field)
        return np.where(known, values, np.nan), np.where(known, field, np.nan)

    def _restored(self, values: np.ndarray) -> np.ndarray:
        return np.expm1(values) if self.log else values
