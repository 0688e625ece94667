"""Networks and ensembles as rows of the tables, trained on the views of a case only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines import Coordinates, distance_matrix_km
from aqnet_pyg.baselines.coordinates import coordinates_of, nearest_km
from aqnet_pyg.ensembles.ensemble import Member, fit_ensemble, fit_krigings
from aqnet_pyg.ensembles.fitted_krigings import FittedKrigings, KrigingEstimate
from aqnet_pyg.ensembles.forecast_ensemble import fit_forecast_ensemble
from aqnet_pyg.ensembles.kriging import measurements_around
from aqnet_pyg.ensembles.station_forecasters import fit_station_forecasters
from aqnet_pyg.ensembles.targets import predict_at, with_targets
from aqnet_pyg.evaluation.forecast_methods import Forecast, ForecastAt
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.reconstruction_methods import Prediction, Reconstruction
from aqnet_pyg.inference.predictor import Predictor
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.nn import AQNet
from aqnet_pyg.nn.ablations import ABLATIONS
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.training.network_fitting import MEMBERS, kept_out, train_member
from aqnet_pyg.training.settings import DEFAULT_K, FitSettings
from aqnet_pyg.windows import Window

WINDOW = Window(24, margin=6)
"""Window of reconstructions."""


def _paper(window: Window, scaler: Scaler, *, target: str, k: int, channels: int, patch: int) -> AQNet:
    """Return the network as published, whose sizes are fixed."""
    return AQNet.paper(window, scaler, target=target, k=k)


NETWORKS: dict[str, dict[str, Any]] = {
    name: {"make": AQNet, "k": DEFAULT_K} | options
    for name, options in (ABLATIONS | {"paper": {"make": _paper, "k": 20}}).items()
}
"""By row: ``make``, which creates the network, and ``k``, the number of neighbors of a target (fewer if fewer stations are
visible)."""


def train_network(
    name: str,
    training: xr.Dataset,
    validation: xr.Dataset,
    *,
    target: str,
    window: Window,
    seed: int,
    options: MethodOptions,
    number: int = 0,
    first_guess: tuple[str, ...] = (),
) -> Member:
    """Train the network of a row, or load it if another row has trained it: rows share networks.

    Args:
        name: Name of the network, in :data:`NETWORKS`.
        training: Visible stations; hours outside the training are NaN.
        validation: Visible stations; hours outside the validation are NaN.
        target: The pollutant to predict.
        window: Hours read and predicted.
        seed: Random seed.
        options: Steps, device and the folder of the checkpoints, from which an interrupted training is resumed.
        number: Number of the member of an ensemble; each member holds out other stations.
        first_guess: Variables that are first guesses.
    """
    made = NETWORKS[name]
    trained_on = training.sizes["station"] - len(kept_out(training, seed, number))
    settings = FitSettings(
        window=window,
        target=target,
        variables=options.variables,
        known=options.known,
        first_guess=first_guess,
        k=min(made["k"], trained_on - 1),
        seed=seed,
        resume=True,
        device=options.device,
    )
    if options.steps is not None:
        settings = replace(settings, steps=options.steps)
    folder = options.folder / "-".join([name, *first_guess, str(seed), str(number)])
    return train_member(training, validation, settings, folder, number, made["make"])


class NetworkReconstruction(Reconstruction):
    """One network, without intervals.

    Args:
        options: Training options and input variables.
        name: Name of the network, in :data:`NETWORKS`.
    """

    stochastic = True

    def __init__(self, options: MethodOptions, name: str) -> None:
        super().__init__()
        self.options, self.name = options, name

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Train the network."""
        self.stations = training
        self.member = train_network(
            self.name, training, validation, target=target, window=WINDOW, seed=seed, options=self.options
        )
        self.chosen = {"k": self.member.predictor.network.graph.k}
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict; arguments as for :meth:`Reconstruction.predict`."""
        return Prediction(
            predict_at(self.member.predictor, measured, self.stations, coordinates, hours, self.options.device)
        )


class EnsembleReconstruction(Reconstruction):
    """Ensemble of krigings and networks, see :class:`aqnet_pyg.ensembles.EnsemblePredictor`.

    Intervals are calibrated at all visible stations, on the krigings, which are not fitted to individual stations: the
    stations held out of the training of a network are too few.

    Args:
        options: Training options and input variables.
    """

    stochastic = True

    def __init__(self, options: MethodOptions) -> None:
        super().__init__()
        self.options = options

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Tune the krigings, train the networks, and weight them by held-out skill."""
        self.stations, self.target = training, target
        self.krigings = fit_krigings(training, target, WINDOW, self.options.tuned)
        members = [
            train_network(
                "network",
                training,
                validation,
                target=target,
                window=WINDOW,
                seed=seed,
                options=self.options,
                number=number,
            )
            for number in range(MEMBERS)
        ]
        self.ensemble = fit_ensemble(self.krigings, members, validation, self.options.device)
        names = "kriging_log", "kriging_st", "networks"
        stacked = self.krigings.weights
        assert stacked is not None
        self.chosen = {"k": members[0].predictor.network.graph.k} | {
            f"{name}_{place}": round(float(weight), 3)
            for place, knot in (("near", 0), ("far", -1))
            for name, weight in zip(names, (*stacked.weights[knot], *self.ensemble.weights.weights[knot]), strict=True)
        }
        self._fitted: tuple[tuple[str, ...], FittedKrigings] | None = None
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict; arguments as for :meth:`Reconstruction.predict`."""
        estimate, km = self._estimate(measured, coordinates, hours), nearest_km(coordinates, coordinates_of(measured))
        networks = [
            predict_at(each, measured, self.stations, coordinates, hours, self.options.device)
            for each in self.ensemble.networks
        ]
        stacked = self.krigings.combine(estimate, km)
        return Prediction(self.ensemble.combine(stacked, estimate.value, np.mean(networks, axis=0), km), estimate.std)

    def predict_unfitted(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict with the krigings alone; arguments as for :meth:`Reconstruction.predict`."""
        estimate = self._estimate(measured, coordinates, hours)
        return Prediction(
            self.krigings.combine(estimate, nearest_km(coordinates, coordinates_of(measured))), estimate.std
        )

    def _estimate(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> KrigingEstimate:
        codes = tuple(measured.station.values)
        if self._fitted is None or self._fitted[0] != codes:
            self._fitted = codes, self.krigings.at_stations(measured)
        values, rows = measurements_around(measured, self.target, hours)
        return KrigingEstimate(*(array[rows] for array in self._fitted[1].predict(coordinates, values)))


class PredictedForecast(Forecast):
    """Base class of forecast methods whose ``fit`` sets the attribute ``predictor``.

    Args:
        options: Training options and input variables of the network.
    """

    stochastic = True
    predictor: Predictor

    def __init__(self, options: MethodOptions) -> None:
        super().__init__()
        self.options = options

    def predict(self, windows: Sequence[xr.Dataset], coordinates: Coordinates) -> ForecastAt:
        """Forecast window by window; arguments as for :meth:`Forecast.predict`."""
        parts = []
        for window in windows:
            stations, codes = with_targets(window, coordinates)
            if self.options.known:
                # Covariates are known at visible stations; targets take those of the nearest one.
                nearest = distance_matrix_km(coordinates, coordinates_of(window)).argmin(axis=1)
                for name in self.options.known:
                    stations[name].loc[{"station": list(codes)}] = window[name].values[:, nearest]
            result, _ = reanalyze(self.predictor, stations, hidden=codes, device=self.options.device)
            forecast = result[self.predictor.target].isel(forecast_reference_time=0).transpose("lead", "station")
            visible = forecast.sel(station=window.station.values).values
            parts.append(ForecastAt(visible, forecast.sel(station=list(codes)).values))
        return ForecastAt(*(np.stack(arrays) for arrays in zip(*parts, strict=True)))


class NetworkForecast(PredictedForecast):
    """A forecasting network.

    Args:
        options: Training options and input variables; the network as published reads no covariates.
        name: Name of the network, in :data:`NETWORKS`.
    """

    def __init__(self, options: MethodOptions, name: str) -> None:
        super().__init__(replace(options, known=()) if name == "paper" else options)
        self.name = name

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, window: Window, seed: int) -> Self:
        """Train the network."""
        network = train_network(
            self.name, training, validation, target=target, window=window, seed=seed, options=self.options
        ).predictor
        self.predictor, self.chosen = network, {"k": network.network.graph.k}
        return self


class EnsembleForecast(PredictedForecast):
    """Ensemble of linear regression, a network and PatchTST, see :class:`aqnet_pyg.ensembles.ForecastEnsemblePredictor`."""

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, window: Window, seed: int) -> Self:
        """Fit all members and their weights."""
        forecasters = fit_station_forecasters(training, target, window, seed, self.options.tuned)
        network = train_network(
            "network", training, validation, target=target, window=window, seed=seed, options=self.options
        ).predictor
        ensemble = fit_forecast_ensemble(forecasters, network, validation, self.options.device)
        self.predictor = ensemble
        self.chosen = {"k": network.network.graph.k} | {
            f"weight_day_{number + 1}": round(float(weight), 3) for number, weight in enumerate(ensemble.weights)
        }
        return self
