import numpy as np
import pandas as pd
import pytest

from aqnet_pyg.errors import InputError
from aqnet_pyg.readers.assembly.assemble import assemble
from aqnet_pyg.readers.read_report import ReadReport
from aqnet_pyg.stations import check_station_data

TIME = pd.date_range("2025-01-01", periods=3, freq="h")
STATIONS = pd.DataFrame({"longitude": [116.0, 117, 118], "latitude": [39.0, 40, 41]}, index=["A", "B", "C"])


def assembled(values, report=None):
    report = report or ReadReport("test")
    dataset = assemble(values, TIME, STATIONS, report, time_zone="Asia/Shanghai", source="simulated")
    return dataset, report


def test_impossible_values_are_masked_and_counted():
    pm25 = np.array([[1, 2, 3], [-1, 5, 6], [7, 8, 1e6]], np.float32)
    dataset, report = assembled({"pm25": pm25, "temperature": np.full((3, 3), -40.0)})
    assert check_station_data(dataset) is dataset
    np.testing.assert_array_equal(dataset.pm25.values, [[1, 2, 3], [np.nan, 5, 6], [7, 8, np.nan]])
    assert (dataset.temperature == -40).all()
    assert report.masked == {"pm25": 2}
    assert report.impossible == [
        "pm25 at A: 1 value (-1), 2025-01-01 01:00 UTC",
        "pm25 at C: 1 value (1e+06), 2025-01-01 02:00 UTC",
    ]
    assert "pm25_flag" in dataset
    assert "temperature_flag" not in dataset


def test_stations_hours_and_pollutants_without_measurements():
    pm25 = np.array([[1, np.nan, np.nan], [np.nan] * 3, [7, np.nan, np.nan]], np.float32)
    o3 = np.array([[np.nan, np.nan, 5], [np.nan] * 3, [np.nan] * 3], np.float32)
    values = {"pm25": pm25, "o3": o3, "co": np.full((3, 3), np.nan, np.float32), "wind": np.ones((3, 3))}
    dataset, report = assembled(values)
    assert dataset.station.values.tolist() == ["A", "C"]
    assert list(dataset.data_vars) == ["pm25", "o3", "wind", "pm25_flag", "o3_flag"]
    assert dataset.wind.shape == (3, 2)
    assert report.stations_without_measurements == 1
    assert report.absent_hours == 1


def test_no_measurements_at_all():
    with pytest.raises(InputError, match="no measurements were found"):
        assembled({"pm25": np.full((3, 3), np.nan, np.float32)})


def test_impossible_values_of_a_station_are_one_entry():
    pm25 = np.array([[5000, 2, 3], [553405, 5, 6], [7, 8, 9]], np.float32)
    _, report = assembled({"pm25": pm25})
    assert report.impossible == ["pm25 at A: 2 values (5000, 553405), 2025-01-01 00:00 to 2025-01-01 01:00 UTC"]


def test_stations_that_are_all_at_one_point_are_noted():
    same = STATIONS.assign(longitude=116.5, latitude=39.5)
    report = ReadReport("test")
    assemble({"pm25": np.ones((3, 3), np.float32)}, TIME, same, report, time_zone="UTC", source="simulated")
    (note,) = report.notes
    assert note.startswith("all 3 stations are at one point (longitude 116.5, latitude 39.5)")
    for table in (same[:1], STATIONS, same.assign(latitude=[39.5, 39.5, 39.6])):
        report = ReadReport("test")
        values = np.ones((3, len(table)), np.float32)
        assemble({"pm25": values}, TIME, table, report, time_zone="UTC", source="simulated")
        assert not report.notes


def test_spikes_are_noted_with_stations_and_hours():
    table = pd.DataFrame({"longitude": [116.0, 116.1, 116.2, 116.3], "latitude": 40.0}, index=list("ABCD"))
    pm25 = np.full((3, 4), 20, np.float32)
    pm25[1, 2] = 400
    report = ReadReport("test")
    assemble({"pm25": pm25}, TIME, table, report, time_zone="UTC", source="simulated")
    (note,) = report.notes
    assert note == (
        "1 spike of pm25 in single hours, more than 5 times the hours beside and nearby stations, kept and flagged: "
        "400 at C on 2025-01-01 01:00 UTC."
    )
