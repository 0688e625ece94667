import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import network, reanalysis
from aqnet_pyg.inference.calibration import calibrate
from aqnet_pyg.inference.network import NetworkPredictor
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.nn import AQNet
from aqnet_pyg.scaling import Scaler
from aqnet_pyg.windows import Window

RECONSTRUCT, FORECAST = Window(12, margin=2), Window(24, horizon=12)


def a_model(data, window):
    torch.manual_seed(0)
    model = AQNet(window, Scaler.fit(data, ["pm25", "pm10"]), k=4, channels=8).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    return model


def test_every_hour_of_the_data_is_reconstructed_once(station_data):
    model = a_model(station_data, RECONSTRUCT)
    grid = Grid.around(station_data, 2.0)
    stations, cells = reanalyze(model, station_data, hidden=station_data.station.values[:2], grid=grid)
    assert stations.time.equals(station_data.time)
    assert stations.pm25.dims == ("time", "station")
    assert cells.pm25.dims == ("time", "latitude", "longitude")
    assert cells.time.equals(station_data.time)
    assert np.isfinite(stations.pm25).all()
    assert np.isfinite(cells.pm25).all()
    assert stations.visible.sel(station=station_data.station.values[:2]).values.tolist() == [0, 0]
    assert stations.visible.sum() == 10
    assert stations.pm25_measured.equals(station_data.pm25.sortby("station").rename("pm25_measured"))
    for name, units in [("time_zone", "Asia/Shanghai"), ("featureType", "timeSeries"), ("Conventions", "CF-1.11")]:
        assert stations.attrs[name] == units
    assert cells.pm25.attrs["units"] == "ug m-3"


def test_a_grid_holds_the_kriging_that_a_network_departs_from(station_data):
    grid = Grid.around(station_data, 2.0)
    untrained = AQNet(RECONSTRUCT, Scaler.fit(station_data, ["pm25", "pm10"]), k=4, channels=8)
    departing = a_model(station_data, RECONSTRUCT)
    departing.background.load_state_dict(untrained.background.state_dict())
    _, kriging = reanalyze(untrained, station_data, grid=grid)
    _, cells = reanalyze(departing, station_data, grid=grid)
    np.testing.assert_allclose(kriging.pm25_background, kriging.pm25, rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(cells.pm25_background, kriging.pm25, rtol=1e-4, atol=1e-2)
    assert np.abs(cells.pm25 - cells.pm25_background).max() > 1
    _, forecast = reanalyze(a_model(station_data, FORECAST), station_data, grid=grid)
    assert "pm25_background" not in forecast


@settings(max_examples=10)
@given(first=st.integers(0, 60), hours=st.integers(1, 30))
def test_a_part_is_the_part_of_the_whole(first, hours):
    """Windows of the same phase give the same numbers, and the ends of a period are cut to the hour."""
    data = random_station_data()
    model = a_model(data, RECONSTRUCT)
    first = first - first % RECONSTRUCT.steps
    last = min(first + hours, 71)
    whole, _ = reanalyze(model, data)
    part, _ = reanalyze(model, data, start=data.time.values[first], end=data.time.values[last])
    assert part.time.values.tolist() == data.time.values[first : last + 1].tolist()
    np.testing.assert_allclose(part.pm25, whole.pm25.sel(time=part.time), rtol=1e-4, atol=1e-3)


def test_chunks_of_cells_change_nothing(station_data, monkeypatch):
    model, grid = a_model(station_data, RECONSTRUCT), Grid.around(station_data, 2.0)
    whole = reanalyze(model, station_data, grid=grid)[1]
    monkeypatch.setattr(network, "CELLS_PER_CHUNK", 7)
    chunked = reanalyze(model, station_data, grid=grid)[1]
    np.testing.assert_allclose(whole.pm25, chunked.pm25, rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(whole.station_distance, chunked.station_distance)


def test_a_cell_on_a_station_is_the_hidden_station(station_data):
    """A grid cell is a hidden station that nobody built."""
    model = a_model(station_data, RECONSTRUCT)
    code = station_data.station.values[0]
    place = station_data.sel(station=code)
    grid = Grid(place.longitude.values[None], place.latitude.values[None])
    stations, cells = reanalyze(model, station_data, hidden=[code], grid=grid)
    np.testing.assert_allclose(stations.pm25.sel(station=code), cells.pm25[:, 0, 0], rtol=1e-4, atol=1e-3)
    assert cells.station_distance.item() > 1


def test_a_reconstruction_may_leave_out_visible_stations(station_data):
    model, hidden = a_model(station_data, RECONSTRUCT), station_data.station.values[:2]
    station_data["pm25"][20:40, 5] = np.nan  # not visible in some windows
    every = reanalyze(model, station_data, hidden=hidden)[0].pm25
    only = reanalyze(model, station_data, hidden=hidden, at_visible=False)[0].pm25
    np.testing.assert_allclose(only.sel(station=hidden), every.sel(station=hidden), rtol=1e-4, atol=1e-3)
    assert only.sel(station=station_data.station.values[2:5]).isnull().all()
    assert reanalyze(model, station_data, at_visible=False)[0].pm25[:8].isnull().all()


def test_forecasts_are_issued_wherever_they_fit(station_data):
    model = a_model(station_data, FORECAST)
    stations, cells = reanalyze(model, station_data, grid=Grid.around(station_data, 4.0), stride=12)
    assert stations.pm25.dims == ("forecast_reference_time", "lead", "station")
    assert stations.sizes == {"forecast_reference_time": 4, "lead": 12, "station": 12}
    issued = stations.forecast_reference_time.values
    assert issued[0] == station_data.time.values[23]
    assert (stations.time.values[:, 0] - issued == np.timedelta64(1, "h")).all()
    measured = stations.pm25_measured.isel(forecast_reference_time=1, lead=0).values
    np.testing.assert_array_equal(measured, station_data.sortby("station").pm25.values[36])
    assert cells.pm25.shape[:2] == (4, 12)


def test_hours_that_nobody_measured_are_not_invented(station_data):
    data = station_data.copy(deep=True)
    data["pm25"][20:40] = np.nan
    model = a_model(station_data, RECONSTRUCT)
    stations, _ = reanalyze(model, data)
    assert stations.pm25[20:40].isnull().all()
    assert stations.pm25[:20].notnull().all()


def test_grid_is_on_multiples_of_the_spacing(station_data):
    grid = Grid.around(station_data, 0.25)
    assert grid.longitude[0] <= station_data.longitude.min() < grid.longitude[0] + 0.25
    assert grid.latitude[-1] >= station_data.latitude.max() > grid.latitude[-1] - 0.25
    assert np.allclose(grid.longitude % 0.25, 0)
    assert grid.pos[1].tolist() == [grid.longitude[1], grid.latitude[0]]


def test_what_cannot_be_used_is_refused(station_data):
    model = a_model(station_data, RECONSTRUCT)
    codes = station_data.station.values
    with pytest.raises(InputError, match="needs 5"):
        reanalyze(model, station_data, hidden=codes[:8])
    with pytest.raises(InputError, match="no hour"):
        reanalyze(model, station_data, start="2030-01-01")
    with pytest.raises(InputError, match="longer period"):
        reanalyze(a_model(station_data, Window(60, horizon=24)), station_data)
    with pytest.raises(InputError, match="spacing"):
        Grid.around(station_data, 0.0)
    with pytest.raises(InputError, match="cells"):
        Grid.around(station_data, 0.001)


@pytest.mark.parametrize("window", [RECONSTRUCT, FORECAST])
@pytest.mark.parametrize("chunk", [5, 100])
def test_chunked_data_are_reanalyzed_lazily_and_equal(station_data, window, chunk, monkeypatch):
    model, grid = a_model(station_data, window), Grid.around(station_data, 2.0)
    model = calibrate(model, station_data, [station_data.station.values[:2]])
    options = {
        "hidden": station_data.station.values[:2],
        "grid": grid,
        "stride": 5,
        "start": station_data.time.values[3],
    }
    monkeypatch.setattr(reanalysis, "BLOCK_VALUES", 1)  # a window and a row of the grid
    whole = reanalyze(model, station_data, **options)
    calls = []
    predict = NetworkPredictor.predict
    monkeypatch.setattr(
        NetworkPredictor, "predict", lambda *parts, **options: (calls.append(1), predict(*parts, **options))[1]
    )
    lazy = reanalyze(model, station_data.chunk(time=chunk), **options)
    assert not calls
    for a, b in zip(whole, lazy, strict=True):
        assert len(b.chunks[b.pm25.dims[0]]) > 1
        xr.testing.assert_allclose(a, b.compute(), rtol=1e-5, atol=1e-4)
        assert a.attrs == b.attrs
    assert calls
    assert set(b.pm25.chunks[-2]) == {1}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("window", [RECONSTRUCT, FORECAST])
def test_a_gpu_gives_the_same(window, station_data):
    model = a_model(station_data, window)
    grid = Grid.around(station_data, 2.0)
    parts = [
        reanalyze(model, station_data, hidden=station_data.station.values[:2], grid=grid, device=device)
        for device in ("cuda", "cpu")
    ]
    for gpu, cpu in zip(*parts, strict=True):
        np.testing.assert_allclose(gpu.pm25, cpu.pm25, rtol=1e-3, atol=1e-2)
