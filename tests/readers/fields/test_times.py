import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from readers.fields.model_files import regular, write

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_field
from aqnet_pyg.readers.fields.times import common_step, plan_hours

LONGITUDE, LATITUDE = np.arange(100, 104, 2.0), np.arange(30, 34, 2.0)


def undecoded(values, attrs, dtype=np.float64, **file_attrs):
    """A file with times as they are stored."""
    dataset = regular(pd.date_range("2000-01-01", periods=len(values), freq="h"), LONGITUDE, LATITUDE)
    return dataset.assign_coords(time=("time", np.asarray(values, dtype), attrs)).assign_attrs(file_attrs)


@pytest.mark.parametrize(
    ("values", "attrs", "first"),
    [
        ([0, 1, 2], {"units": "hours since 2023-01-01T05:00:00Z"}, "2023-01-01 05:00"),
        ([0, 1, 2], {"units": "hours since 2023-01-01 05:00 +08:00"}, "2022-12-31 21:00"),
        ([0.25, 0.25 + 1 / 24, 0.25 + 2 / 24], {"units": "days since 2023-01-01"}, "2023-01-01 06:00"),
        ([1066998, 1066999, 1067000], {"units": "hours since 1901-09-01 00:00:00.0"}, "2023-05-22 06:00"),
        (
            [63072000, 63075600, 63079200],
            {"units": "seconds since 2021-01-01", "calendar": "proleptic_gregorian"},
            "2023-01-01",
        ),
        ([0, 1, 2], {"units": "hours", "long_name": "ANALYSIS time from 20220301"}, "2022-03-01"),
    ],
)
def test_times_in_files(tmp_path, values, attrs, first):
    field = read_field(write(undecoded(values, attrs), tmp_path / "a.nc"))
    assert list(field.indexes["time"]) == list(pd.date_range(first, periods=3, freq="h"))


def test_days_with_rounding_errors(tmp_path):
    hours = np.arange(48)
    field = read_field(
        write(undecoded(44927 + hours / 24, {"units": "days since 1900-01-01"}, np.float64), tmp_path / "a.nc")
    )
    assert list(field.indexes["time"]) == list(pd.date_range("2023-01-03", periods=48, freq="h"))


@pytest.mark.parametrize(
    ("attrs", "message"),
    [
        ({"units": "hours since 2023-01-01", "calendar": "360_day"}, "of the calendar '360_day'"),
        (
            {"units": "hours since 2023-01-01", "calendar": "noleap"},
            "of the calendar 'noleap'; give them in the Gregorian",
        ),
        ({"units": "hours since yesterday"}, "the times cannot be decoded"),
        ({"units": "fortnights"}, "have the units 'fortnights' and no date"),
        ({"units": "fortnights", "long_name": "time from 20230101"}, "'time' has the units 'fortnights'; use hours"),
        ({}, "the times have the units '' and no date"),
    ],
)
def test_times_that_cannot_be_decoded(tmp_path, attrs, message):
    with pytest.raises(InputError, match=message):
        read_field(write(undecoded([0, 1], attrs), tmp_path / "a.nc"))


def test_missing_times_are_refused(tmp_path):
    with pytest.raises(InputError, match="some times are missing"):
        read_field(write(undecoded([0, np.nan, 2], {"units": "hours since 2023-01-01"}), tmp_path / "a.nc"))


def test_files_without_records_are_refused(tmp_path):
    dataset = undecoded([0, 1], {"units": "hours since 2023-01-01"}).isel(time=slice(0, 0))
    with pytest.raises(InputError, match="some times are missing"):
        read_field(write(dataset, tmp_path / "a.nc"))


def test_a_time_of_another_name(tmp_path):
    dataset = undecoded([0, 1], {"units": "hours since 2023-01-01", "standard_name": "time"}).rename(time="t")
    assert read_field(write(dataset, tmp_path / "a.nc")).indexes["time"][0] == pd.Timestamp("2023-01-01")
    del dataset.t.attrs["standard_name"]
    with pytest.raises(InputError, match="the coordinate of the time is not recognized"):
        read_field(write(dataset, tmp_path / "b.nc"))


def test_a_valid_time_beside_its_lead_time(tmp_path):
    dataset = undecoded([0, 1, 2], {"units": "hours since 2023-01-01", "standard_name": "time"})
    dataset["forecast_period"] = ("time", [12.0, 13.0, 14.0], {"units": "hours"})
    assert read_field(write(dataset, tmp_path / "a.nc")).indexes["time"][0] == pd.Timestamp("2023-01-01")


def test_one_scalar_time(tmp_path):
    dataset = undecoded([6], {"units": "hours since 2023-01-01"}).isel(time=0)
    assert list(read_field(write(dataset, tmp_path / "a.nc")).indexes["time"]) == [pd.Timestamp("2023-01-01 06:00")]


def test_files_of_one_record_each(tmp_path):
    pytest.importorskip("dask")
    for hour in (3, 1, 2):
        write(undecoded([hour], {"units": "hours since 2023-01-01"}), tmp_path / f"{hour}.nc")
    assert list(read_field(tmp_path).indexes["time"].hour) == [1, 2, 3]


def test_bounds_of_hourly_averages(tmp_path):
    dataset = undecoded([0, 1, 2], {"units": "hours since 2023-01-01", "bounds": "tb"})
    dataset["tb"] = (("time", "nv"), np.array([[0, 1], [1, 2], [2, 3]], float))
    field = read_field(write(dataset, tmp_path / "a.nc"))
    assert list(field.indexes["time"].hour) == [1, 2, 3]
    assert "Averages over 1 hour, by the bounds of the times." in field.attrs["rules"]
    assert read_field(tmp_path / "a.nc", time_label="instant").indexes["time"][0] == pd.Timestamp("2023-01-01")


def test_three_hourly_averages_stand_at_their_center(tmp_path):
    path = write(undecoded([1.5, 4.5], {"units": "hours since 2023-01-01"}), tmp_path / "a.nc")
    field = read_field(path).isel(latitude=0, longitude=0)
    # The hour from 1 to 2 is the middle of the first period: it has its average.
    assert field.sel(time="2023-01-01T02:00") == field.isel(time=0)
    assert list(field.indexes["time"].hour) == [1, 2, 3, 4, 5, 6]


def test_the_first_hours_of_a_day_without_bounds(tmp_path):
    path = write(undecoded([0, 24], {"units": "hours since 2023-01-01"}), tmp_path / "a.nc")
    field = read_field(path, time_label="start", start="2023-01-01", end="2023-01-01")
    assert list(field.indexes["time"]) == list(pd.date_range("2023-01-01 01:00", periods=24, freq="h"))


@given(
    step=st.sampled_from([1, 2, 3, 6, 12, 24]),
    present=st.lists(st.booleans(), min_size=2, max_size=12).filter(any),
)
def test_the_plan_is_linear_interpolation_of_runs(step, present):
    start = np.datetime64("2023-01-01", "s")
    every = start + np.arange(len(present)) * np.timedelta64(step, "h")
    time = every[np.array(present)]
    if common_step(time) != np.timedelta64(step, "h"):
        return
    plan, rule = plan_hours(time, "field")
    values = np.random.default_rng(0).normal(size=len(time))
    found = values[plan.lower] * (1 - plan.weight) + values[plan.upper] * plan.weight
    number = {one: position for position, one in enumerate(time)}
    expected = {}
    for hour in np.arange(-step, len(present) * step + step):
        at = start + hour * np.timedelta64(1, "h")
        position, rest = divmod(hour, step)
        around = [start + place * np.timedelta64(step, "h") for place in (position, position + 1)]
        low, high = (number.get(one) for one in around)
        if rest == 0 and low is not None:
            expected[at] = values[low]
        elif rest and low is not None and high is not None:
            expected[at] = values[low] + (values[high] - values[low]) * rest / step
        elif rest and low is not None and rest * 2 <= step:
            expected[at] = values[low]
        elif rest and high is not None and (step - rest) * 2 <= step:
            expected[at] = values[high]
    hours = plan.hours.to_numpy("datetime64[s]")
    assert list(hours) == sorted(expected)
    np.testing.assert_allclose(found, [expected[hour] for hour in hours], atol=1e-12)
    assert (rule is None) == (step == 1)


def test_common_step():
    time = np.datetime64("2023-01-01", "s") + np.array([0, 3, 6, 7, 9]) * np.timedelta64(1, "h")
    assert common_step(time) == np.timedelta64(3, "h")
    assert common_step(time[:1]) == np.timedelta64(1, "h")


def test_no_whole_hour_is_refused():
    time = np.array(["2023-01-01T00:20", "2023-01-01T00:30"], "datetime64[s]")
    with pytest.raises(InputError, match="no whole hour"):
        plan_hours(time, "field")


def test_records_more_often_than_hourly(tmp_path):
    path = write(undecoded(np.arange(0, 5, 0.5), {"units": "hours since 2023-01-01"}), tmp_path / "a.nc")
    field = read_field(path)
    assert list(field.indexes["time"].hour) == [0, 1, 2, 3, 4]
    xr.testing.assert_equal(field, field.sortby("time"))
    with pytest.raises(InputError, match=r"averages over 0\.5 hours; average them over hours first"):
        read_field(path, time_label="start")
