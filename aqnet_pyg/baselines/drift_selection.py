"""Choice of the fields of a drift, and of the prior of their factors, by the leave-one-out error."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from aqnet_pyg.baselines.drift import STRENGTHS, DriftSums
from aqnet_pyg.baselines.kriging import OrdinaryKriging


class DriftTrial(NamedTuple):
    """Factors of some fields in the hours for tuning.

    Args:
        kriging: Kriging with the covariance of the departures.
        sums: Normal equations of the hours.
        apart: Those of the hours without each station.
        errors: Leave-one-out errors of kriging, ``[time, station]``.
        anomalies: The fields minus their leave-one-out estimate, ``[time, station, field]``.
        of_errors: Absolute errors in the units of the measurements, of such errors; NaN where they do not count.
    """

    kriging: OrdinaryKriging
    sums: DriftSums
    apart: DriftSums
    errors: np.ndarray
    anomalies: np.ndarray
    of_errors: Callable[[np.ndarray], np.ndarray]

    @classmethod
    def of(
        cls,
        kriging: OrdinaryKriging,
        values: np.ndarray,
        fields: np.ndarray,
        of_errors: Callable[[np.ndarray], np.ndarray],
    ) -> DriftTrial:
        """Estimate factors with every station left out.

        Args:
            kriging: Kriging with the covariance of the departures, fitted to the stations.
            values: ``[time, station]``, NaN where missing.
            fields: ``[time, station, field]``, NaN where ``values`` are.
            of_errors: As the attribute.
        """
        sums, apart = DriftSums.of_hours(kriging, values, fields), DriftSums.without_each(kriging, values, fields)
        smooth = np.stack([kriging.leave_one_out(field) for field in np.moveaxis(fields, -1, 0)], axis=-1)
        return cls(kriging, sums, apart, values - kriging.leave_one_out(values), fields - smooth, of_errors)

    def strength(self, chosen: np.ndarray) -> float:
        """Return the weight of the prior with the least leave-one-out error, with the fields at some positions."""
        return min(STRENGTHS, key=lambda strength: float(np.nanmean(self._absolute(chosen, strength))))

    def absolute(self, chosen: np.ndarray) -> np.ndarray:
        """Return absolute leave-one-out errors with the fields at some positions, ``[time, station]``."""
        return self._absolute(chosen, self.strength(chosen))

    def _absolute(self, chosen: np.ndarray, strength: float) -> np.ndarray:
        # A station has no part in the factors that its estimate is made with, neither of an hour nor of all hours.
        apart = self.apart.of(chosen)
        factors = apart.factors(strength * self.sums.of(chosen).left.mean(axis=0), apart.pooled())
        return self.of_errors(self.errors - np.sum(factors * self.anomalies[..., chosen], axis=-1))

    def selected(self) -> np.ndarray:
        """Return the positions of the fields that are worth their factor.

        Fields are left out one after another, the least useful first, as long as the mean leave-one-out error of the stations
        rises by no more than its standard error (the rule of one standard error, Breiman et al. 1984, Classification and
        regression trees). One remains.
        """
        chosen = np.arange(self.anomalies.shape[-1])
        while len(chosen) > 1:
            present = self.absolute(chosen)
            gains = [_gain(self.absolute(np.delete(chosen, number)), present) for number in range(len(chosen))]
            least = int(np.argmin(gains))
            if gains[least] > 1:
                break
            chosen = np.delete(chosen, least)
        return chosen


def _gain(without: np.ndarray, present: np.ndarray) -> float:
    """Mean over stations by which errors ``[time, station]`` rise without a field, in units of its standard error."""
    difference = without - present
    known = np.isfinite(difference)
    counts = known.sum(axis=0)
    stations = np.where(known, difference, 0.0).sum(axis=0)[counts > 0] / counts[counts > 0]
    if np.abs(stations).max(initial=0.0) < 1e-9 * np.nanmean(present):  # rounding
        return 0.0
    mean, error = float(np.mean(stations)), float(np.std(stations)) / np.sqrt(max(len(stations) - 1, 1))
    return mean / error if error > 0 else np.copysign(np.inf, mean)
