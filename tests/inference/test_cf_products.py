"""Predictions as data sets in CF conventions."""

import numpy as np
import pytest
import xarray as xr
from model_samples import sample_model
from station_samples import random_station_data

from aqnet_pyg.baselines import distance_matrix_km
from aqnet_pyg.conformal import ConformalIntervals
from aqnet_pyg.grid import Grid
from aqnet_pyg.inference.cf_products import Places, forecast_axes, grid_product, reconstruction_axes, station_product
from aqnet_pyg.windows import Window

RECONSTRUCT, FORECAST = Window(12, margin=2), Window(24, horizon=6)


@pytest.fixture(scope="module")
def data():
    return random_station_data().sortby("station")


@pytest.fixture(scope="module")
def grid(data):
    return Grid.around(data, 4.0)


@pytest.fixture(scope="module")
def places(data, grid):
    return Places.of(data, np.arange(12) >= 3, grid)


def intervals():
    rng = np.random.default_rng(0)
    value, std, km = rng.uniform(20, 100, 500), np.full(500, 5.0), rng.uniform(1, 400, 500)
    lead = rng.integers(1, 7, 500).astype(float)
    truth = value + (1 + 0.02 * km + lead) * rng.normal(size=500)
    return ConformalIntervals().fit(value, std, km, truth, lead)


def random_values(shape, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([rng.uniform(20, 100, shape), rng.uniform(2, 9, shape)]).astype(np.float32)


def test_axes_of_a_reconstruction_are_its_hours(data):
    axes = reconstruction_axes(data.time[5:9])
    assert (axes.dims, axes.shape) == (("time",), (4,))
    np.testing.assert_array_equal(axes.time, data.time[5:9])


def test_axes_of_a_forecast_begin_an_hour_after_its_history(data):
    issued = data.time.values[[23, 47]]
    axes = forecast_axes(issued, 6)
    assert (axes.dims, axes.shape) == (("forecast_reference_time", "lead"), (2, 6))
    assert axes.coords["lead"].values.tolist() == [1, 2, 3, 4, 5, 6]
    np.testing.assert_array_equal(axes.time[1], data.time.values[48:54])


def test_distances_are_to_the_nearest_other_visible_station(data, grid, places):
    here = data.longitude.values, data.latitude.values
    between = distance_matrix_km(here, here)
    np.fill_diagonal(between, np.inf)
    np.testing.assert_allclose(places.station_km, between[:, 3:].min(axis=1), rtol=1e-5)
    to_cells = distance_matrix_km(tuple(grid.pos.T), tuple(axis[3:] for axis in here))
    np.testing.assert_allclose(places.cell_km, to_cells.min(axis=1), rtol=1e-5)
    assert places.station_km.dtype == places.cell_km.dtype == np.float32
    assert Places.of(data, places.visible, None).cell_km.shape == (0,)


def test_measurements_stand_beside_a_reconstruction(data, places):
    values = random_values((4, 12))
    model = sample_model("network", data, RECONSTRUCT)
    product = station_product(model, values, data, places, reconstruction_axes(data.time[5:9]))
    np.testing.assert_array_equal(product.pm25, values[0])
    np.testing.assert_array_equal(product.pm25_spread, values[1])
    np.testing.assert_array_equal(product.pm25_measured, data.pm25[5:9])
    np.testing.assert_array_equal(product.station_distance, places.station_km)
    assert product.visible.values.tolist() == [0, 0, 0, *[1] * 9]
    assert product.station.equals(data.station)
    assert product.pm25.attrs["ancillary_variables"] == "pm25_spread station_distance"
    wanted = {"task": "reconstruct", "model": "network", "neighbors": 4, "featureType": "timeSeries"}
    assert wanted.items() <= product.attrs.items()
    assert product.attrs["source"] == "AQ-Net of made up for tests"


def test_measurements_beside_a_forecast_are_those_of_its_valid_hours(data, places):
    axes = forecast_axes(data.time.values[[23, 69]], 6)
    model = sample_model("network", data, FORECAST)
    product = station_product(model, random_values((2, 6, 12)), data, places, axes)
    measured = product.pm25_measured
    np.testing.assert_array_equal(measured[0], data.pm25[24:30])
    np.testing.assert_array_equal(measured[1, :2], data.pm25[70:72])
    assert measured[1, 2:].isnull().all()
    np.testing.assert_array_equal(product.station_distance[3:], 0)  # a visible station has its own history
    np.testing.assert_array_equal(product.station_distance[:3], places.station_km[:3])


def test_intervals_depend_on_the_distance_and_the_hours_ahead(data, places, grid):
    model = sample_model("network", data, FORECAST)
    model.intervals = intervals()
    axes = forecast_axes(data.time.values[[23, 47]], 6)
    stations, cells = random_values((2, 6, 12)), random_values((2, 6, len(grid.pos)), seed=1)
    at_stations = station_product(model, stations, data, places, axes)
    on_grid = grid_product(model, cells, data, grid, places, axes)
    for issue, lead in ((0, 1), (1, 6)):
        for product, values, km in (
            (at_stations, stations, at_stations.station_distance.values),
            (on_grid, cells, places.cell_km),
        ):
            lower, upper = model.intervals.quantiles(
                *values[:, issue, lead - 1], km, lead=float(lead), levels=(0.05, 0.95)
            )
            for name, expected in (("lower", lower), ("upper", upper)):
                found = product[f"pm25_{name}"].isel(forecast_reference_time=issue, lead=lead - 1)
                np.testing.assert_allclose(found.values.ravel(), expected, rtol=1e-5)
                assert found.dtype == np.float32
    assert "5%" in on_grid.pm25_lower.attrs["long_name"]


def test_cells_of_a_grid_are_row_by_row(data, places, grid):
    model = sample_model("kriging", data, RECONSTRUCT)
    values = np.broadcast_to(grid.pos[:, 0] + 1000 * grid.pos[:, 1], (2, 3, len(grid.pos))).astype(np.float32)
    product = grid_product(model, values, data, grid, places, reconstruction_axes(data.time[:3]))
    assert product.pm25.dims == ("time", "latitude", "longitude")
    expected = product.longitude + 1000 * product.latitude
    xr.testing.assert_allclose(product.pm25[2].drop_vars("time"), expected.T.astype(np.float32), rtol=1e-6)
    corner = product.station_distance.isel(latitude=1, longitude=0)
    assert corner == places.cell_km[grid.longitude.size]
    assert all(product[name].attrs["grid_mapping"] == "crs" for name in ("pm25", "pm25_spread", "station_distance"))
    assert product.crs.attrs["grid_mapping_name"] == "latitude_longitude"
    assert "neighbors" not in product.attrs


@pytest.mark.parametrize("window", [RECONSTRUCT, FORECAST], ids=["reconstruct", "forecast"])
def test_lazy_values_give_the_same_products(data, places, grid, window):
    da = pytest.importorskip("dask.array")
    model = sample_model("network", data, window)
    model.intervals = intervals()
    axes = forecast_axes(data.time.values[[23, 47]], 6) if window.horizon else reconstruction_axes(data.time[:4])
    chunked = data.chunk(time=10)
    for make, size, options in ((station_product, 12, ()), (grid_product, len(grid.pos), (grid,))):
        values = random_values((*axes.shape, size))
        lazy = da.from_array(values, (2, 1, *values.shape[2:]))
        found = make(model, lazy, chunked, *options, places, axes)
        assert found.pm25_upper.chunks is not None
        xr.testing.assert_identical(found.compute(), make(model, values, data, *options, places, axes))
