"""Methods by the names of their rows in the tables; scikit-learn and torch are imported when a method is created."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aqnet_pyg.evaluation.protocol import MethodOptions
from aqnet_pyg.resolver import ClassPath, build, find

if TYPE_CHECKING:
    from aqnet_pyg.evaluation.forecast_methods import Forecast, InterpolatedForecast
    from aqnet_pyg.evaluation.gap_methods import Filling
    from aqnet_pyg.evaluation.reconstruction_methods import Reconstruction

INTERPOLATORS: dict[str, ClassPath] = {
    "nearest": "aqnet_pyg.baselines.Nearest",
    "mean-k": "aqnet_pyg.baselines.MeanOfK",
    "idw": "aqnet_pyg.baselines.IDW",
    "kriging": "aqnet_pyg.baselines.OrdinaryKriging",
    "kriging-log": {"class_path": "aqnet_pyg.baselines.OrdinaryKriging", "init_args": {"log": True}},
    "kriging-st": "aqnet_pyg.baselines.SpaceTimeKriging",
    "kriging-one-sill": "aqnet_pyg.baselines.OneSillKriging",
    "gpboost": "aqnet_pyg.baselines.VecchiaGP",
}
"""Interpolators of the classical rows, each tuned on the visible stations; the last one needs GPBoost."""

FORECASTERS: dict[str, str] = {
    "persistence": "persistence:Persistence",
    "climatology": "persistence:Climatology",
    "damped-persistence": "persistence:DampedPersistence",
    "linear": "linear:LinearLags",
    "lstm": "deep:LSTMForecaster",
    "patchtst": "patchtst:PatchTSTForecaster",
}
"""Forecasters of single stations, by module and class in :mod:`aqnet_pyg.baselines`; some import torch, PatchTST transformers."""

GAP_FILLERS: dict[str, str] = {
    "last-value": "LastValue",
    "linear-in-time": "LinearInTime",
    "hour-of-day": "HourOfDayMean",
    "kriging": "HourlyKriging",
    "iterative-ridge": "IterativeRidge",
    "space-time": "SpaceTimeFiller",
    "saits": "SAITSFiller",
    "brits": "BRITSFiller",
}
"""Estimators of gaps, by class in :mod:`aqnet_pyg.baselines`; the last two need PyPOTS."""

NETWORKS = (
    "network",
    "network-k8",
    "network-no-cyclic",
    "network-no-attention",
    "network-idw",
    "network-from-scratch",
)
"""Single networks, as in :data:`aqnet_pyg.nn.ablations.ABLATIONS`, which imports torch."""

ENSEMBLE = "ensemble"
"""Name of the row of the ensemble of networks and classical methods."""


def reconstruction(name: str, options: MethodOptions) -> Reconstruction:
    """Create the reconstruction method of a row, not fitted.

    Args:
        name: A classical row, ``ensemble``, a network or one of its ablations, or the path of an interpolator class.
        options: Options of networks, and the cache of tuned interpolators.
    """
    if name in INTERPOLATORS or "." in name:
        from aqnet_pyg.evaluation.reconstruction_methods import InterpolatorMethod

        return InterpolatorMethod(build(INTERPOLATORS.get(name, name), "models", {}), options.tuned)
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
    from aqnet_pyg.baselines import OrdinaryKriging
    from aqnet_pyg.evaluation.forecast_methods import InterpolatedForecast

    path = f"aqnet_pyg.baselines.{FORECASTERS[name]}" if name in FORECASTERS else name
    return InterpolatedForecast(find(path, "models"), OrdinaryKriging())


def filling(name: str, options: MethodOptions) -> Filling:
    """Create the method of a row that fills gaps, not fitted.

    Args:
        name: An estimator of gaps, ``network``, ``ensemble``, or the path of the class of an estimator.
        options: Options of networks, and the cache of fitted estimators.
    """
    if name in GAP_FILLERS or "." in name:
        from aqnet_pyg.evaluation.gap_methods import FillerMethod

        path = f"aqnet_pyg.baselines.{GAP_FILLERS[name]}" if name in GAP_FILLERS else name
        return FillerMethod(find(path, "models")(), options.tuned)
    from aqnet_pyg.evaluation.gap_network_methods import NetworkFilling

    return NetworkFilling(options, ensemble=name == ENSEMBLE)


def filling_names() -> list[str]:
    """Return the names of all rows that fill gaps."""
    return [*GAP_FILLERS, "network", ENSEMBLE]


def reconstruction_names() -> list[str]:
    """Return the names of all rows at hidden stations."""
    return [*INTERPOLATORS, ENSEMBLE, *NETWORKS]


def forecast_names() -> list[str]:
    """Return the names of all rows of forecasts."""
    return [*FORECASTERS, ENSEMBLE, *NETWORKS, "paper"]
