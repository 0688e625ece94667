import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readers.eea_files import rows, write_csv, write_metadata, write_parquet

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers import READERS, read_eea
from aqnet_pyg.readers.conventions import CONVENTIONS

HOURS = pd.date_range("2023-03-25 22:00", periods=6, freq="h")
POINTS = {"SPO.DE_DEBB054_PM2": ("DEBB054", 13.1, 52.4), "SPO-IT0001A_1": ("IT0001A", 9.2, 45.5)}
GERMAN, ITALIAN = "DE/SPO.DE_DEBB054_PM2", "IT/SPO-IT0001A_1"


@pytest.fixture
def stations(tmp_path):
    return write_metadata(tmp_path, POINTS)


def note(report, text):
    return next((one for one in report.notes if text in one), None)


def test_parquet_times_are_beginnings_in_utc_plus_one(tmp_path, stations):
    path = write_parquet(tmp_path / "a.parquet", rows(GERMAN, "pm25", HOURS, [1.5, 2, np.nan, 4, 5, 6]))
    data, report = read_eea(path, stations, strict=True)
    assert data.station.values.tolist() == ["DEBB054"]
    assert data.indexes["time"].tolist() == HOURS.tolist()
    np.testing.assert_array_equal(data.pm25.values[:, 0], np.float32([1.5, 2, np.nan, 4, 5, 6]))
    assert (data.longitude.item(), data.latitude.item(), data.elevation.item()) == (13.1, 52.4, 12)
    assert data.name.item() == "Name of DEBB054"
    assert note(report, "UTC+1, all year")
    assert not note(report, "mass concentrations of gases")


@pytest.mark.parametrize("offset", ["+01:00", "+02:00", "-03:00", "Z", ""])
def test_csv_times_have_their_offset(tmp_path, stations, offset):
    table = rows(GERMAN, "no2", HOURS, range(6))
    path = write_csv(tmp_path / "DE_8_1_2023_timeseries.csv", table, {"SPO.DE_DEBB054_PM2": "DEBB054"}, offset)
    data, report = read_eea(path, stations, strict=True)
    ahead = {"+01:00": 1, "+02:00": 2, "-03:00": -3, "Z": 0, "": 1}[offset]
    assert data.indexes["time"].tolist() == (HOURS + pd.Timedelta(1 - ahead, "h")).tolist()
    np.testing.assert_array_equal(data.no2.values[:, 0], range(6))
    assert bool(note(report, "times without an offset")) == (offset == "")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "utf-16"])
def test_encodings_of_old_files(tmp_path, stations, encoding):
    table = rows(GERMAN, "o3", HOURS, range(6))
    path = write_csv(tmp_path / "a.csv", table, {"SPO.DE_DEBB054_PM2": "DEBB054"}, encoding=encoding)
    assert int(read_eea(path, stations, strict=True)[0].o3.notnull().sum()) == 6


def test_a_truncated_csv_file_loses_its_last_line_only(tmp_path, stations):
    path = write_csv(tmp_path / "a.csv", rows(GERMAN, "o3", HOURS, range(6)), {"SPO.DE_DEBB054_PM2": "DEBB054"})
    text = path.read_bytes()
    path.write_bytes(text[: text.rindex("µ".encode()) + 1])
    data, report = read_eea(path, stations)
    assert int(data.o3.notnull().sum()) == 5
    assert report.damaged


def test_flags(tmp_path, stations):
    table = rows(GERMAN, "pm10", HOURS, range(6), Validity=[-99, -1, 1, 2, 3, 4], Verification=[1, 1, 1, 2, 3, 1])
    data, report = read_eea(write_parquet(tmp_path / "a.parquet", table), stations)
    np.testing.assert_array_equal(data.pm10.values[:, 0], [2, 3, 4, 5])
    assert note(report, "2 values flagged as not valid")
    assert note(report, "2 of 4 values are not verified")


@pytest.mark.parametrize("layout", ["parquet", "csv"])
def test_flags_belong_to_their_rows_in_any_order(tmp_path, stations, layout):
    table = rows(GERMAN, "pm10", HOURS, range(6), Validity=[1, 1, 1, -1, 1, -1]).iloc[[5, 2, 4, 0, 3, 1]]
    if layout == "parquet":
        path = write_parquet(tmp_path / "a.parquet", table)
    else:
        path = write_csv(tmp_path / "a.csv", table, {"SPO.DE_DEBB054_PM2": "DEBB054"})
    values = read_eea(path, stations, strict=True)[0].pm10.to_pandas().iloc[:, 0].dropna()
    assert values.index.tolist() == HOURS[[0, 1, 2, 4]].tolist()
    assert values.tolist() == [0, 1, 2, 4]


def test_several_sampling_points_at_a_station(tmp_path):
    points = {"SPO_B": ("AT1", 14.1, 48.1), "SPO_A": ("AT1", 14.1, 48.12)}
    stations = write_metadata(tmp_path, points)
    write_parquet(tmp_path / "b.parquet", rows("AT/SPO_B", "pm25", HOURS, [7.0] * 6))
    write_parquet(tmp_path / "a.parquet", rows("AT/SPO_A", "pm25", HOURS, [1, np.nan, 1, 1, 1, 1]))
    data, report = read_eea([tmp_path / "b.parquet", tmp_path / "a.parquet"], stations)
    np.testing.assert_array_equal(data.pm25.values[:, 0], [1, 7, 1, 1, 1, 1])
    assert note(report, "5 hours with values of several instruments")
    assert note(report, "more than 1 km apart")
    assert data.latitude.item() == 48.1


def test_units_and_pollutants(tmp_path, stations):
    tables = [
        rows(GERMAN, "co", HOURS, range(6)),
        rows(GERMAN, "o3", HOURS, range(6), Unit="mg.m-3"),
        rows(GERMAN, "no2", HOURS, range(6), Unit="ppb"),
        rows(GERMAN, "so2", HOURS, range(6), Unit="count"),
        rows(GERMAN, 9, HOURS, range(6)),
    ]
    data, report = read_eea(write_parquet(tmp_path / "a.parquet", *tables), stations)
    np.testing.assert_array_equal(data.co.values[:, 0], range(6))
    np.testing.assert_array_equal(data.o3.values[:, 0], np.float32([0, 1000, 2000, np.nan, np.nan, np.nan]))
    np.testing.assert_allclose(data.no2.values[1, 0], 1.9125, rtol=2e-4)  # at 20 °C
    assert "so2" not in data
    assert report.damaged == [("a.parquet", "6 values of so2 in unknown units 'count' left out")]
    assert note(report, "6 rows with other pollutants (9) left out")
    assert note(report, "no2 was converted from ppb at 20 °C")
    assert note(report, "mass concentrations of gases (o3, co) refer to 20 °C and 1013 hPa and were not converted")


def test_daily_means(tmp_path, stations):
    days = pd.date_range("2023-03-01", periods=4)
    daily = rows(GERMAN, "pm10", days, [1.0, 2, 3, 4], AggType="day", End=days + pd.Timedelta("1D"))
    path = write_parquet(tmp_path / "a.parquet", daily)
    with pytest.raises(InputError, match="daily means only, which resolution='day' reads"):
        read_eea(path, stations)
    data, _ = read_eea(path, stations, resolution="day")
    measured = data.pm10.dropna("time")
    assert measured.indexes["time"].tolist() == (days + pd.Timedelta("23h")).tolist()
    hourly = rows(GERMAN, "pm10", HOURS, range(6))
    data, report = read_eea(write_parquet(tmp_path / "a.parquet", daily, hourly), stations)
    assert int(data.pm10.notnull().sum()) == 6
    assert note(report, "4 rows with other averages (day) left out")
    with pytest.raises(InputError, match="resolution: '10min'"):
        read_eea(path, stations, resolution="10min")


def test_countries_that_deviate_are_named(tmp_path, stations):
    path = write_parquet(tmp_path / "a.parquet", rows(ITALIAN, "pm25", HOURS, range(6)))
    data, report = read_eea(path, stations)
    assert note(report, "Italy")
    assert data.indexes["time"][0] == HOURS[0]
    # The clocks go forward at 01:00 UTC on March 26: the written hour 02:00 does not exist in Italy.
    local, report = read_eea(path, stations, time_zone="Europe/Rome")
    assert local.pm25.dropna("time").indexes["time"].tolist() == [*HOURS[:4], *HOURS[4:5]]
    assert report.damaged == [
        ("a.parquet", "1 row in hours that are skipped or repeated by clock changes in Europe/Rome")
    ]
    assert note(report, "Italy") is None
    assert note(report, "are in Europe/Rome")
    irish = write_metadata(tmp_path, {"SPO.IE.IE1": ("IE1", -6.0, 53.0)}, "ie.csv")
    path = write_parquet(tmp_path / "b.parquet", rows("IE/SPO.IE.IE1", "o3", HOURS, range(6)))
    data, report = read_eea(path, irish, time_zone="UTC")
    assert data.indexes["time"][0] == HOURS[0] + pd.Timedelta("1h")
    assert note(read_eea(path, irish)[1], "Ireland")
    data, report = read_eea(path, irish, time_zone="-00:30")
    assert data.indexes["time"][0] == HOURS[0] + pd.Timedelta("2h")  # 1:30, rounded
    assert note(report, "are in -00:30")
    with pytest.raises(InputError, match="time_zone: 'Rome'"):
        read_eea(path, irish, time_zone="Rome")


def test_zip_files_with_zipped_metadata(tmp_path, stations):
    write_parquet(tmp_path / "a.parquet", rows(GERMAN, "pm25", HOURS, range(6)))
    for name, file in (("data.zip", "a.parquet"), ("DataExtract.csv.zip", "DataExtract.csv")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.write(tmp_path / file, f"folder/{file}")
        (tmp_path / file).unlink()
    data, _ = read_eea(tmp_path, tmp_path / "DataExtract.csv.zip", strict=True)
    assert int(data.pm25.notnull().sum()) == 6


@pytest.mark.parametrize("code", [GERMAN, "SPO.DE_DEBB054_PM2"])
def test_plain_station_table(tmp_path, code):
    (tmp_path / "stations.csv").write_text(f"code,longitude,latitude\n{code},13.1,52.4\n")
    path = write_parquet(tmp_path / "a.parquet", rows(GERMAN, "pm25", HOURS, range(6)))
    data, _ = read_eea(path, tmp_path / "stations.csv")
    assert data.station.values.tolist() == [code]


def test_plain_station_table_of_stations_for_csv_files(tmp_path):
    (tmp_path / "stations.csv").write_text("code,longitude,latitude\nDEBB054,13.1,52.4\n")
    path = write_csv(tmp_path / "a.csv", rows(GERMAN, "o3", HOURS, range(6)), {"SPO.DE_DEBB054_PM2": "DEBB054"})
    assert read_eea(path, tmp_path / "stations.csv")[0].station.values.tolist() == ["DEBB054"]


def test_sampling_points_without_metadata_are_reported(tmp_path, stations):
    tables = [rows(GERMAN, "pm25", HOURS, range(6)), rows("AT/SPO_X", "pm25", HOURS, range(6))]
    data, report = read_eea(write_parquet(tmp_path / "a.parquet", *tables), stations)
    assert data.station.values.tolist() == ["DEBB054"]
    assert report.without_coordinates == ["SPO_X"]
    with pytest.raises(InputError, match="SPO_X"):
        read_eea(write_parquet(tmp_path / "a.parquet", tables[1]), stations)


def test_periods_that_are_not_one_hour(tmp_path, stations):
    table = rows(GERMAN, "pm25", HOURS, range(6))
    table.loc[0, "End"] += pd.Timedelta("1h")
    data, report = read_eea(write_parquet(tmp_path / "a.parquet", table), stations)
    assert int(data.pm25.notnull().sum()) == 5
    assert "1 row without a valid period of one hour" in report.damaged[0][1]


FAULTS = [
    ("a.parquet", b"", "empty file"),
    ("a.parquet", b"PAR1 truncated", "not a Parquet file"),
    ("a.csv", b"", "empty file"),
    ("a.csv", b"<html><body>Service unavailable</body></html>", "HTML page"),
    ("a.csv", b"station,time,pm25\nA,2023-01-01 00:00,1\n", "not a file of the EEA"),
]


@pytest.mark.parametrize(("name", "content", "reason"), FAULTS)
def test_faults_of_files(tmp_path, stations, name, content, reason):
    (tmp_path / name).write_bytes(content)
    good = write_parquet(tmp_path / "good.parquet", rows(GERMAN, "pm25", HOURS, range(6)))
    _, report = read_eea([tmp_path / name, good], stations)
    assert report.skipped[0][0] == name
    assert reason in report.skipped[0][1]
    with pytest.raises(InputError, match=reason):
        read_eea(tmp_path / name, stations)


def test_truncated_parquet_file(tmp_path, stations):
    path = write_parquet(tmp_path / "a.parquet", rows(GERMAN, "pm25", HOURS, range(6)))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="not a Parquet file"):
        read_eea(path, stations)


@pytest.mark.parametrize("column", ["Unit", "AggType", "Samplingpoint"])
def test_parquet_file_with_missing_texts(tmp_path, stations, column):
    table = pd.DataFrame(rows(GERMAN, "pm25", HOURS, range(6)))
    table[column] = table[column].astype(object)
    table.loc[2, column] = None
    table.to_parquet(tmp_path / "a.parquet")
    data, report = read_eea(tmp_path / "a.parquet", stations)
    np.testing.assert_array_equal(data.pm25.values[:, 0], [0, 1, np.nan, 3, 4, 5])
    assert report.damaged or report.notes


def test_parquet_file_with_text_that_is_not_utf8(tmp_path, stations):
    path = write_parquet(tmp_path / "a.parquet", rows(GERMAN, "pm25", HOURS, range(6)))
    content = path.read_bytes()
    assert b"ug.m-3" in content
    path.write_bytes(content.replace(b"ug.m-3", b"ug\xff\xfe-3"))
    with pytest.raises(InputError, match="damaged Parquet file"):
        read_eea(path, stations)


def test_times_beyond_the_calendar_are_left_out(tmp_path, stations):
    table = pd.DataFrame(rows(GERMAN, "pm25", HOURS, range(6))).astype({"Start": "datetime64[us]"})
    table.loc[0, "Start"] = pd.Timestamp(np.datetime64("290000-01-01", "us"))
    table.to_parquet(tmp_path / "a.parquet")
    data, report = read_eea(tmp_path / "a.parquet", stations)
    assert data.sizes["time"] == 5
    assert "1 row without a valid period" in report.damaged[0][1]


def test_all_values_invalid(tmp_path, stations):
    path = write_parquet(tmp_path / "a.parquet", rows(GERMAN, "pm25", HOURS, range(6), Validity=-1))
    with pytest.raises(InputError, match="all 6 rows flagged as not valid"):
        read_eea(path, stations)


def test_registered():
    assert READERS["eea"] is read_eea
    assert CONVENTIONS["eea"].label == "beginning"


VALUES = st.one_of(st.just(np.nan), st.floats(0, 900, width=32))


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=30).filter(lambda x: not np.isnan(x).all()),
    start=st.integers(0, 20000),
    layout=st.sampled_from(["parquet", "csv"]),
)
def test_what_is_written_is_read(tmp_path_factory, values, start, layout):
    folder = tmp_path_factory.mktemp("eea")
    stations = write_metadata(folder, {"P1": ("A", 10.0, 50.0), "P2": ("B", 11.0, 51.0)})
    hours = pd.date_range("2013-01-01", periods=len(values), freq="h") + pd.Timedelta(start, "h")
    array = np.round(np.array(values), 9)
    tables = [rows(f"DE/P{number + 1}", "pm25", hours, array[:, number]) for number in range(2)]
    if layout == "parquet":
        write_parquet(folder / "a.parquet", *tables)
    else:
        write_csv(folder / "a.csv", pd.concat(tables, ignore_index=True), {"P1": "A", "P2": "B"})
    data, _ = read_eea(folder / f"a.{layout}", stations, strict=True)
    expected = pd.DataFrame(array.astype(np.float32), hours, ["A", "B"]).dropna(axis=1, how="all")
    found = data.pm25.to_pandas().reindex(index=hours, columns=expected.columns)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert int(data.pm25.notnull().sum()) == int(expected.notna().sum().sum())
