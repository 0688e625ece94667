"""What every forecaster has in common: its interface, its checks, the climatology, and training windows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.errors import InputError

__all__ = ["Forecaster"]

HOUR = pd.Timedelta(hours=1)


class Forecaster(BaseEstimator, ABC):
    """The next hours of a station from its last hours: one model for all stations, which takes stations it never saw.

    A subclass names its parameters in ``__init__``, which only assigns them; :meth:`_fit` learns, and keeps what it
    learned under names that end in ``_``; :meth:`_predict` forecasts. Both work on *departures*: measurements less the
    network's :attr:`climatology_`, in which the hour of the day and the month are already accounted for. The base class
    checks, and fills with climatology what could not be forecast. A future value has no way in.

    Args:
        history: Hours read.
        horizon: Hours forecast.
        utc_offset: Hours from UTC to local time.

    Attributes:
        climatology_: Mean of all stations by month and hour of the day (local time), shape ``[12, 24]``. A month without
            any measurement has the mean of the hour of the day, an hour without any the mean of all.
    """

    def __init__(self, history: int = 336, horizon: int = 168, utc_offset: float = 8.0) -> None:
        self.history = history
        self.horizon = horizon
        self.utc_offset = utc_offset

    def fit(self, values: np.ndarray, time: pd.DatetimeIndex) -> Self:
        """Learn from the training hours.

        Args:
            values: Measurements, shape ``[time, station]``, NaN where missing.
            time: Their hours (UTC): each, from the first to the last, shape ``[time]``.

        Returns:
            This forecaster.

        Raises:
            InputError: If shapes do not fit, hours are left out, nothing was measured, or there are too few hours.
        """
        for name in ("history", "horizon"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}: {getattr(self, name)} was given; use at least one hour.")
        values, time = np.asarray(values, np.float64), _utc(time, "time")
        if values.ndim != 2 or len(values) != len(time):
            raise InputError(
                f"values: shape {values.shape} was given for {len(time)} hours; use [{len(time)}, station]."
            )
        if (time[1:] - time[:-1] != HOUR).any():
            raise InputError(
                "time: hours are left out, repeated or not in order; give every hour, with NaN where missing."
            )
        _check_finite(values, "values")
        if np.isnan(values).all():
            raise InputError("values: nothing was measured in the training hours; give other hours or stations.")
        self.climatology_ = _climatology(values, time + self.utc_offset * HOUR)
        self._fit(values - self._normal(time)[:, None], time)
        return self

    def predict(self, history: np.ndarray, end: pd.DatetimeIndex) -> np.ndarray:
        """Forecast.

        Args:
            history: The last measurements, shape ``[window, history, station]``, NaN where missing; of any stations.
            end: The last hour (UTC) of each window, shape ``[window]``.

        Returns:
            float64 array of shape ``[window, horizon, station]``, for the hours that follow. Never NaN: where a station
            has nothing in its history, climatology.

        Raises:
            InputError: If shapes do not fit.
        """
        check_is_fitted(self)
        history, end = np.asarray(history, np.float64), _utc(end, "end")
        if history.ndim != 3 or history.shape[:2] != (len(end), self.history):
            raise InputError(
                f"history: shape {history.shape} was given for {len(end)} windows of {self.history} hours; "
                f"use [{len(end)}, {self.history}, station]."
            )
        _check_finite(history, "history")
        past, future = self._around(end)
        departure = history - past[:, :, None]
        return future[:, :, None] + np.nan_to_num(self._predict(departure, end))

    @abstractmethod
    def _fit(self, departure: np.ndarray, time: pd.DatetimeIndex) -> None:
        """Set the attributes that end in ``_``, from ``[time, station]``; all is checked."""

    @abstractmethod
    def _predict(self, departure: np.ndarray, end: pd.DatetimeIndex) -> np.ndarray:
        """``[window, history, station]`` to ``[window, horizon, station]``, NaN for climatology; all is checked."""

    def _normal(self, time: pd.DatetimeIndex) -> np.ndarray:
        """The climatology at given hours (UTC)."""
        local = time + self.utc_offset * HOUR
        return self.climatology_[local.month - 1, local.hour]

    def _around(self, end: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
        """The climatology of the histories, ``[window, history]``, and of what follows, ``[window, horizon]``."""
        hours = np.arange(1 - self.history, self.horizon + 1) * HOUR.to_timedelta64()
        every = pd.DatetimeIndex((end.to_numpy()[:, None] + hours).ravel())
        normal = self._normal(every).reshape(len(end), len(hours))
        return normal[:, : self.history], normal[:, self.history :]

    def _cycles(self, end: pd.DatetimeIndex) -> np.ndarray:
        """Sine and cosine of the local hour of the day and of the day of the year, ``[window, 4]``."""
        local = end + self.utc_offset * HOUR
        turns = np.stack([local.hour / 24, (local.day_of_year - 1) / 365.25], axis=1) * 2 * np.pi
        return np.concatenate([np.sin(turns), np.cos(turns)], axis=1)


class Windows(NamedTuple):
    """Pieces of the training hours of single stations."""

    history: np.ndarray  # [window, history], NaN where missing
    future: np.ndarray  # [window, horizon], NaN where missing
    end: pd.DatetimeIndex  # [window], last hour of each history


def draw_windows(
    departure: np.ndarray, time: pd.DatetimeIndex, history: int, horizon: int, count: int, rng: np.random.Generator
) -> Windows:
    """Windows at random hours and stations, of those with at least half of the history and half of the future measured.

    Args:
        departure: ``[time, station]``, NaN where missing.
        time: ``[time]``.
        history: Hours of the history.
        horizon: Hours of the future.
        count: Number of windows; all are given where there are fewer.
        rng: Draws.

    Raises:
        InputError: If there is no window.
    """
    starts = max(len(departure) - history - horizon + 1, 0)
    measured = np.cumsum(np.vstack([np.zeros(departure.shape[1]), np.isfinite(departure)]), axis=0)
    first, split, last = (measured[at : at + starts] for at in (0, history, history + horizon))
    start, station = np.nonzero((split - first >= history / 2) & (last - split >= horizon / 2))
    if len(start) == 0:
        raise InputError(
            f"values: no station was measured in half of {history} hours and half of the next {horizon}, in {len(departure)} "
            "hours to learn from; give more hours, or a shorter history or horizon."
        )
    if len(start) > count:
        chosen = np.sort(rng.choice(len(start), count, replace=False))
        start, station = start[chosen], station[chosen]
    # A view: only the windows that were drawn are copied.
    every = np.lib.stride_tricks.sliding_window_view(departure, history + horizon, axis=0)
    pieces = every[start, station]
    return Windows(pieces[:, :history], pieces[:, history:], time[start + history - 1])


def fill(departure: np.ndarray) -> np.ndarray:
    """Gaps get the last value before them, and climatology (no departure) before the first; the last axis is time."""
    known = np.isfinite(departure)
    last = np.maximum.accumulate(np.where(known, np.arange(departure.shape[-1]), -1), axis=-1)
    return np.where(last >= 0, np.take_along_axis(departure, np.maximum(last, 0), axis=-1), 0.0)


def last_day(values: np.ndarray) -> np.ndarray:
    """Mean of the last 24 hours, or the last value where these have none; NaN where there is none at all.

    Args:
        values: ``[window, history, station]``, NaN where missing.

    Returns:
        ``[window, station]``.
    """
    known = np.isfinite(values)
    count = known[:, -24:].sum(axis=1)
    mean = np.sum(values[:, -24:], axis=1, where=known[:, -24:]) / np.maximum(count, 1)
    newest = values.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return np.where(count > 0, mean, np.take_along_axis(values, newest[:, None], axis=1)[:, 0])


def _climatology(values: np.ndarray, local: pd.DatetimeIndex) -> np.ndarray:
    known = np.isfinite(values)
    total, count = np.zeros((12, 24)), np.zeros((12, 24))
    at = (local.month - 1, local.hour)
    np.add.at(total, at, np.sum(values, axis=1, where=known))
    np.add.at(count, at, known.sum(axis=1))
    by_hour, hours = total.sum(axis=0), count.sum(axis=0)
    by_hour = np.where(hours > 0, by_hour / np.maximum(hours, 1), total.sum() / count.sum())
    return np.where(count > 0, total / np.maximum(count, 1), by_hour)


def _utc(time: pd.DatetimeIndex, name: str) -> pd.DatetimeIndex:
    """Hours in UTC, without a zone."""
    try:
        time = pd.DatetimeIndex(time)
    except (TypeError, ValueError):
        raise InputError(f"{name}: this is no time; give a pandas.DatetimeIndex in UTC.") from None
    if time.hasnans:
        raise InputError(f"{name}: a time is missing; give the hour of every row.")
    return time if time.tz is None else time.tz_convert("UTC").tz_localize(None)


def _check_finite(values: np.ndarray, name: str) -> None:
    if np.isinf(values).any():
        raise InputError(f"{name}: infinite numbers were given; use NaN where a measurement is missing.")
