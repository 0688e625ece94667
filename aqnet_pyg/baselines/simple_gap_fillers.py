"""Simple estimators of gaps: the last value, a line in time, the mean of the hour of the day, and kriging of the hour."""

from __future__ import annotations

import numpy as np

from aqnet_pyg.baselines.gap_filler import GapFiller
from aqnet_pyg.baselines.kriging import OrdinaryKriging


class LastValue(GapFiller):
    """The last value of the station before the gap, or the next one where there is none; NaN at a station without values."""

    def _fit(self, values: np.ndarray, time: np.ndarray) -> None:
        pass

    def _fill(self, values: np.ndarray, time: np.ndarray) -> np.ndarray:
        known, position = np.isfinite(values), np.arange(len(values))[:, None]
        last = np.maximum.accumulate(np.where(known, position, -1), axis=0)
        return np.take_along_axis(values, np.where(last < 0, np.argmax(known, axis=0), last), axis=0)


class LinearInTime(GapFiller):
    """Linear interpolation between the values of the station on both sides of the gap.

    Before the first value and after the last it is constant; NaN at a station without values.
    """

    def _fit(self, values: np.ndarray, time: np.ndarray) -> None:
        pass

    def _fill(self, values: np.ndarray, time: np.ndarray) -> np.ndarray:
        return linear_in_time(values)


class HourOfDayMean(GapFiller):
    """The mean of the station at this hour of the day (UTC) in the training hours.

    An hour of the day without measurements of the station has the mean of the network at this hour, or the overall mean.

    Attributes:
        mean_: Shape ``[24, station]``.
    """

    def _fit(self, values: np.ndarray, time: np.ndarray) -> None:
        by_hour = [values[_hour_of_day(time) == hour] for hour in range(24)]
        network = np.array([_mean(part.ravel()) for part in by_hour])
        network = np.where(np.isnan(network), np.nanmean(values), network)
        station = np.stack([_mean(part) for part in by_hour])
        self.mean_ = np.where(np.isnan(station), network[:, None], station)

    def _fill(self, values: np.ndarray, time: np.ndarray) -> np.ndarray:
        return self.mean_[_hour_of_day(time)]


class HourlyKriging(GapFiller):
    """Ordinary kriging of each hour from the stations that measured in it, see :class:`OrdinaryKriging`.

    In hours in which no station measured it is linear interpolation in time, as in :class:`LinearInTime`, so that it has an
    estimate wherever others do.

    Attributes:
        kriging_: The kriging, with the range and nugget of the training hours.
    """

    def _fit(self, values: np.ndarray, time: np.ndarray) -> None:
        self.kriging_ = OrdinaryKriging().fit(self.coordinates_, values)

    def _fill(self, values: np.ndarray, time: np.ndarray) -> np.ndarray:
        estimate = self.kriging_.leave_one_out(values)
        return np.where(np.isnan(values).all(axis=1, keepdims=True), linear_in_time(values), estimate)


def linear_in_time(values: np.ndarray) -> np.ndarray:
    """Interpolate each station linearly in time, ``[time, station]``; constant at the ends, NaN without any value."""
    result = np.full(values.shape, np.nan)
    position = np.arange(len(values))
    for station, column in enumerate(values.T):
        known = np.flatnonzero(np.isfinite(column))
        if known.size:
            result[:, station] = np.interp(position, known, column[known])
    return result


def _hour_of_day(time: np.ndarray) -> np.ndarray:
    return time.astype("datetime64[h]").astype(np.int64) % 24


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over the first axis, NaN where there is no value."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.sum(values, axis=0, where=known) / np.where(count > 0, count, np.nan)
