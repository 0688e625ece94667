"""Interface of the forecast methods, and forecasters of single stations as rows of the tables."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import Coordinates, Interpolator
from aqnet_pyg.baselines.coordinates import coordinates_of, values_of
from aqnet_pyg.ensembles.station_forecasters import fit_forecaster, forecast_stations
from aqnet_pyg.evaluation.method import Method, fitted_parameters
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


class Forecast(Method, ABC):
    """A method that forecasts a pollutant at visible stations and at targets without measurements."""

    @abstractmethod
    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, window: Window, seed: int) -> Self:
        """Fit the method.

        Args:
            training: Visible stations; hours outside the training are NaN.
            validation: Visible stations; hours outside the validation are NaN.
            target: The pollutant to predict.
            window: Hours of history and horizon.
            seed: Random seed.
        """

    @abstractmethod
    def predict(self, windows: Sequence[xr.Dataset], coordinates: Coordinates) -> ForecastAt:
        """Forecast from each window.

        Args:
            windows: The windows of :meth:`aqnet_pyg.evaluation.ForecastCase.windows`.
            coordinates: Longitudes and latitudes of the targets in degrees, each of shape ``[target]``.
        """


class InterpolatedForecast(Forecast):
    """A forecaster of single stations, whose forecasts are interpolated to the targets.

    Args:
        forecaster: Class of the forecaster; its arguments are ``history``, ``horizon``, ``utc_offset`` and, if it is random,
            ``seed``.
        interpolator: Interpolator, tuned on the measurements of the training hours.
    """

    def __init__(self, forecaster: Callable[..., Any], interpolator: Interpolator) -> None:
        super().__init__()
        self.forecaster_class, self.interpolator = forecaster, interpolator
        self.stochastic = "seed" in inspect.signature(forecaster).parameters

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, window: Window, seed: int) -> Self:
        """Fit both to the training hours."""
        self.target, self.window = target, window
        # Without the empty hours at the ends, which forecasters would use for early stopping.
        training = measured_span(training, target)
        self.forecaster = fit_forecaster(self.forecaster_class, training, target, window, seed)
        self.interpolator.fit(coordinates_of(training), values_of(training, target))
        self.chosen = fitted_parameters(self.forecaster) | {
            f"interpolator_{name}": value for name, value in fitted_parameters(self.interpolator).items()
        }
        return self

    def predict(self, windows: Sequence[xr.Dataset], coordinates: Coordinates) -> ForecastAt:
        """Forecast each station from its own history, then interpolate lead by lead."""
        past = slice(0, self.window.history)
        history = np.stack([values_of(window.isel(time=past), self.target) for window in windows])
        end = pd.DatetimeIndex([window.indexes["time"][self.window.history - 1] for window in windows])
        return ForecastAt(*forecast_stations(self.forecaster, self.interpolator, history, end, coordinates))
