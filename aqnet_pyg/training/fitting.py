"""From station data to a trained model: split, scaler, windows, network, training, stacking and calibration."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from lightning.pytorch import seed_everything
from lightning.pytorch.utilities.seed import isolate_rng

from aqnet_pyg.baselines.coordinates import coordinates_of
from aqnet_pyg.baselines.instruments import InstrumentCalibration
from aqnet_pyg.ensembles.ensemble import EnsemblePredictor, Member, fit_ensemble, fit_kriging, fit_krigings
from aqnet_pyg.ensembles.folds import FOLDS, station_folds
from aqnet_pyg.ensembles.forecast_ensemble import ForecastEnsemblePredictor, fit_forecast_ensemble
from aqnet_pyg.ensembles.station_forecasters import fit_station_forecasters
from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.errors import optional_imports
from aqnet_pyg.inference.calibration import calibrate
from aqnet_pyg.inference.network import NetworkPredictor
from aqnet_pyg.inference.predictor import Predictor
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.io.files import fingerprint
from aqnet_pyg.local_dates import local_days, sample_days
from aqnet_pyg.nn import AQNet
from aqnet_pyg.resolver import build
from aqnet_pyg.splits import Split, TimeSplit, measured_span
from aqnet_pyg.stations import check_station_data, reference_stations
from aqnet_pyg.training.begun import begin_training
from aqnet_pyg.training.checkpoint import library_versions
from aqnet_pyg.training.checkpoint_files import read_checkpoint, write_checkpoint
from aqnet_pyg.training.checks import check_fit
from aqnet_pyg.training.data import StationDataModule
from aqnet_pyg.training.network import train
from aqnet_pyg.training.settings import FitSettings
from aqnet_pyg.windows import Window

log = logging.getLogger(__name__)

MEMBERS = 2
"""Networks of an ensemble."""

PARTS = 10
"""Parts of the stations: one of them is kept out of the training of each member of an ensemble."""


def fit(
    stations: xr.Dataset,
    folder: str | Path,
    settings: FitSettings = FitSettings(),  # noqa: B008
    *,
    split: Split | None = None,
    tuned: TunedInterpolators | None = None,
) -> TrainedModel:
    """Train and calibrate a model on station data.

    Args:
        stations: Station data.
        folder: Where checkpoints (``checkpoints/``) and learning curves (``metrics.csv``) go.
        settings: Kind of model, window, variables, sizes, steps, seed and device.
        split: Stations and hours for training, validation and test, of which the test and hidden stations are not used; default
            :meth:`aqnet_pyg.splits.Split.of` with nothing hidden.
        tuned: Interpolators that were tuned to the same measurements before.

    Other classes of instruments are calibrated at the monitors first, see
    :class:`aqnet_pyg.baselines.InstrumentCalibration`; the model then corrects their readings.

    Returns:
        The model with its intervals. Kriging is not fitted to individual stations: the intervals of krigings and ensembles that
        reconstruct are those of their krigings, calibrated at all monitors, a fifth of which is hidden in turn, in the
        validation hours and on as many evenly spaced training days, since the validation hours may be of a single season. Those
        of a network that reconstructs are calibrated at the validation stations, in the validation hours, and shrunk toward those
        of kriging as these stations are few. Forecasts are calibrated in the validation hours, with the stations hidden that the
        network was not trained on; regression and PatchTST of an ensemble are not fitted to individual stations.

    Raises:
        InputError: If the data are too short for a window, variables are missing, or nothing was measured where it is needed.
    """
    stations = check_station_data(stations)
    split = split or Split.of(stations, seed=settings.seed, target=settings.target)
    check_fit(stations, split, settings)
    provenance = {
        "settings": settings.to_dict(),
        "versions": library_versions(),
        "split": split.to_dict(stations),
        "data": stations.attrs.get("source", ""),
        "data_sha256": fingerprint(stations),
    }
    training = stations.sel(station=split.measuring).isel(time=split.time.train)
    instruments = InstrumentCalibration.fit(training, settings.target)
    corrected = stations if instruments is None else instruments.corrected(stations)
    fitted = FITS[settings.model, settings.window.task.name](
        corrected, split, settings, Path(folder), tuned or TunedInterpolators()
    )
    calibrated = None
    if fitted.krigings is not None:
        measuring = stations.sel(station=split.measuring)
        folds = _folds_of_monitors(measuring)
        log.info("calibrating the intervals of kriging at %d stations", sum(map(len, folds)))
        hours = _calibration_hours(measuring, split.time, settings.target)
        calibrated = calibrate(TrainedModel(fitted.krigings, instruments=instruments), hours, folds, settings.device)
    if calibrated is None or fitted.untrained:
        log.info("calibrating the intervals at %d stations", len(fitted.untrained))
        calibrated = calibrate(
            TrainedModel(fitted.predictor, instruments=instruments),
            split.validation_data(stations),
            [fitted.untrained],
            settings.device,
            calibrated,
        )
    return replace(calibrated, predictor=fitted.predictor, provenance=provenance)


class Fitted(NamedTuple):
    """A predictor whose intervals are not calibrated yet.

    Args:
        predictor: The predictor.
        krigings: Itself, a part of it or a similar predictor that is not fitted to individual stations; None if there is none.
        untrained: Codes of the stations that it was not trained on, at which its own errors are compared too.
    """

    predictor: Predictor
    krigings: Predictor | None = None
    untrained: Collection[str] = ()


def _calibration_hours(stations: xr.Dataset, hours: TimeSplit, target: str) -> xr.Dataset:
    """Keep the measurements of the validation hours and of as many evenly spaced training days."""
    time, zone = pd.DatetimeIndex(stations.indexes["time"]), stations.attrs["time_zone"]
    training, validation = np.zeros((2, len(time)), bool)
    training[hours.train], validation[hours.validation] = True, True
    days = np.unique(local_days(time, zone)[validation]).size
    used = xr.DataArray(validation | sample_days(time, zone, training, days), dims="time")
    return stations.assign({target: stations[target].where(used)}).isel(time=slice(0, hours.validation.stop))


def _fit_network(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    training, validation = split.training_data(stations), split.validation_data(stations)
    network = NetworkPredictor(fit_network(training, validation, split.stations.validation, settings, folder))
    if settings.window.horizon:
        return Fitted(network, untrained=split.stations.validation)
    measuring = stations.sel(station=split.measuring).isel(time=split.time.train)
    # Of its own window: that of the network may have no margin.
    kriging = fit_kriging(measuring, settings.target, Window(24, margin=6), tuned)
    return Fitted(network, kriging, split.stations.validation)


def _fit_kriging(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    measuring = stations.sel(station=split.measuring)
    training = measuring.isel(time=split.time.train)
    kriging = fit_kriging(training, settings.target, settings.window, tuned, settings.first_guess)
    return Fitted(kriging, kriging)


def _fit_krigings(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    _import_verde()
    measuring = stations.sel(station=split.measuring)
    training = measuring.isel(time=split.time.train)
    krigings = fit_krigings(training, settings.target, settings.window, tuned, settings.first_guess)
    return Fitted(krigings, krigings)


def _import_verde() -> None:
    """Import what folds of stations in blocks need, before long computations."""
    with optional_imports():
        import verde  # noqa: F401


def _fit_ensemble(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    _import_verde()
    measuring = stations.sel(station=split.measuring)
    training, validation = measuring.isel(time=split.time.train), measuring.isel(time=split.time.validation)
    ensemble = fit_ensemble_of_networks(training, validation, settings, folder, tuned)
    return Fitted(ensemble, ensemble.krigings)


def _fit_forecast_ensemble(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    measuring = stations.sel(station=split.measuring)
    training, validation = measuring.isel(time=split.time.train), measuring.isel(time=split.time.validation)
    ensemble, untrained = fit_ensemble_of_forecasts(training, validation, settings, folder, tuned)
    return Fitted(ensemble, untrained=untrained)


FITS: dict[tuple[str, str], Callable[[xr.Dataset, Split, FitSettings, Path, TunedInterpolators], Fitted]] = {
    ("network", "reconstruct"): _fit_network,
    ("network", "forecast"): _fit_network,
    ("kriging", "reconstruct"): _fit_kriging,
    ("krigings", "reconstruct"): _fit_krigings,
    ("ensemble", "reconstruct"): _fit_ensemble,
    ("ensemble", "forecast"): _fit_forecast_ensemble,
}
"""Fits by kind of model and task."""


def fit_network(
    training: xr.Dataset,
    validation: xr.Dataset,
    validation_stations: Collection[str],
    settings: FitSettings,
    folder: str | Path,
    make: Callable[..., AQNet] = AQNet,
    finished: Path | None = None,
) -> AQNet:
    """Train one network.

    Args:
        training: Station data of the training stations and hours.
        validation: Station data of the validation hours, with the training and the validation stations.
        validation_stations: Codes of the stations that select the network.
        settings: Sizes, steps, seed and device.
        folder: Where checkpoints and learning curve go.
        make: Function that creates the network: called with window, scaler, ``target``, ``k``, ``known``, ``channels``, ``patch``
            and the user-defined parts of the settings.
        finished: File for the parameters of the finished training; with ``settings.resume``, an existing one is read instead of
            training.

    Returns:
        The network in the state that was best at the validation stations and hours, in evaluation mode.

    Raises:
        InputError: If the data are too short for a window, variables, codes or parts are unknown, or the training to be resumed
            was begun with other settings or data.
    """
    network, window = settings.network, settings.window
    k = settings.neighbors(training.sizes["station"])
    with isolate_rng():
        seed_everything(settings.seed, workers=True, verbose=False)
        graph = None if network.graph is None else build(network.graph, "graph", {"k": k})
        loss = None if network.loss is None else build(network.loss, "network.loss", {})
        windows = StationDataModule(
            training,
            validation,
            validation_stations,
            window,
            target=settings.target,
            k=k,
            graph=graph,
            variables=settings.variables or None,
            known=settings.known,
            targets_per_step=settings.targets_per_step,
        )
        options: dict[str, Any] = {"channels": network.channels, "patch": network.patch, **network.parts}
        if windows.known is not None:
            options["known"] = windows.known
        model = make(window, windows.scaler, target=settings.target, k=windows.graph.k, **options)
        about = {
            **settings.to_dict(),
            "training_sha256": fingerprint(training),
            "validation_sha256": fingerprint(validation),
            "validation_stations": sorted(validation_stations),
        }
        begin_training(folder, about, resume=settings.resume, finished=finished)
        if finished is not None and settings.resume and finished.exists():
            model.load_state_dict(read_checkpoint(finished))
            return model.eval()
        log.info(
            "training on %d stations and %d hours to %s %s; checkpoints go to %s",
            training.sizes["station"],
            training.sizes["time"],
            window.task.name,
            settings.target,
            Path(folder) / "checkpoints",
        )
        model = train(
            model,
            windows,
            folder,
            steps=settings.steps,
            resume=settings.resume,
            trainer_options={"accelerator": settings.device},
            loss=loss,
        )
    if finished is not None:
        write_checkpoint(dict(model.state_dict()), finished)
    return model


def fit_ensemble_of_networks(
    training: xr.Dataset,
    validation: xr.Dataset,
    settings: FitSettings,
    folder: Path,
    tuned: TunedInterpolators | None = None,
) -> EnsemblePredictor:
    """Tune krigings, train networks and weight them by held-out skill.

    Args:
        training: Station data of all stations that are not hidden, in the training hours.
        validation: Likewise in the validation hours.
        settings: Of the networks.
        folder: Where their checkpoints go, a folder each.
        tuned: Interpolators that were tuned before.
    """
    krigings = fit_krigings(training, settings.target, settings.window, tuned, settings.first_guess)
    members = [
        train_member(training, validation, settings, folder / f"network-{number}", number) for number in range(MEMBERS)
    ]
    return fit_ensemble(krigings, members, validation, settings.device)


def fit_ensemble_of_forecasts(
    training: xr.Dataset,
    validation: xr.Dataset,
    settings: FitSettings,
    folder: Path,
    tuned: TunedInterpolators | None = None,
) -> tuple[ForecastEnsemblePredictor, tuple[str, ...]]:
    """Fit linear regression and PatchTST, train a network and weight them by held-out skill.

    Args:
        training: Station data of all stations that are not hidden, in the training hours.
        validation: Likewise in the validation hours.
        settings: Of the network; their window and seed also of the others.
        folder: Where the checkpoints of the network go.
        tuned: Interpolators that were tuned before.

    Returns:
        The ensemble, and the codes of the stations that its network was not trained on.
    """
    forecasters = fit_station_forecasters(training, settings.target, settings.window, settings.seed, tuned)
    member = train_member(training, validation, settings, folder / "network-0", 0)
    ensemble = fit_forecast_ensemble(forecasters, member.predictor, validation, settings.device)
    return ensemble, member.untrained


def train_member(
    training: xr.Dataset,
    validation: xr.Dataset,
    settings: FitSettings,
    folder: Path,
    number: int,
    make: Callable[..., AQNet] = AQNet,
) -> Member:
    """Train one network of an ensemble on nine tenths of the stations, other ones for each member.

    Args:
        training: Station data of all stations that are not hidden; NaN outside the training hours, if these are included.
        validation: Likewise in the validation hours.
        settings: Of the network; its seed is that of the ensemble.
        folder: Where checkpoints, learning curve and the finished parameters (``trained.pt``) go. A finished training in it is
            used again with ``settings.resume``.
        number: Of the member.
        make: As for :func:`fit_network`.
    """
    untrained = kept_out(training, settings.seed, number)
    network = fit_network(
        measured_span(training.drop_sel(station=list(untrained)), settings.target),
        measured_span(validation, settings.target),
        untrained,
        replace(settings, seed=1000 * settings.seed + number),
        folder,
        make,
        finished=folder / "trained.pt",
    )
    return Member(NetworkPredictor(network), untrained)


def kept_out(stations: xr.Dataset, seed: int, number: int) -> tuple[str, ...]:
    """Return the codes of the stations that are kept out of the training of a member of an ensemble.

    Args:
        stations: Station data of all stations that are not hidden.
        seed: Of the ensemble.
        number: Of the member.
    """
    return _folds_of_monitors(stations, PARTS, seed)[number]


def _folds_of_monitors(stations: xr.Dataset, folds: int = FOLDS, seed: int = 0) -> list[tuple[str, ...]]:
    """Assign the stations against which is scored to folds."""
    monitors = stations.isel(station=reference_stations(stations))
    codes = monitors.station.values.astype(str)
    return station_folds(codes, coordinates_of(monitors), folds=min(folds, len(codes)), seed=seed)
