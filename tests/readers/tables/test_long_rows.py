import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.hourly_store import HourlyStore
from aqnet_pyg.readers.assembly.station_columns import StationColumns
from aqnet_pyg.readers.files.times import AmbiguousDates
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.readers.tables.long_layout import Layout
from aqnet_pyg.readers.tables.long_rows import LongRows

HOURLY = {"station": "code", "time": "time", "pm25": "PM2.5"}
IN_ROWS = {"station": "code", "time": "time", "parameter": "what", "value": "value", "unit": "unit"}


def rows_of(columns, layout=HOURLY, options=None, **settings):
    """Rows added in two blocks, their store and their stations."""
    store, stations = HourlyStore(), StationColumns()
    layout = Layout(layout, settings.pop("zone", "UTC"), **(options or {}))
    rows = LongRows(layout, "x.csv", store, stations, **settings)
    table = pa.table(columns)
    for block in (table[: table.num_rows // 2], table[table.num_rows // 2 :]):
        rows.find_day_first(block)
        rows.add(block)
    return rows, store, stations


def values_of(store, stations, name="pm25"):
    """Finite values by column and hour of the first day of 2023 (UTC)."""
    hours = store.hours - int(np.datetime64("2023-01-01", "h").astype(int))
    table = store.values(name, range(len(stations)))
    return {(int(c), int(hours[t])): float(table[t, c]) for t, c in zip(*np.nonzero(np.isfinite(table)), strict=True)}


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ABC"), st.integers(0, 40)),
        st.integers(0, 1000) | st.none(),
        min_size=1,
        max_size=30,
    ),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_rows_are_values_by_station_and_hour(cells, random, beginning):
    items = list(cells.items())
    random.shuffle(items)
    start = np.datetime64("2023-01-01T00", "h")
    columns = {
        "code": [code for (code, _), _ in items],
        "time": [str(start + hour).replace("T", " ") + ":00" for (_, hour), _ in items],
        "PM2.5": pa.array([None if value is None else value / 2 for _, value in items], pa.float64()),
    }
    rows, store, stations = rows_of(
        columns, options={"factors": {"pm25": 10.0}, "hour_label": "beginning" if beginning else "ending"}
    )
    order = list(dict.fromkeys(columns["code"]))
    expected = {
        (order.index(code), hour + beginning): value * 5.0 for (code, hour), value in items if value is not None
    }
    assert values_of(store, stations) == expected
    assert rows.rows == len(items)
    assert rows.fault_texts() == []


def test_faults_are_counted_over_blocks_with_the_first_example():
    columns = {
        "code": ["A", "", "A", None, "A", "A"],
        "time": ["2023-01-01 01:00", "2023-01-01 01:00", "x", "2023-01-01 01:00", "2023-01-01 02:00", "y"],
        "PM2.5": ["1", "2", "3", "4", "<2", "5"],
    }
    rows, store, stations = rows_of(columns)
    assert rows.fault_texts() == [
        "2 rows without a valid time, such as 'x'",
        "2 rows without a station",
        "1 value not numeric, such as '<2'",
    ]
    assert rows.rows == 2
    assert values_of(store, stations) == {(0, 1): 1}


def test_local_times_that_clock_changes_skip_or_repeat():
    columns = {
        "code": ["A"] * 3,
        "time": ["2023-03-26 02:30", "2023-10-29 02:30", "2023-01-01 02:00"],
        "PM2.5": [1.0, 2.0, 3.0],
    }
    rows, store, stations = rows_of(columns, zone="Europe/Berlin")
    assert rows.fault_texts() == ["2 rows in hours that are skipped or repeated by clock changes in Europe/Berlin"]
    assert values_of(store, stations) == {(0, 1): 3}


def test_times_of_day_in_another_column():
    columns = {
        "code": ["A"] * 4,
        "day": ["2023-01-01"] * 4,
        "hour": ["1", "24", "25", "02:00"],
        "PM2.5": [1.0, 2.0, 3.0, 4.0],
    }
    layout = {"station": "code", "date": "day", "hour": "hour", "pm25": "PM2.5"}
    rows, store, stations = rows_of(columns, layout)
    assert rows.fault_texts() == ["1 row with an hour outside 0-24"]
    assert values_of(store, stations) == {(0, 1): 1, (0, 24): 2, (0, 2): 4}
    columns["hour"] = ["1:00", "24:00", "3:00", "02:00"]
    _, store, stations = rows_of(columns, {"station": "code", "date": "day", "time": "hour", "pm25": "PM2.5"})
    assert values_of(store, stations) == {(0, 1): 1, (0, 24): 2, (0, 3): 3, (0, 2): 4}
    with pytest.raises(InputError, match=r"x\.csv: the times in 'hour' have no date; declare its column"):
        rows_of(columns, {"station": "code", "time": "hour", "pm25": "PM2.5"})


def test_parts_of_dates():
    columns = {
        "code": ["A"] * 3,
        "y": [2023] * 3,
        "m": [1, 2, 1],
        "d": [1, 30, 2],
        "h": ["1", "1", "0"],
        "PM2.5": [1.0, 2.0, 3.0],
    }
    layout = {"station": "code", "year": "y", "month": "m", "day": "d", "hour": "h", "pm25": "PM2.5"}
    rows, store, stations = rows_of(columns, layout)
    assert rows.fault_texts() == ["1 row without a valid date"]
    assert values_of(store, stations) == {(0, 1): 1, (0, 24): 3}


def test_daily_means_stand_at_the_hour_that_ends_the_day():
    columns = {"code": ["A", "A"], "time": ["2023-01-01", "2023-01-02 12:00"], "PM2.5": [1.0, 2.0]}
    _, store, stations = rows_of(columns, daily=True)
    assert values_of(store, stations) == {(0, 24): 1, (0, 48): 2}


@pytest.mark.parametrize(
    ("time", "label", "end"),
    [
        ("2023-01-02 00:00", None, 48),
        ("2023-01-02 00:00", "beginning", 48),
        ("2023-01-02 00:00", "ending", 24),
        ("2023-01-01 23:59", "ending", 24),
        ("2023-01-01 24:00", None, 24),
        ("2023-01-01 24:00", "ending", 24),
        ("2023-01-02", "ending", 48),
        ("2023-01-02 12:00", None, 48),
    ],
)
def test_labels_of_days(time, label, end):
    _, store, stations = rows_of(
        {"code": ["A"], "time": [time], "PM2.5": [1.0]}, options={"hour_label": label}, daily=True
    )
    assert values_of(store, stations) == {(0, end): 1}


@pytest.mark.parametrize(("hour", "label", "end"), [(0, None, 24), (24, None, 24), (12, None, 24), (0, "ending", 0)])
def test_hours_of_daily_means(hour, label, end):
    columns = {"code": ["A"], "date": ["2023-01-01"], "hour": [str(hour)], "PM2.5": [1.0]}
    layout = {"station": "code", "date": "date", "hour": "hour", "pm25": "PM2.5"}
    _, store, stations = rows_of(columns, layout, options={"hour_label": label}, daily=True)
    assert values_of(store, stations) == {(0, end): 1}
    parts = columns | {"y": ["2023"], "m": ["1"], "d": ["1"]}
    layout = {"station": "code", "year": "y", "month": "m", "day": "d", "hour": "hour", "pm25": "PM2.5"}
    _, store, stations = rows_of(parts, layout, options={"hour_label": label}, daily=True)
    assert values_of(store, stations) == {(0, end): 1}


@pytest.mark.parametrize("time", ["2022-12-31T18:00+00:00", "2023-01-01T00:00+06:00", "1672509600"])
def test_days_of_times_with_an_offset(time):
    columns = {"code": ["A"], "time": [time], "PM2.5": [1.0]}
    _, store, stations = rows_of(columns, zone="Asia/Dhaka", daily=True)
    assert values_of(store, stations) == {(0, 18): 1}
    with pytest.raises(
        InputError, match=r"x.csv: times of daily means are not at midnight in UTC, such as 2022-12-31 18:00:00 "
    ):
        rows_of(columns, daily=True)


def test_days_when_clocks_change():
    columns = {"code": ["A", "A"], "time": ["2023-03-26", "2023-10-29"], "PM2.5": [1.0, 2.0]}
    _, store, _ = rows_of(columns, zone="Europe/Berlin", daily=True)
    hours = store.hours[np.isfinite(store.values("pm25", [0])[:, 0])]
    assert hours.astype("datetime64[h]").astype(str).tolist() == ["2023-03-26T22", "2023-10-29T23"]


@pytest.mark.parametrize("kind", [pa.timestamp("ms"), pa.timestamp("s", "UTC"), pa.string()])
def test_offsets_take_precedence_over_the_zone(kind):
    stamps = pa.array([np.datetime64("2023-01-01T05", "s"), None], pa.timestamp("s")).cast(kind)
    if kind == pa.string():
        stamps = pa.array(["2023-01-01T05:00Z", None])
    columns = {"code": ["A", "A"], "time": stamps, "PM2.5": [1.0, 2.0]}
    rows, store, stations = rows_of(columns, zone="Asia/Shanghai")
    assert values_of(store, stations) == {(0, -3 if kind == pa.timestamp("ms") else 5): 1}
    assert rows.fault_texts() == ["1 row without a valid time"]


@pytest.mark.parametrize("year", ["1700", "2200", "5000", "239000"])
def test_years_of_time_columns_that_cannot_be_right(year):
    seconds = (int(year) - 1970) * 31_556_952
    stamps = pa.array([seconds, 1_672_549_200], pa.timestamp("s"))
    rows, store, stations = rows_of({"code": ["A", "A"], "time": stamps, "PM2.5": [1.0, 2.0]}, zone="UTC")
    assert values_of(store, stations) == {(0, 5): 2}
    (fault,) = rows.fault_texts()
    assert fault.startswith("1 row without a valid time, such as ")


def test_order_of_day_and_month():
    columns = {"code": ["A", "A"], "time": ["13/01/2023 00:00", "01/02/2023 00:00"], "PM2.5": [1.0, 2.0]}
    rows, store, stations = rows_of(columns)
    assert rows.day_first is True
    assert values_of(store, stations) == {(0, 12 * 24): 1, (0, 31 * 24): 2}
    columns["time"] = ["01/02/2023 00:00"] * 2
    with pytest.raises(AmbiguousDates):
        rows_of(columns)
    rows, store, stations = rows_of(columns, day_first=False)
    assert values_of(store, stations) == {(0, 24): 1}


def test_pollutants_in_rows():
    columns = {
        "code": ["A"] * 7,
        "time": [f"2023-01-01 0{hour}:00" for hour in range(7)],
        "what": ["PM2.5", "CO", "CO", "NO", "PM2.5", "O3", None],
        "value": [1.0, 2000.0, 1.0, 5.0, 3.0, 40.0, 6.0],
        "unit": ["ug/m3", "µg/m³", "ppm", "ppb", "AQI", None, "ug/m3"],
    }
    rows, store, stations = rows_of(columns, IN_ROWS)
    assert values_of(store, stations) == {(0, 0): 1}
    assert values_of(store, stations, "o3") == {(0, 5): 40}
    co = values_of(store, stations, "co")
    assert co == {(0, 1): 2, (0, 2): pytest.approx(28.01 / 24.465, rel=1e-4)}
    assert rows.left_out == {"NO": 1, "PM2.5 in 'AQI'": 1, "(empty)": 1}
    assert list(rows.notes) == ["co: ppm converted to mg m-3 at 25 °C and 1013.25 hPa."]
    _, store, _ = rows_of(columns, IN_ROWS, {"wanted": ["co"]})
    assert store.variables == ["co"]


def test_stations_without_codes_are_named_by_their_coordinates():
    columns = {
        "x": ["10.5", "10,25", "x", "-0.1"],
        "y": ["50.0"] * 4,
        "time": ["2023-01-01 01:00"] * 4,
        "PM2.5": [1.0, 2.0, 3.0, 4.0],
    }
    rows, store, stations = rows_of(columns, {"longitude": "x", "latitude": "y", "time": "time", "pm25": "PM2.5"})
    assert sorted(stations._places) == ["-0.10000_50.00000", "10.25000_50.00000", "10.50000_50.00000"]
    assert values_of(store, stations) == {(0, 1): 1, (1, 1): 2, (2, 1): 4}
    assert "1 row without a station" in rows.fault_texts()


def test_instruments_and_places_are_columns_of_their_own():
    columns = {
        "code": ["A", "A", "A", "A", "B", "B"],
        "poc": ["2", "1", None, "2", None, "1"],
        "x": [10.0, 10.0, 10.0, 12.0, 10.0, 10.0],
        "y": [50.0] * 6,
        "time": ["2023-01-01 01:00"] * 6,
        "PM2.5": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    }
    layout = {**HOURLY, "instrument": "poc", "longitude": "x", "latitude": "y"}
    rows, store, stations = rows_of(columns, layout)
    assert values_of(store, stations) == {(0, 1): 1, (1, 1): 2, (2, 1): 3, (3, 1): 4, (4, 1): 5, (5, 1): 6}
    table, groups = stations.stations(None, ReadReport("x"))
    assert dict(zip(table.index, groups, strict=True)) == {
        "A@10.0000_50.0000": [1, 0, 2],
        "A@12.0000_50.0000": [3],
        "B": [5, 4],
    }
    assert rows.rows == 6


def test_numbers_that_stand_for_missing_values():
    columns = {
        "code": ["A"] * 4,
        "time": [f"2023-01-01 0{hour}:00" for hour in range(4)],
        "PM2.5": [999.9, -1.0, 1.0, 999.9],
    }
    rows, store, stations = rows_of(columns, options={"factors": {"pm25": 1000.0}}, missing=(999.9, -1, 5))
    assert values_of(store, stations) == {(0, 2): 1000}
    assert rows.missing_values == {999.9: 2, -1: 1}
