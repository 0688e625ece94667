"""The interface of forecasters, their input checks, the climatology, and training windows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from aqnet_pyg.errors import InputError

HOUR = pd.Timedelta(hours=1)


class Forecaster(BaseEstimator, ABC):
    """Forecast of the next hours of a station from its last hours: one model for all stations, also those not in training.

    A subclass assigns its parameters in ``__init__``; ``_fit`` stores its results as attributes that end in ``_``;
    ``_predict`` forecasts. Both work on *departures*: measurements minus the
    :attr:`climatology_` of the network by month and hour of the day. The base class checks the input, and replaces missing
    forecasts by climatology. No method takes measurements after the history.

    Args:
        history: Hours of input.
        horizon: Hours to forecast.
        utc_offset: Hours from UTC to local time.

    Attributes:
        climatology_: Mean of all stations by month and hour of the day (local time), shape ``[12, 24]``. A month without
            measurements has the mean of the hour of the day, and an hour without measurements the overall mean.
    """

    def __init__(self, history: int = 336, horizon: int = 168, utc_offset: float = 8.0) -> None:
        self.history = history
        self.horizon = horizon
        self.utc_offset = utc_offset

    def fit(self, values: np.ndarray, time: pd.DatetimeIndex) -> Self:
        """Fit to the training hours.

        Args:
            values: Measurements, shape ``[time, station]``, NaN where missing.
            time: Their hours (UTC), consecutive, shape ``[time]``.

        Returns:
            This forecaster.

        Raises:
            InputError: If shapes are invalid, hours are not consecutive, there is no measurement, or there are too few hours.
        """
        for name in ("history", "horizon"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}: {getattr(self, name)} was given; use at least 1 hour.")
        values, time = np.asarray(values, np.float64), _utc(time, "time")
        if values.ndim != 2 or len(values) != len(time):
            raise InputError(
                f"values: shape {values.shape} was given for {len(time)} hours; use [{len(time)}, station]."
            )
        if (time[1:] - time[:-1] != HOUR).any():
            raise InputError(
                "time: hours are missing, repeated or not in order; give every hour, with NaN where missing."
            )
        _check_finite(values, "values")
        if np.isnan(values).all():
            raise InputError("values: there is no measurement in the training hours; give other hours or stations.")
        self.climatology_ = _climatology(values, time + self.utc_offset * HOUR)
        self._fit(values - self._normal(time)[:, None], time)
        return self

    def predict(self, history: np.ndarray, end: pd.DatetimeIndex) -> np.ndarray:
        """Forecast the hours after each history.

        Args:
            history: The last measurements of any stations, shape ``[window, history, station]``, NaN where missing.
            end: The last hour (UTC) of each window, shape ``[window]``.

        Returns:
            float64 array of shape ``[window, horizon, station]``. Never NaN: the climatology where a station has no
            measurement in its history.

        Raises:
            InputError: If shapes are invalid.
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

    def state(self) -> dict[str, Any]:
        """Parameters and fitted attributes as numbers and lists; of neural networks as tensors."""
        fitted = {name: value for name, value in vars(self).items() if name.endswith("_")}
        lists = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in fitted.items()}
        return {"parameters": self.get_params(), "fitted": lists}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.
        """
        forecaster = cls(**state["parameters"])
        for name, value in state["fitted"].items():
            setattr(forecaster, name, np.array(value, np.float64) if isinstance(value, list) else value)
        return forecaster

    @abstractmethod
    def _fit(self, departure: np.ndarray, time: pd.DatetimeIndex) -> None:
        """Set the attributes that end in ``_``, from ``[time, station]``; the input is checked."""

    @abstractmethod
    def _predict(self, departure: np.ndarray, end: pd.DatetimeIndex) -> np.ndarray:
        """Return ``[window, horizon, station]`` from ``[window, history, station]``, NaN for climatology; input is checked."""

    def _normal(self, time: pd.DatetimeIndex) -> np.ndarray:
        """Return the climatology at given hours (UTC)."""
        local = time + self.utc_offset * HOUR
        return self.climatology_[local.month - 1, local.hour]

    def _around(self, end: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
        """Return the climatology of the histories, ``[window, history]``, and of the horizons, ``[window, horizon]``."""
        hours = np.arange(1 - self.history, self.horizon + 1) * HOUR.to_timedelta64()
        every = pd.DatetimeIndex((end.to_numpy()[:, None] + hours).ravel())
        normal = self._normal(every).reshape(len(end), len(hours))
        return normal[:, : self.history], normal[:, self.history :]

    def _cycles(self, end: pd.DatetimeIndex) -> np.ndarray:
        """Return sine and cosine of the local hour of the day and of the day of the year, ``[window, 4]``."""
        local = end + self.utc_offset * HOUR
        turns = np.stack([local.hour / 24, (local.day_of_year - 1) / 365.25], axis=1) * 2 * np.pi
        return np.concatenate([np.sin(turns), np.cos(turns)], axis=1)


class Windows(NamedTuple):
    """Histories and futures of single stations in the training hours.

    Args:
        history: Shape ``[window, history]``, NaN where missing.
        future: Shape ``[window, horizon]``, NaN where missing.
        end: Last hour of each history, shape ``[window]``.
    """

    history: np.ndarray
    future: np.ndarray
    end: pd.DatetimeIndex


def draw_windows(
    departure: np.ndarray, time: pd.DatetimeIndex, history: int, horizon: int, count: int, rng: np.random.Generator
) -> Windows:
    """Draw windows at random, among those with at least half of the history and half of the future measured.

    Args:
        departure: ``[time, station]``, NaN where missing.
        time: ``[time]``.
        history: Hours of the history.
        horizon: Hours of the future.
        count: Number of windows; all if there are fewer.
        rng: Random generator.

    Raises:
        InputError: If there is no such window.
    """
    starts = max(len(departure) - history - horizon + 1, 0)
    measured = np.cumsum(np.vstack([np.zeros(departure.shape[1]), np.isfinite(departure)]), axis=0)
    first, split, last = (measured[at : at + starts] for at in (0, history, history + horizon))
    start, station = np.nonzero((split - first >= history / 2) & (last - split >= horizon / 2))
    if len(start) == 0:
        raise InputError(
            f"values: no station has measurements in half of {history} hours and half of the next {horizon}, in {len(departure)} "
            "training hours; give more hours, or a shorter history or horizon."
        )
    if len(start) > count:
        chosen = np.sort(rng.choice(len(start), count, replace=False))
        start, station = start[chosen], station[chosen]
    # A view: only the drawn windows are copied.
    every = np.lib.stride_tricks.sliding_window_view(departure, history + horizon, axis=0)
    pieces = every[start, station]
    return Windows(pieces[:, :history], pieces[:, history:], time[start + history - 1])


def fill(departure: np.ndarray) -> np.ndarray:
    """Fill gaps with the last value before them, or with 0 (climatology) before the first: ``[..., time]``."""
    known = np.isfinite(departure)
    last = np.maximum.accumulate(np.where(known, np.arange(departure.shape[-1]), -1), axis=-1)
    return np.where(last >= 0, np.take_along_axis(departure, np.maximum(last, 0), axis=-1), 0.0)


def last_day(values: np.ndarray) -> np.ndarray:
    """Return the mean of the last 24 hours, or the last value if these have none; NaN if there is no value.

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
    """Return hours in UTC, without a zone."""
    try:
        time = pd.DatetimeIndex(time)
    except (TypeError, ValueError):
        raise InputError(f"{name}: the values are not times; give a pandas.DatetimeIndex in UTC.") from None
    if time.hasnans:
        raise InputError(f"{name}: some times are missing; give the hour of every row.")
    return time if time.tz is None else time.tz_convert("UTC").tz_localize(None)


def _check_finite(values: np.ndarray, name: str) -> None:
    if np.isinf(values).any():
        raise InputError(f"{name}: infinite numbers were given; use NaN where a measurement is missing.")
