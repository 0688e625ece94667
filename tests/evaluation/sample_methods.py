"""Protocols with one small case, and simple methods, from which tests derive methods with faults."""

import numpy as np
from evaluation.evaluation_data import small_case, small_forecast_case

from aqnet_pyg.evaluation.forecast_methods import Forecast, ForecastAt
from aqnet_pyg.evaluation.forecasting import ForecastProtocol
from aqnet_pyg.evaluation.reconstruction import ReconstructionProtocol
from aqnet_pyg.evaluation.reconstruction_methods import Prediction, Reconstruction


class OneCase(ReconstructionProtocol):
    """One made-up case, with additional methods."""

    def __init__(self, methods=None):
        self.added = methods or {}

    def cases(self, request=None):
        return [small_case()]

    def known_models(self):
        return [*super().known_models(), *self.added]

    def method(self, name, options):
        return self.added[name]() if name in self.added else super().method(name, options)


class OneForecast(ForecastProtocol):
    """One made-up case, scored over the first 12 and 24 hours."""

    def __init__(self, methods=None):
        self.added = methods or {}

    def cases(self, request=None):
        return [small_forecast_case()]

    def method(self, name, options):
        return self.added[name]() if name in self.added else super().method(name, options)

    def aggregates(self, truth, values):
        return {"12h": values[:, :12], "24h": values}


class MeanOfNetwork(Reconstruction):
    """The mean of the visible stations."""

    def fit(self, training, validation, target, seed):
        self.target, self.level = target, float(training[target].mean())
        return self

    def predict(self, measured, coordinates, hours):
        hourly = measured[self.target].sel(time=hours.to_numpy()).mean("station").fillna(self.level).values
        value = np.repeat(hourly[:, None], len(coordinates[0]), axis=1)
        return Prediction(value, np.full_like(value, 10.0))


class Random(MeanOfNetwork):
    """The mean with an error that depends on the seed."""

    stochastic = True

    def fit(self, training, validation, target, seed):
        self.noise = np.random.default_rng(seed).normal(0, 5)
        return super().fit(training, validation, target, seed)

    def predict(self, measured, coordinates, hours):
        value, std = super().predict(measured, coordinates, hours)
        return Prediction(value + self.noise, std)


class MeanOfDay(Forecast):
    """The mean of the last day."""

    def fit(self, training, validation, target, window, seed):
        self.target, self.window = target, window
        return self

    def predict(self, windows, coordinates):
        last = [self.used(window)[self.target].mean("time") for window in windows]
        visible = np.stack([np.tile(day.values, (self.window.horizon, 1)) for day in last])
        hidden = np.repeat(np.nanmean(visible, axis=2, keepdims=True), len(coordinates[0]), axis=2)
        return ForecastAt(visible, hidden)

    def used(self, window):
        return window.isel(time=slice(self.window.history - 24, self.window.history))
