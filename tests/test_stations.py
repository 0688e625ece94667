import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from station_samples import random_station_data

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import flag_suspect
from aqnet_pyg.stations import (
    POLLUTANTS,
    check_coordinates,
    check_station_data,
    count_instruments,
    instruments_of,
    make_station_data,
    mask_impossible,
    pollutants_in,
    standard_form,
    station_table,
)

TABLE = pd.DataFrame({"longitude": [116.0, 117.0], "latitude": [40.0, 41.0], "city": ["北京", None]}, index=["A", "B"])


def make(values=((1.0, 2.0), (3.0, 4.0)), hours=(0, 1), table=TABLE):
    time = pd.Timestamp("2017-01-01") + pd.to_timedelta(hours, unit="h")
    return make_station_data({"pm25": np.array(values)}, time, table, time_zone="Asia/Shanghai", source="made up")


def test_units_names_and_attributes():
    data = make()
    assert data.pm25.dims == ("time", "station")
    assert data.pm25.dtype == np.float32
    assert data.pm25.attrs["units"] == "ug m-3"
    assert data.pm25.attrs["standard_name"] == "mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air"
    assert data.longitude.attrs["units"] == "degrees_east"
    assert data.city.values.tolist() == ["北京", ""]
    assert list(POLLUTANTS) == ["pm25", "pm10", "so2", "no2", "o3", "co"]
    assert pollutants_in(data) == ["pm25"]


def test_the_time_axis_is_completed():
    data = make(hours=(0, 3))
    assert data.sizes["time"] == 4
    assert np.isnan(data.pm25.values[1:3]).all()
    assert data.pm25.values[3].tolist() == [3.0, 4.0]


def test_the_table_comes_back():
    data = random_station_data()
    again = station_table(data)
    assert again.index.tolist() == data.station.values.tolist()
    assert again.longitude.tolist() == data.longitude.values.tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data.drop_vars("longitude"), "coordinate 'longitude'"),
        (lambda data: data.rename(station="place"), "dimension 'station'"),
        (lambda data: data.isel(time=[0, 0, 1]), "the hour 2017-01-01 00:00:00 occurs more than once"),
        (
            lambda data: data.assign_coords(time=[data.time.values[0], np.datetime64("NaT", "ns")]),
            "1 of 2 times are missing",
        ),
        (lambda data: data.assign_coords(time=data.time + np.array([0, 1], "m8[h]")), "not hourly"),
        (lambda data: data.drop_vars("time"), "dimension 'time' has no coordinate"),
        (lambda data: data.drop_vars("station"), "dimension 'station' has no coordinate"),
        (lambda data: data.isel(station=[]), "no hour or no station"),
        (lambda data: data.assign(pm25=data.pm25.isel(station=0)), r"pm25 has the dimensions \('time',\)"),
        (lambda data: data.assign(pm25=data.pm25.astype(str)), "pm25 is of type <U.* convert it to numbers"),
        (lambda data: data.assign(pm25=data.pm25 + 1j), "pm25 is of type complex64"),
        (lambda data: data.assign_coords(longitude=("station", ["a", "b"])), "longitude is of type <U1"),
        (lambda data: data.assign_coords(time=[0.0, 3600.0]), "times are of the type float64, such as 0.0"),
        (lambda data: data.assign_coords(time=["x", "y"]), "such as x; give datetimes in UTC"),
        (lambda data: data.assign_attrs(time_zone="Mars"), "'time_zone': 'Mars' is not a time zone"),
        (lambda data: data.pm25, "DataArray was given; give an xarray.Dataset"),
        (lambda data: data.isel(station=[0, 0]), "'A' occurs more than once"),
        (lambda data: data.assign_coords(latitude=("station", [116.0, 117.0])), "latitude 116"),
        (lambda data: data.drop_attrs(), "time_zone"),
    ],
)
def test_what_is_no_station_data_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        check_station_data(change(make()))


def test_nothing_read_is_refused():
    with pytest.raises(InputError, match="no measurements were found"):
        make(values=np.empty((0, 2)), hours=())


@pytest.mark.parametrize(
    ("longitude", "latitude", "message"),
    [
        ([116.0, 39.9], [40.0, 116.4], "swapped"),
        ([116.0, 116.0], [40.0, 95.0], "latitude 95 at row 1"),
        ([116.0, 400.0], [40.0, 40.0], "longitude 400 at row 1"),
        ([116.0, np.nan], [40.0, 40.0], "1 of 2 coordinates are missing"),
    ],
)
def test_coordinates_that_cannot_be(longitude, latitude, message):
    with pytest.raises(InputError, match=message):
        check_coordinates(np.array(longitude), np.array(latitude), "table")


def test_impossible_values_are_masked_and_fireworks_are_not():
    values = np.array([[-1.0, 1500.0, 553405.0, np.nan, 0.0]])
    assert mask_impossible("pm25", values) == 2
    np.testing.assert_array_equal(values, [[np.nan, 1500.0, np.nan, np.nan, 0.0]])


def test_station_data_survive_xarray():
    data = flag_suspect(random_station_data())
    xr.testing.assert_identical(check_station_data(data.copy(deep=True)), data)


@pytest.mark.parametrize(
    "values",
    [
        np.ma.masked_equal([[8.0, 11.0], [-999.0, 11.5]], -999.0),
        np.ma.masked_equal([[80, 110], [-999, 115]], -999) / 10,
        pd.DataFrame({"A": pd.array([8.0, None], "Float64"), "B": pd.array([11.0, 11.5], "Float64")}),
        xr.DataArray([[8.0, np.nan], [11.0, 11.5]], dims=("station", "time")),
        xr.DataArray([[8.0, 11.0], [np.nan, 11.5]], dims=("time", "station")).chunk({"time": 1}),
        [[8.0, 11.0], [None, 11.5]],
    ],
    ids=["masked", "masked integers", "pandas", "other order", "chunked", "list"],
)
def test_missing_values_of_any_type_are_nan(values):
    hours = pd.date_range("2023-02-07 01:00", periods=2, freq="h")
    data = make_station_data({"pm25": values}, hours, TABLE, time_zone="UTC", source="made up")
    np.testing.assert_array_equal(data.pm25.values, np.array([[8, 11], [np.nan, 11.5]], np.float32))
    assert data.pm25.dtype == np.float32


def test_fill_values_become_missing_with_a_warning():
    given = np.array([[8.0, -999.0], [9.96921e36, 3.0]])
    with pytest.warns(UserWarning, match="made up: 2 impossible values of pm25 set to missing"):
        data = make(given)
    np.testing.assert_array_equal(data.pm25.values, np.array([[8, np.nan], [np.nan, 3]], np.float32))
    assert given[0, 1] == -999.0


@given(st.permutations(range(5)), st.booleans())
def test_hours_are_given_in_any_order(order, with_zone):
    hours = pd.date_range("2023-02-07 01:00", periods=5, freq="h", tz="Asia/Tokyo" if with_zone else None)
    values = np.arange(10.0).reshape(5, 2)
    expected = make_station_data({"pm25": values}, hours, TABLE, time_zone="UTC", source="made up")
    order = list(order)
    found = make_station_data({"pm25": values[order]}, hours[order], TABLE, time_zone="UTC", source="made up")
    xr.testing.assert_identical(found, expected)
    assert str(found.time.values[0])[:13] == ("2023-02-06T16" if with_zone else "2023-02-07T01")


@pytest.mark.parametrize(
    ("values", "hours", "message"),
    [
        (((1.0, 2.0), (3.0, 4.0)), (0, 0), "the hour 2017-01-01 00:00:00 occurs more than once"),
        (
            ((1.0, 2.0), (3.0, 4.0)),
            (0, 0.5),
            "2017-01-01 00:30:00 is no whole number of hours after 2017-01-01 00:00:00",
        ),
        (
            ((1.0, 2.0, 3.0), (3.0, 4.0, 5.0)),
            (0, 1),
            r"pm25 has the shape \(2, 3\), but there are 2 hours and 2 stations",
        ),
    ],
)
def test_ambiguous_arrays_are_refused(values, hours, message):
    with pytest.raises(InputError, match=f"made up: {message}"):
        make(values, hours)


LABELED = [
    pd.DataFrame({"B": [2.0, 4.0], "A": [1.0, 3.0]}),
    pd.DataFrame(
        [[3.0, 4.0], [1.0, 2.0]], index=pd.to_datetime(["2017-01-01 01:00", "2017-01-01 00:00"]), columns=["A", "B"]
    ),
    xr.DataArray(
        [[4.0, 2.0], [3.0, 1.0]],
        {"station": ["B", "A"], "time": pd.to_datetime(["2017-01-01 01:00", "2017-01-01 00:00"])},
        ("station", "time"),
    ),
]


@pytest.mark.parametrize("values", LABELED, ids=["columns", "hours", "both"])
def test_labels_decide_where_values_belong(values):
    hours = pd.date_range("2017-01-01", periods=2, freq="h")
    data = make_station_data({"pm25": values}, hours, TABLE, time_zone="UTC", source="made up")
    np.testing.assert_array_equal(data.pm25.values, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pd.DataFrame({"A": [1.0, 3.0], "C": [2.0, 4.0]}), "pm25 has no value for the station B"),
        (
            pd.DataFrame([[1.0, 2.0]] * 2, index=pd.to_datetime(["2017-01-01", "2018-01-01"])),
            "for the hour 2017-01-01 01",
        ),
        (pd.DataFrame([[1.0, 2.0]] * 2, index=[5, 6]), "times are of the type int64"),
        (xr.DataArray(np.ones((2, 2)), dims=("site", "hour")), r"has the dimensions \('site', 'hour'\)"),
        (np.array([["1", "x"], ["2", "3"]]), "pm25 is of type <U1, not numbers; convert it to numbers"),
        ([[1.0, "x"], [2.0, None]], "pm25 is of type"),
    ],
)
def test_values_that_belong_elsewhere_or_are_no_numbers_are_refused(values, message):
    hours = pd.date_range("2017-01-01", periods=2, freq="h")
    with pytest.raises(InputError, match=f"^made up: .*{message}"):
        make_station_data({"pm25": values}, hours, TABLE, time_zone="UTC", source="made up")


def cftimes(calendar):
    return xr.date_range("2023-02-07 01:00", periods=2, freq="h", calendar=calendar, use_cftime=True)


@pytest.mark.parametrize(
    "hours",
    [
        pd.to_datetime(["2023-02-07 01:00", "2023-02-07 02:00"]).values.astype("datetime64[h]"),
        ["2023-02-07T01:00", "2023-02-07T02:00"],
        pd.Series(pd.date_range("2023-02-07 02:00", periods=2, freq="h", tz="Europe/Vienna")),
        pd.date_range("2023-02-07 06:30", periods=2, freq="h", tz="Asia/Kolkata"),
        [pd.Timestamp("2023-02-07 01:00").to_pydatetime(), pd.Timestamp("2023-02-07 02:00").to_pydatetime()],
    ],
    ids=["datetime64[h]", "text", "series", "index with a zone", "datetime"],
)
def test_hours_of_any_type(hours):
    data = make_station_data({"pm25": [[1.0, 2.0], [3.0, 4.0]]}, hours, TABLE, time_zone="UTC", source="made up")
    assert data.time.dtype == "datetime64[ns]"
    assert data.time.values.astype("datetime64[h]").astype(str).tolist() == ["2023-02-07T01", "2023-02-07T02"]
    if hasattr(hours, "dtype"):
        again = check_station_data(data.assign_coords(time=pd.Index(hours)))
        assert again.indexes["time"].equals(data.indexes["time"])


def test_hours_of_cftime_are_read_in_the_gregorian_calendar_only():
    pytest.importorskip("cftime")
    values = {"pm25": [[1.0, 2.0], [3.0, 4.0]]}
    data = make_station_data(values, cftimes("standard"), TABLE, time_zone="UTC", source="made up")
    assert str(data.time.values[0])[:13] == "2023-02-07T01"
    assert check_station_data(data.assign_coords(time=cftimes("standard"))).indexes["time"].equals(data.indexes["time"])
    with pytest.raises(InputError, match="made up: the times are of the calendar '360_day'"):
        make_station_data(values, cftimes("360_day"), TABLE, time_zone="UTC", source="made up")


@pytest.mark.parametrize(
    ("hours", "message"),
    [
        ([0, 1], "of the type int64, such as 0"),
        (pd.period_range("2023-02-07", periods=2, freq="h"), "of the type period"),
        ([pd.Timestamp("2023-02-07"), pd.NaT], "1 of 2 times are missing"),
        (["01/02/2023 01:00", "01/02/2023 02:00"], "such as 01/02/2023 01:00; give datetimes"),
    ],
)
def test_hours_that_are_no_datetimes_are_refused(hours, message):
    with pytest.raises(InputError, match=f"^made up: .*{message}"):
        make_station_data({"pm25": [[1.0, 2.0], [3.0, 4.0]]}, hours, TABLE, time_zone="UTC", source="made up")


def test_station_tables_of_other_types():
    hours = pd.date_range("2023-02-07", periods=2, freq="h")
    table = pd.DataFrame(
        {
            "longitude": pd.array([116, 117], "Int64"),
            "latitude": pd.array([40.0, 41.0], "Float64"),
            "elevation": pd.array([3, None], "Int64"),
            "name": pd.Categorical(["x", None]),
            "city": pd.array([None, "y"], "string"),
        },
        index=[b"A", b"B"],
    )
    data = make_station_data({"pm25": [[1.0, 2.0], [3.0, 4.0]]}, hours, table, time_zone="UTC", source="made up")
    assert data.station.values.tolist() == ["A", "B"]
    assert data.name.values.tolist() == ["x", ""]
    assert data.city.values.tolist() == ["", "y"]
    np.testing.assert_array_equal(data.elevation, [3, np.nan])
    assert {data[name].dtype for name in ("longitude", "latitude", "elevation")} == {np.dtype(np.float64)}
    with pytest.raises(InputError, match="made up: 1 of 2 station codes are missing"):
        make_station_data({}, hours, table.set_index(pd.Index(["A", None])), time_zone="UTC", source="made up")


@given(st.permutations(range(6)), st.booleans())
def test_checked_data_are_the_same_in_any_order(order, transposed):
    data = random_station_data(stations=3, hours=6)
    given = data.isel(time=list(order))
    found = check_station_data(given.transpose() if transposed else given)
    xr.testing.assert_identical(found, check_station_data(data))


@pytest.mark.parametrize("chunked", [False, True])
def test_fill_values_of_a_data_set_become_missing_with_a_warning(chunked):
    data = make(((8.0, 1.0), (2.0, 3.0)))
    data["pm25"] = data.pm25.copy(data=np.array([[8.0, -999.0], [9.96921e36, 3.0]], np.float32))
    if chunked:
        pytest.importorskip("dask")
        data = data.chunk(time=2)
    with pytest.warns(UserWarning, match="station data: 2 impossible values of pm25 set to missing"):
        found = check_station_data(data).compute()
    np.testing.assert_array_equal(found.pm25.values, [[8, np.nan], [np.nan, 3]])
    assert found.pm25.attrs == data.pm25.attrs
    assert float(data.pm25.values[0, 1]) == -999.0


@pytest.mark.parametrize("declared", ["_FillValue", "missing_value"])
def test_declared_fill_values_and_scales_are_decoded(declared):
    data = make()
    stored = np.array([[10, 20], [-1, 40]], np.int16)
    attrs = data.pm25.attrs | {declared: np.int16(-1), "scale_factor": 0.1}
    found = check_station_data(data.assign(pm25=(("time", "station"), stored, attrs)))
    np.testing.assert_allclose(found.pm25.values, [[1, 2], [np.nan, 4]])
    assert found.pm25.dtype == np.float32
    assert found.pm25.attrs == data.pm25.attrs
    values = xr.DataArray(stored, dims=("time", "station"), attrs=attrs)
    made = make_station_data({"pm25": values}, data.time.values, TABLE, time_zone="UTC", source="made up")
    np.testing.assert_allclose(made.pm25.values, found.pm25.values)


@pytest.mark.parametrize("units", ["mg m-3", "kg m-3", "ppb"])
def test_arrays_in_other_units_are_refused(units):
    values = xr.DataArray([[1.0, 2.0], [3.0, 4.0]], dims=("time", "station"), attrs={"units": units})
    time = pd.date_range("2017-01-01", periods=2, freq="h")
    with pytest.raises(InputError, match=f"made up: pm25 has the units '{units}', but station data have 'ug m-3'"):
        make_station_data({"pm25": values}, time, TABLE, time_zone="UTC", source="made up")
    for same in ("ug m-3", "µg/m³", "μg m^-3", ""):
        data = {"pm25": values.assign_attrs(units=same)}
        assert make_station_data(data, time, TABLE, time_zone="UTC", source="made up").pm25[1, 1] == 4


def test_high_values_in_other_units_are_kept():
    data = make()
    carbon = xr.full_like(data.pm25, 900.0).assign_attrs(units="ug m-3")
    assert check_station_data(data.assign(co=carbon)).co.values.min() == 900.0


def test_values_that_are_not_in_memory_are_not_read():
    dask = pytest.importorskip("dask.array")

    def fail(block):
        raise AssertionError("computed")

    data = make()
    lazy = dask.map_blocks(
        fail, dask.zeros((2, 2), chunks=1, dtype=np.float32), dtype=np.float32, meta=np.empty((0, 0))
    )
    found = check_station_data(standard_form(data.assign(pm25=data.pm25.copy(data=lazy)).transpose("station", "time")))
    assert found.pm25.dims == ("time", "station")


@pytest.mark.parametrize("kind", ["U", "object", "StringDType"])
def test_names_and_orders_of_other_libraries_take_the_standard_form(kind):
    data = make()
    codes = data.station.values
    if kind != "object":
        if kind == "StringDType" and not hasattr(np.dtypes, "StringDType"):
            pytest.skip("NumPy 2 is needed")
        dtype = np.dtypes.StringDType() if kind == "StringDType" else str
        names = xr.Variable("station", codes.astype(dtype))
        data = data.assign_coords(station=names, city=("station", np.array(["x", "y"]).astype(dtype)))
    found = check_station_data(data.transpose("station", "time").astype(np.float64))
    assert found.station.dtype == object
    assert found.pm25.dims == ("time", "station")
    assert found.pm25.dtype == np.float32
    np.testing.assert_array_equal(found.pm25.values, make().pm25.values)


def test_classes_of_instruments():
    data = make()
    assert instruments_of(data).tolist() == ["monitor", "monitor"]
    assert "instrument" not in data.coords
    mixed = make(table=TABLE.assign(instrument=[" Sensor", None]))
    assert mixed.instrument.values.tolist() == ["sensor", "monitor"]
    assert station_table(mixed).instrument.tolist() == ["sensor", "monitor"]
    assert count_instruments(mixed) == "1 monitor, 1 sensor"
    other = standard_form(data.assign_coords(instrument=("station", ["MiniVol", ""])))
    assert instruments_of(other).tolist() == ["minivol", "monitor"]
    assert standard_form(other) is other
