"""Products with filled gaps: measured values untouched, status, period, lazy data."""

import numpy as np
import pytest
import xarray as xr
from filling_samples import HourlyMean
from hypothesis import given, settings
from hypothesis import strategies as st
from station_samples import random_station_data

from aqnet_pyg import fill
from aqnet_pyg.errors import InputError
from aqnet_pyg.inference import STATUS
from aqnet_pyg.io.cf import from_cf
from aqnet_pyg.io.files import write_dataset


def with_gaps(hours=72, **options):
    """Station data with an hour without measurements, and a gap of 30 hours at the first station."""
    data = random_station_data(hours=hours, **options)
    data["pm25"][40] = np.nan
    data["pm25"][5:35, 0] = np.nan
    return data


def bits(values):
    return np.ascontiguousarray(values, np.float32).view(np.uint32)


@settings(max_examples=20)
@given(missing=st.floats(0, 1), seed=st.integers(0, 100), longest=st.none() | st.integers(1, 40))
def test_measured_values_come_back_bit_for_bit(missing, seed, longest):
    data = random_station_data(stations=4, hours=30, seed=seed, missing=missing)
    product = fill(HourlyMean.of(data), data, longest=longest)
    measured = np.isfinite(data.pm25.values)
    for name in ("pm25", "pm25_lower", "pm25_upper"):
        np.testing.assert_array_equal(bits(product[name].values[measured]), bits(data.pm25.values[measured]))
    np.testing.assert_array_equal(product.pm25_status == STATUS["measured"], measured)
    np.testing.assert_array_equal(product.pm25.notnull(), product.pm25_status <= STATUS["filled"])
    np.testing.assert_array_equal(product.pm25_lower.notnull(), product.pm25.notnull())


def test_status_of_every_hour():
    data = with_gaps(missing=0)
    product = fill(HourlyMean.of(data), data)
    assert (product.pm25_status[40] == STATUS["not_filled_nothing_measured_near"]).all()
    assert product.pm25[40].isnull().all()
    assert (product.pm25_status[5:35, 0] == STATUS["filled"]).all()
    np.testing.assert_allclose(product.pm25[5:35, 0], data.pm25[5:35, 1:].mean("station"), rtol=1e-6)
    np.testing.assert_allclose(product.pm25_upper[5:35, 0], product.pm25[5:35, 0] + 10, rtol=1e-6)
    at_most = fill(HourlyMean.of(data), data, longest=29)
    assert (at_most.pm25_status[5:35, 0] == STATUS["not_filled_gap_longer_than_limit"]).all()
    assert at_most.pm25[5:35, 0].isnull().all()
    assert at_most.attrs["longest_gap_hours"] == 29
    xr.testing.assert_equal(fill(HourlyMean.of(data), data, longest=30), product)


def test_models_are_given_the_other_pollutants_that_they_read():
    data = with_gaps(missing=0)
    model = HourlyMean.of(data)
    model.others, arrays = ("pm10", "o3"), []
    model.fill = lambda values, time, others: arrays.extend(others) or HourlyMean.fill(model, values, time)
    product = fill(model, data.drop_vars("o3"))
    np.testing.assert_array_equal(arrays[0], data.pm10.transpose("time", "station"))
    assert np.isnan(arrays[1]).all()
    xr.testing.assert_equal(product, fill(HourlyMean.of(data), data.drop_vars("o3")))


def test_the_length_of_a_gap_is_that_in_the_whole_record():
    data = with_gaps()
    hours = data.time.values
    whole = fill(HourlyMean.of(data), data, longest=29)
    part = fill(HourlyMean.of(data), data, longest=29, start=hours[20], end=str(hours[30]))
    xr.testing.assert_identical(part, whole.isel(time=slice(20, 31)))


def test_several_pollutants():
    data = with_gaps()
    product = fill([HourlyMean.of(data), HourlyMean.of(data, "o3")], data)
    assert list(product) == [f"{name}{part}" for name in ("pm25", "o3") for part in ("", "_lower", "_upper", "_status")]
    xr.testing.assert_equal(product.o3, fill(HourlyMean.of(data, "o3"), data).o3)
    assert product.attrs["title"] == "PM2.5, O3: measurements and filled gaps"


def test_stations_are_matched_by_code():
    data = with_gaps()
    model = HourlyMean.of(data)
    fewer = data.isel(station=[7, 2, 5])
    product = fill(model, fewer)
    assert list(product.station.values) == list(fewer.station.values)
    np.testing.assert_allclose(product.pm25.values, fill(HourlyMean.of(fewer), fewer).pm25.values, rtol=1e-6)
    renamed = data.assign_coords(station=["new", *data.station.values[1:]])
    with pytest.raises(InputError, match=r"1 of 12 .* such as 'new'"):
        fill(model, renamed)


def test_lazy_data_give_the_same_later():
    pytest.importorskip("dask")
    data = with_gaps()
    model = HourlyMean.of(data)
    lazy = fill(model, data.chunk(time=24, station=5), longest=20)
    assert all(lazy[name].chunks for name in lazy)
    xr.testing.assert_identical(lazy.compute(), fill(model, data, longest=20))


def test_a_file_has_all_of_it(tmp_path):
    data = with_gaps()
    product = fill(HourlyMean.of(data), data, longest=20)
    write_dataset(product.transpose("station", ...), tmp_path / "filled.nc")
    with xr.open_dataset(tmp_path / "filled.nc") as file:
        again = from_cf(file.load())
    xr.testing.assert_equal(again.transpose("time", "station"), product)
    status = again.pm25_status
    assert status.dtype == np.int8
    assert dict(zip(status.attrs["flag_meanings"].split(), status.attrs["flag_values"].tolist(), strict=True)) == STATUS
    assert again.pm25.attrs["ancillary_variables"] == "pm25_lower pm25_upper pm25_status"
    assert again.pm25.attrs["standard_name"].startswith("mass_concentration_of_pm2p5")
    assert again.pm25_lower.attrs["units"] == "ug m-3"
    assert again.attrs["task"] == "fill"


def test_arguments_that_cannot_be_used():
    data = with_gaps()
    model = HourlyMean.of(data)
    with pytest.raises(InputError, match="models of pm25, pm25 were given"):
        fill([model, model], data)
    with pytest.raises(InputError, match="of no pollutant"):
        fill([], data)
    with pytest.raises(InputError, match="longest: 0 hours"):
        fill(model, data, longest=0)
    with pytest.raises(InputError, match="'so2'"):
        fill(HourlyMean.of(data, "so2"), data)
    with pytest.raises(InputError, match="no hour from 2031"):
        fill(model, data, start="2031-01-01")
