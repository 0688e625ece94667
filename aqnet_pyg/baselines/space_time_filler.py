"""Gaps of stations by kriging in space and time, from the station's own hours and those of its neighbors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.baselines.coordinates import Coordinates, distance_matrix_km
from aqnet_pyg.baselines.gap_filler import Estimate, GapFiller, station_order
from aqnet_pyg.baselines.space_time_covariance import START, covariance_table
from aqnet_pyg.errors import InputError
from aqnet_pyg.gap_masks import copied_gaps, network_outages

NEAREST = 64
"""Number of stations, besides its own, that an estimate may use."""

TARGETS = 1500
"""Number of masked values on which the covariance is chosen."""

TARGET_STATIONS = 36
"""Largest number of stations from which they are drawn."""

SWEEPS = 8
"""Number of passes over all parameters in the search."""

SHORTEST_STEP = 0.05
"""The search ends when no step, in the logarithm of a parameter, is longer."""

PENALTY = 0.02
"""Fraction by which the criterion grows with each unit of squared distance, in logarithms, from the starting parameters.

Without it the search follows the masked hours of a record into parameters that fail in other months."""

OUTAGE_EVERY = 100.0
"""Mean number of hours for each outage of all stations in the masks of the search."""

RMSE_WEIGHT = 0.15
"""Weight of the root-mean-square error that the search adds to the mean absolute error."""

_ORDER_KM, _ORDER_HOURS, _ORDER_OTHER = 60.0, 10.0, 0.35
"""Kilometers and hours that count the same in the order of station-hours, and what another station counts."""

_STEP = 256
"""Number of candidates that are examined at once."""

_CHUNK = 256
"""Number of systems that are solved at once, so that their matrices fit in the cache."""


class SpaceTimeFiller(GapFiller):
    r"""Simple kriging in space and time of :math:`z = \log(y + c)`, from the measured station-hours next to a gap.

    The nearest measured station-hours come first in an order of distance and lag, :math:`d / 60 + |h| / 10`, plus 0.35 for
    another station; the station's own hours on both sides of the gap are among them. The mean is that of the
    training hours, and the covariance :func:`aqnet_pyg.baselines.covariance_table`. An estimate is the median,
    :math:`e^{\hat z} - c`, not below zero; simple kriging and its variance as in Chilès and Delfiner (2012,
    doi 10.1002/9781118136188, chapter 3).

    The covariance is chosen by a coordinate search for the least error at values that are masked with gaps copied from other
    days and outages of all stations, with a penalty on the distance from parameters that suit urban networks; the standard
    deviation is scaled to the errors. Nothing is estimated where no station near measured within ``max_lag`` hours.

    Args:
        neighbors: Number of station-hours that an estimate uses.
        max_lag: Largest lag in hours.
        shift: The constant *c* in the units of the values; default twice their mean.

    Attributes:
        shift_: The constant used.
        mean_: Mean of *z*.
        parameters_: Logarithms of the parameters of the covariance, as for :func:`aqnet_pyg.baselines.covariance_table`.
        scale_: Factor of the standard deviation.
        masked_mae_: Mean absolute error at the masked values, in the units of the values.
    """

    def __init__(self, neighbors: int = 48, max_lag: int = 72, shift: float | None = None) -> None:
        self.neighbors = neighbors
        self.max_lag = max_lag
        self.shift = shift

    def estimate(self, values: np.ndarray, time: np.ndarray, hours: np.ndarray | None = None) -> Estimate:
        """Estimate missing hours of every station, with a standard deviation.

        Args:
            values: As for :meth:`fill`.
            time: As for :meth:`fill`.
            hours: Hours to estimate, bool, shape ``[time]``; gaps in other hours stay NaN. Default: all.
        """
        check_is_fitted(self)
        values, time = self._checked(values, time)
        return self._estimate(values, np.ones(len(values), bool) if hours is None else hours)

    def state(self) -> dict[str, Any]:
        """Parameters and fitted attributes as numbers and lists."""
        fitted = {name: value for name, value in vars(self).items() if name.endswith("_")}
        lists = {name: np.asarray(value).tolist() for name, value in fitted.items()}
        return {"parameters": self.get_params(), "fitted": lists}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.
        """
        filler = cls(**state["parameters"])
        for name, value in state["fitted"].items():
            setattr(filler, name, np.array(value, np.float64) if isinstance(value, list) else value)
        longitude, latitude = filler.coordinates_
        filler.coordinates_ = longitude, latitude
        return filler

    def _fit(self, values: np.ndarray, time: np.ndarray) -> None:
        for name in ("neighbors", "max_lag"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}: {getattr(self, name)} was given; use at least 1.")
        longitude, latitude = self.coordinates_
        # In an order that does not depend on that of the stations, so that neither does the draw of targets.
        order = station_order(self.coordinates_)
        values, coordinates = values[:, order], (longitude[order], latitude[order])
        mean = float(np.nanmean(values))
        self.shift_ = float(self.shift) if self.shift is not None else 2 * mean if mean > 0 else 1.0
        logarithm = self._logarithm(values)
        self.mean_ = float(np.nanmean(logarithm))
        self._choose(_masked_samples(coordinates, values, logarithm - self.mean_, self.max_lag, self.neighbors))

    def _choose(self, samples: list[_Sample]) -> None:
        """Set the parameters of the covariance with the least error at masked values."""
        self.parameters_, self.scale_ = START.copy(), 1.0
        if not samples:
            return
        truth = np.concatenate([sample.truth for sample in samples])

        def estimates(parameters: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
            for sample in samples:
                yield self._restore(
                    *sample.systems.solve(covariance_table(parameters, sample.distance, 2 * self.max_lag))
                )

        def loss(parameters: np.ndarray) -> float:
            error = np.concatenate([value for value, _ in estimates(parameters)]) - truth
            criterion = np.abs(error).mean() + RMSE_WEIGHT * np.sqrt(np.square(error).mean())
            return float(criterion * (1 + PENALTY * np.square(parameters - START).sum()))

        self.parameters_ = coordinate_search(loss, START, SWEEPS)
        value, spread = (np.concatenate(part) for part in zip(*estimates(self.parameters_), strict=True))
        self.masked_mae_ = float(np.abs(value - truth).mean())
        self.scale_ = float(np.sqrt(np.mean(np.square((value - truth) / spread)))) or 1.0

    def _fill(self, values: np.ndarray, time: np.ndarray) -> np.ndarray:
        return self._estimate(values, np.ones(len(values), bool)).value

    def _estimate(self, values: np.ndarray, chosen: np.ndarray) -> Estimate:
        missing = np.isnan(values)
        anomaly = self._logarithm(values) - self.mean_
        value, spread = values.copy(), np.where(missing, np.nan, 0.0)
        missing &= chosen[:, None]
        for station in np.flatnonzero(missing.any(axis=0)):
            hours = np.flatnonzero(missing[:, station])
            around = _neighborhood(self.coordinates_, int(station), self.max_lag)
            systems = around.systems(anomaly, hours, self.neighbors)
            table = covariance_table(self.parameters_, around.distance, 2 * self.max_lag)
            value[hours, station], spread[hours, station] = self._restore(*systems.solve(table))
        return Estimate(value, spread)

    def _logarithm(self, values: np.ndarray) -> np.ndarray:
        lowest = np.nanmin(values, initial=0.0)
        if lowest <= -self.shift_:
            raise InputError(
                f"values: {lowest:g} was given, and the logarithm is taken after adding {self.shift_:g}; give a larger shift."
            )
        return np.log(values + self.shift_)

    def _restore(self, anomaly: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return values and standard deviations in the units of the values."""
        level = np.exp(anomaly + self.mean_)
        return np.maximum(level - self.shift_, 0.0), self.scale_ * np.sqrt(variance) * level


class _Systems(NamedTuple):
    """The kriging systems of some hours of a station.

    Args:
        rank: Stations of the station-hours that are used, as positions in the neighborhood, ``[hour, neighbor]``.
        lag: Their hours after that of the estimate, ``[hour, neighbor]``.
        anomaly: Their logarithms, less the mean, ``[hour, neighbor]``; 0 where there are fewer.
        used: Whether there is a station-hour, ``[hour, neighbor]``.
    """

    rank: np.ndarray
    lag: np.ndarray
    anomaly: np.ndarray
    used: np.ndarray

    def solve(self, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return estimates and variances, ``[hour]``; NaN where nothing was measured.

        Args:
            table: Covariances, ``[station, station, lag]``.
        """
        estimate, variance = np.full((2, len(self.rank)), np.nan)
        stations, _, lags = table.shape
        flat = table.ravel()
        diagonal = np.arange(self.rank.shape[1])
        for start in range(0, len(self.rank), _CHUNK):
            part = slice(start, start + _CHUNK)
            rank, lag, used = self.rank[part], self.lag[part], self.used[part]
            matrix = flat[
                (rank * (stations * lags))[:, :, None]
                + (rank * lags)[:, None, :]
                + np.abs(lag[:, :, None] - lag[:, None, :])
            ]
            covariance = flat[rank * lags + np.abs(lag)]
            if not used.all():
                matrix[~(used[:, :, None] & used[:, None, :])] = 0.0
                matrix[:, diagonal, diagonal] += ~used
                covariance[~used] = 0.0
            weights = np.linalg.solve(matrix, covariance[:, :, None])[:, :, 0]
            some = used.any(axis=1)
            estimate[part] = np.where(some, np.sum(weights * self.anomaly[part], axis=1), np.nan)
            explained = np.sum(weights * covariance, axis=1)
            variance[part] = np.where(some, np.maximum(flat[0] - explained, 1e-6 * flat[0]), np.nan)
        return estimate, variance


class _Neighborhood(NamedTuple):
    """A station and those next to it, and the station-hours around one of its hours in the order in which they are used.

    Args:
        stations: Positions of the stations, the station itself first, ``[near]``.
        distance: Kilometers between them, ``[near, near]``.
        rank: Positions in ``stations`` of the station-hours, ``[candidate]``.
        lag: Their hours after the hour, ``[candidate]``.
        max_lag: The largest lag.
    """

    stations: np.ndarray
    distance: np.ndarray
    rank: np.ndarray
    lag: np.ndarray
    max_lag: int

    def systems(self, anomaly: np.ndarray, hours: np.ndarray, count: int) -> _Systems:
        """Take the first station-hours that measured.

        Args:
            anomaly: Logarithms less their mean, ``[time, station]``, NaN where missing.
            hours: Positions of the hours to estimate, ``[hour]``.
            count: Number of station-hours for each.
        """
        padded = np.pad(
            anomaly[:, self.stations], ((self.max_lag, self.max_lag), (0, 0)), constant_values=np.nan
        ).ravel()
        measured = np.isfinite(padded)
        offset = (self.lag + self.max_lag) * len(self.stations) + self.rank
        first = hours * len(self.stations)
        candidate = np.full((len(hours), count), -1)
        number = np.zeros(len(hours), np.int64)
        active = np.arange(len(hours))
        for start in range(0, len(offset), _STEP):
            there = measured[first[active, None] + offset[start : start + _STEP]]
            position = number[active, None] + np.cumsum(there, axis=1) - 1
            row, column = np.nonzero(there & (position < count))
            candidate[active[row], position[row, column]] = start + column
            number[active] += there.sum(axis=1)
            active = active[number[active] < count]
            if not active.size:
                break
        used = candidate >= 0
        found = np.where(used, padded[first[:, None] + offset[candidate]], 0.0)
        return _Systems(self.rank[candidate], self.lag[candidate], found, used)


class _Sample(NamedTuple):
    """Masked values of a station: their systems, the distances of its neighborhood, and the truth, ``[hour]``."""

    systems: _Systems
    distance: np.ndarray
    truth: np.ndarray


def coordinate_search(
    loss: Callable[[np.ndarray], float], start: np.ndarray, sweeps: int, step: float = 0.7
) -> np.ndarray:
    """Minimize a function by steps along one coordinate at a time.

    A step that lowers the function grows by a fifth; others turn around, and shrink to three fifths where neither way is down.
    The search ends when all steps are short.

    Args:
        loss: Function of an array of the shape of ``start``.
        start: Where to begin, shape ``[coordinate]``.
        sweeps: Largest number of passes over all coordinates.
        step: First step.

    Returns:
        The coordinates of the least value found, shape ``[coordinate]``.
    """
    best, least = start.copy(), loss(start)
    steps = np.full(len(start), step)
    for _ in range(sweeps):
        for coordinate in range(len(start)):
            for _ in range(2):
                trial = best.copy()
                trial[coordinate] += steps[coordinate]
                value = loss(trial)
                if value < least:
                    best, least = trial, value
                    steps[coordinate] *= 1.2
                    break
                steps[coordinate] *= -1
            else:
                steps[coordinate] *= 0.6
        if np.abs(steps).max() < SHORTEST_STEP:
            break
    return best


def _neighborhood(coordinates: Coordinates, station: int, max_lag: int) -> _Neighborhood:
    """Find the nearest stations, and order the station-hours around an hour."""
    longitude, latitude = coordinates
    distance = _kilometers((longitude[[station]], latitude[[station]]), coordinates)[0]
    distance[station] = -1.0  # before others at the same coordinates
    stations = np.argsort(distance, kind="stable")[: NEAREST + 1]
    places = longitude[stations], latitude[stations]
    between = _kilometers(places, places)
    lag = np.arange(-max_lag, max_lag + 1)
    measure = between[0] / _ORDER_KM + np.where(stations == station, 0.0, _ORDER_OTHER)
    order = np.argsort((measure[:, None] + np.abs(lag) / _ORDER_HOURS).ravel(), kind="stable")
    return _Neighborhood(stations, between, order // len(lag), lag[order % len(lag)], max_lag)


def _kilometers(coordinates: Coordinates, others: Coordinates) -> np.ndarray:
    """Return distances to the millimeter, so that full turns of the longitude change none, ``[n, m]``."""
    return np.round(distance_matrix_km(coordinates, others), 6)


def _masked_samples(
    coordinates: Coordinates, values: np.ndarray, anomaly: np.ndarray, max_lag: int, count: int
) -> list[_Sample]:
    """Mask measurements with copied gaps, and return the systems of some of them."""
    rng = np.random.default_rng(0)
    missing = np.isnan(values)
    mask = copied_gaps(missing, rng) | network_outages(missing, rng, every=OUTAGE_EVERY)
    if mask.sum() < TARGETS // 5:  # an almost complete record
        mask |= np.hstack([network_outages(column[:, None], rng, every=50, longest=48) for column in missing.T])
    stations = np.flatnonzero(mask.any(axis=0))
    stations = np.sort(rng.permutation(stations)[:TARGET_STATIONS])
    hour, column = np.nonzero(mask[:, stations])
    chosen = np.sort(rng.permutation(len(hour))[:TARGETS])
    hour, station = hour[chosen], stations[column[chosen]]
    visible = np.where(mask, np.nan, anomaly)
    samples = []
    for one in np.unique(station):
        around, hours = _neighborhood(coordinates, int(one), max_lag), hour[station == one]
        systems = around.systems(visible, hours, count)
        some = systems.used.any(axis=1)
        if some.any():
            kept = _Systems(*(part[some] for part in systems))
            samples.append(_Sample(kept, around.distance, values[hours[some], one]))
    return samples
