"""Rasters at places, and their means around them."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.grid import Grid
from aqnet_pyg.readers import covariates_on_grid, with_covariates
from aqnet_pyg.readers.fields.surroundings import at_places
from aqnet_pyg.stations import make_station_data


def raster(spacing=0.02, name="dem", values=None):
    """A map whose values are linear in the coordinates, 110 to 112 degrees east, 34 to 36 degrees north."""
    longitude, latitude = np.arange(110, 112.0001, spacing), np.arange(34, 36.0001, spacing)
    linear = 10 * (longitude[None] - 110) + 5 * (latitude[:, None] - 34)
    return xr.DataArray(
        (linear if values is None else np.broadcast_to(values, linear.shape)).astype(np.float32),
        {"longitude": longitude, "latitude": latitude},
        ("latitude", "longitude"),
        name,
        {"units": "m", "source": "dem.tif"},
    )


def network(longitude=(110.5, 111.0, 111.5), latitude=(34.5, 35.0, 35.5), hours=3):
    points = pd.DataFrame(
        {"longitude": longitude, "latitude": latitude}, index=[f"s{n}" for n in range(len(longitude))]
    )
    values = np.ones((hours, len(longitude)), np.float32)
    time = pd.date_range("2024-01-01", periods=hours, freq="h")
    return make_station_data({"pm25": values}, time, points, time_zone="Asia/Shanghai", source="test")


def test_the_value_at_a_place_is_bilinear():
    assert at_places(raster(), np.array([110.513]), np.array([35.117])) == pytest.approx([5.13 + 5.585], abs=1e-4)


@pytest.mark.parametrize("radius", [3.0, 20.0, 45.0])
def test_the_mean_of_a_plane_around_a_place_is_its_value(radius):
    expected = 10 * (111.003 - 110) + 5 * (35.011 - 34)
    found = at_places(raster(), np.array([111.003]), np.array([35.011]), radius)
    assert found == pytest.approx([expected], abs=0.12)


@given(radius=st.floats(6, 70), longitude=st.floats(110, 112), latitude=st.floats(34, 36))
def test_a_mean_is_that_of_all_cells_within_the_radius(radius, longitude, latitude):
    """No cells are joined, which are no smaller than a sixteenth of the radius."""
    rng = np.random.default_rng(0)
    field = raster(0.05, values=rng.gamma(2, 10, (41, 41)))
    field[3:8, 5:20] = np.nan
    found = at_places(field, np.array([longitude]), np.array([latitude]), radius)
    east, north = np.meshgrid(np.radians(field.longitude), np.radians(field.latitude))
    across = np.sin((north - np.radians(latitude)) / 2) ** 2
    across += np.cos(north) * np.cos(np.radians(latitude)) * np.sin((east - np.radians(longitude)) / 2) ** 2
    near = 2 * 6371.0088 * np.arcsin(np.sqrt(across)) <= radius
    values, weight = field.values[near], np.cos(north)[near]
    known = np.isfinite(values)
    expected = np.average(values[known], weights=weight[known]) if known.any() else np.nan
    np.testing.assert_allclose(found, [expected], rtol=1e-4)


def test_missing_cells_do_not_count_and_the_coast_takes_the_nearest_cell():
    field = raster(0.1, values=7.0)
    field[:, 10:] = np.nan  # sea from 111 degrees on
    assert at_places(field, np.array([111.02]), np.array([35.0]), 30.0) == pytest.approx([7.0])
    assert at_places(field, np.array([110.95, 111.0]), np.array([35.0, 35.03])) == pytest.approx([7.0, 7.0])
    assert np.isnan(at_places(field, np.array([111.5, 111.5]), np.array([35.0, 35.0]))).all()


def test_what_is_refused():
    for radius, message in ((-1.0, "radii: -1 km"), (1.0, r"shorter than the distance of the cells of dem.tif, 2\.2")):
        with pytest.raises(InputError, match=message):
            at_places(raster(), np.array([111.0]), np.array([35.0]), radius)
    with pytest.raises(InputError, match="no value at any station"):
        with_covariates(network((10.0, 11.0, 12.0)), raster())
    with pytest.raises(InputError, match="have a variable 'dem_map' already"):
        with_covariates(with_covariates(network(), raster()), raster())
    with pytest.raises(InputError, match="not distinct"):
        with_covariates(network(), [raster(), raster()])


def test_variables_of_station_data_and_of_a_grid_agree():
    data = with_covariates(network((110.5, 111.0, 200.0)), [raster(), raster(name="people")], (0, 10))
    assert {"dem_map", "dem_map_10km", "people_map", "people_map_10km"} < set(data.data_vars)
    assert data.dem_map.dims == ("time", "station")
    assert data.dem_map.attrs["comment"] == "The raster has values at 2 of 3 stations."
    assert data.dem_map_10km.attrs["long_name"] == "dem, mean within 10 km"
    np.testing.assert_allclose(data.dem_map[:, :2], [[7.5, 15.0]] * 3, rtol=1e-5)
    assert data.dem_map[:, 2].isnull().all()
    grid = Grid(np.array([110.5, 111.0]), np.array([34.5, 35.0]))
    on_grid = covariates_on_grid(grid, [raster(), raster(name="people")], (0, 10))
    for name in ("dem_map", "dem_map_10km", "people_map_10km"):
        np.testing.assert_allclose([on_grid[name][0, 0], on_grid[name][1, 1]], data[name][0, :2])
