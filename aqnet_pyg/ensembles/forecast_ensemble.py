"""The ensemble of forecasts: linear regression, a network and PatchTST, weighted by held-out skill."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines.coordinates import coordinates_of, values_of
from aqnet_pyg.ensembles.kriging import with_parameters
from aqnet_pyg.ensembles.network_ensemble import NetworkEnsemble
from aqnet_pyg.ensembles.station_forecasters import StationForecasters, forecast_stations
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference.network import NetworkPredictor
from aqnet_pyg.inference.predictor import Predictions, Progress, Request
from aqnet_pyg.splits import measured_span

DAY = 24


class MemberForecasts(NamedTuple):
    """Forecasts of the members from one window.

    Args:
        regression: Linear regression, shape ``[lead, place]``: stations, then cells.
        mean: Mean of the network and the further forecasters, likewise; NaN where nothing was measured in the history.
        spread: Spread of the network, likewise.
    """

    regression: np.ndarray
    mean: np.ndarray
    spread: np.ndarray


class ForecastEnsemblePredictor(NetworkEnsemble):
    """Linear regression, moved toward the mean of a network and PatchTST by a weight for each day ahead.

    The weights are fitted by least squares in the validation hours. The network reads all stations and PatchTST one at a time,
    so that their errors differ. Regression and PatchTST forecast visible stations, and ordinary kriging interpolates their
    forecasts to hidden stations and cells. Where no station measured in the history, all forecasts are NaN; a single visible
    station without measurements in it has the climatology of the network as its regression and PatchTST.

    The standard deviation is the spread of the network.

    Args:
        network: The network.
        forecasters: Linear regression and PatchTST, with the kriging that interpolates them.
        weights: Weight of the mean of network and PatchTST for each day ahead, between 0 and 1, shape ``[day]``.
    """

    def __init__(self, network: NetworkPredictor, forecasters: StationForecasters, weights: np.ndarray) -> None:
        super().__init__(network)
        self.network, self.forecasters, self.weights = network, forecasters, weights

    def predict(
        self,
        stations: xr.Dataset,
        request: Request,
        covariates: xr.Dataset | None = None,
        progress: Progress | None = None,
    ) -> Predictions:
        """Predict; arguments as for :meth:`aqnet_pyg.inference.Predictor.predict`."""
        network = self.network.predict(stations, request, covariates, progress)
        weights = self.weights[np.arange(self.window.horizon) // DAY][:, None]
        parts = [
            np.stack([np.maximum(each.regression + weights * (each.mean - each.regression), 0.0), each.spread]).astype(
                np.float32
            )
            for each in self.members(network, stations, request)
        ]
        joined = np.stack(parts, axis=1)
        count = stations.sizes["station"]
        return Predictions(joined[..., :count], joined[..., count:])

    def interpolates_departure(self, request: Request) -> bool:
        """Whether the network does; see :meth:`aqnet_pyg.inference.NetworkPredictor.interpolates_departure`."""
        return self.network.interpolates_departure(request)

    def members(self, network: Predictions, stations: xr.Dataset, request: Request) -> Iterator[MemberForecasts]:
        """Forecast with each member, window by window.

        Args:
            network: Predictions of the network for the other arguments.
            stations: Station data in the order of their codes.
            request: Targets and windows.
        """
        at_cells = np.zeros(len(request.cells), bool)
        visible = np.append(~np.isin(stations.station.values.astype(str), request.hidden), at_cells)
        coordinates = np.concatenate([np.stack(coordinates_of(stations), axis=1), request.cells])
        at_stations, elsewhere = (tuple(coordinates[part].T) for part in (visible, ~visible))
        values = values_of(stations, self.target)[:, visible[: stations.sizes["station"]]]
        regression, others, kriging = self.forecasters
        nothing = np.empty((0, values.shape[1]))
        fitted = with_parameters(kriging).fit(at_stations, nothing)
        for number in range(network.stations.shape[1]):
            history = slice(number * request.stride, number * request.stride + self.window.history)
            end = pd.DatetimeIndex(stations.time.values[history][-1:])
            base, *further = (
                _joined(visible, *forecast_stations(each, fitted, values[None, history], end, elsewhere))
                for each in (regression, *others)
            )
            value, spread = np.concatenate([part[:, number] for part in network], axis=-1)
            yield MemberForecasts(base, np.mean([value, *further], axis=0), spread)

    def state(self) -> dict[str, Any]:
        """States of the members, and the weights."""
        return {
            "network": self.network.state(),
            "forecasters": self.forecasters.state(),
            "weights": self.weights.tolist(),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any], **parts: Any) -> Self:
        """Undo :meth:`state`.

        Args:
            state: As :meth:`state` returned it.
            parts: User-defined parts of the network, by name.
        """
        network = NetworkPredictor.from_state(state["network"], **parts)
        forecasters = StationForecasters.from_state(state["forecasters"])
        return cls(network, forecasters, np.array(state["weights"], np.float64))


def fit_forecast_ensemble(
    forecasters: StationForecasters, network: NetworkPredictor, validation: xr.Dataset, device: str = "cpu"
) -> ForecastEnsemblePredictor:
    """Weight fitted members by their skill at the visible stations, in forecasts that are issued once a day.

    Args:
        forecasters: Linear regression and PatchTST.
        network: The network.
        validation: Station data of the visible stations; NaN outside the validation hours, if these are included.
        device: Where to compute.

    Raises:
        InputError: If no window fits into the measured validation hours.
    """
    window, target = network.window, network.target
    span = measured_span(validation, target).sortby("station")
    hours = span.sizes["time"]
    if hours < window.length:
        raise InputError(
            f"validation: no window of {window.history} + {window.horizon} hours fits into its {hours} measured hours; choose a "
            "longer validation."
        )
    unweighted = ForecastEnsemblePredictor(network, forecasters, np.zeros(-(-window.horizon // DAY)))
    request = Request((), np.empty((0, 2)), DAY, device=device)
    forecasts = list(unweighted.members(network.predict(span, request), span, request))
    values = values_of(span, target)
    starts = [number * DAY + window.history for number in range(len(forecasts))]
    truth = np.stack([values[start : start + window.horizon] for start in starts])
    regression, mean, _ = (np.stack(each) for each in zip(*forecasts, strict=True))
    weights = weights_by_day(regression, mean, truth)
    return ForecastEnsemblePredictor(network, forecasters, weights)


def weights_by_day(regression: np.ndarray, mean: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Fit the weights of a second forecast beside a first one by least squares, between 0 and 1.

    Args:
        regression: The first forecast, shape ``[window, lead, station]``.
        mean: The second, likewise.
        truth: Measurements, likewise; NaN where missing.

    Returns:
        A weight for each day ahead, shape ``[day]``; 0 where both forecasts are the same.
    """
    increment, residual = mean - regression, truth - regression
    valid = np.isfinite(increment) & np.isfinite(residual)
    product, square = (np.sum(part, axis=(0, 2), where=valid) for part in (increment * residual, increment**2))
    day = np.arange(len(product)) // DAY
    return np.clip(np.bincount(day, product) / np.maximum(np.bincount(day, square), 1e-9), 0.0, 1.0)


def _joined(visible: np.ndarray, at_visible: np.ndarray, elsewhere: np.ndarray) -> np.ndarray:
    """Forecasts of one window at all places in their order, ``[lead, place]``."""
    result = np.empty((at_visible.shape[1], len(visible)))
    result[:, visible], result[:, ~visible] = at_visible[0], elsewhere[0]
    return result
