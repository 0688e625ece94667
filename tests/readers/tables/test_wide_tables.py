import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readers.long_tables import series, write

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import read_table
from aqnet_pyg.readers.tables import wide_tables
from aqnet_pyg.readers.tables.station_labels import StationLabels
from aqnet_pyg.readers.tables.wide_tables import (
    STATION,
    VALUE,
    pollutant_of_table,
    rows_of,
    station_columns,
    time_index,
    units_of_columns,
)

STATIONS = "code,longitude,latitude\nP1,9.5,45.25\n007,9.75,45.5\nSão José (centro),10.25,45\n"


@pytest.fixture
def stations(tmp_path):
    return write(tmp_path, STATIONS, "stations.csv")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("pm25.csv", "pm25"),
        ("PM2.5_2023.csv.gz", "pm25"),
        ("PM 2.5 hourly.txt", "pm25"),
        ("pm2p5-2023-01.parquet", "pm25"),
        ("PM2_5.csv", "pm25"),
        ("2023_pm10.csv", "pm10"),
        ("pm100.csv", None),
        ("archive.zip/O3_hourly.csv", "o3"),
        ("o3.zip/2023.csv", None),
        ("Carbon Monoxide 2022.csv", "co"),
        ("ozone.csv", "o3"),
        ("station no 2.csv", None),
        ("CO2.csv", None),
        ("pm25_pm10.csv", None),
        ("2023.csv", None),
        ("colorado.csv", None),
    ],
)
def test_pollutant_in_the_name_of_a_file(file, expected):
    if expected is None:
        with pytest.raises(InputError, match=r"whose pollutant is not known .*parameter='pm25' \(--parameter pm25\)"):
            pollutant_of_table(file, None)
    else:
        assert pollutant_of_table(file, None) == expected
    assert pollutant_of_table(file, "PM2.5") == "pm25"


def test_columns_of_stations():
    table = pd.DataFrame({"name": ["", "Nord (B1)", "Süd"]}, index=["P1", "007", "São José (centro)"])
    labels = StationLabels(table)
    names = ["Time", "P1", "007 (ppb)", "São José (centro)", "P3", "7"]
    expected = {"P1": "P1", "007": "007 (ppb)", "São José (centro)": "São José (centro)"}
    assert station_columns(names, labels, "x") == expected
    names = ["Nord (B1)", "Süd (ppb)", "P1"]
    assert station_columns(names, labels, "x") == {"Nord (B1)": "Nord (B1)", "Süd": "Süd (ppb)", "P1": "P1"}
    for pair in (["P1", "P1 (ppb)"], ["007", "Nord (B1)"], ["Süd (ppb)", "Süd [ppb]"]):
        with pytest.raises(InputError, match=r"x: the columns '.*' and '.*' are both of station .*ignore="):
            station_columns(pair, labels, "x")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["", "P1"], ""),
        (["column 1", "P1"], "column 1"),
        (["Unnamed: 0", "P1"], "Unnamed: 0"),
        (["P1", "__index_level_0__"], "__index_level_0__"),
        (["P1", ""], None),
        (["P1", "index"], None),
        ([], None),
    ],
)
def test_column_of_an_index_without_a_name(names, expected):
    assert time_index(names) == expected


def test_units_of_columns():
    assert units_of_columns({"P1": "P1", "P2": "P2"}, "x") is None
    assert units_of_columns({"P1": "P1 (ppb)", "P2": "P2 [ppb]"}, "x") == "ppb"
    for columns in ({"P1": "P1 (ppb)", "P2": "P2"}, {"P1": "P1 (ppb)", "P2": "P2 (ppm)"}):
        with pytest.raises(InputError, match="x: the columns of the stations have different units"):
            units_of_columns(columns, "x")


@given(st.integers(0, 20), st.integers(1, 5), st.booleans(), st.data())
def test_rows_of_stations(number, count, dictionary, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wide_tables, "_ROWS", data.draw(st.sampled_from([1, 7, 1 << 18])))
        check_rows_of_stations(number, count, dictionary, data)


def check_rows_of_stations(number, count, dictionary, data):
    """Rows are the values of all stations."""
    values = data.draw(
        st.lists(st.lists(st.floats(0, 100), min_size=number, max_size=number), min_size=count, max_size=count)
    )
    text = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    times = pa.array([str(hour) for hour in range(number)], pa.string())
    kinds = [
        pa.array(map(str, column), pa.string()) if is_text else pa.array(column, pa.float64())
        for is_text, column in zip(text, values, strict=True)
    ]
    block = pa.table(
        {"time": times.dictionary_encode() if dictionary else times} | {f"c{n}": kind for n, kind in enumerate(kinds)}
    )
    parts = [part.to_pandas() for part in rows_of(block, {f"S{n}": f"c{n}" for n in range(count)})]
    empty = pd.DataFrame({"time": [], STATION: [], VALUE: []})
    rows = pd.concat([empty, *(part.astype({"time": str, STATION: str, VALUE: float}) for part in parts)])
    found = {(row[STATION], row["time"]): row[VALUE] for _, row in rows.iterrows()}
    assert found == {
        (f"S{n}", str(hour)): value for n, column in enumerate(values) for hour, value in enumerate(column)
    }
    assert len(rows) == number * count


def test_a_file_for_each_pollutant(tmp_path, stations):
    write(tmp_path, "Date;Hour;P1;007\n01.02.2023;1;1,5;2\n01.02.2023;24;;4,25\n", "PM2.5_2023.csv")
    write(tmp_path, "time,São José (centro),P1,Mean\n2023-02-01 02:00,30,NA,30\n", "o3.csv")
    data, report = read_table(tmp_path, stations=stations, strict=True)
    assert series(data, "pm25", "P1") == {"2023-02-01 01:00": 1.5}
    assert series(data, "pm25", "007") == {"2023-02-01 01:00": 2, "2023-02-02 00:00": 4.25}
    assert series(data, "o3", "São José (centro)") == {"2023-02-01 02:00": 30}
    assert data.longitude.sel(station="007") == 9.75
    assert report.notes[:3] == [
        "columns not used: Mean.",
        "one column per station, with values of pm25, as the name of the file says.",
        "one column per station, with values of o3, as the name of the file says.",
    ]
    assert "columns" not in report.options


def test_the_pollutant_is_given_and_units_follow_in_the_next_line(tmp_path, stations):
    path = write(
        tmp_path, "Hourly values\ntime,P1,007\n,mg/m3,mg/m3\n2023-02-01 02:00,0.5,x\n2023-02-01 03:00,0.25,1\n"
    )
    data, report = read_table(path, stations=stations, parameter="PM10")
    assert series(data, "pm10", "P1") == {"2023-02-01 02:00": 500, "2023-02-01 03:00": 250}
    assert series(data, "pm10", "007") == {"2023-02-01 03:00": 1000}
    assert report.damaged == [("data.csv", "1 value not numeric, such as 'x'")]
    assert "one column per station, with values of pm10." in report.notes
    assert report.options["columns"] == {"time": "time"}


def test_parquet(tmp_path, stations):
    hours = pd.date_range("2023-02-01", periods=300, freq="h")
    table = pd.DataFrame({"time": hours, "P1": np.arange(300), "007": np.float32(0.5), "São José (centro)": None})
    table.to_parquet(tmp_path / "no2.parquet")
    data, _ = read_table(tmp_path / "no2.parquet", stations=stations, strict=True)
    np.testing.assert_array_equal(data.no2.sel(station="P1"), np.arange(300))
    np.testing.assert_array_equal(data.no2.sel(station="007"), np.full(300, 0.5))
    assert not np.isfinite(data.no2.sel(station="São José (centro)")).any()


ROW = "2023-02-01 02:00,1,2\n"


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("time,P1,007\n" + ROW, {}, "data.csv: a table with one column per station, whose pollutant is not known"),
        ("time,P1,007\n" + ROW, {"parameter": "lead"}, "parameter: 'lead' is not read; use one of pm25, "),
        ("time,A,B\n" + ROW, {"parameter": "pm25"}, "parameter: data.csv has no column that is named by a station"),
        ("time,A,B\n" + ROW, {}, "one column per station needs a station table .*, such as '007'"),
        ("station,time,pm25\nP1," + ROW[:-3] + "\n", {"parameter": "pm25"}, "parameter: data.csv has no column that is named"),
        ("when,P1,007\n" + ROW, {"parameter": "pm25"}, "data.csv: no column for time "),
        ("time,P1,007\n" + ROW, {"parameter": "pm25", "columns": {"humidity": "007"}}, "leave out 'humidity'"),
        ("time,P1 (ppb),007\n" + ROW, {"parameter": "o3"}, "data.csv: the columns of the stations have different units"),
        ("time,P1 (ppb),007 (ppb)\n" + ROW, {"parameter": "pm25"}, "pm25: particles cannot be expressed in ppb"),
    ],
)  # fmt: skip
def test_refusals(tmp_path, stations, text, options, message):
    with pytest.raises(InputError, match=message):
        read_table(write(tmp_path, text), stations=stations, **options)


NAMED = "code;longitude;latitude;name\nP1;9,5;45,25;Mitte\n2;9,75;45,5;São José (centro)\n3;10;46;2\nP4;11;46;Mitte\n"


def test_stations_by_name(tmp_path):
    stations = write(tmp_path, NAMED.replace("P4;11;46;Mitte\n", ""), "stations.csv")
    path = write(tmp_path, "time,São José (centro),Mitte\n2023-02-01 02:00,1.5,2\n2023-02-01 03:00,x,3\n", "pm25.csv")
    data, report = read_table(path, stations=stations)
    assert data.station.values.tolist() == ["P1", "2"]
    assert series(data, "pm25", "2") == {"2023-02-01 02:00": 1.5}
    assert series(data, "pm25", "P1") == {"2023-02-01 02:00": 2, "2023-02-01 03:00": 3}
    assert data.name.sel(station="P1") == "Mitte"
    assert report.notes[-1] == "2 stations found by name in the station table, such as 'Mitte' (P1)."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "time,Mitte\n2023-02-01 02:00,1\n",
            "pm25.csv: 'Mitte' is the name of several stations, P1 and P4; write codes",
        ),
        (
            "time,2,São José (centro)\n2023-02-01 02:00,1,2\n",
            r"'2' is the code of one station and the name of another \(3\), and 'São José \(centro\)' is the name of station 2",
        ),
    ],
)
def test_names_that_are_ambiguous(tmp_path, text, message):
    stations = write(tmp_path, NAMED, "stations.csv")
    with pytest.raises(InputError, match=message):
        read_table(write(tmp_path, text, "pm25.csv"), stations=stations)


def test_an_index_without_a_name(tmp_path, stations):
    hours = pd.date_range("2023-02-01 01:00", periods=3, freq="h")
    table = pd.DataFrame({"P1": [1.0, 2.0, np.nan], "007": [4.0, 5.0, 6.0]}, index=hours)
    table.to_csv(tmp_path / "pm25.csv")
    table.to_parquet(tmp_path / "pm25.parquet")
    table.reset_index().to_csv(tmp_path / "pm25_again.csv")  # numbers of rows first, which are ignored
    pd.read_csv(tmp_path / "pm25.csv").to_csv(tmp_path / "pm25_unnamed.csv", index=False)
    for name in ("pm25.csv", "pm25.parquet", "pm25_unnamed.csv"):
        data, report = read_table(tmp_path / name, stations=stations, strict=True)
        np.testing.assert_array_equal(data.pm25.sel(station=["P1", "007"]), table)
        assert data.indexes["time"].tolist() == hours.tolist()
        assert any("the column of an index without a name" in note for note in report.notes)
        read_table(tmp_path / name, stations=stations, columns=report.options["columns"])
    with pytest.raises(InputError, match=r"the times in 'column 1' have no date|without a valid time"):
        read_table(tmp_path / "pm25_again.csv", stations=stations)


def test_a_column_of_the_time_is_no_station(tmp_path):
    stations = write(tmp_path, "code,longitude,latitude\ntime,9,45\nid,9,46\n", "stations.csv")
    data, report = read_table(write(tmp_path, "time,id\n2023-02-01 02:00,1\n", "pm25.csv"), stations=stations)
    assert series(data, "pm25", "id") == {"2023-02-01 02:00": 1}
    assert report.options["columns"] == {"time": "time"}


def test_without_a_station_table(tmp_path):
    with pytest.raises(InputError, match=r"one column per station needs a station table \(stations= or --stations\)"):
        read_table(write(tmp_path, "time,P1,007\n" + ROW), time_zone="UTC")
