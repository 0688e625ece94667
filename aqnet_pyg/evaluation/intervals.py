"""Prediction intervals that are calibrated where the truth is known, and their scores."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.stats import norm
from scoringrules import crps_normal, crps_quantile
from sklearn.linear_model import GammaRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.distances import bin_of

__all__ = ["LEVELS", "ConformalIntervals", "gaussian_scores", "quantile_scores"]

LEVELS = np.arange(1, 100) / 100
"""Levels of the quantiles: evenly spaced, so that their mean pinball loss is the CRPS; 0.05 and 0.95 are among them."""

LOWER, UPPER = 4, 94
"""Positions in :data:`LEVELS` of the ends of the 90 % interval."""

_LEAST = 0.05
"""Concentrations and standard deviations below this part of their medians count as that much: they say no more."""

_AT_ONCE = 50_000
"""Values whose quantiles are held in memory together."""


class ConformalIntervals:
    r"""Split-conformal quantiles of a prediction, by distance to the nearest visible station.

    On values with known truth, the residuals are divided by a scale, and their empirical quantiles are taken, lower and
    upper ones apart, at :math:`(n + 1)` times the level (Lei et al. 2018, doi 10.1080/01621459.2017.1307116). A new
    prediction is given these quantiles, times its own scale

    .. math::
        c \, s^{\alpha} \hat z^{\beta} (1 + d)^{\gamma}

    of the standard deviation :math:`s` (of any quality) that comes with the prediction :math:`\hat z`, and the distance
    :math:`d`. It is the mean absolute error of such predictions: a gamma regression of the absolute residuals of the same
    values.

    Residuals are grouped by :data:`aqnet_pyg.evaluation.distances.BINS_KM`; a bin with fewer than ``least`` values, or fewer
    than ``places`` different distances (that is, stations: all hours of a station may be off alike), is joined to the next
    farther one, the last to the one before. Between the middles of the groups (in the logarithm of the
    distance) quantiles are interpolated, so that intervals do not jump at a bound.

    Args:
        least: Fewest values of a group.
        places: Fewest different distances in a group.

    Attributes:
        distance_: Middles of the groups, logarithm of 1 + km, shape ``[group]``.
        residual_: Quantiles of the residuals in units of the scale, shape ``[group, level]``.
        scale_: The regression, of the logarithms of standard deviation, prediction and 1 + km.
        floor_: Least standard deviation and least prediction that it is asked for.
    """

    def __init__(self, least: int = 200, places: int = 8) -> None:
        self.least = least
        self.places = places

    def fit(self, value: np.ndarray, std: np.ndarray, distance_km: np.ndarray, truth: np.ndarray) -> Self:
        """Calibrate.

        Args:
            value: Predictions made without the truth, any shape.
            std: Their standard deviations, of the same shape.
            distance_km: Distances to the nearest visible station, likewise.
            truth: What was measured, likewise; NaN anywhere leaves a value out.

        Raises:
            InputError: If nothing is left.
        """
        known = np.isfinite(value) & np.isfinite(std) & np.isfinite(truth)
        sample = tuple(array[known] for array in (value, std, distance_km, truth))
        if not sample[0].size:
            raise InputError("truth: no value is known where there is a prediction, so intervals cannot be calibrated.")
        value, std, distance_km, truth = sample
        self.floor_ = tuple(max(_LEAST * float(np.median(part)), 1e-9) for part in (std, value))
        # A gamma distribution has no zeros.
        error = np.maximum(np.abs(truth - value), self.floor_[0])
        self.scale_ = make_pipeline(StandardScaler(), GammaRegressor(alpha=1e-4, max_iter=1000))
        self.scale_.fit(self._features(value, std, distance_km), error)
        residual = (truth - value) / self._scale(value, std, distance_km)
        group = self._groups(distance_km)
        members = [group == number for number in np.unique(group)]
        self.distance_ = np.array([np.log1p(distance_km[these]).mean() for these in members])
        self.residual_ = np.array([np.quantile(residual[these], LEVELS, method="weibull") for these in members])
        return self

    def quantiles(self, value: np.ndarray, std: np.ndarray, distance_km: np.ndarray) -> np.ndarray:
        """Quantiles of predictions, all of one shape.

        Returns:
            Shape ``[level, ...]``, ascending along the levels and not negative.
        """
        here, scale = np.log1p(distance_km), self._scale(value, std, distance_km)
        return np.stack(
            [np.maximum(value + scale * np.interp(here, self.distance_, level), 0.0) for level in self.residual_.T]
        )

    def _groups(self, distance_km: np.ndarray) -> np.ndarray:
        """Number the groups: bins, joined where they hold too little."""
        number = bin_of(distance_km)
        group, start = number.copy(), 0
        for last in range(number.max() + 1):
            inside = (number >= start) & (number <= last)
            if inside.sum() >= self.least and np.unique(distance_km[inside]).size >= self.places:
                group[inside], start = last, last + 1
        rest = number >= start
        group[rest] = group[~rest].max(initial=0)
        return group

    def _features(self, value: np.ndarray, std: np.ndarray, distance_km: np.ndarray) -> np.ndarray:
        least_std, least_value = self.floor_
        parts = np.log(np.maximum(std, least_std)), np.log(np.maximum(value, least_value)), np.log1p(distance_km)
        return np.stack([np.ravel(part) for part in np.broadcast_arrays(*parts)], axis=1)

    def _scale(self, value: np.ndarray, std: np.ndarray, distance_km: np.ndarray) -> np.ndarray:
        return self.scale_.predict(self._features(value, std, distance_km)).reshape(np.shape(value))


def quantile_scores(
    intervals: ConformalIntervals, value: np.ndarray, std: np.ndarray, distance_km: np.ndarray, truth: np.ndarray
) -> dict[str, np.ndarray]:
    """Scores of each value, to be averaged: ``covered`` by the 90 % interval, its ``width``, and the ``crps``.

    Args:
        intervals: Calibrated.
        value: Predictions, shape ``[n]``.
        std: Their standard deviations, likewise.
        distance_km: Distances to the nearest visible station, likewise.
        truth: What was measured, likewise.
    """
    parts: list[dict[str, np.ndarray]] = []
    for start in range(0, len(value), _AT_ONCE):
        these = slice(start, start + _AT_ONCE)
        quantiles = intervals.quantiles(value[these], std[these], distance_km[these])
        crps = crps_quantile(truth[these], quantiles, LEVELS, m_axis=0)
        parts.append(_scores(quantiles[LOWER], quantiles[UPPER], truth[these], crps))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def gaussian_scores(value: np.ndarray, std: np.ndarray, truth: np.ndarray) -> dict[str, np.ndarray]:
    """The same scores for a normal distribution, as kriging gives it."""
    half = norm.ppf(LEVELS[UPPER]) * std
    crps = crps_normal(truth, value, np.maximum(std, 1e-9))
    return _scores(value - half, value + half, truth, crps)


def _scores(lower: np.ndarray, upper: np.ndarray, truth: np.ndarray, crps: Any) -> dict[str, np.ndarray]:
    covered = (lower <= truth) & (truth <= upper)
    return {"covered": covered.astype(np.float64), "width": upper - lower, "crps": np.asarray(crps)}
