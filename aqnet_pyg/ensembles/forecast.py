"""Our row of forecasts: networks beside linear regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import xarray as xr

from aqnet_pyg.baselines import Coordinates
from aqnet_pyg.baselines.base import coordinates_of
from aqnet_pyg.ensembles.forecast_methods import Forecast, ForecastAt, classical_forecast
from aqnet_pyg.ensembles.network_members import NetworkForecast
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.nn.ablations import ABLATIONS
from aqnet_pyg.splits import measured_span
from aqnet_pyg.windows import Window

__all__ = ["FORECASTS", "ForecastEnsemble", "forecast_network"]

FORECASTS = ("aqnet", *ABLATIONS, "paper")
"""Rows that are networks: ours, one network alone with its ablations, and the network as published."""


class ForecastEnsemble(Forecast):
    """The mean of our network and of PatchTST, trusted day by day ahead as far as it did better than linear regression.

    The forecast is that of the regression and a share of what the mean adds to it, chosen by least squares in the validation
    hours. Our network reads all stations and PatchTST one at a time, which makes their errors unlike.

    Args:
        options: How to train, and what our network reads.
    """

    stochastic = True

    def __init__(self, options: MethodOptions) -> None:
        super().__init__()
        self.linear = classical_forecast("linear")
        self.networks = (NetworkForecast(options, "network"), classical_forecast("patchtst"))

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, window: Window, seed: int) -> Self:
        """Fit the regression, train the networks, and see what they add to it."""
        for each in (self.linear, *self.networks):
            each.fit(training, validation, target, window, seed)
        windows, truth = _validation_windows(validation, target, window)
        linear, mean = (said.visible for said in self._said(windows, coordinates_of(validation)))
        added, missing = mean - linear, truth - linear
        known = np.isfinite(added) & np.isfinite(missing)
        product, square = (np.sum(part, axis=(0, 2), where=known) for part in (added * missing, added**2))
        # A day at a time: hours of a day have one share.
        day = np.arange(window.horizon) // 24
        share = np.bincount(day, product) / np.maximum(np.bincount(day, square), 1e-9)
        self.trust = np.clip(share, 0.0, 1.0)[day][:, None]
        self.chosen = self.networks[0].chosen | {
            f"trust_day_{number + 1}": round(float(part), 3) for number, part in enumerate(self.trust[::24, 0])
        }
        return self

    def predict(self, windows: Sequence[xr.Dataset], coordinates: Coordinates) -> ForecastAt:
        """Forecast; arguments as for :meth:`Forecast.predict`."""
        pairs = zip(*self._said(windows, coordinates), strict=True)
        return ForecastAt(*(linear + self.trust * (mean - linear) for linear, mean in pairs))

    def _said(self, windows: Sequence[xr.Dataset], coordinates: Coordinates) -> tuple[ForecastAt, ForecastAt]:
        """By the regression, and by the networks in the mean."""
        said = (each.predict(windows, coordinates) for each in self.networks)
        mean = ForecastAt(*(np.mean(place, axis=0) for place in zip(*said, strict=True)))
        return self.linear.predict(windows, coordinates), mean


def _validation_windows(validation: xr.Dataset, target: str, window: Window) -> tuple[list[xr.Dataset], np.ndarray]:
    """A window a day, with an empty horizon, and what was measured over the horizon: ``[window, lead, station]``."""
    measured = measured_span(validation, target)
    past = xr.DataArray(np.arange(window.length) < window.history, dims="time")
    starts = range(0, measured.sizes["time"] - window.length + 1, 24)
    if not starts:
        raise InputError(
            f"validation: no window of {window.history} + {window.horizon} hours lies in its {measured.sizes['time']} measured "
            "hours; choose a longer validation."
        )
    wholes = [measured.isel(time=slice(start, start + window.length)) for start in starts]
    truth = [whole[target].transpose("time", "station").values[window.history :] for whole in wholes]
    return [whole.where(past) for whole in wholes], np.stack(truth)


def forecast_network(name: str, options: MethodOptions) -> Forecast:
    """A row of forecasts, not trained.

    Args:
        name: Of the row.
        options: How to train, and what to read.
    """
    return ForecastEnsemble(options) if name == "aqnet" else NetworkForecast(options, name)
