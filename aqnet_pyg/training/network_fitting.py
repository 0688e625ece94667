"""From station data to trained networks, alone and as members of ensembles."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import xarray as xr
from lightning.pytorch import seed_everything
from lightning.pytorch.utilities.seed import isolate_rng

from aqnet_pyg.ensembles.ensemble import EnsemblePredictor, Member, fit_ensemble, fit_krigings
from aqnet_pyg.ensembles.folds import folds_of_monitors
from aqnet_pyg.ensembles.forecast_ensemble import ForecastEnsemblePredictor, fit_forecast_ensemble
from aqnet_pyg.ensembles.station_forecasters import fit_station_forecasters
from aqnet_pyg.ensembles.tuning import TunedInterpolators
from aqnet_pyg.inference.network import NetworkPredictor
from aqnet_pyg.io.files import fingerprint
from aqnet_pyg.nn import AQNet
from aqnet_pyg.resolver import build
from aqnet_pyg.splits import measured_span
from aqnet_pyg.training.begun import begin_training
from aqnet_pyg.training.checkpoint_files import read_checkpoint, write_checkpoint
from aqnet_pyg.training.data import StationDataModule
from aqnet_pyg.training.network import train
from aqnet_pyg.training.settings import FitSettings

log = logging.getLogger(__name__)

MEMBERS = 2
"""Networks of an ensemble."""

PARTS = 10
"""Parts of the stations: one of them is kept out of the training of each member of an ensemble."""


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
        make: Function that creates the network: called with window, scaler, ``target``, ``k``, ``known``, ``first_guess``,
            ``channels``, ``patch`` and the user-defined parts of the settings.
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
            known=(*settings.known, *settings.first_guess),
            targets_per_step=settings.targets_per_step,
        )
        options: dict[str, Any] = {"channels": network.channels, "patch": network.patch, **network.parts}
        if windows.known is not None:
            options |= {"known": windows.known, "first_guess": settings.first_guess}
        model = make(window, windows.scaler, target=settings.target, k=windows.graph.k, **options)
        about = {
            **settings.to_dict(),
            "data": training.attrs.get("source", ""),
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
    krigings = fit_krigings(training, settings.target, settings.window, tuned, settings.first_guess, settings.known)
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
    return folds_of_monitors(stations, PARTS, seed)[number]
