"""Further variables as inputs, and covariates that are known at the predicted hours."""

import numpy as np
import pytest
import torch
import xarray as xr
from station_samples import random_station_data

from aqnet_pyg.datasets import StationDataset
from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.nn import AQNet
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.training import StationDataModule, train
from aqnet_pyg.training.checkpoint import load_model, save_model
from aqnet_pyg.windows import Window

RECONSTRUCT, FORECAST = Window(12, margin=2), Window(24, horizon=12)


@pytest.fixture
def windy():
    """PM2.5 is what the wind of the hour says."""
    data = random_station_data(stations=12, hours=24 * 12)
    rng = np.random.default_rng(0)
    wind = xr.DataArray(rng.normal(size=data.pm25.shape).astype(np.float32), dims=("time", "station"))
    return data.assign(wind=wind, pm25=(100 + 20 * wind).astype(np.float32).assign_attrs(data.pm25.attrs))


def a_model(data, window):
    torch.manual_seed(0)
    model = AQNet(window, Scaler.fit(data, ["pm25", "pm10"]), k=4, channels=8, known=Scaler.fit(data, ["wind"]))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return model.eval()


def test_what_is_known_of_the_horizon_is_learned(windy, tmp_path):
    hours, hidden = {"time": slice(0, 200)}, list(windy.station.values[:2])
    errors = {}
    for known in ((), ("wind",)):
        windows = StationDataModule(
            windy.isel(hours).drop_sel(station=hidden),
            windy.isel(time=slice(200, None)),
            hidden,
            FORECAST,
            k=4,
            known=known,
        )
        model = AQNet(FORECAST, windows.scaler, k=4, channels=8, known=windows.known)
        model = train(model, windows, tmp_path / str(len(known)), steps=2)
        result, _ = reanalyze(model, windy.isel(time=slice(200, None)), hidden=hidden)
        error = (result.pm25 - result.pm25_measured).where(result.visible == 1)
        errors[known] = float(np.abs(error).mean())
    assert errors[("wind",)] < 0.2 * errors[()]


@pytest.mark.parametrize("window", [RECONSTRUCT, FORECAST])
def test_only_the_predicted_hours_of_covariates_count_and_only_they(windy, window):
    model = a_model(windy, window)
    hidden = windy.station.values[:1]
    one = windy.isel(time=slice(0, 36))
    changed = one.copy(deep=True)
    step = 30 if window.horizon else 5
    changed["wind"][step, 0] = 5.0
    a, b = (reanalyze(model, data, hidden=hidden)[0].pm25.values.ravel() for data in (one, changed))
    assert (a != b).sum() == 1
    changed["pm25"][step:, 0] = 500.0
    np.testing.assert_array_equal(b, reanalyze(model, changed, hidden=hidden)[0].pm25.values.ravel())
    missing = one.copy(deep=True)
    missing["wind"][:] = np.nan
    assert np.isfinite(reanalyze(model, missing, hidden=hidden)[0].pm25).all()


def test_cells_have_the_covariates_of_a_grid(windy):
    model = a_model(windy, RECONSTRUCT)
    code = windy.station.values[0]
    place = windy.sel(station=code)
    grid = Grid(place.longitude.values[None], place.latitude.values[None])
    sides = {
        "latitude": place.latitude.values + np.arange(-1, 2),
        "longitude": place.longitude.values + np.arange(-1, 2),
    }
    weather = place.wind.drop_vars(["longitude", "latitude", "station"]).expand_dims(sides).to_dataset()
    stations, cells = reanalyze(model, windy, hidden=[code], grid=grid, covariates=weather)
    np.testing.assert_allclose(stations.pm25.sel(station=code), cells.pm25[:, 0, 0], rtol=1e-4, atol=1e-3)
    lazy = reanalyze(model, windy.chunk(time=50), hidden=[code], grid=grid, covariates=weather.chunk(time=30))[1]
    np.testing.assert_array_equal(lazy.pm25, cells.pm25)
    _, without = reanalyze(model, windy, hidden=[code], grid=grid)
    assert not np.allclose(without.pm25, cells.pm25)
    with pytest.raises(InputError, match="'wind' is missing"):
        reanalyze(model, windy, grid=grid, covariates=weather.rename(wind="gale"))


def test_a_checkpoint_keeps_its_covariates(windy, tmp_path):
    model = a_model(windy, FORECAST)
    save_model(model, tmp_path / "a.ckpt")
    again = load_model(tmp_path / "a.ckpt")
    assert again.predictor.known == ("wind",)
    assert again.predictor.network.known == model.known
    a, b = (reanalyze(each, windy)[0].pm25 for each in (model, again))
    np.testing.assert_array_equal(a, b)


def test_windows_hold_covariates_at_hidden_stations_too(windy):
    windows = StationDataset(windy, FORECAST, hidden=windy.station.values[:3], known=Scaler.fit(windy, ["wind"]))
    data = windows[0]
    assert data.known.shape == (12, 12, 2)
    assert (data.known[:, :, 1] == 1).all()
    ordered = windy.sortby("station").wind.values[24:36].T
    expected = (ordered - windows[0].known.new_tensor(windy.wind.mean().item()).item()) / windy.wind.std().item()
    np.testing.assert_allclose(data.known[:, :, 0], expected, atol=1e-4)
    with pytest.raises(InputError, match="gale"):
        StationDataset(windy, FORECAST, known=Scaler(("gale",), (0.0,), (1.0,)))
