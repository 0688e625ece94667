"""Methods that forecast, behind one interface: the rows of the tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import Coordinates, Interpolator
from aqnet_pyg.baselines.base import coordinates_of
from aqnet_pyg.evaluation.reconstruction_methods import fitted_parameters
from aqnet_pyg.splits import measured_span
from aqnet_pyg.windows import Window


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
        # Stations without measurements in the history are left out of the interpolation: their forecast is climatology.
        measured = np.isfinite(history).any(axis=1)
        measured |= ~measured.any(axis=1, keepdims=True)
        flat = np.where(measured[:, None], visible, np.nan).reshape(-1, visible.shape[-1])
        hidden = self.interpolator.predict(coordinates, flat).reshape(*visible.shape[:2], -1)
        return ForecastAt(visible, hidden)


def _values(data: xr.Dataset, target: str) -> np.ndarray:
    return data[target].transpose("time", "station").values.astype(np.float64)
