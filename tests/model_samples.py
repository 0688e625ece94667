"""Small models of each kind for tests: networks with random parameters, krigings with given covariances."""

import numpy as np
import torch

from aqnet_pyg.baselines import DampedPersistence, LinearLags, LocalSillKriging, OrdinaryKriging, SpaceTimeKriging
from aqnet_pyg.ensembles import (
    EnsemblePredictor,
    ForecastEnsemblePredictor,
    KrigingPredictor,
    StackingWeights,
    StationForecasters,
)
from aqnet_pyg.inference import NetworkPredictor, TrainedModel
from aqnet_pyg.nn import AQNet
from aqnet_pyg.scaling import Scaler

KINDS = ("network", "kriging", "krigings", "ensemble")


def random_network(data, window, k=4, seed=0, **options):
    """A network whose learned departure is not zero."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = AQNet(window, Scaler.fit(data, ["pm25", "pm10"]), k=k, channels=8, **options).eval()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter += 0.05 * torch.randn_like(parameter)
    return network


def sample_model(kind, data, window):
    """A model of a kind; networks and weights are not fitted to data."""
    network = NetworkPredictor(random_network(data, window))
    if kind == "network":
        return TrainedModel(network)
    if window.horizon:
        weights = np.linspace(0.3, 0.8, -(-window.horizon // 24))
        return TrainedModel(ForecastEnsemblePredictor(network, sample_forecasters(data, window), weights))
    krigings = [
        LocalSillKriging(range_km=300.0, nugget=0.1),
        OrdinaryKriging(range_km=200.0, nugget=0.2, log=True),
        SpaceTimeKriging(lags=2, range_km=300.0, nugget=0.1, tau_hours=12.0),
    ]
    if kind == "kriging":
        return TrainedModel(KrigingPredictor("pm25", krigings[:1], window=window))
    stacked = KrigingPredictor(
        "pm25", krigings, StackingWeights((1.0, 3.0), np.array([[0.1, 0.2], [0.4, 0.3]])), window
    )
    if kind == "krigings":
        return TrainedModel(stacked)
    return TrainedModel(EnsemblePredictor(stacked, [network], StackingWeights((2.0,), np.array([[0.5]]))))


def sample_forecasters(data, window):
    """Regression and, in place of PatchTST, damped persistence."""
    options = {"history": window.history, "horizon": window.horizon}
    regression, persistence = (
        each(**options).fit(data.pm25.values, data.indexes["time"]) for each in (LinearLags, DampedPersistence)
    )
    return StationForecasters(regression, (persistence,), OrdinaryKriging(range_km=300.0, nugget=0.1))
