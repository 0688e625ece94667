"""Small windows and networks for the tests of nn."""

import pytest
import torch
from torch_geometric.transforms import Compose

from aqnet_pyg import Window
from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.graph import AddEdgeFeatures, ConnectNeighbors
from aqnet_pyg.nn import AQNet

RECONSTRUCT, FORECAST = Window(24, margin=6), Window(24, horizon=48)
WINDOWS = pytest.mark.parametrize("window", [RECONSTRUCT, FORECAST], ids=["reconstruct", "forecast"])
K = 4


def windows(data, window, hidden=(), scaler=None):
    transform = Compose([ConnectNeighbors(K), AddEdgeFeatures()])
    return StationDataset(data, window, scaler=scaler, hidden=hidden, transform=transform)


def perturbed(module):
    """The module with noise added to its parameters, so that parts that are zero at initialization contribute."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return module


def perturbed_network(window, scaler, seed=0, **options):
    torch.manual_seed(seed)
    return perturbed(AQNet(window, scaler, k=K, channels=8, **options).eval())
