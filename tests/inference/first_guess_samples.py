"""A first guess around stations, and models that use one."""

import numpy as np
import torch
import xarray as xr
from model_samples import random_network

from aqnet_pyg.baselines import Factors, FirstGuessKriging, LocalSillKriging, OrdinaryKriging, SpaceTimeKriging
from aqnet_pyg.ensembles import EnsemblePredictor, KrigingPredictor, StackingWeights
from aqnet_pyg.inference import NetworkPredictor
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window

WINDOW = Window(12, margin=2)
FACTORS = Factors(np.array([0.8]), np.array([[5.0]]), 300.0, 0.1, np.array([True]))
NAME = "pm25_first_guess"


def field_around(data, seed=0):
    """A random field that covers the stations and the grid."""
    longitude = np.arange(np.floor(min(data.longitude.min(), 115)), max(data.longitude.max(), 118) + 2, 0.5)
    latitude = np.arange(np.floor(min(data.latitude.min(), 38)), max(data.latitude.max(), 41) + 2, 0.5)
    rng = np.random.default_rng(seed)
    values = rng.uniform(10, 90, (data.sizes["time"], latitude.size, longitude.size)).astype(np.float32)
    coords = {"time": data.time.values, "latitude": latitude, "longitude": longitude}
    return xr.DataArray(values, coords, ("time", "latitude", "longitude"), NAME, {"units": "ug m-3"})


def guided_model(kind, data=None):
    krigings = [
        FirstGuessKriging(LocalSillKriging(range_km=300.0, nugget=0.1), factors=FACTORS),
        FirstGuessKriging(OrdinaryKriging(range_km=300.0, nugget=0.1), log=True, factors=FACTORS),
        FirstGuessKriging(SpaceTimeKriging(1, 300.0, 12.0, 0.1), factors=FACTORS),
    ]
    if kind == "kriging":
        return KrigingPredictor("pm25", krigings[:1], None, WINDOW, [NAME])
    weights = StackingWeights((1.0, 3.0), np.array([[0.1, 0.2], [0.4, 0.3]]))
    stacked = KrigingPredictor("pm25", krigings, weights, WINDOW, [NAME])
    if kind == "krigings":
        return stacked
    network = guided_network(data, WINDOW)
    return (
        network
        if kind == "network"
        else EnsemblePredictor(stacked, [network], StackingWeights((2.0,), np.array([[0.5]])))
    )


def guided_network(data, window):
    """A network with random parameters that interpolates departures."""
    network = random_network(data, window, known=Scaler((NAME,), (50.0,), (25.0,)), first_guess=(NAME,))
    network.drift.set_factors(torch.tensor([0.8]))
    return NetworkPredictor(network)
