"""Interpolators from the nearest stations: the nearest one, the mean of several, inverse-distance weighting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aqnet_pyg.baselines.base import Interpolator, tuning_hours
from aqnet_pyg.baselines.coordinates import Coordinates, distance_matrix_km
from aqnet_pyg.errors import InputError

K_GRID = (4, 8, 12, 16, 24, 32)
POWER_GRID = (1.0, 1.5, 2.0, 3.0)

_CLOSEST_KM = 1e-9
"""Least distance, to avoid division by zero; a target at a station takes its value."""

_CHUNK = 4_000_000
"""Array elements in one step, to limit the memory."""


class Nearest(Interpolator):
    """The value of the nearest station that measured in the hour."""

    def _fit(self, values: np.ndarray) -> None:
        pass

    def _predict(self, coordinates: Coordinates, values: np.ndarray) -> np.ndarray:
        return _weighted_neighbors(coordinates, self.coordinates_, values, [1], 0.0)[0]


class IDW(Interpolator):
    r"""Inverse-distance weighting of the :math:`k` nearest stations that measured in the hour.

    .. math::
        \hat z = \frac{\sum_i d_i^{-p} z_i}{\sum_i d_i^{-p}}

    with great-circle distances :math:`d_i` (Shepard 1968, doi 10.1145/800186.810616).

    Args:
        k: Number of stations; fewer are used where fewer measured. ``None`` chooses among 4, 8, 12, 16, 24 and 32.
        power: The exponent :math:`p`; ``None`` chooses among 1, 1.5, 2 and 3.

    Attributes:
        k_: The number of stations used.
        power_: The exponent used.
        loo_mae_: Leave-one-out mean absolute error at the visible stations, in the units of the values; only if a
            parameter was chosen.
    """

    _k_grid: tuple[int, ...] = K_GRID

    def __init__(self, k: int | None = None, power: float | None = None) -> None:
        self.k = k
        self.power = power

    def _fit(self, values: np.ndarray) -> None:
        if self.k is not None and self.k < 1:
            raise InputError(f"k: {self.k} was given; use at least 1 station.")
        if self.power is not None and self.power < 0:
            raise InputError(f"power: {self.power} was given; use an exponent that is not negative.")
        if self.k is not None and self.power is not None:
            self.k_, self.power_ = self.k, float(self.power)
            return
        values = values[tuning_hours(values, "k and power")]
        # Numbers above that of all other stations are equivalent.
        most = int(np.isfinite(values).sum(axis=1).max()) - 1
        counts = sorted({min(k, most) for k in self._k_grid}) if self.k is None else [self.k]
        powers = POWER_GRID if self.power is None else (float(self.power),)
        errors = {
            (k, power): float(np.nanmean(np.abs(estimate - values)))
            for power in powers
            for k, estimate in zip(
                counts, _weighted_neighbors(None, self.coordinates_, values, counts, power), strict=True
            )
        }
        self.k_, self.power_ = min(errors, key=errors.__getitem__)
        self.loo_mae_ = errors[self.k_, self.power_]

    def _predict(self, coordinates: Coordinates, values: np.ndarray) -> np.ndarray:
        return _weighted_neighbors(coordinates, self.coordinates_, values, [self.k_], self.power_)[0]


class MeanOfK(IDW):
    """The mean of the :math:`k` nearest stations that measured in the hour: inverse distance of power 0.

    Args:
        k: Number of stations; fewer are used where fewer measured. ``None`` chooses among 1, 2, 3, 4, 6, 8, 12, 16, 24
            and 32.

    Attributes:
        k_: The number of stations used.
        loo_mae_: Leave-one-out mean absolute error at the visible stations, in the units of the values; only if ``k``
            was chosen.
    """

    _k_grid = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
    power: float | None = 0.0

    def __init__(self, k: int | None = None) -> None:
        self.k = k


def _weighted_neighbors(
    places: Coordinates | None, stations: Coordinates, values: np.ndarray, counts: Sequence[int], power: float
) -> np.ndarray:
    """Return inverse-distance means of the nearest stations with data, for several numbers of stations at once.

    Args:
        places: Longitudes and latitudes of the targets in degrees; ``None`` for the stations, each left out of its own mean.
        stations: Likewise of the stations.
        values: ``[time, station]``, NaN where missing.
        counts: Numbers of stations.
        power: Exponent of the distance.

    Returns:
        ``[count, time, target]``; NaN where no station has data.
    """
    at = stations if places is None else places
    result = np.full((len(counts), len(values), len(at[0])), np.nan)
    measuring = np.isfinite(values)
    for targets in np.array_split(np.arange(len(at[0])), -(-len(at[0]) * len(stations[0]) // _CHUNK)):
        distances = distance_matrix_km((at[0][targets], at[1][targets]), stations)
        if places is None:
            distances[np.arange(len(targets)), targets] = np.inf
        order = np.argsort(distances, axis=1, kind="stable")
        ordered = np.take_along_axis(distances, order, axis=1)
        weights = np.where(np.isfinite(ordered), np.maximum(ordered, _CLOSEST_KM) ** -power, 0.0)
        for hour, (row, measured) in enumerate(zip(values, measuring, strict=True)):
            # The k-th station with data is among the nearest k + (number without data) stations.
            reach = max(counts) + int((~measured).sum())
            near = order[:, :reach]
            used = measured[near]
            rank = np.cumsum(used, axis=1)
            weight = np.where(used, weights[:, :reach], 0.0)
            product = weight * np.where(used, row[near], 0.0)
            for count, k in enumerate(counts):
                within = rank <= k
                total = np.sum(weight, axis=1, where=within)
                total[total == 0] = np.nan
                result[count, hour, targets] = np.sum(product, axis=1, where=within) / total
    return result
