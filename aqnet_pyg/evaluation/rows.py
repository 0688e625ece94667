"""Methods by the names of their rows in the tables; torch is imported for networks only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from aqnet_pyg.baselines import IDW, Interpolator, MeanOfK, Nearest, OneSillKriging, OrdinaryKriging, SpaceTimeKriging
from aqnet_pyg.evaluation.forecast_methods import Forecast, InterpolatedForecast
from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.evaluation.reconstruction_methods import InterpolatorMethod, Reconstruction
from aqnet_pyg.resolver import find

INTERPOLATORS: dict[str, Callable[[], Interpolator]] = {
    "nearest": Nearest,
    "mean-k": MeanOfK,
    "idw": IDW,
    "kriging": OrdinaryKriging,
    "kriging-log": partial(OrdinaryKriging, log=True),
    "kriging-st": SpaceTimeKriging,
    "kriging-one-sill": OneSillKriging,
}
"""Interpolators of the classical rows, each tuned on the visible stations."""

FORECASTERS: dict[str, str] = {
    "persistence": "persistence:Persistence",
    "climatology": "persistence:Climatology",
    "damped-persistence": "persistence:DampedPersistence",
    "linear": "linear:LinearLags",
    "lstm": "deep:LSTMForecaster",
    "patchtst": "patchtst:PatchTSTForecaster",
}
"""Forecasters of single stations, by module and class in :mod:`aqnet_pyg.baselines`; some import torch, PatchTST transformers."""

ENSEMBLE = "ensemble"
"""Name of the row of the ensemble of networks and classical methods."""


def reconstruction(name: str, options: MethodOptions) -> Reconstruction:
    """Create the reconstruction method of a row, not fitted.

    Args:
        name: A classical row, ``ensemble``, a network or one of its ablations, or the path of an interpolator class.
        options: Options of networks, and the cache of tuned interpolators.
    """
    if name in INTERPOLATORS or "." in name:
        make = INTERPOLATORS[name] if name in INTERPOLATORS else find(name, "models")
        return InterpolatorMethod(make(), options.tuned)
    from aqnet_pyg.evaluation.network_methods import EnsembleReconstruction, NetworkReconstruction

    return EnsembleReconstruction(options) if name == ENSEMBLE else NetworkReconstruction(options, name)


def forecast(name: str, options: MethodOptions) -> Forecast:
    """Create the forecast method of a row, not fitted; tuned ordinary kriging interpolates single-station forecasts to targets.

    Args:
        name: A forecaster of single stations, ``ensemble``, a network or one of its ablations, or the path of a forecaster
            class.
        options: Options of networks.
    """
    if name in FORECASTERS or "." in name:
        return station_forecast(name)
    from aqnet_pyg.evaluation.network_methods import EnsembleForecast, NetworkForecast

    return EnsembleForecast(options) if name == ENSEMBLE else NetworkForecast(options, name)


def station_forecast(name: str) -> InterpolatedForecast:
    """Create the method of a forecaster of single stations.

    Args:
        name: A name in :data:`FORECASTERS`, or the path of a class.
    """
    path = f"aqnet_pyg.baselines.{FORECASTERS[name]}" if name in FORECASTERS else name
    return InterpolatedForecast(find(path, "models"), OrdinaryKriging())


def reconstruction_names() -> list[str]:
    """Return the names of all rows at hidden stations."""
    from aqnet_pyg.nn.ablations import ABLATIONS

    return [*INTERPOLATORS, ENSEMBLE, *ABLATIONS]


def forecast_names() -> list[str]:
    """Return the names of all rows of forecasts."""
    from aqnet_pyg.nn.ablations import ABLATIONS

    return [*FORECASTERS, ENSEMBLE, *ABLATIONS, "paper"]
