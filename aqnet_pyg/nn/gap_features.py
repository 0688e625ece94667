"""Features of the hours of gaps: measurements on both sides, neighbors, the background around, and other pollutants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from aqnet_pyg.baselines.coordinates import Coordinates, distance_matrix_km

NEIGHBORHOOD = 36
"""Stations of the neighborhood of a station: itself and the nearest others."""

NEAREST = 4
"""Nearest other stations whose values are features of their own."""

INTERPOLATED_FROM = 6
"""Nearest other stations with a measurement that the inverse-distance mean of an hour is made from."""

POWER = 1.5
"""Exponent of the distance in the inverse-distance mean."""

NEIGHBORHOOD_LAGS = (-12, -6, -3, -1, 0, 1, 3, 6, 12)
"""Hours around a target whose mean of the neighborhood is a feature."""

OWN_LAGS = (-24, -12, -6, -3, -2, -1, 1, 2, 3, 6, 12, 24)
"""Hours around a target whose own value, measured or background, is a feature."""

REACH = max(map(abs, (*NEIGHBORHOOD_LAGS, *OWN_LAGS)))
"""Features of a target do not depend on the background at hours farther from it than this."""

NUM_FEATURES = 2 + 4 + 2 + 2 + 2 + 2 + 8 + len(NEIGHBORHOOD_LAGS) + len(OWN_LAGS) + 3 + 2 * NEAREST + 1
"""Number of features of a target without other pollutants."""

FEATURES_OF_OTHER = 6
"""Number of further features for each other pollutant."""

LEAST_SPREAD = 0.024
"""Lower limit of the spread of the background in the scale, in standard deviations of the pollutant."""

_OFFSET = 0.06
"""Added to values and spreads, in standard deviations of the pollutant, before their logarithm is taken."""

_LONGEST = 200.0
"""Hours to the own measurements before and after a target are limited to this."""

_LARGEST_CHANGE = 1.5
"""Changes of the logarithm of another pollutant are limited to this."""

_LIMIT = 6.0
"""Differences from the background, in units of the scale, are limited to this, so that none extrapolates far."""


class GapInputs(NamedTuple):
    """Inputs of :class:`aqnet_pyg.nn.GapNetwork` at ``M`` targets, in standard deviations of the pollutant.

    Args:
        features: float32, shape ``[M, NUM_FEATURES + FEATURES_OF_OTHER * P]`` with ``P`` other pollutants.
        background: Estimate that the network starts from, shape ``[M]``.
        scale: Unit of the departure from it: the spread of the background plus the root mean square difference between it
            and the values around, shape ``[M]``.
        alone: Whether no station of the neighborhood measured in the hour, bool, shape ``[M]``.
    """

    features: np.ndarray
    background: np.ndarray
    scale: np.ndarray
    alone: np.ndarray


class GapFeatures:
    """Features of the hours of gaps of a network of stations.

    Every feature is made from measurements, and in gaps from the background. Differences are in units of a local scale, so
    that clean and polluted hours look alike. The neighborhood of a station is itself and the nearest others, by the great
    circle and, at equal distances, in the order in which they are given.

    Where the station measured another pollutant in the hour, its logarithm is compared with that at the ends of the gap, and with
    that at the nearest stations: the ratio of two pollutants changes more slowly in time and space than each of them.

    Args:
        coordinates: Longitudes and latitudes of the stations in degrees, each of shape ``[station]``.
        std: Standard deviation of the pollutant, in the units of the values.
        other_std: Standard deviations of the other pollutants, likewise.
    """

    def __init__(self, coordinates: Coordinates, std: float, other_std: Sequence[float] = ()) -> None:
        longitude, latitude = (np.asarray(axis, np.float64) for axis in coordinates)
        self.longitude = np.remainder(longitude, 360.0)
        self.std = std
        self.other_std = tuple(other_std)
        between = np.round(distance_matrix_km((self.longitude, latitude), (self.longitude, latitude)), 6)
        np.fill_diagonal(between, -1.0)  # a station comes first, also where others stand at the same place
        self.neighbors = np.argsort(between, axis=1, kind="stable")[:, :NEIGHBORHOOD]
        self.distance_km = np.maximum(np.take_along_axis(between, self.neighbors, axis=1), 0.0)
        self.place = _local_coordinates(self.longitude, latitude)

    @property
    def number(self) -> int:
        """Number of features of a target."""
        return NUM_FEATURES + FEATURES_OF_OTHER * len(self.other_std)

    def __call__(
        self,
        values: np.ndarray,
        time: np.ndarray,
        background: np.ndarray,
        spread: np.ndarray,
        targets: np.ndarray,
        others: Sequence[np.ndarray] = (),
    ) -> GapInputs:
        """Return the features of some hours of gaps.

        Args:
            values: Measurements, shape ``[time, station]``, NaN in gaps.
            time: Consecutive hours in UTC, ``datetime64``, shape ``[time]``.
            background: Estimates in gaps, of the shape of the values, NaN where there is none.
            spread: Their standard deviations, likewise.
            targets: Whether an hour of a gap is wanted, likewise; the background must not be NaN there.
            others: Measurements of the other pollutants, each of the shape of the values, NaN where missing.

        Returns:
            Inputs in the order of ``np.argwhere(targets)``.
        """
        measured = np.isfinite(values)
        background, spread = background / self.std, np.maximum(spread / self.std, LEAST_SPREAD)
        filled = np.where(measured, values / self.std, background)
        before, after = hours_to_measurements(measured)
        count = int(np.count_nonzero(targets))
        row = np.zeros(targets.shape, np.int64)
        row[targets] = np.arange(count)
        result = GapInputs(
            np.empty((count, self.number), np.float32), background[targets], np.empty(count), np.empty(count, bool)
        )
        utc = time.astype("datetime64[h]").astype(np.int64)
        logarithms = [
            np.log(np.maximum(other, 0.0) / std + _OFFSET) for other, std in zip(others, self.other_std, strict=True)
        ]
        for station in np.flatnonzero(targets.any(axis=0)).tolist():
            hours = np.flatnonzero(targets[:, station])
            near = self.neighbors[station]
            result.alone[row[hours, station]] = ~measured[hours][:, near].any(axis=1)
            features, scale = self._at(
                station,
                hours,
                filled.take(near, axis=1),
                measured.take(near, axis=1),
                spread[hours, station],
                (before[hours, station], after[hours, station]),
                utc[hours],
            )
            gaps = before[hours, station], after[hours, station]
            base = filled[hours, station]
            columns = [
                _of_other(series.take(near, axis=1), self.distance_km[station], hours, gaps, base, scale)
                for series in logarithms
            ]
            result.features[row[hours, station]] = np.concatenate([features, *columns], axis=1)
            result.scale[row[hours, station]] = scale
        return result

    def _at(
        self,
        station: int,
        hours: np.ndarray,
        filled: np.ndarray,
        measured: np.ndarray,
        spread: np.ndarray,
        gaps: tuple[np.ndarray, np.ndarray],
        utc: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Features ``[hour, feature]`` and scale ``[hour]`` of one station; values are those of its neighborhood."""
        own, last = filled[:, 0], len(filled) - 1
        base, (before, after) = own[hours], gaps
        others, nearest_km = _inverse_distance(filled[:, 1:], measured[:, 1:], self.distance_km[station, 1:])
        known = np.isfinite(filled)
        count = known.sum(axis=1)
        with np.errstate(invalid="ignore"):
            mean = np.where(known, filled, 0.0).sum(axis=1) / count
        around = [mean[np.clip(hours + lag, 0, last)] for lag in NEIGHBORHOOD_LAGS]
        around += [own[np.clip(hours + lag, 0, last)] for lag in OWN_LAGS]
        around = [value - base for value in around]
        scale = spread + _root_mean_square(around)

        previous, following = (_shifted(hours, shift, last) for shift in (-before, after))
        own_previous, own_following = _taken(own, previous), _taken(own, following)
        others_previous, others_following = _taken(others, previous), _taken(others, following)
        here, known_here = filled[hours], known[hours]
        differences = [
            own_previous - base,
            own_following - base,
            others[hours] - base,
            others_previous - base,
            others_following - base,
            own_previous - others_previous,
            own_following - others_following,
            _linear(own_previous, own_following, before, after) - base,
            *around,
            np.where(known_here, here, -np.inf).max(axis=1) - base,
            np.where(known_here, here, np.inf).min(axis=1) - base,
            np.sqrt((np.where(known_here, here - mean[hours, None], 0.0) ** 2).sum(axis=1) / count[hours]) - base,
        ]
        is_measured = []
        for number in range(1, NEAREST + 1):
            exists = number < filled.shape[1]
            differences.append(here[:, number] - base if exists else np.zeros(len(hours)))
            is_measured.append(measured[hours, number] if exists else np.zeros(len(hours)))
        share = measured[hours].mean(axis=1)
        angle = 2 * np.pi * np.remainder(utc + self.longitude[station] / 15, 24) / 24
        distance = nearest_km[hours]
        columns = [
            np.log(np.maximum(base, 0.0) + _OFFSET) + 0.4,
            np.log(spread + _OFFSET) + 0.4,
            *(np.log1p(np.minimum(gap, _LONGEST)) for gap in gaps),
            *(np.exp(-gap / 3) for gap in gaps),
            share,
            share == 0,
            np.where(np.isfinite(distance), np.log1p(distance) - 2.5, 2.0),
            ~np.isfinite(distance),
            np.sin(angle),
            np.cos(angle),
            *(np.full(len(hours), axis) for axis in self.place[station]),
            *(np.clip(np.nan_to_num(difference / scale), -_LIMIT, _LIMIT) for difference in differences),
            *is_measured,
            np.log(scale) + 1.9,
        ]
        return np.stack(columns, axis=1), scale


def _of_other(
    nearby: np.ndarray,
    distance_km: np.ndarray,
    hours: np.ndarray,
    gaps: tuple[np.ndarray, np.ndarray],
    base: np.ndarray,
    scale: np.ndarray,
) -> np.ndarray:
    """Features ``[hour, feature]`` from logarithms of another pollutant, ``[time, neighborhood]``; zero where it is missing."""
    series, last = nearby[:, 0], len(nearby) - 1
    previous, following = (_taken(series, _shifted(hours, shift, last)) for shift in (-gaps[0], gaps[1]))
    departure = series - _inverse_distance(nearby[:, 1:], np.isfinite(nearby[:, 1:]), distance_km[1:])[0]
    usual, of_station = (each - _known_mean(each) for each in (series, departure))
    differences = [series[hours] - _linear(previous, following, *gaps), of_station[hours]]
    changes = [np.clip(np.nan_to_num(each), -_LARGEST_CHANGE, _LARGEST_CHANGE) for each in differences]
    proportional = [np.clip(base * np.expm1(each) / scale, -_LIMIT, _LIMIT) for each in changes]
    return np.stack([np.isfinite(series[hours]), np.nan_to_num(usual[hours]), *changes, *proportional], axis=1)


def _known_mean(series: np.ndarray) -> float:
    """Mean of the values that are known, NaN if none is."""
    known = series[np.isfinite(series)]
    return float(known.mean()) if len(known) else np.nan


def hours_to_measurements(measured: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the hours from the own measurement before, and to the one after, each hour of each station.

    Args:
        measured: Whether there is a measurement, shape ``[time, station]``.

    Returns:
        Two float arrays of this shape: 0 where there is a measurement, infinite where there is none before or after.
    """
    hour = np.arange(len(measured), dtype=np.float64)[:, None]
    before = hour - np.maximum.accumulate(np.where(measured, hour, -np.inf), axis=0)
    after = np.minimum.accumulate(np.where(measured, hour, np.inf)[::-1], axis=0)[::-1] - hour
    return before, after


def _inverse_distance(
    values: np.ndarray, measured: np.ndarray, distance_km: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Inverse-distance mean of the nearest measured others, NaN without any, and the distance to the nearest one."""
    if not len(distance_km):
        return np.full(len(values), np.nan), np.full(len(values), np.inf)
    used = measured & (np.cumsum(measured, axis=1) <= INTERPOLATED_FROM)
    weight = used / np.maximum(distance_km, 1.0) ** POWER
    with np.errstate(invalid="ignore"):
        mean = (weight * np.where(used, values, 0.0)).sum(axis=1) / weight.sum(axis=1)
    return mean, np.where(used.any(axis=1), distance_km[used.argmax(axis=1)], np.inf)


def _root_mean_square(differences: list[np.ndarray]) -> np.ndarray:
    """Root mean square of those that are known, zero if none is."""
    squares = np.square(differences)
    known = np.isfinite(squares)
    return np.sqrt(np.where(known, squares, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def _shifted(hours: np.ndarray, shift: np.ndarray, last: int) -> np.ndarray:
    """Positions at a number of hours from others, ``last + 1`` where the shift is infinite."""
    return np.where(np.isfinite(shift), hours + np.nan_to_num(shift, posinf=0.0, neginf=0.0), last + 1).astype(np.int64)


def _taken(series: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Values at positions, NaN beyond the end."""
    return np.append(series, np.nan)[positions]


def _linear(previous: np.ndarray, following: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Linear interpolation in time; the one own measurement where there is only one, NaN where there is none."""
    with np.errstate(invalid="ignore"):
        between = (previous * after + following * before) / (before + after)
    return np.where(np.isfinite(between), between, np.where(np.isfinite(previous), previous, following))


def _local_coordinates(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """East and north of the center of the stations, in units of their root mean square, shape ``[station, 2]``."""
    east, north = np.radians(longitude), np.radians(latitude)
    points = np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
    x, y, z = points.mean(axis=0)
    turned, height = np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))
    axes = np.array(
        [
            [-np.sin(turned), np.cos(turned), 0.0],
            [-np.sin(height) * np.cos(turned), -np.sin(height) * np.sin(turned), np.cos(height)],
        ]
    )
    offset = points @ axes.T
    return offset / np.maximum(np.sqrt(np.square(offset).mean(axis=0)), 1e-9)
