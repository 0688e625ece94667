"""The network as a row of the tables: trained on the views of a case, without a way to see more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import lightning as L
import numpy as np
import pandas as pd
import xarray as xr
from scipy.optimize import lsq_linear

from aqnet_pyg.baselines import Coordinates, great_circle_km
from aqnet_pyg.evaluation.ablations import ABLATIONS
from aqnet_pyg.evaluation.case import coordinates_of, measured_span
from aqnet_pyg.evaluation.forecasts import Forecast, ForecastAt, classical_forecast
from aqnet_pyg.evaluation.methods import Prediction, Reconstruction, classical
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.nn import AQNet
from aqnet_pyg.reanalysis import reanalyze
from aqnet_pyg.splits import random_hidden
from aqnet_pyg.training import StationDataModule, train
from aqnet_pyg.windows import Window

__all__ = ["FORECASTS", "RECONSTRUCTIONS", "fit_aqnet", "forecast_network", "reconstruction_network"]

RECONSTRUCTIONS = ("aqnet", *ABLATIONS)
"""Rows that are networks: ours, and one network alone with its ablations."""

FORECASTS = ("aqnet", *ABLATIONS, "paper")
"""Likewise for forecasts, and the network as published."""

WINDOW = Window(24, margin=6)
"""Hours read and predicted by a reconstruction."""

STEPS = 400

MEMBERS = 2
"""Networks of an ensemble."""

AWAY_KM = 75.0
"""Stations closer than this are hidden with a station, to see how networks do far from any."""

GROUPS = 4
"""In which those stations are asked for, so that enough are left to look at."""

COMMITTEE = ("kriging", "kriging-log", "kriging-st")
"""The first is what a network starts at."""


def fit_aqnet(
    training: xr.Dataset,
    validation: xr.Dataset,
    *,
    target: str,
    window: Window,
    seed: int,
    options: MethodOptions,
    k: int = 16,
    make: Callable[..., AQNet] = AQNet,
    member: int = 0,
) -> tuple[AQNet, tuple[str, ...]]:
    """Train a network.

    Args:
        training: Visible stations; hours outside the training are NaN.
        validation: Visible stations; hours outside the validation are NaN.
        target: The pollutant to predict.
        window: Hours read and predicted.
        seed: Of everything random.
        options: Steps, device and a folder for the checkpoints; an interrupted training in it goes on.
        k: Neighbours of a target, or fewer where fewer stations are visible.
        make: Makes the network from window, scaler, target and k.
        member: Of an ensemble, whose members share the stations kept out of the training.

    Returns:
        The network, and the stations that were kept out of the training: a tenth, on which it was selected.
    """
    L.seed_everything(1000 * seed + member, workers=True, verbose=False)
    codes = [str(code) for code in training.station.values]
    unseen = random_hidden(codes, 0.1, seed)
    training = measured_span(training.drop_sel(station=list(unseen)), target)
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
    model = train(
        model,
        windows,
        options.folder / f"member{member}",
        steps=options.steps or STEPS,
        resume=True,
        trainer_options={"accelerator": options.device},
    )
    return model, unseen


class _Network(Reconstruction):
    """One network alone, which has no intervals here."""

    stochastic = True

    def __init__(self, options: MethodOptions, ablation: dict[str, Any]) -> None:
        super().__init__()
        self.options, self.ablation = options, ablation

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        self.stations = training.drop_dims("time")
        self.model, self.kept_out = fit_aqnet(
            training, validation, target=target, window=WINDOW, seed=seed, options=self.options, **self.ablation
        )
        self.chosen = {"k": self.model.graph.k}
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        # Stations that are not shown stay as ones that measured nothing: a network wants more stations than neighbours.
        shown = measured.reindex(station=self.stations.station.values).assign_coords(self.stations.coords)
        stations, codes = _with_targets(shown, coordinates)
        value = []
        for run in _runs(hours):
            result, _ = reanalyze(self.model, stations, hidden=codes, start=run[0], end=run[-1])
            predicted = result[self.model.target].sel(station=list(codes), time=run.to_numpy())
            value.append(predicted.transpose("time", "station").values.astype(np.float64))
        return Prediction(np.concatenate(value))


class _Committee(Reconstruction):
    """Networks that depart from a committee of krigings, trusted as far as they do better where they have not looked.

    The committee is the mean of ordinary kriging, kriging of logarithms and space-time kriging. To it comes a share of what
    the networks add to ordinary kriging, at which they start. The share depends on the distance to the nearest visible station:
    it is chosen by least squares at the stations kept out of the training, in the validation hours, each of them hidden once
    with the others and once with all stations around it. The scale of errors is that of kriging. Intervals are calibrated on
    the committee alone, which learned nothing by heart, at all visible stations: those kept out of the training are too few.
    """

    stochastic = True

    def __init__(self, options: MethodOptions) -> None:
        super().__init__()
        self.options = options

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, seed: int) -> Self:
        self.committee = [classical(name).fit(training, validation, target, seed) for name in COMMITTEE]
        self.networks = [
            _Network(self.options, {"member": member}).fit(training, validation, target, seed)
            for member in range(MEMBERS)
        ]
        self.trust = _Trust.fitted(
            [self._exam(validation, *exam, target) for exam in _exams(validation, self.networks[0].kept_out)]
        )
        near, far = self.trust.share
        self.chosen = self.networks[0].chosen | {"trust_near": round(near, 3), "trust_far": round(far, 3)}
        return self

    def predict(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        committee, added = self._parts(measured, coordinates, hours)
        distance = great_circle_km(coordinates, coordinates_of(measured)).min(axis=1)
        return Prediction(np.maximum(committee.value + self.trust(distance) * added, 0.0), committee.std)

    def predict_unlearned(self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex) -> Prediction:
        return self._krigings(measured, coordinates, hours)[0]

    def _krigings(
        self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex
    ) -> tuple[Prediction, np.ndarray]:
        """The mean of the committee, with the standard deviation of kriging; and kriging."""
        krigings = [each.predict(measured, coordinates, hours) for each in self.committee]
        return Prediction(np.mean([each.value for each in krigings], axis=0), krigings[0].std), krigings[0].value

    def _parts(
        self, measured: xr.Dataset, coordinates: Coordinates, hours: pd.DatetimeIndex
    ) -> tuple[Prediction, np.ndarray]:
        """What the committee says, and what the networks add to kriging."""
        committee, kriging = self._krigings(measured, coordinates, hours)
        networks = [each.predict(measured, coordinates, hours).value for each in self.networks]
        return committee, np.mean(networks, axis=0) - kriging

    def _exam(self, validation: xr.Dataset, places: list[str], hidden: list[str], target: str) -> _Exam:
        shown, asked = validation.drop_sel(station=hidden), validation[target].sel(station=places)
        hours = shown.indexes["time"][shown[target].notnull().any("station").values]
        committee, added = self._parts(shown, coordinates_of(asked), hours)
        missing = asked.sel(time=hours.to_numpy()).transpose("time", "station").values - committee.value
        distance = great_circle_km(coordinates_of(asked), coordinates_of(shown)).min(axis=1)
        known = np.isfinite(added) & np.isfinite(missing)
        return _Exam(added[known], missing[known], np.broadcast_to(distance, added.shape)[known])


class _Exam(NamedTuple):
    """What networks add to kriging at stations unknown to them, what they should have added, and how far they are."""

    added: np.ndarray
    missing: np.ndarray
    distance_km: np.ndarray


@dataclass(frozen=True)
class _Trust:
    """A share between those near to and far from visible stations, linear in the logarithm of the distance.

    Args:
        knots: Logarithms of 1 + km.
        share: There, 0 to 1.
    """

    knots: tuple[float, float]
    share: tuple[float, float]

    @classmethod
    def fitted(cls, exams: Sequence[_Exam]) -> Self:
        added, missing, distance = (np.concatenate(parts) for parts in zip(*exams, strict=True))
        if not np.any(added):  # nothing was measured there, or nothing was learned
            return cls((0.0, 1.0), (0.0, 0.0))
        means = [float(np.log1p(exam.distance_km).mean()) for exam in exams if exam.distance_km.size]
        knots = means[0], max(means)
        if knots[0] == knots[1]:  # one exam, one share for all distances
            knots, columns = (0.0, 1.0), [added]
        else:
            far = _between(distance, knots)
            columns = [added * (1 - far), added * far]
        share = lsq_linear(np.stack(columns, axis=1), missing, (0, 1)).x
        return cls(knots, (float(share[0]), float(share[-1])))

    def __call__(self, distance_km: np.ndarray) -> np.ndarray:
        near, far = self.share
        return near + (far - near) * _between(distance_km, self.knots)


def _between(distance_km: np.ndarray, knots: tuple[float, float]) -> np.ndarray:
    return np.clip((np.log1p(distance_km) - knots[0]) / (knots[1] - knots[0]), 0.0, 1.0)


def _exams(stations: xr.Dataset, places: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Stations to ask for, and stations to hide: these alone, and then with all that are around some of them."""
    yield list(places), list(places)
    around = great_circle_km(coordinates_of(stations.sel(station=list(places))), coordinates_of(stations)) < AWAY_KM
    codes = stations.station.values
    for number in range(GROUPS):
        asked = np.arange(number, len(places), GROUPS)
        hidden = around[asked].any(axis=0)
        # Where most stations are near to each other, nothing is left to look at; there is no far away either.
        if asked.size and hidden.mean() <= 0.5:
            yield [places[place] for place in asked], list(codes[hidden])


class _NetworkForecast(Forecast):
    """A forecasting network."""

    stochastic = True

    def __init__(self, options: MethodOptions, ablation: dict[str, Any]) -> None:
        super().__init__()
        self.options, self.ablation = options, ablation

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, window: Window, seed: int) -> Self:
        self.model, _ = fit_aqnet(
            training, validation, target=target, window=window, seed=seed, options=self.options, **self.ablation
        )
        self.chosen = {"k": self.model.graph.k}
        return self

    def predict(self, windows: Sequence[xr.Dataset], coordinates: Coordinates) -> ForecastAt:
        parts = []
        for window in windows:
            stations, codes = _with_targets(window, coordinates)
            if self.options.known:
                # Covariates are declared to be known at visible stations; elsewhere they are those of the nearest one.
                nearest = great_circle_km(coordinates, coordinates_of(window)).argmin(axis=1)
                for name in self.options.known:
                    stations[name].loc[{"station": list(codes)}] = window[name].values[:, nearest]
            result, _ = reanalyze(self.model, stations, hidden=codes)
            forecast = result[self.model.target].isel(forecast_reference_time=0).transpose("lead", "station")
            visible = forecast.sel(station=window.station.values).values
            parts.append(ForecastAt(visible, forecast.sel(station=list(codes)).values))
        return ForecastAt(*(np.stack(arrays) for arrays in zip(*parts, strict=True)))


class _TrustedForecast(_NetworkForecast):
    """A network beside linear regression, trusted hour by hour ahead as far as it did better in the validation hours.

    At each lead the forecast is that of the regression and a share of what the network adds to it, chosen by least squares.
    """

    def fit(self, training: xr.Dataset, validation: xr.Dataset, target: str, window: Window, seed: int) -> Self:
        super().fit(training, validation, target, window, seed)
        self.linear = classical_forecast("linear").fit(training, validation, target, window, seed)
        windows, truth = _validation_windows(validation, target, window)
        network, linear = (
            method.predict(windows, coordinates_of(validation)).visible for method in (super(), self.linear)
        )
        added, missing = network - linear, truth - linear
        known = np.isfinite(added) & np.isfinite(missing)
        product, square = (np.sum(part, axis=(0, 2), where=known) for part in (added * missing, added**2))
        # A day at a time: hours of a day have one share.
        day = np.arange(window.horizon) // 24
        share = np.bincount(day, product) / np.maximum(np.bincount(day, square), 1e-9)
        self.trust = np.clip(share, 0.0, 1.0)[day][:, None]
        self.chosen |= {
            f"trust_day_{number + 1}": round(float(part), 3) for number, part in enumerate(self.trust[::24, 0])
        }
        return self

    def predict(self, windows: Sequence[xr.Dataset], coordinates: Coordinates) -> ForecastAt:
        pairs = zip(super().predict(windows, coordinates), self.linear.predict(windows, coordinates), strict=True)
        return ForecastAt(*(linear + self.trust * (network - linear) for network, linear in pairs))


def _validation_windows(validation: xr.Dataset, target: str, window: Window) -> tuple[list[xr.Dataset], np.ndarray]:
    """A window a day, with an empty horizon, and what was measured over the horizon: ``[window, lead, station]``."""
    measured = measured_span(validation, target)
    past = xr.DataArray(np.arange(window.length) < window.history, dims="time")
    starts = range(0, measured.sizes["time"] - window.length + 1, 24)
    wholes = [measured.isel(time=slice(start, start + window.length)) for start in starts]
    truth = [whole[target].transpose("time", "station").values[window.history :] for whole in wholes]
    return [whole.where(past) for whole in wholes], np.stack(truth)


def reconstruction_network(name: str, options: MethodOptions) -> Reconstruction:
    """A row of hidden stations, not trained.

    Args:
        name: Of the row.
        options: How to train, and what to read.
    """
    return _Committee(options) if name == "aqnet" else _Network(options, ABLATIONS[name])


def forecast_network(name: str, options: MethodOptions) -> Forecast:
    """A row of forecasts, not trained.

    Args:
        name: Of the row.
        options: How to train, and what to read.
    """
    if name == "aqnet":
        return _TrustedForecast(options, {})
    if name == "paper":  # which has no covariates
        return _NetworkForecast(replace(options, known=()), {"make": AQNet.paper, "k": 20})
    return _NetworkForecast(options, ABLATIONS[name])


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


def _runs(hours: pd.DatetimeIndex) -> Iterator[pd.DatetimeIndex]:
    """Consecutive hours."""
    ends = np.flatnonzero(np.diff(hours.to_numpy()) != np.timedelta64(1, "h")) + 1
    for part in np.split(np.arange(len(hours)), ends):
        yield hours[part]
