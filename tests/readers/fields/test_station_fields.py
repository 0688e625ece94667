import numpy as np
import pandas as pd
import pytest
import xarray as xr
from readers.fields.model_files import plane
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import sample, with_first_guess


def field_of(stations, hours=slice(None)):
    time = stations.indexes["time"][hours]
    longitude, latitude = np.arange(108, 123, 1.0), np.arange(32, 43, 1.0)
    values = plane(longitude, latitude[:, None], np.arange(len(time))[:, None, None]).astype(np.float32)
    coords = {"time": time, "latitude": latitude, "longitude": longitude}
    attrs = {"units": "ug m-3", "rules": ["One rule."], "source": "made.nc"}
    return xr.DataArray(values, coords, ("time", "latitude", "longitude"), "pm25_first_guess", attrs)


def test_a_variable_is_added(station_data):
    data = with_first_guess(station_data, field_of(station_data))
    added = data["pm25_first_guess"]
    assert added.dims == ("time", "station")
    assert added.dtype == np.float32
    expected = plane(data.longitude.values, data.latitude.values, np.arange(data.sizes["time"])[:, None])
    np.testing.assert_allclose(added, expected, rtol=1e-6)
    assert added.attrs["units"] == "ug m-3"
    assert added.attrs["rules"] == ["One rule."]
    assert added.attrs["source"] == "made.nc"
    assert added.attrs["comment"] == "The field has values for 100.0 % of station-hours."
    xr.testing.assert_identical(data.drop_vars("pm25_first_guess"), station_data)


def test_several_fields(station_data):
    field = field_of(station_data)
    data = with_first_guess(station_data, [field, field.copy(data=2 * field.values)])
    np.testing.assert_allclose(data["pm25_first_guess_2"], 2 * data["pm25_first_guess"])


def test_hours_without_a_field_are_missing(station_data):
    data = with_first_guess(station_data, field_of(station_data, slice(0, 18)))
    known = data["pm25_first_guess"].notnull().all("station").values
    np.testing.assert_array_equal(known, np.arange(72) < 18)
    assert data["pm25_first_guess"].attrs["comment"] == "The field has values for 25.0 % of station-hours."


def test_other_units_are_refused(station_data):
    field = field_of(station_data)
    with pytest.raises(InputError, match=r"made\.nc: the field has the units 'mg m-3', but pm25 has 'ug m-3'"):
        with_first_guess(station_data, field.assign_attrs(units="mg m-3"))
    with pytest.raises(InputError, match="the field has no units"):
        with_first_guess(station_data, field.assign_attrs(units=""))
    with pytest.raises(InputError, match="target: 'dust'"):
        with_first_guess(station_data, field, "dust")


def test_another_period_is_refused(station_data):
    field = field_of(station_data)
    field = field.assign_coords(time=field.indexes["time"] + pd.Timedelta("365D"))
    with pytest.raises(
        InputError, match=r"hours from 2017-12-01 .* and the stations from 2016-12-01 .* none in common"
    ):
        with_first_guess(station_data, field)


def test_another_region_is_refused(station_data):
    field = field_of(station_data)
    field = field.assign_coords(longitude=field.longitude - 100)
    with pytest.raises(
        InputError, match=r"covers longitudes 8 to 22 and latitudes 32 to 42 and the stations .* none of them is inside"
    ):
        with_first_guess(station_data, field)


def test_units_that_must_be_wrong_are_refused(station_data):
    field = field_of(station_data)
    with pytest.raises(
        InputError, match=r"the median of the field at the stations is .*e-07 .* check the units of the field"
    ):
        with_first_guess(station_data, scaled(field, 1e-9))
    with pytest.raises(InputError, match="missing or impossible in the units that it states"):
        with_first_guess(station_data, scaled(field, np.nan))
    with_first_guess(station_data, scaled(field, 10))


def scaled(field, factor):
    return field.copy(data=field.values * np.float32(factor))


def test_it_can_be_written_and_read(station_data, tmp_path):
    from aqnet_pyg.readers import read_netcdf, write_netcdf

    data = with_first_guess(station_data, field_of(station_data))
    write_netcdf(data, tmp_path / "stations.nc")
    back, _ = read_netcdf(tmp_path / "stations.nc")
    xr.testing.assert_equal(back, data)
    assert list(np.atleast_1d(back["pm25_first_guess"].attrs["rules"])) == ["One rule."]


def test_the_values_are_those_of_sample():
    data = random_station_data(seed=3)
    field = field_of(data)
    expected = sample(field, data.longitude.values, data.latitude.values, data.time.values)
    np.testing.assert_array_equal(with_first_guess(data, field)["pm25_first_guess"], expected)
