"""PyTorch Geometric models of one's own as predictors."""

import numpy as np
import pytest
import torch
from station_samples import random_station_data
from torch import nn
from torch_geometric.nn import SAGEConv

from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import ConnectNeighbors
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import ModulePredictor, calibrate, reanalyze
from aqnet_pyg.testing import ModulePredictorTests
from aqnet_pyg.windows import Window

WINDOW = Window(12, margin=2)


class Mean(nn.Module):
    """The mean of the visible stations in the predicted hours."""

    def forward(self, data):
        seen = data.x_mask[:, 2:-2, 0]
        mean = (data.x[:, 2:-2, 0] * seen).sum(0) / seen.sum(0).clamp(min=1)
        return (60 + 40 * mean).expand(len(data.pos), -1)


class Sage(nn.Module):
    """A layer of messages from neighbors."""

    def __init__(self, window):
        super().__init__()
        torch.manual_seed(0)
        self.layer = SAGEConv(window.history * 2, window.steps)

    def forward(self, data):
        return 60 + 40 * self.layer(data.x.flatten(1), data.edge_index)


class TestSage(ModulePredictorTests):
    def make(self, window, scaler):
        return ModulePredictor(Sage(window), window, scaler, transform=ConnectNeighbors(k=4))


class Pooled(nn.Module):
    """The mean of all nodes, with cells and hidden stations among them."""

    def forward(self, data):
        return (60 + 40 * data.x[:, 2:-2, 0].mean(0)).expand(len(data.pos), -1)


class TestPooled(ModulePredictorTests):
    """The tests notice a model in which cells affect the stations."""

    windows = (WINDOW,)

    def make(self, window, scaler):
        return ModulePredictor(Pooled(), window, scaler)

    def test_cells_have_no_effect_on_each_other(self):
        with pytest.raises(AssertionError, match="not close"):
            super().test_cells_have_no_effect_on_each_other()


class Numbered(nn.Module):
    """The index of the node."""

    def forward(self, data):
        return torch.arange(len(data.pos), dtype=torch.float32)[:, None].expand(-1, data.y.size(1))


def test_a_model_that_depends_on_the_order_of_stations_is_noticed():
    class Tests(ModulePredictorTests):
        def make(self, window, scaler):
            return ModulePredictor(Numbered(), window, scaler)

    with pytest.raises(AssertionError, match="changed the predictions for station"):
        Tests().test_the_order_of_stations_has_no_effect()


def test_the_truth_is_no_input(data):
    class Leaking(nn.Module):
        def forward(self, data):
            return data.y + data.y_mask

    stations, _ = reanalyze(predictor(data, Leaking()), data)
    assert not stations.pm25.any()


@pytest.fixture(scope="module")
def data():
    return random_station_data()


def predictor(data, module=None, **options):
    scaler = StationDataset(data, WINDOW, variables=["pm25"]).scaler
    return ModulePredictor(module or Mean(), WINDOW, type(scaler)(("pm25",), (60.0,), (40.0,)), **options)


def test_a_visible_station_is_predicted_without_its_own_measurements(data):
    changed = data.copy(deep=True)
    changed.pm25[:, 3] = 900.0
    before, after = (reanalyze(predictor(each), each)[0].pm25 for each in (data, changed))
    own = data.station.values[3]
    np.testing.assert_array_equal(before.sel(station=own), after.sel(station=own))
    assert not np.array_equal(before.values, after.values)


def test_the_mean_of_stations_and_its_intervals(data):
    codes = [str(code) for code in data.station.values]
    model = calibrate(predictor(data), data, [codes[:3]])
    stations, grid = reanalyze(model, data, hidden=codes[:3], grid=Grid.around(data, 1.0))
    expected = data.pm25.sel(station=codes[3:]).mean("station")
    np.testing.assert_allclose(stations.pm25.sel(station=codes[0]), expected, rtol=1e-4)
    np.testing.assert_allclose(grid.pm25[:, 0, 0], expected, rtol=1e-4)
    std = data.pm25.sel(station=codes[3:]).std("station")
    np.testing.assert_allclose(stations.pm25_spread.sel(station=codes[0]), std, rtol=1e-3)
    assert bool((grid.pm25_lower < grid.pm25_upper).all())


def test_another_shape_is_refused(data):
    class Wrong(nn.Module):
        def forward(self, data):
            return data.x

    with pytest.raises(InputError, match=r"return a tensor of shape \[N, steps\]"):
        reanalyze(predictor(data, Wrong()), data)


def test_a_target_that_is_no_input_is_refused(data):
    with pytest.raises(InputError, match="target: 'o3' is not among"):
        predictor(data, target="o3")
