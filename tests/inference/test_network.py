"""Names of devices, and networks on grids."""

from functools import partial

import numpy as np
import pytest
import torch
from model_samples import random_network, sample_model
from station_samples import random_station_data

from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import NetworkPredictor, Request, evaluate_adaptively, network, reanalyze
from aqnet_pyg.inference.adaptive_grid import BLOCK
from aqnet_pyg.inference.network import torch_device
from aqnet_pyg.nn import InverseDistance, NeuralKNN
from aqnet_pyg.windows import Window

WINDOW = Window(12, margin=2)


@pytest.mark.parametrize(("there", "auto"), [(True, "cuda"), (False, "cpu")])
def test_auto_is_a_gpu_where_there_is_one(there, auto, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert [torch_device(name) for name in ("auto", "cpu", "gpu")] == [auto, "cpu", "cuda"]


def test_a_network_that_is_on_its_device_is_not_moved(monkeypatch):
    """As threads that predict with it fail at an LSTM that is moved, even to where it is."""
    moved = []
    monkeypatch.setattr(torch.nn.LSTM, "_apply", lambda self, *arguments, **options: moved.append(1) or self)
    module = torch.nn.Sequential(torch.nn.LSTM(2, 2), torch.nn.Dropout())
    network.prepare(module, "cpu")
    assert not moved
    assert not any(part.training for part in module.modules())
    network.prepare(module, "meta")
    assert moved


@pytest.fixture
def adaptive(monkeypatch):
    """Networks are adaptive on any grid, with a tolerance that is given."""
    monkeypatch.setattr(network, "EVERY_CELL", 0)

    def use(tolerance):
        monkeypatch.setattr(network, "evaluate_adaptively", partial(evaluate_adaptively, tolerance=tolerance))

    return use


@pytest.mark.parametrize("window", [WINDOW, Window(24, horizon=12)])
@pytest.mark.parametrize("weights", [None, InverseDistance()])
def test_without_tolerance_a_grid_is_as_at_every_cell(window, weights, adaptive):
    data = random_station_data()
    data.pm25[5:9, :] = np.nan
    model = random_network(data, window)
    if weights is not None:
        model.interpolator.weights = weights
    grid = Grid.around(data, 0.5)
    options = {"grid": grid, "hidden": data.station.values[:2]}
    adaptive(-1.0)
    _, found = reanalyze(model, data, **options)
    _, expected = reanalyze(model, data, every_cell=True, **options)
    for name in ("pm25", "pm25_spread"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-4, atol=1e-3)
    assert "interpolated" in found.pm25.attrs["comment"]
    assert "comment" not in expected.pm25.attrs


def test_departure_and_spread_are_interpolated(adaptive):
    """With any tolerance, corners of blocks are as at every cell, and other cells have their own kriging."""
    data = random_station_data()
    model, grid = random_network(data, WINDOW), Grid.around(data, 0.25)
    adaptive(np.inf)
    _, found = reanalyze(model, data, grid=grid)
    _, expected = reanalyze(model, data, grid=grid, every_cell=True)
    corners = {"latitude": slice(0, None, BLOCK), "longitude": slice(0, None, BLOCK)}
    for name in ("pm25", "pm25_spread"):
        np.testing.assert_allclose(found[name].isel(corners), expected[name].isel(corners), rtol=1e-4, atol=1e-3)
        assert np.abs(found[name] - expected[name]).max() > 0.1
    untrained = random_network(data, WINDOW)
    untrained.interpolator.reset_parameters()
    untrained.head.reset_parameters()
    found, expected = (reanalyze(untrained, data, grid=grid, every_cell=every)[1] for every in (False, True))
    np.testing.assert_allclose(found.pm25, expected.pm25, rtol=1e-4, atol=1e-3)


def test_small_grids_covariates_and_other_interpolators_have_every_cell():
    data = random_station_data()

    class Mine(NeuralKNN):
        pass

    model = random_network(data, WINDOW)
    wide = Request((), np.zeros((6000, 2)), 8, grid_shape=(60, 100))
    assert NetworkPredictor(model).interpolates_departure(wide)
    assert sample_model("ensemble", data, WINDOW).predictor.interpolates_departure(wide)
    assert not sample_model("krigings", data, WINDOW).predictor.interpolates_departure(wide)
    small = Request((), np.zeros((5000, 2)), 8, grid_shape=(50, 100))
    line = Request((), np.zeros((6000, 2)), 8, grid_shape=(1, 6000))
    for request in (small, line, Request((), np.zeros((6000, 2)), 8)):
        assert not NetworkPredictor(model).interpolates_departure(request)
    other = random_network(data, WINDOW, interpolator=Mine(8, 4, 4))
    assert not NetworkPredictor(other).interpolates_departure(wide)
    weather = random_network(data, WINDOW, known=model.scaler)
    assert not NetworkPredictor(weather).interpolates_departure(wide)
