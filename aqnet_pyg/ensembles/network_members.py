"""The network as a row of the tables: trained on the views of a case, without a way to see more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import lightning as L
import numpy as np
import pandas as pd
import torch
import xarray as xr

from aqnet_pyg.baselines import Coordinates, distance_matrix_km
from aqnet_pyg.baselines.base import coordinates_of
from aqnet_pyg.ensembles.folds import station_folds
from aqnet_pyg.ensembles.forecast_methods import Forecast, ForecastAt
from aqnet_pyg.ensembles.reconstruction_methods import Prediction, Reconstruction
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.inference.predictor import torch_device
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.io.files import replacing
from aqnet_pyg.local_dates import consecutive_runs
from aqnet_pyg.nn import AQNet
from aqnet_pyg.nn.ablations import ABLATIONS
from aqnet_pyg.splits import measured_span
from aqnet_pyg.training import StationDataModule, train
from aqnet_pyg.windows import Window

__all__ = ["NETWORKS", "NetworkForecast", "ReconstructionNetwork", "fit_aqnet"]

NETWORKS: dict[str, dict[str, Any]] = {
    name: {"make": AQNet, "k": 16} | options
    for name, options in (ABLATIONS | {"paper": {"make": AQNet.paper, "k": 20}}).items()
}
"""How they are made: ``make``, from window, scaler, target and k; and ``k``, the neighbors of a target, or fewer where fewer
stations are visible."""

WINDOW = Window(24, margin=6)
"""Hours read and predicted by a reconstruction."""

STEPS = 400

PARTS = 10
"""Of the stations: one is not trained on, to select the network and to see how well it does."""


def fit_aqnet(
    name: str,
    training: xr.Dataset,
    validation: xr.Dataset,
    *,
    target: str,
    window: Window,
    seed: int,
    options: MethodOptions,
    member: int = 0,
) -> tuple[AQNet, tuple[str, ...]]:
    """Train a network, unless it is in the folder of the options: rows that have a network in common share it.

    Args:
        name: Of the network, in :data:`NETWORKS`.
        training: Visible stations; hours outside the training are NaN.
        validation: Visible stations; hours outside the validation are NaN.
        target: The pollutant to predict.
        window: Hours read and predicted.
        seed: Of everything random.
        options: Steps, device and a folder for the checkpoints; an interrupted training in it goes on.
        member: Of an ensemble, whose members keep other stations out of the training.

    Returns:
        The network, and the stations that were kept out of the training: a tenth, on which it was selected.
    """
    L.seed_everything(1000 * seed + member, workers=True, verbose=False)
    unseen = _kept_out(training, seed, member)
    training = measured_span(training.drop_sel(station=list(unseen)), target)
    k, make = NETWORKS[name]["k"], NETWORKS[name]["make"]
    windows = StationDataModule(
        training,
        measured_span(validation, target),
        unseen,
        window,
        target=target,
        k=min(k, training.sizes["station"] - 1),
        variables=options.variables or None,
        known=options.known,
    )
    covariates = {} if windows.known is None else {"known": windows.known}
    model = make(window, windows.scaler, target=target, k=windows.graph.k, **covariates)
    folder = options.folder / f"{name}-{seed}-{member}"
    trained = folder / "trained.pt"
    if trained.exists():
        model.load_state_dict(torch.load(trained, map_location="cpu", weights_only=True))
        return model.eval(), unseen
    model = train(
        model,
        windows,
        folder,
        steps=options.steps or STEPS,
        resume=True,
        trainer_options={"accelerator": options.device},
    )
    with replacing(trained) as beside:
        torch.save(model.state_dict(), beside)
    return model, unseen


def _kept_out(stations: xr.Dataset, seed: int, member: int) -> tuple[str, ...]:
    codes = stations.station.values.astype(str)
    return station_folds(codes, coordinates_of(stations), folds=min(PARTS, len(codes)), seed=seed)[member]


class ReconstructionNetwork(Reconstruction):
    """One network alone, which has no intervals here.

    Args:
        options: How to train, and what to read.
        name: Of the network, in :data:`NETWORKS`.
        member: Of an ensemble.

    Attributes:
        kept_out: Codes of the stations that it was not trained on.
    """

    stochastic = True

    def __init__(self, options: MethodOptions, name: str, member: int = 0) -> None:
        super().__init__()
        self.options, self.name, self.member = options, name, member

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        """Train."""
        self.stations = training.drop_dims("time")
        self.model, self.kept_out = fit_aqnet(
            self.name,
            training,
            validation,
            target=target,
            window=WINDOW,
            seed=seed,
            options=self.options,
            member=self.member,
        )
        self.chosen = {"k": self.model.graph.k}
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        """Predict; arguments as for :meth:`Reconstruction.predict`."""
        # Stations that are not shown stay as ones that measured nothing: a network wants more stations than neighbors.
        shown = measured.reindex(station=self.stations.station.values).assign_coords(self.stations.coords)
        stations, codes = _with_targets(shown, coordinates)
        value = []
        for run in consecutive_runs(hours):
            result, _ = reanalyze(
                self.model, stations, hidden=codes, start=run[0], end=run[-1], device=torch_device(self.options.device)
            )
            predicted = result[self.model.target].sel(station=list(codes), time=run.to_numpy())
            value.append(predicted.transpose("time", "station").values.astype(np.float64))
        return Prediction(np.concatenate(value))


class NetworkForecast(Forecast):
    """A forecasting network.

    Args:
        options: How to train, and what to read; what the network cannot read over the horizon is left out.
        name: Of the network, in :data:`NETWORKS`.
    """

    stochastic = True

    def __init__(self, options: MethodOptions, name: str) -> None:
        super().__init__()
        # The network as published has no covariates.
        self.options, self.name = replace(options, known=()) if name == "paper" else options, name

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, window: Window, seed: int) -> Self:
        """Train."""
        self.model, _ = fit_aqnet(
            self.name, training, validation, target=target, window=window, seed=seed, options=self.options
        )
        self.chosen = {"k": self.model.graph.k}
        return self

    def predict(self, windows: Sequence[xr.Dataset], coordinates: Coordinates) -> ForecastAt:
        """Forecast window by window; arguments as for :meth:`Forecast.predict`."""
        parts = []
        for window in windows:
            stations, codes = _with_targets(window, coordinates)
            if self.options.known:
                # Covariates are declared to be known at visible stations; elsewhere they are those of the nearest one.
                nearest = distance_matrix_km(coordinates, coordinates_of(window)).argmin(axis=1)
                for name in self.options.known:
                    stations[name].loc[{"station": list(codes)}] = window[name].values[:, nearest]
            result, _ = reanalyze(self.model, stations, hidden=codes, device=torch_device(self.options.device))
            forecast = result[self.model.target].isel(forecast_reference_time=0).transpose("lead", "station")
            visible = forecast.sel(station=window.station.values).values
            parts.append(ForecastAt(visible, forecast.sel(station=list(codes)).values))
        return ForecastAt(*(np.stack(arrays) for arrays in zip(*parts, strict=True)))


def _with_targets(data: xr.Dataset, coordinates: Coordinates) -> tuple[xr.Dataset, tuple[str, ...]]:
    """Station data with further stations at the targets, which measured nothing; and their codes."""
    longitude, latitude = coordinates
    codes = tuple(f"target {number:06d}" for number in range(len(longitude)))
    names = [*data.indexes["station"], *codes]
    keep = data.drop_vars([name for name in data.coords if name not in ("time", "station", "longitude", "latitude")])
    return keep.reindex(station=names).assign_coords(
        longitude=("station", np.concatenate([data.longitude.values, longitude])),
        latitude=("station", np.concatenate([data.latitude.values, latitude])),
    ), codes
