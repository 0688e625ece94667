"""Space-time kriging of each place from stations around it, for networks too large for one system of all stations."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.baselines.coordinates import Coordinates
from aqnet_pyg.baselines.neighborhoods import FEWEST, LocalStations
from aqnet_pyg.stations import EARTH_RADIUS_KM

STATIONS = 24
"""Stations around each place, of which the values at all lags are used."""

_PAIRS = 20_000
"""Place-hours in one step, to limit the memory."""

_ELEMENTS = 5_000_000
"""Elements of the systems of missing values in one step."""


class LocalSpaceTimeSystem(LocalStations):
    """Kriging systems of the first stations around each place at all lags, with one unknown mean.

    The precision matrix is computed once for each place; missing values are predicted from the others, which is the same
    as leaving them out. With fewer than 16 values, the estimate is the mean of all stations over the lags.

    Args:
        coordinates: Longitudes and latitudes of the stations in degrees, each of shape ``[station]``.
        lags: Hours on each side.
        covariance: Range in kilometers, time in hours and nugget, as for :class:`aqnet_pyg.baselines.SpaceTimeKriging`.
        order: The stations around each station, if known.
    """

    def __init__(
        self,
        coordinates: Coordinates,
        lags: int,
        covariance: tuple[float, float, float],
        order: np.ndarray | None = None,
    ) -> None:
        super().__init__(coordinates, order)
        self.lags, self.covariance, self._lag = lags, covariance, np.arange(2 * lags + 1)

    def estimates(
        self, values: np.ndarray, places: Coordinates | None = None, left_out: np.ndarray | None = None
    ) -> np.ndarray:
        """Estimate places, or stations from the other stations.

        Args:
            values: On consecutive hours, ``[time, station]``, NaN where missing.
            places: Longitudes and latitudes in degrees, each of shape ``[place]``; ``None`` for stations.
            left_out: Positions of the stations that are estimated, shape ``[place]``; all by default.

        Returns:
            ``[time, place]``; NaN in hours without a measurement at another station within the lags.
        """
        padded = np.pad(values, ((self.lags, self.lags), (0, 0)), constant_values=np.nan)
        series = np.lib.stride_tricks.sliding_window_view(padded, 2 * self.lags + 1, axis=0).transpose(0, 2, 1)
        return self.middle(series, places, left_out)

    def middle(
        self, series: np.ndarray, places: Coordinates | None = None, left_out: np.ndarray | None = None
    ) -> np.ndarray:
        """Estimate the middle hours of several series of hours; other arguments and result as for :meth:`estimates`.

        Args:
            series: Values at all lags, ``[time, lag, station]``, NaN where missing.
            places: As for :meth:`estimates`.
            left_out: As for :meth:`estimates`.
        """
        points, order, own = self.around(places, left_out)
        near = order[:, :STATIONS]
        measured = np.isfinite(series)
        filled = np.where(measured, series, 0.0)
        estimate = _means(filled, measured, own, len(points))
        for chunk in np.array_split(np.arange(len(points)), -(-len(points) * len(series) // _PAIRS)):
            precision, weights = self._systems(near[chunk], points[chunk])
            use = (measured[:, :, near[chunk]] & (near[chunk] >= 0)).transpose(0, 2, 1, 3)
            use = use.reshape(len(series), len(chunk), -1)
            count = use.sum(axis=2)
            for present in np.unique(count[count >= FEWEST]):
                missing = use.shape[2] - int(present)
                pairs = np.argwhere(count == present)
                for some in np.array_split(pairs, -(-len(pairs) * max(missing, 1) * use.shape[2] // _ELEMENTS)):
                    hour, place = some.T
                    value = filled[hour[:, None, None], self._lag[:, None], near[chunk[place]][:, None]]
                    estimate[hour, chunk[place]] = _estimates(
                        precision, weights, place, value.reshape(len(some), -1), use[hour, place], missing
                    )
        return estimate

    def _systems(self, near: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Precision with an unknown mean, ``[place, n, n]``, and weights, ``[place, n]``, lag by lag."""
        range_km, tau_hours, nugget = self.covariance
        lag = self._lag
        in_time = np.exp(-np.abs(lag[:, None] - lag) / tau_hours)
        at = self._points[near]

        def in_space(offset: np.ndarray) -> np.ndarray:
            return (1 - nugget) * np.exp(-np.linalg.norm(offset, axis=-1) * (EARTH_RADIUS_KM / range_km))

        among = in_space(at[:, :, None] - at[:, None])
        size = len(lag) * near.shape[1]
        matrix = np.einsum("lk,pij->plikj", in_time, among).reshape(len(near), size, size)
        to_place = np.einsum("l,pi->pli", in_time[self.lags], in_space(at - points[:, None])).reshape(len(near), size)
        padding = np.tile(near < 0, len(lag))
        matrix[padding[:, :, None] | padding[:, None]] = 0.0
        to_place[padding] = 0.0
        diagonal = np.arange(size)
        matrix[:, diagonal, diagonal] += nugget + padding
        inverse = np.linalg.inv(matrix)
        ones = np.where(padding, 0.0, np.einsum("pij,pj->pi", inverse, 1.0 - padding))
        total = ones.sum(axis=1, keepdims=True)
        weights = np.einsum("pij,pj->pi", inverse, to_place)
        weights += ones * (1 - weights.sum(axis=1, keepdims=True)) / total
        return inverse - ones[:, :, None] * (ones / total)[:, None], weights


def _means(filled: np.ndarray, measured: np.ndarray, own: np.ndarray | None, places: int) -> np.ndarray:
    """Mean of the values at all lags and stations but the own one, ``[time, place]``."""
    total, count = (part.sum(axis=(1, 2))[:, None] for part in (filled, measured))
    if own is not None:
        total, count = (each - part.sum(axis=1)[:, own] for each, part in ((total, filled), (count, measured)))
    mean = total / np.where(count > 0, count, np.nan)
    return np.array(np.broadcast_to(mean, (len(mean), places)))


def _estimates(
    precision: np.ndarray, weights: np.ndarray, place: np.ndarray, value: np.ndarray, use: np.ndarray, missing: int
) -> np.ndarray:
    """Estimate place-hours that have as many ``missing`` values (padding counts as one), shape ``[pair]``."""
    level = np.sum(value, axis=1, where=use, keepdims=True) / use.sum(axis=1, keepdims=True)
    value = np.where(use, value - level, 0.0)
    estimate = level[:, 0] + np.einsum("bn,bn->b", weights[place], value)
    if missing:
        gaps = np.argsort(use, axis=1, kind="stable")[:, :missing]
        rows = precision[place[:, None], gaps]
        among = np.take_along_axis(rows, gaps[:, None], axis=2)
        solved = np.linalg.solve(among, rows @ value[..., None])[..., 0]
        estimate -= np.sum(np.take_along_axis(weights[place], gaps, axis=1) * solved, axis=1)
    return estimate
