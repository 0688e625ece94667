"""Ensemble of forecasts: linear regression, a network and PatchTST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import xarray as xr

from aqnet_pyg.baselines import Coordinates
from aqnet_pyg.baselines.base import coordinates_of
from aqnet_pyg.errors import InputError
from aqnet_pyg.evaluation.forecast_methods import Forecast, ForecastAt
from aqnet_pyg.splits import measured_span
from aqnet_pyg.windows import Window


class ForecastEnsemble(Forecast):
    """Linear regression, moved toward the mean of further forecasts by a weight for each day ahead.

    The weights are fitted by least squares in the validation hours. The network reads all stations and PatchTST one at a
    time, so that their errors differ.

    Args:
        base: The regression.
        members: The further forecasts: the network and PatchTST. The chosen parameters of the first are reported.
    """

    stochastic = True

    def __init__(self, base: Forecast, members: Sequence[Forecast]) -> None:
        super().__init__()
        self.base, self.members = base, tuple(members)

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, window: Window, seed: int) -> Self:
        """Fit all members and their weights."""
        for each in (self.base, *self.members):
            each.fit(training, validation, target, window, seed)
        windows, truth = _validation_windows(validation, target, window)
        base, mean = (forecast.visible for forecast in self._forecasts(windows, coordinates_of(validation)))
        increment, residual = mean - base, truth - base
        valid = np.isfinite(increment) & np.isfinite(residual)
        product, square = (np.sum(part, axis=(0, 2), where=valid) for part in (increment * residual, increment**2))
        # The hours of a day ahead have one weight.
        day = np.arange(window.horizon) // 24
        weight = np.bincount(day, product) / np.maximum(np.bincount(day, square), 1e-9)
        self.weights = np.clip(weight, 0.0, 1.0)[day][:, None]
        self.chosen = self.members[0].chosen | {
            f"weight_day_{number + 1}": round(float(part), 3) for number, part in enumerate(self.weights[::24, 0])
        }
        return self

    def predict(self, windows: Sequence[xr.Dataset], coordinates: Coordinates) -> ForecastAt:
        """Forecast; arguments as for :meth:`Forecast.predict`."""
        pairs = zip(*self._forecasts(windows, coordinates), strict=True)
        return ForecastAt(*(base + self.weights * (mean - base) for base, mean in pairs))

    def _forecasts(self, windows: Sequence[xr.Dataset], coordinates: Coordinates) -> tuple[ForecastAt, ForecastAt]:
        """Return the forecast of the regression and the mean forecast of the members."""
        forecasts = (each.predict(windows, coordinates) for each in self.members)
        mean = ForecastAt(*(np.mean(place, axis=0) for place in zip(*forecasts, strict=True)))
        return self.base.predict(windows, coordinates), mean


def _validation_windows(validation: xr.Dataset, target: str, window: Window) -> tuple[list[xr.Dataset], np.ndarray]:
    """Return one window a day with an empty horizon, and the measurements over the horizons, ``[window, lead, station]``."""
    measured = measured_span(validation, target)
    past = xr.DataArray(np.arange(window.length) < window.history, dims="time")
    starts = range(0, measured.sizes["time"] - window.length + 1, 24)
    if not starts:
        raise InputError(
            f"validation: no window of {window.history} + {window.horizon} hours fits into its {measured.sizes['time']} measured "
            "hours; choose a longer validation."
        )
    wholes = [measured.isel(time=slice(start, start + window.length)) for start in starts]
    truth = [whole[target].transpose("time", "station").values[window.history :] for whole in wholes]
    return [whole.where(past) for whole in wholes], np.stack(truth)
