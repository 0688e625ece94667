import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from readers.fields.model_files import plane, regular, write
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_field, write_netcdf

LONGITUDE, LATITUDE = np.arange(100, 112, 2.0), np.arange(30, 40, 2.0)


def hourly(first="2023-01-01", periods=6, freq="h", **options):
    time = pd.date_range(first, periods=periods, freq=freq)
    return regular(time, options.pop("longitude", LONGITUDE), options.pop("latitude", LATITUDE), **options)


def test_hourly_instantaneous_values_in_the_units_of_the_pollutant(tmp_path):
    field = read_field(write(hourly(), tmp_path / "cams.nc"))
    assert field.name == "pm25_first_guess"
    assert field.dims == ("time", "latitude", "longitude")
    assert field.dtype == np.float32
    assert field.attrs["units"] == "ug m-3"
    assert field.attrs["source"] == "cams.nc"
    assert list(field.indexes["time"]) == list(pd.date_range("2023-01-01", periods=6, freq="h"))
    np.testing.assert_allclose(field.sel(latitude=34, longitude=104), plane(104, 34, np.arange(6)), rtol=1e-6)


def test_every_rule_is_stated(tmp_path):
    rules = read_field(write(hourly(), tmp_path / "cams.nc")).attrs["rules"]
    assert rules == [
        "Variable 'pm2p5' (CAMS global (forecasts, reanalysis EAC4)).",
        "Converted from 'kg m**-3' to 'ug m-3'.",
        "Instantaneous values (nothing else is stated): each is taken for the hour that ends at its time.",
    ]


def test_descending_latitudes_and_longitudes_from_0_to_360(tmp_path):
    longitude, latitude = np.arange(0, 360, 30.0), np.arange(90, -91, -30.0)
    field = read_field(write(hourly(longitude=longitude, latitude=latitude), tmp_path / "global.nc"))
    np.testing.assert_array_equal(field.longitude, np.arange(-180, 180, 30))
    np.testing.assert_array_equal(field.latitude, np.arange(-90, 91, 30))
    expected = plane(field.longitude.values, field.latitude.values[:, None])
    np.testing.assert_allclose(field.isel(time=0), expected, rtol=1e-6)


def test_a_grid_that_ends_at_180_degrees_keeps_its_order(tmp_path):
    field = read_field(write(hourly(longitude=np.arange(160, 181, 5.0)), tmp_path / "east.nc"))
    np.testing.assert_array_equal(field.longitude, np.arange(160, 181, 5))


def test_the_seam_may_occur_twice(tmp_path):
    field = read_field(write(hourly(longitude=np.arange(-180, 181, 60.0)), tmp_path / "twice.nc"))
    np.testing.assert_array_equal(field.longitude, np.arange(-180, 180, 60))


@pytest.mark.parametrize("suffix", ["nc", "cdf"])
def test_three_hourly_fields_are_linear_in_time(tmp_path, suffix):
    field = read_field(write(hourly(periods=3, freq="3h"), tmp_path / f"a.{suffix}"))
    hours = np.arange(-1, 8)  # half a step before the first record and after the last
    assert list(field.indexes["time"]) == list(pd.Timestamp("2023-01-01") + pd.to_timedelta(hours, "h"))
    np.testing.assert_allclose(field.sel(latitude=30, longitude=100), plane(100, 30, hours.clip(0, 6)), rtol=1e-6)
    assert "Records every 3 hours" in field.attrs["rules"][-1]


def test_gaps_longer_than_a_step_are_left_out(tmp_path):
    dataset = hourly(periods=6, freq="3h").isel(time=[0, 1, 4, 5])
    field = read_field(write(dataset, tmp_path / "gap.nc"))
    hours = (field.indexes["time"] - pd.Timestamp("2023-01-01")) / pd.Timedelta("1h")
    assert list(hours) == [-1, 0, 1, 2, 3, 4, 11, 12, 13, 14, 15, 16]


def test_daily_averages_cover_their_day(tmp_path):
    dataset = hourly(first="2023-01-01", periods=3, freq="D")
    dataset.time.attrs["bounds"] = "time_bnds"
    start = dataset.time.values
    dataset["time_bnds"] = (("time", "bnds"), np.stack([start, start + np.timedelta64(1, "D")], axis=1))
    field = read_field(write(dataset, tmp_path / "daily.nc"))
    assert list(field.indexes["time"]) == list(pd.date_range("2023-01-01 01:00", "2023-01-04", freq="h"))
    # The center of the hour that ends at 13:00 is half an hour after noon, the center of the day.
    at = field.sel(latitude=30, longitude=100, time="2023-01-01T13:00")
    np.testing.assert_allclose(at, plane(100, 30, 24 * 0.5 / 24), rtol=1e-6)


def test_a_missing_record_does_not_reach_an_hour_that_has_its_own(tmp_path):
    dataset = hourly(periods=3, freq="3h")
    dataset["pm2p5"][1] = np.nan
    field = read_field(write(dataset, tmp_path / "hole.nc")).isel(latitude=0, longitude=0)
    missing = field.indexes["time"][field.isnull().values]
    assert list(missing.hour) == [1, 2, 3, 4, 5]


def test_negative_and_fill_values(tmp_path):
    dataset = hourly(periods=1)
    dataset["pm2p5"].values[0, 0, :4] = [-1e-12, -0.5e-9, -999e-9, 1e6]
    field = read_field(write(dataset, tmp_path / "a.nc")).isel(time=0, latitude=0)
    np.testing.assert_array_equal(field[:4], np.float32([0, 0, np.nan, np.nan]))


def test_packed_values_and_other_orders_of_dimensions(tmp_path):
    dataset = hourly(periods=3, freq="3h")
    dataset["pm2p5"].values[0, 0, 0] = np.nan
    expected = read_field(write(dataset, tmp_path / "a.nc"))
    packed = {"dtype": "int16", "scale_factor": 1e-11, "add_offset": 1e-7, "_FillValue": -32767}
    other = dataset.transpose("longitude", "time", "latitude")
    for suffix in ("nc", "cdf"):
        field = read_field(write(other, tmp_path / f"packed.{suffix}", pm2p5=packed))
        assert field.dims == expected.dims
        np.testing.assert_allclose(field, expected, atol=0.006)


def test_several_files_are_lazy_and_their_order_changes_nothing(tmp_path):
    pytest.importorskip("dask")
    dataset = hourly(periods=9, freq="3h")
    whole = read_field(write(dataset, tmp_path / "whole.nc"))
    (tmp_path / "parts").mkdir()
    names = [tmp_path / "parts" / name for name in ("b.nc", "c.cdf", "a.nc")]
    for name, part in zip(names, (slice(0, 4), slice(3, 6), slice(6, 9)), strict=True):
        write(dataset.isel(time=part), name)
    for paths in (names, names[::-1], tmp_path / "parts", str(tmp_path / "parts" / "*")):
        field = read_field(paths)
        assert field.chunks
        xr.testing.assert_equal(field.compute(), whole)
        assert field.attrs["source"] == "a.nc and 2 more files"


def test_zarr_stores(tmp_path):
    pytest.importorskip("zarr")
    dataset = hourly()
    dataset.to_zarr(tmp_path / "store.zarr", zarr_format=2)
    field = read_field(tmp_path / "store.zarr")
    assert field.chunks
    xr.testing.assert_equal(field.compute(), read_field(write(dataset, tmp_path / "a.nc")))


def test_two_values_for_one_time_are_refused(tmp_path):
    first, second = hourly(), hourly(first="2023-01-01T03:00")
    paths = [write(first, tmp_path / "a.nc"), write(second, tmp_path / "b.nc")]
    with pytest.raises(InputError, match=r"a\.nc: the values of 2023-01-01T03:00:00 UTC differ from those in .*b\.nc"):
        read_field(paths)


def test_files_of_other_grids_are_refused(tmp_path):
    paths = [write(hourly(), tmp_path / "a.nc"), write(hourly(latitude=LATITUDE + 1), tmp_path / "b.nc")]
    with pytest.raises(InputError, match=r"b\.nc: the grid differs from that of .*a\.nc"):
        read_field(paths)


def test_area_and_period(tmp_path):
    path = write(hourly(periods=72), tmp_path / "a.nc")
    field = read_field(path, start="2023-01-02", end="2023-01-02", bbox=(103, 33, 105, 35))
    assert field.indexes["time"][[0, -1]].tolist() == [pd.Timestamp("2023-01-02"), pd.Timestamp("2023-01-03")]
    np.testing.assert_array_equal(field.longitude, [102, 104, 106])
    np.testing.assert_array_equal(field.latitude, [32, 34, 36])
    xr.testing.assert_equal(field, read_field(path).sel(field.coords))
    with pytest.raises(InputError, match=r"start: .* has no hour from 2024"):
        read_field(path, start="2024")
    with pytest.raises(InputError, match="no cell in the box"):
        read_field(path, bbox=(0, 0, 10, 10))


def test_an_area_across_the_seam_of_the_file(tmp_path):
    path = write(hourly(longitude=np.arange(0, 360, 10.0)), tmp_path / "a.nc")
    field = read_field(path, bbox=(-15, 31, 15, 35))
    np.testing.assert_array_equal(field.longitude, [-20, -10, 0, 10, 20])
    at_the_edge = read_field(path, bbox=(-175, 31, -165, 35))
    np.testing.assert_array_equal(at_the_edge.longitude, [-180, -170, -160])
    beyond = read_field(path, bbox=(-179, 31, -178, 35))
    np.testing.assert_array_equal(beyond.longitude, [-180, -170])


@pytest.mark.parametrize(("label", "shift"), [("instant", "0h"), ("start", "1h"), ("center", "30min"), ("end", "0h")])
def test_labels_of_hourly_records(tmp_path, label, shift):
    first = pd.Timestamp("2023-01-01 06:30" if label == "center" else "2023-01-01 06:00")
    field = read_field(write(hourly(first=first), tmp_path / "a.nc"), time_label=label)
    assert field.indexes["time"][0] == first + pd.Timedelta(shift)
    assert len(field.time) == 6


def test_averages_without_bounds_need_a_label(tmp_path):
    path = write(hourly(attrs={"cell_methods": "time: mean"}), tmp_path / "a.nc")
    with pytest.raises(InputError, match="give time_label='start', 'center' or 'end'"):
        read_field(path)
    assert read_field(path, time_label="end").indexes["time"][0] == pd.Timestamp("2023-01-01")


def test_units_that_are_not_stated(tmp_path):
    dataset = hourly(factor=1)
    del dataset["pm2p5"].attrs["units"]
    path = write(dataset, tmp_path / "a.nc")
    with pytest.raises(InputError, match=r"a\.nc: pm2p5: the units are not stated; give them"):
        read_field(path)
    np.testing.assert_allclose(read_field(path, units="ug/m3")[0, 0, 0], plane(100, 30), rtol=1e-6)


def test_unknown_targets_and_files(tmp_path):
    with pytest.raises(InputError, match="target: 'dust' is not a pollutant"):
        read_field(tmp_path, "dust")
    with pytest.raises(InputError, match="there is no such file"):
        read_field(tmp_path / "absent.nc")


def test_a_field_without_time_is_a_snapshot(tmp_path):
    dataset = hourly(periods=1).isel(time=0, drop=True)
    field = read_field(write(dataset, tmp_path / "a.nc"))
    assert field.dims == ("latitude", "longitude")
    assert field.attrs["rules"][-1] == "The file has no time: the field is taken for all hours."


@settings(max_examples=15)  # files
@given(
    turns=st.integers(-1, 1),
    flips=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    roll=st.integers(0, 35),
    west=st.integers(-1800, 0).map(lambda tenths: tenths / 10),
)
def test_turns_descending_axes_and_their_start_change_nothing(tmp_path_factory, turns, flips, roll, west):
    folder = tmp_path_factory.mktemp("invariant")
    longitude = np.round(west + np.arange(0, 360, 10.0), 6)
    dataset = hourly(periods=4, freq="3h", longitude=longitude)
    expected = read_field(write(dataset, folder / "a.nc"))
    changed = dataset.assign_coords(longitude=longitude + 360 * turns).roll(longitude=roll, roll_coords=True)
    for flip, name in zip(flips, ("time", "latitude", "longitude"), strict=True):
        changed = changed.isel({name: slice(None, None, -1)}) if flip else changed
    xr.testing.assert_identical(read_field(write(changed, folder / "a.nc")), expected)


@settings(max_examples=5)
@given(chunks=st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 6)))
def test_chunks_in_the_file_change_nothing(tmp_path_factory, chunks):
    folder = tmp_path_factory.mktemp("chunks")
    dataset = hourly(periods=5, freq="3h")
    expected = read_field(write(dataset, folder / "a.nc"))
    other = write(dataset, folder / "a.nc", pm2p5={"chunksizes": chunks, "zlib": True})
    xr.testing.assert_identical(read_field(other), expected)


def test_measurements_are_no_field(tmp_path):
    # They would be the truth at hidden stations.
    write_netcdf(random_station_data(hours=24), tmp_path / "stations.nc")
    with pytest.raises(InputError, match=r"stations.nc: its values are at stations, along 'station'"):
        read_field(tmp_path / "stations.nc")
