"""Prediction intervals that are calibrated where the truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from sklearn.linear_model import GammaRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aqnet_pyg.errors import InputError

__all__ = ["BINS_KM", "LEVELS", "ConformalIntervals", "bin_names", "bin_of"]

BINS_KM = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Inner bounds of the bins in kilometers; a distance on a bound is in the farther bin."""

LEVELS = np.arange(1, 100) / 100
"""Levels of the quantiles: evenly spaced, so that their mean pinball loss is the CRPS; 0.05 and 0.95 are among them."""

_LEAST = 0.05
"""Concentrations and standard deviations below this part of their medians count as that much: they say no more."""


class ConformalIntervals:
    r"""Split-conformal quantiles of a prediction, by distance to the nearest visible station.

    On values with known truth, the residuals are divided by a scale, and their empirical quantiles are taken, lower and
    upper ones apart, at :math:`(n + 1)` times the level (Lei et al. 2018, doi 10.1080/01621459.2017.1307116). A new
    prediction is given these quantiles, times its own scale

    .. math::
        c \, \hat z \, (s / \hat z)^{\alpha} (1 + d)^{\gamma} (1 + t)^{\delta}

    of the standard deviation :math:`s` (of any quality) that comes with the prediction :math:`\hat z`, the distance
    :math:`d`, and the hours :math:`t` that a forecast is ahead. It is the mean absolute error of such predictions: a gamma
    regression of the absolute residuals, as parts of the predictions, of the same values. Twice the concentrations make twice
    the scale, so that what was calibrated in one season serves in another.

    Residuals are grouped by :data:`aqnet_pyg.conformal.BINS_KM`; a bin with fewer than ``min_count`` values, or fewer
    than ``min_distances`` different distances (that is, stations: all hours of a station may be off alike), is joined to the next
    farther one, the last to the one before. Between the middles of the groups (in the logarithm of the
    distance) quantiles are interpolated, so that intervals do not jump at a bound.

    Args:
        min_count: Fewest values of a group.
        min_distances: Fewest different distances in a group.

    Attributes:
        distance_: Middles of the groups, logarithm of 1 + km, shape ``[group]``.
        residual_: Quantiles of the residuals in units of the scale, shape ``[group, level]``.
        scale_: Logarithm of *c*, and the three exponents.
        floor_: Least standard deviation and least prediction that the scale is asked for.
    """

    def __init__(self, min_count: int = 200, min_distances: int = 8) -> None:
        self.min_count = min_count
        self.min_distances = min_distances

    def fit(
        self,
        value: np.ndarray,
        std: np.ndarray,
        distance_km: np.ndarray,
        truth: np.ndarray,
        lead: np.ndarray | float = 0.0,
    ) -> Self:
        """Calibrate.

        Args:
            value: Predictions made without the truth, any shape.
            std: Their standard deviations, of the same shape.
            distance_km: Distances to the nearest visible station, likewise.
            truth: What was measured, likewise; NaN anywhere leaves a value out.
            lead: Hours that a forecast is ahead, likewise; 0 for a reconstruction.

        Raises:
            InputError: If nothing is left.
        """
        known = np.isfinite(value) & np.isfinite(std) & np.isfinite(truth)
        if not known.any():
            raise InputError("truth: no value is known where there is a prediction, so intervals cannot be calibrated.")
        parts = np.broadcast_arrays(value, std, distance_km, truth, lead)
        value, std, distance_km, truth, lead = (np.asarray(part, np.float64)[known] for part in parts)
        self.floor_ = tuple(max(_LEAST * float(np.median(part)), 1e-9) for part in (std, value))
        scaler, regression = StandardScaler(), GammaRegressor(alpha=1e-4, max_iter=1000)
        # A gamma distribution has no zeros.
        error = np.maximum(np.abs(truth - value), self.floor_[0]) / np.maximum(value, self.floor_[1])
        make_pipeline(scaler, regression).fit(np.stack(self._features(value, std, distance_km, lead), axis=1), error)
        exponents = regression.coef_ / scaler.scale_
        self.scale_ = (float(regression.intercept_ - exponents @ scaler.mean_), *exponents.tolist())
        residual = (truth - value) / self._scale(value, std, distance_km, lead)
        group = self._groups(distance_km)
        members = [group == number for number in np.unique(group)]
        self.distance_ = np.array([np.log1p(distance_km[these]).mean() for these in members])
        self.residual_ = np.array([np.quantile(residual[these], LEVELS, method="weibull") for these in members])
        return self

    def quantiles(
        self,
        value: np.ndarray,
        std: np.ndarray,
        distance_km: np.ndarray,
        lead: np.ndarray | float = 0.0,
        levels: Sequence[float] = tuple(LEVELS),
    ) -> np.ndarray:
        """Quantiles of predictions.

        Args:
            value: Predictions, any shape.
            std: Their standard deviations; these and the others are broadcast to the predictions.
            distance_km: Distances to the nearest visible station.
            lead: Hours that a forecast is ahead.
            levels: Some of :data:`LEVELS`.

        Returns:
            Shape ``[level, ...]``, ascending along the levels and not negative.
        """
        here, scale = np.log1p(distance_km), self._scale(value, std, distance_km, lead)
        columns = [round(100 * level) - 1 for level in levels]
        residuals = (np.interp(here, self.distance_, self.residual_[:, column]) for column in columns)
        return np.stack([np.maximum(value + scale * residual, 0.0) for residual in residuals])

    def probability_above(
        self,
        threshold: float,
        value: np.ndarray,
        std: np.ndarray,
        distance_km: np.ndarray,
        lead: np.ndarray | float = 0.0,
    ) -> np.ndarray:
        """The probability that the truth is above a threshold.

        Args:
            threshold: In the units of the predictions.
            value: Predictions, any shape.
            std: Their standard deviations; these and the others are broadcast to the predictions.
            distance_km: Distances to the nearest visible station.
            lead: Hours that a forecast is ahead.

        Returns:
            0.005 to 0.995, of which the ends mean beyond all quantiles; NaN where there is no prediction.
        """
        here = np.log1p(distance_km)
        needed = (threshold - value) / self._scale(value, std, distance_km, lead)
        quantiles = [np.interp(here, self.distance_, column) for column in self.residual_.T]
        below = np.where(needed > quantiles[0], LEVELS[0], 0.005)
        for low, high in pairwise(quantiles):
            below += 0.01 * np.clip((needed - low) / np.maximum(high - low, 1e-12), 0.0, 1.0)
        below += np.where(needed > quantiles[-1], 0.005, 0.0)
        return np.where(np.isnan(needed), np.nan, 1 - below)

    def state(self) -> dict[str, Any]:
        """What was calibrated, as numbers and lists, for a file."""
        return {
            "scale": list(self.scale_),
            "floor": list(self.floor_),
            "distance": self.distance_.tolist(),
            "residual": self.residual_.tolist(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Undo :meth:`state`."""
        intervals = cls()
        intervals.scale_, intervals.floor_ = tuple(state["scale"]), tuple(state["floor"])
        intervals.distance_, intervals.residual_ = np.array(state["distance"]), np.array(state["residual"])
        return intervals

    def _groups(self, distance_km: np.ndarray) -> np.ndarray:
        """Number the groups: bins, joined where they hold too little."""
        number = bin_of(distance_km)
        group, start = number.copy(), 0
        for last in range(number.max() + 1):
            inside = (number >= start) & (number <= last)
            if inside.sum() >= self.min_count and np.unique(distance_km[inside]).size >= self.min_distances:
                group[inside], start = last, last + 1
        rest = number >= start
        group[rest] = group[~rest].max(initial=0)
        return group

    def _features(
        self, value: np.ndarray, std: np.ndarray, distance_km: np.ndarray, lead: np.ndarray | float
    ) -> tuple[np.ndarray, ...]:
        least_std, least_value = self.floor_
        return (
            np.log(np.maximum(std, least_std) / np.maximum(value, least_value)),
            np.log1p(distance_km),
            np.log1p(lead),
        )

    def _scale(
        self, value: np.ndarray, std: np.ndarray, distance_km: np.ndarray, lead: np.ndarray | float
    ) -> np.ndarray:
        intercept, *exponents = self.scale_
        features = self._features(value, std, distance_km, lead)
        return np.maximum(value, self.floor_[1]) * np.exp(
            intercept + sum(a * feature for a, feature in zip(exponents, features, strict=True))
        )


def bin_of(distance_km: np.ndarray) -> np.ndarray:
    """The bin of each distance in kilometers, 0 to ``len(BINS_KM)``, any shape."""
    return np.searchsorted(BINS_KM, distance_km, side="right")


def bin_names() -> list[str]:
    """Names of the bins, such as ``"2-5 km"``."""
    bounds = [0.0, *BINS_KM]
    names = [f"{low:g}-{high:g} km" for low, high in pairwise(bounds)]
    return [*names, f"{bounds[-1]:g}+ km"]
