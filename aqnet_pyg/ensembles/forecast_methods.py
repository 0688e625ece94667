"""Forecasts behind one interface, and the protocols that score them at visible and at hidden stations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import Coordinates, Interpolator, OrdinaryKriging
from aqnet_pyg.baselines.base import coordinates_of
from aqnet_pyg.ensembles.reconstruction_methods import fitted_parameters
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.case import Case
from aqnet_pyg.resolver import find
from aqnet_pyg.splits import measured_span
from aqnet_pyg.windows import Window

__all__ = ["FORECASTERS", "Forecast", "ForecastAt", "ForecastCase", "InterpolatedForecast", "classical_forecast"]


LONG = Window(336, horizon=168)
"""Two weeks in, a week out."""


@dataclass(frozen=True)
class ForecastCase(Case):
    """A case whose test is forecasts, issued at fixed local hours of the test hours.

    A window, history and horizon, lies in the test hours as a whole, so that none straddles the parts.

    Args:
        window: Hours of history and horizon.
        issue_hours: Local hours of the day at which a forecast is issued: the last hour of the history ends then.
        known: Further variables whose values over the horizon a method may look at, at visible stations.
    """

    window: Window = LONG
    issue_hours: tuple[int, ...] = (0,)
    known: tuple[str, ...] = ()

    @property
    def issues(self) -> np.ndarray:
        """Positions on the time axis of the last hour of each history, shape ``[window]``."""
        time = self.data.indexes["time"]
        hour = time.tz_localize("UTC").tz_convert(self.data.attrs["time_zone"]).hour
        within = np.cumsum(np.concatenate([[0], self.test]))
        positions = np.flatnonzero(np.isin(hour, self.issue_hours))
        first, last = positions - self.window.history + 1, positions + self.window.horizon
        positions = positions[(first >= 0) & (last < len(time))]
        first, last = positions - self.window.history + 1, positions + self.window.horizon
        issues = positions[within[last + 1] - within[first] == self.window.length]
        if not issues.size:
            raise InputError(
                f"test: no window of {self.window.history} + {self.window.horizon} hours lies in its {self.test.sum()} hours; "
                "choose a longer test."
            )
        return issues

    def windows(self) -> list[xr.Dataset]:
        """Visible stations, history and horizon of each issue; over the horizon all but what is known is NaN."""
        measured = self.measured()
        past = xr.DataArray(np.arange(self.window.length) < self.window.history, dims="time")
        windows = []
        for issue in self.issues:
            first = issue - self.window.history + 1
            whole = measured.isel(time=slice(first, first + self.window.length))
            windows.append(whole.where(past).assign({name: whole[name] for name in self.known}))
        return windows

    def future(self, stations: Sequence[str]) -> np.ndarray:
        """What was measured over the horizons, ``[issue, lead, station]``."""
        values = self.data[self.target].sel(station=list(stations)).transpose("time", "station").values
        return values[self.issues[:, None] + 1 + np.arange(self.window.horizon)]


class ForecastAt(NamedTuple):
    """Forecasts, each of shape ``[issue, lead, station]``.

    Args:
        visible: At the visible stations, in the order of the windows.
        hidden: At the targets.
    """

    visible: np.ndarray
    hidden: np.ndarray


class Forecast(ABC):
    """Forecasts a pollutant at stations from their histories, and at places without any.

    Attributes:
        stochastic: Whether the seed changes anything.
        chosen: The selected hyper-parameters, by name.
    """

    stochastic = False

    def __init__(self) -> None:
        self.chosen: dict[str, Any] = {}

    @abstractmethod
    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, window: Window, seed: int) -> Self:
        """Learn.

        Args:
            training: Visible stations; hours outside the training are NaN.
            validation: Visible stations; hours outside the validation are NaN.
            target: The pollutant to predict.
            window: Hours of history and horizon.
            seed: Of everything random.
        """

    @abstractmethod
    def predict(self, windows: Sequence[xr.Dataset], coordinates: Coordinates) -> ForecastAt:
        """Forecast.

        Args:
            windows: As :meth:`ForecastCase.windows` gives them.
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
        """


class InterpolatedForecast(Forecast):
    """A forecaster of single stations; at targets, its forecasts are interpolated.

    Args:
        forecaster: Its class: made from ``history``, ``horizon`` and ``utc_offset``, and a ``seed`` where it takes one.
        interpolator: Tuned on the measurements of the training hours.
    """

    def __init__(self, forecaster: type, interpolator: Interpolator) -> None:
        super().__init__()
        self.kind, self.interpolator = forecaster, interpolator
        self.stochastic = "seed" in forecaster._get_param_names()

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, window: Window, seed: int) -> Self:
        """Fit both to the training hours."""
        self.target, self.window = target, window
        # Forecasters that keep their last hours apart would find nothing in them.
        training = measured_span(training, target)
        values, time = _values(training, target), training.indexes["time"]
        seeded = {"seed": seed} if self.stochastic else {}
        offset = time[0].tz_localize("UTC").tz_convert(training.attrs["time_zone"]).utcoffset().total_seconds() / 3600
        self.forecaster = self.kind(history=window.history, horizon=window.horizon, utc_offset=offset, **seeded)
        self.forecaster.fit(values, time)
        self.interpolator.fit(coordinates_of(training), values)
        self.chosen = fitted_parameters(self.forecaster) | {
            f"interpolator_{name}": value for name, value in fitted_parameters(self.interpolator).items()
        }
        return self

    def predict(self, windows: Sequence[xr.Dataset], coordinates: Coordinates) -> ForecastAt:
        """Forecast each station from its own history, then interpolate lead by lead."""
        past = slice(0, self.window.history)
        history = np.stack([_values(window.isel(time=past), self.target) for window in windows])
        end = pd.DatetimeIndex([window.indexes["time"][self.window.history - 1] for window in windows])
        visible = self.forecaster.predict(history, end)
        # Stations that were silent all along are left out of the interpolation: what is said for them is climatology.
        heard = np.isfinite(history).any(axis=1)
        heard |= ~heard.any(axis=1, keepdims=True)
        flat = np.where(heard[:, None], visible, np.nan).reshape(-1, visible.shape[-1])
        hidden = self.interpolator.predict(coordinates, flat).reshape(*visible.shape[:2], -1)
        return ForecastAt(visible, hidden)


FORECASTERS: dict[str, str] = {
    "persistence": "persistence:Persistence",
    "climatology": "persistence:Climatology",
    "damped-persistence": "persistence:DampedPersistence",
    "linear": "linear:LinearLags",
    "lstm": "deep:LSTMForecaster",
    "patchtst": "patchtst:PatchTSTForecaster",
}
"""Rows of the forecast tables that know single stations: where they are in :mod:`aqnet_pyg.baselines`. Some load torch, and
PatchTST more."""


def classical_forecast(name: str) -> InterpolatedForecast:
    """The row of that name (or of the path of a class), not fitted; at targets interpolated by tuned ordinary kriging."""
    path = f"aqnet_pyg.baselines.{FORECASTERS[name]}" if name in FORECASTERS else name
    return InterpolatedForecast(find(path, "models"), OrdinaryKriging())


def _values(data: xr.Dataset, target: str) -> np.ndarray:
    return data[target].transpose("time", "station").values.astype(np.float64)
