"""``ds.aqnet``."""

import doctest
import pickle

import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from station_samples import random_station_data

from aqnet_pyg.datasets import Scaler, Window
from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import Region
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference.reanalysis import reanalyze
from aqnet_pyg.integrations import accessor
from aqnet_pyg.nn import AQNet
from aqnet_pyg.readers import read_netcdf, write_netcdf
from aqnet_pyg.stations import flag_suspect
from aqnet_pyg.training.checkpoint import save_model

RECONSTRUCT, FORECAST = Window(12, margin=2), Window(24, horizon=12)


def a_model(data, window):
    torch.manual_seed(0)
    return AQNet(window, Scaler.fit(data, ["pm25", "pm10"]), k=3, channels=8).eval()


def test_the_examples_run():
    assert doctest.testmod(accessor).failed == 0


def test_hidden_stations_are_part_of_the_data(station_data, tmp_path):
    codes = station_data.station.values[:3]
    data = station_data.aqnet.hide(codes)
    assert data.aqnet.hidden == tuple(sorted(codes))
    assert station_data.aqnet.hidden == ()
    for copy in (pickle.loads(pickle.dumps(data)), data.chunk(time=7), data.isel(time=slice(5))):
        assert copy.aqnet.hidden == tuple(sorted(codes))
    write_netcdf(data, tmp_path / "a.nc")
    assert read_netcdf(tmp_path / "a.nc")[0].aqnet.hidden == tuple(sorted(codes))
    assert len(station_data.aqnet.hide(0.25).aqnet.hidden) == 3
    longitude, latitude = (float(station_data[name][0]) for name in ("longitude", "latitude"))
    region = Region.box(longitude - 0.1, latitude - 0.1, longitude + 0.1, latitude + 0.1)
    assert codes[0] in station_data.aqnet.hide(region).aqnet.hidden
    with pytest.raises(InputError, match="nowhere"):
        station_data.aqnet.hide(["nowhere"])


def test_edges_come_from_visible_stations(station_data):
    data = station_data.aqnet.hide(0.25)
    graph = data.aqnet.graph(k=3)
    assert set(graph) == set(data.station.values)
    assert all(graph.in_degree(code) == 3 for code in graph)
    assert all(graph.out_degree(code) == 0 for code in data.aqnet.hidden)


@settings(max_examples=15)
@given(stations=st.integers(1, 6), flags=st.booleans(), seed=st.integers(0, 1000))
def test_station_data_survive_a_file_and_pyg(stations, flags, seed, tmp_path_factory):
    """Station data to NetCDF, to PyG and back: values, units, names, flags and zone are kept."""
    data = random_station_data().isel(station=slice(stations)).sortby("station")
    values = np.random.default_rng(seed).random(data.pm25.shape)
    data["pm25"] = data.pm25.where(values > 0.2)
    data = flag_suspect(data) if flags else data
    path = tmp_path_factory.mktemp("a") / "a.nc"
    write_netcdf(data, path)
    read, _ = read_netcdf(path)
    back = read.aqnet.to_pyg(history=12, margin=2).to_xarray()
    xr.testing.assert_identical(back, data)


def test_windows_know_what_is_hidden(station_data):
    data = station_data.aqnet.hide(0.25)
    windows = data.aqnet.to_pyg(history=24, horizon=12)
    assert [code for code, hide in zip(windows.codes, windows.hidden, strict=True) if hide] == sorted(data.aqnet.hidden)
    assert windows.window == FORECAST


@pytest.mark.parametrize(("window", "method"), [(RECONSTRUCT, "reanalyze"), (FORECAST, "forecast")])
def test_results_are_those_of_the_function(station_data, window, method, tmp_path):
    data, model = station_data.aqnet.hide(0.25), a_model(station_data, window)
    hidden = data.aqnet.hidden
    ours, grid = reanalyze(model, data, hidden=hidden, grid=Grid.around(data, 2.0))
    xr.testing.assert_identical(getattr(data.aqnet, method)(model), ours)
    assert ours.aqnet.hidden == hidden
    save_model(model, tmp_path / "a.ckpt")
    xr.testing.assert_identical(getattr(data.aqnet, method)(tmp_path / "a.ckpt", spacing=2.0), grid)
    lazy = getattr(data.chunk(time=10).aqnet, method)(model, spacing=2.0)
    assert lazy.chunks
    xr.testing.assert_identical(lazy.compute(), grid)
    other = {"reanalyze": "forecast", "forecast": "reanalyze"}[method]
    with pytest.raises(InputError, match="model: its task"):
        getattr(data.aqnet, other)(model)


def test_grids_are_like_another_or_in_a_region(station_data):
    model = a_model(station_data, RECONSTRUCT)
    like = xr.Dataset(coords={"latitude": [40.0, 37.0, 36.0], "longitude": [112.0, 113.0]})
    result = station_data.aqnet.reanalyze(model, like=like)
    np.testing.assert_array_equal(result.latitude, like.latitude)
    np.testing.assert_array_equal(result.longitude, like.longitude)
    up = station_data.aqnet.reanalyze(model, like=like.sortby("latitude"))
    xr.testing.assert_identical(result.sortby("latitude"), up)

    box = station_data.aqnet.reanalyze(model, region=(110, 35, 114, 38), spacing=1.0)
    assert box.sizes["latitude"] == 4
    assert box.sizes["longitude"] == 5
    triangle = Region.from_wkt("POLYGON ((110 35, 114 35, 110 38, 110 35))")
    part = station_data.aqnet.reanalyze(model, region=triangle, spacing=1.0)
    inside = triangle.mask(Grid(part.longitude.values, part.latitude.values))
    assert inside.any()
    assert not inside.all()
    assert (part.pm25.notnull().values == inside).all()
    np.testing.assert_array_equal(part.pm25.where(inside), box.pm25.where(inside))
    with pytest.raises(InputError, match="like: it is the whole grid"):
        station_data.aqnet.reanalyze(model, like=like, spacing=1.0)
    with pytest.raises(InputError, match="no coordinate 'longitude'"):
        station_data.aqnet.reanalyze(model, like=like.rename(longitude="lon"))


def test_pictures(station_data):
    data = station_data.aqnet.hide(0.25)
    assert data.aqnet.plot_map().axes
    assert data.aqnet.plot_graph(k=3).axes


def test_what_is_no_station_data_is_refused(station_data):
    assert station_data.aqnet.check() is station_data
    with pytest.raises(InputError, match="station"):
        station_data.rename(station="site").aqnet.check()
