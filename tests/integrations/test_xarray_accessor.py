"""The accessor ``ds.aqnet``."""

import doctest
import pickle

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from filling_samples import HourlyMean
from hypothesis import given, settings
from hypothesis import strategies as st
from model_samples import random_network, sample_model
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.graph import Region
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference import fill, reanalyze
from aqnet_pyg.integrations import xarray_accessor
from aqnet_pyg.readers import read_netcdf, write_netcdf
from aqnet_pyg.readers.assembly.suspect_values import flag_suspect
from aqnet_pyg.training import save_model
from aqnet_pyg.windows import Window

RECONSTRUCT, FORECAST = Window(12, margin=2), Window(24, horizon=12)


def test_the_examples_run():
    assert doctest.testmod(xarray_accessor).failed == 0


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


def test_daily_means_are_of_local_days(station_data):
    days = station_data.aqnet.daily(min_hours=1)
    # Labeled by their ends: the hour that ends at local midnight belongs to the day before.
    begin = station_data.indexes["time"].tz_localize("UTC").tz_convert("Asia/Shanghai") - pd.Timedelta("1h")
    expected = station_data.pm25.transpose("time", "station").to_pandas().groupby(begin.date).mean()
    np.testing.assert_allclose(days.pm25.transpose("day", "station").values, expected.values, rtol=1e-5)
    assert [str(day)[:10] for day in days.day.values] == [str(day) for day in expected.index]


def test_scores_are_those_of_hidden_stations(station_data):
    data = station_data.aqnet.hide(station_data.station.values[:3])
    result = data.aqnet.reanalyze(sample_model("network", data, RECONSTRUCT))
    error = (result.pm25 - result.pm25_measured).sel(station=list(data.aqnet.hidden))
    (row,) = result.aqnet.scores().to_dict("records")
    assert row["mae"] == pytest.approx(float(np.abs(error).mean()), rel=1e-4)
    assert row["n"] == int(error.notnull().sum())
    each = result.aqnet.scores("station")
    assert tuple(each.index) == data.aqnet.hidden
    assert each.n.sum() == result.aqnet.scores("distance").n.sum() == row["n"]
    with pytest.raises(InputError, match="by: 'lead' was given; use station, distance"):
        result.aqnet.scores("lead")
    with pytest.raises(InputError, match="no hidden station"):
        result.assign_coords(visible=("station", np.ones(result.sizes["station"], np.int8))).aqnet.scores()


def test_scores_of_a_forecast_by_lead_time(station_data):
    data = station_data.aqnet.hide(0.25)
    result = data.aqnet.forecast(sample_model("network", data, FORECAST))
    assert result.aqnet.scores("lead").index[0] == "1–2 h"


def test_edges_come_from_visible_stations(station_data):
    data = station_data.aqnet.hide(0.25)
    graph = data.aqnet.graph(k=3)
    assert set(graph) == set(data.station.values)
    assert all(graph.in_degree(code) == 3 for code in graph)
    assert all(graph.out_degree(code) == 0 for code in data.aqnet.hidden)


@settings(max_examples=10)
@given(stations=st.integers(1, 6), flags=st.booleans(), seed=st.integers(0, 1000))
def test_station_data_survive_a_file_and_pyg(stations, flags, seed, tmp_path_factory):
    """Station data to NetCDF, to PyG and back: values, units, names, flags and zone are kept."""
    data = random_station_data(hours=24).isel(station=slice(stations)).sortby("station")
    values = np.random.default_rng(seed).random(data.pm25.shape)
    data["pm25"] = data.pm25.where(values > 0.2)
    data = flag_suspect(data) if flags else data
    path = tmp_path_factory.mktemp("a") / "a.nc"
    write_netcdf(data, path)
    read, _ = read_netcdf(path)
    back = read.aqnet.to_pyg(history=12, margin=2).to_xarray()
    xr.testing.assert_identical(back, data)


def test_windows_hide_the_hidden_stations(station_data):
    data = station_data.aqnet.hide(0.25)
    windows = data.aqnet.to_pyg(history=24, horizon=12)
    assert [code for code, hide in zip(windows.codes, windows.hidden, strict=True) if hide] == sorted(data.aqnet.hidden)
    assert windows.window == FORECAST


@pytest.mark.parametrize(
    ("kind", "window", "method"),
    [
        ("network", RECONSTRUCT, "reanalyze"),
        ("krigings", RECONSTRUCT, "reanalyze"),
        ("ensemble", RECONSTRUCT, "reanalyze"),
        ("network", FORECAST, "forecast"),
        ("ensemble", FORECAST, "forecast"),
    ],
)
def test_results_are_those_of_the_function(kind, window, method, station_data, tmp_path):
    data, model = station_data.aqnet.hide(0.25), sample_model(kind, station_data, window)
    hidden = data.aqnet.hidden
    at_stations, on_grid = reanalyze(model, data, hidden=hidden, grid=Grid.around(data, 2.0))
    predict = getattr(data.aqnet, method)
    xr.testing.assert_identical(predict(model), at_stations)
    assert at_stations.aqnet.hidden == hidden
    save_model(model, tmp_path / "a.ckpt")
    xr.testing.assert_identical(predict(tmp_path / "a.ckpt", spacing=2.0), on_grid)
    lazy = getattr(data.chunk(time=10).aqnet, method)(model, spacing=2.0)
    assert lazy.chunks
    xr.testing.assert_identical(lazy.compute(), on_grid)
    other = {"reanalyze": "forecast", "forecast": "reanalyze"}[method]
    with pytest.raises(InputError, match=f"model: its task .* use ds.aqnet.{method}"):
        getattr(data.aqnet, other)(model)


def test_grids_are_like_another_or_in_a_region(station_data):
    model = random_network(station_data, RECONSTRUCT)
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
    with pytest.raises(InputError, match="like: it defines the whole grid"):
        station_data.aqnet.reanalyze(model, like=like, spacing=1.0)
    with pytest.raises(InputError, match="no coordinate 'longitude'"):
        station_data.aqnet.reanalyze(model, like=like.rename(longitude="lon"))


def test_plots(station_data):
    data = station_data.aqnet.hide(0.25)
    assert data.aqnet.plot_map().axes
    assert data.aqnet.plot_graph(k=3).axes


def test_other_data_sets_are_refused(station_data):
    assert station_data.aqnet.check() is station_data
    with pytest.raises(InputError, match="station"):
        station_data.rename(station="site").aqnet.check()


def test_gaps_of_visible_stations_are_filled(station_data, tmp_path):
    data = station_data.aqnet.hide(0.25)
    model = HourlyMean.of(data)
    filled = data.aqnet.fill(model, longest=3)
    assert not set(filled.station.values) & set(data.aqnet.hidden)
    xr.testing.assert_identical(filled, fill(model, data.isel(station=data.visible.values == 1), longest=3))
    both = data.aqnet.fill([model, HourlyMean.of(data, "o3")])
    assert {"pm25_status", "o3_status"} <= set(both)
    save_model(sample_model("network", data, RECONSTRUCT), tmp_path / "a.ckpt")
    with pytest.raises(InputError, match="does not fill gaps"):
        data.aqnet.fill(tmp_path / "a.ckpt")
