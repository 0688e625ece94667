"""From station data to a trained model: split, fit of the model, calibration.

Networks are imported where one is trained: PyTorch Geometric and Lightning take seconds, which krigings do without.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from aqnet_pyg.baselines.instruments import InstrumentCalibration
from aqnet_pyg.ensembles.ensemble import fit_kriging, fit_krigings
from aqnet_pyg.ensembles.folds import folds_of_monitors
from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.errors import optional_imports
from aqnet_pyg.inference.calibration import calibrate
from aqnet_pyg.inference.predictor import Predictor
from aqnet_pyg.inference.trained_model import TrainedModel
from aqnet_pyg.io.files import fingerprint
from aqnet_pyg.local_dates import local_days, sample_days
from aqnet_pyg.splits import Split, TimeSplit
from aqnet_pyg.stations import check_station_data
from aqnet_pyg.training.checkpoint import library_versions
from aqnet_pyg.training.checks import check_fit
from aqnet_pyg.training.settings import FitSettings
from aqnet_pyg.windows import Window

log = logging.getLogger(__name__)


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
        The model with its intervals; a kriging of two stations has none. Kriging is not fitted to individual stations: the
        intervals of krigings and ensembles that reconstruct are those of their krigings, calibrated at all monitors, a fifth
        of which is hidden in turn, in the validation hours and on as many evenly spaced training days, since the validation
        hours may be of a single season. Those of a network that reconstructs are calibrated at the validation stations, in
        the validation hours, and shrunk toward those of kriging as these stations are few. Forecasts are calibrated in the
        validation hours, with the stations hidden that the network was not trained on; regression and PatchTST of an ensemble
        are not fitted to individual stations.

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
        folds = folds_of_monitors(measuring)
        calibrated = TrainedModel(fitted.krigings, instruments=instruments)
        if measuring.sizes["station"] - max(map(len, folds)) >= fitted.krigings.min_visible:
            log.info("calibrating the intervals of kriging at %d stations", sum(map(len, folds)))
            hours = _calibration_hours(measuring, split.time, settings.target)
            calibrated = calibrate(calibrated, hours, folds, settings.device)
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
    from aqnet_pyg.inference.network import NetworkPredictor
    from aqnet_pyg.training.network_fitting import fit_network

    training, validation = split.training_data(stations), split.validation_data(stations)
    network = NetworkPredictor(fit_network(training, validation, split.stations.validation, settings, folder))
    if settings.window.horizon:
        return Fitted(network, untrained=split.stations.validation)
    measuring = stations.sel(station=split.measuring).isel(time=split.time.train)
    # Of its own window: that of the network may have no margin.
    kriging = fit_kriging(measuring, settings.target, Window(24, margin=6), tuned, settings.first_guess)
    return Fitted(network, kriging, split.stations.validation)


def _fit_kriging(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    measuring = stations.sel(station=split.measuring)
    training = measuring.isel(time=split.time.train)
    kriging = fit_kriging(training, settings.target, settings.window, tuned, settings.first_guess, settings.known)
    return Fitted(kriging, kriging)


def _fit_krigings(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    _import_verde()
    measuring = stations.sel(station=split.measuring)
    training = measuring.isel(time=split.time.train)
    krigings = fit_krigings(training, settings.target, settings.window, tuned, settings.first_guess, settings.known)
    return Fitted(krigings, krigings)


def _import_verde() -> None:
    """Import what folds of stations in blocks need, before long computations."""
    with optional_imports():
        import verde  # noqa: F401


def _fit_ensemble(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    _import_verde()
    from aqnet_pyg.training.network_fitting import fit_ensemble_of_networks

    measuring = stations.sel(station=split.measuring)
    training, validation = measuring.isel(time=split.time.train), measuring.isel(time=split.time.validation)
    ensemble = fit_ensemble_of_networks(training, validation, settings, folder, tuned)
    return Fitted(ensemble, ensemble.krigings)


def _fit_forecast_ensemble(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    from aqnet_pyg.training.network_fitting import fit_ensemble_of_forecasts

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
