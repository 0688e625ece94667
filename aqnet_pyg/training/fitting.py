"""From station data to a trained model: split, fit of the model, calibration.

Networks are imported where one is trained: PyTorch Geometric and Lightning take seconds, which krigings do without.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

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
from aqnet_pyg.splits import Split
from aqnet_pyg.stations import check_station_data
from aqnet_pyg.training.checkpoint import library_versions
from aqnet_pyg.training.checks import check_fit
from aqnet_pyg.training.settings import FitSettings

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
        The model with its intervals. Those of a network are calibrated at the validation stations, in the validation hours.
        Kriging and the krigings of an ensemble are not fitted to individual stations: the intervals are calibrated on them at
        all monitors, a fifth of which is hidden in turn. An ensemble of forecasts is calibrated in the validation hours, with the
        stations hidden that its network was not trained on; regression and PatchTST are not fitted to individual stations.

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
    log.info("calibrating the intervals at %d stations", sum(map(len, fitted.hidden)))
    uncalibrated = TrainedModel(fitted.to_calibrate, instruments=instruments)
    calibrated = calibrate(uncalibrated, split.validation_data(stations), fitted.hidden, settings.device)
    return replace(calibrated, predictor=fitted.predictor, provenance=provenance)


class Fitted(NamedTuple):
    """A predictor whose intervals are not calibrated yet.

    Args:
        predictor: The predictor.
        to_calibrate: The predictor whose errors the intervals are calibrated to: itself, or a part of it that is not fitted to
            individual stations.
        hidden: Codes of the stations that are hidden in turn while calibrating.
    """

    predictor: Predictor
    to_calibrate: Predictor
    hidden: Sequence[Collection[str]]


def _fit_network(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    from aqnet_pyg.inference.network import NetworkPredictor
    from aqnet_pyg.training.network_fitting import fit_network

    training, validation = split.training_data(stations), split.validation_data(stations)
    network = NetworkPredictor(fit_network(training, validation, split.stations.validation, settings, folder))
    return Fitted(network, network, [split.stations.validation])


def _fit_kriging(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    measuring = stations.sel(station=split.measuring)
    training = measuring.isel(time=split.time.train)
    kriging = fit_kriging(training, settings.target, settings.window, tuned, settings.first_guess, settings.known)
    return Fitted(kriging, kriging, folds_of_monitors(measuring))


def _fit_krigings(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    _import_verde()
    measuring = stations.sel(station=split.measuring)
    training = measuring.isel(time=split.time.train)
    krigings = fit_krigings(training, settings.target, settings.window, tuned, settings.first_guess, settings.known)
    return Fitted(krigings, krigings, folds_of_monitors(measuring))


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
    return Fitted(ensemble, ensemble.krigings, folds_of_monitors(measuring))


def _fit_forecast_ensemble(
    stations: xr.Dataset, split: Split, settings: FitSettings, folder: Path, tuned: TunedInterpolators
) -> Fitted:
    from aqnet_pyg.training.network_fitting import fit_ensemble_of_forecasts

    measuring = stations.sel(station=split.measuring)
    training, validation = measuring.isel(time=split.time.train), measuring.isel(time=split.time.validation)
    ensemble, untrained = fit_ensemble_of_forecasts(training, validation, settings, folder, tuned)
    return Fitted(ensemble, ensemble, [untrained])


FITS: dict[tuple[str, str], Callable[[xr.Dataset, Split, FitSettings, Path, TunedInterpolators], Fitted]] = {
    ("network", "reconstruct"): _fit_network,
    ("network", "forecast"): _fit_network,
    ("kriging", "reconstruct"): _fit_kriging,
    ("krigings", "reconstruct"): _fit_krigings,
    ("ensemble", "reconstruct"): _fit_ensemble,
    ("ensemble", "forecast"): _fit_forecast_ensemble,
}
"""Fits by kind of model and task."""
