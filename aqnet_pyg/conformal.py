"""Split-conformal prediction intervals, calibrated on values with known truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np

from aqnet_pyg.errors import InputError

BINS_KM = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Inner bounds of the distance bins in kilometers; a distance equal to a bound is in the farther bin."""

LEVELS = np.arange(1, 100) / 100
"""Levels of the quantiles: evenly spaced, so that their mean pinball loss is the CRPS; 0.05 and 0.95 are among them."""

_LEAST = 0.05
"""Lower limit of predictions and standard deviations in the scale, as a fraction of their medians."""

_EXPONENTS = np.array([0.5, 0.1, 0.2])
"""Expected exponents of the relative standard deviation, the distance and the lead time."""

_DEVIATIONS = np.array([0.25, 0.1, 0.25])
"""Standard deviations of these expectations."""

_INDEPENDENT = 10.0
"""Number of independent errors at one station, whose hours are alike, for the exponents."""

_EXPECTED_STATIONS = 8.0
"""Weight of the expected quantiles of the residuals, as a number of stations."""

_SIMILAR_STATIONS = 40.0
"""Likewise of a similar method. Mean absolute errors of stations differ by about a third (standard deviation of their logarithm:
0.16 to 0.43 in January 2025 and on the simulated network), those of networks and kriging by a few percent: (0.3 / 0.05)² = 36."""

_EXPECTED = np.interp(
    LEVELS,
    [0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99],
    [-2.50, -1.80, -1.42, -0.82, -0.08, 0.76, 1.68, 2.35, 4.10],
)
"""Expected quantiles of the residuals, in units of their mean absolute value: skewed, as errors of concentrations are."""


class ConformalIntervals:
    r"""Split-conformal quantiles of a prediction, by distance to the nearest visible station.

    On values with known truth, the residuals are divided by a scale, and their empirical quantiles are computed, lower and
    upper ones separately, at :math:`(n + 1)` times the level (Lei et al. 2018, doi 10.1080/01621459.2017.1307116). The
    quantiles of a new prediction are these, times its own scale

    .. math::
        c \, \hat z \, (s / \hat z)^{\alpha} (1 + d)^{\gamma} (1 + t)^{\delta}

    with the prediction :math:`\hat z`, its uncalibrated standard deviation :math:`s`, the distance :math:`d`, and the lead
    time :math:`t` of a forecast in hours. The scale is the mean absolute error of such predictions, from a gamma
    regression of the relative absolute residuals of the same values. It is proportional to the concentrations, so that
    intervals calibrated in one season can be used in another.

    Errors of one station are alike, so that a few stations say little however many hours they have. The exponents are
    therefore shrunk toward expected ones by a ridge penalty (Hoerl & Kennard 1970, doi 10.1080/00401706.1970.10488634), and the
    quantiles of a group toward expected ones, which count as those of eight stations. Of a similar method that is calibrated at
    many stations, such as the kriging at which a network starts, exponents, scale and quantiles are expected, with the weight of
    forty stations.

    Residuals are grouped by :data:`aqnet_pyg.conformal.BINS_KM`; a bin with fewer than ``min_count`` values, or fewer than
    ``min_stations`` stations (errors are correlated within a station), is joined to the next farther one, and the last bin to the
    one before. Quantiles are interpolated between the centers of the groups (in the logarithm of the distance), so that intervals
    are continuous.

    Args:
        min_count: Minimum number of values of a group.
        min_stations: Minimum number of stations in a group.
        expected: Calibrated intervals of a similar method at more stations of the same network.

    Attributes:
        distance_: Centers of the groups, logarithm of 1 + km, shape ``[group]``.
        residual_: Quantiles of the residuals in units of the scale, shape ``[group, level]``.
        scale_: Logarithm of *c*, and the three exponents.
        floor_: Lower limits of the standard deviation and the prediction in the scale.
        stations_: Number of stations; this and the following include those of the expected intervals.
        count_: Number of values.
        range_: Quantiles of the predictions at 0.5 and 99.5 %.
        farthest_: Largest distance in kilometers.
    """

    scale_: tuple[float, ...]
    residual_: np.ndarray

    def __init__(self, min_count: int = 200, min_stations: int = 8, expected: ConformalIntervals | None = None) -> None:
        self.min_count = min_count
        self.min_stations = min_stations
        self.expected = expected

    def fit(
        self,
        value: np.ndarray,
        std: np.ndarray,
        distance_km: np.ndarray,
        truth: np.ndarray,
        lead: np.ndarray | float = 0.0,
        station: np.ndarray | None = None,
    ) -> Self:
        """Calibrate on predictions with known truth.

        Args:
            value: Predictions made without the truth, any shape.
            std: Their standard deviations, of the same shape.
            distance_km: Distances to the nearest visible station, likewise.
            truth: Measurements, likewise; values with NaN in any argument are excluded.
            lead: Lead time of a forecast in hours, likewise; 0 for a reconstruction.
            station: Number of the station, likewise; default one station for each distance.

        Raises:
            InputError: If no value is left.
        """
        known = np.isfinite(value) & np.isfinite(std) & np.isfinite(truth)
        if not known.any():
            raise InputError(
                "truth: no prediction has a measurement, so intervals cannot be calibrated; give other hours."
            )
        parts = np.broadcast_arrays(value, std, distance_km, truth, lead, distance_km if station is None else station)
        value, std, distance_km, truth, lead, station = (np.asarray(part, np.float64)[known] for part in parts)
        self.floor_ = tuple(max(_LEAST * float(np.median(part)), 1e-9) for part in (std, value))
        self.stations_, self.count_ = np.unique(station).size, value.size
        self.range_ = tuple(np.quantile(value, (0.005, 0.995)).tolist())
        self.farthest_ = float(distance_km.max())
        features = np.stack(self._features(value, std, distance_km, lead), axis=1)
        # A gamma distribution has no zeros.
        error = np.maximum(np.abs(truth - value), self.floor_[0]) / np.maximum(value, self.floor_[1])
        exponents = _EXPONENTS if self.expected is None else np.array(self.expected.scale_[1:])
        self.scale_ = _fit_scale(features, error, self.stations_, exponents)
        scale = self._scale(value, std, distance_km, lead)
        residual = (truth - value) / scale
        group = self._groups(distance_km, station)
        members = [group == number for number in np.unique(group)]
        self.distance_ = np.array([np.log1p(distance_km[these]).mean() for these in members])
        found = np.array([np.quantile(residual[these], LEVELS, method="weibull") for these in members])
        weight = np.array([self._weight(np.unique(station[these]).size) for these in members])[:, None]
        if self.expected is None:
            expected = np.array([np.abs(residual[these]).mean() * _EXPECTED for these in members])
        else:
            expected = self.expected.residual_
            found, weight = (_at(self.expected.distance_, self.distance_, part) for part in (found, weight))
            ratio = scale / self.expected._scale(value, std, distance_km, lead)
            self._include(self.expected, float(np.log(ratio).mean()))
        self.residual_ = weight * found + (1 - weight) * expected
        return self

    def quantiles(
        self,
        value: np.ndarray,
        std: np.ndarray,
        distance_km: np.ndarray,
        lead: np.ndarray | float = 0.0,
        levels: Sequence[float] = tuple(LEVELS),
    ) -> np.ndarray:
        """Return quantiles of predictions.

        Args:
            value: Predictions, any shape.
            std: Their standard deviations; these and the others are broadcast to the predictions.
            distance_km: Distances to the nearest visible station.
            lead: Lead time of a forecast in hours.
            levels: Levels of the quantiles, among 0.01, 0.02, ... 0.99.

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
        """Return the probability that the truth is above a threshold.

        Args:
            threshold: Threshold in the units of the predictions.
            value: Predictions, any shape.
            std: Their standard deviations; these and the others are broadcast to the predictions.
            distance_km: Distances to the nearest visible station.
            lead: Lead time of a forecast in hours.

        Returns:
            Probabilities from 0.005 to 0.995, of the shape of the predictions; the limits are those beyond all quantiles. NaN
            where there is no prediction.
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
        """Return the calibration as numbers and lists, for a file."""
        return {
            "scale": list(self.scale_),
            "floor": list(self.floor_),
            "distance": self.distance_.tolist(),
            "residual": self.residual_.tolist(),
            "stations": self.stations_,
            "count": self.count_,
            "range": list(self.range_),
            "farthest": self.farthest_,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Create calibrated intervals from :meth:`state`.

        Args:
            state: Result of :meth:`state`.
        """
        intervals = cls()
        intervals.scale_, intervals.floor_ = tuple(state["scale"]), tuple(state["floor"])
        intervals.distance_, intervals.residual_ = np.array(state["distance"]), np.array(state["residual"])
        intervals.stations_, intervals.count_ = int(state["stations"]), int(state["count"])
        intervals.range_, intervals.farthest_ = tuple(state["range"]), float(state["farthest"])
        return intervals

    def _weight(self, stations: int) -> float:
        """Weight of what was found at a number of stations; the rest is that of what is expected."""
        return stations / (stations + (_EXPECTED_STATIONS if self.expected is None else _SIMILAR_STATIONS))

    def _include(self, expected: ConformalIntervals, log_ratio: float) -> None:
        """Take the groups of expected intervals, shrink the scale toward theirs, and count their stations and values too.

        Args:
            expected: The intervals.
            log_ratio: Mean logarithm of the own scale divided by theirs.
        """
        intercept, *exponents = self.scale_
        self.scale_ = (intercept - (1 - self._weight(self.stations_)) * log_ratio, *exponents)
        self.distance_ = expected.distance_
        # The same stations of the same network.
        self.stations_, self.count_ = max(self.stations_, expected.stations_), max(self.count_, expected.count_)
        self.range_ = min(self.range_[0], expected.range_[0]), max(self.range_[1], expected.range_[1])
        self.farthest_ = max(self.farthest_, expected.farthest_)

    def _groups(self, distance_km: np.ndarray, station: np.ndarray) -> np.ndarray:
        """Return the number of the group of each distance: bins, joined where they have too few values."""
        number = bin_of(distance_km)
        group, start = number.copy(), 0
        for last in range(number.max() + 1):
            inside = (number >= start) & (number <= last)
            if inside.sum() >= self.min_count and np.unique(station[inside]).size >= self.min_stations:
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


def _fit_scale(features: np.ndarray, error: np.ndarray, stations: int, exponents: np.ndarray) -> tuple[float, ...]:
    """Fit the logarithm of *c* and the exponents to relative errors, shape ``[value]``, from features, ``[value, exponent]``."""
    # Imported here: names of bins are used where nothing is fitted.
    from sklearn.linear_model import GammaRegressor

    # In units of the deviations, all exponents are penalized alike; relative to what is expected, toward it.
    columns, expected = features * _DEVIATIONS, np.exp(features @ exponents)
    regression = GammaRegressor(alpha=1 / (_INDEPENDENT * stations), max_iter=1000).fit(
        columns - columns.mean(axis=0), error / expected
    )
    intercept = float(regression.intercept_ - regression.coef_ @ columns.mean(axis=0))
    return (intercept, *(exponents + regression.coef_ * _DEVIATIONS).tolist())


def _at(wanted: np.ndarray, distance: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Interpolate columns, shape ``[group, column]``, to other distances."""
    return np.stack([np.interp(wanted, distance, column) for column in columns.T], axis=1)


def bin_of(distance_km: np.ndarray) -> np.ndarray:
    """Return the bin of each distance in kilometers, 0 to ``len(BINS_KM)``, any shape."""
    return np.searchsorted(BINS_KM, distance_km, side="right")


def bin_names() -> list[str]:
    """Return the names of the bins, such as ``"2-5 km"``."""
    bounds = [0.0, *BINS_KM]
    names = [f"{low:g}-{high:g} km" for low, high in pairwise(bounds)]
    return [*names, f"{bounds[-1]:g}+ km"]
