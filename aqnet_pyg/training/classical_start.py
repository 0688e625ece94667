"""The classical methods that a network starts from, fitted to its training windows."""

from __future__ import annotations

import logging

import numpy as np
import torch

from aqnet_pyg.baselines import FirstGuessKriging, OrdinaryKriging
from aqnet_pyg.baselines.linear import ridge_by_lead
from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.nn import AQNet, KrigingBackground, StationForecast

log = logging.getLogger(__name__)

REGRESSION_ROWS = 30_000
REGRESSION_RIDGE = 1e-3
"""Histories of single stations that a regression is fitted to, and the ridge as a share of their number."""


def tuned_kriging(windows: StationDataset) -> OrdinaryKriging:
    """Return ordinary kriging with the best covariance by leave-one-out at the training stations.

    Args:
        windows: Windows of the training.
    """
    longitude, latitude = windows.pos.numpy().T
    return OrdinaryKriging().fit((longitude, latitude), _measured(windows))


def set_backgrounds(model: AQNet, kriging: OrdinaryKriging) -> None:
    """Set the covariance of the kriging backgrounds of a model.

    Args:
        model: The network.
        kriging: Fitted to the training stations.
    """
    for module in model.modules():
        if isinstance(module, KrigingBackground):
            module.set_covariance(kriging.range_km_, kriging.nugget_)


def set_drift(model: AQNet, windows: StationDataset) -> None:
    """Set the factors of the first guesses of a model, and the covariance of its backgrounds to that of departures from them.

    Both are those of :class:`aqnet_pyg.baselines.FirstGuessKriging`. Without first guesses, or where it does not use them, the
    covariance stays.

    Args:
        model: The network.
        windows: Windows of the training.
    """
    if model.drift is None or windows.known is None:
        return
    standardized = (_measured(windows) - model.scaler.mean[model.column]) / model.scaler.std[model.column]
    guesses, present = (part[..., -len(model.first_guess) :] for part in windows.known.chunk(2, dim=2))
    fields = torch.where(present > 0, guesses, torch.nan).numpy()
    longitude, latitude = windows.pos.numpy().T
    guided = FirstGuessKriging().fit((longitude, latitude), standardized, fields)
    factors = np.zeros(len(model.first_guess), np.float32)
    if guided.factors_ is not None and isinstance(guided.interpolator_, OrdinaryKriging):
        factors[guided.factors_.used] = guided.factors_.mean
        set_backgrounds(model, guided.interpolator_)
    model.drift.set_factors(torch.from_numpy(factors))
    log.info("factors of the first guesses, standardized: %s", ", ".join(f"{factor:.2f}" for factor in factors))


def kriging_error(kriging: OrdinaryKriging, windows: StationDataset) -> float:
    """Return the mean absolute error of kriging at the hidden stations, in the predicted hours of all windows.

    Args:
        kriging: Fitted to the training stations; its covariance is used.
        windows: Windows side by side, of a reconstruction.
    """
    longitude, latitude = windows.pos.numpy().T
    values, hidden = _measured(windows), windows.hidden.numpy()
    known = OrdinaryKriging(range_km=kriging.range_km_, nugget=kriging.nugget_)
    known.fit((longitude[~hidden], latitude[~hidden]), values[:, ~hidden])
    predicted = np.maximum(known.predict((longitude[hidden], latitude[hidden]), values[:, ~hidden]), 0.0)
    first, steps = windows.window.first_step, windows.window.steps
    hours = slice(windows.starts[0] + first, windows.starts[-1] + first + steps)
    return float(np.nanmean(np.abs(predicted - values[:, hidden])[hours]))


def set_regression(model: AQNet, windows: StationDataset) -> None:
    """Set the linear regression of the station forecasts of a model, fitted to the training windows by ridge regression.

    Args:
        model: The network.
        windows: Windows of the training.
    """
    forecasts = [module for module in model.modules() if isinstance(module, StationForecast) and module.persistence]
    if not forecasts:
        return
    rows = REGRESSION_ROWS // len(windows.pos)
    chosen = [windows.get(number) for number in torch.randperm(len(windows))[: max(rows, 1)].tolist()]
    mean, std = model.scaler.mean[model.column], model.scaler.std[model.column]
    measured = [torch.where(data.y_mask, (data.y - mean) / std, torch.nan)[data.visible] for data in chosen]
    future = torch.cat(measured).double().numpy()
    for module in forecasts:
        histories = [
            module.history_features(data.x[data.visible, :, model.column], data.x_mask[data.visible, :, model.column])
            for data in chosen
        ]
        past = torch.cat(histories).double().numpy()
        steps = torch.cat([model.step_features(data)[data.visible] for data in chosen]).numpy()
        fitted = [
            ridge_by_lead(np.concatenate([past, step], axis=1), truth[:, None], REGRESSION_RIDGE * len(past))
            for step, truth in zip(steps.transpose(1, 0, 2), future.T, strict=True)
        ]
        module.set_regression(*(torch.from_numpy(np.concatenate(parts)) for parts in zip(*fitted, strict=True)))


def _measured(windows: StationDataset) -> np.ndarray:
    return windows.values[:, :, windows.scaler.variables.index(windows.target)].numpy()
